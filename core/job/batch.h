/*
 * Batches that run: creation, the record, progress and end (semantics.md 1).
 *
 * A batch is known by its number. Its row holds what GET /batch shows and the counters from which
 * statistics are read without looking at a single job. A row is changed in a transaction that loads
 * it, changes it and puts it back. What stays of a batch is a row of its own
 * (core/job/history_batch.h) under the same number.
 */
#ifndef CORE_JOB_BATCH_H
#define CORE_JOB_BATCH_H

#include "core/request/request.h"
#include "core/job/batch_type.h"
#include "core/job/layout.h"
#include "core/history/operation_log.h"
#include "core/job/job_range.h"

/* A row of batch_kind. Times may be TIME_NULL, texts NULL. */
struct batch {
	const char *id;
	const char *type;
	int64_t total_jobs;
	int64_t jobs_created;
	int64_t batch_jobs_per_seed;
	int64_t invocations_per_batch_job;
	const char *definition_id[JOB_KIND_MAX];
	int64_t suspended;
	const char *tenant_id;
	const char *create_user_id;
	int64_t start_time;
	int64_t execution_start_time;
	/* statistics: filled by batch_statistics() */
	int64_t remaining_jobs;
	int64_t completed_jobs;
	int64_t failed_jobs;
	/* kept to ourselves */
	int64_t number; /* not stored */
	const char *configuration;
	const struct rows *mappings;
	int64_t jobs;        /* execution jobs that exist */
	int64_t jobs_failed; /* those of them with no retries left */
	int64_t seed_jobs_created;
	int64_t monitor_jobs_created;
	int64_t incidents; /* created so far */
	int64_t definition_suspended[JOB_KIND_MAX];
	int64_t definition_priority[JOB_KIND_MAX]; /* overriding; INT_NULL = none */
};

extern const struct kind batch_kind;

/* Fields that filters and sorting name. */
enum batch_field {
	BATCH_ID,
	BATCH_TYPE,
	BATCH_SUSPENDED = 9,
	BATCH_TENANT_ID,
	BATCH_CREATE_USER_ID,
	BATCH_START_TIME,
	BATCH_FAILED_JOBS = 16,
};

/* What a batch is to be. */
struct batch_plan {
	const char *type;
	struct target target;
	const char *configuration;         /* JSON text for execute(), or NULL */
	const char *tenant_id;             /* or NULL */
	int64_t invocations_per_job;       /* 0 = as configured for the type */
	struct logged_operation operation; /* for the user operation log; without a type: none */
};

/* Begins the plan's operation: TYPE on ENTITY, with how many items there are, asynchronously. */
void batch_plan_operation(struct batch_plan *plan, struct arena *arena, const char *type,
			  const char *entity);

/*
 * Creates the batch in one synced transaction and answers the request with its BatchDto. The target
 * must not be empty.
 */
int batch_create(struct request *request, const struct batch_plan *plan);

/* The same within a transaction. */
int batch_insert(struct txn *txn, struct engine *engine, const struct batch_plan *plan,
		 const char *user, struct batch *ret);

/* The batch with that number. ERR_NOT_FOUND. Batch 0 is none: what jobs of no batch belong to; it
 * is not stored. */
int batch_get(struct txn *txn, uint64_t number, struct batch *ret);

/* The running batch with that id. ERR_NOT_FOUND. */
int batch_find(struct txn *txn, const char *id, struct batch *ret);

int batch_put(struct txn *txn, const struct batch *batch);

/*
 * Has the executor look at the monitor of a batch without jobs: nobody waits for one that has
 * nothing left to wait for. batch_put() does so by itself.
 */
int batch_note_monitor(struct txn *txn, const struct batch *batch);

/* The next running batch with a number of at least NUMBER. ERR_NOT_FOUND behind the last. */
int batch_next(struct txn *txn, uint64_t number, struct batch *ret);

struct layout batch_layout(const struct batch *batch);

/* Fills the three counters of the statistics (semantics.md 1.6). */
void batch_statistics(struct batch *batch);

/* Suspends or activates the batch, its definitions and all their jobs. */
int batch_set_suspended(struct txn *txn, struct batch *batch, bool suspended);

/*
 * Batches of TYPE delete history: they work on a full disk (storage/reserve.h), and may wait for
 * its bytes to go.
 */
bool batch_frees_history(const char *type);

/* Whether nothing is left that the batch waits for: jobs, or, if so configured, the purge. */
bool batch_may_end(struct engine *engine, const struct batch *batch);

/* Ends a batch with no jobs left: only its history stays. */
int batch_complete(struct txn *txn, struct engine *engine, struct batch *batch, int64_t now);

/* Deletes the batch and its jobs; CASCADE: its history, too. */
int batch_remove(struct txn *txn, struct engine *engine, struct batch *batch, bool cascade,
		 int64_t now);

#endif
