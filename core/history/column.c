#include "core/history/column.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/history/first_ids.h"
#include "storage/snapshot.h"

enum { ROOM_MIN = 256, SAVE_ROOM = 256 * 1024 * 1024 };

struct columns {
	struct store *store;
	struct archive *archive;
	const char *name;
	struct column_set **sets;
	uint32_t count, room;
	void *zeros;      /* arrays of segments that are gone; NULL = none yet */
	uint64_t meaning; /* how often columns_meaning_changed() was called */
};

/* Every array of a set with its element's size: what has to grow together. */
static const struct {
	size_t offset, size;
} arrays[] = {
	{offsetof(struct column_set, order),            8},
	{offsetof(struct column_set, low),              8},
	{offsetof(struct column_set, start_time),       8},
	{offsetof(struct column_set, end_time),         8},
	{offsetof(struct column_set, removal_time),     8},
	{offsetof(struct column_set, business_key),     8},
	{offsetof(struct column_set, root),             8},
	{offsetof(struct column_set, super),            8},
	{offsetof(struct column_set, definition),       4},
	{offsetof(struct column_set, tenant),           4},
	{offsetof(struct column_set, user),             4},
	{offsetof(struct column_set, state),            1},
	{offsetof(struct column_set, flags),            1},
	{offsetof(struct column_set, children),         2},
	{offsetof(struct column_set, removal_time_set), 1},
	{offsetof(struct column_set, span),             4},
	{offsetof(struct column_set, counts[0]),        1},
	{offsetof(struct column_set, counts[1]),        1},
	{offsetof(struct column_set, counts[2]),        1},
	{offsetof(struct column_set, counts[3]),        1},
};

/* activity instances, tasks, variables, details */
const unsigned char column_counts[COLUMN_COUNTS] = {0, 1, 3, 4};

static void **array_of(struct column_set *set, size_t i)
{
	return (void **)(void *)((char *)set + arrays[i].offset);
}

static void grow_set(struct column_set *set, uint32_t rows)
{
	uint32_t room = set->room ? set->room : ROOM_MIN;
	size_t i;

	while (room < rows)
		room *= 2;
	for (i = 0; room > set->room && i < ARRAY_SIZE(arrays); i++) {
		void **array = array_of(set, i);

		*array = memory_resize(*array, room * arrays[i].size);
		memset((char *)*array + set->room * arrays[i].size, 0,
		       (room - set->room) * arrays[i].size);
	}
	if (room > set->room)
		set->room = room;
}

/* Bytes of a full segment: its bounds, then its arrays. */
static size_t full_size(void)
{
	size_t i, size = sizeof(((struct column_set *)NULL)->bounds);

	for (i = 0; i < ARRAY_SIZE(arrays); i++)
		size += ARCHIVE_SEGMENT * arrays[i].size;
	return size;
}

/* Tells layouts apart: other arrays, other sizes, other order of bytes. */
static uint32_t layout(void)
{
	static const uint16_t one = 1;
	uint32_t number = *(const uint8_t *)&one;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(arrays); i++)
		number = number * 31 + (uint32_t)arrays[i].size;
	return number * 31 + BOUND_MAX;
}

static void snapshot_name(const struct columns *columns, uint32_t segment, char name[64])
{
	snprintf(name, 64, "%s-%04u", columns->name, segment);
}

static void free_arrays(struct column_set *set)
{
	size_t i;

	first_ids_free(set->first_ids);
	if (set->mapped)
		snapshot_unmap(set->mapped, full_size());
	for (i = 0; !set->mapped && !set->absent && i < ARRAY_SIZE(arrays); i++)
		free(*array_of(set, i));
}

static struct column_set *set_of(struct columns *columns, uint32_t segment)
{
	while (columns->count <= segment) {
		if (columns->count == columns->room) {
			columns->room = columns->room ? columns->room * 2 : 8;
			columns->sets = memory_resize(columns->sets,
						      columns->room * sizeof(*columns->sets));
		}
		columns->sets[columns->count] = memory_alloc(sizeof(struct column_set));
		memset(columns->sets[columns->count], 0, sizeof(struct column_set));
		columns->count++;
	}
	return columns->sets[segment];
}

