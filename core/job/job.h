/*
 * Jobs of batches: seed, monitor and execution jobs (semantics.md 1.4, 1.5, 7).
 *
 * A job is known by its batch, kind and index. One that nothing disturbed has no record: it is read
 * from its range (core/job/job_range.h). The first change of its own gives it a record, which it
 * keeps until it ends. A struct job is filled the same way in both cases. Functions that change a
 * job change counters of its batch, too: the caller puts the batch back.
 */
#ifndef CORE_JOB_JOB_H
#define CORE_JOB_JOB_H

#include "core/job/batch.h"

/* A row of job_kind. */
struct job {
	const char *id;
	const char *job_definition_id;
	const char *process_instance_id;
	const char *process_definition_id;
	const char *process_definition_key;
	const char *execution_id;
	const char *exception_message;
	const char *failed_activity_id;
	int64_t retries;
	int64_t due_date;
	int64_t suspended;
	int64_t priority;
	const char *tenant_id;
	int64_t create_time;
	const char *batch_id;
	/* kept to ourselves */
	const char *stacktrace;
	int64_t sequence;     /* of its last entry in the job log */
	int64_t incident;     /* ordinal of its open incident; 0 = none */
	int64_t last_failure; /* sequence counter of the failure that incidents point to; 0 = none
			       */
	/* of history clean-up (core/job/cleanup_job.h) */
	int64_t count_empty_runs;
	int64_t immediately_due;
	int64_t minute_from, minute_to;
	int64_t failed_runs; /* since one went well */
	int64_t retry_time;  /* of the next one without retries left; TIME_NULL = none failed */
	int64_t under_way;   /* its run has left something, or has not begun */
	/* of suspensions (core/repository/suspension_job.h) */
	const char *handler_type; /* as the job log calls it */
	const char *target_id, *target_key;
	int64_t includes_instances;
	const char *deployment_id;
	const char *target_job_definition;
	int64_t next_serial; /* of the instance that its run goes on with */
	/* not stored */
	int64_t kind;
	int64_t index;
	int64_t recorded;        /* has a record of its own */
	const char *activity_id; /* of a job of an instance: where it goes on */
};

extern const struct kind job_row_kind;

enum job_field {
	JOB_ID,
	JOB_DEFINITION_ID,
	JOB_PROCESS_INSTANCE_ID,
	JOB_PROCESS_DEFINITION_ID,
	JOB_PROCESS_DEFINITION_KEY,
	JOB_EXECUTION_ID,
	JOB_EXCEPTION_MESSAGE,
	JOB_FAILED_ACTIVITY_ID,
	JOB_RETRIES,
	JOB_DUE_DATE,
	JOB_SUSPENDED,
	JOB_PRIORITY,
	JOB_TENANT_ID,
	JOB_CREATE_TIME,
	JOB_BATCH_ID,
};

/* The job. ERR_NOT_FOUND when it does not exist (any more). */
int job_get(struct txn *txn, const struct batch *batch, enum job_kind kind, uint64_t index,
	    struct job *ret);

/* The job with that id, and its batch. ERR_NOT_FOUND. */
int job_find(struct txn *txn, const char *id, struct batch *ret_batch, struct job *ret);

/* The deployment that JOB of BATCH belongs to, or NULL. */
const char *job_deployment_id(const struct batch *batch, const struct job *job);

/* Gives the job a record of its own, and the executor a note of it. */
int job_put(struct txn *txn, const struct batch *batch, struct job *job);

/* Sets the retries of one job: incidents come and go, counters follow. */
int job_set_retries(struct txn *txn, struct engine *engine, struct batch *batch, struct job *job,
		    int64_t retries);

/* Takes the job away: executed, or DELETED. */
int job_end(struct txn *txn, struct batch *batch, struct job *job, bool deleted, int64_t now);

/* A failed attempt: entry in the job log, one retry less, incident at the last. */
int job_fail(struct txn *txn, struct engine *engine, struct batch *batch, struct job *job,
	     const struct error *error, int64_t now);

/* What a new job starts with, as its definition and the configuration want it. */
struct job_values job_initial_values(const struct engine *engine, const struct batch *batch,
				     enum job_kind kind, int64_t due_date, int64_t now);

/* The first 666 characters of a message, as the engine's column holds them; NULL stays NULL. */
const char *exception_message_cut(struct arena *arena, const char *message);

/* Ids of jobs, their entries and definitions. */
const char *job_id(struct arena *arena, const struct store *store, uint64_t batch,
		   enum job_kind kind, uint64_t index);
const char *job_log_id(struct arena *arena, const struct store *store, uint64_t batch,
		       enum job_kind kind, uint64_t index, uint64_t sequence);
const char *job_definition_id(struct arena *arena, const struct store *store, uint64_t batch,
			      enum job_kind kind);

/*
 * The process instance that execution job INDEX of a batch of TYPE carries, if it stands for one
 * (semantics.md 2.12, 2.13); else NULL.
 */
int job_instance(struct txn *txn, struct arena *arena, const char *type, uint64_t batch,
		 const struct layout *layout, uint64_t index, const char **ret);

/* What a job's id names. False when TEXT is no id of a job. */
bool job_id_decode(const struct store *store, const char *text, uint64_t *ret_batch,
		   enum job_kind *ret_kind, uint64_t *ret_index);

struct job_values job_values_of(const struct job *job);

/*
 * A walk over the existing jobs of a kind in order of their index, by segments: either one job with
 * a record, or COUNT undisturbed jobs that differ in nothing but their ids.
 */
struct job_segment {
	struct job job; /* the first job of the segment */
	uint64_t count;
};

struct job_walk {
	struct txn *txn;
	struct arena *arena; /* of what is handed out */
	const struct batch *batch;
	enum job_kind kind;
	uint64_t at;
	struct job_range_scan created, ended;
	struct scan records;
	bool records_ended;
	uint64_t record_index;
	struct bytes record;
};

int job_walk_start(struct job_walk *walk, struct txn *txn, struct arena *arena,
		   const struct batch *batch, enum job_kind kind, uint64_t from);

/* ERR_NOT_FOUND behind the last. */
int job_walk_next(struct job_walk *walk, struct job_segment *ret);

/* Goes on to the next job of a segment, in ARENA: only its ids change. */
int job_step(struct txn *txn, struct arena *arena, const struct batch *batch, struct job *job);

#endif
