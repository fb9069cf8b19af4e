/* /process-definition: lists, single definitions, models, times to live, statistics. */
#include <string.h>

#include "core/api/definition_api.h"
#include "core/api/handler.h"
#include "core/engine.h"
#include "core/history/incident_kind.h"
#include "core/history/statistics.h"

/* ASK_STARTER: of users whom the model names; groups of users are not known (semantics.md 5.9). */
enum { ASK_INCIDENT = ASK_DEFINITION_OWN, ASK_INCIDENT_LIKE, ASK_STARTER };

static const struct filter filters[] = {
	FILTER("processDefinitionId", STRING, OP_EQ, DEFINITION_ID),
	FILTER("processDefinitionIdIn", LIST, OP_IN, DEFINITION_ID),
	FILTER("name", STRING, OP_EQ, DEFINITION_NAME),
	FILTER("nameLike", STRING, OP_LIKE_FOLDED, DEFINITION_NAME),
	FILTER("deploymentId", STRING, OP_EQ, DEFINITION_DEPLOYMENT_ID),
	FILTER("deployedAfter", DATE, OP_THEREAFTER, DEFINITION_DEPLOY_TIME),
	FILTER("deployedAt", DATE, OP_EQ, DEFINITION_DEPLOY_TIME),
	FILTER("key", STRING, OP_EQ, DEFINITION_KEY),
	FILTER("keysIn", LIST, OP_IN, DEFINITION_KEY),
	FILTER("keyLike", STRING, OP_LIKE, DEFINITION_KEY),
	FILTER("category", STRING, OP_EQ, DEFINITION_CATEGORY),
	FILTER("categoryLike", STRING, OP_LIKE, DEFINITION_CATEGORY),
	FILTER("version", INT, ASK_VERSION, DEFINITION_VERSION),
	FILTER("latestVersion", BOOL, OP_IF_TRUE, DEFINITION_LATEST),
	FILTER("resourceName", STRING, OP_EQ, DEFINITION_RESOURCE),
	FILTER("resourceNameLike", STRING, OP_LIKE, DEFINITION_RESOURCE),
	FILTER("startableBy", STRING, ASK_STARTER, PROCESS_DEFINITION_STARTERS),
	FILTER("active", BOOL, ASK_ACTIVE, PROCESS_DEFINITION_SUSPENDED),
	FILTER("suspended", BOOL, OP_IF_TRUE, PROCESS_DEFINITION_SUSPENDED),
	FILTER("incidentId", STRING, ASK_INCIDENT, INCIDENT_ID),
	FILTER("incidentType", STRING, ASK_INCIDENT, INCIDENT_TYPE),
	FILTER("incidentMessage", STRING, ASK_INCIDENT, INCIDENT_MESSAGE),
	FILTER("incidentMessageLike", STRING, ASK_INCIDENT_LIKE, INCIDENT_MESSAGE),
	FILTER("tenantIdIn", LIST, ASK_TENANTS, DEFINITION_TENANT_ID),
	FILTER("withoutTenantId", BOOL, OP_ABSENT, DEFINITION_TENANT_ID),
	FILTER("includeProcessDefinitionsWithoutTenantId", BOOL, OP_NONE, DEFINITION_TENANT_ID),
	FILTER("versionTag", STRING, ASK_VERSION_TAG, PROCESS_DEFINITION_VERSION_TAG),
	FILTER("versionTagLike", STRING, OP_LIKE, PROCESS_DEFINITION_VERSION_TAG),
	FILTER("withoutVersionTag", BOOL, OP_ABSENT, PROCESS_DEFINITION_VERSION_TAG),
	FILTER("startableInTasklist", BOOL, OP_IF_TRUE, PROCESS_DEFINITION_STARTABLE),
	FILTER("notStartableInTasklist", BOOL, OP_IF_FALSE, PROCESS_DEFINITION_STARTABLE),
	FILTER("startablePermissionCheck", BOOL, OP_NONE, DEFINITION_ID),
};

static const struct sort_key sorts[] = {
	{"category",     DEFINITION_CATEGORY           },
	{"key",          DEFINITION_KEY                },
	{"id",           DEFINITION_ID                 },
	{"name",         DEFINITION_NAME               },
	{"version",      DEFINITION_VERSION            },
	{"deploymentId", DEFINITION_DEPLOYMENT_ID      },
	{"deployTime",   DEFINITION_DEPLOY_TIME        },
	{"tenantId",     DEFINITION_TENANT_ID          },
	{"versionTag",   PROCESS_DEFINITION_VERSION_TAG},
};

