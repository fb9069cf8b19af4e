/* Summaries, the order of ids, and texts as numbers. */
#include "core/history/summary.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/history/dictionary.h"
#include "core/history/scan.h"
#include "tests/core/engine_fixture.h"

static void a_summary_round_trips(void **state)
{
	const struct summary summary = {
		.key = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16},
		.order = UINT64_MAX,
		.start_time = -1,
		.end_time = TIME_NULL,
		.removal_time = INT64_MAX,
		.business_key = 1,
		.root = 2,
		.super = 3,
		.definition = 4,
		.tenant = 5,
		.user = UINT32_MAX,
		.state = STATE_SUSPENDED,
		.flags = SUMMARY_ROOT | SUMMARY_CASE,
	};
	uint8_t bytes[SUMMARY_SIZE];
	struct summary got;

	(void)state;
	memset(&got, 0, sizeof(got));
	summary_encode(&summary, bytes);
	assert_int_equal(summary_decode((struct bytes){bytes, SUMMARY_SIZE}, &got), 0);
	assert_memory_equal(got.key, summary.key, sizeof(got.key));
	assert_true(got.order == summary.order && got.start_time == -1);
	assert_true(got.end_time == TIME_NULL && got.removal_time == INT64_MAX);
	assert_true(got.business_key == 1 && got.root == 2 && got.super == 3);
	assert_true(got.definition == 4 && got.tenant == 5 && got.user == UINT32_MAX);
	assert_int_equal(got.state, summary.state);
	assert_int_equal(got.flags, summary.flags);
	assert_int_equal(summary_decode((struct bytes){bytes, SUMMARY_SIZE - 1}, &got),
			 ERR_CORRUPT);
}

static int compare_texts(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static void ids_are_in_order_of_their_texts(void **state)
{
	static const char *texts[] = {
		"",
		"0",
		"00000000-0000-0000-0000-000000000000",
		"00000000-0000-0001-0000-000000000000",
		"0000000000000000",
		"00000000.",
		"00000000a",
		"09",
		"0a",
		"0af3eb82",
		"0af3eb82-",
		"0af3eb82-e553",
		"0af3eb82-e553-11f1-aa6b-02fc00000001",
		"0af3eb82-e553-11f2-aa6b-02fc00000001",
		"0af3eb82-e553x",
		"1",
		"9",
		"9:",
		"9A",
		"9f",
		"9g",
		"A",
		"Z",
		"a",
		"a-1",
		"fff",
		"ffffffff-ffff-ffff-ffff-ffffffffffff",
		"g",
		"order:1:x",
		"\xc3\xa9",
	};
	size_t count = ARRAY_SIZE(texts), i;

	(void)state;
	qsort(texts, count, sizeof(texts[0]), compare_texts);
	for (i = 1; i < count; i++)
		if (id_order(texts[i - 1]) > id_order(texts[i]))
			fail_msg("%s comes behind %s", texts[i - 1], texts[i]);
	assert_true(id_order("0af3eb82-e553-11f1-aa6b-02fc00000001") <
		    id_order("0af3eb82-e553-11f2-aa6b-02fc00000001"));
}

static void a_text_keeps_its_number(void **state)
{
	struct engine_fixture *f = *state;
	struct dictionary *dictionary;
	uint32_t number, i;
	int round;

	for (round = 0; round < 2; round++) {
		assert_int_equal(dictionary_open(&dictionary, f->engine.store, &f->arena, 'x'), 0);
		assert_int_equal(dictionary_count(dictionary), round ? 200 : 0);
		for (i = 1; i <= 200; i++) {
			const char *text = arena_printf(&f->arena, "text %u", i);

			assert_int_equal(dictionary_find(dictionary, text), round ? i : 0);
			assert_int_equal(dictionary_intern(dictionary, &f->arena, text, &number),
					 0);
			assert_int_equal(number, i);
			assert_string_equal(dictionary_text(dictionary, i), text);
		}
		assert_int_equal(dictionary_intern(dictionary, &f->arena, NULL, &number), 0);
		assert_int_equal(number, 0);
		dictionary_close(dictionary);
	}
}

static void parts_stand_between_separators(void **state)
{
	struct engine_fixture *f = *state;
	struct dictionary *dictionary;
	uint32_t number;

	assert_int_equal(dictionary_open(&dictionary, f->engine.store, &f->arena, 'x'), 0);
	assert_int_equal(dictionary_intern(dictionary, &f->arena,
					   "a\x1f\x1f"
					   "c",
					   &number),
			 0);
	assert_string_equal(dictionary_part(dictionary, &f->arena, number, 0), "a");
	assert_string_equal(dictionary_part(dictionary, &f->arena, number, 1), "");
	assert_string_equal(dictionary_part(dictionary, &f->arena, number, 2), "c");
	assert_string_equal(dictionary_part(dictionary, &f->arena, number, 3), "");
	dictionary_close(dictionary);
}

enum { ROWS = 1000 };

/* As the scans say it, row by row. */
static void a_scan_decides_every_row(void **state)
{
	static int64_t times[ROWS];
	static uint64_t hashes[ROWS];
	static uint32_t numbers[ROWS];
	static uint8_t flags[ROWS], dead[ROWS / 8 + 1], out[ROWS];
	static const uint8_t table[7] = {0, 1, 0, 1, 1, 0, 1};
	uint32_t i;

	(void)state;
	for (i = 0; i < ROWS; i++) {
		times[i] = i % 10 ? (int64_t)i - 500 : TIME_NULL;
		hashes[i] = i % 3;
		numbers[i] = i % 7;
		flags[i] = (uint8_t)(i % 32);
		dead[i / 8] |= (uint8_t)((i % 5 == 0) << i % 8);
	}
	scan_range(times, ROWS, TIME_NULL + 1, 0, out);
	for (i = 0; i < ROWS; i++)
		assert_int_equal(out[i], i % 10 && i <= 500);
	scan_equal(hashes, ROWS, 2, out);
	for (i = 0; i < ROWS; i++)
		assert_int_equal(out[i], i % 3 == 2);
	scan_table(numbers, ROWS, table, out);
	for (i = 0; i < ROWS; i++)
		assert_int_equal(out[i], table[i % 7]);
	scan_bits(flags, ROWS, 6, 2, out);
	for (i = 0; i < ROWS; i++)
		assert_int_equal(out[i], (i & 6) == 2);
	scan_set(flags, ROWS, 1u << 31 | 1, out);
	for (i = 0; i < ROWS; i++)
		assert_int_equal(out[i], i % 32 == 31 || i % 32 == 0);
	scan_alive(dead, ROWS, out);
	for (i = 0; i < ROWS; i++)
		assert_int_equal(out[i], i % 5 != 0);
	assert_int_equal(mask_count(out, ROWS), ROWS - ROWS / 5);
	mask_not(out, ROWS);
	assert_int_equal(mask_count(out, ROWS), ROWS / 5);
	assert_true(mask_any(out, 1));
	assert_false(mask_any(out + 1, 4));
	assert_false(mask_any(out, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_summary_round_trips),
		cmocka_unit_test(ids_are_in_order_of_their_texts),
		cmocka_unit_test_setup_teardown(a_text_keeps_its_number, engine_fixture_set_up,
						engine_fixture_tear_down),
		cmocka_unit_test_setup_teardown(parts_stand_between_separators,
						engine_fixture_set_up, engine_fixture_tear_down),
		cmocka_unit_test(a_scan_decides_every_row),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
