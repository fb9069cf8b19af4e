/* Columns in memory: the same after a restart, whether they are read or mapped. */
#include "core/history/column.h"
#include "core/history/purger.h"

#include <setjmp.h>
#include <stdarg.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/history/delete.h"
#include "core/history/due.h"
#include "core/history/first_ids.h"
#include "core/history/removal_time.h"
#include "storage/clock.h"
#include "tests/core/history_fixture.h"

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, engine_fixture_tear_down)

enum { FEW = 10, REOPENED_MAX = 20 };

/* COUNT instances from FIRST on, as lines of an import; in each instance the number shows. */
static void put_instances(struct buffer *text, uint32_t first, uint32_t count)
{
	uint32_t n;

	for (n = first; n < first + count; n++) {
		char line[256];

		snprintf(line, sizeof(line),
			 "{\"processInstance\":{\"id\":\"%08x-e553-11f1-aa6b-02fc00000001\","
			 "\"startTime\":\"2024-01-01T10:00:00.000+0000\",\"endTime\":"
			 "\"2024-01-01T10:%02u:%02u.000+0000\"}}\n",
			 n * 2654435761u, n / 60 % 60, n % 60);
		buffer_put_text(text, line);
	}
}

/* A full segment and a few more. */
static int set_up(void **state)
{
	struct buffer text;

	setenv("TZ", "UTC", 1);
	if (engine_fixture_set_up(state))
		return -1;
	buffer_init(&text);
	put_instances(&text, 0, ARCHIVE_SEGMENT + FEW);
	buffer_put_u8(&text, 0);
	history_fixture_import(*state, (const char *)text.data, 1 << 16);
	buffer_clear(&text);
	return 0;
}

static bool is_saved(struct engine_fixture *f, const void *arg)
{
	char path[128];

	(void)arg;
	snprintf(path, sizeof(path), "%s/process-0000.snapshot", f->home);
	return !access(path, F_OK);
}

static const struct column_set *set_of(struct engine_fixture *f, uint32_t segment)
{
	return columns_set(f->engine.history->process_columns, segment);
}

static void lock(struct engine_fixture *f)
{
	archive_lock_shared(f->engine.history->processes);
}

static void unlock(struct engine_fixture *f)
{
	archive_unlock(f->engine.history->processes);
}

static bool is_mapped(struct engine_fixture *f, uint32_t segment)
{
	bool mapped;

	lock(f);
	mapped = set_of(f, segment)->mapped != NULL;
	unlock(f);
	return mapped;
}

static void expect_rows(struct engine_fixture *f)
{
	const struct column_set *set;
	uint32_t row;

	lock(f);
	set = set_of(f, 0);
	assert_int_equal(set->count, ARCHIVE_SEGMENT);
	assert_int_equal(set_of(f, 1)->count, FEW);
	for (row = 0; row < ARCHIVE_SEGMENT; row++) {
		assert_int_equal(set->order[row] >> 32, row * 2654435761u);
		assert_int_equal(set->end_time[row] - set->start_time[row], row % 3600 * 1000);
	}
	assert_int_equal(set->bounds[BOUND_DURATION].low, 0);
	assert_int_equal(set->bounds[BOUND_DURATION].high, 3599 * 1000);
	unlock(f);
}

static void full_segments_are_mapped_after_a_restart(void **state)
{
	struct engine_fixture *f = *state;

	engine_fixture_await(f, is_saved, NULL);
	assert_true(is_mapped(f, 0)); /* what it took of memory is given back */
	expect_rows(f);
	engine_fixture_reopen(f);
	assert_true(is_mapped(f, 0));
	assert_false(is_mapped(f, 1));
	expect_rows(f);
}

static bool is_prepared(struct engine_fixture *f, const void *arg)
{
	bool prepared;

	(void)arg;
	lock(f);
	prepared = columns_count(f->engine.history->process_columns) > 1 && set_of(f, 1)->prepared;
	unlock(f);
	return prepared;
}

/* An import whose second segment is full, and its postings are put; nobody sees it yet. */
static struct import *import_a_segment(struct engine_fixture *f)
{
	struct import_options options = {.name = ""};
	struct import_progress progress;
	struct import *import;
	struct buffer text;

