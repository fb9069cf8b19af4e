/* Values laid over items. */
#include "storage/archive.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/storage/fixture.h"

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

enum { COUNT = ARCHIVE_SEGMENT + 1000, AT_ONCE = 4096, NONE = -1 };

struct world {
	struct fixture *f;
	struct archive *archive;
	int64_t *seen; /* by number: the mark, or NONE */
};

static int open_archive(struct world *world)
{
	return archive_open(&world->archive, world->f->store, &world->f->arena, "test",
			    (struct archive_tables){FIXTURE_DIRECTORY, FIXTURE_DEAD, FIXTURE_MARK});
}

static int append_body(struct txn *txn, void *arg)
{
	static const uint8_t bytes[4];
	struct world *world = arg;
	struct archive_item *items = arena_array(txn->arena, AT_ONCE, sizeof(*items));
	uint64_t next = archive_next(world->archive), first;
	size_t i, count = COUNT - next < AT_ONCE ? COUNT - next : AT_ONCE;

	for (i = 0; i < count; i++)
		items[i] = (struct archive_item){
			{bytes, 4},
                        {bytes, 4},
                        {bytes, 0}
                };
	TRY(archive_append(txn, world->archive, items, count, &first));
	return archive_publish(txn, world->archive, first + count);
}

static int set_up(void **state)
{
	static struct world world;
	void *f;

	TRY(fixture_set_up(&f));
	world.f = f;
	*state = &world;
	TRY(open_archive(&world));
	while (archive_next(world.archive) < COUNT)
		TRY(fixture_run(world.f, append_body, &world));
	world.seen = arena_array(&world.f->arena, COUNT, sizeof(*world.seen));
	return 0;
}

static int tear_down(void **state)
{
	struct world *world = *state;
	void *f = world->f;

	archive_close(world->archive);
	return fixture_tear_down(&f);
}

static void note(void *arg, uint64_t number, int64_t mark)
{
	struct world *world = arg;

	assert_in_range(number, 0, COUNT - 1);
	assert_int_equal(world->seen[number], NONE); /* each comes once */
	world->seen[number] = mark;
}

static void look(struct world *world)
{
	struct txn reader = txn_reader(world->f->store, &world->f->arena);
	uint32_t segment;
	size_t i;

	for (i = 0; i < COUNT; i++)
		world->seen[i] = NONE;
	for (segment = 0; segment < 3; segment++)
		assert_int_equal(archive_marks(&reader, world->archive, segment, note, world), 0);
}

struct marking {
	struct archive *archive;
	uint64_t *numbers;
	int64_t *marks;
	size_t count;
	bool fails;
};

static int mark_body(struct txn *txn, void *arg)
{
	struct marking *marking = arg;

	TRY(archive_mark(txn, marking->archive, marking->numbers, marking->marks, marking->count));
	return marking->fails ? ERR_INPUT : 0;
}

/* Marks every STEP-th number from FIRST to END (exclusive): with BASE, plus its number times EACH.
 */
static int mark(struct world *world, uint64_t first, uint64_t end, uint64_t step, int64_t base,
		int64_t each, bool fails)
{
	struct arena *arena = &world->f->arena;
	struct marking args = {world->archive, arena_array(arena, end - first, 8),
			       arena_array(arena, end - first, 8), 0, fails};

	for (; first < end; first += step) {
		args.numbers[args.count] = first;
		args.marks[args.count++] = base + each * (int64_t)first;
	}
	return fixture_run(world->f, mark_body, &args);
}

static void what_was_never_marked_has_no_mark(void **state)
{
	struct world *world = *state;
	size_t i;

	assert_int_equal(mark(world, 5, 5, 1, 0, 0, false), 0);
	look(world);
	for (i = 0; i < COUNT; i++)
		assert_int_equal(world->seen[i], NONE);
}

/* Alike and different ones, in groups that are full and not, over the end of a segment. */
static void marks_lie_over_their_numbers_alone(void **state)
{
	struct world *world = *state;
	size_t i;

	assert_int_equal(mark(world, 100, 20000, 3, 7, 0, false), 0);
	assert_int_equal(mark(world, 20000, COUNT, 1, 0, 1000, false), 0);
	look(world);
	for (i = 0; i < COUNT; i++)
		assert_int_equal(world->seen[i], i >= 20000               ? (int64_t)i * 1000
						 : i >= 100 && i % 3 == 1 ? 7
									  : NONE);
}

