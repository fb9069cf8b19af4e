/*
 * Writes a segment anew without its dead, piece by piece, as the next generation of its file.
 *
 * The new file is written without a log and forced to disk; then one transaction puts it in the old
 * one's place, unless the segment changed meanwhile: then it is thrown away. Readers and writers
 * are not held up. What a killed process left is known by STATE_BUILDING.
 */
#include "storage/archive_internal.h"

#include <stdlib.h>
#include <string.h>

#include "storage/bulk.h"

enum {
	STEP_BYTES = 1024 * 1024,
	STEP_KEYS = 25 * 1000,
	STEP_BULK = 256 * 1024,
	PARTS = 3, /* record, summary, posting; then sync, then the end */
	MISSES_MAX = 3,
	REBUILD_SLACK = 1024 * 1024, /* bytes of a file that no rebuild is worth */
	ROW_BYTES = 144,             /* that an item takes beside its record: a summary, two keys */
};

struct step {
	struct archive *archive;
	uint32_t index;
	struct segment *segment;
	struct segment_file *source;
	struct bytes next; /* size 0: the part is copied */
	uint64_t bytes;
	bool outdated;
	unsigned parts;      /* of a step are done one by one */
	uint32_t generation; /* of the new file, when it begins */
};

static DB *part_of(const struct segment_file *file, int part)
{
	DB *const parts[PARTS] = {file->record, file->summary, file->posting};

	return parts[part];
}

static void end(struct segment *segment)
{
	rebuild_free(segment->rebuild);
	segment->rebuild = NULL;
	segment->purge_at = 0;
	segment->sweep.length = 0;
}

static int begin_body(struct txn *txn, void *arg)
{
	struct step *step = arg;
	struct entry entry;

	TRY(entry_get(txn, step->archive, step->index, &entry));
	step->generation = entry.state / STATE_GENERATION + 1;
	entry.state |= STATE_BUILDING;
	return entry_put(txn, step->archive, step->index, &entry, UINT64_MAX);
}

static struct rebuild *snapshot(struct archive *archive, const struct segment *segment)
{
	struct rebuild *rebuild = memory_alloc(sizeof(*rebuild));
	uint32_t i;

	memset(rebuild, 0, sizeof(*rebuild));
	buffer_init(&rebuild->at);
	pthread_rwlock_rdlock(&archive->lock);
	memcpy(rebuild->dead, segment->dead, ARCHIVE_DEAD_BYTES);
	rebuild->changes = segment->changes;
	pthread_rwlock_unlock(&archive->lock);
	for (i = 0; i < ARCHIVE_SEGMENT; i++)
		rebuild->dead_count += is_dead(rebuild->dead, i);
	return rebuild;
}

static int open_fresh(struct step *step, enum open_mode mode)
{
	char name[128];

	segment_file_name(step->archive, step->index, step->segment->rebuild->generation, name,
			  sizeof(name));
	return segment_file_open(step->archive->store, name, mode, &step->segment->rebuild->file);
}

int rebuild_begin(struct archive *archive, struct arena *arena, uint32_t index,
		  struct segment *segment)
{
	struct step step = {.archive = archive, .index = index};
	int code;

	step.segment = segment;
	TRY(txn_run(archive->store, arena, TXN_BACKGROUND, begin_body, &step));
	segment->rebuild = snapshot(archive, segment);
	segment->rebuild->generation = step.generation;
	code = open_fresh(&step, OPEN_UNLOGGED);
	if (code)
		end(segment); /* what there is of it will be abandoned */
	return code;
}

static bool step_full(const struct step *step, size_t keys)
{
	return step->bytes >= STEP_BYTES / step->parts || keys >= STEP_KEYS / step->parts;
}

/* Copies a piece of the part in hand. */
static int copy_some(struct txn *txn, struct step *step)
{
	const struct rebuild *rebuild = step->segment->rebuild;
	struct bytes from = {rebuild->at.data, rebuild->at.length}, none = {NULL, 0}, key, value;
	struct scan scan;
	struct bulk bulk;
	size_t keys = 0;
	int code;

	step->next = none;
	step->bytes = 0;
	bulk_init(&bulk, txn, part_of(rebuild->file, rebuild->part), STEP_BULK, false);
	scan_start_db(&scan, txn, part_of(step->source, rebuild->part), from, none);
	scan_in_pieces(&scan);
	while (!(code = scan_next(&scan, &key, &value))) {
		if (step_full(step, keys++)) {
			step->next.data = arena_copy(txn->arena, key.data, key.size);
			step->next.size = key.size;
			break;
		}
		if (is_dead(rebuild->dead, key_ordinal(key)))
			continue;
		TRY(bulk_add(&bulk, key, value));
		step->bytes += value.size;
	}
	return code && code != ERR_NOT_FOUND ? code : bulk_flush(&bulk);
}

static int copy_piece(struct step *step, struct arena *arena)
{
	struct rebuild *rebuild = step->segment->rebuild;
	struct txn reader = txn_reader(step->archive->store, arena);
	struct buffer *at = &rebuild->at;
	int code;

	TRY(segment_acquire(step->archive, step->index, &step->source));
	code = copy_some(&reader, step);
	segment_release(step->archive, step->index, step->source);
	TRY(code);
	at->length = 0;
	buffer_put(at, step->next.data, step->next.size);
	rebuild->bytes += rebuild->part == 0 ? step->bytes : 0;
	rebuild->part += !step->next.size;
	return 0;
}

