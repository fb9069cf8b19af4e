/*
 * How many children of a segment answer a question, kept in memory: what has been counted once from
 * the records need not be counted again.
 *
 * A total holds for a version of the segment: equal versions have equal rows. There is room for
 * some ten thousand; a new one takes the place of another.
 */
#ifndef CORE_HISTORY_CHILD_TOTALS_H
#define CORE_HISTORY_CHILD_TOTALS_H

#include "core/history/child_match.h"

struct child_totals;

struct child_totals *child_totals_new(void);
void child_totals_free(struct child_totals *totals);

/* How a segment's rows stand: how many are visible, how many of them dead, and what has changed. */
struct segment_version {
	uint64_t changes;
	uint32_t rows, dead;
};

/* Lock shared. Of the rows of SEGMENT below the number VISIBLE. */
struct segment_version segment_version_of(const struct columns *columns, uint32_t segment,
					  uint64_t visible);

/* A number for what QUERY asks; 0 = it cannot be told apart. */
uint64_t child_query_digest(const struct child_query *query);

bool child_totals_get(struct child_totals *totals, uint64_t digest, uint32_t segment,
		      struct segment_version version, int64_t *ret);

/* VERSION was taken before anything was counted. */
void child_totals_keep(struct child_totals *totals, uint64_t digest, uint32_t segment,
		       struct segment_version version, int64_t total);

#endif
