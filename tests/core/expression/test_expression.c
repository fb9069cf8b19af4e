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

enum { VARIABLES = sizeof(variables) / sizeof(variables[0]) };

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

	*ret = expression_map_new(call->arena, VARIABLES, &entries);
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
	for (i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		got = answer(answers[i].text);
		if (same_answer(got, answers[i].expected))
			continue;
		print_error("%s\n  gives %s\n  not   %s\n", answers[i].text, got,
			    answers[i].expected);
		wrong++;
	}
	assert_int_equal(wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(answers_are_those_of_the_original, set_up,
						tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
