#include "core/history/child_resource.h"

#include <string.h>

#include "core/history/variable_query.h"

/* NULLS, ERROR: what is said of a list that holds null. */
#define LIST(name, type, op, field, nulls, error)                                                  \
	{                                                                                          \
		name, PARAM_##type, op, field, nulls, error, NULL                                  \
	}
#define OBJECT(name, op, bind)                                                                     \
	{                                                                                          \
		name, PARAM_OBJECT, op, 0, NULL, 0, bind                                           \
	}

static const struct filter activity_instance_filters[] = {
	FILTER("activityInstanceId", STRING, OP_EQ, ACTIVITY_ID),
	FILTER("processInstanceId", STRING, OP_EQ, ACTIVITY_INSTANCE_ID),
	FILTER("processDefinitionId", STRING, OP_EQ, ACTIVITY_DEFINITION_ID),
	FILTER("executionId", STRING, OP_EQ, ACTIVITY_EXECUTION_ID),
	FILTER("activityId", STRING, OP_EQ, ACTIVITY_ACTIVITY_ID),
	FILTER("activityName", STRING, OP_EQ, ACTIVITY_NAME),
	FILTER("activityType", STRING, OP_EQ, ACTIVITY_TYPE),
	FILTER("taskAssignee", STRING, OP_EQ, ACTIVITY_ASSIGNEE),
	FILTER("finished", BOOL, OP_PRESENT, ACTIVITY_END_TIME),
	FILTER("unfinished", BOOL, OP_ABSENT, ACTIVITY_END_TIME),
	FILTER("canceled", BOOL, OP_IF_TRUE, ACTIVITY_CANCELED),
	FILTER("completeScope", BOOL, OP_IF_TRUE, ACTIVITY_COMPLETE_SCOPE),
	FILTER("startedBefore", DATE, OP_BEFORE, ACTIVITY_START_TIME),
	FILTER("startedAfter", DATE, OP_AFTER, ACTIVITY_START_TIME),
	FILTER("finishedBefore", DATE, OP_BEFORE, ACTIVITY_END_TIME),
	FILTER("finishedAfter", DATE, OP_AFTER, ACTIVITY_END_TIME),
	LIST("tenantIdIn", LIST, OP_IN, ACTIVITY_TENANT_ID, "tenantIds", 0),
	FILTER("withoutTenantId", BOOL, OP_ABSENT, ACTIVITY_TENANT_ID),
	FILTER("activityNameLike", STRING, OP_LIKE, ACTIVITY_NAME),
};
static const struct sort_key activity_instance_sorts[] = {
	{"activityInstanceId", ACTIVITY_ID           },
        {"instanceId",         ACTIVITY_INSTANCE_ID  },
	{"executionId",        ACTIVITY_EXECUTION_ID },
        {"activityId",         ACTIVITY_ACTIVITY_ID  },
	{"activityName",       ACTIVITY_NAME         },
        {"activityType",       ACTIVITY_TYPE         },
	{"startTime",          ACTIVITY_START_TIME   },
        {"endTime",            ACTIVITY_END_TIME     },
	{"duration",           ACTIVITY_DURATION     },
        {"definitionId",       ACTIVITY_DEFINITION_ID},
	{"occurrence",         ACTIVITY_OCCURRENCE   },
        {"tenantId",           ACTIVITY_TENANT_ID    },
};
const struct resource activity_instance_resource = {
	.kind = &activity_instance_kind,
	.filters = activity_instance_filters,
	.filter_count = ARRAY_SIZE(activity_instance_filters),
	.sorts = activity_instance_sorts,
	.sort_count = ARRAY_SIZE(activity_instance_sorts),
};

