/* Numbered records: appended, published, found, buried, purged. */
#include "storage/archive.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "storage/archive_reader.h"
#include "tests/storage/fixture.h"

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

enum { FEW = 1000, RECORD = 60, AT_ONCE = 2000 };

struct world {
	struct fixture *f;
	struct archive *archive;
};

static int open_archive(struct world *world)
{
	return archive_open(&world->archive, world->f->store, &world->f->arena, "test",
			    (struct archive_tables){FIXTURE_DIRECTORY, FIXTURE_DEAD, FIXTURE_MARK});
}

static int set_up(void **state)
{
	static struct world world;
	void *f;

	TRY(fixture_set_up(&f));
	world.f = f;
	*state = &world;
	return open_archive(&world);
}

static int tear_down(void **state)
{
	struct world *world = *state;
	void *f = world->f;

	archive_close(world->archive);
	return fixture_tear_down(&f);
}

static void reopen(struct world *world)
{
	archive_close(world->archive);
	assert_int_equal(fixture_reopen(world->f), 0);
	assert_int_equal(open_archive(world), 0);
}

/* Item N: its number is all over it; the posting says whether it is even. */
static struct archive_item item_of(struct arena *arena, uint32_t n)
{
	uint8_t *bytes = arena_alloc(arena, RECORD), *posting = arena_alloc(arena, 3);
	struct archive_item item = {
		{bytes,   4     },
                {bytes,   RECORD},
                {posting, 3     }
        };

	be32_write(bytes, n);
	posting[1] = 1;
	posting[2] = n % 2 ? 'o' : 'e';
	return item;
}

struct append {
	struct archive *archive;
	uint32_t first, count;
	bool fails;
	uint64_t number;
};

static int append_body(struct txn *txn, void *arg)
{
	struct append *append = arg;
	struct archive_item *items = arena_array(txn->arena, append->count, sizeof(*items));
	uint32_t i;

	for (i = 0; i < append->count; i++)
		items[i] = item_of(txn->arena, append->first + i);
	TRY(archive_append(txn, append->archive, items, append->count, &append->number));
	return append->fails ? ERR_INPUT : 0;
}

/* Twice in one transaction, the second behind the first. */
static int append_twice_body(struct txn *txn, void *arg)
{
	struct append *append = arg, again;
	uint64_t next;

	TRY(append_body(txn, append));
	TRY(archive_next_in(txn, append->archive, &next));
	assert_int_equal(next, append->number + append->count);
	again = *append;
	again.first += append->count;
	TRY(append_body(txn, &again));
	assert_int_equal(again.number, next);
	return archive_publish(txn, append->archive, next + append->count);
}

static void append(struct world *world, uint32_t count)
{
	uint32_t done, step;

	for (done = 0; done < count; done += step) {
		struct arena_mark mark = arena_mark(&world->f->arena);
		struct append args = {world->archive, (uint32_t)archive_next(world->archive), 0,
				      false, 0};

		step = count - done < AT_ONCE ? count - done : AT_ONCE;
		args.count = step;
		assert_int_equal(fixture_run(world->f, append_body, &args), 0);
		assert_int_equal(args.number, args.first);
		arena_rewind(&world->f->arena, mark);
	}
}

static int publish_body(struct txn *txn, void *arg)
{
	return archive_publish(txn, arg, archive_next(arg));
}

static void fill(struct world *world, uint32_t count)
{
	append(world, count);
	assert_int_equal(fixture_run(world->f, publish_body, world->archive), 0);
}

struct bury {
	struct archive *archive;
	uint64_t *numbers;
	size_t count, buried;
};

static int bury_body(struct txn *txn, void *arg)
{
	struct bury *bury = arg;

	return archive_bury(txn, bury->archive, bury->numbers, bury->count, &bury->buried);
}

/* Buries every STEP-th number from FIRST to END (exclusive); says how many were still alive. */
static size_t bury(struct world *world, uint64_t first, uint64_t end, uint64_t step)
{
	struct arena *arena = &world->f->arena;
	struct bury args = {world->archive, arena_array(arena, end - first, 8), 0, 0};

	for (; first < end; first += step)
		args.numbers[args.count++] = first;
	assert_int_equal(fixture_run(world->f, bury_body, &args), 0);
	return args.buried;
}

