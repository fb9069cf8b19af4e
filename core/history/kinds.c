#include "core/history/kinds.h"

#include <assert.h>
#include <pthread.h>

#include "core/history/incident_kind.h"
#include "core/history/job_log_entry.h"

/* Job logs and incidents (tags 8 and 7) are kinds of core/job/, as batches have them too. */

static const struct field process_instance_fields[] = {
	{"id",			 1,  FIELD_STRING, 0, NULL},
	{"businessKey",                2,  FIELD_STRING, 0, NULL},
	{"processDefinitionId",        3,  FIELD_STRING, 0, NULL},
	{"processDefinitionKey",       4,  FIELD_STRING, 0, NULL},
	{"processDefinitionName",      5,  FIELD_STRING, 0, NULL},
	{"processDefinitionVersion",   6,  FIELD_INT,    0, NULL},
	{"startTime",                  7,  FIELD_TIME,   0, NULL},
	{"endTime",		    8,  FIELD_TIME,   0, NULL},
	{"removalTime",                9,  FIELD_TIME,   0, NULL},
	{"durationInMillis",           10, FIELD_LONG,   0, NULL},
	{"startUserId",                11, FIELD_STRING, 0, NULL},
	{"startActivityId",            12, FIELD_STRING, 0, NULL},
	{"deleteReason",               13, FIELD_STRING, 0, NULL},
	{"rootProcessInstanceId",      14, FIELD_STRING, 0, NULL},
	{"superProcessInstanceId",     15, FIELD_STRING, 0, NULL},
	{"superCaseInstanceId",        16, FIELD_STRING, 0, NULL},
	{"caseInstanceId",             17, FIELD_STRING, 0, NULL},
	{"tenantId",                   18, FIELD_STRING, 0, NULL},
	{"state",		      19, FIELD_STRING, 0, NULL},
	{"restartedProcessInstanceId", 20, FIELD_STRING, 0, NULL},
};
const struct kind process_instance_kind = KIND("processInstance", 1, process_instance_fields);

static const struct field activity_instance_fields[] = {
	{"id",		       1,  FIELD_STRING, 0,             NULL},
	{"parentActivityInstanceId", 2,  FIELD_STRING, 0,             NULL},
	{"activityId",               3,  FIELD_STRING, 0,             NULL},
	{"activityName",             4,  FIELD_STRING, 0,             NULL},
	{"activityType",             5,  FIELD_STRING, 0,             NULL},
	{"processDefinitionKey",     6,  FIELD_STRING, 0,             NULL},
	{"processDefinitionId",      7,  FIELD_STRING, 0,             NULL},
	{"processInstanceId",        0,  FIELD_STRING, FIELD_DERIVED, NULL},
	{"executionId",              9,  FIELD_STRING, 0,             NULL},
	{"taskId",		   10, FIELD_STRING, 0,             NULL},
	{"assignee",                 11, FIELD_STRING, 0,             NULL},
	{"calledProcessInstanceId",  12, FIELD_STRING, 0,             NULL},
	{"calledCaseInstanceId",     13, FIELD_STRING, 0,             NULL},
	{"startTime",                14, FIELD_TIME,   0,             NULL},
	{"endTime",                  15, FIELD_TIME,   0,             NULL},
	{"durationInMillis",         16, FIELD_LONG,   0,             NULL},
	{"canceled",                 17, FIELD_BOOL,   0,             NULL},
	{"completeScope",            18, FIELD_BOOL,   0,             NULL},
	{"tenantId",                 19, FIELD_STRING, 0,             NULL},
	{"removalTime",              20, FIELD_TIME,   0,             NULL},
	{"rootProcessInstanceId",    21, FIELD_STRING, 0,             NULL},
	{"occurrence",               0,  FIELD_INT,    FIELD_SECRET,  NULL},
};
const struct kind activity_instance_kind = KIND("activityInstances", 2, activity_instance_fields);

