/*
 * Job definitions of batches: a seed, a monitor and an execution definition for each batch that
 * runs (semantics.md 1.2, 5.5). Those of processes: core/job/process_job_definition.h.
 *
 * They are read from the batch's row. What is done to all jobs of a definition changes its ranges
 * and the jobs with records, so its cost follows what deviates, not the number of jobs.
 */
#ifndef CORE_JOB_JOB_DEFINITION_H
#define CORE_JOB_JOB_DEFINITION_H

#include "core/job/batch.h"

/* A row of job_definition_kind. */
struct job_definition {
	const char *id;
	const char *process_definition_id;
	const char *process_definition_key;
	const char *job_type;
	const char *job_configuration;
	const char *activity_id;
	int64_t suspended;
	int64_t overriding_job_priority; /* or INT_NULL */
	const char *tenant_id;
	const char *deployment_id;
};

extern const struct kind job_definition_kind;

enum job_definition_field {
	JOB_DEFINITION_FIELD_ID,
	JOB_DEFINITION_FIELD_PROCESS_DEFINITION_ID,
	JOB_DEFINITION_FIELD_PROCESS_DEFINITION_KEY,
	JOB_DEFINITION_FIELD_JOB_TYPE,
	JOB_DEFINITION_FIELD_JOB_CONFIGURATION,
	JOB_DEFINITION_FIELD_ACTIVITY_ID,
	JOB_DEFINITION_FIELD_SUSPENDED,
	JOB_DEFINITION_FIELD_OVERRIDING_JOB_PRIORITY,
	JOB_DEFINITION_FIELD_TENANT_ID,
	JOB_DEFINITION_FIELD_DEPLOYMENT_ID,
};

/* The definition of BATCH for a kind of jobs. */
void job_definition_of(const struct batch *batch, enum job_kind kind, struct job_definition *ret);

/* The batch and kind of jobs that a definition's id names. ERR_NOT_FOUND. */
int job_definition_find(struct txn *txn, const char *id, struct batch *ret_batch,
			enum job_kind *ret_kind);

/* Every existing job of a kind; the caller puts the batch back. */
int jobs_set_suspended(struct txn *txn, const struct batch *batch, enum job_kind kind,
		       bool suspended);
int jobs_set_priority(struct txn *txn, const struct batch *batch, enum job_kind kind,
		      int64_t priority);

/*
 * The jobs that have no retries left get RETRIES, and the due date if SET_DUE_DATE. Their incidents
 * stay open.
 */
int jobs_set_retries(struct txn *txn, struct batch *batch, enum job_kind kind, int64_t retries,
		     bool set_due_date, int64_t due_date);

#endif
