/* The life of a batch, driven job by job. */
#include "core/job/batch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "core/job/history_batch.h"
#include "core/job/incident.h"
#include "core/job/job_log.h"
#include "tests/core/engine_fixture.h"

#define TEST(name)                                                                                 \
	cmocka_unit_test_setup_teardown(name, engine_fixture_set_up, engine_fixture_tear_down)

static const int64_t day = 24 * 60 * 60 * 1000;

static struct history_batch history_of(struct engine_fixture *f, const struct batch *batch)
{
	struct txn reader = txn_reader(f->engine.store, &f->arena);
	struct history_batch history;

	assert_int_equal(history_batch_get(&reader, (uint64_t)batch->number, &history), 0);
	return history;
}

static bool is_running(struct engine_fixture *f, const struct batch *batch)
{
	struct txn reader = txn_reader(f->engine.store, &f->arena);
	struct batch read;

	return !batch_get(&reader, (uint64_t)batch->number, &read);
}

/* How many entries the job log has in which FIELD is true; -1 = any. */
static uint64_t count_log(struct engine_fixture *f, const struct batch *batch, int field, bool bulk)
{
	struct history_batch history = history_of(f, batch);
	struct txn reader = txn_reader(f->engine.store, &f->arena);
	struct job_log_walk walk;
	uint64_t count = 0, alike;
	union slot *row;
	int kind;

	for (kind = 0; kind < JOB_KIND_MAX; kind++) {
		assert_int_equal(job_log_walk_start(&walk, &reader, &f->arena, &history,
						    (enum job_kind)kind, 0, bulk),
				 0);
		while (!job_log_walk_next(&walk, &row, &alike))
			count += field < 0 || row[field].i == 1 ? alike : 0;
	}
	return count;
}

static void expect_statistics(struct engine_fixture *f, const struct batch *batch,
			      int64_t remaining, int64_t completed, int64_t failed)
{
	struct batch read = engine_fixture_read(f, batch);

	batch_statistics(&read);
	assert_int_equal(read.remaining_jobs, remaining);
	assert_int_equal(read.completed_jobs, completed);
	assert_int_equal(read.failed_jobs, failed);
}

static void a_new_batch_has_one_seed_job_and_nothing_else(void **state)
{
	struct engine_fixture *f = *state;
	struct txn reader = txn_reader(f->engine.store, &f->arena);
	struct batch batch;
	struct job job;

	engine_fixture_batch(f, "correlate-message", 8, 2, &batch);
	assert_int_equal(batch.total_jobs, 4);
	assert_string_equal(batch.create_user_id, "mary");
	assert_int_equal(job_get(&reader, &batch, JOB_SEED, 0, &job), 0);
	assert_int_equal(job_get(&reader, &batch, JOB_MONITOR, 0, &job), ERR_NOT_FOUND);
	assert_int_equal(job_get(&reader, &batch, JOB_EXECUTION, 0, &job), ERR_NOT_FOUND);
	expect_statistics(f, &batch, 4, 0, 0);
	assert_int_equal(count_log(f, &batch, -1, false), 1);
}

static void a_seed_job_creates_at_most_batch_jobs_per_seed(void **state)
{
	struct engine_fixture *f = *state;
	struct txn reader = txn_reader(f->engine.store, &f->arena);
	struct batch batch, read;
	struct job job;

	engine_fixture_batch(f, "correlate-message", 8, 2, &batch);
	assert_int_equal(engine_fixture_execute(f, &batch, JOB_SEED, 0), 0);
	read = engine_fixture_read(f, &batch);
	assert_int_equal(read.jobs_created, 2);
	assert_int_equal(job_get(&reader, &read, JOB_SEED, 1, &job), 0);
	assert_int_equal(job_get(&reader, &read, JOB_MONITOR, 0, &job), ERR_NOT_FOUND);
	assert_int_equal(engine_fixture_execute(f, &batch, JOB_SEED, 1), 0);
	read = engine_fixture_read(f, &batch);
	assert_int_equal(read.jobs_created, 4);
	assert_int_equal(job_get(&reader, &read, JOB_SEED, 2, &job), ERR_NOT_FOUND);
	assert_int_equal(job_get(&reader, &read, JOB_MONITOR, 0, &job), 0);
	assert_true(job.due_date == TIME_NULL);
}

static void run_all(struct engine_fixture *f, const struct batch *batch)
{
	uint64_t i;

	for (i = 0; i < 2; i++)
		assert_int_equal(engine_fixture_execute(f, batch, JOB_SEED, i), 0);
	for (i = 0; i < 4; i++)
		assert_int_equal(engine_fixture_execute(f, batch, JOB_EXECUTION, i), 0);
}

