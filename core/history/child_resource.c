#include "core/history/child_resource.h"

#include <string.h>

#include "core/history/variable_query.h"

static const struct filter activity_instance_filters[] = {
	{"activityInstanceId",  PARAM_STRING, OP_EQ,      0,  NULL,        0, NULL},
	{"processInstanceId",   PARAM_STRING, OP_EQ,      7,  NULL,        0, NULL},
	{"processDefinitionId", PARAM_STRING, OP_EQ,      6,  NULL,        0, NULL},
	{"executionId",         PARAM_STRING, OP_EQ,      8,  NULL,        0, NULL},
	{"activityId",          PARAM_STRING, OP_EQ,      2,  NULL,        0, NULL},
	{"activityName",        PARAM_STRING, OP_EQ,      3,  NULL,        0, NULL},
	{"activityType",        PARAM_STRING, OP_EQ,      4,  NULL,        0, NULL},
	{"taskAssignee",        PARAM_STRING, OP_EQ,      10, NULL,        0, NULL},
	{"finished",            PARAM_BOOL,   OP_PRESENT, 14, NULL,        0, NULL},
	{"unfinished",          PARAM_BOOL,   OP_ABSENT,  14, NULL,        0, NULL},
	{"canceled",            PARAM_BOOL,   OP_IF_TRUE, 16, NULL,        0, NULL},
	{"completeScope",       PARAM_BOOL,   OP_IF_TRUE, 17, NULL,        0, NULL},
	{"startedBefore",       PARAM_DATE,   OP_BEFORE,  13, NULL,        0, NULL},
	{"startedAfter",        PARAM_DATE,   OP_AFTER,   13, NULL,        0, NULL},
	{"finishedBefore",      PARAM_DATE,   OP_BEFORE,  14, NULL,        0, NULL},
	{"finishedAfter",       PARAM_DATE,   OP_AFTER,   14, NULL,        0, NULL},
	{"tenantIdIn",          PARAM_LIST,   OP_IN,      18, "tenantIds", 0, NULL},
	{"withoutTenantId",     PARAM_BOOL,   OP_ABSENT,  18, NULL,        0, NULL},
	{"activityNameLike",    PARAM_STRING, OP_LIKE,    3,  NULL,        0, NULL},
};
static const struct sort_key activity_instance_sorts[] = {
	{"activityInstanceId", 0 },
        {"instanceId",         7 },
        {"executionId",        8 },
        {"activityId",         2 },
	{"activityName",       3 },
        {"activityType",       4 },
        {"startTime",          13},
        {"endTime",            14},
	{"duration",           15},
        {"definitionId",       6 },
        {"occurrence",         21},
        {"tenantId",           18},
};
const struct resource activity_instance_resource = {
	.kind = &activity_instance_kind,
	.filters = activity_instance_filters,
	.filter_count = ARRAY_SIZE(activity_instance_filters),
	.sorts = activity_instance_sorts,
	.sort_count = ARRAY_SIZE(activity_instance_sorts),
};

