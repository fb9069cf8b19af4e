#include "core/job/job_log.h"

static const struct field fields[] = {
	{"id",			 1,  FIELD_STRING, 0,            NULL},
	{"timestamp",                  2,  FIELD_TIME,   0,            NULL},
	{"removalTime",                3,  FIELD_TIME,   0,            NULL},
	{"jobId",		      4,  FIELD_STRING, 0,            NULL},
	{"jobDueDate",                 5,  FIELD_TIME,   0,            NULL},
	{"jobRetries",                 6,  FIELD_INT,    0,            NULL},
	{"jobPriority",                7,  FIELD_LONG,   0,            NULL},
	{"jobExceptionMessage",        8,  FIELD_STRING, 0,            NULL},
	{"failedActivityId",           9,  FIELD_STRING, 0,            NULL},
	{"jobDefinitionId",            10, FIELD_STRING, 0,            NULL},
	{"jobDefinitionType",          11, FIELD_STRING, 0,            NULL},
	{"jobDefinitionConfiguration", 12, FIELD_STRING, 0,            NULL},
	{"activityId",                 13, FIELD_STRING, 0,            NULL},
	{"executionId",                14, FIELD_STRING, 0,            NULL},
	{"processInstanceId",          15, FIELD_STRING, 0,            NULL},
	{"processDefinitionId",        16, FIELD_STRING, 0,            NULL},
	{"processDefinitionKey",       17, FIELD_STRING, 0,            NULL},
	{"deploymentId",               18, FIELD_STRING, 0,            NULL},
	{"rootProcessInstanceId",      19, FIELD_STRING, 0,            NULL},
	{"tenantId",                   20, FIELD_STRING, 0,            NULL},
	{"hostname",                   21, FIELD_STRING, 0,            NULL},
	{"batchId",		    22, FIELD_STRING, 0,            NULL},
	{"creationLog",                23, FIELD_BOOL,   0,            NULL},
	{"failureLog",                 24, FIELD_BOOL,   0,            NULL},
	{"successLog",                 25, FIELD_BOOL,   0,            NULL},
	{"deletionLog",                26, FIELD_BOOL,   0,            NULL},
	{"stacktrace",                 27, FIELD_STRING, FIELD_HIDDEN, NULL},
	{"sequenceCounter",            28, FIELD_INT,    FIELD_SECRET, NULL},
};
const struct kind job_log_kind = KIND("jobLogs", 8, fields);

_Static_assert(sizeof(fields) / sizeof(fields[0]) == JOB_LOG_FIELD_MAX, "one slot a field");
