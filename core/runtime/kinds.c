#include "core/runtime/kinds.h"

#include "core/history/incident_kind.h"

static const struct field running_instance_fields[] = {
	{"id",	       1,  FIELD_STRING, 0,            NULL},
	{"definitionId",     2,  FIELD_STRING, 0,            NULL},
	{"definitionKey",    3,  FIELD_STRING, 0,            NULL},
	{"businessKey",      4,  FIELD_STRING, 0,            NULL},
	{"caseInstanceId",   5,  FIELD_STRING, 0,            NULL},
	{"ended",            6,  FIELD_BOOL,   0,            NULL},
	{"suspended",        7,  FIELD_BOOL,   0,            NULL},
	{"tenantId",         8,  FIELD_STRING, 0,            NULL},
	{"nextOrdinal",      9,  FIELD_LONG,   FIELD_HIDDEN, NULL},
	{"rootId",           10, FIELD_STRING, FIELD_HIDDEN, NULL},
	{"superExecutionId", 11, FIELD_STRING, FIELD_HIDDEN, NULL},
	{"operations",       12, FIELD_STRING, FIELD_HIDDEN, NULL},
};
const struct kind running_instance_kind = KIND("runningInstance", 60, running_instance_fields);

static const struct field execution_fields[] = {
	{"id",		 1,  FIELD_STRING, 0,            NULL},
	{"processInstanceId",  2,  FIELD_STRING, 0,            NULL},
	{"ended",              3,  FIELD_BOOL,   0,            NULL},
	{"tenantId",           4,  FIELD_STRING, 0,            NULL},
	{"parentId",           5,  FIELD_STRING, FIELD_HIDDEN, NULL},
	{"activityId",         6,  FIELD_STRING, FIELD_HIDDEN, NULL},
	{"scopeId",            7,  FIELD_STRING, FIELD_HIDDEN, NULL},
	{"transitionId",       8,  FIELD_STRING, FIELD_HIDDEN, NULL},
	{"activityInstanceId", 9,  FIELD_STRING, FIELD_HIDDEN, NULL},
	{"flags",              10, FIELD_LONG,   FIELD_HIDDEN, NULL},
};
const struct kind execution_kind = KIND("execution", 61, execution_fields);

static const struct field running_variable_fields[] = {
	{"id",		  1,  FIELD_STRING, 0,            NULL},
	{"name",                2,  FIELD_STRING, 0,            NULL},
	{"processDefinitionId", 3,  FIELD_STRING, 0,            NULL},
	{"processInstanceId",   4,  FIELD_STRING, 0,            NULL},
	{"executionId",         5,  FIELD_STRING, 0,            NULL},
	{"caseInstanceId",      6,  FIELD_STRING, 0,            NULL},
	{"caseExecutionId",     7,  FIELD_STRING, 0,            NULL},
	{"taskId",              8,  FIELD_STRING, 0,            NULL},
	{"batchId",             9,  FIELD_STRING, 0,            NULL},
	{"activityInstanceId",  10, FIELD_STRING, 0,            NULL},
	{"tenantId",            11, FIELD_STRING, 0,            NULL},
	{"errorMessage",        12, FIELD_STRING, 0,            NULL},
	{"value",               13, FIELD_VALUE,  0,            NULL},
	{"type",                14, FIELD_STRING, 0,            NULL},
	{"valueInfo",           15, FIELD_JSON,   0,            NULL},
	{"concurrentLocal",     16, FIELD_BOOL,   FIELD_HIDDEN, NULL},
	{"revision",            17, FIELD_LONG,   FIELD_HIDDEN, NULL},
};
const struct kind running_variable_kind = KIND("variableInstance", 62, running_variable_fields);

static const struct field running_task_fields[] = {
	{"id",		  1,  FIELD_STRING, 0, NULL},
	{"name",                2,  FIELD_STRING, 0, NULL},
	{"assignee",            3,  FIELD_STRING, 0, NULL},
	{"created",             4,  FIELD_TIME,   0, NULL},
	{"due",		 5,  FIELD_TIME,   0, NULL},
	{"followUp",            6,  FIELD_TIME,   0, NULL},
	{"lastUpdated",         7,  FIELD_TIME,   0, NULL},
	{"delegationState",     8,  FIELD_STRING, 0, NULL},
	{"description",         9,  FIELD_STRING, 0, NULL},
	{"executionId",         10, FIELD_STRING, 0, NULL},
	{"owner",               11, FIELD_STRING, 0, NULL},
	{"parentTaskId",        12, FIELD_STRING, 0, NULL},
	{"priority",            13, FIELD_INT,    0, NULL},
	{"processDefinitionId", 14, FIELD_STRING, 0, NULL},
	{"processInstanceId",   15, FIELD_STRING, 0, NULL},
	{"taskDefinitionKey",   16, FIELD_STRING, 0, NULL},
	{"caseExecutionId",     17, FIELD_STRING, 0, NULL},
	{"caseInstanceId",      18, FIELD_STRING, 0, NULL},
	{"caseDefinitionId",    19, FIELD_STRING, 0, NULL},
	{"suspended",           20, FIELD_BOOL,   0, NULL},
	{"formKey",             21, FIELD_STRING, 0, NULL},
	{"camundaFormRef",      22, FIELD_JSON,   0, NULL},
	{"tenantId",            23, FIELD_STRING, 0, NULL},
	{"taskState",           24, FIELD_STRING, 0, NULL},
};
const struct kind running_task_kind = KIND("task", 63, running_task_fields);

