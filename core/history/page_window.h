/*
 * Where a page begins that lies deep in a sorted list: how many rows come before it is counted by
 * their numbers, in a few passes over a column, instead of keeping and sorting them all.
 */
#ifndef CORE_HISTORY_PAGE_WINDOW_H
#define CORE_HISTORY_PAGE_WINDOW_H

#include "core/history/plan.h"
#include "core/history/process_sort.h"

/*
 * Rows from a place on: SKIPPED others come before them. By each of the first `edge_count` keys the
 * first one of them has the number `edges`, the last edge may be one that no row has. LOW and HIGH
 * are what that means for the first key's numbers.
 */
struct page_window {
	uint64_t low, high;
	uint64_t edges[PROCESS_SORT_KEYS];
	size_t edge_count;
	uint64_t ties; /* of rows that have all edges as their numbers, so many are skipped, too */
	uint64_t skipped;
};

/* Everything. */
void page_window_init(struct page_window *window);

/*
 * Finds the window in which the row with index FIRST of what PLAN finds, in order of the KEYS, is
 * among the first thousand: fewer only when a key needs texts, or by id, where ids begin alike.
 * An empty one with skipped = FIRST when there are not as many. Runs the plan a few times a key;
 * rows that die meanwhile move the page by as many.
 */
int page_window_find(struct plan *plan, const struct process_sort_key *keys, size_t key_count,
		     uint64_t first, struct page_window *ret);

/*
 * Lock shared. Whether ROW lies in the window. Of rows that tie with its edges the first ones that
 * are asked for do not.
 */
bool page_window_has(struct page_window *window, const struct process_sort_key *keys,
		     const struct column_set *set, uint32_t row);

#endif
