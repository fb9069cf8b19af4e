/* Annotations of operations, and lists of the log. */
#include "core/history/operation_annotate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/api/handler.h"
#include "tests/core/history_fixture.h"

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, engine_fixture_tear_down)

static const char log_lines[] =
	"{\"userOperation\":{\"id\":\"a\",\"operationId\":\"one\",\"property\":\"x\","
	"\"userId\":\"mary\",\"timestamp\":\"2024-01-01T10:00:00.000+0000\"}}\n"
	"{\"userOperation\":{\"id\":\"b\",\"operationId\":\"one\",\"property\":\"y\","
	"\"userId\":\"mary\",\"timestamp\":\"2024-01-03T10:00:00.000+0000\"}}\n"
	"{\"userOperation\":{\"id\":\"c\",\"operationId\":\"two\",\"annotation\":\"old\","
	"\"userId\":\"paul\",\"timestamp\":\"2024-01-02T10:00:00.000+0000\"}}\n";

static int set_up(void **state)
{
	TRY(engine_fixture_set_up(state));
	history_fixture_import(*state, log_lines, sizeof(log_lines));
	return 0;
}

/* How often TEXT stands in the list. */
static int occurs(struct engine_fixture *fixture, const char *query, const char *text)
{
	const char *at = history_fixture_answer(fixture, history_user_operation_list, query, NULL);
	int count = 0;

	while ((at = strstr(at, text))) {
		at++;
		count++;
	}
	return count;
}

static void every_entry_of_an_operation_is_annotated(void **state)
{
	struct engine_fixture *fixture = *state;
	struct history *history = fixture->engine.history;

	assert_int_equal(operation_annotate(history, &fixture->arena, "one", "seen"), 0);
	assert_int_equal(occurs(fixture, NULL, "\"annotation\":\"seen\""), 2);
	assert_int_equal(occurs(fixture, NULL, "\"annotation\":\"old\""), 1);
	assert_int_equal(occurs(fixture, "operationId=one", "\"annotation\":\"seen\""), 2);
	assert_int_equal(operation_annotate(history, &fixture->arena, "two", NULL), 0);
	assert_int_equal(occurs(fixture, "operationId=two", "\"annotation\":null"), 1);
	engine_fixture_reopen(fixture);
	assert_int_equal(occurs(fixture, "userId=mary", "\"annotation\":\"seen\""), 2);
	assert_int_equal(operation_annotate(fixture->engine.history, &fixture->arena, "none", "x"),
			 ERR_NOT_FOUND);
}

static void pages_of_the_log_are_in_order(void **state)
{
	struct engine_fixture *fixture = *state;

	assert_int_equal(
		occurs(fixture, "sortBy=timestamp&sortOrder=desc&maxResults=1", "\"id\":\"b\""), 1);
	assert_int_equal(occurs(fixture,
				"sortBy=timestamp&sortOrder=asc&firstResult=1&maxResults=1",
				"\"id\":\"c\""),
			 1);
	assert_int_equal(occurs(fixture, "firstResult=2&maxResults=5", "\"id\":\"c\""), 1);
	assert_int_equal(occurs(fixture, "maxResults=2", "\"id\":"), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_entry_of_an_operation_is_annotated),
		TEST(pages_of_the_log_are_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