static const struct field task_fields[] = {
	{"id",		    1,  FIELD_STRING, 0,             NULL},
	{"processDefinitionKey",  2,  FIELD_STRING, 0,             NULL},
	{"processDefinitionId",   3,  FIELD_STRING, 0,             NULL},
	{"processInstanceId",     0,  FIELD_STRING, FIELD_DERIVED, NULL},
	{"executionId",           5,  FIELD_STRING, 0,             NULL},
	{"caseDefinitionKey",     6,  FIELD_STRING, 0,             NULL},
	{"caseDefinitionId",      7,  FIELD_STRING, 0,             NULL},
	{"caseInstanceId",        8,  FIELD_STRING, 0,             NULL},
	{"caseExecutionId",       9,  FIELD_STRING, 0,             NULL},
	{"activityInstanceId",    10, FIELD_STRING, 0,             NULL},
	{"name",		  11, FIELD_STRING, 0,             NULL},
	{"description",           12, FIELD_STRING, 0,             NULL},
	{"deleteReason",          13, FIELD_STRING, 0,             NULL},
	{"owner",                 14, FIELD_STRING, 0,             NULL},
	{"assignee",              15, FIELD_STRING, 0,             NULL},
	{"startTime",             16, FIELD_TIME,   0,             NULL},
	{"endTime",               17, FIELD_TIME,   0,             NULL},
	{"duration",              18, FIELD_LONG,   0,             NULL},
	{"taskDefinitionKey",     19, FIELD_STRING, 0,             NULL},
	{"priority",              20, FIELD_INT,    0,             NULL},
	{"due",		   21, FIELD_TIME,   0,             NULL},
	{"parentTaskId",          22, FIELD_STRING, 0,             NULL},
	{"followUp",              23, FIELD_TIME,   0,             NULL},
	{"tenantId",              24, FIELD_STRING, 0,             NULL},
	{"removalTime",           25, FIELD_TIME,   0,             NULL},
	{"rootProcessInstanceId", 26, FIELD_STRING, 0,             NULL},
	{"taskState",             27, FIELD_STRING, 0,             NULL},
};
const struct kind task_kind = KIND("tasks", 3, task_fields);

static const struct field identity_link_fields[] = {
	{"id",		    1,  FIELD_STRING, 0, NULL},
	{"time",		  2,  FIELD_TIME,   0, NULL},
	{"type",		  3,  FIELD_STRING, 0, NULL},
	{"userId",                4,  FIELD_STRING, 0, NULL},
	{"groupId",               5,  FIELD_STRING, 0, NULL},
	{"taskId",                6,  FIELD_STRING, 0, NULL},
	{"processDefinitionId",   7,  FIELD_STRING, 0, NULL},
	{"processDefinitionKey",  8,  FIELD_STRING, 0, NULL},
	{"operationType",         9,  FIELD_STRING, 0, NULL},
	{"assignerId",            10, FIELD_STRING, 0, NULL},
	{"tenantId",              11, FIELD_STRING, 0, NULL},
	{"removalTime",           12, FIELD_TIME,   0, NULL},
	{"rootProcessInstanceId", 13, FIELD_STRING, 0, NULL},
};
const struct kind identity_link_kind = KIND("identityLinks", 4, identity_link_fields);

