/* Expressions give what the original gave for the same texts: values, types and words. */
#include "core/expression/expression.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "core/expression/variable.h"
#include "core/json/date.h"
#include "storage/buffer.h"
#include "storage/clock.h"

/* Recorded at this time, on a server in UTC. */
#define RECORDED ((int64_t)1795255246686)

static const struct {
	const char *text;
	const char *expected; /* type and value, or ! and words */
} answers[] = {
#include "tests/core/expression/answers.inc"
};

static struct arena arena;

/* The variables of the recorded processes. */
static const struct {
	const char *name, *type;
	struct value value;
} variables[] = {
	{"b",       "Boolean", {VALUE_BOOL, {.truth = true}}                             },
	{"by",      "Bytes",   {VALUE_STRING, {"AAEC"}}                                  },
	{"d",       "Double",  {VALUE_DOUBLE, {.fraction = 2.5}}                         },
	{"dt",      "Date",    {VALUE_STRING, {"2024-02-29T12:34:56.789+0000"}}          },
	{"empt",    "String",  {VALUE_STRING, {""}}                                      },
	{"js",      "Json",    {VALUE_STRING, {"{\"a\":[1,2,{\"b\":\"x\"}],\"t\":true}"}}},
	{"l",       "Long",    {VALUE_LONG, {.number = 70}}                              },
	{"n",       "Integer", {VALUE_LONG, {.number = 7}}                               },
	{"nul",     "Null",    {VALUE_STRING, {NULL}}                                    },
	{"num",     "String",  {VALUE_STRING, {"42"}}                                    },
	{"s",       "String",  {VALUE_STRING, {"text"}}                                  },
	{"sh",      "Short",   {VALUE_LONG, {.number = 3}}                               },
	{"starter", "Null",    {VALUE_STRING, {NULL}}                                    },
};

enum { VARIABLES = ARRAY_SIZE(variables) };

static int variable(const char *name, struct expression_value *ret)
{
	size_t i;

	for (i = 0; i < VARIABLES; i++) {
		if (strcmp(variables[i].name, name) != 0)
			continue;
		assert_int_equal(expression_from_variable(&arena, variables[i].type,
							  variables[i].value.as.text ||
									  variables[i].value.type !=
										  VALUE_STRING
								  ? &variables[i].value
								  : NULL,
							  NULL, ret),
				 0);
		return 0;
	}
	return ERR_NOT_FOUND;
}

/* A host object: what is asked of an execution in the recorded texts. */
static int get_id(struct expression_call *call, struct expression_value *ret)
{
	*ret = expression_string(call->self.as.object->self);
	return 0;
}

static int get_activity_id(struct expression_call *call, struct expression_value *ret)
{
	(void)call;
	*ret = expression_string("t");
	return 0;
}

static int get_nothing(struct expression_call *call, struct expression_value *ret)
{
	(void)call;
	(void)ret;
	return 0;
}

static int get_variable(struct expression_call *call, struct expression_value *ret)
{
	if (variable(call->arguments[0].as.text, ret))
		*ret = expression_null();
	return 0;
}

static int has_variable(struct expression_call *call, struct expression_value *ret)
{
	*ret = expression_boolean(!variable(call->arguments[0].as.text, ret));
	return 0;
}

static int get_variables(struct expression_call *call, struct expression_value *ret)
{
	struct expression_entry *entries;
	size_t i;

	*ret = expression_map_new(call->arena, NULL, VARIABLES, &entries);
	for (i = 0; i < VARIABLES; i++) {
		entries[i].key = variables[i].name;
		assert_int_equal(variable(entries[i].key, &entries[i].value), 0);
	}
	return 0;
}

static int refuse(struct expression_call *call, struct expression_value *ret)
{
	(void)ret;
	return err_set(call->error, call->arena, ERR_BUSY, "refused '%s'",
		       call->arguments[0].as.text);
}

static const struct expression_method execution_methods[] = {
	{"getId",                "",   get_id         },
	{"getCurrentActivityId", "",   get_activity_id},
	{"getBusinessKey",       "",   get_nothing    },
	{"getVariable",          "s",  get_variable   },
	{"hasVariable",          "s",  has_variable   },
	{"getVariables",         "",   get_variables  },
	{"setVariable",          "so", get_nothing    },
	{"refuse",               "s",  refuse         },
};

static char execution_id[] = "c0f0ef55-e591-11f1-b249-02fc00000001";

static const struct expression_class execution_class = EXPRESSION_CLASS(
	"org.camunda.bpm.engine.impl.persistence.entity.ExecutionEntity", execution_methods, NULL);

static int resolve(void *arg, const char *name, struct arena *into, struct expression_value *ret,
		   struct error *error)
{
	(void)arg;
	(void)error;
	if (!strcmp(name, "execution")) {
		*ret = expression_object(into, &execution_class, execution_id);
		return 0;
	}
	if (!strcmp(name, "authenticatedUserId"))
		return 0;
	return variable(name, ret);
}

