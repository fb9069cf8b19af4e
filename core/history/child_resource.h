/*
 * The resources that list children of process instances, and the user operation log: filters and
 * sort keys, one line each (semantics.md 5.9 and the API's reference).
 */
#ifndef CORE_HISTORY_CHILD_RESOURCE_H
#define CORE_HISTORY_CHILD_RESOURCE_H

#include "core/history/kinds.h"
#include "core/query/query.h"

/* What query_matches() cannot decide on the row alone: core/history/child_match.c does. */
enum child_op {
	ASK_INCLUDE_DELETED = OP_OWN, /* shows what is hidden else */
	ASK_FLAG,                     /* says how others are to be taken */
	ASK_NEVER,                    /* of cases, which we do not have: nothing matches */
	/* of tasks: what their instance is like */
	ASK_BUSINESS_KEY,
	ASK_BUSINESS_KEYS,
	ASK_BUSINESS_KEY_LIKE,
	ASK_DEFINITION_NAME,
	ASK_PROCESS_FINISHED,
	ASK_PROCESS_UNFINISHED,
	ASK_PROCESS_VARIABLES,
	ASK_TASK_VARIABLES,
	/* of tasks: one identity link must meet all four of these */
	ASK_INVOLVED_USER,
	ASK_INVOLVED_GROUP,
	ASK_CANDIDATE_USER,
	ASK_CANDIDATE_GROUP,
	ASK_WITH_GROUPS,
	ASK_WITHOUT_GROUPS,
	/* of variables and details */
	ASK_VARIABLE_NAME,
	ASK_VARIABLE_NAME_LIKE,
	ASK_VARIABLE_VALUE,
	ASK_TYPES,
	ASK_DETAIL_TYPE, /* the last that is given counts */
	/* of logs: the last that is given counts */
	ASK_LOG_STATE,
};

extern const struct resource activity_instance_resource;
extern const struct resource task_resource;
extern const struct resource variable_instance_resource;
extern const struct resource detail_resource;
extern const struct resource external_task_log_resource;
extern const struct resource identity_link_log_resource;
extern const struct resource user_operation_resource;

/* Refuses what the engine refuses, in its words. */
int child_query_check(struct request *request, const struct query *query);

#endif
