/*
 * Queries of external tasks: /external-task, and the `externalTaskQuery` of bodies.
 */
#ifndef CORE_RUNTIME_EXTERNAL_TASK_QUERY_H
#define CORE_RUNTIME_EXTERNAL_TASK_QUERY_H

#include "core/query/query.h"
#include "core/runtime/instance.h"

extern const struct resource external_task_resource;

/* For a list_source: completes the query, and offers rows of external_task_kind in order of ids. */
int external_task_prepare(struct request *request, struct query *query);
int external_task_offer(struct request *request, struct arena *arena, struct listing *listing);

/*
 * Calls TAKE with the id of every task that the query OBJECT of a body means, in order. The id is
 * valid during the call.
 */
int external_task_select(struct request *request, const struct json *object,
			 void (*take)(void *arg, const char *id), void *arg);

/* The external task with that id, to look at. ERR_NOT_FOUND. */
int external_task_find(struct txn *txn, const char *id, const struct external_task **ret);

#endif
