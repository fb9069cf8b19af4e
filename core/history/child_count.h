/*
 * Counts of children over all instances: from the columns where they tell, from the postings of an
 * assignee, from totals counted before (core/history/child_totals.h), and else from the records.
 */
#ifndef CORE_HISTORY_CHILD_COUNT_H
#define CORE_HISTORY_CHILD_COUNT_H

#include "core/history/child_match.h"

/* How many children of all visible instances QUERY means. */
int child_count(struct request *request, struct child_query *query, int64_t *ret);

#endif
