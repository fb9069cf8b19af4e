/* /decision-definition: lists, single definitions, models, times to live. */
#include "core/api/definition_api.h"
#include "core/api/handler.h"

#define ROW(name, type, op, field)                                                                 \
	{                                                                                          \
		name, PARAM_##type, op, field, NULL, 0, NULL                                       \
	}

static const struct filter filters[] = {
	ROW("decisionDefinitionId", STRING, OP_EQ, DEFINITION_ID),
	ROW("decisionDefinitionIdIn", LIST, OP_IN, DEFINITION_ID),
	ROW("name", STRING, OP_EQ, DEFINITION_NAME),
	ROW("nameLike", STRING, OP_LIKE, DEFINITION_NAME),
	ROW("deploymentId", STRING, OP_EQ, DEFINITION_DEPLOYMENT_ID),
	ROW("key", STRING, OP_EQ, DEFINITION_KEY),
	ROW("keyLike", STRING, OP_LIKE, DEFINITION_KEY),
	ROW("category", STRING, OP_EQ, DEFINITION_CATEGORY),
	ROW("categoryLike", STRING, OP_LIKE, DEFINITION_CATEGORY),
	ROW("version", INT, ASK_VERSION, DEFINITION_VERSION),
	ROW("latestVersion", BOOL, OP_IF_TRUE, DEFINITION_LATEST),
	ROW("resourceName", STRING, OP_EQ, DEFINITION_RESOURCE),
	ROW("resourceNameLike", STRING, OP_LIKE, DEFINITION_RESOURCE),
	ROW("tenantIdIn", LIST, ASK_TENANTS, DEFINITION_TENANT_ID),
	ROW("withoutTenantId", BOOL, OP_ABSENT, DEFINITION_TENANT_ID),
	ROW("includeDecisionDefinitionsWithoutTenantId", BOOL, OP_NONE, DEFINITION_TENANT_ID),
	ROW("deployedAfter", DATE, OP_THEREAFTER, DEFINITION_DEPLOY_TIME),
	ROW("deployedAt", DATE, OP_EQ, DEFINITION_DEPLOY_TIME),
	ROW("decisionRequirementsDefinitionId", STRING, OP_EQ, DECISION_DEFINITION_REQUIREMENTS_ID),
	ROW("decisionRequirementsDefinitionKey", STRING, OP_EQ,
	    DECISION_DEFINITION_REQUIREMENTS_KEY),
	ROW("withoutDecisionRequirementsDefinition", BOOL, OP_ABSENT,
	    DECISION_DEFINITION_REQUIREMENTS_ID),
	ROW("versionTag", STRING, OP_EQ, DECISION_DEFINITION_VERSION_TAG),
	ROW("versionTagLike", STRING, OP_LIKE, DECISION_DEFINITION_VERSION_TAG),
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
	&decision_definition_kind,
	filters,
	ARRAY_SIZE(filters),
	sorts,
	ARRAY_SIZE(sorts),
	false,
	NULL,
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