static const struct field variable_fields[] = {
	{"id",		    1,  FIELD_STRING, 0,             NULL},
	{"name",		  2,  FIELD_STRING, 0,             NULL},
	{"processDefinitionKey",  3,  FIELD_STRING, 0,             NULL},
	{"processDefinitionId",   4,  FIELD_STRING, 0,             NULL},
	{"processInstanceId",     0,  FIELD_STRING, FIELD_DERIVED, NULL},
	{"executionId",           6,  FIELD_STRING, 0,             NULL},
	{"activityInstanceId",    7,  FIELD_STRING, 0,             NULL},
	{"caseDefinitionKey",     8,  FIELD_STRING, 0,             NULL},
	{"caseDefinitionId",      9,  FIELD_STRING, 0,             NULL},
	{"caseInstanceId",        10, FIELD_STRING, 0,             NULL},
	{"caseExecutionId",       11, FIELD_STRING, 0,             NULL},
	{"taskId",                12, FIELD_STRING, 0,             NULL},
	{"tenantId",              13, FIELD_STRING, 0,             NULL},
	{"errorMessage",          14, FIELD_STRING, 0,             NULL},
	{"state",                 15, FIELD_STRING, 0,             NULL},
	{"createTime",            16, FIELD_TIME,   0,             NULL},
	{"removalTime",           17, FIELD_TIME,   0,             NULL},
	{"rootProcessInstanceId", 18, FIELD_STRING, 0,             NULL},
	{"value",                 19, FIELD_VALUE,  0,             NULL},
	{"type",		  20, FIELD_STRING, 0,             NULL},
	{"valueInfo",             21, FIELD_JSON,   0,             NULL},
};
const struct kind variable_kind = KIND("variables", 5, variable_fields);

static const struct field detail_fields[] = {
	{"id",		    1,  FIELD_STRING, 0,             NULL},
	{"type",		  2,  FIELD_STRING, 0,             NULL},
	{"processDefinitionKey",  3,  FIELD_STRING, 0,             NULL},
	{"processDefinitionId",   4,  FIELD_STRING, 0,             NULL},
	{"processInstanceId",     0,  FIELD_STRING, FIELD_DERIVED, NULL},
	{"activityInstanceId",    6,  FIELD_STRING, 0,             NULL},
	{"executionId",           7,  FIELD_STRING, 0,             NULL},
	{"caseDefinitionKey",     8,  FIELD_STRING, 0,             NULL},
	{"caseDefinitionId",      9,  FIELD_STRING, 0,             NULL},
	{"caseInstanceId",        10, FIELD_STRING, 0,             NULL},
	{"caseExecutionId",       11, FIELD_STRING, 0,             NULL},
	{"taskId",                12, FIELD_STRING, 0,             NULL},
	{"tenantId",              13, FIELD_STRING, 0,             NULL},
	{"userOperationId",       14, FIELD_STRING, 0,             NULL},
	{"time",		  15, FIELD_TIME,   0,             NULL},
	{"removalTime",           16, FIELD_TIME,   0,             NULL},
	{"rootProcessInstanceId", 17, FIELD_STRING, 0,             NULL},
	{"fieldId",               18, FIELD_STRING, FIELD_LEAN,    NULL},
	{"fieldValue",            19, FIELD_VALUE,  FIELD_LEAN,    NULL},
	{"variableName",          20, FIELD_STRING, FIELD_LEAN,    NULL},
	{"variableInstanceId",    21, FIELD_STRING, FIELD_LEAN,    NULL},
	{"variableType",          22, FIELD_STRING, FIELD_LEAN,    NULL},
	{"value",                 23, FIELD_VALUE,  0,             NULL},
	{"valueInfo",             24, FIELD_JSON,   0,             NULL},
	{"initial",               25, FIELD_BOOL,   0,             NULL},
	{"revision",              26, FIELD_INT,    0,             NULL},
	{"errorMessage",          27, FIELD_STRING, 0,             NULL},
};
const struct kind detail_kind = KIND("details", 6, detail_fields);

