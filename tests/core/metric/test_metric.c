/* Metrics: what is counted, by time; kept by the transaction that counts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "core/metric/metric.h"
#include "storage/clock.h"
#include "tests/core/engine_fixture.h"

enum { QUARTER = 900 * 1000 };

struct addition {
	enum metric metric;
	int64_t count, now;
	int code; /* that the transaction ends with */
};

static int add_body(struct txn *txn, void *arg)
{
	const struct addition *addition = arg;
	int code = metric_add(txn, addition->metric, addition->count, addition->now);

	return code ? code : addition->code;
}

static void add(struct engine_fixture *fixture, enum metric metric, int64_t count, int64_t now)
{
	struct addition addition = {metric, count, now, 0};

	engine_fixture_run(fixture, add_body, &addition, 0);
}

static int64_t sum(struct engine_fixture *fixture, const char *name, int64_t from, int64_t to)
{
	struct txn reader = txn_reader(fixture->engine.store, &fixture->arena);
	struct metric_query query = {name, from, to, 0};
	int64_t found;

	assert_int_equal(metric_sum(&reader, &query, &found), 0);
	return found;
}

static size_t list(struct engine_fixture *fixture, const char *name, int64_t interval,
		   struct metric_interval **ret)
{
	struct txn reader = txn_reader(fixture->engine.store, &fixture->arena);
	struct metric_query query = {name, TIME_NULL, TIME_NULL, interval};
	size_t count;

	assert_int_equal(metric_intervals(&reader, &query, ret, &count), 0);
	return count;
}

static const char removed[] = "history-cleanup-removed-process-instances";

static void test_runs_count_at_their_time(void **state)
{
	struct engine_fixture *fixture = *state;

	add(fixture, METRIC_REMOVED_PROCESS_INSTANCES, 7, 1000);
	add(fixture, METRIC_REMOVED_PROCESS_INSTANCES, 5, 1000);
	add(fixture, METRIC_REMOVED_PROCESS_INSTANCES, 3, 1001);
	add(fixture, METRIC_REMOVED_DECISION_INSTANCES, 100, 1000);
	add(fixture, METRIC_REMOVED_PROCESS_INSTANCES, 1, -5);
	assert_int_equal(sum(fixture, removed, TIME_NULL, TIME_NULL), 16);
	assert_int_equal(sum(fixture, removed, 1000, TIME_NULL), 15);
	assert_int_equal(sum(fixture, removed, 1001, TIME_NULL), 3);
	assert_int_equal(sum(fixture, removed, TIME_NULL, 1000), 1);
	assert_int_equal(sum(fixture, removed, 1000, 1001), 12);
	assert_int_equal(sum(fixture, removed, 1001, 1000), 0);
	assert_int_equal(sum(fixture, "no-such-metric", TIME_NULL, TIME_NULL), 0);
}

static void test_what_goes_on_counts_by_quarters(void **state)
{
	struct engine_fixture *fixture = *state;

	add(fixture, METRIC_ROOT_PROCESS_INSTANCE_START, 2, 3 * QUARTER);
	add(fixture, METRIC_ROOT_PROCESS_INSTANCE_START, 4, 4 * QUARTER - 1);
	add(fixture, METRIC_ROOT_PROCESS_INSTANCE_START, 8, 4 * QUARTER);
	add(fixture, METRIC_ROOT_PROCESS_INSTANCE_START, 0, 9 * QUARTER);
	assert_int_equal(sum(fixture, "process-instances", TIME_NULL, TIME_NULL), 14);
	/* of a quarter that has begun all counts, rather than nothing */
	assert_int_equal(sum(fixture, "root-process-instance-start", 3 * QUARTER + 5, 4 * QUARTER),
			 6);
	assert_int_equal(sum(fixture, "root-process-instance-start", 4 * QUARTER, TIME_NULL), 8);
}

static void test_intervals(void **state)
{
	struct engine_fixture *fixture = *state;
	struct metric_interval *found;

	add(fixture, METRIC_REMOVED_PROCESS_INSTANCES, 1, QUARTER);
	add(fixture, METRIC_REMOVED_PROCESS_INSTANCES, 2, QUARTER + 10);
	add(fixture, METRIC_REMOVED_PROCESS_INSTANCES, 4, 5 * QUARTER);
	add(fixture, METRIC_REMOVED_BATCH_OPERATIONS, 0, QUARTER);
	assert_int_equal(list(fixture, NULL, QUARTER, &found), 3);
	assert_string_equal(found[0].name, removed);
	assert_int_equal(found[0].time, 5 * QUARTER);
	assert_int_equal(found[0].value, 4);
	assert_string_equal(found[1].name, "history-cleanup-removed-batch-operations");
	assert_int_equal(found[1].value, 0);
	assert_int_equal(found[2].time, QUARTER);
	assert_int_equal(found[2].value, 3);
	assert_int_equal(list(fixture, removed, 10, &found), 3);
	add(fixture, METRIC_ROOT_PROCESS_INSTANCE_START, 1, 0);
	assert_int_equal(list(fixture, "root-process-instance-start", QUARTER, &found), 1);
	assert_string_equal(found[0].name, "process-instances");
	assert_int_equal(list(fixture, "job-failed", 10, &found), 0);
}

static void test_counts_live_and_die_with_their_transaction(void **state)
{
	struct engine_fixture *fixture = *state;
	struct addition lost = {METRIC_JOB_FAILED, 9, 1, ERR_INPUT};

	add(fixture, METRIC_JOB_FAILED, 3, 1);
	engine_fixture_run(fixture, add_body, &lost, ERR_INPUT);
	engine_fixture_reopen(fixture);
	assert_int_equal(sum(fixture, "job-failed", TIME_NULL, TIME_NULL), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_runs_count_at_their_time,
						engine_fixture_set_up, engine_fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_what_goes_on_counts_by_quarters,
						engine_fixture_set_up, engine_fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_intervals, engine_fixture_set_up,
						engine_fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_counts_live_and_die_with_their_transaction,
						engine_fixture_set_up, engine_fixture_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
