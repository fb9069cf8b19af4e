#include "core/runtime/task_resource.h"

#include <string.h>
#include <strings.h>

#include "core/history/variable_query.h"

#define HIDDEN(name, type)                                                                         \
	{                                                                                          \
		name, 0, FIELD_##type, FIELD_DERIVED | FIELD_HIDDEN, NULL                          \
	}

static const struct field list_fields[LIST_FIELDS] = {
	{"id",		  0, FIELD_STRING, 0, NULL},
	{"name",                0, FIELD_STRING, 0, NULL},
	{"assignee",            0, FIELD_STRING, 0, NULL},
	{"created",             0, FIELD_TIME,   0, NULL},
	{"due",		 0, FIELD_TIME,   0, NULL},
	{"followUp",            0, FIELD_TIME,   0, NULL},
	{"lastUpdated",         0, FIELD_TIME,   0, NULL},
	{"delegationState",     0, FIELD_STRING, 0, NULL},
	{"description",         0, FIELD_STRING, 0, NULL},
	{"executionId",         0, FIELD_STRING, 0, NULL},
	{"owner",               0, FIELD_STRING, 0, NULL},
	{"parentTaskId",        0, FIELD_STRING, 0, NULL},
	{"priority",            0, FIELD_INT,    0, NULL},
	{"processDefinitionId", 0, FIELD_STRING, 0, NULL},
	{"processInstanceId",   0, FIELD_STRING, 0, NULL},
	{"taskDefinitionKey",   0, FIELD_STRING, 0, NULL},
	{"caseExecutionId",     0, FIELD_STRING, 0, NULL},
	{"caseInstanceId",      0, FIELD_STRING, 0, NULL},
	{"caseDefinitionId",    0, FIELD_STRING, 0, NULL},
	{"suspended",           0, FIELD_BOOL,   0, NULL},
	{"formKey",             0, FIELD_STRING, 0, NULL},
	{"camundaFormRef",      0, FIELD_JSON,   0, NULL},
	{"tenantId",            0, FIELD_STRING, 0, NULL},
	{"taskState",           0, FIELD_STRING, 0, NULL},
	HIDDEN("foldedName", STRING),
	HIDDEN("updated", TIME),
	HIDDEN("text1", STRING),
	HIDDEN("number1", DOUBLE),
	HIDDEN("text2", STRING),
	HIDDEN("number2", DOUBLE),
	HIDDEN("text3", STRING),
	HIDDEN("number3", DOUBLE),
};
static const struct kind list_kind = KIND("task", 0, list_fields);

#define ROW(name, type, op, field)                                                                 \
	{                                                                                          \
		name, PARAM_##type, op, RUNNING_TASK_##field, NULL, 0, NULL                        \
	}
#define LIST(name, op, field, nulls)                                                               \
	{                                                                                          \
		name, PARAM_ARRAY, op, RUNNING_TASK_##field, nulls, 0, NULL                        \
	}
#define ASK(name, type, op)                                                                        \
	{                                                                                          \
		name, PARAM_##type, op, 0, NULL, 0, NULL                                           \
	}
#define VARIABLES(name, op)                                                                        \
	{                                                                                          \
		name, PARAM_OBJECT, op, 0, NULL, 0, variables_bind                                 \
	}