static void widen(struct column_bound *bound, int64_t value, bool first)
{
	if (first || value < bound->low)
		bound->low = value;
	if (first || value > bound->high)
		bound->high = value;
}

static int64_t or_never(int64_t removal_time)
{
	return removal_time == TIME_NULL ? INT64_MAX : removal_time;
}

static void set_row(struct column_set *set, uint32_t row, const struct summary *summary)
{
	bool first = !set->bounded;
	size_t i;

	grow_set(set, row + 1);
	set->bounded = true;
	widen(&set->bounds[BOUND_START_TIME], summary->start_time, first);
	widen(&set->bounds[BOUND_END_TIME], summary->end_time, first);
	widen(&set->bounds[BOUND_DURATION],
	      columns_duration(summary->start_time, summary->end_time), first);
	widen(&set->bounds[BOUND_REMOVAL_TIME], or_never(summary->removal_time), first);
	widen(&set->bounds[BOUND_KIN], summary->root && !(summary->flags & SUMMARY_ROOT), first);
	widen(&set->bounds[BOUND_STANDALONE], summary->state == STATE_STANDALONE_TASK, first);
	if (row >= set->count)
		set->count = row + 1;
	set->changes++;
	set->order[row] = summary->order;
	set->low[row] = be64_read(summary->key + 8);
	set->start_time[row] = summary->start_time;
	set->end_time[row] = summary->end_time;
	set->removal_time[row] = summary->removal_time;
	set->business_key[row] = summary->business_key;
	set->root[row] = summary->root;
	set->super[row] = summary->super;
	set->definition[row] = summary->definition;
	set->tenant[row] = summary->tenant;
	set->user[row] = summary->user;
	set->state[row] = summary->state;
	set->flags[row] = summary->flags;
	set->children[row] = summary->children;
	set->removal_time_set[row] = summary->removal_time_set;
	set->span[row] = summary->span;
	for (i = 0; i < COLUMN_COUNTS; i++) {
		uint16_t count = summary->counts[column_counts[i]];

		set->counts[i][row] = count < UINT8_MAX ? (uint8_t)count : UINT8_MAX;
	}
}

struct loading {
	struct columns *columns;
	int code;
};

static void load_row(void *arg, uint64_t number, struct bytes bytes)
{
	struct loading *loading = arg;
	struct summary summary;
	int code = summary_decode(bytes, &summary);

	if (code)
		loading->code = code;
	else
		set_row(set_of(loading->columns, (uint32_t)(number / ARCHIVE_SEGMENT)),
			(uint32_t)(number % ARCHIVE_SEGMENT), &summary);
}

/* The row has that removal time whatever its summary says. */
static void set_removal_time(struct column_set *set, uint32_t row, int64_t time)
{
	set->removal_time[row] = time;
	set->removal_time_set[row] = 1;
	widen(&set->bounds[BOUND_REMOVAL_TIME], or_never(time), false);
	set->changes++;
}

static void load_mark(void *arg, uint64_t number, int64_t mark)
{
	struct loading *loading = arg;
	struct column_set *set = set_of(loading->columns, (uint32_t)(number / ARCHIVE_SEGMENT));
	uint32_t row = (uint32_t)(number % ARCHIVE_SEGMENT);

	if (row < set->count) /* else it has been purged */
		set_removal_time(set, row, mark);
}

static int drop_snapshot(struct columns *columns, uint32_t segment)
{
	char name[64];

	snapshot_name(columns, segment, name);
	return snapshot_drop(columns->store, name);
}

static bool is_visible(const struct columns *columns, uint32_t segment)
{
	return ((uint64_t)segment + 1) * ARCHIVE_SEGMENT <= archive_visible(columns->archive);
}

/* The arrays of a full segment lie in MAPPED, behind the bounds. */
static void lay_arrays(struct column_set *set, void *mapped)
{
	uint8_t *at = (uint8_t *)mapped + sizeof(set->bounds);
	size_t i;

	set->mapped = mapped;
	for (i = 0; i < ARRAY_SIZE(arrays); i++) {
		*array_of(set, i) = at;
		at += ARCHIVE_SEGMENT * arrays[i].size;
	}
}