/* What has been copied is on disk from here on; changes behind it are logged. */
static int make_durable(struct step *step)
{
	struct rebuild *rebuild = step->segment->rebuild;
	int part;

	for (part = 0; part < PARTS; part++) {
		DB *db = part_of(rebuild->file, part);
		int code = db->sync(db, 0);

		if (code)
			return store_code(step->archive->store, code);
	}
	segment_file_close(rebuild->file);
	rebuild->file = NULL;
	rebuild->part++;
	return open_fresh(step, OPEN_THERE);
}

/* After the commit: the new file takes the old one's place. */
static void swap_files(void *arg)
{
	struct step *step = arg;
	struct archive *archive = step->archive;
	struct segment *segment = step->segment;
	struct segment_file *old;

	pthread_mutex_lock(&archive->handles);
	old = segment->file;
	segment->file = segment->rebuild->file;
	segment->rebuild->file = NULL;
	if (!old) {
		archive->open_count++;
	} else if (old->users) {
		old->retired = true;
		segment->retired++;
	} else {
		segment_file_close(old);
	}
	pthread_mutex_unlock(&archive->handles);
}

static int finish_body(struct txn *txn, void *arg)
{
	struct step *step = arg;
	const struct rebuild *rebuild = step->segment->rebuild;
	struct entry entry;

	/* a running backup may have copied a part of the new file, and no log completes it */
	if (step->archive->store->backups)
		return ERR_BUSY;
	step->outdated = step->segment->changes != rebuild->changes;
	if (step->outdated)
		return 0;
	TRY(entry_get(txn, step->archive, step->index, &entry));
	entry.purged = rebuild->dead_count;
	entry.purged_bytes = entry.bytes - rebuild->bytes;
	entry.state = (entry.state / STATE_GENERATION + 1) * STATE_GENERATION | STATE_STALE;
	txn_on_commit(txn, swap_files, step);
	return entry_put(txn, step->archive, step->index, &entry, UINT64_MAX);
}

/* As far as the file's pages in use tell. */
static uint64_t file_bytes(const struct segment_file *file)
{
	DB_MPOOLFILE *pool = file->record->get_mpf(file->record);
	db_pgno_t last;
	u_int32_t page;

	if (pool->get_last_pgno(pool, &last) || file->record->get_pagesize(file->record, &page))
		return 0;
	return (uint64_t)last * page;
}

/* What the new file takes for what lives in it: it will not pay to write it anew at once. */
static void note_size(struct step *step)
{
	struct segment_file *file;

	if (segment_acquire(step->archive, step->index, &file))
		return;
	step->segment->built_bytes = file_bytes(file);
	step->segment->built_rows = ARCHIVE_SEGMENT - step->segment->rebuild->dead_count;
	segment_release(step->archive, step->index, file);
}

static int finish(struct step *step, struct arena *arena)
{
	TRY(txn_run(step->archive->store, arena, TXN_BACKGROUND, finish_body, step));
	if (step->outdated) {
		step->segment->misses++;
		return rebuild_abandon(step->archive, arena, step->index, step->segment);
	}
	step->segment->misses = 0;
	note_size(step);
	end(step->segment);
	return 0;
}

int rebuild_step(struct archive *archive, struct arena *arena, uint32_t index,
		 struct segment *segment, unsigned parts)
{
	struct step step = {.archive = archive, .index = index, .segment = segment, .parts = parts};
	int code;

	if (segment->rebuild->part > PARTS)
		return finish(&step, arena);
	if (segment->rebuild->part == PARTS)
		code = make_durable(&step);
	else
		code = copy_piece(&step, arena);
	if (code)
		end(segment); /* what there is of it will be abandoned: it takes room */
	return code;
}

static int abandon_body(struct txn *txn, void *arg)
{
	struct step *step = arg;
	struct entry entry;

	if (step->archive->store->backups)
		return ERR_BUSY;
	TRY(entry_get(txn, step->archive, step->index, &entry));
	TRY(segment_file_remove(txn, step->archive, step->index,
				entry.state / STATE_GENERATION + 1));
	entry.state &= ~(uint32_t)STATE_BUILDING;
	return entry_put(txn, step->archive, step->index, &entry, UINT64_MAX);
}

int rebuild_abandon(struct archive *archive, struct arena *arena, uint32_t index,
		    struct segment *segment)
{
	struct step step = {.archive = archive, .index = index};

	end(segment);
	return txn_run(archive->store, arena, TXN_BACKGROUND | TXN_FREES, abandon_body, &step);
}

bool rebuild_pays(struct archive *archive, uint32_t index, const struct segment *segment,
		  const struct entry *entry)
{
	uint32_t rows = entry->count - entry->dead;
	uint64_t living = entry_weigh(entry, rows) + (uint64_t)rows * ROW_BYTES, bytes;
	struct segment_file *file;

	if (entry->count < ARCHIVE_SEGMENT || segment->misses >= MISSES_MAX ||
	    ((uint64_t)index + 1) * ARCHIVE_SEGMENT > archive->visible ||
	    segment_acquire(archive, index, &file))
		return false;
	bytes = file_bytes(file);
	segment_release(archive, index, file);
	if (segment->built_rows)
		living = segment->built_bytes * rows / segment->built_rows;
	return bytes > 2 * living + REBUILD_SLACK;
}
