/*
 * Gives the space of buried items back, segment by segment, in short transactions:
 *
 * - a full segment in which nothing lives is dropped as a file;
 * - one in which little lives is written anew without the dead (archive_rebuild.c), and the old
 * file dropped;
 * - of any other the dead records are deleted: a few of them each with its postings, many of them
 *   in bulk, with one sweep over all postings behind them.
 */
#include "storage/archive_internal.h"
#include "storage/bulk.h"
#include "storage/log_ahead.h"
#include "storage/reserve.h"

enum {
	PURGE_RECORDS = 1000,
	PURGE_BYTES = 1024 * 1024,
	PURGE_ROOM = 64 * 1024 * 1024,
	SWEEP_MIN = 256, /* dead ones for which a sweep is cheaper than single deletes */
	SWEEP_DELETES = 2000,
	SWEEP_KEYS = 25 * 1000,
	SWEEP_BULK = 64 * 1024,
};

struct purge {
	struct archive *archive;
	struct arena *arena;
	uint32_t index;
	struct segment *segment;
	struct segment_file *file;
	unsigned parts; /* of a piece are done one by one */
	archive_postings postings;
	void *arg;
	bool waits;    /* a stale file has readers still */
	uint32_t next; /* ordinal at which the next piece begins; 0: the pass is over */
	struct bytes sweep_next;
};

static uint64_t first_number(const struct purge *purge)
{
	return (uint64_t)purge->index * ARCHIVE_SEGMENT;
}

/* A segment in which nothing lives. */

static int drop_file(struct txn *txn, const struct purge *purge)
{
	struct archive *archive = purge->archive;
	uint8_t from[4], to[4];
	struct bytes first = {from, 4}, last = {to, 4};
	struct entry entry;

	be32_write(from, purge->index * BLOCKS);
	be32_write(to, (purge->index + 1) * BLOCKS);
	TRY(txn_delete_range(txn, archive->dead_table, first, last));
	TRY(marks_drop(txn, archive, purge->index));
	TRY(entry_get(txn, archive, purge->index, &entry));
	TRY(segment_file_remove(txn, purge->archive, purge->index, entry.state / STATE_GENERATION));
	entry.state |= STATE_GONE;
	entry.state &= ~(uint32_t)STATE_SWEEP;
	entry.purged = entry.count;
	entry.purged_bytes = entry.bytes;
	return entry_put(txn, archive, purge->index, &entry, UINT64_MAX);
}

static int drop_body(struct txn *txn, void *arg)
{
	struct purge *purge = arg;
	struct archive *archive = purge->archive;
	const struct segment_file *file;
	bool busy;

	if (archive->store->backups)
		return ERR_BUSY; /* files must stay until the backup is done */
	pthread_mutex_lock(&archive->handles);
	file = purge->segment->file;
	busy = file && file->users > 0;
	purge->segment->closing = !busy;
	if (!busy)
		segment_close(archive, purge->segment);
	pthread_mutex_unlock(&archive->handles);
	return busy ? ERR_BUSY : drop_file(txn, purge);
}

/* A file goes at once, so what makes it needless must not be lost to a power cut any more. */
static int make_needless(struct store *store)
{
	int code = store->env->log_flush(store->env, NULL);

	/* as in turn.c: what is committed is written, what does not fit is of others */
	if (store_is_full(code) && !log_ahead_sync())
		code = 0;
	return store_code(store, code);
}

static int drop_segment(struct purge *purge)
{
	struct store *store = purge->archive->store;
	int code;

	TRY(make_needless(store));
	code = txn_run(store, purge->arena, TXN_BACKGROUND | TXN_FREES, drop_body, purge);
	pthread_mutex_lock(&purge->archive->handles);
	purge->segment->closing = false;
	pthread_mutex_unlock(&purge->archive->handles);
	return code;
}

/* The file that a new one has replaced. */

