/*
 * Runs of jobs alike: what stands in the store for jobs that nothing ever disturbed.
 *
 * A range says that COUNT jobs from FIRST on were created, or ended, at one time with the same
 * values. Two lists are kept for each kind of job of a batch: ranges of creation cover every job
 * that was created, ranges of end every job that is done or deleted. A job exists when it is in the
 * first list and not in the second; what the job log shows of undisturbed jobs is read from both.
 * Neighbours that share everything are one range. Stored by the index of the last job, so that the
 * first record from i on is the one that may hold job i.
 */
#ifndef CORE_JOB_JOB_RANGE_H
#define CORE_JOB_JOB_RANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "storage/txn.h"

/* On disk: never renumbered. The order is that of ids. */
enum job_kind {
	JOB_SEED,
	JOB_MONITOR,
	JOB_EXECUTION,
	JOB_KIND_MAX,
	JOB_CLEANUP = 8,    /* of history clean-up: of no batch, which is batch 0 */
	JOB_SUSPENSION = 9, /* suspends or activates definitions: of no batch, too */
	/* not on disk, and of no batch */
	JOB_INSTANCE = 16, /* of a process instance (core/runtime/instance_job.h) */
};

enum job_range_list { RANGE_CREATED = 'c', RANGE_ENDED = 'e' };

/* What jobs of a range share, and what may be changed of a job. */
struct job_values {
	int64_t retries;
	int64_t due_date; /* or TIME_NULL */
	int64_t priority;
	bool suspended;
};

struct job_range {
	uint64_t first, count;
	int64_t time;             /* of creation or end */
	struct job_values values; /* at that time */
	struct job_values now;    /* RANGE_CREATED: as changes of the definition have left them */
	uint64_t sequence;        /* RANGE_ENDED: of the last entry in the job log */
	bool deleted;             /* RANGE_ENDED: without having been executed */
	bool hidden;              /* its entries were removed from the job log */
};

/* Adds RANGE behind the last one of its list, or wherever there is a gap. What is created, or
 * changed, is noted for the executor (core/job/job_queue.h). */
int job_range_add(struct txn *txn, uint64_t batch, enum job_kind kind, enum job_range_list list,
		  const struct job_range *range);

/* Replaces the range with the same last job. */
int job_range_put(struct txn *txn, uint64_t batch, enum job_kind kind, enum job_range_list list,
		  const struct job_range *range);

/* Gives COUNT jobs from FIRST on, all of one range of creation, other values. */
int job_range_change(struct txn *txn, uint64_t batch, enum job_kind kind, uint64_t first,
		     uint64_t count, const struct job_values *values);

/* The range that holds JOB. ERR_NOT_FOUND. */
int job_range_find(struct txn *txn, uint64_t batch, enum job_kind kind, enum job_range_list list,
		   uint64_t job, struct job_range *ret);

/* A walk over a list from the range that holds FROM, or stands behind it, on. */
struct job_range_scan {
	struct scan scan;
	bool ended;
	struct job_range range; /* valid unless `ended` */
};

int job_range_scan_start(struct job_range_scan *scan, struct txn *txn, uint64_t batch,
			 enum job_kind kind, enum job_range_list list, uint64_t from);

/* Goes on until the range ends at JOB or later. */
int job_range_scan_to(struct job_range_scan *scan, uint64_t job);

/* Removes every range of BATCH. */
int job_range_delete_all(struct txn *txn, uint64_t batch);

bool job_values_equal(const struct job_values *a, const struct job_values *b);

#endif
