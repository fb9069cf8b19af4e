#include "core/history/kin.h"

#include <stdlib.h>
#include <string.h>

#include "storage/arena.h"

struct member {
	uint32_t segment, row;
	uint32_t next; /* 1 + the place of another one of the root */
};

struct kin {
	struct columns *columns;
	size_t most;           /* members */
	struct hash_map roots; /* 1 + the place of the last member; 0: none */
	struct member *members;
	size_t count, room;
	uint64_t seen; /* rows below were looked at; 0: nothing is known */
	bool narrow;   /* there was too much to look ahead */
};

struct kin *kin_new(struct columns *columns, size_t most)
{
	struct kin *kin = memory_alloc(sizeof(*kin));

	memset(kin, 0, sizeof(*kin));
	kin->columns = columns;
	kin->most = most;
	return kin;
}

static void clear(struct kin *kin)
{
	if (kin->roots.hashes)
		hash_map_clear(&kin->roots);
	free(kin->members);
	kin->members = NULL;
	kin->count = kin->room = 0;
	kin->seen = 0;
}

void kin_forget(struct kin *kin)
{
	clear(kin);
	kin->narrow = false;
}

void kin_free(struct kin *kin)
{
	kin_forget(kin);
	free(kin);
}

bool kin_misses(const struct kin *kin, const struct hash_map *roots)
{
	size_t at;

	if (!kin->seen)
		return true;
	for (at = 0; at <= roots->mask; at++)
		if (roots->hashes[at] &&
		    !kin->roots.hashes[hash_map_at(&kin->roots, roots->hashes[at])])
			return true;
	return false;
}

size_t kin_ahead(const struct kin *kin, const struct hash_map *roots)
{
	return !kin->narrow && kin_misses(kin, roots) ? KIN_AHEAD : 0;
}

static void add_member(struct kin *kin, size_t at, uint32_t segment, uint32_t row)
{
	if (kin->count == kin->room) {
		kin->room = kin->room * 2 + 1024;
		kin->members = memory_resize(kin->members, kin->room * sizeof(*kin->members));
	}
	kin->members[kin->count++] = (struct member){segment, row, (uint32_t)kin->roots.values[at]};
	kin->roots.values[at] = (int64_t)kin->count;
}

/* Lock shared. The rows FROM to END - 1 of a segment. */
static void look_at_segment(struct kin *kin, uint32_t segment, uint32_t from, uint32_t end)
{
	const struct column_set *set = columns_set(kin->columns, segment);
	uint32_t row;

	for (row = from; row < end; row++) {
		size_t at;

		if (set->flags[row] & SUMMARY_ROOT || !set->root[row])
			continue;
		at = hash_map_at(&kin->roots, set->root[row]);
		if (kin->roots.hashes[at])
			add_member(kin, at, segment, row);
	}
}

/* What has become visible since; with MOST members it stops. False: it has stopped. */
static bool look_on(struct kin *kin, size_t most)
{
	struct archive *archive = columns_archive(kin->columns);
	uint64_t end = archive_visible(archive);

	archive_lock_shared(archive);
	while (kin->seen < end && kin->count <= most) {
		uint32_t segment = (uint32_t)(kin->seen / ARCHIVE_SEGMENT);
		uint32_t from = (uint32_t)(kin->seen % ARCHIVE_SEGMENT);
		uint64_t behind = (uint64_t)(segment + 1) * ARCHIVE_SEGMENT;
		uint64_t last = behind < end ? behind : end;

		if (!archive_gone(archive, segment) &&
		    columns_set(kin->columns, segment)->bounds[BOUND_KIN].high)
			look_at_segment(kin, segment, from, from + (uint32_t)(last - kin->seen));
		kin->seen = last;
	}
	archive_unlock(archive);
	return kin->count <= most;
}

static void want_roots(struct kin *kin, const struct hash_map *roots)
{
	size_t at;

	for (at = 0; at <= roots->mask; at++)
		if (roots->hashes[at])
			hash_map_put(&kin->roots, roots->hashes[at], 0);
}

static void want_roots_of(struct kin *kin, const uint64_t *numbers, size_t count)
{
	struct archive *archive = columns_archive(kin->columns);
	uint64_t end = archive_visible(archive);
	size_t i;

	archive_lock_shared(archive);
	for (i = 0; i < count; i++) {
		uint32_t segment = (uint32_t)(numbers[i] / ARCHIVE_SEGMENT);
		uint64_t root;

		if (numbers[i] >= end || archive_gone(archive, segment))
			continue; /* UINT64_MAX, too: no number */
		root = columns_set(kin->columns, segment)->root[numbers[i] % ARCHIVE_SEGMENT];
		if (root)
			hash_map_put(&kin->roots, root, 0);
	}
	archive_unlock(archive);
}

static void begin(struct kin *kin, const struct hash_map *roots, size_t more)
{
	clear(kin);
	hash_map_init(&kin->roots, roots->count + more);
	want_roots(kin, roots);
}

void kin_know(struct kin *kin, const struct hash_map *roots, const uint64_t *numbers, size_t count)
{
	if (kin_misses(kin, roots)) {
		if (kin->narrow)
			count = 0;
		begin(kin, roots, count);
		want_roots_of(kin, numbers, count);
	}
	if (look_on(kin, kin->narrow ? SIZE_MAX : kin->most))
		return;
	kin->narrow = true;
	begin(kin, roots, 0);
	look_on(kin, SIZE_MAX);
}

struct kin_walk kin_of(struct kin *kin, uint64_t root)
{
	size_t at = hash_map_at(&kin->roots, root);

	return (struct kin_walk){kin, (uint32_t)kin->roots.values[at]};
}

bool kin_next(struct kin_walk *walk, uint64_t *ret_number)
{
	struct archive *archive = columns_archive(walk->kin->columns);

	while (walk->next) {
		const struct member *member = &walk->kin->members[walk->next - 1];
		uint64_t number = (uint64_t)member->segment * ARCHIVE_SEGMENT + member->row;

		walk->next = member->next;
		if (archive_hidden(archive, number))
			continue;
		*ret_number = number;
		return true;
	}
	return false;
}
