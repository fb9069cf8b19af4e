/* Values of variables as requests bring them and answers show them. */
#include "core/runtime/typed_value.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "core/request/api_error.h"
#include "tests/core/arena_fixture.h"

static const char *write_back(struct arena *arena, const struct typed_value *value,
			      bool deserialised, struct error *error)
{
	struct variable variable = {
		.name = "v", .type = value->type, .value = value->value, .value_info = value->info};
	struct json_writer writer;
	const char *text = NULL;

	json_writer_init(&writer, 0, NULL, NULL);
	if (!typed_value_write(&writer, arena, &variable, deserialised, error))
		text = arena_strndup(arena, (const char *)writer.buffer.data, writer.buffer.length);
	json_writer_clear(&writer);
	return text;
}

/* TEXT is read as SHOWN; when SHOWN is NULL, it is refused with CODE and WORDS. */
struct case_ {
	const char *text, *shown;
	int code;
	const char *words;
};

static void expect(struct arena *arena, const struct case_ *c)
{
	struct typed_value value;
	struct error error = {0};
	struct json *tree;
	int code;

	assert_int_equal(json_parse(arena, c->text, strlen(c->text), &tree), 0);
	code = typed_value_read(arena, tree, "v", &value, &error);
	if (!c->shown) {
		assert_int_equal(code, c->code);
		if (c->words)
			assert_string_equal(error.message, c->words);
		return;
	}
	if (code)
		fail_msg("%s: %d %s", c->text, code, error.message);
	assert_string_equal(write_back(arena, &value, false, &error), c->shown);
}

#define SHOWN(type, value) "{\"type\":\"" type "\",\"value\":" value ",\"valueInfo\":{}}"
#define CONVERT(value, type, class)                                                                \
	NULL, ERR_INVALID, "Cannot convert value '" value "' of type '" type "' to java type " class
#define OBJECT(info, words)                                                                        \
	"{\"type\":\"Object\",\"value\":\"{}\",\"valueInfo\":{" info "}}", NULL, ERR_ENGINE, words

static void values_are_read_as_the_original_reads_them(void **state)
{
	static const struct case_ cases[] = {
		{"{\"value\":\"a\"}",						SHOWN("String",                                  "\"a\""),													  0,NULL},
		{"{\"value\":17}",								  SHOWN("Integer",												  "17"),																   0,NULL},
		{"{\"value\":3000000000}",							      SHOWN("Long",													     "3000000000"),																								       0,												  NULL},
		{"{\"value\":0.25}",								 SHOWN("Double",													    "0.25"),                       0,NULL},
		{"{\"value\":false}",							   SHOWN("Boolean","false"),										     0,																						 NULL},
		{"{\"value\":null}",SHOWN("Null",                                   "null"),							       0,NULL},
		{"{}",						 SHOWN("Null",											    "null"),																				    0,NULL},
		{"{\"type\":\"string\",\"value\":2.50}",								  SHOWN("String",													      "\"2.5\""),																				   0,NULL},
		{"{\"type\":\"String\",\"value\":{\"a\":1,\"b\":[1,2.5,\"x\",null,true]}}",
		 SHOWN("String",													     "\"{a=1, b=[1, 2.5, x, null, true]}\""),																							 0,      NULL},
		{"{\"type\":\"Integer\",\"value\":\"\"}",								 SHOWN("Integer",													    "null"),                                                           0,NULL},
		{"{\"type\":\"Integer\",\"value\":\"null\"}",                           SHOWN("Integer","null"),0,NULL},
		{"{\"type\":\"Integer\",\"value\":\" 12 \"}",SHOWN("Integer","12"),0,NULL},
		{"{\"type\":\"Integer\",\"value\":\"+5\"}",                        SHOWN("Integer",                              "5"),																					    0,                        NULL},
		{"{\"type\":\"Short\",\"value\":-32768}",								  SHOWN("Short",                                                                       "-32768"),																						       0, NULL},
		{"{\"type\":\"Long\",\"value\":5}",							      SHOWN("Long",													     "5"),																						      0,												 NULL},
		{"{\"type\":\"Double\",\"value\":5}",								 SHOWN("Double",													    "5.0"),                                                  0,NULL},
		{"{\"type\":\"Double\",\"value\":\"1e3\"}",                                                         SHOWN("Double",                                 "1000.0"),0,NULL},
		{"{\"type\":\"Double\",\"value\":\"INF\"}",SHOWN("Double","\"Infinity\""),0,
		 NULL},
		{"{\"type\":\"Double\",\"value\":\"NaN\"}",                                SHOWN("Double", "\"NaN\""), 0,NULL},
		{"{\"type\":\"Boolean\",\"value\":\"TRUE\"}",								  SHOWN("Boolean",                                                                         "true"),														    0,NULL},
		{"{\"type\":\"Date\",\"value\":\"2013-01-23T13:42:42.000+0000xx\"}",
		 SHOWN("Date",													     "\"2013-01-23T13:42:42.000+0000\""),																						      0,																											 NULL},
		{"{\"type\":\"Date\",\"value\":\"\"}",								 SHOWN("Date",														"null"),																												 0,NULL},
		{"{\"type\":\"Bytes\",\"value\":\"aGk=\"}",                                                        SHOWN("Bytes",												      "\"aGk=\""),																										   0,																																     NULL},
		{"{\"type\":\"Json\",\"value\":\"{\\\"a\\\": 1}\",\"valueInfo\":{\"x\":1}}",
		 SHOWN("Json","\"{\\\"a\\\": 1}\""),0,NULL},
		{"{\"type\":\"File\",\"value\":\"a-_?\",\"valueInfo\":{\"filename\":5,\"foo\":1}}",
		 "{\"type\":\"File\",\"value\":null,\"valueInfo\":{\"filename\":\"5\"}}",													0,                                                                          NULL},
		{"{\"value\":[1,\"x\"]}",
		 "{\"type\":\"Object\",\"value\":"
		 "\"rO0ABXNyABNqYXZhLnV0aWwuQXJyYXlMaXN0eIHSHZnHYZ0DAAFJ"
		 "AARzaXpleHAAAAACdwQAAAACc3IAEWphdmEubGFuZy5JbnRlZ2VyEuKgpPeBhzgCAAFJAAV2YWx1ZXhyA"
		 "BBq"
		 "YXZhLmxhbmcuTnVtYmVyhqyVHQuU4IsCAAB4cAAAAAF0AAF4eA==\",\"valueInfo\":{"
		 "\"objectTypeName\":\"java.util.ArrayList\",\"serializationDataFormat\":"
		 "\"application/x-java-serialized-object\"}}",									      0,														   NULL},
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++)
		expect(*state, &cases[i]);
}

