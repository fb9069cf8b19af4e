/*
 * Queries of historic process instances: every filter and sort key of semantics.md 5.1.
 */
#ifndef CORE_HISTORY_PROCESS_QUERY_H
#define CORE_HISTORY_PROCESS_QUERY_H

#include "core/history/plan.h"
#include "core/query/query.h"

extern const struct resource process_instance_resource;

/* Checks the bound query and makes the plan that evaluates it. DATES: see semantics.md 0.5. */
int process_query_plan(struct request *request, const struct query *query, bool dates,
		       struct plan *ret);

/* The sort keys' numbers: what sorts[].key->field holds. */
enum process_sort {
	SORT_INSTANCE_ID,
	SORT_DEFINITION_ID,
	SORT_DEFINITION_KEY,
	SORT_DEFINITION_NAME,
	SORT_DEFINITION_VERSION,
	SORT_BUSINESS_KEY,
	SORT_START_TIME,
	SORT_END_TIME,
	SORT_DURATION,
	SORT_TENANT_ID,
};

#endif
