#include "storage/archive_backlog.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "storage/archive_internal.h"
#include "storage/bulk.h"

enum {
	BACKLOG_BYTES = 24 * 1024 * 1024, /* those of a segment of ordinary instances */
	PIECE_KEYS = 8192,
	PIECE_BULK = 256 * 1024,
};

/* Keys in order: be16 length and bytes, one after the other. */
struct run {
	uint8_t *bytes;
	size_t size;
	size_t put;  /* bytes that have been put, and committed */
	size_t seen; /* in the transaction under way */
};

struct archive_backlog {
	struct archive *archive;
	uint32_t segment; /* of all runs */
	struct run *runs;
	size_t count, room;
	size_t bytes;
};

struct archive_backlog *archive_backlog_new(struct archive *archive)
{
	struct archive_backlog *backlog = memory_alloc(sizeof(*backlog));

	memset(backlog, 0, sizeof(*backlog));
	backlog->archive = archive;
	return backlog;
}

static void forget_runs(struct archive_backlog *backlog)
{
	size_t i;

	for (i = 0; i < backlog->count; i++)
		free(backlog->runs[i].bytes);
	backlog->count = 0;
	backlog->bytes = 0;
}

void archive_backlog_free(struct archive_backlog *backlog)
{
	if (!backlog)
		return;
	forget_runs(backlog);
	free(backlog->runs);
	free(backlog);
}

static void add_run(struct archive_backlog *backlog, const struct sort_key *keys, size_t count)
{
	struct run run = {NULL, 0, 0, 0};
	uint8_t *at;
	size_t i;

	for (i = 0; i < count; i++)
		run.size += 2 + keys[i].key.size;
	run.bytes = at = memory_alloc(run.size);
	for (i = 0; i < count; i++) {
		be16_write(at, (uint16_t)keys[i].key.size);
		memcpy(at + 2, keys[i].key.data, keys[i].key.size);
		at += 2 + keys[i].key.size;
	}
	if (backlog->count == backlog->room) {
		backlog->room = backlog->room * 2 + 64;
		backlog->runs =
			memory_resize(backlog->runs, backlog->room * sizeof(*backlog->runs));
	}
	backlog->runs[backlog->count++] = run;
	backlog->bytes += run.size + sizeof(run);
}

int archive_backlog_add(struct archive_backlog *backlog, struct arena *scratch, uint64_t first,
			const struct archive_item *items, size_t count)
{
	struct arena_mark mark = arena_mark(scratch);
	struct sort_key *keys;
	size_t key_count;

	if (!count)
		return 0;
	assert(!backlog->count || backlog->segment == first / ARCHIVE_SEGMENT);
	assert(first / ARCHIVE_SEGMENT == (first + count - 1) / ARCHIVE_SEGMENT);
	backlog->segment = (uint32_t)(first / ARCHIVE_SEGMENT);
	TRY(postings_sort(scratch, first, items, count, &keys, &key_count));
	if (key_count)
		add_run(backlog, keys, key_count);
	arena_rewind(scratch, mark);
	return 0;
}

bool archive_backlog_due(const struct archive_backlog *backlog, uint64_t number)
{
	return backlog->count &&
	       (backlog->bytes >= BACKLOG_BYTES || backlog->segment != number / ARCHIVE_SEGMENT);
}

bool archive_backlog_waits(const struct archive_backlog *backlog, uint32_t *ret_segment)
{
	*ret_segment = backlog->segment;
	return backlog->count > 0;
}

/* The runs that have keys left, as a heap: the least of their next keys comes first. */
struct lane {
	struct sort_key next;
	struct run *run;
};

struct merge {
	struct lane *lanes;
	size_t count;
};

/* False when the run has no more keys. */
static bool take_next(struct lane *lane)
{
	struct run *run = lane->run;
	const uint8_t *at = run->bytes + run->seen;

	if (run->seen == run->size)
		return false;
	lane->next = sort_key_of(at + 2, be16_read(at));
	return true;
}

static void sift_down(struct merge *merge, size_t at)
{
	struct lane moved = merge->lanes[at];
	size_t below;

	while ((below = 2 * at + 1) < merge->count) {
		const struct lane *lanes = merge->lanes;

		if (below + 1 < merge->count &&
		    sort_key_compare(&lanes[below + 1].next, &lanes[below].next) < 0)
			below++;
		if (sort_key_compare(&moved.next, &lanes[below].next) <= 0)
			break;
		merge->lanes[at] = merge->lanes[below];
		at = below;
	}
	merge->lanes[at] = moved;
}

/* Begins behind what has been put. */
static struct merge merge_begin(struct arena *arena, struct archive_backlog *backlog)
{
	struct merge merge = {arena_array(arena, backlog->count, sizeof(struct lane)), 0};
	size_t i;

	for (i = 0; i < backlog->count; i++) {
		struct lane *lane = &merge.lanes[merge.count];

		lane->run = &backlog->runs[i];
		lane->run->seen = lane->run->put;
		merge.count += take_next(lane);
	}
	for (i = merge.count / 2; i--;)
		sift_down(&merge, i);
	return merge;
}

static void merge_step(struct merge *merge)
{
	struct lane *first = merge->lanes;

	first->run->seen += 2 + first->next.key.size;
	if (!take_next(first))
		*first = merge->lanes[--merge->count];
	if (merge->count)
		sift_down(merge, 0);
}

static void keep_place(void *arg)
{
	struct archive_backlog *backlog = arg;
	bool left = false;
	size_t i;

	for (i = 0; i < backlog->count; i++) {
		backlog->runs[i].put = backlog->runs[i].seen;
		left = left || backlog->runs[i].put < backlog->runs[i].size;
	}
	if (!left)
		forget_runs(backlog);
}

static int put_piece(struct txn *txn, struct archive_backlog *backlog, DB *db, bool *ret_more)
{
	struct merge merge = merge_begin(txn->arena, backlog);
	struct bytes none = {(const uint8_t *)"", 0};
	struct bulk bulk;
	size_t i;

	bulk_init(&bulk, txn, db, PIECE_BULK, false);
	for (i = 0; i < PIECE_KEYS && merge.count; i++) {
		TRY(bulk_add(&bulk, merge.lanes[0].next.key, none));
		merge_step(&merge);
	}
	*ret_more = merge.count > 0;
	return bulk_flush(&bulk);
}

int archive_backlog_put(struct txn *txn, struct archive_backlog *backlog, bool *ret_more)
{
	struct segment_file *file;
	int code;

	*ret_more = false;
	if (!backlog->count)
		return 0;
	TRY(segment_acquire(backlog->archive, backlog->segment, &file));
	code = put_piece(txn, backlog, file->posting, ret_more);
	segment_release(backlog->archive, backlog->segment, file);
	TRY(code);
	txn_on_commit(txn, keep_place, backlog);
	return 0;
}
