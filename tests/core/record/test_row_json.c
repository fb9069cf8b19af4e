/* Rows as JSON and back. */
#include "core/record/row_json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "storage/error.h"
#include "tests/core/arena_fixture.h"

#define TEST(name)                                                                                 \
	cmocka_unit_test_setup_teardown(name, arena_fixture_set_up, arena_fixture_tear_down)

static const struct field part_fields[] = {
	{"p", 1, FIELD_STRING, 0, NULL}
};
static const struct kind part_kind = KIND("parts", 2, part_fields);

static const struct field fields[] = {
	{"text",    1,  FIELD_STRING, 0,             NULL      },
	{"time",    2,  FIELD_TIME,   0,             NULL      },
	{"int",     3,  FIELD_INT,    0,             NULL      },
	{"long",    4,  FIELD_LONG,   0,             NULL      },
	{"truth",   5,  FIELD_BOOL,   0,             NULL      },
	{"double",  6,  FIELD_DOUBLE, 0,             NULL      },
	{"value",   7,  FIELD_VALUE,  0,             NULL      },
	{"json",    8,  FIELD_JSON,   0,             NULL      },
	{"parts",   9,  FIELD_ROWS,   0,             &part_kind},
	{"derived", 0,  FIELD_STRING, FIELD_DERIVED, NULL      },
	{"hidden",  11, FIELD_STRING, FIELD_HIDDEN,  NULL      },
	{"lean",    12, FIELD_STRING, FIELD_LEAN,    NULL      },
	{"secret",  13, FIELD_STRING, FIELD_SECRET,  NULL      },
};
static const struct kind thing_kind = KIND("thing", 1, fields);
enum { THING_DERIVED = 9, THING_HIDDEN, THING_LEAN, THING_SECRET };

static int import(struct arena *arena, const char *text, union slot **ret, const char **ret_field)
{
	struct json *tree;

	assert_int_equal(json_parse(arena, text, strlen(text), &tree), 0);
	return row_import(arena, &thing_kind, tree, ret, ret_field);
}

static const char *written(struct arena *arena, const union slot *row,
			   void (*write)(struct json_writer *writer, const struct kind *kind,
					 const union slot *row))
{
	struct json_writer writer;
	const char *text;

	json_writer_init(&writer, 0, NULL, NULL);
	write(&writer, &thing_kind, row);
	text = arena_strndup(arena, (const char *)writer.buffer.data, writer.buffer.length);
	json_writer_clear(&writer);
	return text;
}

static void export_writes_what_import_read(void **state)
{
	static const char *const same[] = {
		"{}",
		"{\"text\":\"\",\"time\":\"1970-01-01T00:00:00.000+0000\",\"int\":0,\"long\":0,"
		"\"truth\":false,\"double\":0.0}",
		"{\"int\":-2147483648,\"long\":9223372036854775807,\"double\":0.1}",
		"{\"value\":\"x\"}",
		"{\"value\":5}",
		"{\"value\":5.5}",
		"{\"value\":false}",
		"{\"value\":[1,{\"a\":null}]}",
		"{\"json\":{\"a\":[1.50]},\"parts\":[{\"p\":\"q\"},{}]}",
		"{\"parts\":[]}",
		"{\"hidden\":\"h\",\"lean\":\"l\"}",
	};
	union slot *row;
	const char *field;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(same); i++) {
		assert_int_equal(import(*state, same[i], &row, &field), 0);
		assert_string_equal(written(*state, row, row_export), same[i]);
	}
}

static void an_answer_has_every_field_that_may_be_seen(void **state)
{
	union slot *row = row_new(*state, &thing_kind);

	assert_string_equal(
		written(*state, row, row_answer),
		"{\"text\":null,\"time\":null,\"int\":null,\"long\":null,\"truth\":false,"
		"\"double\":null,\"value\":null,\"json\":null,\"parts\":null,"
		"\"derived\":null}");
	row[THING_DERIVED].s = "d";
	row[THING_HIDDEN].s = "h";
	row[THING_LEAN].s = "l";
	row[THING_SECRET].s = "s";
	assert_non_null(
		strstr(written(*state, row, row_answer), "\"derived\":\"d\",\"lean\":\"l\"}"));
	assert_string_equal(written(*state, row, row_export), "{\"hidden\":\"h\",\"lean\":\"l\"}");
}

static void what_is_derived_or_secret_or_unknown_is_not_imported(void **state)
{
	union slot *row;
	const char *field;

	assert_int_equal(import(*state,
				"{\"derived\":\"d\",\"secret\":\"s\",\"what\":[],"
				"\"text\":null,\"lean\":\"l\",\"text\":\"t\"}",
				&row, &field),
			 0);
	assert_null(row[THING_DERIVED].s);
	assert_null(row[THING_SECRET].s);
	assert_string_equal(row[THING_LEAN].s, "l");
	assert_string_equal(row[0].s, "t");
}

static void a_value_that_does_not_fit_is_named(void **state)
{
	static const struct {
		const char *text, *field;
	} wrong[] = {
		{"[]",			     ""      },
		{"5",			      ""      },
		{"{\"text\":5}",                   "text"  },
		{"{\"time\":true}",                "time"  },
		{"{\"time\":\"soon\"}",            "time"  },
		{"{\"int\":2147483648}",           "int"   },
		{"{\"int\":\"5\"}",                "int"   },
		{"{\"long\":9223372036854775808}", "long"  },
		{"{\"truth\":1}",                  "truth" },
		{"{\"double\":\"1\"}",             "double"},
		{"{\"double\":1e999}",             "double"},
		{"{\"parts\":{}}",                 "parts" },
		{"{\"parts\":[{\"p\":1}]}",        "p"     },
		{"{\"parts\":[1]}",                ""      },
	};
	union slot *row;
	const char *field;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		assert_int_equal(import(*state, wrong[i].text, &row, &field), ERR_INPUT);
		assert_string_equal(field, wrong[i].field);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(export_writes_what_import_read),
		TEST(an_answer_has_every_field_that_may_be_seen),
		TEST(what_is_derived_or_secret_or_unknown_is_not_imported),
		TEST(a_value_that_does_not_fit_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
