/* Jobs of history clean-up: failures, restarts and clocks that are set do not end them. */
#include "core/job/cleanup_job.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/api/handler.h"
#include "core/history/job_log_entry.h"
#include "core/job/job_executor.h"
#include "core/schema.h"
#include "storage/clock.h"
#include "tests/core/history_fixture.h"

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#define EPOCH ((int64_t)1700000000 * 1000) /* a Tuesday, 22:13:20 */
#define HOUR  ((int64_t)3600 * 1000)

static int set_up(void **state)
{
	setenv("TZ", "UTC", 1);
	clock_hold(EPOCH);
	return engine_fixture_set_up(state);
}

static int tear_down(void **state)
{
	clock_hold(TIME_NULL);
	return engine_fixture_tear_down(state);
}

static bool is_idle(struct engine_fixture *f, const void *arg)
{
	(void)arg;
	return job_executor_idle(f->engine.executor);
}

/* The executor does what is due at NOW. */
static void let_it_be(struct engine_fixture *f, int64_t now)
{
	clock_hold(now);
	job_executor_wake(f->engine.executor);
	engine_fixture_await(f, is_idle, NULL);
}

static struct job job_now(struct engine_fixture *f)
{
	struct txn reader = txn_reader(f->engine.store, &f->arena);
	struct job job;

	assert_int_equal(cleanup_job_get(&reader, 0, &job), 0);
	return job;
}

/* A historic batch that nobody can read makes a run fail; without BAD it is taken away. */
static int spoil_body(struct txn *txn, void *arg)
{
	const bool *bad = arg;
	uint8_t key[8] = {0, 0, 0, 0, 0, 0, 0, 77};

	return *bad ? txn_put(txn, TABLE_HISTORY_BATCH, key, sizeof(key), "?", 1)
		    : txn_delete(txn, TABLE_HISTORY_BATCH, key, sizeof(key));
}

static void spoil(struct engine_fixture *f, bool bad)
{
	engine_fixture_run(f, spoil_body, &bad, 0);
}

static void a_job_without_retries_is_tried_again_later_each_time(void **state)
{
	struct engine_fixture *f = *state;
	struct job job;

	spoil(f, true);
	engine_fixture_set(f, "jobExecutorAcquireByPriority=false");
	engine_fixture_reopen(f);
	history_fixture_answer(f, history_cleanup_start, NULL, NULL);
	let_it_be(f, EPOCH);
	job = job_now(f);
	assert_int_equal(job.retries, 0);
	assert_int_equal(job.failed_runs, 3);
	assert_non_null(job.exception_message);
	assert_int_equal(job.retry_time, EPOCH + 40000);
	assert_non_null(strstr(history_fixture_answer(f, incident_list, NULL, NULL), job.id));
	let_it_be(f, EPOCH + 39999);
	assert_int_equal(job_now(f).failed_runs, 3);
	let_it_be(f, EPOCH + 40000);
	job = job_now(f);
	assert_int_equal(job.failed_runs, 4);
	assert_int_equal(job.retry_time, EPOCH + 40000 + 80000);
	spoil(f, false);
	let_it_be(f, EPOCH + 120000);
	job = job_now(f);
	assert_int_equal(job.retries, 3);
	assert_int_equal(job.failed_runs, 0);
	assert_null(job.exception_message);
	assert_int_equal(job.suspended, 1); /* there is no window */
	assert_string_equal(history_fixture_answer(f, incident_list, NULL, NULL), "[]");
}

/* CHANGE of the job by its id. */
static void change_by_api(struct engine_fixture *f, handler change, const char *body)
{
	struct request request = history_fixture_request(f, NULL, body);
	struct call call = *request.call;
	const char *id = job_now(f).id;

	call.params = &id;
	request.call = &call;
	assert_int_equal(change(&request), 0);
}

static void retries_that_somebody_took_stay_away(void **state)
{
	struct engine_fixture *f = *state;

	history_fixture_answer(f, history_cleanup_start, NULL, NULL);
	change_by_api(f, job_set_retries_by_id, "{\"retries\":0}");
	engine_fixture_set(f, "jobExecutorAcquireByPriority=false");
	engine_fixture_reopen(f);
	let_it_be(f, EPOCH + 24 * HOUR);
	assert_int_equal(job_now(f).retries, 0);
	assert_int_equal(job_now(f).suspended, 0);
}

static void one_started_by_hand_goes_on_after_a_restart(void **state)
{
	struct engine_fixture *f = *state;
	struct batch none = {.number = 0};

	history_fixture_answer(f, history_cleanup_start, NULL, NULL);
	engine_fixture_reopen(f);
	assert_int_equal(job_now(f).suspended, 0);
	assert_int_equal(job_now(f).due_date, EPOCH);
	assert_int_equal(engine_fixture_execute(f, &none, JOB_CLEANUP, 0), 0);
	assert_int_equal(job_now(f).suspended, 1);
	engine_fixture_reopen(f);
	assert_int_equal(job_now(f).suspended, 1);
}

/* As in the original: the run gives it a new due date, and makes it active. */
static void one_that_is_suspended_and_run_by_hand_is_active_again(void **state)
{
	struct engine_fixture *f = *state;
	struct batch none = {.number = 0};

	engine_fixture_set(f, "historyCleanupBatchWindowStartTime=22:00");
	engine_fixture_set(f, "historyCleanupBatchWindowEndTime=23:00");
	engine_fixture_reopen(f);
	change_by_api(f, job_set_suspended, "{\"suspended\":true}");
	assert_int_equal(job_now(f).suspended, 1);
	assert_int_equal(engine_fixture_execute(f, &none, JOB_CLEANUP, 0), 0);
	assert_int_equal(job_now(f).suspended, 0);
	assert_int_equal(job_now(f).due_date, EPOCH + 10000);
}

