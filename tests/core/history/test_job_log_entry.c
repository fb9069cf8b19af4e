/* Entries of the job log that are stored one by one. */
#include "core/history/job_log_entry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "tests/core/engine_fixture.h"

#define TEST(name)                                                                                 \
	cmocka_unit_test_setup_teardown(name, engine_fixture_set_up_store,                         \
					engine_fixture_tear_down_store)

static union slot *entry(struct txn *txn, const char *id)
{
	union slot *row = row_new(txn->arena, &job_log_kind);

	row[JOB_LOG_ID].s = id;
	return row;
}

/* An entry of a job here stands under the kind of the job, before all imported ones. */
static int put_own(struct txn *txn, uint8_t batch)
{
	const uint8_t key[19] = {[7] = batch, [8] = 2};

	return job_log_put_row(txn, key, sizeof(key), entry(txn, "own"));
}

static int fill(struct txn *txn, void *arg)
{
	const struct engine_fixture *f = arg;

	TRY(job_log_put_loose(txn, f->engine.history, entry(txn, "loose")));
	TRY(put_own(txn, 3));
	TRY(put_own(txn, 4));
	TRY(job_log_import(txn, 4, 0, entry(txn, "four-a")));
	TRY(job_log_import(txn, 4, 1, entry(txn, "four-b")));
	TRY(job_log_import(txn, 7, 0, entry(txn, "seven")));
	return put_own(txn, 9);
}

static void expect_next(struct engine_fixture *f, uint64_t from, int code, uint64_t batch)
{
	struct txn reader = txn_reader(f->engine.store, &f->arena);
	uint64_t found;

	assert_int_equal(job_log_next_imported(&reader, from, &found), code);
	if (!code)
		assert_int_equal(found, batch);
}

static void imported_batches_are_found_among_others(void **state)
{
	struct engine_fixture *f = *state;

	expect_next(f, 1, ERR_NOT_FOUND, 0);
	engine_fixture_run(f, fill, f, 0);
	expect_next(f, 0, 0, 0);
	expect_next(f, 1, 0, 4);
	expect_next(f, 4, 0, 4);
	expect_next(f, 5, 0, 7);
	expect_next(f, 8, ERR_NOT_FOUND, 0);
}

static void a_batch_has_its_imported_entries_alone(void **state)
{
	struct engine_fixture *f = *state;
	struct txn reader = txn_reader(f->engine.store, &f->arena);
	struct scan scan;
	union slot *row;

	engine_fixture_run(f, fill, f, 0);
	job_log_imported_start(&scan, &reader, 4);
	assert_int_equal(job_log_imported_next(&scan, &f->arena, &row), 0);
	assert_string_equal(row[JOB_LOG_ID].s, "four-a");
	assert_int_equal(job_log_imported_next(&scan, &f->arena, &row), 0);
	assert_string_equal(row[JOB_LOG_ID].s, "four-b");
	assert_int_equal(job_log_imported_next(&scan, &f->arena, &row), ERR_NOT_FOUND);
	assert_int_equal(job_log_find_imported(&reader, "four-b", 4, &row), 0);
	assert_int_equal(job_log_find_imported(&reader, "seven", 4, &row), ERR_NOT_FOUND);
}

static int put_loose_again(struct txn *txn, void *arg)
{
	const struct engine_fixture *f = arg;

	return job_log_put_loose(txn, f->engine.history, entry(txn, "loose"));
}

static void an_id_names_one_entry(void **state)
{
	struct engine_fixture *f = *state;

	engine_fixture_run(f, fill, f, 0);
	engine_fixture_run(f, put_loose_again, f, ERR_EXISTS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(imported_batches_are_found_among_others),
		TEST(a_batch_has_its_imported_entries_alone),
		TEST(an_id_names_one_entry),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