/* The set of a full segment from its snapshot. */
static bool map_set(struct columns *columns, uint32_t segment)
{
	struct column_set *set = set_of(columns, segment);
	char name[64];
	void *mapped;

	if (!is_visible(columns, segment))
		return false;
	snapshot_name(columns, segment, name);
	if (snapshot_map(columns->store, name, layout(), full_size(), &mapped))
		return false;
	memcpy(set->bounds, mapped, sizeof(set->bounds));
	lay_arrays(set, mapped);
	set->count = set->room = ARCHIVE_SEGMENT;
	set->saved = set->bounded = true;
	return true;
}

/* Somebody may ask for a row before he learns that it is gone. */
static void set_absent(struct columns *columns, uint32_t segment)
{
	struct column_set *set = set_of(columns, segment);
	size_t i;

	if (!columns->zeros) {
		columns->zeros = memory_alloc(ARCHIVE_SEGMENT * sizeof(uint64_t));
		memset(columns->zeros, 0, ARCHIVE_SEGMENT * sizeof(uint64_t));
	}
	set->absent = true;
	set->saved = true; /* its snapshot may be there still: it goes by and by */
	for (i = 0; i < ARRAY_SIZE(arrays); i++)
		*array_of(set, i) = columns->zeros;
}

/* The last rows may have been purged: who does not know yet that they are dead asks for them, too.
 */
static void have_every_row(struct columns *columns, uint32_t segment)
{
	struct column_set *set = set_of(columns, segment);
	uint64_t rows = archive_next(columns->archive) - (uint64_t)segment * ARCHIVE_SEGMENT;

	rows = rows < ARCHIVE_SEGMENT ? rows : ARCHIVE_SEGMENT;
	grow_set(set, (uint32_t)rows);
	set->count = (uint32_t)rows;
}

int columns_open(struct columns **ret, struct store *store, struct archive *archive,
		 const char *name, struct arena *arena)
{
	struct columns *columns = memory_alloc(sizeof(*columns));
	struct loading loading = {columns, 0};
	struct txn reader = txn_reader(store, arena);
	uint32_t segment, segments;
	int code = 0;

	memset(columns, 0, sizeof(*columns));
	columns->store = store;
	columns->archive = archive;
	columns->name = name;
	segments = (uint32_t)((archive_next(archive) + ARCHIVE_SEGMENT - 1) / ARCHIVE_SEGMENT);
	for (segment = 0; segment < segments && !code; segment++) {
		struct arena_mark mark = arena_mark(arena);

		if (archive_gone(archive, segment)) {
			set_absent(columns, segment);
			continue;
		}
		if (map_set(columns, segment))
			continue;
		/* what cannot be mapped now must not be mapped when it is out of date */
		code = drop_snapshot(columns, segment);
		if (code)
			break;
		code = archive_summaries(&reader, archive, segment, load_row, &loading);
		if (!code)
			code = archive_marks(&reader, archive, segment, load_mark, &loading);
		arena_rewind(arena, mark);
		have_every_row(columns, segment);
	}
	code = code ? code : loading.code;
	if (code)
		columns_close(columns);
	else
		*ret = columns;
	return code;
}

/* The snapshot of NUMBER's segment says what will be true no more. */
static int forget_saved(struct columns *columns, uint64_t number)
{
	uint32_t segment = (uint32_t)(number / ARCHIVE_SEGMENT);
	bool saved;

	archive_lock_shared(columns->archive);
	saved = segment < columns->count && columns->sets[segment]->saved;
	archive_unlock(columns->archive);
	if (!saved)
		return 0;
	TRY(drop_snapshot(columns, segment));
	archive_lock_exclusive(columns->archive);
	columns->sets[segment]->saved = false;
	archive_unlock(columns->archive);
	return 0;
}