static const struct filter task_filters[] = {
	{"taskId",			 PARAM_STRING, OP_EQ,                  0,  NULL,                  0,             NULL          },
	{"taskParentTaskId",               PARAM_STRING, OP_EQ,                  21, NULL,                  0,             NULL          },
	{"processInstanceId",              PARAM_STRING, OP_EQ,                  3,  NULL,                  0,             NULL          },
	{"rootProcessInstanceId",          PARAM_STRING, OP_EQ,                  25, NULL,                  0,             NULL          },
	{"processInstanceBusinessKey",     PARAM_STRING, ASK_BUSINESS_KEY,       0,  NULL,                  0,             NULL          },
	{"processInstanceBusinessKeyIn",   PARAM_ARRAY,  ASK_BUSINESS_KEYS,      0,
	 "processInstanceBusinessKeys",								     0,             NULL          },
	{"processInstanceBusinessKeyLike", PARAM_STRING, ASK_BUSINESS_KEY_LIKE,  0,  NULL,                  0,             NULL          },
	{"executionId",                    PARAM_STRING, OP_EQ,                  4,  NULL,                  0,             NULL          },
	{"processDefinitionId",            PARAM_STRING, OP_EQ,                  2,  NULL,                  0,             NULL          },
	{"processDefinitionKey",           PARAM_STRING, OP_EQ,                  1,  NULL,                  0,             NULL          },
	{"processDefinitionName",          PARAM_STRING, ASK_DEFINITION_NAME,    0,  NULL,                  0,             NULL          },
	{"caseInstanceId",                 PARAM_STRING, OP_EQ,                  7,  NULL,                  0,             NULL          },
	{"caseExecutionId",                PARAM_STRING, OP_EQ,                  8,  NULL,                  0,             NULL          },
	{"caseDefinitionId",               PARAM_STRING, OP_EQ,                  6,  NULL,                  0,             NULL          },
	{"caseDefinitionKey",              PARAM_STRING, OP_EQ,                  5,  NULL,                  0,             NULL          },
	{"caseDefinitionName",             PARAM_STRING, ASK_NEVER,              0,  NULL,                  0,             NULL          },
	{"activityInstanceIdIn",           PARAM_ARRAY,  OP_IN,                  9,  "activityInstanceIds", 0,             NULL          },
	{"taskName",		       PARAM_STRING, OP_EQ_FOLDED,           10, NULL,                  0,             NULL          },
	{"taskNameLike",                   PARAM_STRING, OP_LIKE_FOLDED,         10, NULL,                  0,             NULL          },
	{"taskDescription",                PARAM_STRING, OP_EQ_FOLDED,           11, NULL,                  0,             NULL          },
	{"taskDescriptionLike",            PARAM_STRING, OP_LIKE_FOLDED,         11, NULL,                  0,             NULL          },
	{"taskDefinitionKey",              PARAM_STRING, OP_EQ,                  18, NULL,                  0,             NULL          },
	{"taskDefinitionKeyIn",            PARAM_ARRAY,  OP_IN,                  18, "taskDefinitionKeys",  ERR_NOT_VALID, NULL          },
	{"taskDeleteReason",               PARAM_STRING, OP_EQ,                  12, NULL,                  0,             NULL          },
	{"taskDeleteReasonLike",           PARAM_STRING, OP_LIKE,                12, NULL,                  0,             NULL          },
	{"taskAssignee",                   PARAM_STRING, OP_EQ,                  14, NULL,                  0,             NULL          },
	{"taskAssigneeLike",               PARAM_STRING, OP_LIKE,                14, NULL,                  0,             NULL          },
	{"taskOwner",		      PARAM_STRING, OP_EQ,                  13, NULL,                  0,             NULL          },
	{"taskOwnerLike",                  PARAM_STRING, OP_LIKE,                13, NULL,                  0,             NULL          },
	{"taskPriority",                   PARAM_INT,    OP_EQ,                  19, NULL,                  0,             NULL          },
	{"assigned",		       PARAM_GIVEN,  OP_PRESENT,             14, NULL,                  0,             NULL          },
	{"unassigned",                     PARAM_GIVEN,  OP_ABSENT,              14, NULL,                  0,             NULL          },
	{"finished",		       PARAM_GIVEN,  OP_PRESENT,             16, NULL,                  0,             NULL          },
	{"unfinished",                     PARAM_GIVEN,  OP_ABSENT,              16, NULL,                  0,             NULL          },
	{"processFinished",                PARAM_GIVEN,  ASK_PROCESS_FINISHED,   0,  NULL,                  0,             NULL          },
	{"processUnfinished",              PARAM_GIVEN,  ASK_PROCESS_UNFINISHED, 0,  NULL,                  0,             NULL          },
	{"taskDueDate",                    PARAM_DATE,   OP_EQ,                  20, NULL,                  0,             NULL          },
	{"taskDueDateBefore",              PARAM_DATE,   OP_EARLIER,             20, NULL,                  0,             NULL          },
	{"taskDueDateAfter",               PARAM_DATE,   OP_THEREAFTER,          20, NULL,                  0,             NULL          },
	{"withoutTaskDueDate",             PARAM_BOOL,   OP_ABSENT,              20, NULL,                  0,             NULL          },
	{"taskFollowUpDate",               PARAM_DATE,   OP_EQ,                  22, NULL,                  0,             NULL          },
	{"taskFollowUpDateBefore",         PARAM_DATE,   OP_EARLIER,             22, NULL,                  0,             NULL          },
	{"taskFollowUpDateAfter",          PARAM_DATE,   OP_THEREAFTER,          22, NULL,                  0,             NULL          },
	{"startedBefore",                  PARAM_DATE,   OP_BEFORE,              15, NULL,                  0,             NULL          },
	{"startedAfter",                   PARAM_DATE,   OP_AFTER,               15, NULL,                  0,             NULL          },
	{"finishedBefore",                 PARAM_DATE,   OP_BEFORE,              16, NULL,                  0,             NULL          },
	{"finishedAfter",                  PARAM_DATE,   OP_AFTER,               16, NULL,                  0,             NULL          },
	{"tenantIdIn",                     PARAM_LIST,   OP_IN,                  23, "tenantIds",           0,             NULL          },
	{"withoutTenantId",                PARAM_BOOL,   OP_ABSENT,              23, NULL,                  0,             NULL          },
	{"taskVariables",                  PARAM_OBJECT, ASK_TASK_VARIABLES,     0,  NULL,                  0,             variables_bind},
	{"processVariables",               PARAM_OBJECT, ASK_PROCESS_VARIABLES,  0,  NULL,                  0,             variables_bind},
	{"variableNamesIgnoreCase",        PARAM_BOOL,   ASK_FLAG,               0,  NULL,                  0,             NULL          },
	{"variableValuesIgnoreCase",       PARAM_BOOL,   ASK_FLAG,               0,  NULL,                  0,             NULL          },
	{"taskInvolvedUser",               PARAM_STRING, ASK_INVOLVED_USER,      0,  NULL,                  0,             NULL          },
	{"taskInvolvedGroup",              PARAM_STRING, ASK_INVOLVED_GROUP,     0,  NULL,                  0,             NULL          },
	{"taskHadCandidateUser",           PARAM_STRING, ASK_CANDIDATE_USER,     0,  NULL,                  0,             NULL          },
	{"taskHadCandidateGroup",          PARAM_STRING, ASK_CANDIDATE_GROUP,    0,  NULL,                  0,             NULL          },
	{"withCandidateGroups",            PARAM_GIVEN,  ASK_WITH_GROUPS,        0,  NULL,                  0,             NULL          },
	{"withoutCandidateGroups",         PARAM_GIVEN,  ASK_WITHOUT_GROUPS,     0,  NULL,                  0,             NULL          },
};
static const struct sort_key task_sorts[] = {
	{"taskId",              0 },
	{"activityInstanceId",  9 },
	{"processDefinitionId", 2 },
	{"processInstanceId",   3 },
	{"executionId",         4 },
	{"duration",            17},
	{"endTime",             16},
	{"startTime",           15},
	{"taskName",            10},
	{"taskDescription",     11},
	{"assignee",            14},
	{"owner",               13},
	{"dueDate",             20},
	{"followUpDate",        22},
	{"deleteReason",        12},
	{"taskDefinitionKey",   18},
	{"priority",            19},
	{"caseDefinitionId",    6 },
	{"caseInstanceId",      7 },
	{"caseExecutionId",     8 },
	{"tenantId",            23},
};
static const struct precedence task_precedence[] = {
	{"withoutTenantId",     "tenantIdIn"       },
	{"taskDefinitionKeyIn", "taskDefinitionKey"},
	{NULL,		  NULL               },
};

