/*
 * Running jobs: what a seed, a monitor and an execution job do (semantics.md 1.3 to 1.5).
 *
 * One job by itself, as when somebody executes it by hand, or as many of a batch as may share a
 * transaction. A job that fails leaves words; its transaction is rolled back by the caller, who
 * keeps the failure in another one.
 */
#ifndef CORE_JOB_JOB_RUN_H
#define CORE_JOB_JOB_RUN_H

#include "core/job/job.h"
#include "core/job/job_source.h"

/* Does one job, whatever its retries, suspension and due date, and puts the batch. */
int job_run(struct txn *txn, struct engine *engine, struct batch *batch, struct job *job,
	    int64_t now, struct job_failure *failure);

/*
 * Does a seed job and the ones that follow from it, as long as they are acquirable, until LIMIT
 * execution jobs were created.
 */
int seed_job_run(struct txn *txn, struct engine *engine, struct batch *batch, struct job *job,
		 int64_t now, uint64_t limit);

/*
 * Does COUNT undisturbed execution jobs, FIRST being the first of them. Of types that check first,
 * jobs that fail lose a retry right here, and the others are done; *RET_DONE says how many jobs
 * were tried, which are fewer when that took long. Other types' failures are returned, as by
 * job_run().
 */
int execution_jobs_run(struct txn *txn, struct engine *engine, struct batch *batch,
		       const struct job *first, uint64_t count, int64_t now,
		       struct job_failure *failure, uint64_t *ret_done);

#endif