static int postings_of(void *arg, struct arena *arena, struct bytes record, struct bytes *ret)
{
	(void)arg;
	*ret = item_of(arena, be32_read(record.data)).postings;
	return 0;
}

/* As the background does it: until it says that nothing waits. */
static void purge(struct world *world)
{
	bool more = true;
	int steps;

	for (steps = 0; more && steps < 100000; steps++)
		assert_int_equal(archive_purge(world->archive, &world->f->arena, 1, postings_of,
					       NULL, &more),
				 0);
	assert_false(more);
}

static int read_one(struct world *world, uint64_t number)
{
	struct txn reader = txn_reader(world->f->store, &world->f->arena);
	struct bytes record;
	int code = archive_read(&reader, world->archive, number, &record);

	if (!code) {
		assert_int_equal(record.size, RECORD);
		assert_int_equal(be32_read(record.data), number);
	}
	return code;
}

static bool count_number(void *arg, struct bytes key, uint64_t number)
{
	uint64_t *sum = arg;

	assert_int_equal(key.data[0], number % 2 ? 'o' : 'e');
	(*sum)++;
	return true;
}

static uint64_t found(struct world *world, char parity)
{
	struct txn reader = txn_reader(world->f->store, &world->f->arena);
	uint8_t from[1] = {(uint8_t)parity}, to[1] = {(uint8_t)(parity + 1)};
	struct bytes first = {from, 1}, last = {to, 1};
	uint64_t sum = 0;
	uint32_t segment;

	for (segment = 0; segment * (uint64_t)ARCHIVE_SEGMENT < archive_next(world->archive);
	     segment++)
		assert_int_equal(archive_find(&reader, world->archive, segment, first, last,
					      count_number, &sum),
				 0);
	return sum;
}

static struct archive_numbers numbers(struct world *world)
{
	struct archive_numbers n;

	archive_count(world->archive, &n);
	return n;
}

static bool file_is_there(struct world *world, const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/test-%s.db", world->f->home, name);
	return !access(path, F_OK);
}

static int64_t file_size(struct world *world, const char *name)
{
	char path[128];
	struct stat about;

	snprintf(path, sizeof(path), "%s/test-%s.db", world->f->home, name);
	return stat(path, &about) ? 0 : (int64_t)about.st_size;
}

static int remove_file(struct world *world, const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/test-%s.db", world->f->home, name);
	return unlink(path);
}

static void what_is_appended_is_hidden_until_it_is_published(void **state)
{
	struct world *world = *state;

	append(world, FEW);
	assert_int_equal(archive_next(world->archive), FEW);
	assert_true(archive_hidden(world->archive, 0));
	assert_int_equal(fixture_run(world->f, publish_body, world->archive), 0);
	assert_false(archive_hidden(world->archive, 0));
	assert_false(archive_hidden(world->archive, FEW - 1));
	assert_true(archive_hidden(world->archive, FEW));
}

static void appends_of_one_transaction_follow_each_other(void **state)
{
	struct world *world = *state;
	uint32_t first = ARCHIVE_SEGMENT - 3 * FEW / 2, i;
	struct append args = {world->archive, first, FEW, false, 0};

	fill(world, first);
	assert_int_equal(fixture_run(world->f, append_twice_body, &args), 0);
	assert_int_equal(args.number, first);
	assert_int_equal(archive_next(world->archive), ARCHIVE_SEGMENT + FEW / 2);
	for (i = 0; i < 2 * FEW; i += 100)
		assert_int_equal(read_one(world, first + i), 0);
	assert_int_equal(found(world, 'e') + found(world, 'o'), ARCHIVE_SEGMENT + FEW / 2);
}

static void records_are_read_and_found_by_posting(void **state)
{
	struct world *world = *state;

	fill(world, FEW + 1);
	assert_int_equal(read_one(world, 0), 0);
	assert_int_equal(read_one(world, FEW), 0);
	assert_int_equal(read_one(world, FEW + 1), ERR_NOT_FOUND);
	assert_int_equal(found(world, 'e'), FEW / 2 + 1);
	assert_int_equal(found(world, 'o'), FEW / 2);
}

