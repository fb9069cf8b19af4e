/*
 * Sources of jobs: what the executor works on, one row each.
 *
 * A source keeps its jobs wherever it likes, and notes in the queue (core/job/job_queue.h) each one
 * that becomes acquirable or changes. The executor asks it how a job stands, has it done, and tells
 * it of failures; all in transactions that the executor owns. One turn is one transaction: short,
 * so that no lane waits long for another.
 */
#ifndef CORE_JOB_JOB_SOURCE_H
#define CORE_JOB_JOB_SOURCE_H

#include "core/engine.h"
#include "core/job/job_queue.h"

/* What went wrong with one job of a turn. */
struct job_failure {
	uint64_t job;            /* its index */
	struct error error;      /* without a message: no job is to blame */
	const char *activity_id; /* where a token stood, or NULL */
	int64_t next_ordinal;    /* of ids: those below it may stand in the message */
};

/* One transaction of the executor. */
struct job_turn {
	struct engine *engine;
	struct job_entry entry;
	uint64_t most; /* items to work on, at most */
	int64_t now;
	/* left by take() and fail(): */
	uint64_t first, count; /* jobs tried, by index; 0 = none */
	bool rest;             /* more stands behind the entry, from there: */
	uint64_t rest_index;
	struct job_failure failure; /* when take() fails */
};

struct job_source {
	const char *name;
	bool timer; /* jobExecutorPreferTimerJobs puts its jobs first */
	/*
	 * How ENTRY stands now. An entry for many jobs may be moved on to the first that is left;
	 * *RET_LATER: looking for it took long, look again. ERR_NOT_FOUND: nothing is to be done.
	 */
	int (*look)(struct txn *txn, struct engine *engine, struct job_entry *entry,
		    struct job_standing *ret, bool *ret_later);
	/* Does the job, or as many of the entry as fit. The entry is taken out of the queue before.
	 */
	int (*take)(struct txn *txn, struct job_turn *turn);
	/* After a failure with words, whose transaction was rolled back: keeps it. */
	int (*fail)(struct txn *txn, struct job_turn *turn);
	/*
	 * Notes jobs of the owner *OWNER, or of the next that has some, and sets *OWNER behind it:
	 * for a store that has no queue yet. ERR_NOT_FOUND behind the last.
	 */
	int (*note)(struct txn *txn, uint64_t *owner);
	/* Whether ENTRY's jobs delete: only those may use up the store's reserve. */
	bool (*frees)(struct txn *txn, const struct job_entry *entry);
};

/* The row of an id, or NULL. */
const struct job_source *job_source_of(uint8_t id);

extern const struct job_source batch_job_source;   /* core/job/batch_jobs.c */
extern const struct job_source cleanup_job_source; /* there, too: jobs of batch 0 */
extern const struct job_source running_job_source; /* core/runtime/running_job.c */
extern const struct job_source suspension_job_source;

#endif