static const struct filter filters[] = {
	ROW("taskId", STRING, OP_EQ, ID),
	LIST("taskIdIn", OP_IN, ID, "taskIds"),
	ROW("parentTaskId", STRING, OP_EQ, PARENT_TASK_ID),
	ROW("processInstanceId", STRING, OP_EQ, INSTANCE_ID),
	LIST("processInstanceIdIn", OP_IN, INSTANCE_ID, NULL),
	ASK("processInstanceBusinessKey", STRING, ASK_BUSINESS_KEY),
	ASK("processInstanceBusinessKeyIn", ARRAY, ASK_BUSINESS_KEYS),
	ASK("processInstanceBusinessKeyLike", STRING, ASK_BUSINESS_KEY_LIKE),
	ROW("processDefinitionId", STRING, OP_EQ, DEFINITION_ID),
	ASK("processDefinitionKey", STRING, ASK_DEFINITION_KEY),
	ASK("processDefinitionKeyIn", ARRAY, ASK_DEFINITION_KEYS),
	ASK("processDefinitionName", STRING, ASK_DEFINITION_NAME),
	ASK("processDefinitionNameLike", STRING, ASK_DEFINITION_NAME_LIKE),
	ROW("executionId", STRING, OP_EQ, EXECUTION_ID),
	ROW("caseInstanceId", STRING, OP_EQ, CASE_INSTANCE_ID),
	ASK("caseInstanceBusinessKey", STRING, ASK_NEVER),
	ASK("caseInstanceBusinessKeyLike", STRING, ASK_NEVER),
	ASK("caseDefinitionId", STRING, ASK_NEVER),
	ASK("caseDefinitionKey", STRING, ASK_NEVER),
	ASK("caseDefinitionName", STRING, ASK_NEVER),
	ASK("caseDefinitionNameLike", STRING, ASK_NEVER),
	ASK("caseExecutionId", STRING, ASK_NEVER),
	ASK("activityInstanceIdIn", ARRAY, ASK_ACTIVITY_INSTANCES),
	LIST("tenantIdIn", OP_IN, TENANT_ID, "tenantIds"),
	ROW("withoutTenantId", BOOL, ASK_TENANT_ABSENT, TENANT_ID),
	ROW("assignee", STRING, OP_EQ, ASSIGNEE),
	ROW("assigneeLike", STRING, OP_LIKE, ASSIGNEE),
	LIST("assigneeIn", OP_IN, ASSIGNEE, "Assignees"),
	LIST("assigneeNotIn", ASK_NOT_IN, ASSIGNEE, "Assignees"),
	ROW("owner", STRING, OP_EQ, OWNER),
	ASK("candidateUser", STRING, ASK_CANDIDATE_USER),
	ASK("candidateGroup", STRING, ASK_CANDIDATE_GROUP),
	ASK("candidateGroups", ARRAY, ASK_CANDIDATE_GROUPS),
	ASK("candidateGroupLike", STRING, ASK_CANDIDATE_GROUP_LIKE),
	ASK("withCandidateGroups", BOOL, ASK_WITH_GROUPS),
	ASK("withoutCandidateGroups", BOOL, ASK_WITHOUT_GROUPS),
	ASK("withCandidateUsers", BOOL, ASK_WITH_USERS),
	ASK("withoutCandidateUsers", BOOL, ASK_WITHOUT_USERS),
	ASK("includeAssignedTasks", BOOL, ASK_FLAG),
	ASK("involvedUser", STRING, ASK_INVOLVED_USER),
	ROW("assigned", BOOL, OP_PRESENT, ASSIGNEE),
	ROW("unassigned", BOOL, OP_ABSENT, ASSIGNEE),
	ROW("taskDefinitionKey", STRING, OP_EQ, DEFINITION_KEY),
	LIST("taskDefinitionKeyIn", OP_IN, DEFINITION_KEY, NULL),
	LIST("taskDefinitionKeyNotIn", ASK_NOT_IN, DEFINITION_KEY, NULL),
	ROW("taskDefinitionKeyLike", STRING, OP_LIKE, DEFINITION_KEY),
	ROW("name", STRING, OP_EQ_FOLDED, NAME),
	ROW("nameNotEqual", STRING, ASK_NOT_EQ, NAME),
	ROW("nameLike", STRING, OP_LIKE_FOLDED, NAME),
	ROW("nameNotLike", STRING, ASK_NOT_LIKE, NAME),
	ROW("description", STRING, OP_EQ_FOLDED, DESCRIPTION),
	ROW("descriptionLike", STRING, OP_LIKE_FOLDED, DESCRIPTION),
	ROW("priority", INT, OP_EQ, PRIORITY),
	ROW("maxPriority", INT, OP_LE, PRIORITY),
	ROW("minPriority", INT, OP_GE, PRIORITY),
	ROW("dueDate", DATE, OP_EQ, DUE),
	ROW("dueAfter", DATE, OP_THEREAFTER, DUE),
	ROW("dueBefore", DATE, OP_EARLIER, DUE),
	ROW("withoutDueDate", BOOL, OP_ABSENT, DUE),
	ROW("followUpDate", DATE, OP_EQ, FOLLOW_UP),
	ROW("followUpAfter", DATE, OP_THEREAFTER, FOLLOW_UP),
	ROW("followUpBefore", DATE, OP_EARLIER, FOLLOW_UP),
	ROW("followUpBeforeOrNotExistent", DATE, ASK_EARLIER_OR_ABSENT, FOLLOW_UP),
	ROW("createdOn", DATE, OP_EQ, CREATED),
	ROW("createdAfter", DATE, OP_THEREAFTER, CREATED),
	ROW("createdBefore", DATE, OP_EARLIER, CREATED),
	{"updatedAfter", PARAM_DATE, OP_THEREAFTER, LIST_UPDATED, NULL, 0, NULL},
	ROW("delegationState", STRING, OP_EQ, DELEGATION_STATE),
	ROW("active", BOOL, OP_IF_FALSE, SUSPENDED),
	ROW("suspended", BOOL, OP_IF_TRUE, SUSPENDED),
	VARIABLES("taskVariables", ASK_TASK_VARIABLES),
	VARIABLES("processVariables", ASK_PROCESS_VARIABLES),
	VARIABLES("caseInstanceVariables", ASK_NEVER),
	ASK("variableNamesIgnoreCase", BOOL, ASK_FLAG),
	ASK("variableValuesIgnoreCase", BOOL, ASK_FLAG),
	ASK("withCommentAttachmentInfo", BOOL, ASK_FLAG),
	ASK("withTaskVariablesInReturn", BOOL, ASK_FLAG),
	ASK("withTaskLocalVariablesInReturn", BOOL, ASK_FLAG),
	ASK("processInstanceBusinessKeyExpression", STRING, ASK_EXPRESSION),
	ASK("processInstanceBusinessKeyLikeExpression", STRING, ASK_EXPRESSION),
	ASK("assigneeExpression", STRING, ASK_EXPRESSION),
	ASK("assigneeLikeExpression", STRING, ASK_EXPRESSION),
	ASK("ownerExpression", STRING, ASK_EXPRESSION),
	ASK("candidateUserExpression", STRING, ASK_EXPRESSION),
	ASK("candidateGroupExpression", STRING, ASK_EXPRESSION),
	ASK("candidateGroupsExpression", STRING, ASK_EXPRESSION),
	ASK("involvedUserExpression", STRING, ASK_EXPRESSION),
	ASK("dueDateExpression", STRING, ASK_EXPRESSION),
	ASK("dueAfterExpression", STRING, ASK_EXPRESSION),
	ASK("dueBeforeExpression", STRING, ASK_EXPRESSION),
	ASK("followUpDateExpression", STRING, ASK_EXPRESSION),
	ASK("followUpAfterExpression", STRING, ASK_EXPRESSION),
	ASK("followUpBeforeExpression", STRING, ASK_EXPRESSION),
	ASK("followUpBeforeOrNotExistentExpression", STRING, ASK_EXPRESSION),
	ASK("createdOnExpression", STRING, ASK_EXPRESSION),
	ASK("createdAfterExpression", STRING, ASK_EXPRESSION),
	ASK("createdBeforeExpression", STRING, ASK_EXPRESSION),
	ASK("updatedAfterExpression", STRING, ASK_EXPRESSION),
};

