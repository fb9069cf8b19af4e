/* What a batch of restarts leaves, where some of its jobs fail. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "core/api/handler.h"
#include "core/history/history.h"
#include "core/history/id_list.h"
#include "core/id.h"
#include "core/job/job_executor.h"
#include "core/process/definition.h"
#include "core/runtime/cancel.h"
#include "core/runtime/step.h"
#include "tests/core/history_fixture.h"
#include "tests/core/operation_number.h"
#include "tests/core/process_fixture.h"

enum { INSTANCES = 12 };

/* Ends some of those from *ARG on: the others cannot be restarted. */
static int end_some(struct command *command, void *arg)
{
	static const bool ends[INSTANCES] = {true,  false, true, true,  false, false,
					     false, true,  true, false, true,  true};
	const uint64_t *first = arg;
	struct instance *instance;
	int i;

	for (i = 0; i < INSTANCES; i++) {
		if (!ends[i])
			continue;
		TRY(command_instance(command, *first + (uint64_t)i, &instance));
		TRY(instance_delete(instance, "r", 0, true));
	}
	return steps_run(command);
}

static const char *id_of(struct engine_fixture *fixture, uint64_t serial)
{
	return id_text(&fixture->arena, fixture->engine.store, ID_RUNNING, serial, 0);
}

/* Makes a batch that restarts all there are. */
static void restart_all(struct engine_fixture *fixture, const union slot *definition)
{
	struct request request = history_fixture_request(
		fixture, NULL,
		"{\"historicProcessInstanceQuery\":{},\"instructions\":[{\"type\":"
		"\"startBeforeActivity\",\"activityId\":\"work\"}]}");
	struct call *call;

	call = arena_copy(&fixture->arena, request.call, sizeof(*call));
	call->operation = operation_number("POST", "/process-definition/{id}/restart-async");
	call->params = arena_array(&fixture->arena, 1, sizeof(char *));
	call->params[0] = definition[DEFINITION_ID].s;
	call->param_count = 1;
	request.call = call;
	request.diverted = arena_alloc(&fixture->arena, sizeof(*request.diverted));
	assert_int_equal(process_definition_restart_async(&request), 0);
	json_writer_clear(&request.writer);
}

static bool is_idle(struct engine_fixture *fixture, const void *arg)
{
	(void)arg;
	return job_executor_idle(fixture->engine.executor);
}

/* The history of SERIAL is its own. */
static void expect_history(struct engine_fixture *fixture, uint64_t serial)
{
	struct txn reader = txn_reader(fixture->engine.store, &fixture->arena);
	struct rows rows[ROW_MAX];
	const char *id = id_of(fixture, serial);
	const union slot *row;

	assert_int_equal(history_read_process(&reader, fixture->engine.history,
					      history_fixture_number(fixture, id),
					      1u << ROW_ACTIVITY, rows),
			 0);
	row = rows[ROW_INSTANCE].row[0];
	assert_string_equal(row[INSTANCE_ID].s, id);
	assert_true(row[INSTANCE_END_TIME].i == TIME_NULL);
	assert_int_equal(rows[ROW_ACTIVITY].count, 1);
}

static void jobs_that_fail_take_nothing_from_the_others(void **state)
{
	struct engine_fixture *fixture = *state;
	const union slot *definition =
		process_fixture_deploy(fixture, "one", process_fixture_one_task);
	uint64_t first = process_fixture_start(fixture, definition, INSTANCES), serial;

	process_fixture_run(fixture, end_some, &first, 0);
	restart_all(fixture, definition);
	engine_fixture_set(fixture, "jobExecutorAcquireByPriority=false");
	engine_fixture_reopen(fixture);
	engine_fixture_await(fixture, is_idle, NULL);
	assert_int_equal(history_fixture_count(fixture, "{}"), INSTANCES + 7);
	assert_int_equal(history_fixture_count(fixture, "{\"finished\":true}"), 7);
	for (serial = first + INSTANCES; serial < first + INSTANCES + 7; serial++)
		expect_history(fixture, serial);
	process_fixture_check_index(fixture);
}

#define TEST(name)                                                                                 \
	cmocka_unit_test_setup_teardown(name, engine_fixture_set_up, engine_fixture_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(jobs_that_fail_take_nothing_from_the_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
