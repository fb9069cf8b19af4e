/* Business keys like a pattern: those that are, in postings or in memory, and no others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/query/query.h"
#include "tests/core/history_fixture.h"

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, engine_fixture_tear_down)

enum { INSTANCES = 400 };

#define SIXTY "order of an unusually careful customer, to be delivered on t"

/* Keys that begin alike, end alike, contain one another, have wildcards, and are cut in postings.
 */
static const char *key_of(struct arena *arena, unsigned i)
{
	switch (i % 8) {
	case 0:
		return NULL;
	case 1:
		return arena_printf(arena, "order-%08u", i * 37);
	case 2:
		return arena_printf(arena, "order-%u", i);
	case 3:
		return arena_printf(arena, "%u_50%%", i);
	case 4:
		return arena_printf(arena, SIXTY "he %uth", i);
	case 5:
		return arena_printf(arena, SIXTY "%u", i % 1000);
	case 6:
		return "\303\274bung";
	default:
		return arena_printf(arena, "aab%uaaab", i);
	}
}

static const char *line_of(struct arena *arena, unsigned i)
{
	const char *key = key_of(arena, i);

	return arena_printf(arena,
			    "{\"processInstance\":{\"id\":\"p%u\",%s%s%s\"startTime\":"
			    "\"2024-01-01T10:00:00.000+0000\"}}\n",
			    i, key ? "\"businessKey\":\"" : "", key ? key : "", key ? "\"," : "");
}

static int set_up(void **state)
{
	struct engine_fixture *fixture;
	unsigned i;

	TRY(engine_fixture_set_up(state));
	fixture = *state;
	for (i = 0; i < INSTANCES; i++)
		history_fixture_import(fixture, line_of(&fixture->arena, i), 65536);
	return 0;
}

static int count_like(struct arena *arena, const char *pattern, unsigned from)
{
	unsigned i;
	int count = 0;

	for (i = from; i < INSTANCES; i++) {
		const char *key = key_of(arena, i);

		count += key && text_like(key, pattern);
	}
	return count;
}

static void expect(struct engine_fixture *fixture, unsigned from)
{
	static const char *const patterns[] = {
		"%",       "%1",        "%1%",     "_%",          "%37%",          "order-%",
		"order-_", "%000%",     "%0001%",  "%der%",       "%\\\\_50\\\\%", "%\\\\%",
		"_\\\\_%", "%careful%", "%th",     "%he 3%",      "%the 4%",       "%aab",
		"aab%aab", "%aaab%",    "%ab1%",   "%bung",       "_bung",         "\303\274%",
		"%none%",  "%t__%",     SIXTY "%", "%" SIXTY "%", SIXTY "he 4th",  SIXTY "____",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(patterns); i++) {
		const char *body =
			arena_printf(&fixture->arena, "{\"processInstanceBusinessKeyLike\":\"%s\"}",
				     patterns[i]);
		char pattern[256], *end = pattern;
		const char *at;
		int found = history_fixture_count(fixture, body), wanted;

		for (at = patterns[i]; *at; at++) /* as it is when JSON has been read */
			if (*at != '\\' || at[1] != '\\')
				*end++ = *at;
		*end = '\0';
		wanted = count_like(&fixture->arena, pattern, from);
		if (found != wanted)
			fail_msg("%s: %d instead of %d", pattern, found, wanted);
	}
}

static void those_that_are_like_it_are_found(void **state)
{
	expect(*state, 0);
	expect(*state, 0); /* from memory */
}

static void what_comes_and_goes_is_seen(void **state)
{
	struct engine_fixture *fixture = *state;

	expect(fixture, 0);
	history_fixture_import(fixture,
			       "{\"processInstance\":{\"id\":\"late\",\"businessKey\":\"7 late\","
			       "\"startTime\":\"2024-01-01T10:00:00.000+0000\"}}\n",
			       65536);
	assert_int_equal(
		history_fixture_count(fixture, "{\"processInstanceBusinessKeyLike\":\"%late\"}"),
		1);
	engine_fixture_reopen(fixture);
	assert_int_equal(
		history_fixture_count(fixture, "{\"processInstanceBusinessKeyLike\":\"%late\"}"),
		1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(those_that_are_like_it_are_found),
		TEST(what_comes_and_goes_is_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