static const struct expression_context context = {.resolve = resolve, .now = RECORDED};

static int set_up(void **state)
{
	(void)state;
	setenv("TZ", "UTC", 1);
	tzset();
	arena_init(&arena);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_clear(&arena);
	return 0;
}

/* Type and text of a value, as the table has them. */
static const char *shown(const struct expression_value *value)
{
	const char *type, *info, *text = expression_text(&arena, value);
	const struct value *stored;
	struct error error;
	char date[DATE_SIZE];

	if (expression_to_variable(&arena, value, "r", &type, &stored, &info, &error))
		return error.message;
	if (value->type == EXPRESSION_NULL)
		return type;
	if (value->type == EXPRESSION_DATE) {
		date_format(value->as.number, date);
		text = date;
	}
	if (value->type == EXPRESSION_DOUBLE && isfinite(value->as.fraction))
		text = arena_printf(&arena, "D%.17g", value->as.fraction);
	return arena_printf(&arena, "%s %s", type, text);
}

/* Doubles are the same number, however they are written. */
static bool same_answer(const char *got, const char *expected)
{
	if (!strncmp(got, "Double D", 8) && !strncmp(expected, "Double D", 8))
		return strtod(got + 8, NULL) == strtod(expected + 8, NULL);
	return !strcmp(got, expected);
}

static const char *answer(const char *text)
{
	struct expression *expression;
	struct expression_value value;
	struct error error = {0};

	if (expression_parse(&arena, text, &expression, &error) ||
	    expression_evaluate(expression, &context, &arena, &value, &error)) {
		assert_int_equal(error.code, ERR_INPUT);
		return arena_printf(&arena, "! %s", error.message);
	}
	return shown(&value);
}

static void answers_are_those_of_the_original(void **state)
{
	size_t i, wrong = 0;
	const char *got;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(answers); i++) {
		got = answer(answers[i].text);
		if (same_answer(got, answers[i].expected))
			continue;
		print_error("%s\n  gives %s\n  not   %s\n", answers[i].text, got,
			    answers[i].expected);
		wrong++;
	}
	assert_int_equal(wrong, 0);
}

/* What TEXT gives must be EXPECTED. */
static void expect(const char *text, const char *expected)
{
	assert_string_equal(answer(text), expected);
}

static void a_literal_needs_no_context(void **state)
{
	static const struct {
		const char *text;
		bool literal;
	} texts[] = {
		{"",               true },
                {"a $ { } \\${x}", true },
                {"${1}",           false},
                {"a ${1}",         false}
        };
	struct expression_value value;
	struct expression *expression;
	struct error error = {0};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		assert_int_equal(expression_parse(&arena, texts[i].text, &expression, &error), 0);
		assert_int_equal(expression_is_literal(expression), texts[i].literal);
		assert_string_equal(expression_source(expression), texts[i].text);
		assert_int_equal(expression_evaluate(expression, NULL, &arena, &value, &error), 0);
	}
	expect("", "String ");
}

static void without_a_context_no_name_is_known(void **state)
{
	struct expression_value value;
	struct expression *expression;
	struct error error = {0};

	(void)state;
	assert_int_equal(expression_parse(&arena, "${n}", &expression, &error), 0);
	assert_int_equal(expression_evaluate(expression, NULL, &arena, &value, &error), ERR_INPUT);
	assert_string_equal(error.message, "Unknown property used in expression: ${n}. Cause: "
					   "Cannot resolve identifier 'n'");
}

static void functions_know_the_user_and_the_clock(void **state)
{
	static const char *const groups[] = {"sales", "board"};
	const struct expression_context with_user = {
		.user = "mary", .groups = groups, .group_count = 2, .now = RECORDED};
	struct expression_value value;
	struct expression *expression;
	struct error error = {0};

	(void)state;
	assert_int_equal(expression_parse(&arena,
					  "${currentUser()} ${currentUserGroups()} ${now().time}",
					  &expression, &error),
			 0);
	assert_int_equal(expression_evaluate(expression, &with_user, &arena, &value, &error), 0);
	assert_string_equal(value.as.text, "mary [sales, board] 1795255246686");
	clock_hold(1000);
	assert_int_equal(expression_evaluate(expression, NULL, &arena, &value, &error), 0);
	clock_hold(TIME_NULL);
	assert_string_equal(value.as.text, "  1000");
}

static void what_a_host_object_refuses_keeps_its_code_and_words(void **state)
{
	struct expression_value value;
	struct expression *expression;
	struct error error = {0};

	(void)state;
	assert_int_equal(expression_parse(&arena, "a ${execution.refuse(n)}", &expression, &error),
			 0);
	assert_int_equal(expression_evaluate(expression, &context, &arena, &value, &error),
			 ERR_BUSY);
	assert_string_equal(error.message, "refused '7'");
}

