/*
 * Jobs of history clean-up, as who looks sees them (semantics.md 3.1 to 3.6).
 *
 * There are up to eight, which live for ever: a run reschedules its job, or suspends it. They are
 * jobs of kind JOB_CLEANUP of batch 0, which stands for no batch (core/job/batch.h): a record
 * each and no range. Entries of their log are stored one by one, as those of no batch.
 *
 * They do not die silently. One that has used up its retries has its incident, as any job, and is
 * run again after 10 s, then after twice as long each time, up to an hour. One that was started by
 * hand and had not come to its end goes on after a restart. When the clock is set back, all are
 * scheduled anew.
 */
#ifndef CORE_JOB_CLEANUP_JOB_H
#define CORE_JOB_CLEANUP_JOB_H

#include "core/history/operation_log.h"
#include "core/job/job.h"
#include "core/job/job_source.h"

enum { CLEANUP_JOBS_MAX = 8 };

/*
 * Brings the jobs in line with the settings, as POST /history/cleanup does: due at once, or at the
 * next window, or suspended where there is none. A synced transaction.
 * *RET_FIRST is the first job, before the executor sees it. ERR_NOT_FOUND: there is none.
 */
int cleanup_jobs_schedule(struct request *request, bool immediately, struct job *ret_first);

/* The same at the start of the engine, without a request. */
int cleanup_jobs_start(struct engine *engine, struct arena *arena);

/* Job INDEX. ERR_NOT_FOUND. */
int cleanup_job_get(struct txn *txn, uint64_t index, struct job *ret);

/*
 * All jobs (room for CLEANUP_JOBS_MAX), in the order in which they were made: their minutes ascend.
 * One that was deleted and made anew is the last one, whatever its index.
 */
int cleanup_jobs_get(struct txn *txn, struct job *ret, size_t *ret_count);

/*
 * One run, of about MOST instances. What the store or the machine is to blame for comes back as it
 * is; any other failure has words in FAILURE.
 */
int cleanup_job_run(struct txn *txn, struct engine *engine, struct batch *batch, struct job *job,
		    uint64_t most, int64_t now, struct job_failure *failure);

/* A run has failed: without retries left the job is tried again all the same, later each time. */
void cleanup_job_failed(struct job *job, int64_t now);

/* How many batches are due. */
int cleanup_count_batches(struct txn *reader, const struct engine *engine, int64_t now,
			  uint64_t *ret);

#endif
