/*
 * Queries of children, made ready to be asked of rows.
 *
 * A child is looked at within its instance: of tasks much is asked that stands in the instance
 * itself, in its variables and in its identity links (semantics.md 5.9).
 */
#ifndef CORE_HISTORY_CHILD_MATCH_H
#define CORE_HISTORY_CHILD_MATCH_H

#include "core/history/child_resource.h"
#include "core/history/history.h"
#include "core/history/variable_query.h"

/* A criterion that restricts something. */
struct child_test {
	const struct criterion *criterion;
	struct variable_checked variables;
};

/* Tests that must all hold, or of which one must. */
struct child_tests {
	struct child_test *tests;
	size_t count;
};

struct child_query {
	struct history *history;
	enum process_row kind;
	const struct query *query;
	struct child_tests all;
	struct child_tests *groups; /* orQueries: one test of each must hold */
	size_t group_count;
	uint64_t want;    /* kinds of rows that are looked at, bits of enum process_row */
	bool deleted_too; /* variables that were deleted */
	bool by_assignee; /* the postings of an assignee are walked: no need to narrow by them */
};

/* Makes QUERY of KIND ready. Fails with the API's words for what cannot be asked. */
int child_query_make(struct request *request, enum process_row kind, const struct query *query,
		     struct child_query *ret);

/*
 * Whether C asks for something that only a process instance has. Beside `orQueries` one that has
 * not ended may also be none at all, as the original joins its tables then.
 */
bool child_query_needs_instance(const struct child_query *query, const struct criterion *c);

/*
 * Whether a row may be one that the query means of which not all is known: the slots of KNOWN
 * (bits) are as in ROW, those of PRESENT hold something.
 */
bool child_query_may_match(const struct child_query *query, const union slot *row, uint64_t known,
			   uint64_t present);

/* Whether ROW of an instance whose ROWS (those wanted) are given is one that the query means. */
bool child_query_matches(const struct child_query *query, const struct rows rows[ROW_MAX],
			 const union slot *row);

#endif
