/*
 * Children by the ids that they have and name: of themselves, of an activity instance, a task, a
 * variable, an execution.
 *
 * What a child names stands in its instance, as a rule, and the postings of ids lead there. A flag
 * of the summary says so; instances without it, which imported history may have, are always looked
 * at.
 */
#ifndef CORE_HISTORY_CHILD_REFERENCE_H
#define CORE_HISTORY_CHILD_REFERENCE_H

#include "core/history/child_match.h"
#include "core/history/plan.h"

/* Flags (enum child_flag) of an instance's summary: what its children name is its own. */
unsigned child_reference_flags(struct arena *arena, const struct rows rows[ROW_MAX]);

/* Narrows PLAN to the instances of children that meet C of QUERY, if C asks for ids of the kind. */
int child_reference_plan(struct request *request, const struct child_query *query,
			 const struct criterion *c, struct plan *plan);

/*
 * The instance that was started here and has, or had, what is called ID, if the id says so:
 * children of such instances need not have postings. ERR_NOT_FOUND.
 */
int child_reference_owner(struct txn *txn, struct history *history, const char *id, uint64_t *ret);

/*
 * Calls FOUND with the postings of SEGMENT that may be of the child of KIND with that id: most
 * often one, or none.
 */
int child_reference_find(struct txn *txn, struct history *history, uint32_t segment,
			 enum process_row kind, const char *id,
			 bool (*found)(void *arg, struct bytes key, uint64_t number), void *arg);

#endif
