/*
 * What an archive's own files share: its segments in memory, their files, their directory entries.
 *
 * archive.c reads and writes items, archive_posting.c sorts their postings, archive_mark.c lays
 * marks over them, archive_segment.c opens and closes files and keeps the directory,
 * archive_purge.c gives space back.
 */
#ifndef STORAGE_ARCHIVE_INTERNAL_H
#define STORAGE_ARCHIVE_INTERNAL_H

#include "storage/archive.h"

#include <db.h>
#include <pthread.h>
#include <stdatomic.h>

#include "storage/store_internal.h"
#include "storage/txn_internal.h"

enum {
	BLOCK_BYTES = ARCHIVE_BLOCK / 8,
	BLOCKS = ARCHIVE_SEGMENT / ARCHIVE_BLOCK,
	POSTING_MAX = 1022, /* bytes, without the number */
};

/* States of a segment, in the lowest byte; above it the generation of its file. */
enum {
	STATE_GONE = 1,     /* the file has been dropped */
	STATE_SWEEP = 2,    /* postings of purged records are still there */
	STATE_STALE = 4,    /* the file of the generation before is still there */
	STATE_BUILDING = 8, /* so may be a part of the next generation's */
	STATE_GENERATION = 256,
};

/* What the directory keeps of a segment. */
struct entry {
	uint32_t count, dead, purged, state;
	uint64_t bytes, purged_bytes;
};

/* A segment's file while it is open. */
struct segment_file {
	DB *record, *summary, *posting;
	unsigned users; /* readers and writers that hold it */
	bool retired;   /* another one took its place: the last user closes it */
};

/* A segment on its way into a new file, without its dead. */
struct rebuild {
	struct segment_file *file;
	uint8_t dead[ARCHIVE_DEAD_BYTES]; /* those that are left out */
	uint32_t dead_count;
	uint32_t generation; /* of the new file */
	uint64_t changes;    /* of the segment, when it began */
	uint64_t bytes;      /* of the records copied so far */
	int part;            /* which of the databases is in hand */
	struct buffer at;    /* its first key that is not copied */
};

struct segment {
	struct entry entry;
	uint8_t *dead;             /* ARCHIVE_DEAD_BYTES */
	struct segment_file *file; /* NULL while it is closed */
	bool closing;
	bool missing;        /* the file, though something lives in it; the log has said so */
	uint32_t retired;    /* files that others still use */
	uint32_t purge_at;   /* ordinal from which on purging goes on */
	struct buffer sweep; /* posting from which on sweeping goes on */
	struct rebuild *rebuild;
	unsigned misses;      /* rebuilds in a row that came too late */
	uint64_t built_bytes; /* of the file when it was new; 0 = not known */
	uint32_t built_rows;
	uint64_t changes;     /* of records and summaries after they were appended */
	uint64_t used;        /* turn of the last use */
	uint64_t passed_over; /* turn of purging in which it could not be helped */
};

struct archive {
	struct store *store;
	char *name;
	unsigned directory_table, dead_table, mark_table;
	pthread_rwlock_t lock; /* dead bits, visible, next, segment_count, entries */
	pthread_mutex_t handles;
	struct segment **segments;
	uint32_t segment_count, capacity;
	_Atomic uint64_t visible, next;
	_Atomic uint64_t records_read, postings_read;
	int64_t returned; /* bytes of files that went, since the archive was opened; by the lock */
	uint64_t use_counter;
	uint64_t purge_turn; /* of the purging thread alone */
	unsigned open_count;
};

/* A new segment at the end. Lock exclusive, or nobody else there yet. */
struct segment *segment_add(struct archive *archive);

/* Where the file of GENERATION lies, in the store's directory. */
void segment_file_name(const struct archive *archive, uint32_t index, uint32_t generation,
		       char *name, size_t size);

/*
 * Opens the file if need be and keeps it open until segment_release(). ERR_NOT_FOUND when the
 * segment is not there, or no longer; ERR_CORRUPT when its file is missing, which the log says.
 */
int segment_acquire(struct archive *archive, uint32_t index, struct segment_file **ret);
void segment_release(struct archive *archive, uint32_t index, struct segment_file *file);

