#include "core/job/job_log.h"

#include <stdlib.h>
#include <string.h>

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

struct numbered {
	union slot *row;
	size_t place;
};

static int compare_jobs(const void *left, const void *right)
{
	const struct numbered *a = left, *b = right;
	const char *a_job = a->row[JOB_LOG_JOB_ID].s, *b_job = b->row[JOB_LOG_JOB_ID].s;
	int order = strcmp(a_job ? a_job : "", b_job ? b_job : "");

	return order ? order : (a->place > b->place) - (a->place < b->place);
}

static bool same_job(const struct numbered *a, const struct numbered *b)
{
	return a->row[JOB_LOG_JOB_ID].s && b->row[JOB_LOG_JOB_ID].s &&
	       !strcmp(a->row[JOB_LOG_JOB_ID].s, b->row[JOB_LOG_JOB_ID].s);
}

/* A job begins with 1; a failure counts it on after it is logged, an execution before. */
void job_log_number(struct arena *arena, const struct rows *rows)
{
	struct numbered *numbered = arena_array(arena, rows->count, sizeof(*numbered));
	int64_t failures = 0;
	size_t i;

	for (i = 0; i < rows->count; i++)
		numbered[i] = (struct numbered){rows->row[i], i};
	if (rows->count)
		qsort(numbered, rows->count, sizeof(*numbered), compare_jobs);
	for (i = 0; i < rows->count; i++) {
		union slot *row = numbered[i].row;

		if (!i || !same_job(&numbered[i], &numbered[i - 1]))
			failures = 0;
		row[JOB_LOG_SEQUENCE].i = failures + (row[JOB_LOG_SUCCESS].i == 1 ? 2 : 1);
		failures += row[JOB_LOG_FAILURE].i == 1;
	}
}