static const struct filter task_filters[] = {
	FILTER("taskId", STRING, OP_EQ, TASK_ID),
	FILTER("taskParentTaskId", STRING, OP_EQ, TASK_PARENT_ID),
	FILTER("processInstanceId", STRING, OP_EQ, TASK_INSTANCE_ID),
	FILTER("rootProcessInstanceId", STRING, OP_EQ, TASK_ROOT_ID),
	FILTER("processInstanceBusinessKey", STRING, ASK_BUSINESS_KEY, 0),
	LIST("processInstanceBusinessKeyIn", ARRAY, ASK_BUSINESS_KEYS, 0,
	     "processInstanceBusinessKeys", 0),
	FILTER("processInstanceBusinessKeyLike", STRING, ASK_BUSINESS_KEY_LIKE, 0),
	FILTER("executionId", STRING, OP_EQ, TASK_EXECUTION_ID),
	FILTER("processDefinitionId", STRING, OP_EQ, TASK_DEFINITION_ID),
	FILTER("processDefinitionKey", STRING, OP_EQ, TASK_DEFINITION_KEY),
	FILTER("processDefinitionName", STRING, ASK_DEFINITION_NAME, 0),
	FILTER("caseInstanceId", STRING, OP_EQ, TASK_CASE_INSTANCE_ID),
	FILTER("caseExecutionId", STRING, OP_EQ, TASK_CASE_EXECUTION_ID),
	FILTER("caseDefinitionId", STRING, OP_EQ, TASK_CASE_DEFINITION_ID),
	FILTER("caseDefinitionKey", STRING, OP_EQ, TASK_CASE_DEFINITION_KEY),
	FILTER("caseDefinitionName", STRING, ASK_NEVER, 0),
	LIST("activityInstanceIdIn", ARRAY, OP_IN, TASK_ACTIVITY_INSTANCE_ID, "activityInstanceIds",
	     0),
	FILTER("taskName", STRING, OP_EQ_FOLDED, TASK_NAME),
	FILTER("taskNameLike", STRING, OP_LIKE_FOLDED, TASK_NAME),
	FILTER("taskDescription", STRING, OP_EQ_FOLDED, TASK_DESCRIPTION),
	FILTER("taskDescriptionLike", STRING, OP_LIKE_FOLDED, TASK_DESCRIPTION),
	FILTER("taskDefinitionKey", STRING, OP_EQ, TASK_TASK_DEFINITION_KEY),
	LIST("taskDefinitionKeyIn", ARRAY, OP_IN, TASK_TASK_DEFINITION_KEY, "taskDefinitionKeys",
	     ERR_NOT_VALID),
	FILTER("taskDeleteReason", STRING, OP_EQ, TASK_DELETE_REASON),
	FILTER("taskDeleteReasonLike", STRING, OP_LIKE, TASK_DELETE_REASON),
	FILTER("taskAssignee", STRING, OP_EQ, TASK_ASSIGNEE),
	FILTER("taskAssigneeLike", STRING, OP_LIKE, TASK_ASSIGNEE),
	FILTER("taskOwner", STRING, OP_EQ, TASK_OWNER),
	FILTER("taskOwnerLike", STRING, OP_LIKE, TASK_OWNER),
	FILTER("taskPriority", INT, OP_EQ, TASK_PRIORITY),
	FILTER("assigned", GIVEN, OP_PRESENT, TASK_ASSIGNEE),
	FILTER("unassigned", GIVEN, OP_ABSENT, TASK_ASSIGNEE),
	FILTER("finished", GIVEN, OP_PRESENT, TASK_END_TIME),
	FILTER("unfinished", GIVEN, OP_ABSENT, TASK_END_TIME),
	FILTER("processFinished", GIVEN, ASK_PROCESS_FINISHED, 0),
	FILTER("processUnfinished", GIVEN, ASK_PROCESS_UNFINISHED, 0),
	FILTER("taskDueDate", DATE, OP_EQ, TASK_DUE),
	FILTER("taskDueDateBefore", DATE, OP_EARLIER, TASK_DUE),
	FILTER("taskDueDateAfter", DATE, OP_THEREAFTER, TASK_DUE),
	FILTER("withoutTaskDueDate", BOOL, OP_ABSENT, TASK_DUE),
	FILTER("taskFollowUpDate", DATE, OP_EQ, TASK_FOLLOW_UP),
	FILTER("taskFollowUpDateBefore", DATE, OP_EARLIER, TASK_FOLLOW_UP),
	FILTER("taskFollowUpDateAfter", DATE, OP_THEREAFTER, TASK_FOLLOW_UP),
	FILTER("startedBefore", DATE, OP_BEFORE, TASK_START_TIME),
	FILTER("startedAfter", DATE, OP_AFTER, TASK_START_TIME),
	FILTER("finishedBefore", DATE, OP_BEFORE, TASK_END_TIME),
	FILTER("finishedAfter", DATE, OP_AFTER, TASK_END_TIME),
	LIST("tenantIdIn", LIST, OP_IN, TASK_TENANT_ID, "tenantIds", 0),
	FILTER("withoutTenantId", BOOL, OP_ABSENT, TASK_TENANT_ID),
	OBJECT("taskVariables", ASK_TASK_VARIABLES, variables_bind),
	OBJECT("processVariables", ASK_PROCESS_VARIABLES, variables_bind),
	FILTER("variableNamesIgnoreCase", BOOL, ASK_FLAG, 0),
	FILTER("variableValuesIgnoreCase", BOOL, ASK_FLAG, 0),
	FILTER("taskInvolvedUser", STRING, ASK_INVOLVED_USER, 0),
	FILTER("taskInvolvedGroup", STRING, ASK_INVOLVED_GROUP, 0),
	FILTER("taskHadCandidateUser", STRING, ASK_CANDIDATE_USER, 0),
	FILTER("taskHadCandidateGroup", STRING, ASK_CANDIDATE_GROUP, 0),
	FILTER("withCandidateGroups", GIVEN, ASK_WITH_GROUPS, 0),
	FILTER("withoutCandidateGroups", GIVEN, ASK_WITHOUT_GROUPS, 0),
};
static const struct sort_key task_sorts[] = {
	{"taskId",              TASK_ID                  },
	{"activityInstanceId",  TASK_ACTIVITY_INSTANCE_ID},
	{"processDefinitionId", TASK_DEFINITION_ID       },
	{"processInstanceId",   TASK_INSTANCE_ID         },
	{"executionId",         TASK_EXECUTION_ID        },
	{"duration",            TASK_DURATION            },
	{"endTime",             TASK_END_TIME            },
	{"startTime",           TASK_START_TIME          },
	{"taskName",            TASK_NAME                },
	{"taskDescription",     TASK_DESCRIPTION         },
	{"assignee",            TASK_ASSIGNEE            },
	{"owner",               TASK_OWNER               },
	{"dueDate",             TASK_DUE                 },
	{"followUpDate",        TASK_FOLLOW_UP           },
	{"deleteReason",        TASK_DELETE_REASON       },
	{"taskDefinitionKey",   TASK_TASK_DEFINITION_KEY },
	{"priority",            TASK_PRIORITY            },
	{"caseDefinitionId",    TASK_CASE_DEFINITION_ID  },
	{"caseInstanceId",      TASK_CASE_INSTANCE_ID    },
	{"caseExecutionId",     TASK_CASE_EXECUTION_ID   },
	{"tenantId",            TASK_TENANT_ID           },
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
	FILTER("variableName", STRING, ASK_VARIABLE_NAME, VARIABLE_NAME),
	FILTER("variableNameLike", STRING, ASK_VARIABLE_NAME_LIKE, VARIABLE_NAME),
	OBJECT("variableValue", ASK_VARIABLE_VALUE, variable_value_bind),
	FILTER("variableNamesIgnoreCase", BOOL, ASK_FLAG, 0),
	FILTER("variableValuesIgnoreCase", BOOL, ASK_FLAG, 0),
	LIST("variableTypeIn", ARRAY, ASK_TYPES, 0, "Variable types", 0),
	FILTER("includeDeleted", BOOL, ASK_INCLUDE_DELETED, 0),
	FILTER("processInstanceId", STRING, OP_EQ, VARIABLE_INSTANCE_ID),
	LIST("processInstanceIdIn", ARRAY, OP_IN, VARIABLE_INSTANCE_ID, "Process Instance Ids", 0),
	FILTER("processDefinitionId", STRING, OP_EQ, VARIABLE_DEFINITION_ID),
	FILTER("processDefinitionKey", STRING, OP_EQ, VARIABLE_DEFINITION_KEY),
	LIST("executionIdIn", ARRAY, OP_IN, VARIABLE_EXECUTION_ID, "Execution Ids", 0),
	FILTER("caseInstanceId", STRING, OP_EQ, VARIABLE_CASE_INSTANCE_ID),
	LIST("caseExecutionIdIn", ARRAY, OP_IN, VARIABLE_CASE_EXECUTION_ID, "Case execution ids",
	     0),
	LIST("caseActivityIdIn", ARRAY, ASK_NEVER, 0, "Case activity ids", 0),
	LIST("taskIdIn", ARRAY, OP_IN, VARIABLE_TASK_ID, "Task Ids", 0),
	LIST("activityInstanceIdIn", ARRAY, OP_IN, VARIABLE_ACTIVITY_INSTANCE_ID,
	     "Activity Instance Ids", 0),
	LIST("tenantIdIn", LIST, OP_IN, VARIABLE_TENANT_ID, "tenantIds", 0),
	FILTER("withoutTenantId", BOOL, OP_ABSENT, VARIABLE_TENANT_ID),
	LIST("variableNameIn", ARRAY, OP_IN, VARIABLE_NAME, "Variable names", 0),
};
static const struct sort_key variable_instance_sorts[] = {
	{"instanceId",   VARIABLE_INSTANCE_ID},
	{"variableName", VARIABLE_NAME       },
	{"tenantId",     VARIABLE_TENANT_ID  },
};
const struct resource variable_instance_resource = {
	.kind = &variable_kind,
	.filters = variable_instance_filters,
	.filter_count = ARRAY_SIZE(variable_instance_filters),
	.sorts = variable_instance_sorts,
	.sort_count = ARRAY_SIZE(variable_instance_sorts),
};

