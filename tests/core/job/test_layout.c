/* How items fall into jobs, and jobs into seed runs. */
#include "core/job/layout.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct mapping first = {"a", 7}, second = {"b", 1}, last = {NULL, 5};
static union slot *rows_of[] = {(union slot *)&first, (union slot *)&second, (union slot *)&last};
static const struct rows mappings = {&mapping_kind, 3, rows_of};

/* 7, 1 and 5 items in jobs of three: jobs 0 1 2 | 3 | 4 5; seeds of two jobs: 0 1 | 2 | 3. */
static const struct layout layout = {&mappings, 3, 2};

static void a_job_never_crosses_the_border_of_a_mapping(void **state)
{
	static const uint64_t first_items[] = {0, 3, 6, 7, 8, 11, 13};
	uint64_t job;

	(void)state;
	for (job = 0; job <= 6; job++)
		assert_int_equal(layout_first_item(&layout, job), first_items[job]);
}

static void an_item_knows_its_job(void **state)
{
	static const uint64_t jobs[] = {0, 0, 0, 1, 1, 1, 2, 3, 4, 4, 4, 5, 5};
	uint64_t item;

	(void)state;
	for (item = 0; item < 13; item++)
		assert_int_equal(layout_job_of_item(&layout, item), jobs[item]);
}

static void a_seed_run_takes_jobs_of_one_mapping_only(void **state)
{
	static const uint64_t firsts[] = {0, 2, 3, 4}, counts[] = {2, 1, 1, 2};
	uint64_t seed, job, count;

	(void)state;
	for (seed = 0; seed < 4; seed++) {
		assert_true(layout_seed_jobs(&layout, seed, &job, &count));
		assert_int_equal(job, firsts[seed]);
		assert_int_equal(count, counts[seed]);
	}
	assert_false(layout_seed_jobs(&layout, 4, &job, &count));
}

static void a_job_has_the_deployment_of_its_mapping(void **state)
{
	struct layout_piece piece;

	(void)state;
	assert_true(layout_of_job(&layout, 2, &piece));
	assert_string_equal(piece.deployment_id, "a");
	assert_true(layout_of_job(&layout, 3, &piece));
	assert_string_equal(piece.deployment_id, "b");
	assert_true(layout_of_job(&layout, 5, &piece));
	assert_null(piece.deployment_id);
	assert_false(layout_of_job(&layout, 6, &piece));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_job_never_crosses_the_border_of_a_mapping),
		cmocka_unit_test(an_item_knows_its_job),
		cmocka_unit_test(a_seed_run_takes_jobs_of_one_mapping_only),
		cmocka_unit_test(a_job_has_the_deployment_of_its_mapping),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
