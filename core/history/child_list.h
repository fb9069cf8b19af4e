/*
 * Lists of children: rows of one kind out of the records of all visible process instances that may
 * have some, or of those that the query names.
 *
 * Instances are ruled out by their columns and postings before their records are read
 * (core/history/child_bound.h). Rows go out one by one: memory does not grow with their number.
 */
#ifndef CORE_HISTORY_CHILD_LIST_H
#define CORE_HISTORY_CHILD_LIST_H

#include "core/history/child_match.h"

/* Takes a row; false ends the walk. */
typedef bool (*child_take)(void *arg, const union slot *row);

/*
 * Calls TAKE with every row of KIND that matches the query, in order of instance. The row is valid
 * during the call.
 */
int child_list_walk(struct request *request, enum process_row kind, const struct query *query,
		    child_take take, void *arg);

/* Offers every row of KIND that matches the query to LISTING. */
int child_list_offer(struct request *request, enum process_row kind, const struct query *query,
		     struct listing *listing);

/* The child of KIND with that id. ERR_NOT_FOUND. *RET_NUMBER is its instance. */
int child_find(struct request *request, enum process_row kind, const char *id, union slot **ret,
	       uint64_t *ret_number);

#endif
