/* /decision-definition: lists, single definitions, models, times to live. */
#include "core/api/definition_api.h"
#include "core/api/handler.h"

static const struct filter filters[] = {
	FILTER("decisionDefinitionId", STRING, OP_EQ, DEFINITION_ID),
	FILTER("decisionDefinitionIdIn", LIST, OP_IN, DEFINITION_ID),
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
	FILTER("includeDecisionDefinitionsWithoutTenantId", BOOL, OP_NONE, DEFINITION_TENANT_ID),
	FILTER("deployedAfter", DATE, OP_THEREAFTER, DEFINITION_DEPLOY_TIME),
	FILTER("deployedAt", DATE, OP_EQ, DEFINITION_DEPLOY_TIME),
	FILTER("decisionRequirementsDefinitionId", STRING, OP_EQ,
	       DECISION_DEFINITION_REQUIREMENTS_ID),
	FILTER("decisionRequirementsDefinitionKey", STRING, OP_EQ,
	       DECISION_DEFINITION_REQUIREMENTS_KEY),
	FILTER("withoutDecisionRequirementsDefinition", BOOL, OP_ABSENT,
	       DECISION_DEFINITION_REQUIREMENTS_ID),
	FILTER("versionTag", STRING, OP_EQ, DECISION_DEFINITION_VERSION_TAG),
	FILTER("versionTagLike", STRING, OP_LIKE, DECISION_DEFINITION_VERSION_TAG),
};

static const struct sort_key sorts[] = {
	{"category",			  DEFINITION_CATEGORY                 },
	{"key",			       DEFINITION_KEY                      },
	{"id",				DEFINITION_ID                       },
	{"name",			      DEFINITION_NAME                     },
	{"version",			   DEFINITION_VERSION                  },
	{"deploymentId",                      DEFINITION_DEPLOYMENT_ID            },
	{"tenantId",			  DEFINITION_TENANT_ID                },
	{"deployTime",			DEFINITION_DEPLOY_TIME              },
	{"versionTag",			DECISION_DEFINITION_VERSION_TAG     },
	{"decisionRequirementsDefinitionKey", DECISION_DEFINITION_REQUIREMENTS_KEY},
};

static const struct resource resource = {
	.kind = &decision_definition_kind,
	.filters = filters,
	.filter_count = ARRAY_SIZE(filters),
	.sorts = sorts,
	.sort_count = ARRAY_SIZE(sorts),
};

static const char *const not_with_latest[] = {"decisionDefinitionId", "name", "nameLike", "version",
					      "deploymentId",         NULL};

const struct definition_source decision_definition_source = {
	.resource = &resource,
	.noun = "decision definition",
	.variable = "decisionDefinition",
	.include = "includeDecisionDefinitionsWithoutTenantId",
	.query_error = ERR_NOT_VALID,
	.latest_error = "Calling latest() can only be used in combination with key(String) and "
			"keyLike(String)",
	.not_with_latest = not_with_latest,
	.model = "dmnXml",
	.missing = ERR_INVALID_404_0,
	.missing_diagram = ERR_NO_DEFINITION,
	.diagram = -1,
};

int decision_definition_list(struct request *request)
{
	return definition_answer_list(request, &decision_definition_source);
}

int decision_definition_count(struct request *request)
{
	return definition_answer_count(request, &decision_definition_source);
}

int decision_definition_get(struct request *request)
{
	return definition_answer(request, &decision_definition_source);
}

int decision_definition_get_xml(struct request *request)
{
	return definition_answer_xml(request, &decision_definition_source);
}

int decision_definition_get_diagram(struct request *request)
{
	return definition_answer_diagram(request, &decision_definition_source);
}

int decision_definition_set_history_time_to_live(struct request *request)
{
	return definition_answer_set_time_to_live(request, &decision_definition_source);
}
