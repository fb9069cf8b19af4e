/*
 * Queries of historic decision instances (semantics.md 5.2).
 */
#ifndef CORE_HISTORY_DECISION_QUERY_H
#define CORE_HISTORY_DECISION_QUERY_H

#include "core/history/plan.h"
#include "core/query/query.h"

extern const struct resource decision_instance_resource;

/* Makes the plan that evaluates the bound query. */
int decision_query_plan(struct request *request, const struct query *query, bool dates,
			struct plan *ret);

#endif
