/*
 * The resource /task: its filters and sort keys, one line each, and what the original refuses.
 */
#ifndef CORE_RUNTIME_TASK_RESOURCE_H
#define CORE_RUNTIME_TASK_RESOURCE_H

#include "core/query/query.h"
#include "core/runtime/kinds.h"

/* What query_matches() cannot decide on the row alone. */
enum task_op {
	ASK_NEVER = OP_OWN, /* of cases, which we do not have: nothing matches */
	ASK_FLAG,           /* says how others are to be taken */
	ASK_EXPRESSION,     /* refused */
	ASK_TENANT_ABSENT,
	ASK_NOT_IN, /* the field is there, and not one of the list */
	ASK_NOT_EQ, /* the field is there, and not the value, in upper case both */
	ASK_NOT_LIKE,
	ASK_EARLIER_OR_ABSENT,
	/* of the instance */
	ASK_BUSINESS_KEY,
	ASK_BUSINESS_KEYS,
	ASK_BUSINESS_KEY_LIKE,
	ASK_DEFINITION_KEY,
	ASK_DEFINITION_KEYS,
	ASK_DEFINITION_NAME,
	ASK_DEFINITION_NAME_LIKE,
	ASK_ACTIVITY_INSTANCES,
	ASK_PROCESS_VARIABLES,
	ASK_TASK_VARIABLES,
	/* of identity links */
	ASK_INVOLVED_USER,
	ASK_CANDIDATE_USER,
	ASK_CANDIDATE_GROUP,
	ASK_CANDIDATE_GROUPS,
	ASK_CANDIDATE_GROUP_LIKE,
	ASK_WITH_GROUPS,
	ASK_WITHOUT_GROUPS,
	ASK_WITH_USERS,
	ASK_WITHOUT_USERS,
};

/* Behind the fields of running_task_kind: what tasks are ordered by, but not shown. */
enum {
	LIST_FOLDED_NAME = RUNNING_TASK_STATE + 1,
	LIST_UPDATED, /* last update, or creation */
	LIST_VARIABLES,
	VARIABLE_SORTS_MAX = 3,
	/* one text and one number for each variable that is ordered by */
	LIST_FIELDS = LIST_VARIABLES + 2 * VARIABLE_SORTS_MAX,
};

/* What is ordered by a variable needs parameters, which only a body has. */
enum {
	SORT_PROCESS_VARIABLE = LIST_FIELDS,
	SORT_EXECUTION_VARIABLE,
	SORT_TASK_VARIABLE,
	SORT_CASE_VARIABLE,
};

/* An order by a variable: a key of the query's, and what it takes. */
struct variable_sort {
	struct sort_key key; /* field: where the value is put */
	int scope;           /* SORT_… */
	const char *name, *type;
};

/* Rows of the list: those of running_task_kind, and behind them what they are ordered by. */
extern const struct resource running_task_resource;

/* Refuses what the original refuses, in its words, and completes the query. */
int task_query_check(struct request *request, struct query *query);

#endif
