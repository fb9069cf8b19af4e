/* JSON in and out, and dates. */
#include "core/json/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "core/json/date.h"
#include "core/json/writer.h"
#include "storage/clock.h"
#include "storage/error.h"
#include "tests/core/arena_fixture.h"

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

	for (i = 0; i < ARRAY_SIZE(same); i++)
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

	for (i = 0; i < ARRAY_SIZE(wrong); i++)
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

static void reset(void *arg)
{
	memset(arg, 0, sizeof(struct taken));
}

static void of_a_list_that_comes_twice_the_last_counts(void **state)
{
	static const char text[] = "{\"ids\":[\"a\",\"b\"],\"ids\":[\"c\"]}";
	struct json_parser *parser = json_parser_begin(*state);
	struct taken taken = {0, 0, 0};
	struct json *tree;

	json_parser_divert(parser, "ids", take, reset, &taken);
	assert_int_equal(json_parser_feed(parser, text, sizeof(text) - 1), 0);
	assert_int_equal(json_parser_end(parser, &tree), 0);
	assert_int_equal(taken.count, 1);
}

static void a_long_list_passes_by_the_tree(void **state)
{
	static const char text[] =
		"{\"x\":[\"not\"],\"ids\":[\"a\",null,\"bcd\"],\"y\":{\"ids\":[1]}}";
	struct json_parser *parser = json_parser_begin(*state);
	struct taken taken = {0, 0, 0};
	struct json *tree;
	size_t i;

	json_parser_divert(parser, "ids", take, reset, &taken);
	for (i = 0; i < sizeof(text) - 1; i++)
		assert_int_equal(json_parser_feed(parser, text + i, 1), 0);
	assert_int_equal(json_parser_end(parser, &tree), 0);
	assert_int_equal(taken.count, 3);
	assert_int_equal(taken.nulls, 1);
	assert_int_equal(taken.bytes, 4);
	assert_int_equal(json_member(tree, "ids")->count, 0);
	assert_int_equal(json_member(tree, "x")->count, 1);
}

static void the_tree_is_the_same_for_pieces_of_any_size(void **state)
{
	static const char text[] = "{\"k\\u00e9y\":[1.5e3,-12345,true,null,\"\\ud83d\\ude00\"],"
				   "\"o\":{\"\":{}}}";
	static const char expected[] = "{\"k\xc3\xa9y\":[1.5e3,-12345,true,null,"
				       "\"\xf0\x9f\x98\x80\"],\"o\":{\"\":{}}}";
	size_t piece, at;

	for (piece = 1; piece < sizeof(text); piece++) {
		struct json_parser *parser = json_parser_begin(*state);
		struct json_writer writer;
		struct json *tree;

		for (at = 0; at < sizeof(text) - 1; at += piece)
			assert_int_equal(json_parser_feed(parser, text + at,
							  at + piece < sizeof(text)
								  ? piece
								  : sizeof(text) - 1 - at),
					 0);
		assert_int_equal(json_parser_end(parser, &tree), 0);
		json_writer_init(&writer, 0, NULL, NULL);
		json_tree(&writer, tree);
		assert_int_equal(writer.buffer.length, sizeof(expected) - 1);
		assert_memory_equal(writer.buffer.data, expected, sizeof(expected) - 1);
		json_writer_clear(&writer);
	}
}

static void what_follows_the_first_value_is_ignored(void **state)
{
	assert_int_equal(read_text(*state, "{\"a\":1} and {more")->count, 1);
	assert_true(read_text(*state, "true false")->truth);
	assert_string_equal(read_text(*state, "12 34")->text, "12");
}

static void what_is_left_open_is_refused_at_the_end(void **state)
{
	static const char *const open[] = {"{\"a\":", "[1,2", "\"abc", "tru", "{\"a\"", "[[]"};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(open); i++) {
		struct json_parser *parser = json_parser_begin(*state);
		struct json *tree;

		assert_int_equal(json_parser_feed(parser, open[i], strlen(open[i])), 0);
		assert_int_equal(json_parser_end(parser, &tree), ERR_INPUT);
	}
}

