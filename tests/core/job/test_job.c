/* Jobs of batches: what they are read from, how they fail, what walks over them. */
#include "core/job/job.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "core/job/incident.h"
#include "core/job/job_definition.h"
#include "tests/core/engine_fixture.h"

#define TEST(name)                                                                                 \
	cmocka_unit_test_setup_teardown(name, engine_fixture_set_up, engine_fixture_tear_down)

/* Seven execution jobs, all created. Those of set-job-retries fail: their items are no jobs. */
static struct batch seeded(struct engine_fixture *f, const char *type)
{
	struct batch batch;
	uint64_t seed;

	engine_fixture_batch(f, type, 7, 1, &batch);
	for (seed = 0; seed < 4; seed++)
		assert_int_equal(engine_fixture_execute(f, &batch, JOB_SEED, seed), 0);
	return engine_fixture_read(f, &batch);
}

static struct job get(struct engine_fixture *f, const struct batch *batch, uint64_t index)
{
	struct txn reader = txn_reader(f->engine.store, &f->arena);
	struct job job;

	assert_int_equal(job_get(&reader, batch, JOB_EXECUTION, index, &job), 0);
	return job;
}

static void expect_gone(struct engine_fixture *f, const struct batch *batch, uint64_t index)
{
	struct txn reader = txn_reader(f->engine.store, &f->arena);
	struct job job;

	assert_int_equal(job_get(&reader, batch, JOB_EXECUTION, index, &job), ERR_NOT_FOUND);
}

static void an_undisturbed_job_has_no_record_and_is_there(void **state)
{
	struct engine_fixture *f = *state;
	struct batch batch = seeded(f, "correlate-message");
	struct job job = get(f, &batch, 6);

	assert_false(job.recorded);
	assert_int_equal(job.retries, 3);
	assert_true(job.due_date == TIME_NULL);
	assert_string_equal(job.job_definition_id, batch.definition_id[JOB_EXECUTION]);
	expect_gone(f, &batch, 7);
}

static void a_job_is_found_by_its_id_until_it_is_done(void **state)
{
	struct engine_fixture *f = *state;
	struct batch batch = seeded(f, "correlate-message"), found;
	struct txn reader = txn_reader(f->engine.store, &f->arena);
	struct job job = get(f, &batch, 3), again;

	assert_int_equal(job_find(&reader, job.id, &found, &again), 0);
	assert_int_equal(again.index, 3);
	assert_int_equal(engine_fixture_execute(f, &batch, JOB_EXECUTION, 3), 0);
	assert_int_equal(job_find(&reader, job.id, &found, &again), ERR_NOT_FOUND);
	assert_int_equal(job_find(&reader, batch.id, &found, &again), ERR_NOT_FOUND);
	assert_int_equal(job_find(&reader, "nobody", &found, &again), ERR_NOT_FOUND);
}

static void a_job_of_one_item_names_its_process_instance(void **state)
{
	struct engine_fixture *f = *state;
	struct batch batch = seeded(f, "correlate-message");

	assert_string_equal(get(f, &batch, 5).process_instance_id, "item-5");
}

static void three_failures_make_an_incident(void **state)
{
	struct engine_fixture *f = *state;
	struct batch batch = seeded(f, "set-job-retries");
	struct txn reader = txn_reader(f->engine.store, &f->arena);
	union slot *incident;
	struct job job;

	engine_fixture_execute(f, &batch, JOB_EXECUTION, 2);
	engine_fixture_execute(f, &batch, JOB_EXECUTION, 2);
	job = get(f, &batch, 2);
	assert_int_equal(job.retries, 1);
	assert_false(job.incident);
	assert_int_equal(engine_fixture_read(f, &batch).jobs_failed, 0);
	engine_fixture_execute(f, &batch, JOB_EXECUTION, 2);
	job = get(f, &batch, 2);
	assert_int_equal(job.retries, 0);
	assert_string_equal(job.exception_message, "ENGINE-13053 No job found with id 'item-2'.'");
	assert_int_equal(engine_fixture_read(f, &batch).jobs_failed, 1);
	assert_int_equal(incident_get(&reader, (uint64_t)batch.number, 1, &incident), 0);
	assert_int_equal(incident[INCIDENT_OPEN].i, 1);
	assert_string_equal(incident[INCIDENT_CONFIGURATION].s, job.id);
	assert_string_equal(incident[INCIDENT_HISTORY_CONFIGURATION].s,
			    job_log_id(&f->arena, f->engine.store, (uint64_t)batch.number,
				       JOB_EXECUTION, 2, 4));
}

/* A change to one job, as a transaction's body. */
struct change {
	struct engine_fixture *f;
	uint64_t batch, index;
	int64_t retries;
};

static int retries_body(struct txn *txn, void *arg)
{
	struct change *change = arg;
	struct batch batch;
	struct job job;

	TRY(batch_get(txn, change->batch, &batch));
	TRY(job_get(txn, &batch, JOB_EXECUTION, change->index, &job));
	TRY(job_set_retries(txn, &change->f->engine, &batch, &job, change->retries));
	TRY(job_put(txn, &batch, &job));
	return batch_put(txn, &batch);
}

