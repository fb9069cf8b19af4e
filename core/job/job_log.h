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

#include "core/job/job_range.h"
#include "core/record/kind.h"

/* Slots of an entry, in the order of its table. */
enum job_log_field {
	JOB_LOG_ID,
	JOB_LOG_TIMESTAMP,
	JOB_LOG_REMOVAL_TIME,
	JOB_LOG_JOB_ID,
	JOB_LOG_DUE_DATE,
	JOB_LOG_RETRIES,
	JOB_LOG_PRIORITY,
	JOB_LOG_EXCEPTION_MESSAGE,
	JOB_LOG_FAILED_ACTIVITY_ID,
	JOB_LOG_DEFINITION_ID,
	JOB_LOG_DEFINITION_TYPE,
	JOB_LOG_DEFINITION_CONFIGURATION,
	JOB_LOG_ACTIVITY_ID,
	JOB_LOG_EXECUTION_ID,
	JOB_LOG_PROCESS_INSTANCE_ID,
	JOB_LOG_PROCESS_DEFINITION_ID,
	JOB_LOG_PROCESS_DEFINITION_KEY,
	JOB_LOG_DEPLOYMENT_ID,
	JOB_LOG_ROOT_PROCESS_INSTANCE_ID,
	JOB_LOG_TENANT_ID,
	JOB_LOG_HOSTNAME,
	JOB_LOG_BATCH_ID,
	JOB_LOG_CREATION,
	JOB_LOG_FAILURE,
	JOB_LOG_SUCCESS,
	JOB_LOG_DELETION,
	JOB_LOG_STACKTRACE,
	JOB_LOG_SEQUENCE, /* counts the entries of a job */
	JOB_LOG_FIELD_MAX,
};

extern const struct kind job_log_kind;

/*
 * Gives imported ROWS of one batch or instance, which are in the order of their counters, the
 * counters that the engine gave them: it counts what happened to a job.
 */
void job_log_number(struct arena *arena, const struct rows *rows);

struct engine;
struct history_batch;
struct job;
struct json_writer;

/* Stores the entry of a failed attempt: JOB as it was before it lost a retry. */
int job_log_put_failure(struct txn *txn, uint64_t batch, const struct job *job, int64_t now);

/* Stores the entry of a run that succeeded, and was not the job's last (semantics.md 2.4). */
int job_log_put_success(struct txn *txn, uint64_t batch, const struct job *job, uint64_t sequence,
			int64_t now);

/* The entry with that id. ERR_NOT_FOUND. */
int job_log_find(struct txn *txn, const char *id, union slot **ret);

/* Who runs our jobs, as entries say: "<host>$default". */
const char *job_log_hostname(void);

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

/* Stores entry ORDINAL of an imported batch. */
int job_log_import(struct txn *txn, uint64_t batch, uint32_t ordinal, const union slot *row);

/* The entries of an imported batch, in the order in which they were imported. */
void job_log_imported_start(struct scan *scan, struct txn *txn, uint64_t batch);
int job_log_imported_next(struct scan *scan, struct arena *arena, union slot **ret);

/*
 * Entries of jobs that belong to neither a batch nor a process instance: stored under their ids,
 * listed like those of an imported batch, which is batch 0. ERR_EXISTS when the id names something.
 */
int job_log_put_loose(struct txn *txn, const union slot *row);

/* Removes those whose removal time has come at NOW, MOST of them; *RET_REMOVED counts. */
int job_log_clean_loose(struct txn *txn, int64_t now, uint64_t most, uint64_t *ret_removed);

/* Writes a line for each of them: {"jobLog":{…}}. */
int job_log_export_loose(struct engine *engine, struct json_writer *writer);

/* Makes the entries so far invisible; with REMOVE for good, ranges and all. */
int job_log_forget(struct txn *txn, uint64_t batch, bool remove);

#endif