/* What a segment took that is gone: nobody looks at its columns any more once the lock is held. */
static void release(struct columns *columns, uint32_t segment)
{
	struct column_set old;

	archive_lock_exclusive(columns->archive);
	old = *columns->sets[segment];
	memset(columns->sets[segment], 0, sizeof(old));
	columns->sets[segment]->changes = old.changes + 1;
	set_absent(columns, segment);
	archive_unlock(columns->archive);
	free_arrays(&old);
}

static bool is_prepared(const struct column_set *set)
{
	return set->prepared && set->prepared_changes == set->changes;
}

/* Under the lock. Whether the segment's snapshot is missing, or it takes room although it is gone.
 */
static bool is_unsaved(const struct columns *columns, uint32_t segment)
{
	const struct column_set *set = columns->sets[segment];

	if (archive_gone(columns->archive, segment))
		return set->saved || !set->absent;
	if (set->saved || set->count < ARCHIVE_SEGMENT)
		return false;
	/* while the next one is not begun, postings may come, which count as changes */
	return is_visible(columns, segment) || (segment + 1 < columns->count && !is_prepared(set));
}

/* Under the lock. The first such segment, or the number of segments. */
static uint32_t find_unsaved(const struct columns *columns)
{
	uint32_t segment;

	for (segment = 0; segment < columns->count; segment++)
		if (is_unsaved(columns, segment))
			break;
	return segment;
}

static void copy_set(const struct column_set *set, uint8_t *at)
{
	size_t i;

	memcpy(at, set->bounds, sizeof(set->bounds));
	at += sizeof(set->bounds);
	for (i = 0; i < ARRAY_SIZE(arrays); i++) {
		memcpy(at, *array_of((struct column_set *)(uintptr_t)set, i),
		       ARCHIVE_SEGMENT * arrays[i].size);
		at += ARCHIVE_SEGMENT * arrays[i].size;
	}
}

struct saving {
	struct columns *columns;
	uint32_t segment;
	char name[64];
};

/*
 * In a transaction nobody else commits: what was copied is still true, or is left alone. The lock
 * is not held while the disk is waited for: readers want it.
 */
static int publish_body(struct txn *txn, void *arg)
{
	const struct saving *saving = arg;
	struct columns *columns = saving->columns;
	struct column_set *set;
	bool prepared;
	int code = 0;

	(void)txn;
	archive_lock_shared(columns->archive);
	set = columns->sets[saving->segment];
	prepared = is_prepared(set);
	archive_unlock(columns->archive);
	if (prepared)
		code = snapshot_publish(columns->store, saving->name);
	archive_lock_exclusive(columns->archive);
	set->saved = set->saved || (prepared && !code);
	set->prepared = false;
	archive_unlock(columns->archive);
	return code;
}

/*
 * SET has been written with these CHANGES. If it can be read where it was written, what it took of
 * memory is given back.
 */
static void note_prepared(const struct saving *saving, struct column_set *set, uint64_t changes)
{
	struct columns *columns = saving->columns;
	struct column_set spare = {.mapped = NULL};
	void *mapped = NULL;
	bool can = !snapshot_map_prepared(columns->store, saving->name, layout(), full_size(),
					  &mapped);

	archive_lock_exclusive(columns->archive);
	set->prepared = true;
	set->prepared_changes = changes;
	if (can && set->changes == changes) {
		spare = *set;
		spare.first_ids = NULL; /* they stay with the set */
		lay_arrays(set, mapped);
	} else if (can) {
		lay_arrays(&spare, mapped);
	}
	archive_unlock(columns->archive);
	free_arrays(&spare);
}

static int prepare(const struct saving *saving)
{
	struct columns *columns = saving->columns;
	size_t size = full_size();
	uint8_t *bytes = memory_alloc(size);
	struct column_set *set;
	uint64_t changes;
	int code;

	archive_lock_shared(columns->archive);
	set = columns->sets[saving->segment];
	changes = set->changes;
	copy_set(set, bytes);
	archive_unlock(columns->archive);
	code = snapshot_prepare(columns->store, saving->name, layout(), bytes, size);
	free(bytes);
	if (!code)
		note_prepared(saving, set, changes);
	return code;
}

