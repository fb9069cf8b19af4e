/*
 * Queries of the variables of running instances: /variable-instance.
 */
#ifndef CORE_RUNTIME_VARIABLE_INSTANCE_QUERY_H
#define CORE_RUNTIME_VARIABLE_INSTANCE_QUERY_H

#include "core/query/query.h"

extern const struct resource running_variable_resource;

/* A list_source's prepare and offer: rows of running_variable_kind, their values as shown. */
int running_variable_check(struct request *request, struct query *query);
int running_variable_offer(struct request *request, struct arena *arena, struct listing *listing);

/* The variable with that id, in the request's arena. ERR_NOT_FOUND. */
int running_variable_get(struct request *request, const char *id, union slot **ret);

#endif
