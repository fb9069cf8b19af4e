/*
 * Jobs of neither a batch nor an instance: history clean-up, and timers that suspend or activate
 * definitions. They are jobs of batch 0, a record each and no range; entries of their log are
 * stored one by one.
 */
#ifndef CORE_JOB_LOOSE_JOB_H
#define CORE_JOB_LOOSE_JOB_H

#include "core/job/job.h"

/* Whether jobs of that kind are such. */
static inline bool job_kind_is_loose(enum job_kind kind)
{
	return kind >= JOB_CLEANUP;
}

/* What the job does, in the engine's words. */
const char *loose_job_type(const struct job *job);

/* An entry of the job's log: STATE is its field (core/job/job_log.h). JOB's sequence goes up. */
int loose_job_log(struct txn *txn, const struct engine *engine, struct job *job, int state,
		  int64_t now);

/*
 * What a job does whose work is that of a room above: one row for each kind. RUN does as much as
 * fits into a transaction; it puts the job, or ends it.
 */
struct job_handler {
	int (*run)(struct txn *txn, struct engine *engine, struct batch *none, struct job *job,
		   int64_t now, struct error *error);
};

extern const struct job_handler suspension_job_handler; /* core/repository/suspension_job.c */

/* Walks those of a kind in order of id; JOB is in ARENA. ERR_NOT_FOUND behind the last. */
void loose_job_scan(struct scan *scan, struct txn *txn, enum job_kind kind);
int loose_job_next(struct scan *scan, struct txn *txn, struct arena *arena, struct job *ret);

#endif
