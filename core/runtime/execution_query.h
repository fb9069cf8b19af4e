/*
 * Queries of executions: /execution.
 */
#ifndef CORE_RUNTIME_EXECUTION_QUERY_H
#define CORE_RUNTIME_EXECUTION_QUERY_H

#include "core/query/query.h"

extern const struct resource execution_resource;

/* A list_source's prepare and offer. */
int execution_query_check(struct request *request, struct query *query);
int execution_query_offer(struct request *request, struct arena *arena, struct listing *listing);

#endif