/* Reads every STEP-th number, and says how many were there. */
static uint64_t read_on(struct world *world, uint64_t step)
{
	struct archive_reader reader;
	struct bytes record;
	uint64_t number, there = 0;

	archive_reader_init(&reader, world->f->store, world->archive);
	for (number = 0; number < archive_next(world->archive); number += step) {
		int code = archive_reader_get(&reader, number, &record);

		assert_int_equal(code, read_one(world, number));
		there += !code;
		if (!code) {
			assert_int_equal(record.size, RECORD);
			assert_int_equal(be32_read(record.data), number);
		}
		arena_clear(&world->f->arena);
	}
	assert_int_equal(archive_reader_get(&reader, number + 5, &record), ERR_NOT_FOUND);
	assert_int_equal(archive_reader_get(&reader, 7, &record), read_one(world, 7));
	archive_reader_clear(&reader);
	return there;
}

static void a_reader_finds_what_is_there(void **state)
{
	enum { ALL = ARCHIVE_SEGMENT + FEW };
	static const uint64_t steps[] = {1, 2, 4, 5, 1000};
	struct world *world = *state;
	size_t i;

	fill(world, ALL);
	for (i = 0; i < ARRAY_SIZE(steps); i++)
		assert_int_equal(read_on(world, steps[i]), (ALL + steps[i] - 1) / steps[i]);
	bury(world, 0, ALL, 3);
	bury(world, 100, 200, 1);
	purge(world);
	for (i = 0; i < ARRAY_SIZE(steps); i++)
		read_on(world, steps[i]);
}

static void an_append_that_fails_leaves_nothing(void **state)
{
	struct world *world = *state;
	struct append args = {world->archive, 0, FEW, true, 0};

	assert_int_equal(fixture_run(world->f, append_body, &args), ERR_INPUT);
	assert_int_equal(archive_next(world->archive), 0);
	assert_int_equal(numbers(world).records, 0);
	fill(world, FEW);
	assert_int_equal(found(world, 'e'), FEW / 2);
}

static void the_buried_are_hidden_for_good(void **state)
{
	struct world *world = *state;

	fill(world, FEW);
	assert_int_equal(bury(world, 0, FEW, 2), FEW / 2);
	assert_int_equal(bury(world, 0, FEW / 2, 1), FEW / 4);
	assert_true(archive_hidden(world->archive, 0));
	assert_false(archive_hidden(world->archive, FEW - 1));
	reopen(world);
	assert_true(archive_hidden(world->archive, 0));
	assert_false(archive_hidden(world->archive, FEW - 1));
	assert_int_equal(numbers(world).dead, FEW / 2 + FEW / 4);
}

static void a_record_crosses_segments_without_a_gap(void **state)
{
	struct world *world = *state;

	fill(world, ARCHIVE_SEGMENT + FEW);
	assert_int_equal(numbers(world).segments, 2);
	assert_int_equal(read_one(world, ARCHIVE_SEGMENT - 1), 0);
	assert_int_equal(read_one(world, ARCHIVE_SEGMENT), 0);
	reopen(world);
	assert_int_equal(archive_next(world->archive), ARCHIVE_SEGMENT + FEW);
	assert_int_equal(archive_visible(world->archive), ARCHIVE_SEGMENT + FEW);
	assert_int_equal(read_one(world, ARCHIVE_SEGMENT + FEW - 1), 0);
	assert_int_equal(found(world, 'o'), (ARCHIVE_SEGMENT + FEW) / 2);
}

static void purging_removes_the_dead_of_every_segment(void **state)
{
	struct world *world = *state;
	uint32_t count = 2 * ARCHIVE_SEGMENT + FEW;

	fill(world, count);
	assert_int_equal(bury(world, 0, count, 2), count / 2);
	assert_int_equal(numbers(world).purge_records, count / 2);
	purge(world);
	assert_int_equal(numbers(world).purge_records, 0);
	assert_int_equal(numbers(world).records, count / 2);
	assert_int_equal(found(world, 'e'), 0);
	assert_int_equal(found(world, 'o'), count / 2);
	assert_int_equal(read_one(world, 0), ERR_NOT_FOUND);
	assert_int_equal(read_one(world, 1), 0);
	assert_int_equal(read_one(world, count - 1), 0);
}

