/* The executor's queue: in which order entries come, which wait, what a change of settings does. */
#include "core/job/job_queue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "core/job/job_source.h"
#include "core/schema.h"
#include "tests/core/engine_fixture.h"

#define TEST_ENGINE(name)                                                                          \
	cmocka_unit_test_setup_teardown(name, engine_fixture_set_up, engine_fixture_tear_down)
#define TEST(name)                                                                                 \
	cmocka_unit_test_setup_teardown(name, engine_fixture_set_up_store,                         \
					engine_fixture_tear_down_store)

enum { NOW = 1000 };

/* A job that is put into the queue as the settings say. */
struct job_put {
	struct engine_fixture *f;
	uint64_t owner;
	struct job_standing standing;
};

static int place_body(struct txn *txn, void *arg)
{
	struct job_put *put = arg;
	struct job_entry entry = {SOURCE_BATCH, 0, put->owner, 0};
	struct job_place place;
	bool ready;

	return job_queue_place(txn, &put->f->config, &entry, &put->standing, NOW, &place, &ready);
}

static void place(struct engine_fixture *f, uint64_t owner, int64_t priority, int64_t due)
{
	struct job_put put = {
		f, owner, {priority, due}
        };

	engine_fixture_run(f, place_body, &put, 0);
}

static uint64_t first_owner(struct engine_fixture *f)
{
	struct txn reader = txn_reader(f->engine.store, &f->arena);
	struct job_place first;
	int code = job_queue_first(&reader, &f->config, NULL, &first);

	assert_true(!code || code == ERR_NOT_FOUND);
	return code ? 0 : first.entry.owner;
}

/* The fixture's settings: by priority, from 1000 on. */
static void the_highest_priority_comes_first(void **state)
{
	struct engine_fixture *f = *state;

	place(f, 1, 1001, TIME_NULL);
	place(f, 2, 1002, TIME_NULL);
	assert_int_equal(first_owner(f), 2);
}

static void priorities_out_of_range_do_not_come(void **state)
{
	struct engine_fixture *f = *state;

	f->config.job_executor_priority_range_max = 2000;
	place(f, 1, 999, TIME_NULL);
	place(f, 2, 2001, TIME_NULL);
	assert_int_equal(first_owner(f), 0);
	place(f, 3, 1000, TIME_NULL);
	assert_int_equal(first_owner(f), 3);
	place(f, 4, 2000, TIME_NULL);
	assert_int_equal(first_owner(f), 4);
}

static void due_dates_order_what_priority_leaves_open(void **state)
{
	struct engine_fixture *f = *state;

	f->config.job_executor_acquire_by_due_date = true;
	place(f, 1, 1000, NOW);
	place(f, 2, 1000, NOW - 1);
	assert_int_equal(first_owner(f), 2);
	place(f, 3, 1001, NOW);
	assert_int_equal(first_owner(f), 3);
}

static void what_is_not_due_waits(void **state)
{
	struct engine_fixture *f = *state;
	struct txn reader = txn_reader(f->engine.store, &f->arena);
	int64_t due;
	bool some;

	place(f, 1, 1000, NOW + 1);
	assert_int_equal(first_owner(f), 0);
	assert_int_equal(job_queue_next_due(&reader, &due), 0);
	assert_int_equal(due, NOW + 1);
	assert_int_equal(job_queue_has_unsorted(&reader, NOW, &some), 0);
	assert_false(some);
	assert_int_equal(job_queue_has_unsorted(&reader, NOW + 1, &some), 0);
	assert_true(some);
}

static void owners_of_a_rank_can_take_turns(void **state)
{
	struct engine_fixture *f = *state;
	struct txn reader = txn_reader(f->engine.store, &f->arena);
	struct job_place at;

	place(f, 1, 1000, TIME_NULL);
	place(f, 5, 1000, TIME_NULL);
	place(f, 3, 1001, TIME_NULL);
	assert_int_equal(job_queue_first(&reader, &f->config, NULL, &at), 0);
	assert_int_equal(job_queue_first(&reader, &f->config, &at, &at), 0);
	assert_int_equal(at.entry.owner, 1);
	assert_int_equal(job_queue_find(&reader, at.rank, SOURCE_BATCH, 2, &at), 0);
	assert_int_equal(at.entry.owner, 5);
	assert_int_equal(job_queue_find(&reader, at.rank, SOURCE_BATCH, 6, &at), ERR_NOT_FOUND);
}

struct adoption {
	struct engine_fixture *f;
	bool more, fresh;
};

static int adopt_body(struct txn *txn, void *arg)
{
	struct adoption *adoption = arg;

	return job_queue_adopt(txn, &adoption->f->config, &adoption->more, &adoption->fresh);
}

static int begin_body(struct txn *txn, void *arg)
{
	const struct engine_fixture *f = arg;

	return job_queue_begin(txn, &f->config);
}

static void another_order_makes_everything_new(void **state)
{
	struct engine_fixture *f = *state;
	struct txn reader = txn_reader(f->engine.store, &f->arena);
	struct adoption adoption = {f, false, false};
	bool some;

	engine_fixture_run(f, begin_body, f, 0); /* as at the first start */
	place(f, 1, 1000, TIME_NULL);
	place(f, 2, 1000, NOW * 2);
	engine_fixture_run(f, adopt_body, &adoption, 0);
	assert_int_equal(first_owner(f), 1);
	f->config.job_executor_prefer_timer_jobs = true;
	engine_fixture_run(f, adopt_body, &adoption, 0);
	assert_false(adoption.more || adoption.fresh);
	assert_int_equal(first_owner(f), 0);
	assert_int_equal(job_queue_has_unsorted(&reader, 0, &some), 0);
	assert_true(some);
}

static int forget_body(struct txn *txn, void *arg)
{
	static const uint8_t from[] = {0}, to[] = {0xff};

	(void)arg;
	TRY(txn_delete_range(txn, TABLE_JOB_QUEUE, (struct bytes){from, 1}, (struct bytes){to, 1}));
	return txn_delete(txn, TABLE_STATE, "job-queue", strlen("job-queue"));
}

static void a_store_without_a_queue_gets_one(void **state)
{
	struct engine_fixture *f = *state;
	struct txn reader = txn_reader(f->engine.store, &f->arena);
	struct config any = f->config; /* the executor reads the other one */
	struct job_place first;
	struct batch batch;
	bool some;

	engine_fixture_batch(f, "correlate-message", 3, 1, &batch);
	engine_fixture_run(f, forget_body, NULL, 0);
	engine_fixture_reopen(f);
	reader = txn_reader(f->engine.store, &f->arena);
	/* noted, or by now sorted by the executor, which has no use for it */
	assert_int_equal(job_queue_has_unsorted(&reader, 0, &some), 0);
	any.job_executor_acquire_by_priority = false;
	assert_true(some || (!job_queue_first(&reader, &any, NULL, &first) &&
			     first.entry.owner == (uint64_t)batch.number));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_highest_priority_comes_first),
		TEST(priorities_out_of_range_do_not_come),
		TEST(due_dates_order_what_priority_leaves_open),
		TEST(what_is_not_due_waits),
		TEST(owners_of_a_rank_can_take_turns),
		TEST(another_order_makes_everything_new),
		TEST_ENGINE(a_store_without_a_queue_gets_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
