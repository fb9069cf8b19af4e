/* Pages of jobs that are alike: only the wanted ones are made, and they are the right ones. */
#include "core/runtime/job_query.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/api/handler.h"
#include "tests/core/history_fixture.h"

#define TEST(name)                                                                                 \
	cmocka_unit_test_setup_teardown(name, engine_fixture_set_up, engine_fixture_tear_down)

enum { JOBS = 100 };

static int disturb_body(struct txn *txn, void *arg)
{
	struct batch batch;
	struct job job;

	TRY(batch_get(txn, *(uint64_t *)arg, &batch));
	TRY(job_get(txn, &batch, JOB_EXECUTION, 40, &job));
	job.priority = -1;
	return job_put(txn, &batch, &job);
}

/* JOBS jobs, of which number 40 has a lower priority than the others. */
static struct batch make_jobs(struct engine_fixture *f)
{
	struct batch batch;
	uint64_t number, seed;

	engine_fixture_batch(f, "historic-instance-deletion", JOBS, 1, &batch);
	for (seed = 0; seed < JOBS / 2; seed++)
		assert_int_equal(engine_fixture_execute(f, &batch, JOB_SEED, seed), 0);
	number = (uint64_t)batch.number;
	engine_fixture_run(f, disturb_body, &number, 0);
	return batch;
}

/* The indexes of the jobs or entries on a page, behind each other. */
static void expect(struct engine_fixture *f, handler handle, const char *key, const char *query,
		   const char *indexes)
{
	const char *at = history_fixture_answer(f, handle, query, NULL);
	char *seen = arena_strdup(&f->arena, "");

	while ((at = strstr(at, key))) {
		uint64_t batch, index;
		enum job_kind kind;

		at += strlen(key);
		assert_true(job_id_decode(f->engine.store, arena_strndup(&f->arena, at, 36), &batch,
					  &kind, &index));
		seen = (char *)(uintptr_t)arena_printf(&f->arena, "%s %llu", seen,
						       (unsigned long long)index);
	}
	assert_string_equal(seen, indexes);
}

static const char *query_of(struct engine_fixture *f, const struct batch *batch, const char *rest)
{
	return arena_printf(&f->arena, "jobDefinitionId=%s&%s", batch->definition_id[JOB_EXECUTION],
			    rest);
}

#define JOBS_PAGE(rest, indexes)                                                                   \
	expect(f, job_list, "{\"id\":\"", query_of(f, &batch, rest), indexes)
#define LOG_PAGE(rest, indexes)                                                                    \
	expect(f, history_job_log_list, "\"jobId\":\"", query_of(f, &batch, rest), indexes)

static void pages_deep_in_a_range_start_there(void **state)
{
	struct engine_fixture *f = *state;
	struct batch batch = make_jobs(f);

	JOBS_PAGE("firstResult=57&maxResults=3", " 57 58 59");
	JOBS_PAGE("firstResult=39&maxResults=3", " 39 40 41");
	JOBS_PAGE("firstResult=98&maxResults=5", " 98 99");
	JOBS_PAGE("firstResult=100&maxResults=5", "");
	JOBS_PAGE("sortBy=jobId&sortOrder=asc&firstResult=3&maxResults=2", " 3 4");
}

static void sorted_pages_hold_the_right_jobs(void **state)
{
	struct engine_fixture *f = *state;
	struct batch batch = make_jobs(f);

	JOBS_PAGE("sortBy=jobId&sortOrder=desc&firstResult=1&maxResults=3", " 98 97 96");
	JOBS_PAGE("sortBy=jobPriority&sortOrder=asc&maxResults=3", " 40 0 1");
	JOBS_PAGE("sortBy=jobPriority&sortOrder=desc&firstResult=39&maxResults=3", " 39 41 42");
}

static void sorted_pages_hold_the_right_entries(void **state)
{
	struct engine_fixture *f = *state;
	struct batch batch = make_jobs(f);

	LOG_PAGE("sortBy=jobId&sortOrder=desc&firstResult=1&maxResults=3", " 98 97 96");
	LOG_PAGE("sortBy=jobPriority&sortOrder=asc&firstResult=1&maxResults=3", " 1 2 3");
	assert_int_equal(engine_fixture_execute(f, &batch, JOB_EXECUTION, 50), 0);
	LOG_PAGE("sortBy=occurrence&sortOrder=desc&maxResults=2", " 50 0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(pages_deep_in_a_range_start_there),
		TEST(sorted_pages_hold_the_right_jobs),
		TEST(sorted_pages_hold_the_right_entries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