static void purging_goes_on_where_it_was_after_a_restart(void **state)
{
	struct world *world = *state;
	bool more;

	fill(world, 5 * FEW);
	bury(world, 0, 5 * FEW, 2);
	archive_purge(world->archive, &world->f->arena, 1, postings_of, NULL, &more);
	assert_true(more);
	reopen(world);
	assert_in_range(numbers(world).purge_records, 1, 5 * FEW / 2 - 1);
	purge(world);
	assert_int_equal(numbers(world).purge_records, 0);
	assert_int_equal(found(world, 'o'), 5 * FEW / 2);
}

static void a_few_are_purged_with_their_postings(void **state)
{
	struct world *world = *state;

	fill(world, FEW);
	bury(world, 0, 20, 2);
	purge(world);
	assert_int_equal(numbers(world).records, FEW - 10);
	assert_int_equal(numbers(world).sweeps, 0);
	assert_int_equal(found(world, 'e'), FEW / 2 - 10);
	assert_int_equal(found(world, 'o'), FEW / 2);
}

static void postings_are_swept_even_after_a_restart(void **state)
{
	struct world *world = *state;
	bool more = true;

	fill(world, FEW);
	bury(world, 0, FEW, 2);
	while (numbers(world).purge_records)
		archive_purge(world->archive, &world->f->arena, 1, postings_of, NULL, &more);
	assert_int_equal(found(world, 'e'), FEW / 2);
	reopen(world);
	assert_int_equal(numbers(world).sweeps, 1);
	purge(world);
	assert_int_equal(numbers(world).sweeps, 0);
	assert_int_equal(found(world, 'e'), 0);
	assert_int_equal(found(world, 'o'), FEW / 2);
}

/* Of the first segment only every 64th lives, from the second on. */
static void leave_little(struct world *world)
{
	uint64_t i;

	fill(world, ARCHIVE_SEGMENT + FEW);
	for (i = 0; i < ARCHIVE_SEGMENT; i += 64)
		bury(world, i + (i > 0), i + 64, 1);
}

static void a_segment_with_few_survivors_gets_a_smaller_file(void **state)
{
	enum { LEFT = ARCHIVE_SEGMENT / 64 - 1 };
	struct world *world = *state;
	uint64_t bytes;
	int64_t size;

	leave_little(world);
	reopen(world);
	size = file_size(world, "0000");
	purge(world);
	assert_false(file_is_there(world, "0000"));
	assert_true(file_is_there(world, "0000-1"));
	assert_int_equal(numbers(world).returned, size - file_size(world, "0000-1"));
	assert_true(numbers(world).returned > size / 2);
	assert_int_equal(numbers(world).records, LEFT + FEW);
	assert_int_equal(numbers(world).bytes, (LEFT + FEW) * RECORD);
	reopen(world);
	assert_int_equal(read_one(world, 64), 0);
	assert_int_equal(read_one(world, 65), ERR_NOT_FOUND);
	assert_int_equal(found(world, 'e'), LEFT + FEW / 2);
	assert_int_equal(found(world, 'o'), FEW / 2);
	bytes = numbers(world).bytes;
	bury(world, 64, 65, 1);
	purge(world); /* not worth a third file */
	assert_true(file_is_there(world, "0000-1"));
	assert_int_equal(numbers(world).bytes, bytes - RECORD);
	bury(world, 0, ARCHIVE_SEGMENT, 1);
	purge(world);
	assert_false(file_is_there(world, "0000-1"));
}

/* Purges until a new file is being written. */
static void begin_rebuild(struct world *world)
{
	bool more = true;
	int i;

	for (i = 0; i < 3; i++)
		assert_int_equal(archive_purge(world->archive, &world->f->arena, 1, postings_of,
					       NULL, &more),
				 0);
	assert_true(more);
	assert_true(file_is_there(world, "0000-1"));
	assert_true(file_is_there(world, "0000"));
}

static void a_new_file_half_written_is_thrown_away_at_the_start(void **state)
{
	struct world *world = *state;

	leave_little(world);
	begin_rebuild(world);
	reopen(world);
	assert_int_equal(read_one(world, 64), 0);
	purge(world);
	assert_false(file_is_there(world, "0000"));
	assert_true(file_is_there(world, "0000-1"));
	assert_int_equal(read_one(world, 64), 0);
	assert_int_equal(found(world, 'e'), ARCHIVE_SEGMENT / 64 - 1 + FEW / 2);
}

struct again {
	struct archive *archive;
	uint32_t number;
};