static void what_does_not_fit_its_type_is_refused_with_the_original_words(void **state)
{
	static const struct case_ cases[] = {
		{"[]",					  NULL,				   ERR_INPUT, NULL},
		{"5",					 NULL,									       ERR_INPUT, NULL},
		{"{\"value\":1,\"valueInfo\":5}", NULL,ERR_INPUT, NULL},
		{"{\"type\":\"\",\"value\":1}",                                             NULL,                                                     ERR_INVALID, "Unsupported value type ''"},
		{"{\"type\":\"STRING\"}",                                    NULL,														       ERR_INVALID, "Unsupported value type 'STRING'"},
		{"{\"type\":\"Integer\",\"value\":1.5}",
		 CONVERT("1.5",       "Integer", "java.lang.Integer")},
		{"{\"type\":\"integer\",\"value\":3000000000}",
		 CONVERT("3000000000",							"integer", "java.lang.Integer")},
		{"{\"type\":\"Short\",\"value\":70000}",
		 CONVERT("70000","Short", "java.lang.Short")},
		{"{\"type\":\"Long\",\"value\":2.0}",                                             CONVERT("2.0",                                              "Long", "java.lang.Long")},
		{"{\"type\":\"Boolean\",\"value\":1}",
		 CONVERT("1",						"Boolean", "java.lang.Boolean")},
		{"{\"type\":\"Double\",\"value\":\"0x10\"}",
		 CONVERT("0x10",								  "Double", "java.lang.Double")},
		{"{\"type\":\"Date\",\"value\":1234}",                         CONVERT("1234",                                                               "Date", "java.util.Date")},
		{"{\"type\":\"Bytes\",\"value\":\"AQI\"}",                               CONVERT("AQI",																		    "Bytes", "[B")},
		{"{\"type\":\"Bytes\",\"value\":5}",                                             CONVERT("5",                                                 "Bytes", "[B")},
		{"{\"type\":\"Null\",\"value\":\"\"}",
		 CONVERT("",               "Null", "javax.lang.model.type.NullType")},
		{"{\"type\":\"Json\",\"value\":5}",          NULL,									   ERR_INVALID,
		 "Must provide 'null' or String value for value of SerializableValue type 'Json'."},
		{"{\"type\":\"Number\",\"value\":5}",                         NULL,							       ERR_ENGINE,
		 "Cannot serialize value of abstract type number"},
		{"{\"type\":\"File\",\"value\":\"aGk=\"}",                                NULL,ERR_ILLEGAL_ARGUMENT,
		 "Cannot create file without valueInfo."},
		{"{\"type\":\"File\",\"value\":null,\"valueInfo\":{\"filename\":\"a\"}}",                                             NULL,
		 ERR_ILLEGAL_ARGUMENT, "Provided value is not of File, InputStream or byte[] type."},
		{OBJECT("\"serializationDataFormat\":\"application/json\"",
                 "Cannot write serialized value for variable 'v': no 'objectTypeName' "
			"provided for non-null value.")},
		{OBJECT("\"serializationDataFormat\":\"application/x-java-serialized-object\"",
                 "ENGINE-17007 Cannot set variable with name v. Java serialization format "
			"is prohibited")},
		{OBJECT("",					"Cannot find serializer for value 'ObjectValue [value=null, "
			    "isDeserialized=false, serializationDataFormat=null, "
			    "objectTypeName=null, serializedValue=2 chars, isTransient=false]'.")                                                                             },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++)
		expect(*state, &cases[i]);
}