static void a_new_mark_takes_the_place_of_the_old_one(void **state)
{
	struct world *world = *state;
	size_t i;

	assert_int_equal(mark(world, 0, 1000, 1, 7, 0, false), 0);
	assert_int_equal(mark(world, 10, 900, 2, INT64_MIN, 0, false), 0);
	assert_int_equal(mark(world, 500, 700, 5, 3, 1, false), 0);
	archive_close(world->archive);
	assert_int_equal(fixture_reopen(world->f), 0);
	assert_int_equal(open_archive(world), 0);
	look(world);
	for (i = 0; i < 1000; i++) {
		int64_t expected = i >= 500 && i < 700 && i % 5 == 0  ? 3 + (int64_t)i
				   : i >= 10 && i < 900 && i % 2 == 0 ? INT64_MIN
								      : 7;

		assert_int_equal(world->seen[i], expected);
	}
}

static void marks_that_fail_are_not_there(void **state)
{
	struct world *world = *state;
	size_t i;

	assert_int_equal(mark(world, 0, 200, 1, 7, 0, false), 0);
	assert_int_equal(mark(world, 0, 200, 2, 8, 0, true), ERR_INPUT);
	look(world);
	for (i = 0; i < 200; i++)
		assert_int_equal(world->seen[i], 7);
}

static int rewrite_body(struct txn *txn, void *arg)
{
	static const uint8_t bytes[4];
	struct world *world = arg;
	struct archive_item item = {
		{bytes, 4},
                {bytes, 4},
                {bytes, 0}
        };

	TRY(archive_rewrite(txn, world->archive, 70, &item, (struct bytes){bytes, 0}, true));
	return archive_rewrite(txn, world->archive, 200, &item, (struct bytes){bytes, 0}, true);
}

static void a_rewritten_item_has_no_mark(void **state)
{
	struct world *world = *state;

	assert_int_equal(mark(world, 69, 72, 1, 7, 0, false), 0);
	assert_int_equal(mark(world, 200, 201, 1, 7, 0, false), 0); /* alone in its group */
	assert_int_equal(fixture_run(world->f, rewrite_body, world), 0);
	look(world);
	assert_int_equal(world->seen[69], 7);
	assert_int_equal(world->seen[70], NONE);
	assert_int_equal(world->seen[71], 7);
	assert_int_equal(world->seen[200], NONE);
}

static int bury_body(struct txn *txn, void *arg)
{
	struct world *world = arg;
	uint64_t *numbers = arena_array(txn->arena, ARCHIVE_SEGMENT, sizeof(*numbers));
	size_t i, buried;

	for (i = 0; i < ARCHIVE_SEGMENT; i++)
		numbers[i] = i;
	return archive_bury(txn, world->archive, numbers, ARCHIVE_SEGMENT, &buried);
}

static void marks_go_with_their_segment_and_do_not_come_back(void **state)
{
	struct world *world = *state;
	bool more = true;
	size_t i;

	assert_int_equal(mark(world, 0, COUNT, 7, 7, 0, false), 0);
	assert_int_equal(fixture_run(world->f, bury_body, world), 0);
	while (more)
		assert_int_equal(
			archive_purge(world->archive, &world->f->arena, 1, NULL, NULL, &more), 0);
	assert_true(archive_gone(world->archive, 0));
	assert_int_equal(mark(world, 3, COUNT, 7, 8, 0, false), 0);
	look(world);
	for (i = 0; i < COUNT; i++)
		assert_int_equal(world->seen[i], i < ARCHIVE_SEGMENT ? NONE
						 : i % 7 == 0        ? 7
						 : i % 7 == 3        ? 8
								     : NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_was_never_marked_has_no_mark),
		TEST(marks_lie_over_their_numbers_alone),
		TEST(a_new_mark_takes_the_place_of_the_old_one),
		TEST(marks_that_fail_are_not_there),
		TEST(a_rewritten_item_has_no_mark),
		TEST(marks_go_with_their_segment_and_do_not_come_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
