/* Runs of jobs alike: how they merge and are found again. */
#include "core/job/job_range.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "tests/core/engine_fixture.h"

#define TEST(name)                                                                                 \
	cmocka_unit_test_setup_teardown(name, engine_fixture_set_up, engine_fixture_tear_down)

static const struct job_values usual = {3, TIME_NULL, 0, false};

static int add(struct txn *txn, uint64_t first, uint64_t count, int64_t time)
{
	struct job_range range = {.first = first,
				  .count = count,
				  .time = time,
				  .values = usual,
				  .now = usual,
				  .sequence = 2};

	return job_range_add(txn, 1, JOB_EXECUTION, RANGE_ENDED, &range);
}

static int add_neighbours(struct txn *txn, void *arg)
{
	(void)arg;
	TRY(add(txn, 0, 10, 100));
	TRY(add(txn, 10, 5, 100));
	return add(txn, 15, 5, 200); /* of another time */
}

static int add_with_a_gap(struct txn *txn, void *arg)
{
	(void)arg;
	TRY(add(txn, 3, 1, 100));
	return add(txn, 7, 2, 100);
}

static struct job_range find(struct engine_fixture *f, uint64_t job)
{
	struct txn reader = txn_reader(f->engine.store, &f->arena);
	struct job_range range;

	assert_int_equal(job_range_find(&reader, 1, JOB_EXECUTION, RANGE_ENDED, job, &range), 0);
	return range;
}

static void expect_none(struct engine_fixture *f, enum job_kind kind, enum job_range_list list,
			uint64_t job)
{
	struct txn reader = txn_reader(f->engine.store, &f->arena);
	struct job_range range;

	assert_int_equal(job_range_find(&reader, 1, kind, list, job, &range), ERR_NOT_FOUND);
}

static void neighbours_that_share_everything_become_one(void **state)
{
	struct engine_fixture *f = *state;
	struct job_range range;

	engine_fixture_run(f, add_neighbours, NULL, 0);
	range = find(f, 12);
	assert_int_equal(range.first, 0);
	assert_int_equal(range.count, 15);
	assert_int_equal(range.time, 100);
	assert_true(range.values.due_date == TIME_NULL);
	range = find(f, 15);
	assert_int_equal(range.first, 15);
	assert_int_equal(range.time, 200);
}

static void a_job_in_a_gap_is_in_no_range(void **state)
{
	struct engine_fixture *f = *state;

	engine_fixture_run(f, add_with_a_gap, NULL, 0);
	expect_none(f, JOB_EXECUTION, RANGE_ENDED, 2);
	expect_none(f, JOB_EXECUTION, RANGE_ENDED, 4);
	expect_none(f, JOB_EXECUTION, RANGE_ENDED, 9);
	assert_int_equal(find(f, 3).count, 1);
	assert_int_equal(find(f, 8).first, 7);
}

static void lists_and_kinds_do_not_mix(void **state)
{
	struct engine_fixture *f = *state;

	engine_fixture_run(f, add_with_a_gap, NULL, 0);
	expect_none(f, JOB_EXECUTION, RANGE_CREATED, 3);
	expect_none(f, JOB_MONITOR, RANGE_ENDED, 3);
	expect_none(f, JOB_SEED, RANGE_ENDED, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(neighbours_that_share_everything_become_one),
		TEST(a_job_in_a_gap_is_in_no_range),
		TEST(lists_and_kinds_do_not_mix),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