static const struct filter detail_filters[] = {
	FILTER("processInstanceId", STRING, OP_EQ, DETAIL_INSTANCE_ID),
	LIST("processInstanceIdIn", ARRAY, OP_IN, DETAIL_INSTANCE_ID, "Process Instance Ids", 0),
	FILTER("executionId", STRING, OP_EQ, DETAIL_EXECUTION_ID),
	FILTER("taskId", STRING, OP_EQ, DETAIL_TASK_ID),
	FILTER("activityInstanceId", STRING, OP_EQ, DETAIL_ACTIVITY_INSTANCE_ID),
	FILTER("caseInstanceId", STRING, OP_EQ, DETAIL_CASE_INSTANCE_ID),
	FILTER("caseExecutionId", STRING, OP_EQ, DETAIL_CASE_EXECUTION_ID),
	FILTER("variableInstanceId", STRING, OP_EQ, DETAIL_VARIABLE_ID),
	LIST("variableTypeIn", ARRAY, ASK_TYPES, 0, "Variable types", 0),
	FILTER("variableNameLike", STRING, OP_LIKE_FOLDED, DETAIL_VARIABLE_NAME),
	LIST("tenantIdIn", LIST, OP_IN, DETAIL_TENANT_ID, "tenantIds", 0),
	FILTER("withoutTenantId", BOOL, OP_ABSENT, DETAIL_TENANT_ID),
	FILTER("userOperationId", STRING, OP_EQ, DETAIL_USER_OPERATION_ID),
	FILTER("formFields", GIVEN, ASK_DETAIL_TYPE, 0),
	FILTER("variableUpdates", GIVEN, ASK_DETAIL_TYPE, 0),
	FILTER("excludeTaskDetails", GIVEN, OP_ABSENT, DETAIL_TASK_ID),
	FILTER("initial", BOOL, OP_IF_TRUE, DETAIL_INITIAL),
	FILTER("occurredBefore", DATE, OP_BEFORE, DETAIL_TIME),
	FILTER("occurredAfter", DATE, OP_AFTER, DETAIL_TIME),
};
static const struct sort_key detail_sorts[] = {
	{"processInstanceId", DETAIL_INSTANCE_ID  },
	{"variableName",      DETAIL_VARIABLE_NAME},
	{"variableType",      DETAIL_TYPE         },
	{"variableRevision",  DETAIL_REVISION     },
	{"formPropertyId",    DETAIL_VARIABLE_NAME},
	{"time",              DETAIL_TIME         },
	{"occurrence",        DETAIL_REVISION     },
	{"tenantId",          DETAIL_TENANT_ID    },
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
	FILTER("logId", STRING, OP_EQ, EXTERNAL_LOG_ID),
	FILTER("externalTaskId", STRING, OP_EQ, EXTERNAL_LOG_TASK_ID),
	FILTER("topicName", STRING, OP_EQ, EXTERNAL_LOG_TOPIC_NAME),
	FILTER("workerId", STRING, OP_EQ, EXTERNAL_LOG_WORKER_ID),
	FILTER("errorMessage", STRING, OP_EQ, EXTERNAL_LOG_ERROR_MESSAGE),
	LIST("activityIdIn", ARRAY, OP_IN, EXTERNAL_LOG_ACTIVITY_ID, "activityIds", ERR_NOT_VALID),
	LIST("activityInstanceIdIn", ARRAY, OP_IN, EXTERNAL_LOG_ACTIVITY_INSTANCE_ID, "activityIds",
	     ERR_NOT_VALID),
	LIST("executionIdIn", ARRAY, OP_IN, EXTERNAL_LOG_EXECUTION_ID, "activityIds",
	     ERR_NOT_VALID),
	FILTER("processInstanceId", STRING, OP_EQ, EXTERNAL_LOG_INSTANCE_ID),
	FILTER("processDefinitionId", STRING, OP_EQ, EXTERNAL_LOG_DEFINITION_ID),
	FILTER("processDefinitionKey", STRING, OP_EQ, EXTERNAL_LOG_DEFINITION_KEY),
	LIST("tenantIdIn", ARRAY, OP_IN, EXTERNAL_LOG_TENANT_ID, "tenantIds", 0),
	FILTER("withoutTenantId", BOOL, OP_ABSENT, EXTERNAL_LOG_TENANT_ID),
	FILTER("priorityLowerThanOrEquals", LONG, OP_LE, EXTERNAL_LOG_PRIORITY),
	FILTER("priorityHigherThanOrEquals", LONG, OP_GE, EXTERNAL_LOG_PRIORITY),
	FILTER("creationLog", BOOL, ASK_LOG_STATE, EXTERNAL_LOG_CREATION),
	FILTER("failureLog", BOOL, ASK_LOG_STATE, EXTERNAL_LOG_FAILURE),
	FILTER("successLog", BOOL, ASK_LOG_STATE, EXTERNAL_LOG_SUCCESS),
	FILTER("deletionLog", BOOL, ASK_LOG_STATE, EXTERNAL_LOG_DELETION),
};
static const struct sort_key external_task_log_sorts[] = {
	{"timestamp",            EXTERNAL_LOG_TIMESTAMP           },
	{"externalTaskId",       EXTERNAL_LOG_TASK_ID             },
	{"topicName",            EXTERNAL_LOG_TOPIC_NAME          },
	{"workerId",             EXTERNAL_LOG_WORKER_ID           },
	{"retries",              EXTERNAL_LOG_RETRIES             },
	{"priority",             EXTERNAL_LOG_PRIORITY            },
	{"activityId",           EXTERNAL_LOG_ACTIVITY_ID         },
	{"activityInstanceId",   EXTERNAL_LOG_ACTIVITY_INSTANCE_ID},
	{"executionId",          EXTERNAL_LOG_EXECUTION_ID        },
	{"processInstanceId",    EXTERNAL_LOG_INSTANCE_ID         },
	{"processDefinitionId",  EXTERNAL_LOG_DEFINITION_ID       },
	{"processDefinitionKey", EXTERNAL_LOG_DEFINITION_KEY      },
	{"tenantId",             EXTERNAL_LOG_TENANT_ID           },
};
const struct resource external_task_log_resource = {
	.kind = &external_task_log_kind,
	.filters = external_task_log_filters,
	.filter_count = ARRAY_SIZE(external_task_log_filters),
	.sorts = external_task_log_sorts,
	.sort_count = ARRAY_SIZE(external_task_log_sorts),
};