static void set_retries(struct engine_fixture *f, const struct batch *batch, uint64_t index,
			int64_t retries)
{
	struct change change = {f, (uint64_t)batch->number, index, retries};

	engine_fixture_run(f, retries_body, &change, 0);
}

static void new_retries_resolve_the_incident(void **state)
{
	struct engine_fixture *f = *state;
	struct batch batch = seeded(f, "correlate-message");
	struct txn reader = txn_reader(f->engine.store, &f->arena);
	union slot *incident;

	set_retries(f, &batch, 1, 0);
	assert_int_equal(engine_fixture_read(f, &batch).jobs_failed, 1);
	set_retries(f, &batch, 1, 4);
	assert_int_equal(engine_fixture_read(f, &batch).jobs_failed, 0);
	assert_int_equal(incident_get(&reader, (uint64_t)batch.number, 1, &incident), 0);
	assert_int_equal(incident[INCIDENT_OPEN].i, 0);
	assert_int_equal(incident[INCIDENT_RESOLVED].i, 1);
	assert_false(get(f, &batch, 1).incident);
}

static int bulk_body(struct txn *txn, void *arg)
{
	struct change *change = arg;
	struct batch batch;

	TRY(batch_get(txn, change->batch, &batch));
	TRY(jobs_set_priority(txn, &batch, JOB_EXECUTION, 8));
	TRY(jobs_set_suspended(txn, &batch, JOB_EXECUTION, true));
	TRY(jobs_set_retries(txn, &batch, JOB_EXECUTION, change->retries, false, TIME_NULL));
	return batch_put(txn, &batch);
}

static void a_change_of_the_definition_reaches_every_job(void **state)
{
	struct engine_fixture *f = *state;
	struct batch batch = seeded(f, "correlate-message");
	struct change change = {f, (uint64_t)batch.number, 0, 9};

	set_retries(f, &batch, 4, 0);
	engine_fixture_run(f, bulk_body, &change, 0);
	assert_int_equal(get(f, &batch, 3).priority, 8);
	assert_int_equal(get(f, &batch, 4).priority, 8);
	assert_true(get(f, &batch, 3).suspended);
	assert_true(get(f, &batch, 4).suspended);
	assert_int_equal(get(f, &batch, 3).retries, 3);
	assert_int_equal(get(f, &batch, 4).retries, 9);
	assert_true(get(f, &batch, 4).incident); /* stays open: so does the engine's */
	assert_int_equal(engine_fixture_read(f, &batch).jobs_failed, 0);
}

static void a_walk_meets_every_existing_job_once(void **state)
{
	struct engine_fixture *f = *state;
	struct batch batch = seeded(f, "correlate-message");
	struct txn reader = txn_reader(f->engine.store, &f->arena);
	static const uint64_t firsts[] = {0, 2, 4, 5}, counts[] = {1, 1, 1, 2};
	struct job_segment segment;
	struct job_walk walk;
	int i;

	assert_int_equal(engine_fixture_execute(f, &batch, JOB_EXECUTION, 1), 0);
	assert_int_equal(engine_fixture_execute(f, &batch, JOB_EXECUTION, 3), 0);
	set_retries(f, &batch, 4, 1);
	assert_int_equal(job_walk_start(&walk, &reader, &f->arena, &batch, JOB_EXECUTION, 0), 0);
	/* seeds ran at different times perhaps: segments may be shorter, never longer */
	for (i = 0; i < 4; i++) {
		assert_int_equal(job_walk_next(&walk, &segment), 0);
		assert_int_equal(segment.job.index, firsts[i]);
		assert_in_range(segment.count, 1, counts[i]);
		assert_int_equal(segment.job.recorded, i == 2);
		if (segment.count < counts[i])
			assert_int_equal(job_walk_next(&walk, &segment), 0);
	}
	assert_int_equal(job_walk_next(&walk, &segment), ERR_NOT_FOUND);
}

static void a_long_message_is_cut_at_666_characters(void **state)
{
	struct engine_fixture *f = *state;
	struct batch batch = seeded(f, "set-job-retries");
	struct error error = {ERR_ENGINE, NULL};
	char *message = arena_alloc(&f->arena, 2 * 1000 + 1);
	struct job job = get(f, &batch, 0);
	struct txn txn = txn_reader(f->engine.store, &f->arena);
	int i;

	for (i = 0; i < 1000; i++)
		memcpy(message + 2 * i, "\xc3\xa4", 2);
	error.message = message;
	assert_int_equal(job_fail(&txn, &f->engine, &batch, &job, &error, 1), 0);
	assert_int_equal(strlen(job.exception_message), 2 * 666);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_undisturbed_job_has_no_record_and_is_there),
		TEST(a_job_is_found_by_its_id_until_it_is_done),
		TEST(a_job_of_one_item_names_its_process_instance),
		TEST(three_failures_make_an_incident),
		TEST(new_retries_resolve_the_incident),
		TEST(a_change_of_the_definition_reaches_every_job),
		TEST(a_walk_meets_every_existing_job_once),
		TEST(a_long_message_is_cut_at_666_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