static int save_segment(struct columns *columns, uint32_t segment, struct arena *arena)
{
	struct saving saving = {.columns = columns, .segment = segment};
	bool prepared, visible;

	archive_lock_shared(columns->archive);
	prepared = is_prepared(columns->sets[segment]);
	visible = is_visible(columns, segment);
	archive_unlock(columns->archive);
	snapshot_name(columns, segment, saving.name);
	if (!prepared)
		TRY(prepare(&saving));
	return visible ? txn_run(columns->store, arena, TXN_BACKGROUND, publish_body, &saving) : 0;
}

int columns_save(struct columns *columns, struct arena *arena, bool *ret_more)
{
	uint32_t segment, count;
	bool gone;

	archive_lock_shared(columns->archive);
	segment = find_unsaved(columns);
	count = columns->count;
	gone = segment < count && archive_gone(columns->archive, segment);
	archive_unlock(columns->archive);
	*ret_more = segment < count;
	if (!*ret_more)
		return 0;
	if (gone) {
		release(columns, segment);
		return forget_saved(columns, (uint64_t)segment * ARCHIVE_SEGMENT);
	}
	if (store_room_is_low(columns->store, SAVE_ROOM)) {
		*ret_more = false; /* they are a luxury */
		return 0;
	}
	return save_segment(columns, segment, arena);
}

int columns_publish(struct columns *columns, struct arena *arena)
{
	uint32_t segment;

	for (segment = 0; segment < columns->count; segment++) {
		bool prepared;

		archive_lock_shared(columns->archive);
		prepared = is_prepared(columns->sets[segment]) && is_visible(columns, segment) &&
			   !archive_gone(columns->archive, segment);
		archive_unlock(columns->archive);
		if (prepared)
			TRY(save_segment(columns, segment, arena));
	}
	return 0;
}

void columns_close(struct columns *columns)
{
	uint32_t i;

	for (i = 0; i < columns->count; i++) {
		free_arrays(columns->sets[i]);
		free(columns->sets[i]);
	}
	free(columns->sets);
	free(columns->zeros);
	free(columns);
}

struct archive *columns_archive(const struct columns *columns)
{
	return columns->archive;
}

uint32_t columns_count(const struct columns *columns)
{
	return columns->count;
}

const struct column_set *columns_set(const struct columns *columns, uint32_t segment)
{
	return columns->sets[segment];
}

void columns_row(const struct columns *columns, uint64_t number, struct summary *ret)
{
	const struct column_set *set = columns->sets[number / ARCHIVE_SEGMENT];
	uint32_t row = (uint32_t)(number % ARCHIVE_SEGMENT);

	memset(ret, 0, sizeof(*ret));
	ret->order = set->order[row];
	be64_write(ret->key, set->order[row]);
	be64_write(ret->key + 8, set->low[row]);
	ret->start_time = set->start_time[row];
	ret->end_time = set->end_time[row];
	ret->removal_time = set->removal_time[row];
	ret->business_key = set->business_key[row];
	ret->root = set->root[row];
	ret->super = set->super[row];
	ret->definition = set->definition[row];
	ret->tenant = set->tenant[row];
	ret->user = set->user[row];
	ret->state = set->state[row];
	ret->flags = set->flags[row];
	ret->children = set->children[row];
	ret->removal_time_set = set->removal_time_set[row];
	ret->span = set->span[row];
}

struct following {
	struct columns *columns;
	uint64_t first;
	const struct summary *summaries;
	size_t count;
};

static void apply_rows(void *arg)
{
	const struct following *following = arg;
	size_t i;

	archive_lock_exclusive(following->columns->archive);
	for (i = 0; i < following->count; i++) {
		uint64_t number = following->first + i;
		struct column_set *set =
			set_of(following->columns, (uint32_t)(number / ARCHIVE_SEGMENT));

		if (!set->absent)
			set_row(set, (uint32_t)(number % ARCHIVE_SEGMENT),
				&following->summaries[i]);
	}
	archive_unlock(following->columns->archive);
}