	buffer_init(&text);
	put_instances(&text, ARCHIVE_SEGMENT + FEW, ARCHIVE_SEGMENT * 5 / 4);
	assert_int_equal(
		import_begin(&import, &f->engine, &options, &f->arena, &f->error, &progress), 0);
	assert_int_equal(import_feed(import, (const char *)text.data, text.length, &f->error), 0);
	buffer_clear(&text);
	engine_fixture_await(f, is_prepared, NULL);
	return import;
}

static void expect_nothing_prepared(struct engine_fixture *f)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/process-0001.snapshot~", f->home);
	assert_int_not_equal(access(path, F_OK), 0);
	lock(f);
	assert_int_equal(set_of(f, 1)->count, FEW);
	unlock(f);
	assert_false(is_mapped(f, 1));
}

static void what_an_import_prepares_serves_the_next_start(void **state)
{
	struct engine_fixture *f = *state;
	struct import_progress progress;
	struct import *import;

	import_end(import_a_segment(f), true);
	engine_fixture_reopen(f);
	expect_nothing_prepared(f);
	import = import_a_segment(f);
	assert_int_equal(import_finish(import, &f->error, &progress), 0);
	import_end(import, false);
	engine_fixture_reopen(f);
	assert_true(is_mapped(f, 1));
}

struct change {
	struct engine_fixture *f;
	int64_t time;
};

static int change_body(struct txn *txn, void *arg)
{
	static const uint64_t number = 5;
	struct change *change = arg;

	TRY(columns_follow_removal_times(txn, change->f->engine.history->process_columns, &number,
					 &change->time, 1));
	assert_false(is_saved(change->f, NULL)); /* before the commit, and nobody saves meanwhile */
	return 0;
}

static void a_change_removes_the_snapshot_first(void **state)
{
	struct engine_fixture *f = *state;
	struct change change = {f, 4711};
	int64_t time;

	engine_fixture_await(f, is_saved, NULL);
	engine_fixture_reopen(f);
	engine_fixture_run(f, change_body, &change, 0);
	assert_true(columns_removal_time(f->engine.history->process_columns, 5, &time));
	assert_int_equal(time, 4711);
}

static int set_body(struct txn *txn, void *arg)
{
	static const uint64_t number = 5;
	struct change *change = arg;

	return removal_times_write(txn, change->f->engine.history->process_columns, &number,
				   &change->time, 1);
}

static void a_removal_time_is_there_after_a_start(void **state)
{
	struct engine_fixture *f = *state;
	struct change change = {f, 4711};
	const struct column_set *set;
	int64_t time;

	engine_fixture_await(f, is_saved, NULL);
	do { /* a snapshot would tell, too: it may have been made already */
		change.time++;
		engine_fixture_run(f, set_body, &change, 0);
		engine_fixture_reopen(f);
	} while (is_mapped(f, 0) && change.time < 4711 + REOPENED_MAX);
	assert_false(is_mapped(f, 0));
	assert_true(columns_removal_time(f->engine.history->process_columns, 5, &time));
	assert_int_equal(time, change.time);
	assert_false(columns_removal_time(f->engine.history->process_columns, 6, &time));
	lock(f);
	set = set_of(f, 0);
	assert_in_range(change.time, set->bounds[BOUND_REMOVAL_TIME].low,
			set->bounds[BOUND_REMOVAL_TIME].high);
	unlock(f);
}

