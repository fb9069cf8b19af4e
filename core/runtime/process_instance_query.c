#include "core/runtime/process_instance_query.h"

#include <string.h>

#include "core/engine.h"
#include "core/history/incident_kind.h"
#include "core/runtime/running_query.h"

/* They are for bodies alone. */
static int refuse_or_queries(struct request *request, struct criterion *criterion, const char *text,
			     const struct json *node)
{
	(void)criterion;
	(void)node;
	return text ? request_fail(request, ERR_ILLEGAL_ARGUMENT, "argument type mismatch") : 0;
}

#define LIST(name, op, field, nulls)                                                               \
	{                                                                                          \
		name, PARAM_LIST, op, field, nulls, 0, NULL                                        \
	}
static const struct filter filters[] = {
	FILTER("deploymentId", STRING, RUNS_DEPLOYMENT, 0),
	FILTER("processDefinitionKey", STRING, OP_EQ, RUNNING_INSTANCE_DEFINITION_KEY),
	LIST("processDefinitionKeyIn", OP_IN, RUNNING_INSTANCE_DEFINITION_KEY,
	     "processDefinitionKeys"),
	LIST("processDefinitionKeyNotIn", OP_NOT_IN, RUNNING_INSTANCE_DEFINITION_KEY,
	     "processDefinitionKeyNotIn"),
	FILTER("businessKey", STRING, OP_EQ, RUNNING_INSTANCE_BUSINESS_KEY),
	FILTER("businessKeyLike", STRING, OP_LIKE, RUNNING_INSTANCE_BUSINESS_KEY),
	FILTER("caseInstanceId", STRING, OP_EQ, RUNNING_INSTANCE_CASE_ID),
	FILTER("processDefinitionId", STRING, OP_EQ, RUNNING_INSTANCE_DEFINITION_ID),
	FILTER("superProcessInstance", STRING, RUNS_CALLED_BY, 0),
	FILTER("subProcessInstance", STRING, RUNS_CALLS, 0),
	FILTER("superCaseInstance", STRING, RUNS_NEVER, 0),
	FILTER("subCaseInstance", STRING, RUNS_NEVER, 0),
	FILTER("active", BOOL, OP_IF_FALSE, RUNNING_INSTANCE_SUSPENDED),
	FILTER("suspended", BOOL, OP_IF_TRUE, RUNNING_INSTANCE_SUSPENDED),
	{"processInstanceIds", PARAM_ARRAY,  RUNS_IDS,       RUNNING_INSTANCE_ID, NULL, 0, NULL             },
	FILTER("withIncident", BOOL, RUNS_INCIDENT, INCIDENT_ID),
	FILTER("incidentId", STRING, RUNS_INCIDENT, INCIDENT_ID),
	FILTER("incidentType", STRING, RUNS_INCIDENT, INCIDENT_TYPE),
	FILTER("incidentMessage", STRING, RUNS_INCIDENT, INCIDENT_MESSAGE),
	FILTER("incidentMessageLike", STRING, RUNS_INCIDENT, INCIDENT_MESSAGE),
	FILTER("rootProcessInstanceId", STRING, OP_EQ, RUNNING_INSTANCE_ROOT_ID),
	LIST("tenantIdIn", OP_IN, RUNNING_INSTANCE_TENANT_ID, "tenantIds"),
	FILTER("withoutTenantId", BOOL, OP_ABSENT, RUNNING_INSTANCE_TENANT_ID),
	LIST("activityIdIn", RUNS_ACTIVITIES, 0, "activity ids"),
	FILTER("rootProcessInstances", BOOL, RUNS_AT_TOP, 0),
	FILTER("leafProcessInstances", BOOL, RUNS_ALWAYS, 0),
	FILTER("processDefinitionWithoutTenantId", BOOL, RUNS_FREE_DEFINITION, 0),
	{"variables",          PARAM_OBJECT, RUNS_VARIABLES, 0,                   NULL, 0, variables_bind   },
	FILTER("variableNamesIgnoreCase", BOOL, RUNS_FLAG, 0),
	FILTER("variableValuesIgnoreCase", BOOL, RUNS_FLAG, 0),
	{"orQueries",          PARAM_OBJECT, RUNS_FLAG,      0,                   NULL, 0, refuse_or_queries},
};

