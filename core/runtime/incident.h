/*
 * Incidents of running instances: of jobs and external tasks without retries, or made by hand.
 *
 * An incident is a row of incident_kind among instance.incidents while it is open; history has a
 * copy of it, which stays.
 */
#ifndef CORE_RUNTIME_INCIDENT_H
#define CORE_RUNTIME_INCIDENT_H

#include "core/runtime/command.h"

#define INCIDENT_FAILED_JOB           "failedJob"
#define INCIDENT_FAILED_EXTERNAL_TASK "failedExternalTask"

struct incident_values {
	const char *type;
	const char *execution_id;
	const char *activity_id;
	const char *failed_activity_id;
	const char *configuration;         /* what it is about: the id of a job … */
	const char *history_configuration; /* id of the log entry of the failure */
	const char *job_definition_id;
	const char *message;
};

/* Opens one, unless incidents of that type are switched off. Returns its row, or NULL. */
union slot *incident_create(struct instance *instance, const struct incident_values *values);

/* The open incident about CONFIGURATION of that type, or NULL. */
union slot *incident_about(const struct instance *instance, const char *type,
			   const char *configuration);

/* Ends it: resolved, or DELETED. */
void incident_end(struct instance *instance, union slot *incident, bool deleted);

/* Ends those of an execution that goes, or is canceled: deleted. */
void incidents_drop(struct instance *instance, const char *execution_id);

#endif