static void only_scalars_stand_in_a_diverted_list(void **state)
{
	static const char *const wrong[] = {"{\"ids\":[{}]}", "{\"ids\":[\"a\",[]]}"};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct json_parser *parser = json_parser_begin(*state);
		struct taken taken = {0, 0, 0};
		struct json *tree;

		json_parser_divert(parser, "ids", take, reset, &taken);
		json_parser_feed(parser, wrong[i], strlen(wrong[i]));
		assert_int_equal(json_parser_end(parser, &tree), ERR_INPUT);
	}
}

static void what_is_no_list_is_not_diverted(void **state)
{
	struct json_parser *parser = json_parser_begin(*state);
	static const char text[] = "{\"ids\":{\"ids\":[\"x\"]}}";
	struct taken taken = {0, 0, 0};
	struct json *tree;

	json_parser_divert(parser, "ids", take, reset, &taken);
	assert_int_equal(json_parser_feed(parser, text, sizeof(text) - 1), 0);
	assert_int_equal(json_parser_end(parser, &tree), 0);
	assert_int_equal(taken.count, 0);
	assert_int_equal(json_member(json_member(tree, "ids"), "ids")->count, 1);
}

static void scalars_are_coerced_as_the_engine_does(void **state)
{
	static const struct {
		const char *text;
		int code;
		int64_t number;
	} integers[] = {
		{"5",           0,         5        },
		{"\"5\"",       0,         5        },
		{"-2147483648", 0,         INT32_MIN},
		{"2147483648",  ERR_INPUT, 0        },
		{"5.9",         0,         5        },
		{"-5.9",        0,         -5       },
		{"1e3",         0,         1000     },
		{"1e99",        ERR_INPUT, 0        },
		{"\"\"",        0,         77       },
		{"null",        0,         77       },
		{"\"x\"",       ERR_INPUT, 0        },
		{"\"5x\"",      ERR_INPUT, 0        },
		{"\" 5 \"",     0,         5        },
		{"\" \"",       0,         77       },
		{"\"- 5\"",     ERR_INPUT, 0        },
		{"true",        ERR_INPUT, 0        },
		{"[]",          ERR_INPUT, 0        },
		{"{}",          ERR_INPUT, 0        },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(integers); i++) {
		int64_t number = 0;

		assert_int_equal(
			json_to_int(read_text(*state, integers[i].text), 77, true, &number),
			integers[i].code);
		if (!integers[i].code)
			assert_true(number == integers[i].number);
	}
}

static void truths_are_coerced_as_the_engine_does(void **state)
{
	static const struct {
		const char *text;
		int code;
		bool truth;
	} truths[] = {
		{"true",         0,         true },
		{"false",        0,         false},
		{"\"true\"",     0,         true },
		{"\"True\"",     0,         true },
		{"\"FALSE\"",    0,         false},
		{"0",            0,         false},
		{"1",            0,         true },
		{"null",         0,         true },
		{"\"\"",         0,         true },
		{"\"yes\"",      ERR_INPUT, 0    },
		{"[]",           ERR_INPUT, 0    },
		{"\" true\\t\"", 0,         true },
		{"\" null \"",   0,         true },
		{"\"  \"",       0,         true },
		{"\"fAlse\"",    ERR_INPUT, 0    },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(truths); i++) {
		bool truth = false;

		assert_int_equal(json_to_bool(read_text(*state, truths[i].text), true, &truth),
				 truths[i].code);
		if (!truths[i].code)
			assert_int_equal(truth, truths[i].truth);
	}
}

