/*
 * Jobs as what a batch works on (semantics.md 2.9): ids in order come as runs of jobs that follow
 * each other, so that a million of them are a few walks.
 */
#ifndef CORE_BATCH_JOB_TARGET_H
#define CORE_BATCH_JOB_TARGET_H

#include "core/job/target.h"
#include "core/job/job.h"

/* Jobs of a batch and kind whose indexes follow each other. */
struct job_run {
	uint64_t batch;
	enum job_kind kind;
	uint64_t first, count;
};

/* Adds the job with the id TEXT to the run, empty or not. False when it does not follow on it. */
bool job_run_add(struct job_run *run, const struct store *store, const char *text);

/*
 * Groups NAMES (sorted) by the deployments of the jobs that bear them; what is no job, or none any
 * more, goes last.
 */
int job_target(struct txn *txn, const union target_name *names, uint64_t count, struct target *ret);

#endif
