/*
 * Queries of running process instances (semantics.md 5.7): /process-instance, and the
 * `processInstanceQuery` of batches.
 */
#ifndef CORE_RUNTIME_PROCESS_INSTANCE_QUERY_H
#define CORE_RUNTIME_PROCESS_INSTANCE_QUERY_H

#include "core/query/query.h"

extern const struct resource running_instance_resource;

/* Refuses what the engine refuses, in its words. */
int running_instance_check(struct request *request, struct query *query);

/* A list_source's offer: rows of running_instance_kind. */
int running_instance_offer(struct request *request, struct arena *arena, struct listing *listing);

/*
 * Calls TAKE with the id of every instance that the query OBJECT of a body means; what running it
 * refuses is REFUSAL. The id is valid during the call.
 */
int running_instance_select(struct request *request, const struct json *object, int refusal,
			    void (*take)(void *arg, const char *id), void *arg);

#endif
