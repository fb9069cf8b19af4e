/*
 * An archive: numbered records, written once in order, found by number or by posting, buried by a
 * bit, purged in the background.
 *
 * Numbers are consecutive. Each run of ARCHIVE_SEGMENT numbers is a segment: one file with the
 * records, their fixed-size summaries and their postings (keys that lead to a number). A buried
 * record is invisible for good from the commit on; archive_purge() then deletes its bytes, or the
 * whole file when nothing in it lives. What has been appended stays invisible until it is
 * published, so that a long import appears all at once or not at all.
 *
 * Readers of archive_dead_bits() and of memory that mirrors an archive hold the archive's lock
 * shared; commits change both under the exclusive lock.
 */
#ifndef STORAGE_ARCHIVE_H
#define STORAGE_ARCHIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "storage/txn.h"

struct archive;

enum {
	ARCHIVE_SEGMENT = 32768,                  /* numbers in a segment */
	ARCHIVE_DEAD_BYTES = ARCHIVE_SEGMENT / 8, /* its bitmap of the buried */
	ARCHIVE_BLOCK = 4096,                     /* numbers in one stored piece of that bitmap */
};

struct archive_item {
	struct bytes summary;
	struct bytes record;
	/* Keys: be16 length and bytes, one after the other; they lead to this item's number. */
	struct bytes postings;
};

/* Where an archive keeps its directory, its bitmaps and its marks. */
struct archive_tables {
	unsigned directory, dead, mark;
};

/* Opens the archive NAME. Free with archive_close(). */
int archive_open(struct archive **ret_archive, struct store *store, struct arena *arena,
		 const char *name, struct archive_tables tables);
void archive_close(struct archive *archive);

void archive_lock_shared(struct archive *archive);
void archive_lock_exclusive(struct archive *archive);
void archive_unlock(struct archive *archive);

/* The first number that was never used. */
uint64_t archive_next(const struct archive *archive);

/* The first number that is not published. */
uint64_t archive_visible(const struct archive *archive);

/* The same within TXN, which may have appended some itself. */
int archive_next_in(struct txn *txn, struct archive *archive, uint64_t *ret);

/* Adds COUNT items, numbered from *RET_FIRST on, which is archive_next_in() before. */
int archive_append(struct txn *txn, struct archive *archive, const struct archive_item *items,
		   size_t count, uint64_t *ret_first);

/* Makes everything below NUMBER visible. */
int archive_publish(struct txn *txn, struct archive *archive, uint64_t number);

/*
 * Removes at most LIMIT of the last unpublished items; *RET_LEFT says how many are left. SUMMARY is
 * called with each removed one's summary, in the transaction, to take back what leads to it.
 */
int archive_take_back(struct txn *txn, struct archive *archive, size_t limit,
		      int (*summary)(struct txn *txn, void *arg, uint64_t number,
				     struct bytes summary),
		      void *arg, uint64_t *ret_left);

/* The record of NUMBER, into the arena. ERR_NOT_FOUND when purged or never there. */
int archive_read(struct txn *txn, struct archive *archive, uint64_t number, struct bytes *ret);

/*
 * Replaces summary, record and postings of NUMBER, and takes its mark off. OLD are its postings so
 * far; STORED: each of them is there, so that those which stay need not be written. Postings that
 * were made up since the record was written are not.
 */
int archive_rewrite(struct txn *txn, struct archive *archive, uint64_t number,
		    const struct archive_item *item, struct bytes old, bool stored);

/* Calls FOUND with every stored summary of SEGMENT, in order of number. */
int archive_summaries(struct txn *txn, struct archive *archive, uint32_t segment,
		      void (*found)(void *arg, uint64_t number, struct bytes summary), void *arg);

/*
 * Lays MARKS over NUMBERS (ascending), each in place of the one that its number has. What a mark
 * means is the caller's business; it lies beside the item, with others of its kind, and costs a
 * fraction of what a new summary would. It goes when its item is rewritten, or its segment dropped.
 */
int archive_mark(struct txn *txn, struct archive *archive, const uint64_t *numbers,
		 const int64_t *marks, size_t count);

/* Calls FOUND with every mark of SEGMENT, in order of number; some may be of purged items. */
int archive_marks(struct txn *txn, const struct archive *archive, uint32_t segment,
		  void (*found)(void *arg, uint64_t number, int64_t mark), void *arg);

/* Buries NUMBERS (ascending); those already dead stay so. *RET_BURIED counts the newly dead. */
int archive_bury(struct txn *txn, struct archive *archive, const uint64_t *numbers, size_t count,
		 size_t *ret_buried);

/* Lock shared. One bit a number, lowest first; a segment that is gone has all bits set. */
const uint8_t *archive_dead_bits(const struct archive *archive, uint32_t segment);

/* Lock shared. Whether the segment's file has been dropped. */
bool archive_gone(const struct archive *archive, uint32_t segment);

/* Takes the lock itself. True for what is buried, and for what is not published. */
bool archive_hidden(struct archive *archive, uint64_t number);

/* Calls FOUND with each posting of SEGMENT from FROM (inclusive) to TO (exclusive), in key order.
 */
int archive_find(struct txn *txn, struct archive *archive, uint32_t segment, struct bytes from,
		 struct bytes to, bool (*found)(void *arg, struct bytes key, uint64_t number),
		 void *arg);

/* The same backwards: from below TO down to FROM. */
int archive_find_back(struct txn *txn, struct archive *archive, uint32_t segment, struct bytes from,
		      struct bytes to, bool (*found)(void *arg, struct bytes key, uint64_t number),
		      void *arg);

struct archive_numbers {
	uint64_t records;                    /* published or not, dead or alive, but not purged */
	uint64_t dead;                       /* buried so far */
	uint64_t purge_records, purge_bytes; /* still to purge */
	uint64_t bytes;                      /* of records not purged */
	uint32_t segments;                   /* files */
	uint32_t sweeps;                     /* of them, those with leftovers of what was purged */
	int64_t returned; /* bytes that files have become less since the archive was opened */
};

void archive_count(struct archive *archive, struct archive_numbers *ret);

/* What has been read since the archive was opened: by it questions are held to what they may cost.
 */
struct archive_reads {
	uint64_t records, postings;
};

void archive_count_reads(struct archive *archive, struct archive_reads *ret);

/* Tells the postings of a record, to find those that go with it. */
typedef int (*archive_postings)(void *arg, struct arena *arena, struct bytes record,
				struct bytes *ret_postings);

/*
 * Does one short piece of purging in a background transaction, or a PARTS-th of such a piece where
 * others want the processor (1: a whole one); *RET_MORE says whether a piece was done and more
 * waits. ERR_BUSY while a backup or readers hold a file that is to go, ERR_FULL while the disk has
 * no room for it: try again later. Such a segment, or one that is damaged, is passed over: another
 * has its turn, and *RET_MORE may be true beside the error. What can go as a file goes first. One
 * thread at a time.
 */
int archive_purge(struct archive *archive, struct arena *arena, unsigned parts,
		  archive_postings postings, void *arg, bool *ret_more);

#endif
