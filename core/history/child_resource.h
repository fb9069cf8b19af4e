/*
 * The resources that list children of process instances, and the user operation log: filters and
 * sort keys, one line each (semantics.md 5.9 and the API's reference).
 */
#ifndef CORE_HISTORY_CHILD_RESOURCE_H
#define CORE_HISTORY_CHILD_RESOURCE_H

#include "core/history/kinds.h"
#include "core/query/query.h"

/* Filters of the API that are not built yet: their presence is refused. */
enum { OP_LATER = OP_OWN, ASK_INCLUDE_DELETED, SORT_LATER = -1 };

extern const struct resource activity_instance_resource;
extern const struct resource task_resource;
extern const struct resource variable_instance_resource;
extern const struct resource detail_resource;
extern const struct resource external_task_log_resource;
extern const struct resource identity_link_log_resource;
extern const struct resource user_operation_resource;

/* 501 for what is not built yet. */
int child_query_check(struct request *request, const struct query *query);

#endif
