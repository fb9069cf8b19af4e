#include "core/runtime/variable_instance_query.h"

#include <string.h>

#include "core/engine.h"
#include "core/history/variable_value.h"
#include "core/runtime/batch_variable.h"
#include "core/runtime/running_query.h"

static const struct filter filters[] = {
	FILTER("variableName", STRING, OP_EQ, RUNNING_VARIABLE_NAME),
	FILTER("variableNameLike", STRING, OP_LIKE, RUNNING_VARIABLE_NAME),
	FILTER("processInstanceIdIn", LIST, OP_IN, RUNNING_VARIABLE_INSTANCE_ID),
	FILTER("executionIdIn", LIST, OP_IN, RUNNING_VARIABLE_EXECUTION_ID),
	FILTER("caseInstanceIdIn", LIST, OP_IN, RUNNING_VARIABLE_CASE_INSTANCE_ID),
	FILTER("caseExecutionIdIn", LIST, OP_IN, RUNNING_VARIABLE_CASE_EXECUTION_ID),
	FILTER("taskIdIn", LIST, OP_IN, RUNNING_VARIABLE_TASK_ID),
	FILTER("batchIdIn", LIST, OP_IN, RUNNING_VARIABLE_BATCH_ID),
	FILTER("variableScopeIdIn", LIST, RUNS_SCOPES, 0),
	FILTER("activityInstanceIdIn", LIST, OP_IN, RUNNING_VARIABLE_ACTIVITY_INSTANCE_ID),
	{"tenantIdIn",     PARAM_LIST,   OP_IN,       RUNNING_VARIABLE_TENANT_ID, "tenantIds", 0, NULL          },
	{"variableValues", PARAM_OBJECT, RUNS_VALUES, 0,                          NULL,        0, variables_bind},
	FILTER("variableNamesIgnoreCase", BOOL, RUNS_FLAG, 0),
	FILTER("variableValuesIgnoreCase", BOOL, RUNS_FLAG, 0),
};

static const struct sort_key sorts[] = {
	{"variableName",       RUNNING_VARIABLE_NAME                },
	{"variableType",       RUNNING_VARIABLE_TYPE                },
	{"activityInstanceId", RUNNING_VARIABLE_ACTIVITY_INSTANCE_ID},
	{"tenantId",           RUNNING_VARIABLE_TENANT_ID           },
};

const struct resource running_variable_resource = {
	.kind = &running_variable_kind,
	.filters = filters,
	.filter_count = ARRAY_SIZE(filters),
	.sorts = sorts,
	.sort_count = ARRAY_SIZE(sorts),
};

int running_variable_check(struct request *request, struct query *query)
{
	(void)request;
	query->or_count = 0; /* it has no orQueries */
	return 0;
}

struct offering {
	struct listing *listing;
	unsigned show;
};

/* The row with its value as it is shown: a copy, as the next one may still be asked of its own. */
static bool offer(const struct offering *offering, struct arena *arena, const union slot *row)
{
	union slot *shown = arena_copy(arena, row, running_variable_kind.count * sizeof(*row));

	if (!offering->listing->counting)
		value_show(arena, &running_variable_kind, shown, offering->show);
	return listing_offer(offering->listing, shown);
}

static int offer_variables(struct running_query *query, struct arena *arena,
			   const struct rows rows[RUNNING_MAX], void *arg, bool *ret_more)
{
	const struct rows *variables = &rows[RUNNING_VARIABLE];
	bool matches;
	size_t i;

	for (i = 0; i < variables->count && *ret_more; i++) {
		TRY(running_query_matches(query, rows, variables->row[i], &matches));
		*ret_more = !matches || offer(arg, arena, variables->row[i]);
	}
	return 0;
}

static bool offer_of_batch(void *arg, struct arena *arena, const union slot *row)
{
	return offer(arg, arena, row);
}

int running_variable_offer(struct request *request, struct arena *arena, struct listing *listing)
{
	static const char *const naming[] = {
		"processInstanceIdIn", "executionIdIn",        "taskIdIn",
		"variableScopeIdIn",   "activityInstanceIdIn", NULL};
	struct offering offering = {
		listing, request_flag(request, "deserializeValues", true) ? SHOW_DESERIALISED : 0};
	struct running_query query;
	bool counted;

	TRY(running_query_count(request, listing, RUNNING_VARIABLE, NULL, &counted));
	TRY(running_query_make(request, listing->query, naming, 1u << RUNNING_VARIABLE, &query));
	TRY(batch_variables_walk(&query, arena, offer_of_batch, &offering));
	if (counted)
		return 0;
	query.tasks_too = true;
	return running_query_walk(&query, arena, offer_variables, &offering);
}

int running_variable_get(struct request *request, const char *id, union slot **ret)
{
	struct txn reader = txn_reader(request->engine->store, request->arena);
	struct serials one = {0, NULL};
	struct rows rows[RUNNING_MAX];
	struct running_scan scan;
	size_t i;
	int code = batch_variable_get(&reader, id, ret);

	if (code != ERR_NOT_FOUND)
		return code;
	serials_add(&one, request->arena, reader.store, id);
	running_scan_start_tasks(&scan, &reader, &one, 1u << RUNNING_VARIABLE);
	TRY(running_scan_next(&scan, request->arena, rows));
	for (i = 0; i < rows[RUNNING_VARIABLE].count; i++) {
		*ret = rows[RUNNING_VARIABLE].row[i];
		if (!strcmp((*ret)[RUNNING_VARIABLE_ID].s, id))
			return 0;
	}
	return ERR_NOT_FOUND;
}