static const struct field running_identity_link_fields[] = {
	{"userId",  1, FIELD_STRING, 0,            NULL},
	{"groupId", 2, FIELD_STRING, 0,            NULL},
	{"type",    3, FIELD_STRING, 0,            NULL},
	{"id",      4, FIELD_STRING, FIELD_HIDDEN, NULL},
	{"taskId",  5, FIELD_STRING, FIELD_HIDDEN, NULL},
};
const struct kind running_identity_link_kind =
	KIND("identityLink", 64, running_identity_link_fields);

static const struct field external_task_fields[] = {
	{"activityId",                  1,  FIELD_STRING, 0,            NULL},
	{"activityInstanceId",          2,  FIELD_STRING, 0,            NULL},
	{"errorMessage",                3,  FIELD_STRING, 0,            NULL},
	{"executionId",                 4,  FIELD_STRING, 0,            NULL},
	{"id",			  5,  FIELD_STRING, 0,            NULL},
	{"lockExpirationTime",          6,  FIELD_TIME,   0,            NULL},
	{"createTime",                  7,  FIELD_TIME,   0,            NULL},
	{"processDefinitionId",         8,  FIELD_STRING, 0,            NULL},
	{"processDefinitionKey",        9,  FIELD_STRING, 0,            NULL},
	{"processDefinitionVersionTag", 10, FIELD_STRING, 0,            NULL},
	{"processInstanceId",           11, FIELD_STRING, 0,            NULL},
	{"retries",		     12, FIELD_INT,    0,            NULL},
	{"suspended",                   13, FIELD_BOOL,   0,            NULL},
	{"workerId",                    14, FIELD_STRING, 0,            NULL},
	{"topicName",                   15, FIELD_STRING, 0,            NULL},
	{"tenantId",                    16, FIELD_STRING, 0,            NULL},
	{"priority",                    17, FIELD_LONG,   0,            NULL},
	{"businessKey",                 18, FIELD_STRING, 0,            NULL},
	{"errorDetails",                19, FIELD_STRING, FIELD_HIDDEN, NULL},
	{"lastFailureLogId",            20, FIELD_STRING, FIELD_HIDDEN, NULL},
};
const struct kind external_task_kind = KIND("externalTask", 65, external_task_fields);

static const struct field instance_job_fields[] = {
	{"id",		   1,  FIELD_STRING, 0,            NULL},
	{"jobDefinitionId",      2,  FIELD_STRING, 0,            NULL},
	{"processInstanceId",    3,  FIELD_STRING, 0,            NULL},
	{"processDefinitionId",  4,  FIELD_STRING, 0,            NULL},
	{"processDefinitionKey", 5,  FIELD_STRING, 0,            NULL},
	{"executionId",          6,  FIELD_STRING, 0,            NULL},
	{"exceptionMessage",     7,  FIELD_STRING, 0,            NULL},
	{"failedActivityId",     8,  FIELD_STRING, 0,            NULL},
	{"retries",              9,  FIELD_INT,    0,            NULL},
	{"dueDate",              10, FIELD_TIME,   0,            NULL},
	{"suspended",            11, FIELD_BOOL,   0,            NULL},
	{"priority",             12, FIELD_LONG,   0,            NULL},
	{"tenantId",             13, FIELD_STRING, 0,            NULL},
	{"createTime",           14, FIELD_TIME,   0,            NULL},
	{"batchId",              15, FIELD_STRING, 0,            NULL},
	{"handler",              16, FIELD_STRING, FIELD_HIDDEN, NULL},
	{"configuration",        17, FIELD_STRING, FIELD_HIDDEN, NULL},
	{"activityId",           18, FIELD_STRING, FIELD_HIDDEN, NULL},
	{"stacktrace",           19, FIELD_STRING, FIELD_HIDDEN, NULL},
	{"lastFailureLogId",     20, FIELD_STRING, FIELD_HIDDEN, NULL},
	{"ordinal",              21, FIELD_LONG,   FIELD_HIDDEN, NULL},
	{"sequence",             22, FIELD_LONG,   FIELD_HIDDEN, NULL},
};
const struct kind instance_job_kind = KIND("instanceJob", 66, instance_job_fields);

const struct kind *const running_kinds[RUNNING_MAX] = {
	&running_instance_kind,      &execution_kind,
	&running_variable_kind,      &running_task_kind,
	&running_identity_link_kind, &external_task_kind,
	&instance_job_kind,          &incident_kind,
};
