/*
 * Items of the archives, made from rows: record, summary, postings.
 *
 * Texts that become dictionary numbers are interned in transactions of their own, so build items
 * before the transaction that appends them.
 */
#ifndef CORE_HISTORY_ITEM_H
#define CORE_HISTORY_ITEM_H

#include "core/history/history.h"

struct item {
	struct summary summary;
	struct archive_item stored; /* allocated in the arena */
	const char *id;
};

/* A process instance from the rows of its record. */
int item_of_process(struct history *history, struct arena *arena, struct record_writer *writer,
		    const struct rows rows[ROW_MAX], struct item *ret);

int item_of_decision(struct history *history, struct arena *arena, struct record_writer *writer,
		     const union slot *row, struct item *ret);

int item_of_operation(struct history *history, struct arena *arena, struct record_writer *writer,
		      const union slot *row, struct item *ret);

/* Posting keys of the rows of a process instance, in ARENA. */
struct bytes process_postings(struct history *history, struct arena *arena,
			      const struct rows rows[ROW_MAX]);

/* Posting keys of a process instance's record: see storage/format.md. For archive_purge(). */
int postings_of_process(void *history, struct arena *arena, struct bytes record, struct bytes *ret);

/* Kinds of archive without postings. */
int postings_none(void *history, struct arena *arena, struct bytes record, struct bytes *ret);

#endif