/* The item stays what it was, but a copy cannot know that. */
static int same_again_body(struct txn *txn, void *arg)
{
	struct again *again = arg;
	struct archive_item item = item_of(txn->arena, again->number);

	return archive_rewrite(txn, again->archive, again->number, &item, item.postings, true);
}

static void a_change_of_the_segment_is_not_lost_to_a_new_file(void **state)
{
	struct world *world = *state;
	struct again again = {world->archive, 128};
	bool more;
	int i;

	leave_little(world);
	begin_rebuild(world);
	assert_int_equal(fixture_run(world->f, same_again_body, &again), 0);
	for (i = 0; i < 100 && file_is_there(world, "0000-1"); i++)
		archive_purge(world->archive, &world->f->arena, 1, postings_of, NULL, &more);
	assert_false(file_is_there(world, "0000-1"));
	assert_true(file_is_there(world, "0000"));
	purge(world);
	assert_true(file_is_there(world, "0000-1"));
	assert_int_equal(read_one(world, 128), 0);
}

static void what_dies_meanwhile_is_purged_later(void **state)
{
	struct world *world = *state;

	leave_little(world);
	begin_rebuild(world);
	bury(world, 128, 129, 1);
	purge(world);
	assert_int_equal(read_one(world, 128), ERR_NOT_FOUND);
	assert_int_equal(numbers(world).purge_records, 0);
	assert_int_equal(found(world, 'e'), ARCHIVE_SEGMENT / 64 - 2 + FEW / 2);
	assert_int_equal(numbers(world).records, ARCHIVE_SEGMENT / 64 - 2 + FEW);
}

static void a_segment_that_dies_meanwhile_goes(void **state)
{
	struct world *world = *state;

	leave_little(world);
	begin_rebuild(world);
	bury(world, 0, ARCHIVE_SEGMENT, 1);
	purge(world);
	assert_false(file_is_there(world, "0000"));
	assert_false(file_is_there(world, "0000-1"));
}

struct reading {
	struct world *world;
	uint64_t sum;
	bool purged;
};

/* Purges in the midst of a reader's walk. */
static bool purge_once(void *arg, struct bytes key, uint64_t number)
{
	struct reading *reading = arg;
	bool more = true;
	int code = 0;

	(void)key;
	(void)number;
	while (!reading->purged && more && !code)
		code = archive_purge(reading->world->archive, &reading->world->f->arena, 1,
				     postings_of, NULL, &more);
	if (!reading->purged)
		assert_int_equal(code, ERR_BUSY);
	reading->purged = true;
	reading->sum++;
	return true;
}

static void readers_keep_the_old_file_until_they_end(void **state)
{
	struct world *world = *state;
	struct txn reader = txn_reader(world->f->store, &world->f->arena);
	struct reading reading = {world, 0, false};
	struct bytes none = {NULL, 0};

	leave_little(world);
	assert_int_equal(archive_find(&reader, world->archive, 0, none, none, purge_once, &reading),
			 0);
	assert_int_equal(reading.sum, ARCHIVE_SEGMENT);
	assert_true(file_is_there(world, "0000"));
	assert_int_equal(read_one(world, 64), 0);
	purge(world);
	assert_false(file_is_there(world, "0000"));
	assert_int_equal(read_one(world, 64), 0);
}

static void a_segment_without_survivors_goes_as_a_file(void **state)
{
	struct world *world = *state;
	int64_t size;

	fill(world, ARCHIVE_SEGMENT + FEW);
	assert_true(file_is_there(world, "0000"));
	reopen(world); /* so that all of it is there */
	size = file_size(world, "0000");
	assert_int_equal(numbers(world).returned, 0);
	bury(world, 0, ARCHIVE_SEGMENT + FEW / 2, 1);
	purge(world);
	assert_false(file_is_there(world, "0000"));
	assert_true(size >= ARCHIVE_SEGMENT * RECORD);
	assert_int_equal(numbers(world).returned, size);
	assert_true(file_is_there(world, "0001"));
	assert_int_equal(numbers(world).segments, 1);
	assert_int_equal(numbers(world).purge_records, 0);
	assert_true(archive_hidden(world->archive, 5));
	assert_int_equal(read_one(world, 5), ERR_NOT_FOUND);
	reopen(world);
	assert_true(archive_hidden(world->archive, 5));
	assert_false(archive_hidden(world->archive, ARCHIVE_SEGMENT + FEW - 1));
	assert_int_equal(bury(world, 0, 10, 1), 0);
	fill(world, FEW);
	assert_int_equal(read_one(world, ARCHIVE_SEGMENT + 2 * FEW - 1), 0);
}

