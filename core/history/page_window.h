/*
 * Where a page begins that lies deep in a sorted list: how many rows come before it is counted by
 * their numbers, in a few passes over a column, instead of keeping and sorting them all.
 */
#ifndef CORE_HISTORY_PAGE_WINDOW_H
#define CORE_HISTORY_PAGE_WINDOW_H

#include "core/history/plan.h"
#include "core/history/process_sort.h"

/* Rows whose first number lies between LOW and HIGH; in order, SKIPPED others come before them. */
struct page_window {
	uint64_t low, high;
	uint64_t skipped;
};

extern const struct page_window page_window_all;

/*
 * The window in which the row with index FIRST of what PLAN finds, in order of KEY, is among the
 * first thousand, or ties with the first; an empty one with skipped = FIRST when there are not as
 * many. Runs the plan a few times; rows that die meanwhile move the page by as many.
 */
int page_window_find(struct plan *plan, const struct process_sort_key *key, uint64_t first,
		     struct page_window *ret);

#endif