static const struct sort_key sorts[] = {
	{"instanceId",    RUNNING_INSTANCE_ID            },
	{"definitionKey", RUNNING_INSTANCE_DEFINITION_KEY},
	{"definitionId",  RUNNING_INSTANCE_DEFINITION_ID },
	{"tenantId",      RUNNING_INSTANCE_TENANT_ID     },
	{"businessKey",   RUNNING_INSTANCE_BUSINESS_KEY  },
};

const struct resource running_instance_resource = {
	.kind = &running_instance_kind,
	.filters = filters,
	.filter_count = ARRAY_SIZE(filters),
	.sorts = sorts,
	.sort_count = ARRAY_SIZE(sorts),
	.or_queries = true,
};

/* Filters whose ids lead to the instance. */
static const char *const naming[] = {"processInstanceIds", "incidentId", NULL};

static int check_pairs(struct request *request, const struct query *query)
{
	static const struct {
		const char *first, *second, *second_name;
	} pairs[] = {
		{"rootProcessInstances", "superProcessInstance", "superProcessInstanceId"},
		{"leafProcessInstances", "subProcessInstance",   "subProcessInstanceId"  },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(pairs); i++)
		if (query_criterion(query, pairs[i].first) &&
		    query_criterion(query, pairs[i].second))
			return request_fail(request, ERR_ENGINE,
					    "Invalid query usage: cannot set both %s and %s",
					    pairs[i].first, pairs[i].second_name);
	return 0;
}

int running_instance_check(struct request *request, struct query *query)
{
	size_t i;

	TRY(check_pairs(request, query));
	for (i = 0; i < query->or_count; i++)
		TRY(check_pairs(request, query->ors[i]));
	/* they come in order of their ids anyway */
	if (query->sort_count && query->sorts[0].key->field == RUNNING_INSTANCE_ID &&
	    !query->sorts[0].descending)
		query->sort_count = 0;
	return 0;
}

static int offer_instance(struct running_query *query, struct arena *arena,
			  const struct rows rows[RUNNING_MAX], void *arg, bool *ret_more)
{
	struct listing *listing = arg;
	const union slot *row = rows[RUNNING_INSTANCE].row[0];
	bool matches;

	(void)arena;
	TRY(running_query_matches(query, rows, row, &matches));
	*ret_more = !matches || listing_offer(listing, row);
	return 0;
}

int running_instance_offer(struct request *request, struct arena *arena, struct listing *listing)
{
	static const char *const exact[] = {"businessKey", "processDefinitionId",
					    "processDefinitionKey", "processDefinitionKeyIn", NULL};
	struct running_query query;
	bool counted;

	TRY(running_query_count(request, listing, RUNNING_INSTANCE, exact, &counted));
	if (counted)
		return 0;
	TRY(running_query_make(request, listing->query, naming, 0, &query));
	return running_query_walk(&query, arena, offer_instance, listing);
}

struct selecting {
	void (*take)(void *arg, const char *id);
	void *arg;
};

static int select_instance(struct running_query *query, struct arena *arena,
			   const struct rows rows[RUNNING_MAX], void *arg, bool *ret_more)
{
	const union slot *row = rows[RUNNING_INSTANCE].row[0];
	struct selecting *selecting = arg;
	bool matches;

	(void)arena;
	*ret_more = true;
	TRY(running_query_matches(query, rows, row, &matches));
	if (matches)
		selecting->take(selecting->arg, row[RUNNING_INSTANCE_ID].s);
	return 0;
}

int running_instance_select(struct request *request, const struct json *object, int refusal,
			    void (*take)(void *arg, const char *id), void *arg)
{
	struct selecting selecting = {take, arg};
	struct running_query ready;
	struct query query;
	struct arena arena;
	int code;

	TRY(query_bind_object(request, &running_instance_resource, object, &query));
	TRY(running_instance_check(request, &query));
	query.nested = true;
	TRY(running_query_make(request, &query, naming, 0, &ready));
	TRY(query_check_direction(request, &query, refusal));
	arena_init(&arena);
	code = running_query_walk(&ready, &arena, select_instance, &selecting);
	arena_clear(&arena);
	return code;
}
