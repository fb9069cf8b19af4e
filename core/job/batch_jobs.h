/*
 * Jobs of batches in the executor's queue: what to note when one of them changes.
 */
#ifndef CORE_JOB_BATCH_JOBS_H
#define CORE_JOB_BATCH_JOBS_H

#include "core/job/job_range.h"

/* The undisturbed jobs of a range, from FIRST on, may have become acquirable. */
int batch_jobs_note_range(struct txn *txn, uint64_t batch, enum job_kind kind, uint64_t first);

/* A job with a record of its own may have. */
int batch_jobs_note_record(struct txn *txn, uint64_t batch, enum job_kind kind, uint64_t index);

/*
 * To be called when nothing is left to be purged, ENGINE being a struct engine: with deletionEnds =
 * purged, batches that have waited for just this end at once.
 */
void batch_jobs_purged(void *engine);

#endif
