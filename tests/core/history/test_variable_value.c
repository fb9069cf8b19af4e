/* Values as they are shown, and their bytes. */
#include "core/history/variable_value.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/history/kinds.h"
#include "core/record/row_json.h"
#include "storage/error.h"

static union slot *variable(struct arena *arena, const char *type, const char *text,
			    const char *info)
{
	union slot *row = row_new(arena, &variable_kind);
	struct value *value = arena_alloc(arena, sizeof(*value));

	value->type = VALUE_STRING;
	value->as.text = text;
	row[VARIABLE_NAME].s = "v";
	row[VARIABLE_TYPE].s = type;
	row[VARIABLE_VALUE].v = text ? value : NULL;
	row[VARIABLE_VALUE_INFO].s = info;
	return row;
}

static const char *json_of(struct arena *arena, const struct value *value)
{
	struct json_writer writer;
	const char *text;

	json_writer_init(&writer, 0, NULL, NULL);
	value_write(&writer, value);
	text = arena_strndup(arena, (const char *)writer.buffer.data, writer.buffer.length);
	json_writer_clear(&writer);
	return text;
}

#define JAVA                                                                                       \
	"{\"objectTypeName\":\"java.util.ArrayList\",\"serializationDataFormat\":\"application/"   \
	"json\"}"
#define OTHER "{\"objectTypeName\":\"a.B\",\"serializationDataFormat\":\"application/json\"}"
#define XML   "{\"objectTypeName\":\"a.B\",\"serializationDataFormat\":\"application/xml\"}"
#define NODE(type, object, array, number, value)                                                   \
	"{\"nodeType\":\"" type "\",\"object\":" object ",\"array\":" array ",\"number\":" number  \
	",\"boolean\":false,\"string\":false,\"null\":false,\"value\":" value                      \
	",\"dataFormatName\":\"application/json\"}"

static void shows_what_java_would(void **state)
{
	static const struct {
		const char *type, *text, *info;
		unsigned show;
		const char *shown, *error;
	} rows[] = {
		{"String",           "x",    "{}",           SHOW_DESERIALISED,      "\"x\"",                                       NULL                                          },
		{"Bytes",            "AAE=", "{}",           0,                      "null",                                        NULL                                          },
		{"Bytes",            "AAE=", "{}",           SHOW_BYTES,             "\"AAE=\"",                                    NULL                                          },
		{"File",             "AAE=", "{}",           SHOW_BYTES,             "null",                                        NULL                                          },
		{"Json",             "[1]",  "{}",           0,                      "\"[1]\"",                                     NULL                                          },
		{"Json",             "[1]",  "{}",           SHOW_DESERIALISED,
		 NODE("ARRAY",												      "false",					"true", "false", "false"), NULL},
		{"Json",           "5",         "{}",                   SHOW_DESERIALISED,
		 NODE("NUMBER",										 "false",														  "false", "true", "true"), NULL},
		{"Json", NULL,              "{}",                     SHOW_DESERIALISED,                                    "null",NULL},
		{"Object",                  "[\"b\",1.0]",                   JAVA,                             SHOW_DESERIALISED,                                  "[\"b\",1.0]",                                          NULL                                              },
		{"Object",                  "[1]",                 JAVA, 0, "\"[1]\"", NULL										},
		{"Object",                  "{}",                 OTHER,         SHOW_DESERIALISED,           "null",
		 "Cannot deserialize object in variable 'v': SPIN/JACKSON-JSON-01007 Cannot "
		 "construct java type from string 'a.B'"                                             },
		{"Object",                  "<a/>",                 XML,          SHOW_DESERIALISED,           "null",
		 "Cannot deserialize object in variable 'v': SPIN-PLUGIN-01002 Fallback serializer "
		 "cannot handle deserialized objects"},
	};
	struct arena arena;
	size_t i;

	(void)state;
	arena_init(&arena);
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		union slot *row = variable(&arena, rows[i].type, rows[i].text, rows[i].info);

		value_show(&arena, &variable_kind, row, rows[i].show);
		assert_string_equal(json_of(&arena, row[VARIABLE_VALUE].v), rows[i].shown);
		if (rows[i].error) {
			assert_string_equal(row[VARIABLE_ERROR_MESSAGE].s, rows[i].error);
			assert_null(row[VARIABLE_VALUE_INFO].s);
		} else {
			assert_null(row[VARIABLE_ERROR_MESSAGE].s);
		}
	}
	arena_clear(&arena);
}

static void hands_out_bytes(void **state)
{
	struct value_bytes value;
	struct arena arena;

	(void)state;
	arena_init(&arena);
	assert_int_equal(value_bytes_of(&arena, &variable_kind,
					variable(&arena, "Bytes", "AAEC", "{}"), &value),
			 0);
	assert_int_equal(value.size, 3);
	assert_memory_equal(value.bytes, "\0\1\2", 3);
	assert_string_equal(value.media_type, "application/octet-stream");
	assert_null(value.file);
	assert_int_equal(
		value_bytes_of(&arena, &variable_kind,
			       variable(&arena, "File", NULL,
					"{\"filename\":\"a.txt\",\"mimeType\":\"text/plain\","
					"\"encoding\":\"UTF-8\"}"),
			       &value),
		0);
	assert_int_equal(value.size, 0);
	assert_string_equal(value.media_type, "text/plain;charset=UTF-8");
	assert_string_equal(value.file, "a.txt");
	assert_int_equal(value_bytes_of(&arena, &variable_kind,
					variable(&arena, "String", "AAEC", "{}"), &value),
			 ERR_INPUT);
	assert_int_equal(value_bytes_of(&arena, &variable_kind,
					variable(&arena, "Bytes", "!", "{}"), &value),
			 ERR_CORRUPT);
	arena_clear(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shows_what_java_would),
		cmocka_unit_test(hands_out_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