static void texts_longer_than_the_columns_of_the_original_are_refused(void **state)
{
	static char text[VARIABLE_TEXT_MAX + 32];
	struct case_ c = {text, NULL, ERR_REST_400_0, "Variable value is too long"};
	char *end = text + sprintf(text, "{\"value\":\"");

	memset(end, 'x', VARIABLE_TEXT_MAX + 1);
	strcpy(end + VARIABLE_TEXT_MAX + 1, "\"}");
	expect(*state, &c);
}

static void names_keep_their_values_and_whether_they_are_local(void **state)
{
	static const char text[] =
		"{\"a\":{\"value\":1,\"local\":true},\"b\":{\"value\":2,\"valueInfo\":"
		"{\"transient\":true}}}";
	struct named_values values;
	struct error error = {0};
	struct json *tree;

	assert_int_equal(json_parse(*state, text, strlen(text), &tree), 0);
	assert_int_equal(typed_values_read(*state, tree, &values, &error), 0);
	assert_int_equal(values.count, 2);
	assert_string_equal(values.items[0].name, "a");
	assert_true(values.items[0].local);
	assert_false(values.items[0].value.transient);
	assert_string_equal(values.items[1].name, "b");
	assert_false(values.items[1].local);
	assert_true(values.items[1].value.transient);
	assert_int_equal(typed_values_read(*state, NULL, &values, &error), 0);
	assert_int_equal(values.count, 0);
}

static void objects_are_shown_as_java_would_hold_them_or_not_at_all(void **state)
{
	struct typed_value value;
	struct error error = {0};

	typed_value_object(*state, "java.util.ArrayList", "[1]", &value);
	assert_string_equal(write_back(*state, &value, true, &error),
			    "{\"type\":\"Object\",\"value\":[1],\"valueInfo\":{\"objectTypeName\":"
			    "\"java.util.ArrayList\",\"serializationDataFormat\":"
			    "\"application/x-java-serialized-object\"}}");
	typed_value_object(*state, "com.example.Thing", "{}", &value);
	assert_null(write_back(*state, &value, true, &error));
	assert_int_equal(error.code, ERR_ENGINE);
	assert_string_equal(error.message,
			    "Cannot deserialize object in variable 'v': SPIN/JACKSON-JSON-01007 "
			    "Cannot construct java type from string 'com.example.Thing'");
}

static void failures_of_commands_become_failures_of_the_resource(void **state)
{
	(void)state;
	assert_int_equal(api_error_wrapped(ERR_ENGINE), ERR_REST_500_0);
	assert_int_equal(api_error_wrapped(ERR_NULL_VALUE), ERR_REST_500_0);
	assert_int_equal(api_error_wrapped(ERR_INVALID_404), ERR_INVALID_404);
	assert_int_equal(api_error_wrapped(ERR_BUSY), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_read_as_the_original_reads_them),
		cmocka_unit_test(what_does_not_fit_its_type_is_refused_with_the_original_words),
		cmocka_unit_test(texts_longer_than_the_columns_of_the_original_are_refused),
		cmocka_unit_test(names_keep_their_values_and_whether_they_are_local),
		cmocka_unit_test(objects_are_shown_as_java_would_hold_them_or_not_at_all),
		cmocka_unit_test(failures_of_commands_become_failures_of_the_resource),
	};

	return cmocka_run_group_tests(tests, arena_fixture_set_up, arena_fixture_tear_down);
}
