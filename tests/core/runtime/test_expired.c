/* Instances that run on when clean-up has taken their history. */
#include "core/history/cleanup.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "core/history/history.h"
#include "core/history/removal_time.h"
#include "core/runtime/running_scan.h"
#include "core/runtime/task.h"
#include "tests/core/process_fixture.h"

#define EPOCH ((int64_t)1700000000 * 1000)

enum { RUNNING = 3 };

static int expire_body(struct txn *txn, void *arg)
{
	const uint64_t numbers[RUNNING] = {0, 1, 2};
	const int64_t times[RUNNING] = {EPOCH, EPOCH, EPOCH};
	struct engine_fixture *f = arg;

	return removal_times_write(txn, f->engine.history->process_columns, numbers, times,
				   RUNNING);
}

static int expired_body(struct txn *txn, void *arg)
{
	struct engine_fixture *f = arg;
	struct cleanup_run run = {.now = EPOCH, .minute_to = 59, .most = 10};

	TRY(cleanup(txn, &f->engine, &run));
	return run.processes == RUNNING ? 0 : ERR_NOT_FOUND;
}

static int complete_body(struct command *command, void *arg)
{
	const uint64_t *serial = arg;
	struct instance *instance;

	TRY(command_instance(command, *serial, &instance));
	return task_complete(instance, instance->tasks.items[0]);
}

static size_t count_running(struct engine_fixture *f)
{
	struct txn reader = txn_reader(f->engine.store, &f->arena);
	struct rows rows[RUNNING_MAX];
	struct running_scan scan;
	size_t count = 0;

	running_scan_start(&scan, &reader, NULL, 1u << RUNNING_TASK);
	while (!running_scan_next(&scan, &f->arena, rows))
		count += rows[RUNNING_TASK].count == 1;
	return count;
}

static void of_what_runs_the_history_goes_and_the_execution_stays(void **state)
{
	struct engine_fixture *f = *state;
	const union slot *definition = process_fixture_deploy(f, "a", process_fixture_one_task);
	uint64_t serial = process_fixture_start(f, definition, RUNNING), number;

	engine_fixture_run(f, expire_body, f, 0);
	engine_fixture_run(f, expired_body, f, 0);
	assert_int_equal(count_running(f), RUNNING);
	process_fixture_run(f, complete_body, &serial, 0);
	assert_int_equal(count_running(f), RUNNING - 1);
	for (number = 0; number < RUNNING; number++)
		assert_true(archive_hidden(f->engine.history->processes, number));
	assert_int_equal(archive_visible(f->engine.history->processes), RUNNING);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			of_what_runs_the_history_goes_and_the_execution_stays,
			engine_fixture_set_up, engine_fixture_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