const struct resource task_resource = {
	.kind = &task_kind,
	.filters = task_filters,
	.filter_count = ARRAY_SIZE(task_filters),
	.sorts = task_sorts,
	.sort_count = ARRAY_SIZE(task_sorts),
	.precedence = task_precedence,
	.or_queries = true,
};

static const struct filter variable_instance_filters[] = {
	{"variableName",             PARAM_STRING, ASK_VARIABLE_NAME,      1,  NULL,                    0, NULL               },
	{"variableNameLike",         PARAM_STRING, ASK_VARIABLE_NAME_LIKE, 1,  NULL,                    0, NULL               },
	{"variableValue",            PARAM_OBJECT, ASK_VARIABLE_VALUE,     0,  NULL,                    0, variable_value_bind},
	{"variableNamesIgnoreCase",  PARAM_BOOL,   ASK_FLAG,               0,  NULL,                    0, NULL               },
	{"variableValuesIgnoreCase", PARAM_BOOL,   ASK_FLAG,               0,  NULL,                    0, NULL               },
	{"variableTypeIn",           PARAM_ARRAY,  ASK_TYPES,              0,  "Variable types",        0, NULL               },
	{"includeDeleted",           PARAM_BOOL,   ASK_INCLUDE_DELETED,    0,  NULL,                    0, NULL               },
	{"processInstanceId",        PARAM_STRING, OP_EQ,                  4,  NULL,                    0, NULL               },
	{"processInstanceIdIn",      PARAM_ARRAY,  OP_IN,                  4,  "Process Instance Ids",  0, NULL               },
	{"processDefinitionId",      PARAM_STRING, OP_EQ,                  3,  NULL,                    0, NULL               },
	{"processDefinitionKey",     PARAM_STRING, OP_EQ,                  2,  NULL,                    0, NULL               },
	{"executionIdIn",            PARAM_ARRAY,  OP_IN,                  5,  "Execution Ids",         0, NULL               },
	{"caseInstanceId",           PARAM_STRING, OP_EQ,                  9,  NULL,                    0, NULL               },
	{"caseExecutionIdIn",        PARAM_ARRAY,  OP_IN,                  10, "Case execution ids",    0, NULL               },
	{"caseActivityIdIn",         PARAM_ARRAY,  ASK_NEVER,              0,  "Case activity ids",     0, NULL               },
	{"taskIdIn",                 PARAM_ARRAY,  OP_IN,                  11, "Task Ids",              0, NULL               },
	{"activityInstanceIdIn",     PARAM_ARRAY,  OP_IN,                  6,  "Activity Instance Ids", 0, NULL               },
	{"tenantIdIn",               PARAM_LIST,   OP_IN,                  12, "tenantIds",             0, NULL               },
	{"withoutTenantId",          PARAM_BOOL,   OP_ABSENT,              12, NULL,                    0, NULL               },
	{"variableNameIn",           PARAM_ARRAY,  OP_IN,                  1,  "Variable names",        0, NULL               },
};
static const struct sort_key variable_instance_sorts[] = {
	{"instanceId",   4 },
	{"variableName", 1 },
	{"tenantId",     12},
};
const struct resource variable_instance_resource = {
	.kind = &variable_kind,
	.filters = variable_instance_filters,
	.filter_count = ARRAY_SIZE(variable_instance_filters),
	.sorts = variable_instance_sorts,
	.sort_count = ARRAY_SIZE(variable_instance_sorts),
};