static const struct filter identity_link_log_filters[] = {
	FILTER("type", STRING, OP_EQ, LINK_TYPE),
	FILTER("userId", STRING, OP_EQ, LINK_USER_ID),
	FILTER("groupId", STRING, OP_EQ, LINK_GROUP_ID),
	FILTER("dateBefore", DATE, OP_BEFORE, LINK_TIME),
	FILTER("dateAfter", DATE, OP_AFTER, LINK_TIME),
	FILTER("taskId", STRING, OP_EQ, LINK_TASK_ID),
	FILTER("processDefinitionId", STRING, OP_EQ, LINK_DEFINITION_ID),
	FILTER("processDefinitionKey", STRING, OP_EQ, LINK_DEFINITION_KEY),
	FILTER("operationType", STRING, OP_EQ, LINK_OPERATION_TYPE),
	FILTER("assignerId", STRING, OP_EQ, LINK_ASSIGNER_ID),
	LIST("tenantIdIn", LIST, OP_IN, LINK_TENANT_ID, "tenantIds", 0),
	FILTER("withoutTenantId", BOOL, OP_ABSENT, LINK_TENANT_ID),
};
static const struct sort_key identity_link_log_sorts[] = {
	{"time",		 LINK_TIME          },
	{"type",		 LINK_TYPE          },
	{"userId",               LINK_USER_ID       },
	{"groupId",              LINK_GROUP_ID      },
	{"taskId",               LINK_TASK_ID       },
	{"processDefinitionId",  LINK_DEFINITION_ID },
	{"processDefinitionKey", LINK_DEFINITION_KEY},
	{"operationType",        LINK_OPERATION_TYPE},
	{"assignerId",           LINK_ASSIGNER_ID   },
	{"tenantId",             LINK_TENANT_ID     },
};
const struct resource identity_link_log_resource = {
	.kind = &identity_link_kind,
	.filters = identity_link_log_filters,
	.filter_count = ARRAY_SIZE(identity_link_log_filters),
	.sorts = identity_link_log_sorts,
	.sort_count = ARRAY_SIZE(identity_link_log_sorts),
};