static int drop_stale_body(struct txn *txn, void *arg)
{
	struct purge *purge = arg;
	struct entry entry;

	if (purge->archive->store->backups)
		return ERR_BUSY;
	TRY(entry_get(txn, purge->archive, purge->index, &entry));
	TRY(segment_file_remove(txn, purge->archive, purge->index,
				entry.state / STATE_GENERATION - 1));
	entry.state &= ~(uint32_t)STATE_STALE;
	return entry_put(txn, purge->archive, purge->index, &entry, UINT64_MAX);
}

static int drop_stale(struct purge *purge)
{
	struct store *store = purge->archive->store;

	TRY(make_needless(store));
	return txn_run(store, purge->arena, TXN_BACKGROUND | TXN_FREES, drop_stale_body, purge);
}

/* Runs BODY in the background with the segment's file open. */
static int run_with_file(struct purge *purge, txn_body body)
{
	int code;

	TRY(segment_acquire(purge->archive, purge->index, &purge->file));
	code = txn_run(purge->archive->store, purge->arena, TXN_BACKGROUND, body, purge);
	segment_release(purge->archive, purge->index, purge->file);
	return code;
}

/* Single records. */

static int purge_item(struct txn *txn, const struct purge *purge, uint64_t number,
		      uint64_t *ret_bytes)
{
	struct arena_mark mark = arena_mark(txn->arena);
	struct bytes record, postings = {NULL, 0};
	uint8_t key[8];

	be64_write(key, number);
	TRY(db_get(txn, purge->file->record, key, sizeof(key), &record));
	TRY(purge->postings(purge->arg, txn->arena, record, &postings));
	TRY(postings_change(txn, purge->file, postings, number, false));
	TRY(db_delete(txn, purge->file->summary, key, sizeof(key)));
	TRY(db_delete(txn, purge->file->record, key, sizeof(key)));
	*ret_bytes += record.size;
	arena_rewind(txn->arena, mark);
	return 0;
}

static int purge_few(struct txn *txn, const struct purge *purge, const uint64_t *numbers,
		     size_t count, struct entry *entry)
{
	uint64_t bytes = 0;
	size_t i;

	for (i = 0; i < count; i++)
		TRY(purge_item(txn, purge, numbers[i], &bytes));
	entry->purged_bytes += bytes;
	return 0;
}

static int delete_numbers(struct txn *txn, DB *db, const uint64_t *numbers, size_t count)
{
	struct bytes none = {NULL, 0};
	struct bulk bulk;
	size_t i;

	bulk_init(&bulk, txn, db, PURGE_RECORDS * 20, true);
	for (i = 0; i < count; i++) {
		uint8_t key[8];

		be64_write(key, numbers[i]);
		TRY(bulk_add(&bulk, (struct bytes){key, sizeof(key)}, none));
	}
	return bulk_flush(&bulk);
}

static int purge_many(struct txn *txn, const struct purge *purge, const uint64_t *numbers,
		      size_t count, struct entry *entry)
{
	TRY(delete_numbers(txn, purge->file->record, numbers, count));
	TRY(delete_numbers(txn, purge->file->summary, numbers, count));
	entry->purged_bytes += entry_weigh(entry, count);
	entry->state |= STATE_SWEEP;
	return 0;
}

/* The next dead ones whose records are there; NEXT says where to go on. */
static int find_dead(struct txn *txn, struct purge *purge, size_t limit, uint64_t *numbers,
		     size_t *ret_count)
{
	struct bytes none = {NULL, 0}, key, value;
	uint8_t from[8];
	struct scan scan;
	size_t count = 0;
	int code;

	be64_write(from, first_number(purge) + purge->segment->purge_at);
	scan_start_db(&scan, txn, purge->file->summary, (struct bytes){from, sizeof(from)}, none);
	while (!(code = scan_next(&scan, &key, &value))) {
		uint32_t ordinal = key_ordinal(key);

		if (!is_dead(purge->segment->dead, ordinal))
			continue;
		if (count == limit) {
			purge->next = ordinal;
			break;
		}
		numbers[count++] = first_number(purge) + ordinal;
	}
	*ret_count = count;
	return code == ERR_NOT_FOUND ? 0 : code;
}

