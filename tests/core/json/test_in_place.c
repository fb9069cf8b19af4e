/* JSON where it lies: read as json_parse() reads it. */
#include "core/json/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/json/writer.h"
#include "tests/core/arena_fixture.h"

static const char *const seeds[] = {
	"{\"a\":1,\"b\":[true,false,null,-0.5e+10,12E-3,0],\"c\":{\"d\":{}},\"e\":[],\"f\":\"\"}",
	"  [ 1 , \"two\" , { \"three\" : [ [ ] , { } ] } , \"\\u00e4\\n\\t\\\"\\\\\\/\" ] rest",
	"{\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80 and more "
	"text\":\"\xf0\x9f\x98\x80\\u20ac\\ud83d\\ude00x\"}",
	"{\"long\":\"0123456789abcdef0123456789abcdef\",\"esc\":\"0123456\\b89abcdef\\f\\r\"}",
	"\"alone\"",
	"42",
	"true",
	"[[[[[[[[1]]]]]]]]",
	"{\"k\":\"1\xc2\xa0\\\\\xc2\xa0\xe2\x82\xac\"}",
};

static const char *tree_as_text(struct arena *arena, const struct json *tree)
{
	struct json_writer writer;
	const char *text;

	json_writer_init(&writer, 0, NULL, NULL);
	json_tree(&writer, tree);
	text = arena_strndup(arena, (const char *)writer.buffer.data, writer.buffer.length);
	json_writer_clear(&writer);
	return text;
}

/* The bytes end where the memory does, but for the slack. */
static void expect_same(struct arena *arena, const char *text, size_t size)
{
	struct json *wanted, *found;
	int code = json_parse(arena, text, size, &wanted);
	char *copy = memory_alloc(size + JSON_SLACK);

	memcpy(copy, text, size);
	if (json_parse_in_place(arena, copy, size, &found) != code)
		fail_msg("%s: %.*s", code ? "taken" : "refused", (int)size, text);
	if (!code)
		assert_string_equal(tree_as_text(arena, found), tree_as_text(arena, wanted));
	free(copy);
}

/* One byte more, less or another one; no halves of pairs: there the two differ. */
static size_t mutate(char *text, size_t size, unsigned *dice)
{
	static const char bytes[] = "{}[]\",:\\u0019aeE+-.tfn \t\x01\x7f\x80\xc3\xe2\xf0\xff";
	size_t at;
	unsigned how;

	*dice = *dice * 1103515245u + 12345u;
	how = *dice >> 16;
	at = how / 4 % size;
	*dice = *dice * 1103515245u + 12345u;
	if (how % 4 == 0) {
		memmove(text + at, text + at + 1, size - at - 1);
		return size - 1;
	}
	if (how % 4 == 1) {
		memmove(text + at + 1, text + at, size - at);
		size++;
	}
	text[at] = bytes[(*dice >> 16) % sizeof(bytes)];
	return size;
}

static bool may_have_half_a_pair(const char *text, size_t size)
{
	size_t i;

	for (i = 0; i + 4 < size; i++)
		if (text[i] == 'u' && (text[i + 1] | 0x20) == 'd' &&
		    strchr("89abcdefABCDEF", text[i + 2]))
			return true;
	return false;
}

static void what_is_read_in_place_is_read_the_same(void **state)
{
	struct arena *arena = *state;
	unsigned dice = 1, i, k;

	for (i = 0; i < 400 * ARRAY_SIZE(seeds); i++) {
		const char *seed = seeds[i % (ARRAY_SIZE(seeds))];
		size_t size = strlen(seed);
		char text[256];

		memcpy(text, seed, size);
		expect_same(arena, text, size);
		for (k = 0; k < 8 && size > 1; k++) {
			size = mutate(text, size, &dice);
			if (!may_have_half_a_pair(text, size))
				expect_same(arena, text, size);
		}
		arena_clear(arena);
	}
}

static void half_a_pair_becomes_a_question_mark(void **state)
{
	static const struct {
		const char *text, *read;
	} cases[] = {
		{"\"a\\ud83dX\"",      "a?X"             },
		{"\"\\ude00\"",        "?"               },
		{"\"\\ud83d\\u0041\"", "?A"              },
		{"\"\\ud83d\\ude00\"", "\xf0\x9f\x98\x80"},
	};
	struct arena *arena = *state;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		size_t size = strlen(cases[i].text);
		char *copy = arena_alloc(arena, size + JSON_SLACK);
		struct json *found;

		memcpy(copy, cases[i].text, size);
		assert_int_equal(json_parse_in_place(arena, copy, size, &found), 0);
		assert_string_equal(found->text, cases[i].read);
	}
}

static void nesting_has_a_bound(void **state)
{
	char text[2 * JSON_DEPTH_MAX + 3 + JSON_SLACK];
	int depth;

	for (depth = JSON_DEPTH_MAX - 1; depth <= JSON_DEPTH_MAX + 1; depth++) {
		memset(text, '[', (size_t)depth);
		memset(text + depth, ']', (size_t)depth);
		expect_same(*state, text, 2 * (size_t)depth);
	}
}

#define TEST(name)                                                                                 \
	cmocka_unit_test_setup_teardown(name, arena_fixture_set_up, arena_fixture_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_read_in_place_is_read_the_same),
		TEST(half_a_pair_becomes_a_question_mark),
		TEST(nesting_has_a_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