static const struct filter user_operation_filters[] = {
	FILTER("deploymentId", STRING, OP_EQ, OPERATION_DEPLOYMENT_ID),
	FILTER("processDefinitionId", STRING, OP_EQ, OPERATION_DEFINITION_ID),
	FILTER("processDefinitionKey", STRING, OP_EQ, OPERATION_DEFINITION_KEY),
	FILTER("processInstanceId", STRING, OP_EQ, OPERATION_INSTANCE_ID),
	FILTER("executionId", STRING, OP_EQ, OPERATION_EXECUTION_ID),
	FILTER("caseDefinitionId", STRING, OP_EQ, OPERATION_CASE_DEFINITION_ID),
	FILTER("caseInstanceId", STRING, OP_EQ, OPERATION_CASE_INSTANCE_ID),
	FILTER("caseExecutionId", STRING, OP_EQ, OPERATION_CASE_EXECUTION_ID),
	FILTER("taskId", STRING, OP_EQ, OPERATION_TASK_ID),
	FILTER("externalTaskId", STRING, OP_EQ, OPERATION_EXTERNAL_TASK_ID),
	FILTER("batchId", STRING, OP_EQ, OPERATION_BATCH_ID),
	FILTER("jobId", STRING, OP_EQ, OPERATION_JOB_ID),
	FILTER("jobDefinitionId", STRING, OP_EQ, OPERATION_JOB_DEFINITION_ID),
	FILTER("userId", STRING, OP_EQ, OPERATION_USER_ID),
	FILTER("operationId", STRING, OP_EQ, OPERATION_OPERATION_ID),
	FILTER("operationType", STRING, OP_EQ, OPERATION_OPERATION_TYPE),
	FILTER("entityType", STRING, OP_EQ, OPERATION_ENTITY_TYPE),
	FILTER("entityTypeIn", ARRAY, OP_IN, OPERATION_ENTITY_TYPE),
	FILTER("category", STRING, OP_EQ, OPERATION_CATEGORY),
	FILTER("categoryIn", ARRAY, OP_IN, OPERATION_CATEGORY),
	FILTER("property", STRING, OP_EQ, OPERATION_PROPERTY),
	FILTER("afterTimestamp", DATE, OP_THEREAFTER, OPERATION_TIMESTAMP),
	FILTER("beforeTimestamp", DATE, OP_EARLIER, OPERATION_TIMESTAMP),
};
static const struct sort_key user_operation_sorts[] = {
	{"timestamp", OPERATION_TIMESTAMP},
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
