/* /decision-requirements-definition: lists, single definitions, models. */
#include "core/api/definition_api.h"
#include "core/api/handler.h"

static const struct filter filters[] = {
	FILTER("decisionRequirementsDefinitionId", STRING, OP_EQ, DEFINITION_ID),
	FILTER("decisionRequirementsDefinitionIdIn", LIST, OP_IN, DEFINITION_ID),
	FILTER("name", STRING, OP_EQ, DEFINITION_NAME),
	FILTER("nameLike", STRING, OP_LIKE, DEFINITION_NAME),
	FILTER("deploymentId", STRING, OP_EQ, DEFINITION_DEPLOYMENT_ID),
	FILTER("key", STRING, OP_EQ, DEFINITION_KEY),
	FILTER("keyLike", STRING, OP_LIKE, DEFINITION_KEY),
	FILTER("category", STRING, OP_EQ, DEFINITION_CATEGORY),
	FILTER("categoryLike", STRING, OP_LIKE, DEFINITION_CATEGORY),
	FILTER("version", INT, ASK_VERSION, DEFINITION_VERSION),
	FILTER("latestVersion", BOOL, OP_IF_TRUE, DEFINITION_LATEST),
	FILTER("resourceName", STRING, OP_EQ, DEFINITION_RESOURCE),
	FILTER("resourceNameLike", STRING, OP_LIKE, DEFINITION_RESOURCE),
	FILTER("tenantIdIn", LIST, ASK_TENANTS, DEFINITION_TENANT_ID),
	FILTER("withoutTenantId", BOOL, OP_ABSENT, DEFINITION_TENANT_ID),
	FILTER("includeDecisionRequirementsDefinitionsWithoutTenantId", BOOL, OP_NONE,
	       DEFINITION_TENANT_ID),
};

static const struct sort_key sorts[] = {
	{"category",     DEFINITION_CATEGORY     },
	{"key",          DEFINITION_KEY          },
	{"id",           DEFINITION_ID           },
	{"name",         DEFINITION_NAME         },
	{"version",      DEFINITION_VERSION      },
	{"deploymentId", DEFINITION_DEPLOYMENT_ID},
	{"tenantId",     DEFINITION_TENANT_ID    },
};

static const struct resource resource = {
	.kind = &requirements_definition_kind,
	.filters = filters,
	.filter_count = ARRAY_SIZE(filters),
	.sorts = sorts,
	.sort_count = ARRAY_SIZE(sorts),
};

static const char *const not_with_latest[] = {
	"decisionRequirementsDefinitionId", "name", "nameLike", "version", "deploymentId", NULL};

const struct definition_source requirements_definition_source = {
	.resource = &resource,
	.noun = "decision requirements definition",
	.variable = "decisionRequirementsDefinition",
	.include = "includeDecisionRequirementsDefinitionsWithoutTenantId",
	.query_error = ERR_NOT_VALID,
	.latest_error = "Calling latest() can only be used in combination with key(String) and "
			"keyLike(String)",
	.not_with_latest = not_with_latest,
	.model = "dmnXml",
	.missing = ERR_INVALID_0,
	.missing_diagram = ERR_NOT_VALID,
	.diagram = -1,
};

int decision_requirements_definition_list(struct request *request)
{
	return definition_answer_list(request, &requirements_definition_source);
}

int decision_requirements_definition_count(struct request *request)
{
	return definition_answer_count(request, &requirements_definition_source);
}

int decision_requirements_definition_get(struct request *request)
{
	return definition_answer(request, &requirements_definition_source);
}

int decision_requirements_definition_get_xml(struct request *request)
{
	return definition_answer_xml(request, &requirements_definition_source);
}

int decision_requirements_definition_get_diagram(struct request *request)
{
	return definition_answer_diagram(request, &requirements_definition_source);
}