static const struct filter detail_filters[] = {
	{"processInstanceId",   PARAM_STRING, OP_EQ,           4,  NULL,                   0, NULL},
	{"processInstanceIdIn", PARAM_ARRAY,  OP_IN,           4,  "Process Instance Ids", 0, NULL},
	{"executionId",         PARAM_STRING, OP_EQ,           6,  NULL,                   0, NULL},
	{"taskId",              PARAM_STRING, OP_EQ,           11, NULL,                   0, NULL},
	{"activityInstanceId",  PARAM_STRING, OP_EQ,           5,  NULL,                   0, NULL},
	{"caseInstanceId",      PARAM_STRING, OP_EQ,           9,  NULL,                   0, NULL},
	{"caseExecutionId",     PARAM_STRING, OP_EQ,           10, NULL,                   0, NULL},
	{"variableInstanceId",  PARAM_STRING, OP_EQ,           20, NULL,                   0, NULL},
	{"variableTypeIn",      PARAM_ARRAY,  ASK_TYPES,       0,  "Variable types",       0, NULL},
	{"variableNameLike",    PARAM_STRING, OP_LIKE_FOLDED,  19, NULL,                   0, NULL},
	{"tenantIdIn",          PARAM_LIST,   OP_IN,           12, "tenantIds",            0, NULL},
	{"withoutTenantId",     PARAM_BOOL,   OP_ABSENT,       12, NULL,                   0, NULL},
	{"userOperationId",     PARAM_STRING, OP_EQ,           13, NULL,                   0, NULL},
	{"formFields",          PARAM_GIVEN,  ASK_DETAIL_TYPE, 0,  NULL,                   0, NULL},
	{"variableUpdates",     PARAM_GIVEN,  ASK_DETAIL_TYPE, 0,  NULL,                   0, NULL},
	{"excludeTaskDetails",  PARAM_GIVEN,  OP_ABSENT,       11, NULL,                   0, NULL},
	{"initial",             PARAM_BOOL,   OP_IF_TRUE,      24, NULL,                   0, NULL},
	{"occurredBefore",      PARAM_DATE,   OP_BEFORE,       14, NULL,                   0, NULL},
	{"occurredAfter",       PARAM_DATE,   OP_AFTER,        14, NULL,                   0, NULL},
};
static const struct sort_key detail_sorts[] = {
	{"processInstanceId", 4 },
        {"variableName",      19},
        {"variableType",      1 },
	{"variableRevision",  25},
        {"formPropertyId",    17},
        {"time",              14},
	{"occurrence",        25},
        {"tenantId",          12},
};
const struct resource detail_resource = {
	.kind = &detail_kind,
	.filters = detail_filters,
	.filter_count = ARRAY_SIZE(detail_filters),
	.sorts = detail_sorts,
	.sort_count = ARRAY_SIZE(detail_sorts),
	.refuse_sort = "sortBy parameter has invalid value: ",
};