int columns_follow(struct txn *txn, struct columns *columns, uint64_t first,
		   const struct summary *summaries, size_t count)
{
	struct following following = {columns, first, summaries, count};
	size_t i;

	for (i = 0; i < count; i++)
		if (!i || (first + i) % ARCHIVE_SEGMENT == 0)
			TRY(forget_saved(columns, first + i));
	txn_on_commit(txn, apply_rows, arena_copy(txn->arena, &following, sizeof(following)));
	return 0;
}

/* Removal times that a commit brings. */
struct removal_times {
	struct columns *columns;
	const uint64_t *numbers;
	const int64_t *times;
	size_t count;
};

static void apply_removal_times(void *arg)
{
	const struct removal_times *change = arg;
	size_t i;

	archive_lock_exclusive(change->columns->archive);
	for (i = 0; i < change->count; i++) {
		struct column_set *set =
			change->columns->sets[change->numbers[i] / ARCHIVE_SEGMENT];
		uint32_t row = (uint32_t)(change->numbers[i] % ARCHIVE_SEGMENT);

		if (set->absent)
			continue;
		set_removal_time(set, row, change->times[i]);
	}
	archive_unlock(change->columns->archive);
}

int columns_follow_removal_times(struct txn *txn, struct columns *columns, const uint64_t *numbers,
				 const int64_t *removal_times, size_t count)
{
	struct removal_times change = {columns, numbers, removal_times, count};
	size_t i;

	for (i = 0; i < count; i++)
		if (!i || numbers[i] / ARCHIVE_SEGMENT != numbers[i - 1] / ARCHIVE_SEGMENT)
			TRY(forget_saved(columns, numbers[i]));
	txn_on_commit(txn, apply_removal_times, arena_copy(txn->arena, &change, sizeof(change)));
	return 0;
}

struct change {
	struct columns *columns;
	uint32_t segment;
};

static void apply_change(void *arg)
{
	const struct change *change = arg;

	archive_lock_exclusive(change->columns->archive);
	set_of(change->columns, change->segment)->changes++;
	archive_unlock(change->columns->archive);
}

void columns_meaning_changed(struct columns *columns)
{
	archive_lock_exclusive(columns->archive);
	columns->meaning++;
	archive_unlock(columns->archive);
}

uint64_t columns_meaning(const struct columns *columns)
{
	return columns->meaning;
}

void columns_postings_came(struct txn *txn, struct columns *columns, uint32_t segment)
{
	struct change change = {columns, segment};

	txn_on_commit(txn, apply_change, arena_copy(txn->arena, &change, sizeof(change)));
}

void columns_note_least(struct columns *columns, uint32_t segment, int64_t removal_time)
{
	archive_lock_exclusive(columns->archive);
	columns->sets[segment]->bounds[BOUND_REMOVAL_TIME].low = removal_time;
	archive_unlock(columns->archive);
}

void columns_note_idle(struct columns *columns, uint32_t segment, uint64_t key, int64_t until)
{
	struct column_set *set;

	archive_lock_exclusive(columns->archive);
	set = columns->sets[segment];
	set->idle_changes = set->changes;
	set->idle_key = key;
	set->idle_until = until;
	archive_unlock(columns->archive);
}

bool columns_removal_time(const struct columns *columns, uint64_t number, int64_t *ret)
{
	uint32_t row = (uint32_t)(number % ARCHIVE_SEGMENT);
	const struct column_set *set;
	bool is_set;

	archive_lock_shared(columns->archive);
	set = columns->sets[number / ARCHIVE_SEGMENT];
	is_set = set->removal_time_set[row];
	*ret = set->removal_time[row];
	archive_unlock(columns->archive);
	return is_set;
}

uint64_t columns_bytes(const struct columns *columns)
{
	uint64_t bytes = 0;
	uint32_t s;
	size_t i;

	archive_lock_shared(columns->archive);
	for (s = 0; s < columns->count; s++)
		for (i = 0; i < ARRAY_SIZE(arrays); i++)
			bytes += columns->sets[s]->room * arrays[i].size;
	archive_unlock(columns->archive);
	return bytes;
}