static int compare(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* MASK with what first_ids_leave() left must be the LIMIT first living ones at least. */
static void expect_first(struct engine_fixture *f, const uint8_t *alive, size_t limit)
{
	static uint8_t mask[ARCHIVE_SEGMENT];
	static uint64_t order[ARCHIVE_SEGMENT];
	const struct column_set *set = set_of(f, 0);
	size_t count = 0, i, found = 0;

	for (i = 0; i < ARCHIVE_SEGMENT; i++)
		if (alive[i])
			order[count++] = set->order[i];
	qsort(order, count, sizeof(*order), compare);
	memcpy(mask, alive, sizeof(mask));
	first_ids_leave(set, ARCHIVE_SEGMENT, limit, UINT64_MAX, mask);
	for (i = 0; i < ARCHIVE_SEGMENT; i++) {
		assert_true(!mask[i] || alive[i]);
		found += mask[i] && set->order[i] <= order[limit - 1];
	}
	assert_int_equal(found, limit);
	/* of a page that ends with the third, no others are of use */
	memcpy(mask, alive, sizeof(mask));
	first_ids_leave(set, ARCHIVE_SEGMENT, limit, order[2], mask);
	for (i = 0, found = 0; i < ARCHIVE_SEGMENT; i++)
		found += mask[i];
	assert_int_equal(found, 3);
}

static void the_first_ids_are_found_again_when_some_have_died(void **state)
{
	static uint8_t alive[ARCHIVE_SEGMENT];
	struct engine_fixture *f = *state;
	const struct column_set *set;
	uint32_t row, round;

	engine_fixture_await(f, is_saved, NULL);
	engine_fixture_reopen(f); /* from now on nobody moves them */
	set = set_of(f, 0);
	memset(alive, 1, sizeof(alive));
	expect_first(f, alive, FIRST_IDS);
	for (round = 0; round < 4; round++) {
		for (row = 0; row < ARCHIVE_SEGMENT; row++)
			if (set->order[row] >> 32 < (round + 1) * 5000000u)
				alive[row] = 0;
		expect_first(f, alive, 20);
		expect_first(f, alive, FIRST_IDS);
	}
}

static int bury(struct txn *txn, struct engine_fixture *f, uint64_t first, size_t count)
{
	uint64_t *numbers = arena_array(txn->arena, count, sizeof(*numbers));
	size_t i, buried;

	for (i = 0; i < count; i++)
		numbers[i] = first + i;
	TRY(archive_bury(txn, f->engine.history->processes, numbers, count, &buried));
	/* after what it is to find: hooks run in the order in which they were left */
	txn_on_commit(txn, purger_wake, f->engine.history);
	return 0;
}

static int bury_body(struct txn *txn, void *arg)
{
	return bury(txn, arg, 0, ARCHIVE_SEGMENT);
}

static int bury_last_body(struct txn *txn, void *arg)
{
	return bury(txn, arg, ARCHIVE_SEGMENT, FEW);
}

static bool is_purged(struct engine_fixture *f, const void *arg)
{
	struct archive_numbers numbers;

	(void)arg;
	archive_count(f->engine.history->processes, &numbers);
	return numbers.dead && !numbers.purge_records && !numbers.sweeps;
}

/* Looks at each row for what is due, and counts instances. */
static int look_body(struct txn *txn, void *arg)
{
	struct engine_fixture *f = arg;
	struct due_rule rule;
	int64_t next;

	TRY(due_rule_make(txn, &f->engine, DUE_PROCESSES, clock_now(), 0, 59, &rule));
	assert_int_equal(due_count(&rule, &next), 0);
	assert_true(next == TIME_NULL);
	return 0;
}

static void the_last_rows_are_there_though_they_are_purged(void **state)
{
	struct engine_fixture *f = *state;

	engine_fixture_run(f, bury_last_body, f, 0);
	engine_fixture_await(f, is_purged, NULL);
	engine_fixture_reopen(f);
	lock(f);
	assert_int_equal(set_of(f, 1)->count, FEW);
	assert_int_equal(set_of(f, 1)->start_time[FEW - 1], 0);
	unlock(f);
	engine_fixture_run(f, look_body, f, 0);
	/* what comes behind them says anew what the bounds are */
	history_fixture_import(f,
			       "{\"processInstance\":{\"id\":\"behind\","
			       "\"startTime\":\"2024-01-01T10:00:00.000+0000\"}}\n",
			       1 << 16);
	lock(f);
	assert_int_equal(set_of(f, 1)->count, FEW + 1);
	assert_true(set_of(f, 1)->bounds[BOUND_START_TIME].low > 0);
	unlock(f);
	engine_fixture_run(f, look_body, f, 0);
}

static bool is_gone(struct engine_fixture *f, const void *arg)
{
	bool gone;

	(void)arg;
	archive_lock_shared(f->engine.history->processes);
	gone = archive_gone(f->engine.history->processes, 0);
	archive_unlock(f->engine.history->processes);
	return gone;
}

static void a_segment_that_is_gone_can_be_asked_for_after_a_restart(void **state)
{
	struct engine_fixture *f = *state;
	uint64_t numbers[] = {5, ARCHIVE_SEGMENT + 1};
	struct summary summary;

	engine_fixture_run(f, bury_body, f, 0);
	engine_fixture_await(f, is_gone, NULL);
	engine_fixture_reopen(f);
	lock(f);
	assert_int_equal(set_of(f, 0)->count, 0);
	columns_row(f->engine.history->process_columns, 7, &summary);
	unlock(f);
	assert_int_equal(summary.root, 0);
	assert_int_equal(history_find_running(f->engine.history, numbers, 2), 2);
}

static bool is_released(struct engine_fixture *f, const void *arg)
{
	bool absent;

	archive_lock_shared(f->engine.history->processes);
	absent = set_of(f, 0)->absent;
	archive_unlock(f->engine.history->processes);
	return absent && !is_saved(f, arg);
}

/* Asks for what is there, over and over, until it is gone; others do so while the memory goes. */
static void *read_until_gone(void *arg)
{
	static uint8_t mask[ARCHIVE_SEGMENT];
	struct engine_fixture *f = arg;
	struct archive *archive = f->engine.history->processes;
	uint64_t sum = 0;
	bool absent;

	do {
		const struct column_set *set;
		uint32_t row;

		archive_lock_shared(archive);
		set = set_of(f, 0);
		absent = set->absent;
		for (row = 0; row < set->count; row++)
			sum += (uint64_t)set->start_time[row] + set->order[row];
		memset(mask, 1, sizeof(mask));
		first_ids_leave(set, set->count, FIRST_IDS, UINT64_MAX, mask);
		archive_unlock(archive);
	} while (!absent);
	return (void *)(uintptr_t)sum;
}

static void expect_released(struct engine_fixture *f)
{
	struct columns *columns = f->engine.history->process_columns;
	struct change change = {f, 4711};
	uint64_t before = columns_bytes(columns), numbers[] = {5, ARCHIVE_SEGMENT + 1};
	struct summary summary;
	pthread_t reader;
	int64_t time;

	assert_true(before > ARCHIVE_SEGMENT * 64);
	assert_int_equal(pthread_create(&reader, NULL, read_until_gone, f), 0);
	engine_fixture_run(f, bury_body, f, 0);
	engine_fixture_await(f, is_released, NULL);
	pthread_join(reader, NULL);
	assert_true(columns_bytes(columns) < before / 16);
	lock(f);
	columns_row(columns, 7, &summary);
	unlock(f);
	assert_int_equal(summary.start_time, 0);
	assert_int_equal(history_find_running(f->engine.history, numbers, 2), 2);
	/* a batch that had it among its instances changes nothing of what all such segments share
	 */
	engine_fixture_run(f, change_body, &change, 0);
	assert_false(columns_removal_time(columns, 5, &time));
	assert_int_equal(time, 0);
}

static void a_segment_that_goes_gives_its_memory_back(void **state)
{
	expect_released(*state);
}

static void one_that_is_mapped_does_so_with_its_snapshot(void **state)
{
	struct engine_fixture *f = *state;

	engine_fixture_await(f, is_saved, NULL);
	engine_fixture_reopen(f);
	assert_true(is_mapped(f, 0));
	expect_released(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(full_segments_are_mapped_after_a_restart),
		TEST(what_an_import_prepares_serves_the_next_start),
		TEST(a_change_removes_the_snapshot_first),
		TEST(a_removal_time_is_there_after_a_start),
		TEST(the_first_ids_are_found_again_when_some_have_died),
		TEST(the_last_rows_are_there_though_they_are_purged),
		TEST(a_segment_that_is_gone_can_be_asked_for_after_a_restart),
		TEST(a_segment_that_goes_gives_its_memory_back),
		TEST(one_that_is_mapped_does_so_with_its_snapshot),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