static void a_clock_set_back_schedules_anew(void **state)
{
	struct engine_fixture *f = *state;
	const int64_t midnight = EPOCH - 22 * HOUR - 800 * 1000;

	engine_fixture_set(f, "historyCleanupBatchWindowStartTime=23:00");
	engine_fixture_set(f, "historyCleanupBatchWindowEndTime=23:30");
	engine_fixture_reopen(f);
	history_fixture_answer(f, history_cleanup_start, "immediatelyDue=false", NULL);
	assert_int_equal(job_now(f).due_date, midnight + 23 * HOUR);
	let_it_be(f, EPOCH - 30 * 24 * HOUR);
	assert_int_equal(job_now(f).due_date, midnight - 30 * 24 * HOUR + 23 * HOUR);
}

static int delete_first_body(struct txn *txn, void *arg)
{
	struct batch none;
	struct job job;

	(void)arg;
	assert_int_equal(batch_get(txn, 0, &none), 0);
	assert_int_equal(cleanup_job_get(txn, 0, &job), 0);
	return job_end(txn, &none, &job, true, EPOCH);
}

static void one_made_anew_comes_last(void **state)
{
	struct engine_fixture *f = *state;
	struct job jobs[CLEANUP_JOBS_MAX];
	struct txn reader;
	size_t count;
	char *first;

	engine_fixture_set(f, "historyCleanupDegreeOfParallelism=3");
	engine_fixture_reopen(f);
	history_fixture_answer(f, history_cleanup_start, NULL, NULL);
	engine_fixture_run(f, delete_first_body, NULL, 0);
	reader = txn_reader(f->engine.store, &f->arena);
	assert_int_equal(cleanup_jobs_get(&reader, jobs, &count), 0);
	assert_int_equal(count, 2);
	first = arena_printf(&f->arena, "%s", jobs[0].id);
	assert_non_null(
		strstr(history_fixture_answer(f, history_cleanup_start, NULL, NULL), first));
	assert_non_null(strstr(history_fixture_answer(f, history_cleanup_job, NULL, NULL), first));
	assert_int_equal(cleanup_jobs_get(&reader, jobs, &count), 0);
	assert_int_equal(count, 3);
	assert_string_equal(jobs[0].id, first);
	assert_int_equal(jobs[0].minute_from, 0);
	assert_int_equal(jobs[1].minute_to, 39);
	assert_int_equal(jobs[2].index, 0);
	assert_int_equal(jobs[2].minute_to, 59);
}

static size_t count_entries(struct engine_fixture *f)
{
	struct txn reader = txn_reader(f->engine.store, &f->arena);
	struct scan scan;
	union slot *row;
	size_t count = 0;

	job_log_imported_start(&scan, &reader, 0);
	while (!job_log_imported_next(&scan, &f->arena, &row))
		count++;
	return count;
}

/* Each run leaves an entry; one of another day is left by the first. */
static void the_log_goes_by_its_own_time_to_live(void **state)
{
	const int64_t day = 24 * HOUR;
	struct engine_fixture *f = *state;
	struct batch none = {.number = 0};
	size_t first, n;

	engine_fixture_set(f, "historyCleanupJobLogTimeToLive=P1D");
	engine_fixture_reopen(f);
	history_fixture_answer(f, history_cleanup_start, NULL, NULL);
	assert_int_equal(engine_fixture_execute(f, &none, JOB_CLEANUP, 0), 0);
	first = count_entries(f);
	assert_true(first > 0);
	clock_hold(EPOCH + day - 1);
	history_fixture_answer(f, history_cleanup_start, NULL, NULL);
	assert_int_equal(engine_fixture_execute(f, &none, JOB_CLEANUP, 0), 0);
	assert_int_equal(count_entries(f), first + 1);
	for (n = 0; n < 2; n++) { /* from memory, and as after a start */
		clock_hold(EPOCH + day + (int64_t)n * day);
		history_fixture_answer(f, history_cleanup_start, NULL, NULL);
		assert_int_equal(engine_fixture_execute(f, &none, JOB_CLEANUP, 0), 0);
		assert_int_equal(count_entries(f), n ? 1 : 2);
		engine_fixture_reopen(f);
	}
}

static void the_first_that_is_left_does_what_is_not_split(void **state)
{
	struct engine_fixture *f = *state;
	struct batch none = {.number = 0};

	engine_fixture_set(f, "historyCleanupDegreeOfParallelism=3");
	engine_fixture_set(f, "historyCleanupJobLogTimeToLive=P1D");
	engine_fixture_reopen(f);
	history_fixture_answer(f, history_cleanup_start, NULL, NULL);
	engine_fixture_run(f, delete_first_body, NULL, 0);
	clock_hold(EPOCH + 48 * HOUR);
	assert_int_equal(count_entries(f), 3);
	assert_int_equal(engine_fixture_execute(f, &none, JOB_CLEANUP, 2), 0);
	assert_int_equal(count_entries(f), 4);
	assert_int_equal(engine_fixture_execute(f, &none, JOB_CLEANUP, 1), 0);
	assert_int_equal(count_entries(f), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_job_without_retries_is_tried_again_later_each_time),
		TEST(retries_that_somebody_took_stay_away),
		TEST(one_started_by_hand_goes_on_after_a_restart),
		TEST(one_that_is_suspended_and_run_by_hand_is_active_again),
		TEST(a_clock_set_back_schedules_anew),
		TEST(one_made_anew_comes_last),
		TEST(the_log_goes_by_its_own_time_to_live),
		TEST(the_first_that_is_left_does_what_is_not_split),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