static const struct field external_task_log_fields[] = {
	{"id",		    1,  FIELD_STRING, 0,             NULL},
	{"externalTaskId",        2,  FIELD_STRING, 0,             NULL},
	{"timestamp",             3,  FIELD_TIME,   0,             NULL},
	{"topicName",             4,  FIELD_STRING, 0,             NULL},
	{"workerId",              5,  FIELD_STRING, 0,             NULL},
	{"retries",               6,  FIELD_INT,    0,             NULL},
	{"priority",              7,  FIELD_LONG,   0,             NULL},
	{"errorMessage",          8,  FIELD_STRING, 0,             NULL},
	{"activityId",            9,  FIELD_STRING, 0,             NULL},
	{"activityInstanceId",    10, FIELD_STRING, 0,             NULL},
	{"executionId",           11, FIELD_STRING, 0,             NULL},
	{"processInstanceId",     0,  FIELD_STRING, FIELD_DERIVED, NULL},
	{"processDefinitionId",   13, FIELD_STRING, 0,             NULL},
	{"processDefinitionKey",  14, FIELD_STRING, 0,             NULL},
	{"tenantId",              15, FIELD_STRING, 0,             NULL},
	{"creationLog",           16, FIELD_BOOL,   0,             NULL},
	{"failureLog",            17, FIELD_BOOL,   0,             NULL},
	{"successLog",            18, FIELD_BOOL,   0,             NULL},
	{"deletionLog",           19, FIELD_BOOL,   0,             NULL},
	{"removalTime",           20, FIELD_TIME,   0,             NULL},
	{"rootProcessInstanceId", 21, FIELD_STRING, 0,             NULL},
	{"errorDetails",          22, FIELD_STRING, FIELD_HIDDEN,  NULL},
};
const struct kind external_task_log_kind = KIND("externalTaskLogs", 9, external_task_log_fields);

static const struct field comment_fields[] = {
	{"id",		    1, FIELD_STRING, 0,             NULL},
	{"userId",                2, FIELD_STRING, 0,             NULL},
	{"taskId",                3, FIELD_STRING, 0,             NULL},
	{"processInstanceId",     0, FIELD_STRING, FIELD_DERIVED, NULL},
	{"time",		  5, FIELD_TIME,   0,             NULL},
	{"message",               6, FIELD_STRING, 0,             NULL},
	{"removalTime",           7, FIELD_TIME,   0,             NULL},
	{"rootProcessInstanceId", 8, FIELD_STRING, 0,             NULL},
	{"ofTask",                9, FIELD_BOOL,   FIELD_HIDDEN,  NULL},
};
const struct kind comment_kind = KIND("comments", 10, comment_fields);

static const struct field attachment_fields[] = {
	{"id",		    1,  FIELD_STRING, 0,            NULL},
	{"name",		  2,  FIELD_STRING, 0,            NULL},
	{"description",           3,  FIELD_STRING, 0,            NULL},
	{"taskId",                4,  FIELD_STRING, 0,            NULL},
	{"type",		  5,  FIELD_STRING, 0,            NULL},
	{"url",		   6,  FIELD_STRING, 0,            NULL},
	{"createTime",            7,  FIELD_TIME,   0,            NULL},
	{"removalTime",           8,  FIELD_TIME,   0,            NULL},
	{"rootProcessInstanceId", 9,  FIELD_STRING, 0,            NULL},
	{"data",		  10, FIELD_STRING, FIELD_HIDDEN, NULL},
};
const struct kind attachment_kind = KIND("attachments", 11, attachment_fields);

static const struct field runtime_job_fields[] = {
	{"id",		   1,  FIELD_STRING, 0,             NULL},
	{"jobDefinitionId",      2,  FIELD_STRING, 0,             NULL},
	{"dueDate",              3,  FIELD_TIME,   0,             NULL},
	{"processInstanceId",    0,  FIELD_STRING, FIELD_DERIVED, NULL},
	{"executionId",          5,  FIELD_STRING, 0,             NULL},
	{"processDefinitionId",  6,  FIELD_STRING, 0,             NULL},
	{"processDefinitionKey", 7,  FIELD_STRING, 0,             NULL},
	{"retries",              8,  FIELD_INT,    0,             NULL},
	{"exceptionMessage",     9,  FIELD_STRING, 0,             NULL},
	{"failedActivityId",     10, FIELD_STRING, 0,             NULL},
	{"suspended",            11, FIELD_BOOL,   0,             NULL},
	{"priority",             12, FIELD_LONG,   0,             NULL},
	{"tenantId",             13, FIELD_STRING, 0,             NULL},
	{"createTime",           14, FIELD_TIME,   0,             NULL},
	{"batchId",              15, FIELD_STRING, 0,             NULL},
};
const struct kind runtime_job_kind = KIND("jobs", 12, runtime_job_fields);

