/* The job executor's thread: what it takes, in which amounts, and what it leaves alone. */
#include "core/job/job_executor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "core/api/handler.h"
#include "core/history/purger.h"
#include "core/job/batch_jobs.h"
#include "core/job/history_batch.h"
#include "core/job/job_definition.h"
#include "tests/core/history_fixture.h"

#define TEST(name)                                                                                 \
	cmocka_unit_test_setup_teardown(name, engine_fixture_set_up, engine_fixture_tear_down)

static bool is_idle(struct engine_fixture *f, const void *arg)
{
	(void)arg;
	return job_executor_idle(f->engine.executor);
}

/* Lets the executor take whatever is due. The engine is another one then, and so is the store. */
static void let_it_work(struct engine_fixture *f)
{
	if (!f->setting_count)
		engine_fixture_set(f, "jobExecutorAcquireByPriority=false");
	engine_fixture_reopen(f);
	engine_fixture_await(f, is_idle, NULL);
}

static int64_t end_of(struct engine_fixture *f, const struct batch *batch)
{
	struct txn reader = txn_reader(f->engine.store, &f->arena);
	struct history_batch history;

	assert_int_equal(history_batch_get(&reader, (uint64_t)batch->number, &history), 0);
	return history.end_time;
}

static void a_batch_is_worked_off_to_its_end(void **state)
{
	struct engine_fixture *f = *state;
	struct batch batch;

	engine_fixture_batch(f, "correlate-message", 10000, 1, &batch);
	let_it_work(f);
	assert_true(end_of(f, &batch) != TIME_NULL);
}

static void a_priority_out_of_range_keeps_jobs_from_it(void **state)
{
	struct engine_fixture *f = *state;
	struct batch batch;

	engine_fixture_batch(f, "correlate-message", 10, 1, &batch);
	job_executor_wake(f->engine.executor);
	engine_fixture_await(f, is_idle, NULL);
	assert_int_equal(engine_fixture_read(f, &batch).jobs_created, 0);
}

/* A change to a batch, as a transaction's body. */
static int suspend_body(struct txn *txn, void *arg)
{
	struct batch batch;

	TRY(batch_get(txn, *(uint64_t *)arg, &batch));
	TRY(batch_set_suspended(txn, &batch, !batch.suspended));
	return batch_put(txn, &batch);
}

static void a_suspended_batch_rests_until_it_is_activated(void **state)
{
	struct engine_fixture *f = *state;
	struct batch batch;
	uint64_t number;

	engine_fixture_batch(f, "correlate-message", 10, 1, &batch);
	number = (uint64_t)batch.number;
	engine_fixture_run(f, suspend_body, &number, 0);
	let_it_work(f);
	assert_int_equal(engine_fixture_read(f, &batch).jobs_created, 0);
	engine_fixture_run(f, suspend_body, &number, 0);
	let_it_work(f);
	assert_true(end_of(f, &batch) != TIME_NULL);
}

static void a_failing_job_loses_its_retries_alone(void **state)
{
	struct engine_fixture *f = *state;
	struct batch batch, read;
	struct txn reader;
	struct job job;

	engine_fixture_batch(f, "external", 5, 1, &batch); /* of no type that is built */
	let_it_work(f);
	reader = txn_reader(f->engine.store, &f->arena);
	read = engine_fixture_read(f, &batch);
	assert_int_equal(read.jobs, 5);
	assert_int_equal(read.jobs_failed, 5);
	assert_int_equal(read.incidents, 5);
	assert_int_equal(job_get(&reader, &read, JOB_EXECUTION, 3, &job), 0);
	assert_string_equal(job.exception_message,
			    "batchd does not execute batches of type 'external' yet");
	assert_int_equal(job.sequence, 4); /* creation and three failures */
}

/* The jobs of BATCH get a due date; 0 = now. */
struct delay {
	uint64_t batch;
	int64_t due_date;
};

static int delay_body(struct txn *txn, void *arg)
{
	struct delay *delay = arg;
	struct batch batch;
	struct job job;

	TRY(batch_get(txn, delay->batch, &batch));
	TRY(job_get(txn, &batch, JOB_SEED, 0, &job));
	job.due_date = delay->due_date;
	return job_put(txn, &batch, &job);
}

static bool has_ended(struct engine_fixture *f, const void *batch)
{
	return end_of(f, batch) != TIME_NULL;
}

