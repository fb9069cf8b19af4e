/*
 * Timers that suspend or activate process definitions or job definitions at a date: jobs of no
 * batch. Instances and jobs that are wanted, too, follow in as many runs as it takes.
 */
#ifndef CORE_REPOSITORY_SUSPENSION_JOB_H
#define CORE_REPOSITORY_SUSPENSION_JOB_H

#include "core/job/loose_job.h"
#include "core/repository/definition_suspension.h"

/*
 * Lets SUSPENSION be applied at DUE_DATE. DEPLOYMENT_ID is for the log; NULL = none. Wake the
 * executor afterwards.
 */
int suspension_job_create(struct txn *txn, const struct engine *engine,
			  const struct suspension *suspension, const char *deployment_id,
			  int64_t due_date);

#endif
