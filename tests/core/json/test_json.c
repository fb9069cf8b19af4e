/* JSON in and out, and dates. */
#include "core/json/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "core/json/date.h"
#include "core/json/writer.h"
#include "storage/clock.h"
#include "storage/error.h"

static int set_up(void **state)
{
	static struct arena arena;

	setenv("TZ", "UTC", 1);
	tzset();
	arena_init(&arena);
	*state = &arena;
	return 0;
}

static int tear_down(void **state)
{
	arena_clear(*state);
	return 0;
}

static struct json *read_text(struct arena *arena, const char *text)
{
	struct json *tree;

	assert_int_equal(json_parse(arena, text, strlen(text), &tree), 0);
	return tree;
}

/* Reading TEXT and writing it again gives EXPECTED. */
static void expect_round_trip(struct arena *arena, const char *text, const char *expected)
{
	struct json_writer writer;

	json_writer_init(&writer, 0, NULL, NULL);
	json_tree(&writer, read_text(arena, text));
	assert_int_equal(writer.buffer.length, strlen(expected));
	assert_memory_equal(writer.buffer.data, expected, strlen(expected));
	json_writer_clear(&writer);
}

static void a_tree_is_written_as_it_was_read(void **state)
{
	static const char *const same[] = {
		"{}",
		"[]",
		"null",
		"true",
		"[1,-2.50,3e9]",
		"{\"a\":{\"b\":[null,\"x\"]},\"c\":false}",
		"\"\xc3\xa9\xf0\x9f\x98\x80\"",
	};
	size_t i;

	for (i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		expect_round_trip(*state, same[i], same[i]);
	expect_round_trip(*state, " { \"a\" : [ 1 , \"\\u00e9\" ] } ", "{\"a\":[1,\"\xc3\xa9\"]}");
	expect_round_trip(*state, "\"\\n\\t\\\"\\\\\"", "\"\\n\\t\\\"\\\\\"");
}

static void what_is_no_json_is_refused(void **state)
{
	static const char *const wrong[] = {
		"",    "{",          "[1,]",     "{\"a\"}",     "nul",
		"'a'", "{\"a\":1,}", "\"\xff\"", "\"\\u0000\"", "[1 2]",
	};
	struct json *tree;
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(json_parse(*state, wrong[i], strlen(wrong[i]), &tree), ERR_INPUT);
}

static void nesting_has_a_bound(void **state)
{
	char text[2 * JSON_DEPTH_MAX + 3];
	struct json *tree;

	memset(text, '[', JSON_DEPTH_MAX);
	memset(text + JSON_DEPTH_MAX, ']', JSON_DEPTH_MAX);
	assert_int_equal(json_parse(*state, text, 2 * JSON_DEPTH_MAX, &tree), 0);
	memset(text, '[', JSON_DEPTH_MAX + 1);
	memset(text + JSON_DEPTH_MAX + 1, ']', JSON_DEPTH_MAX + 1);
	assert_int_equal(json_parse(*state, text, sizeof(text) - 1, &tree), ERR_INPUT);
}

static void a_repeated_key_counts_with_its_last_value(void **state)
{
	const struct json *tree = read_text(*state, "{\"a\":1,\"b\":null,\"a\":2}");

	assert_string_equal(json_member(tree, "a")->text, "2");
	assert_non_null(json_member(tree, "b"));
	assert_null(json_present(tree, "b"));
	assert_null(json_member(tree, "c"));
	assert_null(json_member(NULL, "c"));
}

struct taken {
	size_t count, nulls, bytes;
};

static void take(void *arg, const char *text, size_t length)
{
	struct taken *taken = arg;

	taken->count++;
	taken->nulls += !text;
	taken->bytes += length;
}

static void a_long_list_passes_by_the_tree(void **state)
{
	static const char text[] =
		"{\"x\":[\"not\"],\"ids\":[\"a\",null,\"bcd\"],\"y\":{\"ids\":[1]}}";
	struct json_parser *parser = json_parser_begin(*state);
	struct taken taken = {0, 0, 0};
	struct json *tree;
	size_t i;

	json_parser_divert(parser, "ids", take, &taken);
	for (i = 0; i < sizeof(text) - 1; i++)
		assert_int_equal(json_parser_feed(parser, text + i, 1), 0);
	assert_int_equal(json_parser_end(parser, &tree), 0);
	assert_int_equal(taken.count, 3);
	assert_int_equal(taken.nulls, 1);
	assert_int_equal(taken.bytes, 4);
	assert_int_equal(json_member(tree, "ids")->count, 0);
	assert_int_equal(json_member(tree, "x")->count, 1);
}

static void texts_are_escaped(void **state)
{
	struct json_writer writer;

	(void)state;
	json_writer_init(&writer, 0, NULL, NULL);
	json_string(&writer, "a\"b\\c\n\x01/\xc3\xa9");
	buffer_put_u8(&writer.buffer, 0);
	assert_string_equal((char *)writer.buffer.data, "\"a\\\"b\\\\c\\n\\u0001/\xc3\xa9\"");
	json_writer_clear(&writer);
}

static int fail_at_once(void *arg, const void *bytes, size_t size)
{
	(void)bytes;
	(void)size;
	(*(int *)arg)++;
	return ERR_LINK;
}

static void a_failing_sink_is_remembered_and_not_called_again(void **state)
{
	struct json_writer writer;
	int calls = 0, i;

	(void)state;
	json_writer_init(&writer, 64, fail_at_once, &calls);
	json_open_array(&writer);
	for (i = 0; i < 1000; i++)
		json_int(&writer, i);
	json_close_array(&writer);
	assert_int_equal(json_writer_flush(&writer), ERR_LINK);
	assert_int_equal(calls, 1);
	json_writer_clear(&writer);
}

static void a_date_is_formatted_as_it_was_parsed(void **state)
{
	static const char text[] = "2013-01-23T13:42:42.007+0000";
	char again[DATE_SIZE];
	int64_t time;

	(void)state;
	assert_true(date_parse(text, &time));
	assert_true(time == 1358948562007);
	assert_int_equal(date_format(time, again), sizeof(text) - 1);
	assert_string_equal(again, text);
	assert_true(date_parse("2013-01-23T15:42:42.007+0200", &time));
	assert_true(time == 1358948562007);
	assert_false(date_parse("yesterday", &time));
	assert_false(date_parse("", &time));
}

static void dates_before_the_epoch_are_dates(void **state)
{
	char text[DATE_SIZE];
	int64_t time;

	(void)state;
	assert_true(date_parse("1969-12-31T23:59:59.999+0000", &time));
	assert_true(time == -1);
	date_format(time, text);
	assert_string_equal(text, "1969-12-31T23:59:59.999+0000");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_tree_is_written_as_it_was_read),
		TEST(what_is_no_json_is_refused),
		TEST(nesting_has_a_bound),
		TEST(a_repeated_key_counts_with_its_last_value),
		TEST(a_long_list_passes_by_the_tree),
		TEST(texts_are_escaped),
		TEST(a_failing_sink_is_remembered_and_not_called_again),
		TEST(a_date_is_formatted_as_it_was_parsed),
		TEST(dates_before_the_epoch_are_dates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