static void the_monitor_job_looks_again_until_all_jobs_are_done(void **state)
{
	struct engine_fixture *f = *state;
	struct txn reader = txn_reader(f->engine.store, &f->arena);
	struct batch batch;
	struct job job;

	engine_fixture_batch(f, "correlate-message", 8, 2, &batch);
	assert_int_equal(engine_fixture_execute(f, &batch, JOB_SEED, 0), 0);
	assert_int_equal(engine_fixture_execute(f, &batch, JOB_SEED, 1), 0);
	assert_int_equal(engine_fixture_execute(f, &batch, JOB_MONITOR, 0), 0);
	assert_int_equal(job_get(&reader, &batch, JOB_MONITOR, 0, &job), ERR_NOT_FOUND);
	assert_int_equal(job_get(&reader, &batch, JOB_MONITOR, 1, &job), 0);
	assert_int_equal(job.due_date, job.create_time + 30 * 1000);
	assert_true(is_running(f, &batch));
}

static void the_batch_ends_with_its_last_job_and_its_history_stays(void **state)
{
	struct engine_fixture *f = *state;
	struct history_batch history;
	struct batch batch;

	engine_fixture_batch(f, "correlate-message", 8, 2, &batch);
	run_all(f, &batch);
	expect_statistics(f, &batch, 0, 4, 0);
	assert_true(engine_fixture_read(f, &batch).execution_start_time != TIME_NULL);
	assert_int_equal(engine_fixture_execute(f, &batch, JOB_MONITOR, 0), 0);
	assert_false(is_running(f, &batch));
	history = history_of(f, &batch);
	assert_true(history.end_time != TIME_NULL);
	assert_true(history.execution_start_time != TIME_NULL);
	assert_int_equal(history.removal_time, history.end_time + 3 * day);
	/* two entries for each of two seed, one monitor and four execution jobs */
	assert_int_equal(count_log(f, &batch, -1, false), 14);
	assert_int_equal(count_log(f, &batch, JOB_LOG_SUCCESS, false), 7);
}

static void counting_entries_in_bulk_gives_the_same(void **state)
{
	struct engine_fixture *f = *state;
	struct batch batch;

	engine_fixture_batch(f, "set-job-retries", 8, 2, &batch);
	assert_int_equal(engine_fixture_execute(f, &batch, JOB_SEED, 0), 0);
	assert_int_equal(engine_fixture_execute(f, &batch, JOB_SEED, 1), 0);
	assert_int_not_equal(engine_fixture_execute(f, &batch, JOB_EXECUTION, 2), 0);
	assert_int_equal(count_log(f, &batch, -1, false), count_log(f, &batch, -1, true));
	assert_int_equal(count_log(f, &batch, JOB_LOG_CREATION, true), 2 + 1 + 4);
	assert_int_equal(count_log(f, &batch, JOB_LOG_FAILURE, true), 1);
}

struct removal {
	struct engine_fixture *f;
	uint64_t batch;
	bool cascade;
};

static int remove_body(struct txn *txn, void *arg)
{
	struct removal *removal = arg;
	struct batch batch;

	TRY(batch_get(txn, removal->batch, &batch));
	return batch_remove(txn, &removal->f->engine, &batch, removal->cascade, clock_now());
}

static int forget_body(struct txn *txn, void *arg)
{
	struct removal *removal = arg;
	struct history_batch history;

	TRY(history_batch_get(txn, removal->batch, &history));
	return history_batch_remove(txn, &history);
}

static void fail_three_times(struct engine_fixture *f, const struct batch *batch, uint64_t job)
{
	int i;

	for (i = 0; i < 3; i++)
		assert_int_equal(engine_fixture_execute(f, batch, JOB_EXECUTION, job), ERR_ENGINE);
}

static void a_deleted_batch_leaves_entries_of_deletion(void **state)
{
	struct engine_fixture *f = *state;
	struct txn reader = txn_reader(f->engine.store, &f->arena);
	struct removal removal = {f, 0, false};
	union slot *incident;
	struct batch batch;

	engine_fixture_batch(f, "set-job-retries", 8, 2, &batch);
	assert_int_equal(engine_fixture_execute(f, &batch, JOB_SEED, 0), 0);
	fail_three_times(f, &batch, 1);
	removal.batch = (uint64_t)batch.number;
	engine_fixture_run(f, remove_body, &removal, 0);
	assert_false(is_running(f, &batch));
	assert_int_equal(count_log(f, &batch, JOB_LOG_DELETION, false), 1 + 2);
	assert_int_equal(count_log(f, &batch, JOB_LOG_FAILURE, false), 3);
	assert_int_equal(incident_get(&reader, removal.batch, 1, &incident), 0);
	assert_int_equal(incident[INCIDENT_DELETED].i, 1);
	assert_int_equal(incident[INCIDENT_OPEN].i, 0);
}