static void a_due_date_wakes_it_without_anybodys_help(void **state)
{
	struct engine_fixture *f = *state;
	struct delay delay;
	struct batch batch;

	engine_fixture_batch(f, "correlate-message", 3, 1, &batch);
	delay = (struct delay){(uint64_t)batch.number, clock_now() + 1000};
	engine_fixture_run(f, delay_body, &delay, 0);
	let_it_work(f);
	assert_true(end_of(f, &batch) == TIME_NULL);
	engine_fixture_await(f, has_ended, &batch);
	assert_true(end_of(f, &batch) >= delay.due_date);
}

static int set_priority_body(struct txn *txn, void *arg)
{
	struct batch batch;

	TRY(batch_get(txn, *(uint64_t *)arg, &batch));
	batch.definition_priority[JOB_EXECUTION] = 2000;
	TRY(jobs_set_priority(txn, &batch, JOB_SEED, 2000));
	return batch_put(txn, &batch);
}

static void jobs_of_a_priority_in_range_are_taken(void **state)
{
	struct engine_fixture *f = *state;
	struct batch low, high;
	uint64_t number;

	engine_fixture_batch(f, "correlate-message", 3, 1, &low);
	engine_fixture_batch(f, "correlate-message", 3, 1, &high);
	number = (uint64_t)high.number;
	engine_fixture_run(f, set_priority_body, &number, 0);
	job_executor_wake(f->engine.executor);
	engine_fixture_await(f, is_idle, NULL);
	assert_int_equal(engine_fixture_read(f, &low).jobs_created, 0);
	/* the second seed job has the priority of the settings again */
	assert_int_equal(engine_fixture_read(f, &high).jobs_created, 2);
	assert_int_equal(engine_fixture_read(f, &high).jobs, 0);
}

static void many_batches_are_all_worked_off(void **state)
{
	struct engine_fixture *f = *state;
	struct batch batches[100];
	size_t i;

	for (i = 0; i < 100; i++)
		engine_fixture_batch(f, i % 3 ? "correlate-message" : "external", 2, 1,
				     &batches[i]);
	let_it_work(f);
	for (i = 0; i < 100; i++)
		assert_true((end_of(f, &batches[i]) != TIME_NULL) == (i % 3 != 0));
}

static void it_takes_up_what_an_earlier_process_left(void **state)
{
	struct engine_fixture *f = *state;
	struct batch batch;

	engine_fixture_batch(f, "correlate-message", 9, 1, &batch);
	assert_int_equal(engine_fixture_execute(f, &batch, JOB_SEED, 0), 0);
	assert_int_equal(engine_fixture_execute(f, &batch, JOB_EXECUTION, 1), 0);
	let_it_work(f);
	assert_true(end_of(f, &batch) != TIME_NULL);
}

#define ENDED                                                                                      \
	"{\"processInstance\":{\"id\":\"p\",\"processDefinitionId\":\"d\","                        \
	"\"startTime\":\"2024-01-01T10:00:00.000+0000\","                                          \
	"\"endTime\":\"2024-01-01T11:00:00.000+0000\"}}\n"

static bool no_batch_is_left(struct engine_fixture *f, const void *arg)
{
	struct txn reader = txn_reader(f->engine.store, &f->arena);
	struct batch batch;

	(void)arg;
	return batch_next(&reader, 0, &batch) == ERR_NOT_FOUND;
}

static void a_batch_that_waits_for_the_purge_ends_with_it(void **state)
{
	struct engine_fixture *f = *state;

	engine_fixture_set(f, "deletionEnds=purged");
	engine_fixture_set(f, "batchPollTime=3600");
	engine_fixture_set(f, "jobExecutorAcquireByPriority=false");
	engine_fixture_reopen(f);
	purger_stop(f->engine.history);
	history_fixture_import(f, ENDED, sizeof(ENDED));
	history_fixture_answer(f, history_process_instance_delete_async, NULL,
			       "{\"historicProcessInstanceIds\":[\"p\"]}");
	engine_fixture_await(f, is_idle, NULL);
	assert_int_equal(history_fixture_count(f, "{}"), 0);
	assert_false(no_batch_is_left(f, NULL));
	assert_int_equal(purger_start(f->engine.history, batch_jobs_purged, &f->engine), 0);
	engine_fixture_await(f, no_batch_is_left, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_batch_is_worked_off_to_its_end),
		TEST(a_priority_out_of_range_keeps_jobs_from_it),
		TEST(a_suspended_batch_rests_until_it_is_activated),
		TEST(a_failing_job_loses_its_retries_alone),
		TEST(a_due_date_wakes_it_without_anybodys_help),
		TEST(jobs_of_a_priority_in_range_are_taken),
		TEST(many_batches_are_all_worked_off),
		TEST(it_takes_up_what_an_earlier_process_left),
		TEST(a_batch_that_waits_for_the_purge_ends_with_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