static void texts_and_times_are_coerced_as_the_engine_does(void **state)
{
	const char *text;
	int64_t time;

	assert_int_equal(json_to_string(read_text(*state, "5.50"), &text), 0);
	assert_string_equal(text, "5.50");
	assert_int_equal(json_to_string(read_text(*state, "true"), &text), 0);
	assert_string_equal(text, "true");
	assert_int_equal(json_to_string(read_text(*state, "null"), &text), 0);
	assert_null(text);
	assert_int_equal(json_to_string(read_text(*state, "{}"), &text), ERR_INPUT);
	assert_int_equal(json_to_string(read_text(*state, "[]"), &text), ERR_INPUT);
	assert_int_equal(json_to_time(read_text(*state, "1000"), &time), 0);
	assert_true(time == 1000);
	assert_int_equal(
		json_to_time(read_text(*state, "\"\\n1970-01-01T00:00:01.000+0000\""), &time), 0);
	assert_true(time == 1000);
	assert_int_equal(json_to_time(read_text(*state, "\"\""), &time), 0);
	assert_true(time == TIME_NULL);
	assert_int_equal(json_to_time(read_text(*state, "\"1000\""), &time), ERR_INPUT);
	assert_int_equal(json_to_time(read_text(*state, "true"), &time), ERR_INPUT);
}

static void doubles_are_written_as_short_as_they_come_back(void **state)
{
	static const struct {
		double value;
		const char *text;
	} doubles[] = {
		{0,       "0.0"               },
		{0.1,     "0.1"               },
		{-2.5,    "-2.5"              },
		{1e300,   "1e+300"            },
		{1.0 / 3, "0.3333333333333333"},
		{100,     "100.0"             }
        };
	struct json_writer writer;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(doubles); i++) {
		json_writer_init(&writer, 0, NULL, NULL);
		json_double(&writer, doubles[i].value);
		buffer_put_u8(&writer.buffer, 0);
		assert_string_equal((char *)writer.buffer.data, doubles[i].text);
		json_writer_clear(&writer);
	}
}

struct sunk {
	struct buffer buffer;
	size_t calls;
};

static int sink(void *arg, const void *bytes, size_t size)
{
	struct sunk *sunk = arg;

	buffer_put(&sunk->buffer, bytes, size);
	sunk->calls++;
	return 0;
}

static void what_streams_through_the_sink_is_the_same(void **state)
{
	struct json_writer writer;
	struct sunk sunk = {
		{NULL, 0, 0},
                0
        };
	struct json *tree;
	int i;

	json_writer_init(&writer, 64, sink, &sunk);
	json_open_array(&writer);
	for (i = 0; i < 1000; i++) {
		json_open_object(&writer);
		json_key_int(&writer, "i", i);
		json_close_object(&writer);
	}
	json_close_array(&writer);
	assert_int_equal(json_writer_flush(&writer), 0);
	assert_in_range(sunk.calls, 10, 1001);
	assert_int_equal(json_parse(*state, sunk.buffer.data, sunk.buffer.length, &tree), 0);
	assert_int_equal(tree->count, 1000);
	json_writer_clear(&writer);
	buffer_clear(&sunk.buffer);
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

#define TEST(name)                                                                                 \
	cmocka_unit_test_setup_teardown(name, arena_fixture_set_up, arena_fixture_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_tree_is_written_as_it_was_read),
		TEST(what_is_no_json_is_refused),
		TEST(nesting_has_a_bound),
		TEST(a_repeated_key_counts_with_its_last_value),
		TEST(a_long_list_passes_by_the_tree),
		TEST(of_a_list_that_comes_twice_the_last_counts),
		TEST(the_tree_is_the_same_for_pieces_of_any_size),
		TEST(what_follows_the_first_value_is_ignored),
		TEST(what_is_left_open_is_refused_at_the_end),
		TEST(only_scalars_stand_in_a_diverted_list),
		TEST(what_is_no_list_is_not_diverted),
		TEST(scalars_are_coerced_as_the_engine_does),
		TEST(truths_are_coerced_as_the_engine_does),
		TEST(texts_and_times_are_coerced_as_the_engine_does),
		TEST(doubles_are_written_as_short_as_they_come_back),
		TEST(what_streams_through_the_sink_is_the_same),
		TEST(texts_are_escaped),
		TEST(a_failing_sink_is_remembered_and_not_called_again),
		TEST(a_date_is_formatted_as_it_was_parsed),
		TEST(dates_before_the_epoch_are_dates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
