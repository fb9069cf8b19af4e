/* Restart as clients ask for it. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "core/api/handler.h"
#include "core/history/id_list.h"
#include "core/process/definition.h"
#include "tests/core/history_fixture.h"
#include "tests/core/operation_number.h"
#include "tests/core/process_fixture.h"

enum { MOST = 5000 };

static const char ends[] =
	"<startEvent id='s'/><sequenceFlow id='f' sourceRef='s' targetRef='e'/><endEvent id='e'/>";

/* Restarts all that have ended. */
static struct request restart_of(struct engine_fixture *fixture, const union slot *definition)
{
	struct request request = history_fixture_request(
		fixture, NULL,
		"{\"historicProcessInstanceQuery\":{\"finished\":true},\"instructions\":[{"
		"\"type\":\"startBeforeActivity\",\"activityId\":\"e\"}]}");
	struct call *call = arena_copy(&fixture->arena, request.call, sizeof(*call));

	call->operation = operation_number("POST", "/process-definition/{id}/restart");
	call->params = arena_array(&fixture->arena, 1, sizeof(char *));
	call->params[0] = definition[DEFINITION_ID].s;
	call->param_count = 1;
	request.diverted = arena_alloc(&fixture->arena, sizeof(*request.diverted));
	request.call = call;
	return request;
}

static void what_is_too_much_at_once_is_refused_before_anything_is_done(void **state)
{
	struct engine_fixture *fixture = *state;
	const union slot *definition = process_fixture_deploy(fixture, "p", ends);
	struct request request;

	process_fixture_start(fixture, definition, MOST + 1);
	request = restart_of(fixture, definition);
	assert_int_equal(process_definition_restart(&request), ERR_INVALID);
	assert_string_equal(request.error.message,
			    "Cannot restart 5001 process instances at once: at most 5000; "
			    "restart-async takes any number");
	assert_int_equal(history_fixture_count(fixture, "{}"), MOST + 1);
}

static void the_most_are_restarted(void **state)
{
	struct engine_fixture *fixture = *state;
	const union slot *definition = process_fixture_deploy(fixture, "p", ends);
	struct request request;

	process_fixture_start(fixture, definition, MOST);
	request = restart_of(fixture, definition);
	assert_int_equal(process_definition_restart(&request), 0);
	assert_int_equal(history_fixture_count(fixture, "{}"), 2 * MOST);
}

#define TEST(name)                                                                                 \
	cmocka_unit_test_setup_teardown(name, engine_fixture_set_up, engine_fixture_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_too_much_at_once_is_refused_before_anything_is_done),
		TEST(the_most_are_restarted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