static void files_go_before_single_records(void **state)
{
	struct world *world = *state;
	bool more;

	fill(world, 2 * ARCHIVE_SEGMENT + FEW);
	bury(world, 0, ARCHIVE_SEGMENT, 2);
	bury(world, ARCHIVE_SEGMENT, 2 * ARCHIVE_SEGMENT, 1);
	assert_int_equal(
		archive_purge(world->archive, &world->f->arena, 1, postings_of, NULL, &more), 0);
	assert_true(more);
	assert_false(file_is_there(world, "0001"));
	assert_int_equal(numbers(world).purge_records, ARCHIVE_SEGMENT / 2);
	purge(world);
	assert_int_equal(numbers(world).purge_records, 0);
}

struct back {
	struct archive *archive;
	uint64_t left;
	uint32_t summaries;
};

static int summary_back(struct txn *txn, void *arg, uint64_t number, struct bytes summary)
{
	struct back *back = arg;

	(void)txn;
	back->summaries++;
	return be32_read(summary.data) == number ? 0 : ERR_CORRUPT;
}

static int back_body(struct txn *txn, void *arg)
{
	struct back *back = arg;

	return archive_take_back(txn, back->archive, 300, summary_back, back, &back->left);
}

/* The file of segment 0 goes while nobody looks. */
static void lose_file(struct world *world)
{
	archive_close(world->archive);
	assert_int_equal(fixture_reopen(world->f), 0);
	assert_int_equal(remove_file(world, "0000"), 0);
	assert_int_equal(open_archive(world), 0);
}

static void a_missing_file_is_not_made_anew(void **state)
{
	struct world *world = *state;

	fill(world, FEW);
	lose_file(world);
	assert_int_equal(read_one(world, 0), ERR_CORRUPT);
	assert_int_equal(read_one(world, FEW - 1), ERR_CORRUPT);
	assert_false(file_is_there(world, "0000"));
}

static void nothing_is_appended_to_a_missing_file(void **state)
{
	struct world *world = *state;
	struct append args = {NULL, FEW, 1, false, 0};

	fill(world, FEW);
	lose_file(world);
	args.archive = world->archive;
	assert_int_equal(fixture_run(world->f, append_body, &args), ERR_CORRUPT);
	assert_int_equal(archive_next(world->archive), FEW);
	assert_false(file_is_there(world, "0000"));
}

static void a_missing_file_does_not_keep_others_from_being_purged(void **state)
{
	struct world *world = *state;
	bool more = true;
	int code = 0, steps;

	fill(world, ARCHIVE_SEGMENT + FEW);
	bury(world, 0, ARCHIVE_SEGMENT + FEW, 2);
	lose_file(world);
	for (steps = 0; more && steps < 1000; steps++)
		code = archive_purge(world->archive, &world->f->arena, 1, postings_of, NULL, &more);
	assert_false(more); /* it is tried again later, not at once */
	assert_int_equal(code, ERR_CORRUPT);
	assert_int_equal(numbers(world).purge_records, ARCHIVE_SEGMENT / 2);
	assert_int_equal(read_one(world, ARCHIVE_SEGMENT + 1), 0);
	assert_int_equal(read_one(world, ARCHIVE_SEGMENT), ERR_NOT_FOUND);
}

/* As after a power cut that kept the removal of the file and lost the commit behind it. */
static void a_dropped_file_is_not_missed(void **state)
{
	struct world *world = *state;
	struct txn reader;

	fill(world, ARCHIVE_SEGMENT + FEW);
	bury(world, 0, ARCHIVE_SEGMENT, 1);
	lose_file(world);
	reader = txn_reader(world->f->store, &world->f->arena);
	assert_int_equal(archive_summaries(&reader, world->archive, 0, NULL, NULL), 0);
	purge(world);
	assert_int_equal(found(world, 'e'), FEW / 2);
	assert_int_equal(numbers(world).segments, 1);
}

