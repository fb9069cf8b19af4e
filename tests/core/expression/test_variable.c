/* Variables become values of expressions, and values variables again. */
#include "core/expression/variable.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static struct arena arena;
static struct error error;

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

#define ARRAY_INFO                                                                                 \
	"{\"objectTypeName\":\"java.util.ArrayList\",\"serializationDataFormat\":"                 \
	"\"application/json\"}"
#define JAVA_INFO                                                                                  \
	"{\"objectTypeName\":\"java.util.ArrayList\",\"serializationDataFormat\":"                 \
	"\"application/x-java-serialized-object\"}"
#define JAVA_LIST                                                                                  \
	"rO0ABXNyABNqYXZhLnV0aWwuQXJyYXlMaXN0eIHSHZnHYZ0DAAFJAARzaXpleHAAAAADdwQAAAADc3IAEWphdm"   \
	"EubGFuZy5JbnRlZ2VyEuKgpPeBhzgCAAFJAAV2YWx1ZXhyABBqYXZhLmxhbmcuTnVtYmVyhqyVHQuU4IsCAAB4"   \
	"cAAAAAFzcgAXamF2YS51dGlsLkxpbmtlZEhhc2hNYXA0wE5cEGzA+wIAAVoAC2FjY2Vzc09yZGVyeHIAEWphdm"   \
	"EudXRpbC5IYXNoTWFwBQfawcMWYNEDAAJGAApsb2FkRmFjdG9ySQAJdGhyZXNob2xkeHA/QAAAAAAADHcIAAAA"   \
	"EAAAAAF0AAFhdAABeHgAcHg="
#define BEAN_INFO                                                                                  \
	"{\"objectTypeName\":\"com.acme.Order\",\"serializationDataFormat\":"                      \
	"\"application/json\"}"

static const struct {
	const char *type;
	struct value value;
	const char *info;
	enum expression_type becomes;
	const char *class, *text;
} cases[] = {
	{"Boolean",
	 {VALUE_BOOL, {.truth = true}},
	 NULL,						   EXPRESSION_BOOLEAN,
	 "java.lang.Boolean",									    "true"			},
	{"Short",   {VALUE_LONG, {.number = -3}},          NULL, EXPRESSION_SHORT,   "java.lang.Short",  "-3"                          },
	{"Integer",
	 {VALUE_LONG, {.number = 7}},
	 NULL,						   EXPRESSION_INTEGER,
	 "java.lang.Integer",									    "7"			   },
	{"Long",
	 {VALUE_LONG, {.number = INT64_MIN}},
	 NULL,						   EXPRESSION_LONG,
	 "java.lang.Long",									       "-9223372036854775808"        },
	{"Double",
	 {VALUE_DOUBLE, {.fraction = 1e21}},
	 NULL,						   EXPRESSION_DOUBLE,
	 "java.lang.Double",									     "1.0E21"		      },
	{"String",  {VALUE_STRING, {"a"}},                 NULL, EXPRESSION_STRING,  "java.lang.String", "a"                           },
	{"Date",
	 {VALUE_STRING, {"2024-02-29T12:34:56.789+0000"}},
	 NULL,						   EXPRESSION_DATE,
	 "java.util.Date",									       "Thu Feb 29 12:34:56 UTC 2024"},
	{"Json",
	 {VALUE_STRING, {"{\"a\":[1,null]}"}},
	 NULL,						   EXPRESSION_JSON,
	 "org.camunda.spin.impl.json.jackson.JacksonJsonNode",					   "{\"a\":[1,null]}"            },
	{"Object",
	 {VALUE_STRING, {JAVA_LIST}},
	 JAVA_INFO,					      EXPRESSION_LIST,
	 "java.util.ArrayList",									  "[1, {a=x}, null]"            },
	{"Object",
	 {VALUE_STRING, {"{\"a\":1}"}},
	 BEAN_INFO,					      EXPRESSION_STORED,
	 "java.lang.Object",									     "java.lang.Object@0"          },
	{"Bytes",   {VALUE_STRING, {"AAEC"}},              NULL, EXPRESSION_STORED,  "[B",               "[B@0"                        },
};

static void every_type_comes_through_and_back(void **state)
{
	struct expression_value value;
	const struct value *back;
	const char *type, *info;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(expression_from_variable(&arena, cases[i].type, &cases[i].value,
							  cases[i].info, &value),
				 0);
		assert_int_equal(value.type, cases[i].becomes);
		assert_string_equal(expression_class_name(&value), cases[i].class);
		assert_string_equal(expression_text(&arena, &value), cases[i].text);
		assert_int_equal(
			expression_to_variable(&arena, &value, "v", &type, &back, &info, &error),
			0);
		assert_string_equal(type, cases[i].type);
		assert_int_equal(back->type, cases[i].value.type);
		if (back->type == VALUE_STRING)
			assert_string_equal(back->as.text, cases[i].value.as.text);
		else
			assert_memory_equal(&back->as, &cases[i].value.as,
					    back->type == VALUE_BOOL ? sizeof(bool) : 8);
		assert_int_equal(!info, !cases[i].info);
		if (info)
			assert_string_equal(info, cases[i].info);
	}
}

