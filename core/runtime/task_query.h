/*
 * Queries of user tasks that wait: GET and POST /task.
 *
 * A task is looked at within its instance: much is asked that stands in the instance, in its
 * variables, or in the task's identity links. A query that names instances, executions or tasks
 * reads these alone; others walk all that runs.
 */
#ifndef CORE_RUNTIME_TASK_QUERY_H
#define CORE_RUNTIME_TASK_QUERY_H

#include "core/query/query.h"
#include "core/runtime/instance.h"
#include "core/runtime/variable.h"

/* Offers all tasks that match a query of running_task_resource, which was checked. */
int task_query_offer(struct request *request, struct arena *arena, struct listing *listing);

/* Reads the instance that TASK_ID's task belongs to or is, and the task. ERR_NOT_FOUND. */
int task_read(struct txn *txn, const char *task_id, struct instance **ret_instance,
	      struct task **ret);

/* The same with where the task looks for variables: see task_scope(). ERR_NOT_FOUND. */
int task_read_scope(struct txn *txn, const char *task_id, struct scope *ret);

#endif