static void the_unpublished_can_be_taken_back(void **state)
{
	struct world *world = *state;
	struct back back = {world->archive, 1, 0};

	fill(world, FEW);
	append(world, ARCHIVE_SEGMENT);
	while (back.left)
		assert_int_equal(fixture_run(world->f, back_body, &back), 0);
	assert_int_equal(back.summaries, ARCHIVE_SEGMENT);
	assert_int_equal(archive_next(world->archive), FEW);
	assert_int_equal(found(world, 'o'), FEW / 2);
	fill(world, FEW);
	assert_int_equal(read_one(world, 2 * FEW - 1), 0);
	reopen(world);
	assert_int_equal(archive_next(world->archive), 2 * FEW);
	assert_int_equal(numbers(world).records, 2 * FEW);
}

struct rewrite {
	struct archive *archive;
	uint64_t number;
	struct archive_item item;
	struct bytes old;
	bool stored;
};

static int rewrite_body(struct txn *txn, void *arg)
{
	struct rewrite *rewrite = arg;

	return archive_rewrite(txn, rewrite->archive, rewrite->number, &rewrite->item, rewrite->old,
			       rewrite->stored);
}

static void a_rewritten_record_is_found_by_its_new_posting_only(void **state)
{
	struct world *world = *state;
	struct arena *arena = &world->f->arena;
	struct txn reader = txn_reader(world->f->store, arena);
	struct rewrite rewrite = {world->archive, 7, item_of(arena, 7), item_of(arena, 7).postings,
				  true};
	struct bytes record;

	fill(world, FEW);
	rewrite.item.postings = item_of(arena, 8).postings;
	rewrite.item.record.size = RECORD / 2;
	assert_int_equal(fixture_run(world->f, rewrite_body, &rewrite), 0);
	assert_int_equal(archive_read(&reader, world->archive, 7, &record), 0);
	assert_int_equal(record.size, RECORD / 2);
	assert_int_equal(be32_read(record.data), 7);
	rewrite.old = rewrite.item.postings;
	rewrite.item = item_of(arena, 7);
	assert_int_equal(fixture_run(world->f, rewrite_body, &rewrite), 0);
	assert_int_equal(found(world, 'o'), FEW / 2);
	assert_int_equal(found(world, 'e'), FEW / 2);
}

/* Postings whose keys are the letters of TEXT. */
static struct bytes letters(struct arena *arena, const char *text)
{
	size_t count = strlen(text), i;
	uint8_t *bytes = arena_alloc(arena, 3 * count + 1);

	for (i = 0; i < count; i++) {
		be16_write(bytes + 3 * i, 1);
		bytes[3 * i + 2] = (uint8_t)text[i];
	}
	return (struct bytes){bytes, 3 * count};
}

static bool count_any(void *arg, struct bytes key, uint64_t number)
{
	uint64_t *count = arg;

	assert_int_equal(key.size, 1);
	assert_int_equal(number, 8);
	(*count)++;
	return true;
}

/* How often item 8 is found by LETTER. */
static uint64_t found_letter(struct world *world, char letter)
{
	struct txn reader = txn_reader(world->f->store, &world->f->arena);
	uint8_t from[1] = {(uint8_t)letter}, to[1] = {(uint8_t)(letter + 1)};
	uint64_t count = 0;

	assert_int_equal(archive_find(&reader, world->archive, 0, (struct bytes){from, 1},
				      (struct bytes){to, 1}, count_any, &count),
			 0);
	return count;
}

static void rewrite_postings(struct world *world, const char *old, const char *new, bool stored)
{
	struct arena *arena = &world->f->arena;
	struct rewrite rewrite = {world->archive, 8, item_of(arena, 8), letters(arena, old),
				  stored};

	rewrite.item.postings = letters(arena, new);
	assert_int_equal(fixture_run(world->f, rewrite_body, &rewrite), 0);
}

static void postings_that_stay_come_and_go_are_told_apart(void **state)
{
	struct world *world = *state;

	fill(world, FEW);
	assert_int_equal(found_letter(world, 'x'), 0);
	rewrite_postings(world, "", "xyx", true); /* one stands there twice */
	assert_int_equal(found_letter(world, 'x'), 1);
	rewrite_postings(world, "xyx", "xz", true);
	assert_int_equal(found_letter(world, 'x'), 1);
	assert_int_equal(found_letter(world, 'y'), 0);
	assert_int_equal(found_letter(world, 'z'), 1);
	rewrite_postings(world, "xz", "zz", true);
	assert_int_equal(found_letter(world, 'x'), 0);
	assert_int_equal(found_letter(world, 'z'), 1);
	/* of an old record it is not known whether they are there: they are put again */
	rewrite_postings(world, "w", "w", true);
	assert_int_equal(found_letter(world, 'w'), 0);
	rewrite_postings(world, "w", "w", false);
	assert_int_equal(found_letter(world, 'w'), 1);
}