static const struct sort_key sorts[] = {
	{"instanceId",            RUNNING_TASK_INSTANCE_ID      },
	{"caseInstanceId",        RUNNING_TASK_CASE_INSTANCE_ID },
	{"dueDate",               RUNNING_TASK_DUE              },
	{"executionId",           RUNNING_TASK_EXECUTION_ID     },
	{"caseExecutionId",       RUNNING_TASK_CASE_EXECUTION_ID},
	{"assignee",              RUNNING_TASK_ASSIGNEE         },
	{"created",               RUNNING_TASK_CREATED          },
	{"lastUpdated",           LIST_UPDATED                  },
	{"followUpDate",          RUNNING_TASK_FOLLOW_UP        },
	{"description",           RUNNING_TASK_DESCRIPTION      },
	{"id",		    RUNNING_TASK_ID               },
	{"name",		  RUNNING_TASK_NAME             },
	{"nameCaseInsensitive",   LIST_FOLDED_NAME              },
	{"priority",              RUNNING_TASK_PRIORITY         },
	{"tenantId",              RUNNING_TASK_TENANT_ID        },
 /* from here on of bodies alone */
	{"processVariable",       SORT_PROCESS_VARIABLE         },
	{"executionVariable",     SORT_EXECUTION_VARIABLE       },
	{"taskVariable",          SORT_TASK_VARIABLE            },
	{"caseExecutionVariable", SORT_CASE_VARIABLE            },
	{"caseInstanceVariable",  SORT_CASE_VARIABLE            },
};

