#include "core/history/child_resource.h"

#include <string.h>

#include "core/history/variable_query.h"

static const struct filter activity_instance_filters[] = {
	{"activityInstanceId",  PARAM_STRING, OP_EQ,      ACTIVITY_ID,             NULL,        0, NULL},
	{"processInstanceId",   PARAM_STRING, OP_EQ,      ACTIVITY_INSTANCE_ID,    NULL,        0, NULL},
	{"processDefinitionId", PARAM_STRING, OP_EQ,      ACTIVITY_DEFINITION_ID,  NULL,        0, NULL},
	{"executionId",         PARAM_STRING, OP_EQ,      ACTIVITY_EXECUTION_ID,   NULL,        0, NULL},
	{"activityId",          PARAM_STRING, OP_EQ,      ACTIVITY_ACTIVITY_ID,    NULL,        0, NULL},
	{"activityName",        PARAM_STRING, OP_EQ,      ACTIVITY_NAME,           NULL,        0, NULL},
	{"activityType",        PARAM_STRING, OP_EQ,      ACTIVITY_TYPE,           NULL,        0, NULL},
	{"taskAssignee",        PARAM_STRING, OP_EQ,      ACTIVITY_ASSIGNEE,       NULL,        0, NULL},
	{"finished",            PARAM_BOOL,   OP_PRESENT, ACTIVITY_END_TIME,       NULL,        0, NULL},
	{"unfinished",          PARAM_BOOL,   OP_ABSENT,  ACTIVITY_END_TIME,       NULL,        0, NULL},
	{"canceled",            PARAM_BOOL,   OP_IF_TRUE, ACTIVITY_CANCELED,       NULL,        0, NULL},
	{"completeScope",       PARAM_BOOL,   OP_IF_TRUE, ACTIVITY_COMPLETE_SCOPE, NULL,        0, NULL},
	{"startedBefore",       PARAM_DATE,   OP_BEFORE,  ACTIVITY_START_TIME,     NULL,        0, NULL},
	{"startedAfter",        PARAM_DATE,   OP_AFTER,   ACTIVITY_START_TIME,     NULL,        0, NULL},
	{"finishedBefore",      PARAM_DATE,   OP_BEFORE,  ACTIVITY_END_TIME,       NULL,        0, NULL},
	{"finishedAfter",       PARAM_DATE,   OP_AFTER,   ACTIVITY_END_TIME,       NULL,        0, NULL},
	{"tenantIdIn",          PARAM_LIST,   OP_IN,      ACTIVITY_TENANT_ID,      "tenantIds", 0, NULL},
	{"withoutTenantId",     PARAM_BOOL,   OP_ABSENT,  ACTIVITY_TENANT_ID,      NULL,        0, NULL},
	{"activityNameLike",    PARAM_STRING, OP_LIKE,    ACTIVITY_NAME,           NULL,        0, NULL},
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
	{"taskId",			 PARAM_STRING, OP_EQ,                  TASK_ID,                   NULL,                 0, NULL          },
	{"taskParentTaskId",               PARAM_STRING, OP_EQ,                  TASK_PARENT_ID,            NULL,                 0, NULL          },
	{"processInstanceId",              PARAM_STRING, OP_EQ,                  TASK_INSTANCE_ID,          NULL,                 0, NULL          },
	{"rootProcessInstanceId",          PARAM_STRING, OP_EQ,                  TASK_ROOT_ID,              NULL,                 0, NULL          },
	{"processInstanceBusinessKey",     PARAM_STRING, ASK_BUSINESS_KEY,       0,                         NULL,                 0, NULL          },
	{"processInstanceBusinessKeyIn",   PARAM_ARRAY,  ASK_BUSINESS_KEYS,      0,
	 "processInstanceBusinessKeys",											   0, NULL          },
	{"processInstanceBusinessKeyLike", PARAM_STRING, ASK_BUSINESS_KEY_LIKE,  0,                         NULL,                 0, NULL          },
	{"executionId",                    PARAM_STRING, OP_EQ,                  TASK_EXECUTION_ID,         NULL,                 0, NULL          },
	{"processDefinitionId",            PARAM_STRING, OP_EQ,                  TASK_DEFINITION_ID,        NULL,                 0, NULL          },
	{"processDefinitionKey",           PARAM_STRING, OP_EQ,                  TASK_DEFINITION_KEY,       NULL,                 0, NULL          },
	{"processDefinitionName",          PARAM_STRING, ASK_DEFINITION_NAME,    0,                         NULL,                 0, NULL          },
	{"caseInstanceId",                 PARAM_STRING, OP_EQ,                  TASK_CASE_INSTANCE_ID,     NULL,                 0, NULL          },
	{"caseExecutionId",                PARAM_STRING, OP_EQ,                  TASK_CASE_EXECUTION_ID,    NULL,                 0, NULL          },
	{"caseDefinitionId",               PARAM_STRING, OP_EQ,                  TASK_CASE_DEFINITION_ID,   NULL,                 0, NULL          },
	{"caseDefinitionKey",              PARAM_STRING, OP_EQ,                  TASK_CASE_DEFINITION_KEY,  NULL,                 0, NULL          },
	{"caseDefinitionName",             PARAM_STRING, ASK_NEVER,              0,                         NULL,                 0, NULL          },
	{"activityInstanceIdIn",           PARAM_ARRAY,  OP_IN,                  TASK_ACTIVITY_INSTANCE_ID,
	 "activityInstanceIds",												   0, NULL          },
	{"taskName",		       PARAM_STRING, OP_EQ_FOLDED,           TASK_NAME,                 NULL,                 0, NULL          },
	{"taskNameLike",                   PARAM_STRING, OP_LIKE_FOLDED,         TASK_NAME,                 NULL,                 0, NULL          },
	{"taskDescription",                PARAM_STRING, OP_EQ_FOLDED,           TASK_DESCRIPTION,          NULL,                 0, NULL          },
	{"taskDescriptionLike",            PARAM_STRING, OP_LIKE_FOLDED,         TASK_DESCRIPTION,          NULL,                 0, NULL          },
	{"taskDefinitionKey",              PARAM_STRING, OP_EQ,                  TASK_TASK_DEFINITION_KEY,  NULL,                 0, NULL          },
	{"taskDefinitionKeyIn",            PARAM_ARRAY,  OP_IN,                  TASK_TASK_DEFINITION_KEY,  "taskDefinitionKeys",
	 ERR_NOT_VALID,													      NULL          },
	{"taskDeleteReason",               PARAM_STRING, OP_EQ,                  TASK_DELETE_REASON,        NULL,                 0, NULL          },
	{"taskDeleteReasonLike",           PARAM_STRING, OP_LIKE,                TASK_DELETE_REASON,        NULL,                 0, NULL          },
	{"taskAssignee",                   PARAM_STRING, OP_EQ,                  TASK_ASSIGNEE,             NULL,                 0, NULL          },
	{"taskAssigneeLike",               PARAM_STRING, OP_LIKE,                TASK_ASSIGNEE,             NULL,                 0, NULL          },
	{"taskOwner",		      PARAM_STRING, OP_EQ,                  TASK_OWNER,                NULL,                 0, NULL          },
	{"taskOwnerLike",                  PARAM_STRING, OP_LIKE,                TASK_OWNER,                NULL,                 0, NULL          },
	{"taskPriority",                   PARAM_INT,    OP_EQ,                  TASK_PRIORITY,             NULL,                 0, NULL          },
	{"assigned",		       PARAM_GIVEN,  OP_PRESENT,             TASK_ASSIGNEE,             NULL,                 0, NULL          },
	{"unassigned",                     PARAM_GIVEN,  OP_ABSENT,              TASK_ASSIGNEE,             NULL,                 0, NULL          },
	{"finished",		       PARAM_GIVEN,  OP_PRESENT,             TASK_END_TIME,             NULL,                 0, NULL          },
	{"unfinished",                     PARAM_GIVEN,  OP_ABSENT,              TASK_END_TIME,             NULL,                 0, NULL          },
	{"processFinished",                PARAM_GIVEN,  ASK_PROCESS_FINISHED,   0,                         NULL,                 0, NULL          },
	{"processUnfinished",              PARAM_GIVEN,  ASK_PROCESS_UNFINISHED, 0,                         NULL,                 0, NULL          },
	{"taskDueDate",                    PARAM_DATE,   OP_EQ,                  TASK_DUE,                  NULL,                 0, NULL          },
	{"taskDueDateBefore",              PARAM_DATE,   OP_EARLIER,             TASK_DUE,                  NULL,                 0, NULL          },
	{"taskDueDateAfter",               PARAM_DATE,   OP_THEREAFTER,          TASK_DUE,                  NULL,                 0, NULL          },
	{"withoutTaskDueDate",             PARAM_BOOL,   OP_ABSENT,              TASK_DUE,                  NULL,                 0, NULL          },
	{"taskFollowUpDate",               PARAM_DATE,   OP_EQ,                  TASK_FOLLOW_UP,            NULL,                 0, NULL          },
	{"taskFollowUpDateBefore",         PARAM_DATE,   OP_EARLIER,             TASK_FOLLOW_UP,            NULL,                 0, NULL          },
	{"taskFollowUpDateAfter",          PARAM_DATE,   OP_THEREAFTER,          TASK_FOLLOW_UP,            NULL,                 0, NULL          },
	{"startedBefore",                  PARAM_DATE,   OP_BEFORE,              TASK_START_TIME,           NULL,                 0, NULL          },
	{"startedAfter",                   PARAM_DATE,   OP_AFTER,               TASK_START_TIME,           NULL,                 0, NULL          },
	{"finishedBefore",                 PARAM_DATE,   OP_BEFORE,              TASK_END_TIME,             NULL,                 0, NULL          },
	{"finishedAfter",                  PARAM_DATE,   OP_AFTER,               TASK_END_TIME,             NULL,                 0, NULL          },
	{"tenantIdIn",                     PARAM_LIST,   OP_IN,                  TASK_TENANT_ID,            "tenantIds",          0, NULL          },
	{"withoutTenantId",                PARAM_BOOL,   OP_ABSENT,              TASK_TENANT_ID,            NULL,                 0, NULL          },
	{"taskVariables",                  PARAM_OBJECT, ASK_TASK_VARIABLES,     0,                         NULL,                 0, variables_bind},
	{"processVariables",               PARAM_OBJECT, ASK_PROCESS_VARIABLES,  0,                         NULL,                 0, variables_bind},
	{"variableNamesIgnoreCase",        PARAM_BOOL,   ASK_FLAG,               0,                         NULL,                 0, NULL          },
	{"variableValuesIgnoreCase",       PARAM_BOOL,   ASK_FLAG,               0,                         NULL,                 0, NULL          },
	{"taskInvolvedUser",               PARAM_STRING, ASK_INVOLVED_USER,      0,                         NULL,                 0, NULL          },
	{"taskInvolvedGroup",              PARAM_STRING, ASK_INVOLVED_GROUP,     0,                         NULL,                 0, NULL          },
	{"taskHadCandidateUser",           PARAM_STRING, ASK_CANDIDATE_USER,     0,                         NULL,                 0, NULL          },
	{"taskHadCandidateGroup",          PARAM_STRING, ASK_CANDIDATE_GROUP,    0,                         NULL,                 0, NULL          },
	{"withCandidateGroups",            PARAM_GIVEN,  ASK_WITH_GROUPS,        0,                         NULL,                 0, NULL          },
	{"withoutCandidateGroups",         PARAM_GIVEN,  ASK_WITHOUT_GROUPS,     0,                         NULL,                 0, NULL          },
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
	{"variableName",             PARAM_STRING, ASK_VARIABLE_NAME,      VARIABLE_NAME,                 NULL,                   0, NULL               },
	{"variableNameLike",         PARAM_STRING, ASK_VARIABLE_NAME_LIKE, VARIABLE_NAME,                 NULL,                   0, NULL               },
	{"variableValue",            PARAM_OBJECT, ASK_VARIABLE_VALUE,     0,                             NULL,                   0, variable_value_bind},
	{"variableNamesIgnoreCase",  PARAM_BOOL,   ASK_FLAG,               0,                             NULL,                   0, NULL               },
	{"variableValuesIgnoreCase", PARAM_BOOL,   ASK_FLAG,               0,                             NULL,                   0, NULL               },
	{"variableTypeIn",           PARAM_ARRAY,  ASK_TYPES,              0,                             "Variable types",       0, NULL               },
	{"includeDeleted",           PARAM_BOOL,   ASK_INCLUDE_DELETED,    0,                             NULL,                   0, NULL               },
	{"processInstanceId",        PARAM_STRING, OP_EQ,                  VARIABLE_INSTANCE_ID,          NULL,                   0, NULL               },
	{"processInstanceIdIn",      PARAM_ARRAY,  OP_IN,                  VARIABLE_INSTANCE_ID,          "Process Instance Ids", 0,
	 NULL																	   },
	{"processDefinitionId",      PARAM_STRING, OP_EQ,                  VARIABLE_DEFINITION_ID,        NULL,                   0, NULL               },
	{"processDefinitionKey",     PARAM_STRING, OP_EQ,                  VARIABLE_DEFINITION_KEY,       NULL,                   0, NULL               },
	{"executionIdIn",            PARAM_ARRAY,  OP_IN,                  VARIABLE_EXECUTION_ID,         "Execution Ids",        0, NULL               },
	{"caseInstanceId",           PARAM_STRING, OP_EQ,                  VARIABLE_CASE_INSTANCE_ID,     NULL,                   0, NULL               },
	{"caseExecutionIdIn",        PARAM_ARRAY,  OP_IN,                  VARIABLE_CASE_EXECUTION_ID,    "Case execution ids",
	 0,															  NULL               },
	{"caseActivityIdIn",         PARAM_ARRAY,  ASK_NEVER,              0,                             "Case activity ids",    0, NULL               },
	{"taskIdIn",                 PARAM_ARRAY,  OP_IN,                  VARIABLE_TASK_ID,              "Task Ids",             0, NULL               },
	{"activityInstanceIdIn",     PARAM_ARRAY,  OP_IN,                  VARIABLE_ACTIVITY_INSTANCE_ID,
	 "Activity Instance Ids",												 0, NULL               },
	{"tenantIdIn",               PARAM_LIST,   OP_IN,                  VARIABLE_TENANT_ID,            "tenantIds",            0, NULL               },
	{"withoutTenantId",          PARAM_BOOL,   OP_ABSENT,              VARIABLE_TENANT_ID,            NULL,                   0, NULL               },
	{"variableNameIn",           PARAM_ARRAY,  OP_IN,                  VARIABLE_NAME,                 "Variable names",       0, NULL               },
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
	{"processInstanceId",   PARAM_STRING, OP_EQ,           DETAIL_INSTANCE_ID,          NULL,                   0, NULL},
	{"processInstanceIdIn", PARAM_ARRAY,  OP_IN,           DETAIL_INSTANCE_ID,          "Process Instance Ids", 0,
	 NULL													      },
	{"executionId",         PARAM_STRING, OP_EQ,           DETAIL_EXECUTION_ID,         NULL,                   0, NULL},
	{"taskId",              PARAM_STRING, OP_EQ,           DETAIL_TASK_ID,              NULL,                   0, NULL},
	{"activityInstanceId",  PARAM_STRING, OP_EQ,           DETAIL_ACTIVITY_INSTANCE_ID, NULL,                   0, NULL},
	{"caseInstanceId",      PARAM_STRING, OP_EQ,           DETAIL_CASE_INSTANCE_ID,     NULL,                   0, NULL},
	{"caseExecutionId",     PARAM_STRING, OP_EQ,           DETAIL_CASE_EXECUTION_ID,    NULL,                   0, NULL},
	{"variableInstanceId",  PARAM_STRING, OP_EQ,           DETAIL_VARIABLE_ID,          NULL,                   0, NULL},
	{"variableTypeIn",      PARAM_ARRAY,  ASK_TYPES,       0,                           "Variable types",       0, NULL},
	{"variableNameLike",    PARAM_STRING, OP_LIKE_FOLDED,  DETAIL_VARIABLE_NAME,        NULL,                   0, NULL},
	{"tenantIdIn",          PARAM_LIST,   OP_IN,           DETAIL_TENANT_ID,            "tenantIds",            0, NULL},
	{"withoutTenantId",     PARAM_BOOL,   OP_ABSENT,       DETAIL_TENANT_ID,            NULL,                   0, NULL},
	{"userOperationId",     PARAM_STRING, OP_EQ,           DETAIL_USER_OPERATION_ID,    NULL,                   0, NULL},
	{"formFields",          PARAM_GIVEN,  ASK_DETAIL_TYPE, 0,                           NULL,                   0, NULL},
	{"variableUpdates",     PARAM_GIVEN,  ASK_DETAIL_TYPE, 0,                           NULL,                   0, NULL},
	{"excludeTaskDetails",  PARAM_GIVEN,  OP_ABSENT,       DETAIL_TASK_ID,              NULL,                   0, NULL},
	{"initial",             PARAM_BOOL,   OP_IF_TRUE,      DETAIL_INITIAL,              NULL,                   0, NULL},
	{"occurredBefore",      PARAM_DATE,   OP_BEFORE,       DETAIL_TIME,                 NULL,                   0, NULL},
	{"occurredAfter",       PARAM_DATE,   OP_AFTER,        DETAIL_TIME,                 NULL,                   0, NULL},
};
static const struct sort_key detail_sorts[] = {
	{"processInstanceId", DETAIL_INSTANCE_ID  },
	{"variableName",      DETAIL_VARIABLE_NAME},
	{"variableType",      DETAIL_TYPE         },
	{"variableRevision",  DETAIL_REVISION     },
	{"formPropertyId",    DETAIL_FIELD_ID     },
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
	{"logId",		      PARAM_STRING, OP_EQ,         EXTERNAL_LOG_ID,                   NULL,          0,             NULL},
	{"externalTaskId",             PARAM_STRING, OP_EQ,         EXTERNAL_LOG_TASK_ID,              NULL,          0,             NULL},
	{"topicName",                  PARAM_STRING, OP_EQ,         EXTERNAL_LOG_TOPIC_NAME,           NULL,          0,             NULL},
	{"workerId",                   PARAM_STRING, OP_EQ,         EXTERNAL_LOG_WORKER_ID,            NULL,          0,             NULL},
	{"errorMessage",               PARAM_STRING, OP_EQ,         EXTERNAL_LOG_ERROR_MESSAGE,        NULL,          0,             NULL},
	{"activityIdIn",               PARAM_ARRAY,  OP_IN,         EXTERNAL_LOG_ACTIVITY_ID,          "activityIds", ERR_NOT_VALID,
	 NULL															    },
	{"activityInstanceIdIn",       PARAM_ARRAY,  OP_IN,         EXTERNAL_LOG_ACTIVITY_INSTANCE_ID,
	 "activityIds",											       ERR_NOT_VALID, NULL},
	{"executionIdIn",              PARAM_ARRAY,  OP_IN,         EXTERNAL_LOG_EXECUTION_ID,         "activityIds",
	 ERR_NOT_VALID,													      NULL},
	{"processInstanceId",          PARAM_STRING, OP_EQ,         EXTERNAL_LOG_INSTANCE_ID,          NULL,          0,             NULL},
	{"processDefinitionId",        PARAM_STRING, OP_EQ,         EXTERNAL_LOG_DEFINITION_ID,        NULL,          0,             NULL},
	{"processDefinitionKey",       PARAM_STRING, OP_EQ,         EXTERNAL_LOG_DEFINITION_KEY,       NULL,          0,             NULL},
	{"tenantIdIn",                 PARAM_ARRAY,  OP_IN,         EXTERNAL_LOG_TENANT_ID,            "tenantIds",   0,             NULL},
	{"withoutTenantId",            PARAM_BOOL,   OP_ABSENT,     EXTERNAL_LOG_TENANT_ID,            NULL,          0,             NULL},
	{"priorityLowerThanOrEquals",  PARAM_LONG,   OP_LE,         EXTERNAL_LOG_PRIORITY,             NULL,          0,             NULL},
	{"priorityHigherThanOrEquals", PARAM_LONG,   OP_GE,         EXTERNAL_LOG_PRIORITY,             NULL,          0,             NULL},
	{"creationLog",                PARAM_BOOL,   ASK_LOG_STATE, EXTERNAL_LOG_CREATION,             NULL,          0,             NULL},
	{"failureLog",                 PARAM_BOOL,   ASK_LOG_STATE, EXTERNAL_LOG_FAILURE,              NULL,          0,             NULL},
	{"successLog",                 PARAM_BOOL,   ASK_LOG_STATE, EXTERNAL_LOG_SUCCESS,              NULL,          0,             NULL},
	{"deletionLog",                PARAM_BOOL,   ASK_LOG_STATE, EXTERNAL_LOG_DELETION,             NULL,          0,             NULL},
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
	{"type",		 PARAM_STRING, OP_EQ,     LINK_TYPE,           NULL,        0, NULL},
	{"userId",               PARAM_STRING, OP_EQ,     LINK_USER_ID,        NULL,        0, NULL},
	{"groupId",              PARAM_STRING, OP_EQ,     LINK_GROUP_ID,       NULL,        0, NULL},
	{"dateBefore",           PARAM_DATE,   OP_BEFORE, LINK_TIME,           NULL,        0, NULL},
	{"dateAfter",            PARAM_DATE,   OP_AFTER,  LINK_TIME,           NULL,        0, NULL},
	{"taskId",               PARAM_STRING, OP_EQ,     LINK_TASK_ID,        NULL,        0, NULL},
	{"processDefinitionId",  PARAM_STRING, OP_EQ,     LINK_DEFINITION_ID,  NULL,        0, NULL},
	{"processDefinitionKey", PARAM_STRING, OP_EQ,     LINK_DEFINITION_KEY, NULL,        0, NULL},
	{"operationType",        PARAM_STRING, OP_EQ,     LINK_OPERATION_TYPE, NULL,        0, NULL},
	{"assignerId",           PARAM_STRING, OP_EQ,     LINK_ASSIGNER_ID,    NULL,        0, NULL},
	{"tenantIdIn",           PARAM_LIST,   OP_IN,     LINK_TENANT_ID,      "tenantIds", 0, NULL},
	{"withoutTenantId",      PARAM_BOOL,   OP_ABSENT, LINK_TENANT_ID,      NULL,        0, NULL},
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
	{"deploymentId",         PARAM_STRING, OP_EQ,         OPERATION_DEPLOYMENT_ID,      NULL, 0, NULL},
	{"processDefinitionId",  PARAM_STRING, OP_EQ,         OPERATION_DEFINITION_ID,      NULL, 0, NULL},
	{"processDefinitionKey", PARAM_STRING, OP_EQ,         OPERATION_DEFINITION_KEY,     NULL, 0, NULL},
	{"processInstanceId",    PARAM_STRING, OP_EQ,         OPERATION_INSTANCE_ID,        NULL, 0, NULL},
	{"executionId",          PARAM_STRING, OP_EQ,         OPERATION_EXECUTION_ID,       NULL, 0, NULL},
	{"caseDefinitionId",     PARAM_STRING, OP_EQ,         OPERATION_CASE_DEFINITION_ID, NULL, 0, NULL},
	{"caseInstanceId",       PARAM_STRING, OP_EQ,         OPERATION_CASE_INSTANCE_ID,   NULL, 0, NULL},
	{"caseExecutionId",      PARAM_STRING, OP_EQ,         OPERATION_CASE_EXECUTION_ID,  NULL, 0, NULL},
	{"taskId",               PARAM_STRING, OP_EQ,         OPERATION_TASK_ID,            NULL, 0, NULL},
	{"externalTaskId",       PARAM_STRING, OP_EQ,         OPERATION_EXTERNAL_TASK_ID,   NULL, 0, NULL},
	{"batchId",              PARAM_STRING, OP_EQ,         OPERATION_BATCH_ID,           NULL, 0, NULL},
	{"jobId",                PARAM_STRING, OP_EQ,         OPERATION_JOB_ID,             NULL, 0, NULL},
	{"jobDefinitionId",      PARAM_STRING, OP_EQ,         OPERATION_JOB_DEFINITION_ID,  NULL, 0, NULL},
	{"userId",               PARAM_STRING, OP_EQ,         OPERATION_USER_ID,            NULL, 0, NULL},
	{"operationId",          PARAM_STRING, OP_EQ,         OPERATION_OPERATION_ID,       NULL, 0, NULL},
	{"operationType",        PARAM_STRING, OP_EQ,         OPERATION_OPERATION_TYPE,     NULL, 0, NULL},
	{"entityType",           PARAM_STRING, OP_EQ,         OPERATION_ENTITY_TYPE,        NULL, 0, NULL},
	{"entityTypeIn",         PARAM_ARRAY,  OP_IN,         OPERATION_ENTITY_TYPE,        NULL, 0, NULL},
	{"category",             PARAM_STRING, OP_EQ,         OPERATION_CATEGORY,           NULL, 0, NULL},
	{"categoryIn",           PARAM_ARRAY,  OP_IN,         OPERATION_CATEGORY,           NULL, 0, NULL},
	{"property",             PARAM_STRING, OP_EQ,         OPERATION_PROPERTY,           NULL, 0, NULL},
	{"afterTimestamp",       PARAM_DATE,   OP_THEREAFTER, OPERATION_TIMESTAMP,          NULL, 0, NULL},
	{"beforeTimestamp",      PARAM_DATE,   OP_EARLIER,    OPERATION_TIMESTAMP,          NULL, 0, NULL},
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