static void count_summary(void *arg, uint64_t number, struct bytes summary)
{
	uint64_t *next = arg;

	assert_int_equal(number, *next);
	assert_int_equal(be32_read(summary.data), number);
	(*next)++;
}

static void summaries_come_in_order_of_number(void **state)
{
	struct world *world = *state;
	struct txn reader = txn_reader(world->f->store, &world->f->arena);
	uint64_t next = 0;

	fill(world, ARCHIVE_SEGMENT + FEW);
	assert_int_equal(archive_summaries(&reader, world->archive, 0, count_summary, &next), 0);
	assert_int_equal(next, ARCHIVE_SEGMENT);
	assert_int_equal(archive_summaries(&reader, world->archive, 1, count_summary, &next), 0);
	assert_int_equal(next, ARCHIVE_SEGMENT + FEW);
	assert_int_equal(archive_summaries(&reader, world->archive, 2, count_summary, &next), 0);
	assert_int_equal(next, ARCHIVE_SEGMENT + FEW);
}

static void what_was_never_there_cannot_be_buried(void **state)
{
	struct world *world = *state;
	uint64_t number = FEW;
	struct bury args = {world->archive, &number, 1, 0};

	fill(world, FEW);
	assert_int_equal(fixture_run(world->f, bury_body, &args), ERR_NOT_FOUND);
	assert_int_equal(numbers(world).dead, 0);
}

static int bury_and_fail(struct txn *txn, void *arg)
{
	TRY(bury_body(txn, arg));
	return ERR_INPUT;
}

static void a_burial_that_fails_buries_nobody(void **state)
{
	struct world *world = *state;
	uint64_t number = 5;
	struct bury args = {world->archive, &number, 1, 0};

	fill(world, FEW);
	assert_int_equal(fixture_run(world->f, bury_and_fail, &args), ERR_INPUT);
	assert_false(archive_hidden(world->archive, 5));
	assert_int_equal(numbers(world).dead, 0);
	assert_int_equal(fixture_run(world->f, bury_body, &args), 0);
	assert_int_equal(args.buried, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_appended_is_hidden_until_it_is_published),
		TEST(appends_of_one_transaction_follow_each_other),
		TEST(records_are_read_and_found_by_posting),
		TEST(a_reader_finds_what_is_there),
		TEST(an_append_that_fails_leaves_nothing),
		TEST(the_buried_are_hidden_for_good),
		TEST(a_record_crosses_segments_without_a_gap),
		TEST(purging_removes_the_dead_of_every_segment),
		TEST(purging_goes_on_where_it_was_after_a_restart),
		TEST(a_few_are_purged_with_their_postings),
		TEST(postings_are_swept_even_after_a_restart),
		TEST(a_segment_with_few_survivors_gets_a_smaller_file),
		TEST(a_new_file_half_written_is_thrown_away_at_the_start),
		TEST(a_change_of_the_segment_is_not_lost_to_a_new_file),
		TEST(what_dies_meanwhile_is_purged_later),
		TEST(a_segment_that_dies_meanwhile_goes),
		TEST(readers_keep_the_old_file_until_they_end),
		TEST(a_segment_without_survivors_goes_as_a_file),
		TEST(files_go_before_single_records),
		TEST(a_missing_file_is_not_made_anew),
		TEST(nothing_is_appended_to_a_missing_file),
		TEST(a_missing_file_does_not_keep_others_from_being_purged),
		TEST(a_dropped_file_is_not_missed),
		TEST(the_unpublished_can_be_taken_back),
		TEST(a_rewritten_record_is_found_by_its_new_posting_only),
		TEST(postings_that_stay_come_and_go_are_told_apart),
		TEST(summaries_come_in_order_of_number),
		TEST(what_was_never_there_cannot_be_buried),
		TEST(a_burial_that_fails_buries_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
