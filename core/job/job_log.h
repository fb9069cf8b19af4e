/*
 * The job log: what happened to jobs (semantics.md 5.6, 7.5).
 *
 * An entry is a row of job_log_kind, whether it belongs to a job of a batch or to one of a process
 * instance. Those of batches come from three places: of jobs that nothing disturbed they are told
 * by the batch's ranges (core/job/job_range.h), of the others stored one by one, and those of
 * imported batches lie in one record beside their batch.
 */
#ifndef CORE_JOB_JOB_LOG_H
#define CORE_JOB_JOB_LOG_H

#include "core/history/job_log_entry.h"
#include "core/job/job_range.h"

struct history_batch;
struct job;

/* Stores the entry of a failed attempt: JOB as it was before it lost a retry. */
int job_log_put_failure(struct txn *txn, uint64_t batch, const struct job *job, int64_t now);

/* Stores the entry of a run that succeeded, and was not the job's last (semantics.md 2.4). */
int job_log_put_success(struct txn *txn, uint64_t batch, const struct job *job, uint64_t sequence,
			int64_t now);

/* The entry with that id. ERR_NOT_FOUND. */
int job_log_find(struct txn *txn, const char *id, union slot **ret);

/* Who runs our jobs, as entries say: "<host>$default". */
const char *job_log_hostname(void);

/* Fills in ROW what all entries of a batch's jobs of KIND say alike. */
void job_log_describe_kind(const struct history_batch *batch, enum job_kind kind, union slot *row);

/*
 * A walk over the entries of a kind of jobs in id order; they lie in ARENA. BULK: entries that
 * differ in nothing but their ids come as one, with their number. `most` and `last` may be set
 * after the start, for sorted pages.
 */
struct job_log_walk {
	struct txn *txn;
	struct arena *arena;
	const struct history_batch *batch;
	enum job_kind kind;
	bool bulk;
	uint64_t most; /* of jobs alike only so many matter: the first, or, if `last`, the last */
	bool last;
	uint64_t at; /* the segment in hand: COUNT jobs alike */
	uint64_t count;
	uint64_t skip; /* jobs of the segment that do not matter */
	int phase;
	bool has_end;
	struct job_range_scan created, ended;
	struct scan failures;
	bool failures_ended;
	uint64_t failure_index;
	struct bytes failure_key, failure;
};

int job_log_walk_start(struct job_log_walk *walk, struct txn *txn, struct arena *arena,
		       const struct history_batch *batch, enum job_kind kind, uint64_t from,
		       bool bulk);

/* ERR_NOT_FOUND behind the last. */
int job_log_walk_next(struct job_log_walk *walk, union slot **ret, uint64_t *ret_alike);

/* Makes the entries so far invisible; with REMOVE for good, ranges and all. */
int job_log_forget(struct txn *txn, uint64_t batch, bool remove);

#endif
