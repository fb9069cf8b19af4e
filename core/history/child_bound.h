/*
 * What an instance's summary says about its children: which kinds it has and how many of each, and
 * whether their times, definition, tenant and root are what its columns say.
 *
 * So a query of children passes over most instances without reading them, a page in order of time
 * ends early, and counts that only ask for what instances have in common read nothing. Imported
 * history may hold anything; where it does, a flag is missing and the instance is always looked at.
 */
#ifndef CORE_HISTORY_CHILD_BOUND_H
#define CORE_HISTORY_CHILD_BOUND_H

#include "core/history/child_flag.h"
#include "core/history/child_match.h"
#include "core/history/plan.h"

/* Fills in children and counts of SUMMARY. */
void child_bound_summarise(struct arena *arena, const struct rows rows[ROW_MAX],
			   struct summary *summary);

/* Adds to PLAN (of process instances) what rows that QUERY means tell about their instance. */
int child_bound_plan(struct request *request, const struct child_query *query, struct plan *plan);

/*
 * Whether what QUERY asks is answered for every instance with CHILDREN_ALIKE by the columns
 * (*RET_COUNTS is the place of its kind in column_set.counts) or by the postings of the tasks of
 * *RET_ASSIGNEE, if that is not NULL.
 */
bool child_bound_tells(const struct child_query *query, size_t *ret_counts,
		       const char **ret_assignee);

/* Whose tasks alone QUERY asks for, if postings tell them; or NULL. */
const char *child_query_assignee(const struct child_query *query);

/* The one activity whose instances QUERY asks for, in ARENA; false if it names none. */
bool child_query_activity(const struct child_query *query, struct arena *arena,
			  const char *const **ret_names, size_t *ret_count);

/* Whether FIELD of KIND is a time that is never absent and within the instance's. */
bool child_bound_orders(enum process_row kind, int field);

/*
 * For pages in order of such a time: nothing of row ROW of SET comes before this (DESCENDING:
 * behind it).
 */
int64_t child_bound_of(const struct column_set *set, uint32_t row, bool descending);

#endif
