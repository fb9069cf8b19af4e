/*
 * One change to jobs of many running instances: suspension, priority or retries of all jobs of a
 * job definition, of a process, of an instance (semantics.md 5.4, 5.5).
 *
 * The instances are changed some hundred at a time, each lot in a transaction of its own. Who was
 * cut off in between asks again: what is changed already stays as it is.
 */
#ifndef CORE_RUNTIME_JOB_CHANGE_H
#define CORE_RUNTIME_JOB_CHANGE_H

#include "core/request/request.h"
#include "core/runtime/instance.h"

/* Whose jobs: one of the four is set. */
struct job_selection {
	const char *job_definition_id;
	const char *process_instance_id;
	const char *process_definition_id;
	const char *process_definition_key;
	bool by_tenant;        /* of the key: only the definitions of this tenant */
	const char *tenant_id; /* NULL: of none */
};

enum job_change_type { JOBS_SUSPEND, JOBS_PRIORITY, JOBS_RETRIES };

struct job_change {
	enum job_change_type type;
	bool suspended;
	int64_t priority;
	int64_t retries; /* of jobs that have none; their incidents stay open */
	bool set_due_date;
	int64_t due_date;
};

/* The selection that BODY names. ERR_INPUT. */
int job_selection_read(const struct json *body, struct job_selection *ret);

/* Whether it means what belongs to a definition of KEY and TENANT. */
bool job_selection_means(const struct job_selection *selection, const char *definition_id,
			 const char *key, const char *tenant);

/* Changes every job that SELECTION means. */
int jobs_change(struct request *request, const struct job_selection *selection,
		const struct job_change *change);

#endif
