/*
 * What an archive's own files share: its segments in memory, their files, their directory entries.
 *
 * archive.c reads and writes items, archive_segment.c opens and closes files and keeps the
 * directory, archive_purge.c gives space back.
 */
#ifndef STORAGE_ARCHIVE_INTERNAL_H
#define STORAGE_ARCHIVE_INTERNAL_H

#include "storage/archive.h"

#include <db.h>
#include <pthread.h>

#include "storage/store_internal.h"
#include "storage/txn_internal.h"

enum {
	BLOCK_BYTES = ARCHIVE_BLOCK / 8,
	BLOCKS = ARCHIVE_SEGMENT / ARCHIVE_BLOCK,
	POSTING_MAX = 1022, /* bytes, without the number */
};

/* States of a segment, in the lowest byte; above it the generation of its file. */
enum {
	STATE_GONE = 1,  /* the file has been dropped */
	STATE_SWEEP = 2, /* postings of purged records are still there */
	STATE_STALE = 4, /* the file of the generation before is still there */
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

struct segment {
	struct entry entry;
	uint8_t *dead;             /* ARCHIVE_DEAD_BYTES */
	struct segment_file *file; /* NULL while it is closed */
	bool closing;
	uint32_t retired;    /* files that others still use */
	uint32_t purge_at;   /* ordinal from which on purging goes on */
	struct buffer sweep; /* posting from which on sweeping goes on */
	uint64_t used;       /* turn of the last use */
};

struct archive {
	struct store *store;
	char *name;
	unsigned directory_table, dead_table;
	pthread_rwlock_t lock; /* dead bits, visible, next, segment_count, entries */
	pthread_mutex_t handles;
	struct segment **segments;
	uint32_t segment_count, capacity;
	_Atomic uint64_t visible, next;
	uint64_t use_counter;
	unsigned open_count;
};

/* A new segment at the end. Lock exclusive, or nobody else there yet. */
struct segment *segment_add(struct archive *archive);

/* Where the file of GENERATION lies, in the store's directory. */
void segment_file_name(const struct archive *archive, uint32_t index, uint32_t generation,
		       char *name, size_t size);

/*
 * Opens the file if need be and keeps it open until segment_release(). ERR_NOT_FOUND when the
 * segment is not there, or no longer.
 */
int segment_acquire(struct archive *archive, uint32_t index, struct segment_file **ret);
void segment_release(struct archive *archive, uint32_t index, struct segment_file *file);

/* Opens the three databases of a file, making them if missing; in TXN unless NULL. */
int segment_file_open(struct store *store, struct txn *txn, const char *name,
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

/* Adds or removes POSTINGS (struct archive_item) of NUMBER one by one. */
int postings_change(struct txn *txn, const struct segment_file *file, struct bytes postings,
		    uint64_t number, bool add);

static inline bool segment_dead(const struct segment *segment, uint32_t ordinal)
{
	return segment->dead[ordinal / 8] >> ordinal % 8 & 1;
}

/* The number within the segment at the end of a posting's key. */
static inline uint32_t posting_ordinal(struct bytes key)
{
	return (uint32_t)(key.data[key.size - 2] << 8 | key.data[key.size - 1]);
}

#endif
