/* UTF-8, checked against a second, simpler opinion. */
#include "storage/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "storage/arena.h"

/* Encodes CODE in the number of bytes it needs; longer forms when FORCED is more. */
static size_t encode(uint32_t code, size_t forced, uint8_t *out)
{
	static const uint8_t marks[] = {0, 0, 0xc0, 0xe0, 0xf0};
	size_t size = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4, i;

	if (forced > size)
		size = forced;
	for (i = size - 1; i > 0; i--) {
		out[i] = (uint8_t)(0x80 | (code & 0x3f));
		code >>= 6;
	}
	out[0] = (uint8_t)(size == 1 ? code : marks[size] | code);
	return size;
}

static void every_code_point_is_valid_but_surrogates(void **state)
{
	uint8_t text[4];
	uint32_t code;

	(void)state;
	for (code = 0; code < 0x200000; code++) {
		size_t size = encode(code, 0, text);
		bool good = code < 0xd800 || (code > 0xdfff && code <= 0x10ffff);

		if (utf8_valid(text, size) != good)
			fail_msg("U+%04x", code);
	}
}

static void longer_forms_than_needed_are_invalid(void **state)
{
	uint8_t text[4];
	uint32_t code;

	(void)state;
	for (code = 0; code < 0x80; code++)
		assert_false(utf8_valid(text, encode(code, 2, text)));
	for (code = 0; code < 0x800; code++)
		assert_false(utf8_valid(text, encode(code, 3, text)));
	for (code = 0; code < 0x10000; code++)
		assert_false(utf8_valid(text, encode(code, 4, text)));
}

static void stray_and_missing_bytes_are_invalid(void **state)
{
	static const char *const cases[] = {"\x80",         "a\xbf",    "\xc3",
					    "\xc3(",        "\xe2\x82", "\xe2\x82(",
					    "\xf0\x9f\x98", "\xfe",     "\xc3\xa9\xa9"};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++)
		assert_false(utf8_valid(cases[i], strlen(cases[i])));
}

static void pieces_of_any_size_give_the_same_answer(void **state)
{
	static const char good[] = "abcdefgh\xc3\xa9ijklmnopqrst\xf0\x9f\x98\x80 \xe2\x82\xac!";
	size_t step, at, length = sizeof(good) - 1;

	(void)state;
	for (step = 1; step <= length; step++) {
		struct utf8 utf8 = {0};

		for (at = 0; at < length; at += step)
			assert_true(utf8_feed(&utf8, good + at,
					      at + step > length ? length - at : step));
		assert_true(utf8_complete(&utf8));
	}
}

static void what_is_no_utf8_is_replaced_in_javas_pieces(void **state)
{
	static const struct {
		const char *text, *mended;
	} cases[] = {
		{"",		      ""						},
		{"a\xc3\xbc",             "a\xc3\xbc"                                       },
		{"\xf0\x9f\x92\xa9",      "\xf0\x9f\x92\xa9"                                },
		{"\x80\xbf",              "\xef\xbf\xbd\xef\xbf\xbd"                        },
		{"\xe2\x82(",             "\xef\xbf\xbd("                                   },
		{"\xe0\x80\x80",          "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"            },
		{"\xed\xbf\xbf\xed\xa0(", "\xef\xbf\xbd\xef\xbf\xbd("                       },
		{"\xf4\x90\x80\x80",      "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
		{"\xf0\x9f\x92",          "\xef\xbf\xbd"                                    },
	};
	struct arena arena;
	size_t i;

	(void)state;
	arena_init(&arena);
	for (i = 0; i < ARRAY_SIZE(cases); i++)
		assert_string_equal(utf8_mend(&arena, cases[i].text, strlen(cases[i].text)),
				    cases[i].mended);
	arena_clear(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_code_point_is_valid_but_surrogates),
		cmocka_unit_test(longer_forms_than_needed_are_invalid),
		cmocka_unit_test(stray_and_missing_bytes_are_invalid),
		cmocka_unit_test(pieces_of_any_size_give_the_same_answer),
		cmocka_unit_test(what_is_no_utf8_is_replaced_in_javas_pieces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
