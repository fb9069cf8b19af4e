/*
 * Queries of what runs, made ready to be asked of rows: process instances, executions, variables.
 *
 * A resource lists its filters in a table; what query_matches() cannot decide on the row alone is
 * asked here, within the rows of the instance that the row belongs to (semantics.md 5.7).
 */
#ifndef CORE_RUNTIME_RUNNING_QUERY_H
#define CORE_RUNTIME_RUNNING_QUERY_H

#include "core/history/variable_query.h"
#include "core/query/query.h"
#include "core/runtime/list.h"
#include "core/runtime/running_scan.h"

/* The resources' own ops; of ROW, the row that is asked for. */
enum running_op {
	RUNS_NEVER = OP_OWN,    /* of cases and events, which we do not have: nothing matches */
	RUNS_FLAG,              /* says how others are to be taken */
	RUNS_IDS,               /* its field is one of a list, which must not be empty */
	RUNS_ACTIVITIES,        /* a token of the instance stands at one of these */
	RUNS_INCIDENT,          /* one incident of it meets all filters of this op */
	RUNS_VARIABLES,         /* a variable of the execution of that id meets each condition */
	RUNS_PROCESS_VARIABLES, /* one anywhere in the instance, tasks left out */
	RUNS_VALUES,            /* a variable itself meets each condition */
	RUNS_SCOPES,            /* a variable's task or else its execution is one of these */
	RUNS_DEPLOYMENT,        /* the definition belongs to it */
	RUNS_FREE_DEFINITION,   /* the definition belongs to no tenant */
	RUNS_CALLED_BY,         /* the process instance that called it */
	RUNS_CALLS,             /* a process instance that it called */
	RUNS_AT_TOP,            /* no process instance called it */
	RUNS_ALWAYS,            /* nothing is called yet: every instance is a leaf */
};

/* A criterion that restricts something. */
struct running_test {
	const struct criterion *criterion;
	struct variable_checked variables;
	const char *text; /* RUNS_CALLS: the caller; NULL = there is none */
};

/* Tests that must all hold, or of which one must. */
struct running_tests {
	struct running_test *tests;
	size_t count;
	bool always; /* an element of orQueries without filters */
};

struct running_query {
	struct request *request;
	const struct query *query;
	struct txn reader;
	struct running_tests all;
	struct running_tests *groups; /* orQueries: one test of each must hold */
	size_t group_count;
	uint64_t want;               /* kinds of rows that are looked at */
	const struct serials *only;  /* the instances that it names; NULL = any */
	struct running_lists *lists; /* those that the index knows, unless NULL */
	bool tasks_too;              /* also looks at tasks without an instance */
	struct serials named;
	struct list definitions; /* rows that were looked up, of process_definition_kind */
};

/*
 * Makes QUERY ready. NAMING are the names of the filters whose ids lead to an instance, ended by
 * NULL. Fails with the API's words for what cannot be asked.
 */
int running_query_make(struct request *request, const struct query *query,
		       const char *const *naming, uint64_t want, struct running_query *ret);

/* Whether ROW, of the instance with these ROWS, is one that the query means. */
int running_query_matches(struct running_query *query, const struct rows rows[RUNNING_MAX],
			  const union slot *row, bool *ret);

/*
 * Counts rows of KIND without a look at them, where LISTING only counts and that is possible: see
 * running_narrow_count().
 */
int running_query_count(struct request *request, struct listing *listing, enum running_row kind,
			const char *const *exact, bool *ret_counted);

/* Takes the rows of an instance: offers those that it means; false ends the walk. */
typedef int (*running_take)(struct running_query *query, struct arena *arena,
			    const struct rows rows[RUNNING_MAX], void *arg, bool *ret_more);

/* Calls TAKE for every instance that may have something of it. ARENA is rewound after each. */
int running_query_walk(struct running_query *query, struct arena *arena, running_take take,
		       void *arg);

#endif