static const struct field decision_input_fields[] = {
	{"type",		  1,  FIELD_STRING, 0, NULL},
	{"value",                 2,  FIELD_VALUE,  0, NULL},
	{"valueInfo",             3,  FIELD_JSON,   0, NULL},
	{"id",		    4,  FIELD_STRING, 0, NULL},
	{"decisionInstanceId",    5,  FIELD_STRING, 0, NULL},
	{"clauseId",              6,  FIELD_STRING, 0, NULL},
	{"clauseName",            7,  FIELD_STRING, 0, NULL},
	{"errorMessage",          8,  FIELD_STRING, 0, NULL},
	{"createTime",            9,  FIELD_TIME,   0, NULL},
	{"removalTime",           10, FIELD_TIME,   0, NULL},
	{"rootProcessInstanceId", 11, FIELD_STRING, 0, NULL},
};
const struct kind decision_input_kind = KIND("inputs", 14, decision_input_fields);

static const struct field decision_output_fields[] = {
	{"type",		  1,  FIELD_STRING, 0, NULL},
	{"value",                 2,  FIELD_VALUE,  0, NULL},
	{"valueInfo",             3,  FIELD_JSON,   0, NULL},
	{"id",		    4,  FIELD_STRING, 0, NULL},
	{"decisionInstanceId",    5,  FIELD_STRING, 0, NULL},
	{"clauseId",              6,  FIELD_STRING, 0, NULL},
	{"clauseName",            7,  FIELD_STRING, 0, NULL},
	{"ruleId",                8,  FIELD_STRING, 0, NULL},
	{"ruleOrder",             9,  FIELD_INT,    0, NULL},
	{"variableName",          10, FIELD_STRING, 0, NULL},
	{"errorMessage",          11, FIELD_STRING, 0, NULL},
	{"createTime",            12, FIELD_TIME,   0, NULL},
	{"removalTime",           13, FIELD_TIME,   0, NULL},
	{"rootProcessInstanceId", 14, FIELD_STRING, 0, NULL},
};
const struct kind decision_output_kind = KIND("outputs", 15, decision_output_fields);

static const struct field decision_instance_fields[] = {
	{"id",				1,  FIELD_STRING, 0,          NULL                 },
	{"decisionDefinitionId",              2,  FIELD_STRING, 0,          NULL                 },
	{"decisionDefinitionKey",             3,  FIELD_STRING, 0,          NULL                 },
	{"decisionDefinitionName",            4,  FIELD_STRING, 0,          NULL                 },
	{"evaluationTime",                    5,  FIELD_TIME,   0,          NULL                 },
	{"removalTime",                       6,  FIELD_TIME,   0,          NULL                 },
	{"processDefinitionId",               7,  FIELD_STRING, 0,          NULL                 },
	{"processDefinitionKey",              8,  FIELD_STRING, 0,          NULL                 },
	{"processInstanceId",                 9,  FIELD_STRING, 0,          NULL                 },
	{"caseDefinitionId",                  10, FIELD_STRING, 0,          NULL                 },
	{"caseDefinitionKey",                 11, FIELD_STRING, 0,          NULL                 },
	{"caseInstanceId",                    12, FIELD_STRING, 0,          NULL                 },
	{"activityId",			13, FIELD_STRING, 0,          NULL                 },
	{"activityInstanceId",                14, FIELD_STRING, 0,          NULL                 },
	{"userId",			    15, FIELD_STRING, 0,          NULL                 },
	{"inputs",			    16, FIELD_ROWS,   FIELD_LEAN, &decision_input_kind },
	{"outputs",			   17, FIELD_ROWS,   FIELD_LEAN, &decision_output_kind},
	{"collectResultValue",                18, FIELD_DOUBLE, 0,          NULL                 },
	{"rootDecisionInstanceId",            19, FIELD_STRING, 0,          NULL                 },
	{"rootProcessInstanceId",             20, FIELD_STRING, 0,          NULL                 },
	{"decisionRequirementsDefinitionId",  21, FIELD_STRING, 0,          NULL                 },
	{"decisionRequirementsDefinitionKey", 22, FIELD_STRING, 0,          NULL                 },
	{"tenantId",			  23, FIELD_STRING, 0,          NULL                 },
};
const struct kind decision_instance_kind = KIND("decisionInstances", 13, decision_instance_fields);