static const struct filter external_task_log_filters[] = {
	{"logId",		      PARAM_STRING, OP_EQ,         0,  NULL,          0,             NULL},
	{"externalTaskId",             PARAM_STRING, OP_EQ,         1,  NULL,          0,             NULL},
	{"topicName",                  PARAM_STRING, OP_EQ,         3,  NULL,          0,             NULL},
	{"workerId",                   PARAM_STRING, OP_EQ,         4,  NULL,          0,             NULL},
	{"errorMessage",               PARAM_STRING, OP_EQ,         7,  NULL,          0,             NULL},
	{"activityIdIn",               PARAM_ARRAY,  OP_IN,         8,  "activityIds", ERR_NOT_VALID, NULL},
	{"activityInstanceIdIn",       PARAM_ARRAY,  OP_IN,         9,  "activityIds", ERR_NOT_VALID, NULL},
	{"executionIdIn",              PARAM_ARRAY,  OP_IN,         10, "activityIds", ERR_NOT_VALID, NULL},
	{"processInstanceId",          PARAM_STRING, OP_EQ,         11, NULL,          0,             NULL},
	{"processDefinitionId",        PARAM_STRING, OP_EQ,         12, NULL,          0,             NULL},
	{"processDefinitionKey",       PARAM_STRING, OP_EQ,         13, NULL,          0,             NULL},
	{"tenantIdIn",                 PARAM_ARRAY,  OP_IN,         14, "tenantIds",   0,             NULL},
	{"withoutTenantId",            PARAM_BOOL,   OP_ABSENT,     14, NULL,          0,             NULL},
	{"priorityLowerThanOrEquals",  PARAM_LONG,   OP_LE,         6,  NULL,          0,             NULL},
	{"priorityHigherThanOrEquals", PARAM_LONG,   OP_GE,         6,  NULL,          0,             NULL},
	{"creationLog",                PARAM_BOOL,   ASK_LOG_STATE, 15, NULL,          0,             NULL},
	{"failureLog",                 PARAM_BOOL,   ASK_LOG_STATE, 16, NULL,          0,             NULL},
	{"successLog",                 PARAM_BOOL,   ASK_LOG_STATE, 17, NULL,          0,             NULL},
	{"deletionLog",                PARAM_BOOL,   ASK_LOG_STATE, 18, NULL,          0,             NULL},
};
static const struct sort_key external_task_log_sorts[] = {
	{"timestamp",            2 },
	{"externalTaskId",       1 },
	{"topicName",            3 },
	{"workerId",             4 },
	{"retries",              5 },
	{"priority",             6 },
	{"activityId",           8 },
	{"activityInstanceId",   9 },
	{"executionId",          10},
	{"processInstanceId",    11},
	{"processDefinitionId",  12},
	{"processDefinitionKey", 13},
	{"tenantId",             14},
};
const struct resource external_task_log_resource = {
	.kind = &external_task_log_kind,
	.filters = external_task_log_filters,
	.filter_count = ARRAY_SIZE(external_task_log_filters),
	.sorts = external_task_log_sorts,
	.sort_count = ARRAY_SIZE(external_task_log_sorts),
};