static void a_cascading_deletion_leaves_nothing(void **state)
{
	struct engine_fixture *f = *state;
	struct txn reader = txn_reader(f->engine.store, &f->arena);
	struct removal removal = {f, 0, true};
	struct history_batch history;
	struct target_items items;
	union slot *incident;
	struct batch batch;
	struct job_range range;

	engine_fixture_batch(f, "set-job-retries", 8, 2, &batch);
	assert_int_equal(engine_fixture_execute(f, &batch, JOB_SEED, 0), 0);
	fail_three_times(f, &batch, 0);
	removal.batch = (uint64_t)batch.number;
	engine_fixture_run(f, remove_body, &removal, 0);
	assert_int_equal(history_batch_get(&reader, removal.batch, &history), ERR_NOT_FOUND);
	assert_int_equal(incident_get(&reader, removal.batch, 1, &incident), ERR_NOT_FOUND);
	assert_int_equal(target_get(&reader, removal.batch, 0, 1, &items), ERR_CORRUPT);
	assert_int_equal(
		job_range_find(&reader, removal.batch, JOB_EXECUTION, RANGE_CREATED, 0, &range),
		ERR_NOT_FOUND);
}

static void history_may_go_before_the_batch(void **state)
{
	struct engine_fixture *f = *state;
	struct txn reader = txn_reader(f->engine.store, &f->arena);
	struct removal removal = {f, 0, false};
	struct history_batch history;
	struct batch batch;

	engine_fixture_batch(f, "set-job-retries", 8, 2, &batch);
	assert_int_equal(engine_fixture_execute(f, &batch, JOB_SEED, 0), 0);
	fail_three_times(f, &batch, 0);
	removal.batch = (uint64_t)batch.number;
	engine_fixture_run(f, forget_body, &removal, 0);
	assert_int_equal(history_batch_find(&reader, batch.id, &history), ERR_NOT_FOUND);
	assert_int_equal(count_log(f, &batch, -1, false), 0);
	expect_statistics(f, &batch, 4, 0, 1);
	assert_int_equal(engine_fixture_execute(f, &batch, JOB_SEED, 1), 0);
	/* what happens from now on is told again: two jobs and a monitor made, a seed done */
	assert_int_equal(count_log(f, &batch, -1, false), 4);
}

static int suspend_body(struct txn *txn, void *arg)
{
	struct removal *change = arg;
	struct batch batch;

	TRY(batch_get(txn, change->batch, &batch));
	TRY(batch_set_suspended(txn, &batch, true));
	return batch_put(txn, &batch);
}

static void jobs_of_a_suspended_batch_are_born_suspended(void **state)
{
	struct engine_fixture *f = *state;
	struct txn reader = txn_reader(f->engine.store, &f->arena);
	struct removal change = {f, 0, false};
	struct batch batch;
	struct job job;

	engine_fixture_batch(f, "correlate-message", 8, 2, &batch);
	change.batch = (uint64_t)batch.number;
	engine_fixture_run(f, suspend_body, &change, 0);
	assert_int_equal(job_get(&reader, &batch, JOB_SEED, 0, &job), 0);
	assert_true(job.suspended);
	assert_int_equal(engine_fixture_execute(f, &batch, JOB_SEED, 0), 0);
	assert_int_equal(job_get(&reader, &batch, JOB_EXECUTION, 1, &job), 0);
	assert_true(job.suspended);
}

static void a_batch_lives_on_after_the_process_ended(void **state)
{
	struct engine_fixture *f = *state;
	struct batch batch;

	engine_fixture_batch(f, "correlate-message", 8, 2, &batch);
	assert_int_equal(engine_fixture_execute(f, &batch, JOB_SEED, 0), 0);
	engine_fixture_reopen(f);
	expect_statistics(f, &batch, 4, 0, 0);
	assert_int_equal(engine_fixture_execute(f, &batch, JOB_SEED, 1), 0);
	assert_int_equal(engine_fixture_execute(f, &batch, JOB_EXECUTION, 3), 0);
	expect_statistics(f, &batch, 3, 1, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_new_batch_has_one_seed_job_and_nothing_else),
		TEST(a_seed_job_creates_at_most_batch_jobs_per_seed),
		TEST(the_monitor_job_looks_again_until_all_jobs_are_done),
		TEST(the_batch_ends_with_its_last_job_and_its_history_stays),
		TEST(counting_entries_in_bulk_gives_the_same),
		TEST(a_deleted_batch_leaves_entries_of_deletion),
		TEST(a_cascading_deletion_leaves_nothing),
		TEST(history_may_go_before_the_batch),
		TEST(jobs_of_a_suspended_batch_are_born_suspended),
		TEST(a_batch_lives_on_after_the_process_ended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
