/* Rows put aside and brought back. */
#include "core/record/pack.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { TEXT, TIME, FLAG, SIZE, VALUE, JSON, ROWS, DERIVED };

static const struct field part_fields[] = {
	{"name", 1, FIELD_STRING, 0, NULL}
};
static const struct kind part_kind = KIND("part", 2, part_fields);
static const struct field fields[] = {
	{"text",    1, FIELD_STRING, 0,             NULL      },
        {"time",    2, FIELD_TIME,   0,             NULL      },
	{"flag",    3, FIELD_BOOL,   0,             NULL      },
        {"size",    4, FIELD_DOUBLE, 0,             NULL      },
	{"value",   5, FIELD_VALUE,  0,             NULL      },
        {"json",    6, FIELD_JSON,   0,             NULL      },
	{"rows",    7, FIELD_ROWS,   0,             &part_kind},
        {"derived", 0, FIELD_STRING, FIELD_DERIVED, NULL      },
};
static const struct kind box_kind = KIND("box", 1, fields);

static void brings_everything_back(void **state)
{
	struct value value = {.type = VALUE_STRING, .as.text = "v"};
	struct rows parts = {&part_kind, 1, NULL};
	union slot *part, *row, *again;
	struct buffer buffer;
	struct arena arena;

	(void)state;
	arena_init(&arena);
	buffer_init(&buffer);
	row = row_new(&arena, &box_kind);
	part = row_new(&arena, &part_kind);
	parts.row = &part;
	part[0].s = "wheel";
	row[TEXT].s = "";
	row[TIME].i = -5;
	row[FLAG].i = 1;
	row[SIZE].d = 2.5;
	row[VALUE].v = &value;
	row[JSON].s = "{}";
	row[ROWS].r = &parts;
	row[DERIVED].s = "kept as well";
	row_pack(&buffer, &box_kind, row);
	again = row_unpack(&arena, buffer.data, buffer.length, &box_kind);
	assert_string_equal(again[TEXT].s, "");
	assert_int_equal(again[TIME].i, -5);
	assert_int_equal(again[FLAG].i, 1);
	assert_true(again[SIZE].d == 2.5);
	assert_string_equal(again[VALUE].v->as.text, "v");
	assert_string_equal(again[JSON].s, "{}");
	assert_int_equal(again[ROWS].r->count, 1);
	assert_string_equal(again[ROWS].r->row[0][0].s, "wheel");
	assert_string_equal(again[DERIVED].s, "kept as well");
	buffer_clear(&buffer);
	arena_clear(&arena);
}

static void keeps_absence(void **state)
{
	union slot *row, *again;
	struct buffer buffer;
	struct arena arena;
	size_t i;

	(void)state;
	arena_init(&arena);
	buffer_init(&buffer);
	row = row_new(&arena, &box_kind);
	row_pack(&buffer, &box_kind, row);
	again = row_unpack(&arena, buffer.data, buffer.length, &box_kind);
	for (i = 0; i < box_kind.count; i++)
		assert_true(slot_absent(&box_kind.fields[i], again[i]));
	buffer_clear(&buffer);
	arena_clear(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(brings_everything_back),
		cmocka_unit_test(keeps_absence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