static const struct field user_operation_fields[] = {
	{"id",		    1,  FIELD_STRING, 0, NULL},
	{"userId",                2,  FIELD_STRING, 0, NULL},
	{"timestamp",             3,  FIELD_TIME,   0, NULL},
	{"operationId",           4,  FIELD_STRING, 0, NULL},
	{"operationType",         5,  FIELD_STRING, 0, NULL},
	{"entityType",            6,  FIELD_STRING, 0, NULL},
	{"category",              7,  FIELD_STRING, 0, NULL},
	{"annotation",            8,  FIELD_STRING, 0, NULL},
	{"property",              9,  FIELD_STRING, 0, NULL},
	{"orgValue",              10, FIELD_STRING, 0, NULL},
	{"newValue",              11, FIELD_STRING, 0, NULL},
	{"deploymentId",          12, FIELD_STRING, 0, NULL},
	{"processDefinitionId",   13, FIELD_STRING, 0, NULL},
	{"processDefinitionKey",  14, FIELD_STRING, 0, NULL},
	{"processInstanceId",     15, FIELD_STRING, 0, NULL},
	{"executionId",           16, FIELD_STRING, 0, NULL},
	{"caseDefinitionId",      17, FIELD_STRING, 0, NULL},
	{"caseInstanceId",        18, FIELD_STRING, 0, NULL},
	{"caseExecutionId",       19, FIELD_STRING, 0, NULL},
	{"taskId",                20, FIELD_STRING, 0, NULL},
	{"externalTaskId",        21, FIELD_STRING, 0, NULL},
	{"batchId",               22, FIELD_STRING, 0, NULL},
	{"jobId",                 23, FIELD_STRING, 0, NULL},
	{"jobDefinitionId",       24, FIELD_STRING, 0, NULL},
	{"removalTime",           25, FIELD_TIME,   0, NULL},
	{"rootProcessInstanceId", 26, FIELD_STRING, 0, NULL},
};
const struct kind user_operation_kind = KIND("userOperations", 16, user_operation_fields);

const struct kind *const process_kinds[ROW_MAX] = {
	&process_instance_kind, &activity_instance_kind, &task_kind,
	&identity_link_kind,    &variable_kind,          &detail_kind,
	&incident_kind,         &job_log_kind,           &external_task_log_kind,
	&comment_kind,          &attachment_kind,        &runtime_job_kind,
};

size_t kind_slot(const struct kind *kind, const char *name)
{
	int field = kind_field(kind, name);

	assert(field >= 0);
	return (size_t)field;
}

static int common_slots[ROW_MAX][COMMON_MAX];

static void find_common_slots(void)
{
	static const char *const names[COMMON_MAX] = {
		[COMMON_DEFINITION_KEY] = "processDefinitionKey",
		[COMMON_DEFINITION_ID] = "processDefinitionId",
		[COMMON_INSTANCE_ID] = "processInstanceId",
		[COMMON_ROOT_ID] = "rootProcessInstanceId",
		[COMMON_TENANT_ID] = "tenantId",
		[COMMON_REMOVAL_TIME] = "removalTime",
	};
	size_t kind, field;

	for (kind = 0; kind < ROW_MAX; kind++)
		for (field = 0; field < COMMON_MAX; field++)
			common_slots[kind][field] = kind_field(process_kinds[kind], names[field]);
}

int common_slot(enum process_row kind, enum common_field field)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, find_common_slots);
	return common_slots[kind][field];
}