static size_t records_at_once(const struct purge *purge, const struct entry *entry)
{
	uint64_t weight = entry_weigh(entry, 1) + 1;
	uint64_t count = PURGE_BYTES / weight;

	count = count < PURGE_RECORDS ? count : PURGE_RECORDS;
	return (size_t)(count / purge->parts + 1);
}

static int records_body(struct txn *txn, void *arg)
{
	struct purge *purge = arg;
	uint64_t *numbers = arena_array(txn->arena, PURGE_RECORDS + 1, sizeof(*numbers));
	struct entry entry;
	size_t count;
	bool few;

	purge->next = 0;
	TRY(entry_get(txn, purge->archive, purge->index, &entry));
	few = entry.dead - entry.purged < SWEEP_MIN && !(entry.state & STATE_SWEEP);
	TRY(find_dead(txn, purge, records_at_once(purge, &entry), numbers, &count));
	if (few)
		TRY(purge_few(txn, purge, numbers, count, &entry));
	else
		TRY(purge_many(txn, purge, numbers, count, &entry));
	entry.purged += (uint32_t)count;
	/* a whole pass that found none: their records are gone, whatever was counted */
	if (!count && !purge->next && !purge->segment->purge_at)
		entry.purged = entry.dead;
	return entry_put(txn, purge->archive, purge->index, &entry, UINT64_MAX);
}

static int purge_records(struct purge *purge)
{
	TRY(run_with_file(purge, records_body));
	purge->segment->purge_at = purge->next;
	return 0;
}

/* The postings of what has been deleted in bulk. */

static int sweep_piece(struct txn *txn, struct purge *purge, struct bulk *bulk)
{
	const struct buffer *sweep = &purge->segment->sweep;
	struct bytes from = {sweep->data, sweep->length}, none = {NULL, 0}, key, value;
	size_t keys = 0, deletes = 0;
	struct scan scan;

	scan_start_db(&scan, txn, purge->file->posting, from, none);
	do {
		TRY(scan_next(&scan, &key, &value));
		if (!is_dead(purge->segment->dead, key_ordinal(key)))
			continue;
		TRY(bulk_add(bulk, key, none));
		deletes++;
	} while (++keys < SWEEP_KEYS / purge->parts && deletes < SWEEP_DELETES / purge->parts);
	purge->sweep_next.data = arena_copy(txn->arena, key.data, key.size);
	purge->sweep_next.size = key.size;
	return 0;
}

static int sweep_body(struct txn *txn, void *arg)
{
	struct purge *purge = arg;
	struct entry entry;
	struct bulk bulk;
	int code;

	purge->sweep_next.size = 0;
	bulk_init(&bulk, txn, purge->file->posting, SWEEP_BULK, true);
	code = sweep_piece(txn, purge, &bulk);
	if (code && code != ERR_NOT_FOUND)
		return code;
	TRY(bulk_flush(&bulk));
	if (!code)
		return 0;
	TRY(entry_get(txn, purge->archive, purge->index, &entry));
	entry.state &= ~(uint32_t)STATE_SWEEP;
	return entry_put(txn, purge->archive, purge->index, &entry, UINT64_MAX);
}

static int sweep(struct purge *purge)
{
	struct buffer *at = &purge->segment->sweep;

	TRY(run_with_file(purge, sweep_body));
	at->length = 0;
	if (purge->sweep_next.size) {
		buffer_put(at, purge->sweep_next.data, purge->sweep_next.size);
		buffer_put_u8(at, 0);
	}
	return 0;
}

/* A segment in which little lives: see archive_rebuild.c. */

static int step_rebuild(struct purge *purge)
{
	return rebuild_step(purge->archive, purge->arena, purge->index, purge->segment,
			    purge->parts);
}

static int abandon_rebuild(struct purge *purge)
{
	return rebuild_abandon(purge->archive, purge->arena, purge->index, purge->segment);
}