static void null_is_null_whatever_its_type(void **state)
{
	static const char *const types[] = {"Null", "String", "Integer", NULL};
	struct expression_value value;
	const struct value *back;
	const char *type, *info;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(types); i++) {
		assert_int_equal(expression_from_variable(&arena, types[i], NULL, NULL, &value), 0);
		assert_int_equal(value.type, EXPRESSION_NULL);
	}
	assert_int_equal(expression_to_variable(&arena, &value, "v", &type, &back, &info, &error),
			 0);
	assert_string_equal(type, "Null");
	assert_null(back);
}

static void a_value_that_does_not_fit_its_type_is_corrupt(void **state)
{
	static const struct {
		const char *type;
		struct value value;
	} wrong[] = {
		{"Integer", {VALUE_STRING, {"7"}}        },
                {"Boolean", {VALUE_LONG, {.number = 1}}  },
		{"String",  {VALUE_BOOL, {.truth = 1}}   },
                {"Date",    {VALUE_STRING, {"yesterday"}}},
		{"Json",    {VALUE_STRING, {"{"}}        },
	};
	struct expression_value value;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(wrong); i++)
		assert_int_equal(expression_from_variable(&arena, wrong[i].type, &wrong[i].value,
							  NULL, &value),
				 ERR_CORRUPT);
}

static void a_whole_double_may_be_kept_as_a_number(void **state)
{
	const struct value two = {VALUE_LONG, {.number = 2}};
	struct expression_value value;

	(void)state;
	assert_int_equal(expression_from_variable(&arena, "Double", &two, NULL, &value), 0);
	assert_string_equal(expression_text(&arena, &value), "2.0");
}

/* As it came; what an expression gives is kept as Java writes it. */
static void a_list_that_is_kept_as_json_is_a_list(void **state)
{
	const struct value list = {VALUE_STRING, {"[1,{\"a\":\"x\"},null]"}};
	struct expression_value value;
	const struct value *back;
	const char *type, *info;

	(void)state;
	assert_int_equal(expression_from_variable(&arena, "Object", &list, ARRAY_INFO, &value), 0);
	assert_int_equal(expression_to_variable(&arena, &value, "v", &type, &back, &info, &error),
			 0);
	assert_string_equal(back->as.text, JAVA_LIST);
	assert_string_equal(info, JAVA_INFO);
}

static void a_map_is_kept_as_java_writes_it(void **state)
{
	struct expression_entry *entries;
	struct expression_value map = expression_map_new(&arena, NULL, 2, &entries);
	const struct value *back;
	const char *type, *info;

	(void)state;
	entries[0].key = "a\"";
	entries[0].value = expression_double(0.5);
	entries[1].key = "when";
	entries[1].value = expression_date_time(5);
	assert_int_equal(expression_to_variable(&arena, &map, "v", &type, &back, &info, &error), 0);
	assert_string_equal(type, "Object");
	/* but for what Java alone can write */
	assert_string_equal(back->as.text, "{\"a\\\"\":0.5,\"when\":5}");
	assert_non_null(strstr(info, "\"application/json\""));
	map.as.map->entries[1].value = expression_date(5);
	assert_int_equal(expression_to_variable(&arena, &map, "v", &type, &back, &info, &error), 0);
	assert_non_null(strstr(info, "\"java.util.LinkedHashMap\""));
	assert_int_equal(expression_from_variable(&arena, type, back, info, &map), 0);
	assert_string_equal(expression_shown(&arena, &map),
			    "{\"a\\\"\":0.5,\"when\":\"1970-01-01T00:00:00.005+0000\"}");
}

static void a_map_keeps_its_class(void **state)
{
	struct expression_entry *entries;
	struct expression_value value =
		expression_map_new(&arena, "java.util.TreeMap", 0, &entries);
	const struct value *back;
	const char *type, *info;

	(void)state;
	assert_int_equal(expression_to_variable(&arena, &value, "v", &type, &back, &info, &error),
			 0);
	assert_non_null(strstr(info, "\"java.util.TreeMap\""));
	assert_int_equal(expression_from_variable(&arena, type, back, info, &value), 0);
	assert_string_equal(expression_class_name(&value), "java.util.TreeMap");
}

static void a_host_object_is_no_variable(void **state)
{
	static const struct expression_class class = {.name = "host.Object"};
	struct expression_value object = expression_object(&arena, &class, NULL);
	const struct value *back;
	const char *type, *info;

	(void)state;
	assert_int_equal(expression_to_variable(&arena, &object, "v", &type, &back, &info, &error),
			 ERR_INPUT);
	assert_string_equal(error.message, "Cannot serialize object in variable 'v': host.Object");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(every_type_comes_through_and_back, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(null_is_null_whatever_its_type, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_value_that_does_not_fit_its_type_is_corrupt,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_whole_double_may_be_kept_as_a_number, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(a_list_that_is_kept_as_json_is_a_list, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(a_map_is_kept_as_java_writes_it, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_map_keeps_its_class, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_host_object_is_no_variable, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