static const struct filter identity_link_log_filters[] = {
	{"type",		 PARAM_STRING, OP_EQ,     2,  NULL,        0, NULL},
	{"userId",               PARAM_STRING, OP_EQ,     3,  NULL,        0, NULL},
	{"groupId",              PARAM_STRING, OP_EQ,     4,  NULL,        0, NULL},
	{"dateBefore",           PARAM_DATE,   OP_BEFORE, 1,  NULL,        0, NULL},
	{"dateAfter",            PARAM_DATE,   OP_AFTER,  1,  NULL,        0, NULL},
	{"taskId",               PARAM_STRING, OP_EQ,     5,  NULL,        0, NULL},
	{"processDefinitionId",  PARAM_STRING, OP_EQ,     6,  NULL,        0, NULL},
	{"processDefinitionKey", PARAM_STRING, OP_EQ,     7,  NULL,        0, NULL},
	{"operationType",        PARAM_STRING, OP_EQ,     8,  NULL,        0, NULL},
	{"assignerId",           PARAM_STRING, OP_EQ,     9,  NULL,        0, NULL},
	{"tenantIdIn",           PARAM_LIST,   OP_IN,     10, "tenantIds", 0, NULL},
	{"withoutTenantId",      PARAM_BOOL,   OP_ABSENT, 10, NULL,        0, NULL},
};
static const struct sort_key identity_link_log_sorts[] = {
	{"time",		 1 },
	{"type",		 2 },
	{"userId",               3 },
	{"groupId",              4 },
	{"taskId",               5 },
	{"processDefinitionId",  6 },
	{"processDefinitionKey", 7 },
	{"operationType",        8 },
	{"assignerId",           9 },
	{"tenantId",             10},
};
const struct resource identity_link_log_resource = {
	.kind = &identity_link_kind,
	.filters = identity_link_log_filters,
	.filter_count = ARRAY_SIZE(identity_link_log_filters),
	.sorts = identity_link_log_sorts,
	.sort_count = ARRAY_SIZE(identity_link_log_sorts),
};

static const struct filter user_operation_filters[] = {
	{"deploymentId",         PARAM_STRING, OP_EQ,         11, NULL, 0, NULL},
	{"processDefinitionId",  PARAM_STRING, OP_EQ,         12, NULL, 0, NULL},
	{"processDefinitionKey", PARAM_STRING, OP_EQ,         13, NULL, 0, NULL},
	{"processInstanceId",    PARAM_STRING, OP_EQ,         14, NULL, 0, NULL},
	{"executionId",          PARAM_STRING, OP_EQ,         15, NULL, 0, NULL},
	{"caseDefinitionId",     PARAM_STRING, OP_EQ,         16, NULL, 0, NULL},
	{"caseInstanceId",       PARAM_STRING, OP_EQ,         17, NULL, 0, NULL},
	{"caseExecutionId",      PARAM_STRING, OP_EQ,         18, NULL, 0, NULL},
	{"taskId",               PARAM_STRING, OP_EQ,         19, NULL, 0, NULL},
	{"externalTaskId",       PARAM_STRING, OP_EQ,         20, NULL, 0, NULL},
	{"batchId",              PARAM_STRING, OP_EQ,         21, NULL, 0, NULL},
	{"jobId",                PARAM_STRING, OP_EQ,         22, NULL, 0, NULL},
	{"jobDefinitionId",      PARAM_STRING, OP_EQ,         23, NULL, 0, NULL},
	{"userId",               PARAM_STRING, OP_EQ,         1,  NULL, 0, NULL},
	{"operationId",          PARAM_STRING, OP_EQ,         3,  NULL, 0, NULL},
	{"operationType",        PARAM_STRING, OP_EQ,         4,  NULL, 0, NULL},
	{"entityType",           PARAM_STRING, OP_EQ,         5,  NULL, 0, NULL},
	{"entityTypeIn",         PARAM_ARRAY,  OP_IN,         5,  NULL, 0, NULL},
	{"category",             PARAM_STRING, OP_EQ,         6,  NULL, 0, NULL},
	{"categoryIn",           PARAM_ARRAY,  OP_IN,         6,  NULL, 0, NULL},
	{"property",             PARAM_STRING, OP_EQ,         8,  NULL, 0, NULL},
	{"afterTimestamp",       PARAM_DATE,   OP_THEREAFTER, 2,  NULL, 0, NULL},
	{"beforeTimestamp",      PARAM_DATE,   OP_EARLIER,    2,  NULL, 0, NULL},
};
static const struct sort_key user_operation_sorts[] = {
	{"timestamp", 2},
};
const struct resource user_operation_resource = {
	.kind = &user_operation_kind,
	.filters = user_operation_filters,
	.filter_count = ARRAY_SIZE(user_operation_filters),
	.sorts = user_operation_sorts,
	.sort_count = ARRAY_SIZE(user_operation_sorts),
};