const struct resource running_task_resource = {
	.kind = &list_kind,
	.filters = filters,
	.filter_count = ARRAY_SIZE(filters),
	.sorts = sorts,
	.sort_count = ARRAY_SIZE(sorts),
	.or_queries = true,
};

/* Types that variables can be ordered by; the rest is in no order. */
static const struct {
	const char *type;
	bool text;
	const char *refused; /* the type in the engine's words; NULL: it can be ordered by */
} ordered_types[] = {
	{"String",  true,  NULL    },
        {"Integer", false, NULL    },
        {"Long",    false, NULL    },
	{"Short",   false, NULL    },
        {"Double",  false, NULL    },
        {"Boolean", false, NULL    },
	{"Date",    false, NULL    },
        {"Bytes",   false, "bytes" },
        {"Object",  false, "object"},
	{"File",    false, "file"  },
};

static int bind_variable_sort(struct request *request, const struct json *element,
			      struct sorting *sorting, int field)
{
	const struct json *parameters = json_present(element, "parameters");
	const struct json *name = json_present(parameters, "variable");
	const struct json *type = json_present(parameters, "type");
	struct variable_sort *sort = arena_alloc(request->arena, sizeof(*sort));
	const char *text = NULL;
	size_t i;

	if ((name && json_to_string(name, &sort->name)) || (type && json_to_string(type, &text)))
		return ERR_INPUT;
	if (!sort->name)
		return request_fail(request, ERR_NULL_VALUE, "variableName is null");
	if (text && !strcasecmp(text, "Null"))
		return request_fail(request, ERR_ENGINE, "Cannot order by variables of type null");
	for (i = 0; text && i < ARRAY_SIZE(ordered_types); i++)
		if (!strcasecmp(text, ordered_types[i].type))
			break;
	if (!text || i == ARRAY_SIZE(ordered_types))
		return request_fail(request, ERR_NULL_VALUE, "valueType is null");
	if (ordered_types[i].refused)
		return request_fail(request, ERR_ENGINE, "Cannot order by variables of type %s",
				    ordered_types[i].refused);
	sort->type = ordered_types[i].type;
	sort->scope = sorting->key->field;
	sort->key.name = sorting->key->name;
	sort->key.field = field + !ordered_types[i].text;
	sorting->key = &sort->key;
	return 0;
}

static bool is_sort_key(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(sorts); i++)
		if (!strcmp(sorts[i].name, name))
			return true;
	return false;
}

/* The parameters of a body's `sorting`: its elements with a key are the query's keys in order. */
static int bind_variable_sorts(struct request *request, struct query *query)
{
	const struct json *list = json_present(request->body, "sorting"), *element;
	size_t at = json_present(request->body, "sortBy") != NULL, bound = 0;

	for (element = list ? list->first : NULL; element; element = element->next) {
		const struct json *by = json_present(element, "sortBy");
		const char *name = NULL;

		if (!by || json_to_string(by, &name) || !is_sort_key(name))
			continue;
		if (query->sorts[at].key->field >= LIST_FIELDS) {
			if (bound == VARIABLE_SORTS_MAX)
				return request_fail(request, ERR_INVALID,
						    "A list can be ordered by at most %d variables",
						    VARIABLE_SORTS_MAX);
			TRY(bind_variable_sort(request, element, &query->sorts[at],
					       LIST_VARIABLES + 2 * (int)bound++));
		}
		at++;
	}
	return 0;
}

static int check_delegation(struct request *request, struct query *query)
{
	size_t i;

	for (i = 0; i < query->count; i++) {
		struct criterion *c = &query->criteria[i];
		const char *upper;

		if (c->filter->field != RUNNING_TASK_DELEGATION_STATE ||
		    strcmp(c->filter->name, "delegationState") != 0)
			continue;
		upper = text_upper(request->arena, c->text);
		if (strcmp(upper, "PENDING") != 0 && strcmp(upper, "RESOLVED") != 0)
			return request_fail(request, ERR_INVALID,
					    "Valid values for property 'delegationState' are "
					    "'PENDING' or 'RESOLVED', but was '%s'",
					    c->text);
		c->text = upper;
	}
	return 0;
}

