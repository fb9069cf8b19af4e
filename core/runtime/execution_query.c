#include "core/runtime/execution_query.h"

#include "core/history/incident_kind.h"
#include "core/runtime/running_query.h"

/* An execution with what is asked of its instance. */
enum view_field {
	VIEW_ID,
	VIEW_INSTANCE_ID,
	VIEW_ENDED,
	VIEW_TENANT_ID,
	VIEW_ACTIVITY_ID,
	VIEW_DEFINITION_ID,
	VIEW_DEFINITION_KEY,
	VIEW_BUSINESS_KEY,
	VIEW_SUSPENDED,
	VIEW_MAX,
};

static const struct field fields[] = {
	{"id",		1, FIELD_STRING, 0,            NULL},
	{"processInstanceId", 2, FIELD_STRING, 0,            NULL},
	{"ended",             3, FIELD_BOOL,   0,            NULL},
	{"tenantId",          4, FIELD_STRING, 0,            NULL},
	{"activityId",        0, FIELD_STRING, FIELD_SECRET, NULL},
	{"definitionId",      0, FIELD_STRING, FIELD_SECRET, NULL},
	{"definitionKey",     0, FIELD_STRING, FIELD_SECRET, NULL},
	{"businessKey",       0, FIELD_STRING, FIELD_SECRET, NULL},
	{"suspended",         0, FIELD_BOOL,   FIELD_SECRET, NULL},
};
static const struct kind view_kind = KIND("executions", 67, fields);

static const struct filter filters[] = {
	FILTER("processDefinitionKey", STRING, OP_EQ, VIEW_DEFINITION_KEY),
	FILTER("businessKey", STRING, OP_EQ, VIEW_BUSINESS_KEY),
	FILTER("processDefinitionId", STRING, OP_EQ, VIEW_DEFINITION_ID),
	FILTER("processInstanceId", STRING, OP_EQ, VIEW_INSTANCE_ID),
	FILTER("activityId", STRING, OP_EQ, VIEW_ACTIVITY_ID),
	FILTER("signalEventSubscriptionName", STRING, RUNS_NEVER, 0),
	FILTER("messageEventSubscriptionName", STRING, RUNS_NEVER, 0),
	FILTER("active", BOOL, OP_IF_FALSE, VIEW_SUSPENDED),
	FILTER("suspended", BOOL, OP_IF_TRUE, VIEW_SUSPENDED),
	FILTER("incidentId", STRING, RUNS_INCIDENT, INCIDENT_ID),
	FILTER("incidentType", STRING, RUNS_INCIDENT, INCIDENT_TYPE),
	FILTER("incidentMessage", STRING, RUNS_INCIDENT, INCIDENT_MESSAGE),
	FILTER("incidentMessageLike", STRING, RUNS_INCIDENT, INCIDENT_MESSAGE),
	{"tenantIdIn",       PARAM_LIST,   OP_IN,                  VIEW_TENANT_ID, "tenantIds", 0, NULL          },
	{"variables",        PARAM_OBJECT, RUNS_VARIABLES,         0,              NULL,        0, variables_bind},
	{"processVariables", PARAM_OBJECT, RUNS_PROCESS_VARIABLES, 0,              NULL,        0, variables_bind},
	FILTER("variableNamesIgnoreCase", BOOL, RUNS_FLAG, 0),
	FILTER("variableValuesIgnoreCase", BOOL, RUNS_FLAG, 0),
};

static const struct sort_key sorts[] = {
	{"instanceId",    VIEW_INSTANCE_ID   },
	{"definitionKey", VIEW_DEFINITION_KEY},
	{"definitionId",  VIEW_DEFINITION_ID },
	{"tenantId",      VIEW_TENANT_ID     },
};

const struct resource execution_resource = {
	.kind = &view_kind,
	.filters = filters,
	.filter_count = ARRAY_SIZE(filters),
	.sorts = sorts,
	.sort_count = ARRAY_SIZE(sorts),
};

int execution_query_check(struct request *request, struct query *query)
{
	(void)request;
	query->or_count = 0; /* it has no orQueries */
	return 0;
}

static void view_of(const struct rows rows[RUNNING_MAX], const struct execution *execution,
		    union slot ret[VIEW_MAX])
{
	const struct running_instance *instance =
		(const struct running_instance *)rows[RUNNING_INSTANCE].row[0];

	ret[VIEW_ID].s = execution->id;
	ret[VIEW_INSTANCE_ID].s = execution->process_instance_id;
	ret[VIEW_ENDED].i = execution->ended;
	ret[VIEW_TENANT_ID].s = execution->tenant_id;
	ret[VIEW_ACTIVITY_ID].s = execution->activity_id;
	ret[VIEW_DEFINITION_ID].s = instance->definition_id;
	ret[VIEW_DEFINITION_KEY].s = instance->definition_key;
	ret[VIEW_BUSINESS_KEY].s = instance->business_key;
	ret[VIEW_SUSPENDED].i = instance->suspended;
}

static int offer_executions(struct running_query *query, struct arena *arena,
			    const struct rows rows[RUNNING_MAX], void *arg, bool *ret_more)
{
	const struct rows *executions = &rows[RUNNING_EXECUTION];
	struct listing *listing = arg;
	union slot view[VIEW_MAX];
	bool matches;
	size_t i;

	(void)arena;
	for (i = 0; i < executions->count && *ret_more; i++) {
		view_of(rows, (const struct execution *)executions->row[i], view);
		TRY(running_query_matches(query, rows, view, &matches));
		*ret_more = !matches || listing_offer(listing, view);
	}
	return 0;
}

int execution_query_offer(struct request *request, struct arena *arena, struct listing *listing)
{
	static const char *const naming[] = {"processInstanceId", "incidentId", NULL};
	struct running_query query;
	bool counted;

	TRY(running_query_count(request, listing, RUNNING_EXECUTION, NULL, &counted));
	if (counted)
		return 0;
	TRY(running_query_make(request, listing->query, naming, 1u << RUNNING_EXECUTION, &query));
	return running_query_walk(&query, arena, offer_executions, listing);
}