/* Filters that a query may not have together, and the engine's words for it. */
static const struct {
	const struct resource *resource;
	const char *first, *second;
	const char *message;
} excluding[] = {
	{&activity_instance_resource, "completeScope",      "canceled",
	 "Already querying for activity instance state <scopeComplete>"},
	{&task_resource,              "withoutTaskDueDate", "taskDueDate",
	 "Invalid query usage: cannot set both task due date (equal to, before, or after) and "
	 "withoutTaskDueDate filters."                                 },
	{&task_resource,              "withoutTaskDueDate", "taskDueDateBefore",
	 "Invalid query usage: cannot set both task due date (equal to, before, or after) and "
	 "withoutTaskDueDate filters."                                 },
	{&task_resource,              "withoutTaskDueDate", "taskDueDateAfter",
	 "Invalid query usage: cannot set both task due date (equal to, before, or after) and "
	 "withoutTaskDueDate filters."                                 },
};

/* Lists of the external task log hold no empty texts; the words are those of the filter. */
static int check_empty_texts(struct request *request, const struct query *query)
{
	size_t i, k;

	for (i = 0; i < query->count; i++) {
		const struct criterion *c = &query->criteria[i];
		const char *name = c->filter->name;

		if (c->filter->null_error != ERR_NOT_VALID)
			continue;
		for (k = 0; k < c->list.count; k++)
			if (!*c->list.items[k])
				return request_fail(request, ERR_NOT_VALID,
						    "%.*ss contains empty string",
						    (int)strlen(name) - 2, name);
	}
	return 0;
}

/* What orQueries of tasks may not ask. */
static int check_nested(struct request *request, const struct query *query)
{
	static const char *const names[] = {"withCandidateGroups", "withoutCandidateGroups"};
	size_t i, k;

	for (i = 0; i < query->or_count; i++)
		for (k = 0; k < ARRAY_SIZE(names); k++)
			if (query_criterion(query->ors[i], names[k]))
				return request_fail(request, ERR_ENGINE,
						    "Invalid query usage: cannot set %s() within "
						    "'or' query",
						    names[k]);
	return 0;
}

int child_query_check(struct request *request, const struct query *query)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(excluding); i++)
		if (query->resource == excluding[i].resource &&
		    query_criterion(query, excluding[i].first) &&
		    query_criterion(query, excluding[i].second))
			return request_fail(request, ERR_ENGINE, "%s", excluding[i].message);
	TRY(check_nested(request, query));
	if (query->resource == &external_task_log_resource)
		TRY(check_empty_texts(request, query));
	if (query_criterion(query, "variableValue") && !query_criterion(query, "variableName"))
		return request_fail(request, ERR_INVALID,
				    "Only a single variable value parameter specified: variable "
				    "name and value are required to be able to query after a "
				    "specific variable value.");
	return 0;
}
