/*
 * Historic incidents as rows, whatever they belong to: a batch's job, or a process instance
 * (semantics.md 5.8).
 */
#ifndef CORE_HISTORY_INCIDENT_KIND_H
#define CORE_HISTORY_INCIDENT_KIND_H

#include "core/record/kind.h"

/* Slots of an incident, in the order of its table. */
enum incident_field {
	INCIDENT_ID,
	INCIDENT_PROCESS_DEFINITION_KEY,
	INCIDENT_PROCESS_DEFINITION_ID,
	INCIDENT_PROCESS_INSTANCE_ID,
	INCIDENT_EXECUTION_ID,
	INCIDENT_ROOT_PROCESS_INSTANCE_ID,
	INCIDENT_CREATE_TIME,
	INCIDENT_END_TIME,
	INCIDENT_REMOVAL_TIME,
	INCIDENT_TYPE,
	INCIDENT_ACTIVITY_ID,
	INCIDENT_FAILED_ACTIVITY_ID,
	INCIDENT_CAUSE_ID,
	INCIDENT_ROOT_CAUSE_ID,
	INCIDENT_CONFIGURATION,
	INCIDENT_HISTORY_CONFIGURATION,
	INCIDENT_MESSAGE,
	INCIDENT_TENANT_ID,
	INCIDENT_JOB_DEFINITION_ID,
	INCIDENT_OPEN,
	INCIDENT_DELETED,
	INCIDENT_RESOLVED,
	INCIDENT_ANNOTATION,
	INCIDENT_HIDDEN, /* its history was removed while it is open */
	INCIDENT_STATE,  /* open, resolved, deleted: to sort by; not stored */
	INCIDENT_FIELD_MAX,
};

extern const struct kind incident_kind;

/* What INCIDENT_STATE is of a row: 0 open, 1 resolved, 2 deleted. */
int64_t incident_state_of(const union slot *row);

#endif
