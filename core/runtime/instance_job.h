/*
 * Jobs of running instances: async continuations, before and after an activity.
 *
 * They are kept with their instance; the queue (core/job/job_queue.h) knows them by its serial
 * number and their ordinal.
 */
#ifndef CORE_RUNTIME_INSTANCE_JOB_H
#define CORE_RUNTIME_INSTANCE_JOB_H

#include "core/runtime/command.h"

enum async_kind { CONTINUE_BEFORE, CONTINUE_AFTER };

/* EXECUTION waits for a job before or after its activity. */
int instance_job_create(struct instance *instance, struct execution *execution,
			enum async_kind kind);

/*
 * Takes the job away with its incidents, and lets its token go on: steps_run() does the rest, and
 * instance_job_succeed() writes the log, where the job is in the execution that its token came to.
 */
int instance_job_continue(struct instance *instance, struct instance_job *job);
void instance_job_succeed(struct instance *instance);

/* Takes the job away because its token goes. */
void instance_job_delete(struct instance *instance, struct instance_job *job);

/*
 * The job failed with ERROR at ACTIVITY_ID (NULL: at its own): a retry less (or as the activity's
 * retry cycle says), an entry in the job log, an incident at the last.
 */
int instance_job_fail(struct instance *instance, struct instance_job *job,
		      const struct error *error, const char *activity_id);

/* Sets the retries; incidents come and go. */
int instance_job_set_retries(struct instance *instance, struct instance_job *job, int64_t retries);

/* Tells the executor that something about the job changed. */
int instance_job_note(struct instance *instance, const struct instance_job *job);

#endif
