/*
 * Marks: values laid over items, those of GROUP numbers in one record of the archive's table.
 *
 * The record: be64 which of the numbers have a mark, lowest first, then these marks, be64 each, in
 * order of number; a single one when all are alike.
 */
#include "storage/archive_internal.h"

#include <string.h>

#include "storage/bulk.h"

enum {
	GROUP = 64,
	GROUPS = ARCHIVE_SEGMENT / GROUP,
	RECORD_MAX = 8 + 8 * GROUP,
	BULK_BYTES = 256 * 1024,
};

struct group {
	uint64_t marked;
	int64_t marks[GROUP];
};

static bool has_mark(const struct group *group, size_t at)
{
	return group->marked >> at & 1;
}

static int decode(struct bytes bytes, struct group *ret)
{
	size_t i, at = 8, count;

	if (bytes.size < 16)
		return ERR_CORRUPT;
	ret->marked = be64_read(bytes.data);
	count = (size_t)__builtin_popcountll(ret->marked);
	if (bytes.size != 16 && bytes.size != 8 + 8 * count)
		return ERR_CORRUPT;
	for (i = 0; i < GROUP; i++) {
		if (!has_mark(ret, i))
			continue;
		ret->marks[i] = (int64_t)be64_read(bytes.data + at);
		at += bytes.size == 16 ? 0 : 8;
	}
	return 0;
}

static bool are_alike(const struct group *group)
{
	int64_t mark = group->marks[__builtin_ctzll(group->marked)];
	size_t i;

	for (i = 0; i < GROUP; i++)
		if (has_mark(group, i) && group->marks[i] != mark)
			return false;
	return true;
}

/* Of a group that has marks; -> how many bytes. */
static size_t encode(const struct group *group, uint8_t bytes[RECORD_MAX])
{
	bool alike = are_alike(group);
	size_t i, size = 8;

	be64_write(bytes, group->marked);
	for (i = 0; i < GROUP; i++) {
		if (!has_mark(group, i) || (alike && size > 8))
			continue;
		be64_write(bytes + size, (uint64_t)group->marks[i]);
		size += 8;
	}
	return size;
}

static int group_get(struct txn *txn, const struct archive *archive, const uint8_t key[4],
		     struct group *ret)
{
	struct bytes value;
	int code = txn_get(txn, archive->mark_table, key, 4, &value);

	memset(ret, 0, sizeof(*ret));
	if (code)
		return code == ERR_NOT_FOUND ? 0 : code;
	return decode(value, ret);
}

/* What the group had before stays, where it has none in FRESH. */
static void keep_others(struct group *fresh, const struct group *before)
{
	size_t i;

	for (i = 0; i < GROUP; i++)
		if (!has_mark(fresh, i))
			fresh->marks[i] = before->marks[i];
	fresh->marked |= before->marked;
}

/* Numbers of one group. */
static int mark_group(struct txn *txn, const struct archive *archive, struct bulk *bulk,
		      const uint64_t *numbers, const int64_t *marks, size_t count)
{
	struct group group = {0}, before;
	uint8_t key[4], value[RECORD_MAX];
	size_t i;

	be32_write(key, (uint32_t)(numbers[0] / GROUP));
	for (i = 0; i < count; i++) {
		group.marked |= (uint64_t)1 << numbers[i] % GROUP;
		group.marks[numbers[i] % GROUP] = marks[i];
	}
	if (group.marked != UINT64_MAX) {
		TRY(group_get(txn, archive, key, &before));
		keep_others(&group, &before);
	}
	return bulk_add(bulk, (struct bytes){key, sizeof(key)},
			(struct bytes){value, encode(&group, value)});
}

int archive_mark(struct txn *txn, struct archive *archive, const uint64_t *numbers,
		 const int64_t *marks, size_t count)
{
	size_t at = 0, end, bytes = count * (RECORD_MAX + BULK_PAIR);
	struct bulk bulk;

	bulk_init(&bulk, txn, txn->store->tables[archive->mark_table],
		  bytes < BULK_BYTES ? bytes : BULK_BYTES, false);
	for (; at < count; at = end) {
		struct arena_mark mark = arena_mark(txn->arena);

		for (end = at + 1; end < count && numbers[end] / GROUP == numbers[at] / GROUP;)
			end++;
		if (archive_gone(archive, (uint32_t)(numbers[at] / ARCHIVE_SEGMENT)))
			continue;
		TRY(mark_group(txn, archive, &bulk, numbers + at, marks + at, end - at));
		arena_rewind(txn->arena, mark);
	}
	return bulk_flush(&bulk);
}

int marks_take_off(struct txn *txn, struct archive *archive, uint64_t number)
{
	uint8_t key[4], value[RECORD_MAX];
	struct group group;

	be32_write(key, (uint32_t)(number / GROUP));
	TRY(group_get(txn, archive, key, &group));
	if (!has_mark(&group, number % GROUP))
		return 0;
	group.marked &= ~((uint64_t)1 << number % GROUP);
	if (!group.marked)
		return txn_delete(txn, archive->mark_table, key, sizeof(key));
	return txn_put(txn, archive->mark_table, key, sizeof(key), value, encode(&group, value));
}

/* Keys of all groups of a segment: from the first to the one behind the last. */
static void keys_of_segment(uint32_t index, uint8_t from[4], uint8_t to[4])
{
	be32_write(from, index * GROUPS);
	be32_write(to, (index + 1) * GROUPS);
}

int marks_drop(struct txn *txn, const struct archive *archive, uint32_t index)
{
	uint8_t from[4], to[4];

	keys_of_segment(index, from, to);
	return txn_delete_range(txn, archive->mark_table, (struct bytes){from, 4},
				(struct bytes){to, 4});
}

int archive_marks(struct txn *txn, const struct archive *archive, uint32_t segment,
		  void (*found)(void *arg, uint64_t number, int64_t mark), void *arg)
{
	struct bytes key, value;
	uint8_t from[4], to[4];
	struct group group;
	struct scan scan;
	size_t i;
	int code;

	keys_of_segment(segment, from, to);
	scan_start(&scan, txn, archive->mark_table, (struct bytes){from, 4}, (struct bytes){to, 4});
	while (!(code = scan_next(&scan, &key, &value))) {
		TRY(decode(value, &group));
		for (i = 0; i < GROUP && key.size == 4; i++)
			if (has_mark(&group, i))
				found(arg, (uint64_t)be32_read(key.data) * GROUP + i,
				      group.marks[i]);
	}
	return code == ERR_NOT_FOUND ? 0 : code;
}
