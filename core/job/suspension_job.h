/*
 * Timers that suspend or activate process definitions or job definitions at a date: jobs of no
 * batch. Instances and jobs that are wanted, too, follow in as many runs as it takes.
 */
#ifndef CORE_JOB_SUSPENSION_JOB_H
#define CORE_JOB_SUSPENSION_JOB_H

#include "core/job/loose_job.h"
#include "core/process/definition_suspension.h"

/*
 * Lets SUSPENSION be applied at DUE_DATE. DEPLOYMENT_ID is for the log; NULL = none. Wake the
 * executor afterwards.
 */
int suspension_job_create(struct txn *txn, const struct engine *engine,
			  const struct suspension *suspension, const char *deployment_id,
			  int64_t due_date);

/* The run. */
int suspension_job_run(struct txn *txn, struct engine *engine, struct batch *none, struct job *job,
		       int64_t now);

/* Walks all of them in order of id; JOB is in ARENA. ERR_NOT_FOUND behind the last. */
void suspension_job_scan(struct scan *scan, struct txn *txn);
int suspension_job_next(struct scan *scan, struct txn *txn, struct arena *arena, struct job *ret);

#endif
