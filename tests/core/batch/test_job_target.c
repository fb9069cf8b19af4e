/* Jobs as the items of a batch: their deployments, and set-job-retries over runs of them. */
#include "core/batch/job_target.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "core/job/job_definition.h"
#include "core/job/job_executor.h"
#include "tests/core/engine_fixture.h"

#define TEST(name)                                                                                 \
	cmocka_unit_test_setup_teardown(name, engine_fixture_set_up, engine_fixture_tear_down)

enum { JOBS = 8 };

static union target_name name_of(struct engine_fixture *f, const struct batch *batch,
				 enum job_kind kind, uint64_t index)
{
	return target_name_of(
		job_id(&f->arena, f->engine.store, (uint64_t)batch->number, kind, index));
}

/* A batch and how it is created. */
struct creation {
	struct engine_fixture *f;
	struct batch_plan plan;
	struct batch batch;
};

static int create_body(struct txn *txn, void *arg)
{
	struct creation *creation = arg;

	return batch_insert(txn, &creation->f->engine, &creation->plan, NULL, &creation->batch);
}

/* Suspends the execution jobs of a batch, so that the executor leaves them alone. */
static int suspend_body(struct txn *txn, void *arg)
{
	struct batch batch;

	TRY(batch_get(txn, *(uint64_t *)arg, &batch));
	TRY(jobs_set_suspended(txn, &batch, JOB_EXECUTION, true));
	return batch_put(txn, &batch);
}

/* A batch of JOBS jobs, of deployments "b", "a" and none, all created and none done. */
static struct batch make_jobs(struct engine_fixture *f)
{
	struct target_mapping mappings[] = {
		{"b",  2},
                {"a",  4},
                {NULL, 2}
        };
	struct creation creation = {.f = f, .plan = {.type = "correlate-message"}};
	union target_name names[JOBS];
	uint64_t i, number;

	for (i = 0; i < JOBS; i++)
		names[i] = target_name_of("x");
	creation.plan.target = (struct target){3, mappings, 0, NULL, JOBS, names};
	engine_fixture_run(f, create_body, &creation, 0);
	for (i = 0; i < 4; i++)
		assert_int_equal(engine_fixture_execute(f, &creation.batch, JOB_SEED, i), 0);
	number = (uint64_t)creation.batch.number;
	engine_fixture_run(f, suspend_body, &number, 0);
	return engine_fixture_read(f, &creation.batch);
}

static void jobs_are_grouped_by_deployment(void **state)
{
	struct engine_fixture *f = *state;
	struct txn reader = txn_reader(f->engine.store, &f->arena);
	struct batch batch = make_jobs(f);
	union target_name names[JOBS + 3];
	struct target target;
	size_t i;

	for (i = 0; i < JOBS; i++)
		names[i] = name_of(f, &batch, JOB_EXECUTION, i);
	names[i++] = name_of(f, &batch, JOB_MONITOR, 0);
	names[i++] = name_of(f, &batch, JOB_SEED, 2); /* done long ago */
	names[i++] = target_name_of("nobody");
	i = target_names_unique(names, i);
	assert_int_equal(job_target(&reader, names, i, &target), 0);
	assert_int_equal(target.name_count, JOBS + 3);
	assert_int_equal(target.mapping_count, 3);
	assert_string_equal(target.mappings[0].deployment_id, "a");
	assert_int_equal(target.mappings[0].count, 4);
	assert_string_equal(target.mappings[1].deployment_id, "b");
	assert_int_equal(target.mappings[1].count, 2);
	assert_null(target.mappings[2].deployment_id);
	assert_int_equal(target.mappings[2].count, 5);
	names[0] = name_of(f, &batch, JOB_EXECUTION, 2);
	assert_int_equal(target_name_compare(&target.names[0], &names[0]), 0);
	names[0] = name_of(f, &batch, JOB_EXECUTION, 0);
	assert_int_equal(target_name_compare(&target.names[4], &names[0]), 0);
}

static bool is_idle(struct engine_fixture *f, const void *arg)
{
	(void)arg;
	return job_executor_idle(f->engine.executor);
}

/* Lets a batch set the retries of some jobs. The engine is another one then. */
static struct batch set_retries(struct engine_fixture *f, union target_name *names, uint64_t count)
{
	struct target_mapping mapping = {NULL, count};
	struct creation creation = {
		.f = f,
		.plan = {.type = "set-job-retries",
			 .configuration = "{\"retries\":5,\"dueDate\":77}"},
	};

	creation.plan.target = (struct target){1, &mapping, 0, NULL, count, names};
	engine_fixture_run(f, create_body, &creation, 0);
	engine_fixture_set(f, "jobExecutorAcquireByPriority=false");
	engine_fixture_reopen(f);
	engine_fixture_await(f, is_idle, NULL);
	return creation.batch;
}

static void retries_of_a_run_change_without_records(void **state)
{
	struct engine_fixture *f = *state;
	struct batch batch = make_jobs(f);
	union target_name names[JOBS];
	struct txn reader;
	struct job job;
	size_t i;

	for (i = 0; i < 5; i++)
		names[i] = name_of(f, &batch, JOB_EXECUTION, i + 2);
	set_retries(f, names, 5);
	reader = txn_reader(f->engine.store, &f->arena);
	for (i = 0; i < JOBS; i++) {
		assert_int_equal(job_get(&reader, &batch, JOB_EXECUTION, i, &job), 0);
		assert_int_equal(job.retries, i >= 2 && i < 7 ? 5 : 3);
		assert_true(job.due_date == (i >= 2 && i < 7 ? 77 : TIME_NULL));
		assert_true(job.suspended);
		assert_false(job.recorded);
	}
}

static void only_the_job_of_a_missing_one_fails(void **state)
{
	struct engine_fixture *f = *state;
	struct batch batch = make_jobs(f), retries;
	union target_name names[3];
	struct txn reader;
	struct job job;

	names[0] = name_of(f, &batch, JOB_EXECUTION, 0);
	names[1] = target_name_of("nobody");
	names[2] = name_of(f, &batch, JOB_EXECUTION, 4);
	retries = set_retries(f, names, 3);
	retries = engine_fixture_read(f, &retries);
	reader = txn_reader(f->engine.store, &f->arena);
	assert_int_equal(retries.jobs, 1);
	assert_int_equal(retries.jobs_failed, 1);
	assert_int_equal(job_get(&reader, &retries, JOB_EXECUTION, 1, &job), 0);
	assert_string_equal(job.exception_message, "ENGINE-13053 No job found with id 'nobody'.'");
	assert_int_equal(job_get(&reader, &batch, JOB_EXECUTION, 0, &job), 0);
	assert_int_equal(job.retries, 5);
	assert_int_equal(job_get(&reader, &batch, JOB_EXECUTION, 4, &job), 0);
	assert_int_equal(job.retries, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(jobs_are_grouped_by_deployment),
		TEST(retries_of_a_run_change_without_records),
		TEST(only_the_job_of_a_missing_one_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
