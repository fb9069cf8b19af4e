/*
 * Historic batches: the record that stays of every batch (semantics.md 1.1, 1.8, 5.3).
 *
 * It bears the number of its batch, or one from the same counter when it was imported. With it stay
 * the batch's ranges of jobs, failures and incidents, from which job log and historic incidents are
 * read. Those of imported batches keep their ids and are stored row by row.
 */
#ifndef CORE_JOB_HISTORY_BATCH_H
#define CORE_JOB_HISTORY_BATCH_H

#include "core/job/layout.h"
#include "core/engine.h"
#include "core/job/job_range.h"
#include "core/json/writer.h"
#include "core/record/kind.h"
#include "storage/txn.h"

/* A row of history_batch_kind. */
struct history_batch {
	const char *id;
	const char *type;
	int64_t total_jobs;
	int64_t batch_jobs_per_seed;
	int64_t invocations_per_batch_job;
	const char *definition_id[JOB_KIND_MAX];
	const char *tenant_id;
	const char *create_user_id;
	int64_t start_time;
	int64_t end_time;
	int64_t removal_time;
	int64_t execution_start_time;
	/* kept to ourselves */
	int64_t number; /* not stored */
	const struct rows *mappings;
	int64_t imported; /* its job log is stored row by row */
	int64_t hidden;   /* was removed from the history while the batch ran, or never was in it */
	/*
	 * Under strategy `start` the engine forgets the removal time in one entry of the job log:
	 * the success of the job that began the execution. Its index + 1, until a batch sets the
	 * removal time; 0 or INT_NULL = no such entry.
	 */
	int64_t first_job;
};

extern const struct kind history_batch_kind; /* name "batch"; its first field is the id */

enum history_batch_field {
	HISTORY_BATCH_ID,
	HISTORY_BATCH_TYPE,
	HISTORY_BATCH_TENANT_ID = 8,
	HISTORY_BATCH_START_TIME = 10,
	HISTORY_BATCH_END_TIME,
	HISTORY_BATCH_REMOVAL_TIME,
};

/* The historic batch with that number, hidden or not. ERR_NOT_FOUND. */
int history_batch_get(struct txn *txn, uint64_t number, struct history_batch *ret);

/* The one with that id that is not hidden. ERR_NOT_FOUND. */
int history_batch_find(struct txn *txn, const char *id, struct history_batch *ret);

int history_batch_put(struct txn *txn, const struct history_batch *batch);

/* The next one with a number of at least NUMBER, hidden or not. ERR_NOT_FOUND behind the last. */
int history_batch_next(struct txn *txn, uint64_t number, struct history_batch *ret);

struct layout history_batch_layout(const struct history_batch *batch);

/* Removes the batch from the history with its job log and incidents; it may be running still. */
int history_batch_remove(struct txn *txn, struct history_batch *batch);

/* Days that batches of TYPE are kept, or SETTING_NULL. */
int64_t history_batch_time_to_live(const struct config *config, const char *type);

/* Stores a finished batch with its job log and incidents. Its id is not known yet. */
int history_batch_import(struct txn *txn, const union slot *batch, const struct rows *job_logs,
			 const struct rows *incidents);

/* Writes the line of every historic batch that has ended: {"batch":…,"jobLogs":[…],"incidents":[…]}
 */
int history_batch_export(struct engine *engine, struct json_writer *writer);

#endif