/* OPEN, and CLOSE as often, around 1. */
static const char *nested(const char *open, const char *close, size_t count)
{
	struct buffer buffer;
	const char *text;
	size_t i;

	buffer_init(&buffer);
	buffer_put_text(&buffer, "${");
	for (i = 0; i < count; i++)
		buffer_put_text(&buffer, open);
	buffer_put_text(&buffer, "1");
	for (i = 0; i < count; i++)
		buffer_put_text(&buffer, close);
	buffer_put_text(&buffer, "}");
	text = arena_strndup(&arena, (const char *)buffer.data, buffer.length);
	buffer_clear(&buffer);
	return text;
}

static void nesting_is_bounded_and_length_is_not_nesting(void **state)
{
	static const char *const pairs[][2] = {
		{"(",           ")"},
                {"-",           "" },
                {"true ? 1 : ", "" },
                {"s[",          "]"},
                {"s.foo(",      ")"}
        };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(pairs); i++) {
		answer(nested(pairs[i][0], pairs[i][1], EXPRESSION_DEPTH_MAX));
		assert_non_null(
			strstr(answer(nested(pairs[i][0], pairs[i][1], EXPRESSION_DEPTH_MAX + 1)),
			       "nested deeper than 200"));
	}
	expect(nested("(", ")", EXPRESSION_DEPTH_MAX), "Long 1");
	expect(nested("1 + ", "", 10000), "Long 10001");
	expect(nested("true || ", "", 3000), "Boolean true");
}

static void texts_are_bounded(void **state)
{
	char *text = arena_alloc(&arena, EXPRESSION_TEXT_MAX + 2);

	(void)state;
	memset(text, 'a', EXPRESSION_TEXT_MAX);
	assert_int_equal(strlen(answer(text)), EXPRESSION_TEXT_MAX + strlen("String "));
	text[EXPRESSION_TEXT_MAX] = 'a';
	expect(text, "! Error parsing an expression of 65537 bytes: it has more than 65536.");
}

static void work_is_bounded(void **state)
{
	static const char *const texts[] = {
		"${'abcd'.repeat(2147483647)}",
		"${'abcd'.repeat(1000000).replace('', 'abcdefgh')}",
		"${'abcd'.repeat(1000000).concat('x').toUpperCase().trim().concat('y').trim()}",
		"${'a'.repeat(9000000)}${'a'.repeat(9000000)}",
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(texts); i++)
		expect(texts[i], "! The expression takes more work than one may");
}

static void positions_count_utf16_units(void **state)
{
	(void)state;
	expect("\xc3\xa9\xf0\x9f\x98\x80${a b}",
	       "! Error parsing '\xc3\xa9\xf0\x9f\x98\x80${a b}': syntax error at position 7, "
	       "encountered 'b', expected '}'.");
}

static void bytes_that_are_no_utf8_do_no_harm(void **state)
{
	(void)state;
	expect("${'\xff\xc3'.length()}", "Integer 2");
	expect("${'\xff\xc3'.toUpperCase()}", "String \xff\xc3");
	expect("${'\xe2\x82'.substring(1)}", "String \x82");
	expect("${'\x80' < '\x81'}", "Boolean true");
	assert_non_null(strstr(answer("${\x01}"), "invalid character '\x01'"));
}

static void the_clock_of_the_zone_is_kept_over_its_changes(void **state)
{
	(void)state;
	setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
	tzset();
	expect("${dateTime().withDate(2024, 3, 30).withTime(12, 0, 0, 0).plusDays(1).toString()}",
	       "String 2024-03-31T12:00:00.000+02:00");
	expect("${dateTime().withDate(2024, 3, 30).withTime(12, 0, 0, 0).plusHours(24).toString()}",
	       "String 2024-03-31T13:00:00.000+02:00");
	expect("${dateTime().withDate(2024, 9, 27).withTime(12, 0, 0, 0).plusMonths(1).toString()}",
	       "String 2024-10-27T12:00:00.000+01:00");
	expect("${dt}x", "String Thu Feb 29 13:34:56 CET 2024x");
	expect("${dt.timezoneOffset}", "Integer -60");
	setenv("TZ", "UTC", 1);
	tzset();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(answers_are_those_of_the_original, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(a_literal_needs_no_context, set_up, tear_down),
		cmocka_unit_test_setup_teardown(without_a_context_no_name_is_known, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(functions_know_the_user_and_the_clock, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(what_a_host_object_refuses_keeps_its_code_and_words,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(nesting_is_bounded_and_length_is_not_nesting,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(texts_are_bounded, set_up, tear_down),
		cmocka_unit_test_setup_teardown(work_is_bounded, set_up, tear_down),
		cmocka_unit_test_setup_teardown(positions_count_utf16_units, set_up, tear_down),
		cmocka_unit_test_setup_teardown(bytes_that_are_no_utf8_do_no_harm, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(the_clock_of_the_zone_is_kept_over_its_changes,
						set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
