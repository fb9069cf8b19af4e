/* Changes of many summaries at once: records and postings stay as they are. */
#include "storage/archive_internal.h"

#include <string.h>

#include "storage/bulk.h"

enum {
	BULK_BYTES = 256 * 1024,
	PAIR_BYTES = 256, /* of a number with its summary in bulk, at most */
	SPARSE = 64,      /* summaries for each that is wanted, from which on each is looked up */
};

struct rewriting {
	struct txn *txn;
	const uint64_t *numbers; /* of one segment */
	size_t count;
	size_t first; /* index of numbers[0] among all */
	archive_change change;
	void *arg;
	struct bulk bulk;
};

static int rewrite_one(struct rewriting *rewriting, size_t i, struct bytes summary)
{
	uint8_t key[8], *changed = arena_copy(rewriting->txn->arena, summary.data, summary.size);

	be64_write(key, rewriting->numbers[i]);
	rewriting->change(rewriting->arg, rewriting->first + i, changed);
	return bulk_add(&rewriting->bulk, (struct bytes){key, sizeof(key)},
			(struct bytes){changed, summary.size});
}

static int look_up(struct rewriting *rewriting, DB *db)
{
	size_t i;

	for (i = 0; i < rewriting->count; i++) {
		struct arena_mark mark = arena_mark(rewriting->txn->arena);
		struct bytes summary;
		uint8_t key[8];
		int code;

		be64_write(key, rewriting->numbers[i]);
		code = db_get(rewriting->txn, db, key, sizeof(key), &summary);
		if (code && code != ERR_NOT_FOUND)
			return code;
		if (!code)
			TRY(rewrite_one(rewriting, i, summary));
		arena_rewind(rewriting->txn->arena, mark);
	}
	return 0;
}

static int sweep(struct rewriting *rewriting, DB *db)
{
	uint8_t from[8], to[8];
	struct bytes key, value;
	struct scan scan;
	size_t i = 0;
	int code;

	be64_write(from, rewriting->numbers[0]);
	be64_write(to, rewriting->numbers[rewriting->count - 1] + 1);
	scan_start_db(&scan, rewriting->txn, db, (struct bytes){from, 8}, (struct bytes){to, 8});
	while (!(code = scan_next(&scan, &key, &value))) {
		uint64_t number = key.size == 8 ? be64_read(key.data) : 0;

		while (i < rewriting->count && rewriting->numbers[i] < number)
			i++; /* purged */
		if (i < rewriting->count && rewriting->numbers[i] == number)
			TRY(rewrite_one(rewriting, i, value));
	}
	return code == ERR_NOT_FOUND ? 0 : code;
}

static int rewrite_segment(struct rewriting *rewriting, struct archive *archive, uint32_t index)
{
	uint64_t span = rewriting->numbers[rewriting->count - 1] - rewriting->numbers[0];
	struct segment_file *file;
	size_t bytes = BULK_BYTES;
	int code = segment_acquire(archive, index, &file);

	if (code)
		return code == ERR_NOT_FOUND ? 0 : code;
	if (rewriting->count < BULK_BYTES / PAIR_BYTES)
		bytes = (rewriting->count + 1) * PAIR_BYTES;
	bulk_init(&rewriting->bulk, rewriting->txn, file->summary, bytes, false);
	code = span / SPARSE > rewriting->count ? look_up(rewriting, file->summary)
						: sweep(rewriting, file->summary);
	if (!code)
		code = bulk_flush(&rewriting->bulk);
	segment_release(archive, index, file);
	segment_changes(rewriting->txn, archive, index);
	return code;
}

int archive_rewrite_summaries(struct txn *txn, struct archive *archive, const uint64_t *numbers,
			      size_t count, archive_change change, void *arg)
{
	size_t at = 0, end;

	while (at < count) {
		uint32_t index = (uint32_t)(numbers[at] / ARCHIVE_SEGMENT);
		struct rewriting rewriting = {.txn = txn,
					      .numbers = numbers + at,
					      .first = at,
					      .change = change,
					      .arg = arg};

		for (end = at + 1; end < count && numbers[end] / ARCHIVE_SEGMENT == index; end++)
			;
		rewriting.count = end - at;
		TRY(rewrite_segment(&rewriting, archive, index));
		at = end;
	}
	return 0;
}