static const struct resource resource = {
	.kind = &process_definition_kind,
	.filters = filters,
	.filter_count = ARRAY_SIZE(filters),
	.sorts = sorts,
	.sort_count = ARRAY_SIZE(sorts),
};

/* Definitions that have an open incident which meets all filters on incidents. */
struct selecting {
	const struct query *query;
	const struct definitions *definitions;
	uint8_t *selected;
};

static bool asks_incident(const struct criterion *criterion)
{
	return criterion->filter->op == ASK_INCIDENT || criterion->filter->op == ASK_INCIDENT_LIKE;
}

static bool incident_fits(const struct criterion *criterion, const union slot *incident)
{
	const char *text = incident[criterion->filter->field].s;

	if (!text)
		return false;
	return criterion->filter->op == ASK_INCIDENT ? !strcmp(text, criterion->text)
						     : text_like(text, criterion->text);
}

static void select_incident(struct selecting *selecting, const union slot *incident)
{
	const struct query *query = selecting->query;
	const char *id = incident[INCIDENT_PROCESS_DEFINITION_ID].s;
	size_t i, at;

	for (i = 0; i < query->count; i++)
		if (asks_incident(&query->criteria[i]) &&
		    !incident_fits(&query->criteria[i], incident))
			return;
	at = id ? definitions_find(selecting->definitions, id) : selecting->definitions->count;
	if (at < selecting->definitions->count)
		selecting->selected[at] = 1;
}

static void select_instance(void *arg, const struct rows *rows)
{
	size_t i;

	for (i = 0; i < rows[ROW_INCIDENT].count; i++)
		if (rows[ROW_INCIDENT].row[i][INCIDENT_END_TIME].i == TIME_NULL)
			select_incident(arg, rows[ROW_INCIDENT].row[i]);
}

static int select_by_incidents(struct request *request, struct selecting *selecting)
{
	return statistics_running(request, NULL, SUMMARY_INCIDENTS, 1u << ROW_INCIDENT,
				  select_instance, selecting);
}

static bool may_start(struct arena *arena, const union slot *row, const char *user)
{
	const char *starters = row[PROCESS_DEFINITION_STARTERS].s;

	return starters && strstr(starters, arena_printf(arena, "\n%s\n", user));
}

/* Takes away what the user may not start. */
static void select_by_starter(struct request *request, const struct selecting *selecting,
			      const char *user)
{
	size_t i;

	for (i = 0; i < selecting->definitions->count; i++)
		if (!may_start(request->arena, selecting->definitions->rows[i], user))
			selecting->selected[i] = 0;
}

static int select_definitions(struct request *request, const struct query *query,
			      const struct definitions *definitions, const uint8_t **ret)
{
	const struct criterion *starter = query_criterion(query, "startableBy");
	struct selecting selecting = {query, definitions, NULL};
	bool incidents = false;
	size_t i;

	for (i = 0; i < query->count; i++)
		incidents |= asks_incident(&query->criteria[i]);
	if (!incidents && !starter)
		return 0;
	*ret = selecting.selected = arena_alloc(request->arena, definitions->count + 1);
	if (incidents)
		TRY(select_by_incidents(request, &selecting));
	else
		memset(selecting.selected, 1, definitions->count);
	if (starter)
		select_by_starter(request, &selecting, starter->text);
	return 0;
}

static const char *const not_with_latest[] = {"processDefinitionId", "version", "deploymentId",
					      NULL};

const struct definition_source process_definition_source = {
	.resource = &resource,
	.noun = "process definition",
	.variable = "processDefinition",
	.include = "includeProcessDefinitionsWithoutTenantId",
	.query_error = ERR_ENGINE,
	.latest_error = "Calling latest() can only be used in combination with key(String) and "
			"keyLike(String) or name(String) and nameLike(String)",
	.not_with_latest = not_with_latest,
	.model = "bpmn20Xml",
	.missing = ERR_INVALID_404_0,
	.missing_text = "No matching definition with id ",
	.missing_diagram = ERR_NO_DEFINITION,
	.diagram = PROCESS_DEFINITION_DIAGRAM,
	.select = select_definitions,
};

int process_definition_list(struct request *request)
{
	return definition_answer_list(request, &process_definition_source);
}

int process_definition_count(struct request *request)
{
	return definition_answer_count(request, &process_definition_source);
}

int process_definition_get(struct request *request)
{
	return definition_answer(request, &process_definition_source);
}

int process_definition_get_xml(struct request *request)
{
	return definition_answer_xml(request, &process_definition_source);
}

int process_definition_get_diagram(struct request *request)
{
	return definition_answer_diagram(request, &process_definition_source);
}

int process_definition_set_history_time_to_live(struct request *request)
{
	return definition_answer_set_time_to_live(request, &process_definition_source);
}
