/* Postings put later than their items: all of them, in order, once, whatever fails in between. */
#include "storage/archive_backlog.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/storage/fixture.h"

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

enum { RUN = 500, POSTING = 6 };

struct world {
	struct fixture *f;
	struct archive *archive;
	struct archive_backlog *backlog;
};

static int set_up(void **state)
{
	static struct world world;
	void *f;

	TRY(fixture_set_up(&f));
	world.f = f;
	*state = &world;
	TRY(archive_open(&world.archive, world.f->store, &world.f->arena, "test",
			 (struct archive_tables){FIXTURE_DIRECTORY, FIXTURE_DEAD, FIXTURE_MARK}));
	world.backlog = archive_backlog_new(world.archive);
	return 0;
}

static int tear_down(void **state)
{
	struct world *world = *state;
	void *f = world->f;

	archive_backlog_free(world->backlog);
	archive_close(world->archive);
	return fixture_tear_down(&f);
}

/* Numbers far apart stand side by side in the postings: their last digit comes first. */
static void posting_of(uint64_t number, uint8_t posting[POSTING + 1])
{
	char text[32];

	snprintf(text, sizeof(text), "p%u%04u", (unsigned)(number % 10),
		 (unsigned)(number / 10 % 10000));
	memcpy(posting, text, POSTING);
}

static struct archive_item *items_of(struct arena *arena, uint64_t first, size_t count)
{
	struct archive_item *items = arena_array(arena, count, sizeof(*items));
	size_t i;

	for (i = 0; i < count; i++) {
		uint8_t *bytes = arena_alloc(arena, 2 + POSTING + 1);

		posting_of(first + i, bytes + 2);
		bytes[1] = POSTING;
		items[i].record = items[i].summary = (struct bytes){bytes, 2 + POSTING};
		items[i].postings = items[i].record;
	}
	return items;
}

struct append {
	struct archive *archive;
	struct archive_item *items;
	size_t count;
};

static int append_body(struct txn *txn, void *arg)
{
	struct append *append = arg;
	struct archive_item *bare =
		arena_copy(txn->arena, append->items, append->count * sizeof(*bare));
	uint64_t first;
	size_t i;

	for (i = 0; i < append->count; i++)
		bare[i].postings.size = 0;
	return archive_append(txn, append->archive, bare, append->count, &first);
}

static void append(struct world *world, size_t count)
{
	struct arena_mark mark = arena_mark(&world->f->arena);
	uint64_t first = archive_next(world->archive);
	struct append args = {world->archive, items_of(&world->f->arena, first, count), count};

	assert_int_equal(fixture_run(world->f, append_body, &args), 0);
	assert_int_equal(
		archive_backlog_add(world->backlog, &world->f->arena, first, args.items, count), 0);
	arena_rewind(&world->f->arena, mark);
}

struct putting {
	struct archive_backlog *backlog;
	bool more, fails;
};

static int put_body(struct txn *txn, void *arg)
{
	struct putting *putting = arg;

	TRY(archive_backlog_put(txn, putting->backlog, &putting->more));
	return putting->fails ? ERR_INPUT : 0;
}

static unsigned put(struct world *world)
{
	struct putting putting = {world->backlog, true, false};
	unsigned pieces;

	for (pieces = 0; putting.more; pieces++)
		assert_int_equal(fixture_run(world->f, put_body, &putting), 0);
	return pieces;
}

struct finding {
	uint8_t last[POSTING];
	uint64_t count;
};

static bool check(void *arg, struct bytes key, uint64_t number)
{
	struct finding *finding = arg;
	uint8_t posting[POSTING + 1];

	posting_of(number, posting);
	assert_int_equal(key.size, POSTING);
	assert_memory_equal(key.data, posting, POSTING);
	if (finding->count++)
		assert_true(memcmp(finding->last, posting, POSTING) < 0);
	memcpy(finding->last, posting, POSTING);
	return true;
}

/* How many postings the first segment has; they are checked to be those of their numbers. */
static uint64_t found(struct world *world)
{
	struct txn reader = txn_reader(world->f->store, &world->f->arena);
	struct bytes none = {NULL, 0};
	struct finding finding = {.count = 0};

	assert_int_equal(archive_find(&reader, world->archive, 0, none, none, check, &finding), 0);
	return finding.count;
}

static void what_waits_is_put_in_pieces(void **state)
{
	struct world *world = *state;
	uint32_t segment;
	int i;

	for (i = 0; i < 20; i++)
		append(world, RUN);
	assert_true(archive_backlog_waits(world->backlog, &segment));
	assert_int_equal(segment, 0);
	assert_int_equal(found(world), 0);
	assert_in_range(put(world), 2, 20);
	assert_false(archive_backlog_waits(world->backlog, &segment));
	assert_int_equal(found(world), 20 * RUN);
	append(world, RUN);
	assert_int_equal(put(world), 1);
	assert_int_equal(found(world), 21 * RUN);
	assert_int_equal(put(world), 1); /* of nothing */
}

static void a_piece_that_fails_is_put_again(void **state)
{
	struct world *world = *state;
	struct putting putting = {world->backlog, true, true};
	int i;

	for (i = 0; i < 20; i++)
		append(world, RUN);
	for (i = 0; i < 4; i++) {
		putting.fails = i % 2 == 0;
		assert_int_equal(fixture_run(world->f, put_body, &putting),
				 putting.fails ? ERR_INPUT : 0);
		assert_int_equal(putting.more, i < 2);
	}
	assert_int_equal(found(world), 20 * RUN);
}

static void it_is_due_when_it_is_large_or_the_segment_ends(void **state)
{
	struct world *world = *state;
	uint64_t number = 0;

	assert_false(archive_backlog_due(world->backlog, ARCHIVE_SEGMENT));
	append(world, RUN);
	assert_false(archive_backlog_due(world->backlog, RUN));
	assert_true(archive_backlog_due(world->backlog, ARCHIVE_SEGMENT));
	for (; !archive_backlog_due(world->backlog, RUN); number += RUN) {
		struct arena_mark mark = arena_mark(&world->f->arena);

		assert_int_equal(
			archive_backlog_add(world->backlog, &world->f->arena, number % 10000,
					    items_of(&world->f->arena, number % 10000, RUN), RUN),
			0);
		arena_rewind(&world->f->arena, mark);
		assert_in_range(number, 0, 100 * 1000 * 1000);
	}
	assert_in_range(number, ARCHIVE_SEGMENT, 100 * 1000 * 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_waits_is_put_in_pieces),
		TEST(a_piece_that_fails_is_put_again),
		TEST(it_is_due_when_it_is_large_or_the_segment_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