enum work {
	WORK_NONE,
	WORK_STALE,
	WORK_DROP,
	WORK_ABANDON,
	WORK_REBUILD,
	WORK_RECORDS,
	WORK_SWEEP,
};

static const struct {
	int (*run)(struct purge *purge);
	bool needs_room; /* it goes through the log first: not on a disk that is nearly full */
} works[] = {
	[WORK_STALE] = {drop_stale,      false},
          [WORK_DROP] = {drop_segment,    false},
	[WORK_ABANDON] = {abandon_rebuild, false},
          [WORK_REBUILD] = {step_rebuild,    true },
	[WORK_RECORDS] = {purge_records,   true },
          [WORK_SWEEP] = {sweep,           true },
};

/* Locks held. A stale file that somebody still reads is left for later. */
static enum work work_of(const struct segment *segment)
{
	const struct entry *e = &segment->entry;
	bool whole = is_all_dead(e);

	if (e->state & STATE_STALE)
		return segment->retired ? WORK_NONE : WORK_STALE;
	if (e->state & STATE_BUILDING)
		return whole || !segment->rebuild ? WORK_ABANDON : WORK_REBUILD;
	if (e->state & STATE_GONE)
		return WORK_NONE;
	if (whole)
		return WORK_DROP;
	/* a sweep that has begun is ended first, or a trickle of deletions would hold it up */
	if (e->purged < e->dead && !segment->sweep.length)
		return WORK_RECORDS;
	return e->state & STATE_SWEEP ? WORK_SWEEP : WORK_NONE;
}

/* What gives room at once, or what was given up: it goes before what takes many steps. */
static bool is_quick(enum work work)
{
	return work == WORK_STALE || work == WORK_DROP || work == WORK_ABANDON;
}

/* The first segment in which something quick waits to be done, or else anything. */
static enum work find_work(struct archive *archive, struct purge *ret, struct entry *ret_entry)
{
	enum work found = WORK_NONE;
	uint32_t i;

	pthread_mutex_lock(&archive->handles);
	pthread_rwlock_rdlock(&archive->lock);
	for (i = 0; i < archive->segment_count && !is_quick(found); i++) {
		struct segment *segment = archive->segments[i];
		enum work work = work_of(segment);

		ret->waits |= segment->retired > 0;
		if (work == WORK_NONE || segment->passed_over == archive->purge_turn ||
		    (found != WORK_NONE && !is_quick(work)))
			continue;
		found = work;
		ret->segment = segment;
		ret->index = i;
		*ret_entry = segment->entry;
	}
	pthread_rwlock_unlock(&archive->lock);
	pthread_mutex_unlock(&archive->handles);
	return found;
}

static int run_work(struct purge *purge, enum work work, const struct entry *entry)
{
	if (works[work].needs_room && reserve_room_is_low(purge->archive->store->home, PURGE_ROOM))
		return ERR_FULL;
	if (work == WORK_RECORDS && !purge->segment->purge_at &&
	    rebuild_pays(purge->archive, purge->index, purge->segment, entry))
		return rebuild_begin(purge->archive, purge->arena, purge->index, purge->segment);
	return works[work].run(purge);
}

int archive_purge(struct archive *archive, struct arena *arena, unsigned parts,
		  archive_postings postings, void *arg, bool *ret_more)
{
	struct purge purge = {archive, arena, .parts = parts, .postings = postings, .arg = arg};
	struct entry entry;
	enum work work;
	int code = 0, failed = 0;

	*ret_more = false;
	TRY(segment_close_idle(archive, arena));
	archive->purge_turn++;
	/* a segment that cannot be helped now does not keep the others from being purged */
	while ((work = find_work(archive, &purge, &entry)) != WORK_NONE &&
	       (failed = run_work(&purge, work, &entry))) {
		purge.segment->passed_over = archive->purge_turn;
		code = code ? code : failed;
	}
	if (work == WORK_NONE)
		return code || !purge.waits ? code : ERR_BUSY;
	purge.waits = false;
	*ret_more = find_work(archive, &purge, &entry) != WORK_NONE || purge.waits;
	return code;
}