/* Filters that a query may not have together, and the engine's words for it. */
static const struct {
	const char *first, *second;
	const char *message;
} excluding[] = {
	{"candidateUser",   "candidateGroup",
	 "Invalid query usage: cannot set both candidateUser and candidateGroup"       },
	{"candidateGroups", "candidateUser",
	 "Invalid query usage: cannot set both candidateGroupIn and candidateUser"     },
	{"withoutTenantId", "tenantIdIn",
	 "Invalid query usage: cannot set both tenantIdIn and withoutTenantId filters."},
#define DUE                                                                                        \
	"Invalid query usage: cannot set both due date (equal to, before, or after) and "          \
	"withoutDueDate filters."
	{"withoutDueDate",  "dueDate",        DUE                                      },
	{"withoutDueDate",  "dueBefore",      DUE                                      },
	{"withoutDueDate",  "dueAfter",       DUE                                      },
#undef DUE
};

static const char *const candidate_filters[] = {
	"candidateUser",      "candidateGroup",        "candidateGroups",
	"candidateGroupLike", "withCandidateGroups",   "withoutCandidateGroups",
	"withCandidateUsers", "withoutCandidateUsers",
};

static int check_candidates(struct request *request, const struct query *query)
{
	bool given = false;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(candidate_filters); i++) {
		const struct criterion *c = query_criterion(query, candidate_filters[i]);

		given = given || c;
		if (c && query->nested && i >= 4)
			return request_fail(request, ERR_ENGINE,
					    "Invalid query usage: cannot set %s() within 'or' "
					    "query",
					    candidate_filters[i]);
	}
	if (!given && query_criterion(query, "includeAssignedTasks"))
		return request_fail(request, ERR_ENGINE,
				    "Invalid query usage: candidateUser, candidateGroup, "
				    "candidateGroupLike, candidateGroupIn, withCandidateGroups, "
				    "withoutCandidateGroups, withCandidateUsers, "
				    "withoutCandidateUsers has to be called before "
				    "'includeAssignedTasks'.");
	return 0;
}

/* A blank text in the query string is no group; one in a body is one of that name. */
static bool names_group(struct request *request, const struct criterion *c)
{
	const char *text = request_param(request, c->filter->name);

	return c->list.count && (!text || text[strspn(text, " \t\r\n\f\v")]);
}

/* `candidateGroups` alone may not be empty. */
static int check_groups(struct request *request, const struct query *query)
{
	size_t i;

	for (i = 0; i < query->count; i++)
		if (query->criteria[i].filter->op == ASK_CANDIDATE_GROUPS &&
		    !names_group(request, &query->criteria[i]))
			return request_fail(request, ERR_ENGINE, "Candidate group list is empty");
	return 0;
}

static int check_one(struct request *request, struct query *query)
{
	size_t i;

	TRY(check_delegation(request, query));
	TRY(check_groups(request, query));
	for (i = 0; i < ARRAY_SIZE(excluding) && !query->nested; i++)
		if (query_criterion(query, excluding[i].first) &&
		    query_criterion(query, excluding[i].second))
			return request_fail(request, ERR_ENGINE, "%s", excluding[i].message);
	return check_candidates(request, query);
}

static int check_expressions(struct request *request, const struct query *query)
{
	size_t i;

	for (i = 0; i < query->count; i++)
		if (query->criteria[i].filter->op == ASK_EXPRESSION)
			return request_fail(request, ERR_BAD_USER_REQUEST,
					    "Expressions are forbidden in adhoc queries. This "
					    "behavior can be toggled in the process engine "
					    "configuration");
	return 0;
}

int task_query_check(struct request *request, struct query *query)
{
	size_t i;

	TRY(check_one(request, query));
	for (i = 0; i < query->or_count; i++)
		TRY(check_one(request, query->ors[i]));
	if (request->body)
		TRY(bind_variable_sorts(request, query));
	for (i = 0; i < query->sort_count; i++)
		if (query->sorts[i].key->field >= LIST_FIELDS)
			return request_fail(request, ERR_INVALID,
					    "Cannot set query parameter 'sortBy' to value '%s'",
					    query->sorts[i].key->name);
	TRY(check_expressions(request, query));
	for (i = 0; i < query->or_count; i++)
		TRY(check_expressions(request, query->ors[i]));
	return 0;
}
