/*
 * Entries of the job log as rows (semantics.md 5.6): what they look like, and those that are stored
 * one by one because no job here tells of them. How the log of a batch's jobs is told:
 * core/job/job_log.h.
 */
#ifndef CORE_HISTORY_JOB_LOG_ENTRY_H
#define CORE_HISTORY_JOB_LOG_ENTRY_H

#include "core/record/kind.h"
#include "storage/txn.h"

struct engine;
struct history;
struct json_writer;

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

/* Stores ROW under KEY, which the caller makes. */
int job_log_put_row(struct txn *txn, const uint8_t *key, size_t key_size, const union slot *row);

/* Stores entry ORDINAL of an imported batch. */
int job_log_import(struct txn *txn, uint64_t batch, uint32_t ordinal, const union slot *row);

/* The entries of an imported batch, in the order in which they were imported. */
void job_log_imported_start(struct scan *scan, struct txn *txn, uint64_t batch);
int job_log_imported_next(struct scan *scan, struct arena *arena, union slot **ret);

/* The first batch from BATCH on that has imported entries. ERR_NOT_FOUND. */
int job_log_next_imported(struct txn *txn, uint64_t batch, uint64_t *ret);

/* Among those of an imported batch. ERR_NOT_FOUND. */
int job_log_find_imported(struct txn *txn, const char *id, uint64_t batch, union slot **ret);

/*
 * Entries of jobs that belong to neither a batch nor a process instance: stored under their ids,
 * listed like those of an imported batch, which is batch 0. ERR_EXISTS when the id names something.
 */
int job_log_put_loose(struct txn *txn, struct history *history, const union slot *row);

/* By the number under which it was stored. ERR_NOT_FOUND. */
int job_log_find_loose(struct txn *txn, uint64_t number, union slot **ret);

/*
 * Removes those whose removal time has come at NOW, MOST of them; *RET_REMOVED counts. The least
 * removal time of the others is kept in memory: until then nothing is looked at.
 */
int job_log_clean_loose(struct txn *txn, struct history *history, int64_t now, uint64_t most,
			uint64_t *ret_removed);

/* Writes a line for each of them: {"jobLog":{…}}. */
int job_log_export_loose(struct engine *engine, struct json_writer *writer);

#endif
