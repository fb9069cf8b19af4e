#include "core/history/incident_kind.h"

static const struct field fields[] = {
	{"id",		    1,  FIELD_STRING, 0,            NULL},
	{"processDefinitionKey",  2,  FIELD_STRING, 0,            NULL},
	{"processDefinitionId",   3,  FIELD_STRING, 0,            NULL},
	{"processInstanceId",     4,  FIELD_STRING, 0,            NULL},
	{"executionId",           5,  FIELD_STRING, 0,            NULL},
	{"rootProcessInstanceId", 6,  FIELD_STRING, 0,            NULL},
	{"createTime",            7,  FIELD_TIME,   0,            NULL},
	{"endTime",               8,  FIELD_TIME,   0,            NULL},
	{"removalTime",           9,  FIELD_TIME,   0,            NULL},
	{"incidentType",          10, FIELD_STRING, 0,            NULL},
	{"activityId",            11, FIELD_STRING, 0,            NULL},
	{"failedActivityId",      12, FIELD_STRING, 0,            NULL},
	{"causeIncidentId",       13, FIELD_STRING, 0,            NULL},
	{"rootCauseIncidentId",   14, FIELD_STRING, 0,            NULL},
	{"configuration",         15, FIELD_STRING, 0,            NULL},
	{"historyConfiguration",  16, FIELD_STRING, 0,            NULL},
	{"incidentMessage",       17, FIELD_STRING, 0,            NULL},
	{"tenantId",              18, FIELD_STRING, 0,            NULL},
	{"jobDefinitionId",       19, FIELD_STRING, 0,            NULL},
	{"open",		  20, FIELD_BOOL,   0,            NULL},
	{"deleted",               21, FIELD_BOOL,   0,            NULL},
	{"resolved",              22, FIELD_BOOL,   0,            NULL},
	{"annotation",            23, FIELD_STRING, 0,            NULL},
	{"hidden",                24, FIELD_BOOL,   FIELD_SECRET, NULL},
	{"state",                 0,  FIELD_INT,    FIELD_SECRET, NULL},
};
const struct kind incident_kind = KIND("incidents", 7, fields);

_Static_assert(ARRAY_SIZE(fields) == INCIDENT_FIELD_MAX, "one slot a field");

int64_t incident_state_of(const union slot *row)
{
	return row[INCIDENT_OPEN].i == 1 ? 0 : row[INCIDENT_RESOLVED].i == 1 ? 1 : 2;
}
