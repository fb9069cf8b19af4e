/* What a model asks of an expression's value: a text, a name, names, a condition. */
#include "core/expression/expression.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct arena arena;
static struct error error;

static int set_up(void **state)
{
	(void)state;
	arena_init(&arena);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_clear(&arena);
	return 0;
}

static int resolve(void *arg, const char *name, struct arena *into, struct expression_value *ret,
		   struct error *words)
{
	struct expression_value *values;

	(void)arg;
	(void)words;
	if (strcmp(name, "list") != 0)
		return ERR_NOT_FOUND;
	*ret = expression_list_new(into, 2, &values);
	values[0] = expression_string("a,b");
	values[1] = expression_string("");
	return 0;
}

static const struct expression_context context = {.resolve = resolve};

static const struct expression *parse(const char *text)
{
	struct expression *expression;

	assert_int_equal(expression_parse(&arena, text, &expression, &error), 0);
	return expression;
}

static const char *name_of(const char *text, int code)
{
	const char *name;

	assert_int_equal(expression_evaluate_name(parse(text), &context, &arena, &name, &error),
			 code);
	return code ? error.message : name;
}

static void a_name_is_a_text_or_null(void **state)
{
	(void)state;
	assert_string_equal(name_of("${'mary'}", 0), "mary");
	assert_string_equal(name_of(" x", 0), " x");
	assert_string_equal(name_of("a${7}", 0), "a7");
	assert_null(name_of("${null}", 0));
	assert_string_equal(name_of("${7}", ERR_CAST),
			    "class java.lang.Long cannot be cast to class java.lang.String "
			    "(java.lang.Long and java.lang.String are in module java.base of "
			    "loader 'bootstrap')");
	name_of("${nobody}", ERR_INPUT);
}

/* The names that TEXT gives, with bars between. */
static const char *names_of(const char *text, int code)
{
	const char *const *names, *joined = "";
	size_t count, i;

	assert_int_equal(
		expression_evaluate_names(parse(text), &context, &arena, &names, &count, &error),
		code);
	if (code)
		return error.message;
	for (i = 0; i < count; i++)
		joined = arena_printf(&arena, "%s%s|", joined, names[i]);
	return joined;
}

static void names_are_a_list_or_a_text_with_commas(void **state)
{
	(void)state;
	assert_string_equal(names_of("a, b", 0), "a|b|");
	assert_string_equal(names_of("x,,y", 0), "x||y|");
	assert_string_equal(names_of("x , y,\t,", 0), "x|y|");
	assert_string_equal(names_of(" x", 0), " x|");
	assert_string_equal(names_of("", 0), "|");
	assert_string_equal(names_of("${list}", 0), "a,b||");
	assert_string_equal(names_of("${7}", ERR_INPUT),
			    "Expression did not resolve to a string or collection of strings");
	names_of("${null}", ERR_INPUT);
	names_of("${JSON('[1]').elements()}", ERR_CAST);
}

static const char *condition_words(const char *text)
{
	bool truth = true;

	assert_int_equal(expression_evaluate_boolean(parse(text), &context, &arena, &truth, &error),
			 ERR_INPUT);
	assert_false(truth);
	return error.message;
}

static void a_condition_is_a_boolean(void **state)
{
	bool truth;

	(void)state;
	assert_int_equal(
		expression_evaluate_boolean(parse("${1 < 2}"), &context, &arena, &truth, &error),
		0);
	assert_true(truth);
	assert_int_equal(
		expression_evaluate_boolean(parse("${1 > 2}"), &context, &arena, &truth, &error),
		0);
	assert_false(truth);
	assert_string_equal(condition_words("${null}"),
			    "condition expression returns null: result is null");
	assert_string_equal(condition_words("true"),
			    "condition expression returns non-Boolean: result has class "
			    "java.lang.String and not java.lang.Boolean");
	assert_string_equal(condition_words("${x}"), "Unknown property used in expression: ${x}. "
						     "Cause: Cannot resolve identifier 'x'");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_name_is_a_text_or_null, set_up, tear_down),
		cmocka_unit_test_setup_teardown(names_are_a_list_or_a_text_with_commas, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(a_condition_is_a_boolean, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
