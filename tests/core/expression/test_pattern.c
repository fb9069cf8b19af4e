/* Regular expressions find what Java's find, and refuse what they do not know. */
#include "core/expression/pattern.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "storage/error.h"

static struct arena arena;

static int set_up(void **state)
{
	(void)state;
	arena_init(&arena);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_clear(&arena);
	return 0;
}

static const struct pattern *parse(const char *text)
{
	const char *problem;
	const struct pattern *pattern = pattern_parse(&arena, text, &problem);

	if (!pattern)
		fail_msg("%s: %s", text, problem);
	return pattern;
}

/* The first match of PATTERN, then its groups: "ab|a|" for (a)b. */
static const char *found(const char *pattern, const char *text)
{
	const struct pattern *parsed = parse(pattern);
	struct pattern_match match;
	size_t work = SIZE_MAX, i;
	const char *all = "";

	if (pattern_find(parsed, &arena, text, 0, false, &work, &match))
		return NULL;
	for (i = 0; i <= pattern_groups(parsed); i++)
		all = match.from[i] == SIZE_MAX ? arena_printf(&arena, "%s-|", all)
						: arena_printf(&arena, "%s%.*s|", all,
							       (int)(match.to[i] - match.from[i]),
							       text + match.from[i]);
	return all;
}

static void the_first_way_that_matches_is_taken(void **state)
{
	static const char *const cases[][3] = {
		{"a|ab",          "ab",                "a|"               },
		{"(a|ab)(c|bcd)", "abcd",              "abcd|a|bcd|"      },
		{"a*",            "aab",               "aa|"              },
		{"a*?",           "aab",               "|"                },
		{"a+?b",          "aab",               "aab|"             },
		{".*b",           "abab",              "abab|"            },
		{".*?b",          "abab",              "ab|"              },
		{"(a)|(b)",       "b",                 "b|-|b|"           },
		{"(?:x(y))?z",    "z",                 "z|-|"             },
		{"a{2,3}",        "aaaa",              "aaa|"             },
		{"a{2,3}?",       "aaaa",              "aa|"              },
		{"a{2}",          "aaaa",              "aa|"              },
		{"a{0}b",         "ab",                "b|"               },
		{"(a*)*",         "aab",               "aa|aa|"           },
		{"\\bb\\w+",      "ab bcd",            "bcd|"             },
		{"[^a-c]+",       "abxyc",             "xy|"              },
		{"[\\d-]+",       "a1-2",              "1-2|"             },
		{"[]a]+",         "x]a",               "]a|"              },
		{"[\\W]+",        "a, b",              ", |"              },
		{"(?i)[a-b]C",    "xBc",               "Bc|"              },
		{"b$",            "ab\n",              "b|"               },
		{".",             "\nx",               "x|"               },
		{"\xc3\xa9+",     "\xc3\xa9\xc3\xa9x", "\xc3\xa9\xc3\xa9|"},
		{".",             "\xf0\x9f\x98\x80",  "\xf0\x9f\x98\x80|"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++)
		assert_string_equal(found(cases[i][0], cases[i][1]), cases[i][2]);
	assert_null(found("^b", "ab"));
	assert_null(found("\\bc", "bc"));
}

static bool whole(const char *pattern, const char *text)
{
	struct pattern_match match;
	size_t work = SIZE_MAX;

	return !pattern_find(parse(pattern), &arena, text, 0, true, &work, &match);
}

static void a_whole_match_may_take_another_way(void **state)
{
	(void)state;
	assert_true(whole("a|ab", "ab"));
	assert_true(whole("a*?", "aaa"));
	assert_false(whole("a", "ba"));
	assert_false(whole("a", "ab"));
	assert_true(whole("", ""));
	assert_true(whole("(\\w+\\.)+\\w{2,}", "mail.acme.com"));
}

static void what_is_not_known_is_refused(void **state)
{
	static const char *const texts[] = {
		"[",       "[a",  "(",        ")",      "(a",  "*",        "a{",     "a{2,1}",
		"a{9999}", "{",   "[c-a]",    "\\",     "\\1", "\\y",      "\\p{L}", "(?=a)",
		"(?<a>b)", "a++", "[a&&[b]]", "[a[b]]", "a|*", "x\\Qa\\E",
	};
	const char *problem;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		assert_null(pattern_parse(&arena, texts[i], &problem));
		assert_non_null(problem);
	}
}

static const char *repeated(const char *text, size_t count)
{
	const size_t size = strlen(text);
	char *all = arena_alloc(&arena, size * count + 1);
	size_t i;

	for (i = 0; i < count; i++)
		memcpy(all + i * size, text, size);
	return all;
}

static void size_and_depth_are_bounded(void **state)
{
	static const char *const large[] = {"a{1000}{1000}", "(?:(?:(?:){1000}){1000}){1000}",
					    "(?:(?:a{100}){100}){100}"};
	const char *problem;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(large); i++)
		assert_null(pattern_parse(&arena, large[i], &problem));
	assert_null(pattern_parse(&arena, repeated("(?:", 1000), &problem));
	assert_null(pattern_parse(&arena, repeated("()", 10), &problem));
	assert_null(pattern_parse(&arena, repeated("a", 60000), &problem));
}

static void time_does_not_explode(void **state)
{
	const struct pattern *pattern = parse("(a|a)*(a*)*b");
	const char *text = repeated("a", 10000);
	struct pattern_match match;
	size_t work = 10000000, little = 1000;

	(void)state;
	assert_int_equal(pattern_find(pattern, &arena, text, 0, true, &work, &match),
			 ERR_NOT_FOUND);
	assert_true(work > 9000000);
	assert_int_equal(pattern_find(pattern, &arena, text, 0, true, &little, &match), ERR_BUSY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_first_way_that_matches_is_taken, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(a_whole_match_may_take_another_way, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(what_is_not_known_is_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(size_and_depth_are_bounded, set_up, tear_down),
		cmocka_unit_test_setup_teardown(time_does_not_explode, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
