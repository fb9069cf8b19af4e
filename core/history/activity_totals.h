/*
 * Totals of a definition's activities in the ended instances of a segment, kept in memory: what a
 * statistic has once counted from the records it need not count again.
 *
 * Totals hold for a state of the segment: how many rows are visible, dead, and ended. None of the
 * three ever falls, and what an ended instance did does not change, so equal states have equal
 * totals. At most some 32 MB are kept; when they are full, all are dropped.
 */
#ifndef CORE_HISTORY_ACTIVITY_TOTALS_H
#define CORE_HISTORY_ACTIVITY_TOTALS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/history/column.h"
#include "core/history/tally.h"

struct activity_tally; /* core/history/statistics.h */
struct activity_totals;

struct activity_totals *activity_totals_new(void);
void activity_totals_free(struct activity_totals *totals);

struct segment_state {
	uint32_t rows, dead, ended;
};

/* Lock shared. Of the first ROWS rows of a segment. */
struct segment_state segment_state_of(const struct column_set *set, const uint8_t *dead,
				      uint32_t rows);

/* Calls ADD with each of the totals of DEFINITION; false when they are not known for STATE. */
bool activity_totals_get(struct activity_totals *totals, uint32_t segment, const char *definition,
			 struct segment_state state,
			 void (*add)(void *arg, const struct activity_tally *of), void *arg);

/* Keeps copies of TALLIES (of struct activity_tally), instead of what was kept before. */
void activity_totals_keep(struct activity_totals *totals, uint32_t segment, const char *definition,
			  struct segment_state state, const struct tallies *tallies);

#endif