/* Opens the three databases of a file. */
int segment_file_open(struct store *store, const char *name, enum open_mode mode,
		      struct segment_file **ret);
void segment_file_close(struct segment_file *file);

/* Closes the segment's file; `handles` held, without users. */
void segment_close(struct archive *archive, struct segment *segment);

/* Closes files that were not used for long when many are open. */
int segment_close_idle(struct archive *archive, struct arena *arena);

/* The entry as the transaction sees it: all zero for a segment that is not there yet. */
int entry_get(struct txn *txn, struct archive *archive, uint32_t index, struct entry *ret);

/* Writes the entry; memory follows at the commit, with NEXT unless that is UINT64_MAX. */
int entry_put(struct txn *txn, struct archive *archive, uint32_t index, const struct entry *entry,
	      uint64_t next);

int entry_decode(struct bytes bytes, struct entry *ret);

/* To be called by whoever changes what has been appended: a rebuild under way has copied it. */
void segment_changes(struct txn *txn, struct archive *archive, uint32_t index);

/* Marks (archive_mark.c): that of NUMBER goes, or those of a whole segment. */
int marks_take_off(struct txn *txn, struct archive *archive, uint64_t number);
int marks_drop(struct txn *txn, const struct archive *archive, uint32_t index);

/* What COUNT of the records that are left weigh, on average. */
static inline uint64_t entry_weigh(const struct entry *entry, uint64_t count)
{
	uint32_t left = entry->count - entry->purged;

	return left ? (entry->bytes - entry->purged_bytes) * count / left : 0;
}

/* Removes the file of GENERATION in the transaction, if it is there. */
int segment_file_remove(struct txn *txn, struct archive *archive, uint32_t index,
			uint32_t generation);

/*
 * The rebuild of a segment (archive_rebuild.c), by the purging thread alone: begun when the file is
 * more than twice as large as what lives in it, then step by step until segment->rebuild is gone.
 */
bool rebuild_pays(struct archive *archive, uint32_t index, const struct segment *segment,
		  const struct entry *entry);
int rebuild_begin(struct archive *archive, struct arena *arena, uint32_t index,
		  struct segment *segment);
int rebuild_step(struct archive *archive, struct arena *arena, uint32_t index,
		 struct segment *segment, unsigned parts);

/* Removes what there is of a new file. ERR_BUSY while a backup needs the files as they are. */
int rebuild_abandon(struct archive *archive, struct arena *arena, uint32_t index,
		    struct segment *segment);
void rebuild_free(struct rebuild *rebuild);

/* A posting's key, and its first bytes as a number: they decide most comparisons. */
struct sort_key {
	uint64_t head;
	struct bytes key;
};

struct sort_key sort_key_of(const uint8_t *data, size_t size);
int sort_key_compare(const void *a, const void *b);

/*
 * The keys of all postings of ITEMS, which are numbered from FIRST on, each with its number behind
 * it, in order and once. ERR_CORRUPT.
 */
int postings_sort(struct arena *arena, uint64_t first, const struct archive_item *items,
		  size_t item_count, struct sort_key **ret_keys, size_t *ret_count);

/* Adds or removes POSTINGS (struct archive_item) of NUMBER one by one. */
int postings_change(struct txn *txn, const struct segment_file *file, struct bytes postings,
		    uint64_t number, bool add);

/* A full segment in which nothing lives. */
static inline bool is_all_dead(const struct entry *entry)
{
	return entry->dead == entry->count && entry->count == ARCHIVE_SEGMENT;
}

static inline void note_reads(_Atomic uint64_t *counter, uint64_t more)
{
	atomic_fetch_add_explicit(counter, more, memory_order_relaxed);
}

static inline bool is_dead(const uint8_t *dead, uint32_t ordinal)
{
	return dead[ordinal / 8] >> ordinal % 8 & 1;
}

/* The number within the segment: at the end of a posting's key, and of a number's as well. */
static inline uint32_t key_ordinal(struct bytes key)
{
	return be16_read(key.data + key.size - 2) % ARCHIVE_SEGMENT;
}

#endif
