/*
 * Columns: the summaries of an archive in memory, one array a member, a set for each segment.
 *
 * Queries run over them in vectorised scans. They grow with the data, and follow every commit. Read
 * them with the archive's lock held shared.
 */
#ifndef CORE_HISTORY_COLUMN_H
#define CORE_HISTORY_COLUMN_H

#include <stdbool.h>

#include "core/history/summary.h"
#include "storage/archive.h"
#include "storage/clock.h"

/* Between which a segment's values lie; those of rows that are gone or changed may count still. */
struct column_bound {
	int64_t low, high;
};

enum column_bounds {
	BOUND_START_TIME,
	BOUND_END_TIME,
	BOUND_DURATION,
	BOUND_REMOVAL_TIME, /* none = INT64_MAX */
	BOUND_KIN,          /* 1 = belongs to the root of another */
	BOUND_STANDALONE,   /* 1 = is a task without a process instance */
	BOUND_MAX,
};

/* The kinds of children whose numbers are kept in memory, as those in summary.counts. */
enum { COLUMN_COUNTS = 4 };
extern const unsigned char column_counts[COLUMN_COUNTS];

struct first_ids;

/* Rows are ordinals of the segment; only the first `count` are there. */
struct column_set {
	uint32_t count, room;
	void *mapped;  /* a snapshot, in which all arrays lie; or NULL */
	bool absent;   /* the segment is gone: no rows, all arrays read 0 */
	bool bounded;  /* a row has been seen: `bounds` say something */
	bool saved;    /* there is a snapshot that says the same */
	bool prepared; /* one is written that said so at these changes */
	uint64_t prepared_changes;
	uint64_t changes;            /* of rows */
	struct first_ids *first_ids; /* core/history/first_ids.h; NULL = not found yet */
	struct column_bound bounds[BOUND_MAX];
	/* with these changes nothing is due by a rule of this key (core/history/due.h) till then */
	uint64_t idle_changes, idle_key;
	int64_t idle_until;
	uint64_t *order, *low; /* low: the second half of the key */
	int64_t *start_time, *end_time, *removal_time;
	uint64_t *business_key, *root, *super;
	uint32_t *definition, *tenant, *user;
	uint8_t *state, *flags;
	uint16_t *children;
	uint8_t *removal_time_set;
	uint32_t *span;
	/* of children, UINT8_MAX = or more; see COLUMN_COUNTS */
	uint8_t *counts[COLUMN_COUNTS];
};

struct columns;

/*
 * Reads all summaries of ARCHIVE, called NAME: those of full segments from snapshots, if there are
 * any, as fast as the disk or when they are needed; at ten million rows that is the difference
 * between a second and a dozen.
 */
int columns_open(struct columns **ret, struct store *store, struct archive *archive,
		 const char *name, struct arena *arena);
void columns_close(struct columns *columns);

/*
 * Makes a snapshot of one full segment that has none, or gives back what one that is gone takes, in
 * memory and as a snapshot; *RET_MORE says whether another one waits. That of a segment which is
 * not visible yet is only prepared, so that little is left to do when an import ends. The arrays
 * are mapped from what was written from then on, and their memory is given back. No snapshots
 * on a disk with little room. One thread at a time.
 *
 * Who has let go of the lock since he found rows of a segment must look whether it is absent now.
 */
int columns_save(struct columns *columns, struct arena *arena, bool *ret_more);

/* Makes snapshots of all that are prepared, as far as they are true. Beside no columns_save(). */
int columns_publish(struct columns *columns, struct arena *arena);

struct archive *columns_archive(const struct columns *columns);

/* Lock shared. How many sets there are, and one of them (never NULL below the count). */
uint32_t columns_count(const struct columns *columns);
const struct column_set *columns_set(const struct columns *columns, uint32_t segment);

/* Whether it is what its archive is made for, and no task without a process instance. */
static inline bool columns_counts(const struct column_set *set, uint32_t row)
{
	return set->state[row] != STATE_STANDALONE_TASK;
}

/* How long the instance ran; TIME_NULL while it runs. */
static inline int64_t columns_duration(int64_t start, int64_t end)
{
	return end == TIME_NULL ? TIME_NULL : (int64_t)((uint64_t)end - (uint64_t)start);
}

/* Lock shared. One row; the first half of a text id's key is not kept. */
void columns_row(const struct columns *columns, uint64_t number, struct summary *ret);

/*
 * Changes or adds rows once TXN commits; SUMMARIES stay in the caller's arena until then. A
 * snapshot that knows them otherwise is removed at once.
 */
__attribute__((warn_unused_result)) int columns_follow(struct txn *txn, struct columns *columns,
						       uint64_t first,
						       const struct summary *summaries,
						       size_t count);

/* Sets removal times, over those of summaries and records, once TXN commits; the arrays stay until
 * then. */
__attribute__((warn_unused_result)) int
columns_follow_removal_times(struct txn *txn, struct columns *columns, const uint64_t *numbers,
			     const int64_t *removal_times, size_t count);

/*
 * What the rows mean has changed with something else: totals of them are counted anew. How often it
 * has, with the archive's lock.
 */
void columns_meaning_changed(struct columns *columns);
uint64_t columns_meaning(const struct columns *columns);

/* Tells at the commit that what leads to rows of SEGMENT came later than they did. */
void columns_postings_came(struct txn *txn, struct columns *columns, uint32_t segment);

/*
 * Take the lock. What has been found of a segment: the least removal time of what lives in it, and
 * the rule by which nothing in it is due until a time. In a transaction, or right after its commit.
 */
void columns_note_least(struct columns *columns, uint32_t segment, int64_t removal_time);
void columns_note_idle(struct columns *columns, uint32_t segment, uint64_t key, int64_t until);

/* Takes the lock. Whether a removal time lies over the record's, and which. */
bool columns_removal_time(const struct columns *columns, uint64_t number, int64_t *ret);

/* Bytes that the columns take. */
uint64_t columns_bytes(const struct columns *columns);

#endif
