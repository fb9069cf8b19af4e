/*
 * Incidents: what went wrong and wants somebody's attention (semantics.md 1.5, 5.8).
 *
 * An incident is a row of incident_kind, the historic form; while it is open the runtime form is
 * read from the same row. Those of a batch's jobs are kept one by one, `number | ordinal`. Those of
 * process instances: core/runtime/incident.h.
 */
#ifndef CORE_JOB_INCIDENT_H
#define CORE_JOB_INCIDENT_H

#include "core/history/incident_kind.h"
#include "storage/txn.h"

struct batch;
struct engine;
struct job;

/*
 * Opens an incident for a job that has no retries left, unless incidents are switched off; when one
 * is open already, it only learns of the last failure. Changes JOB and BATCH, which the caller
 * puts.
 */
int incident_open(struct txn *txn, struct engine *engine, struct batch *batch, struct job *job);

/* Ends the job's open incident, if there is one: resolved, or DELETED. */
int incident_close(struct txn *txn, const struct batch *batch, struct job *job, bool deleted,
		   int64_t now);

/* The incident ORDINAL of a batch. ERR_NOT_FOUND. */
int incident_get(struct txn *txn, uint64_t batch, uint64_t ordinal, union slot **ret);
int incident_put(struct txn *txn, uint64_t batch, uint64_t ordinal, const union slot *row);

/* Every incident of BATCH (0 = of all batches), in order; they lie in ARENA. */
struct incident_scan {
	struct scan scan;
	struct arena *arena;
	uint64_t batch, ordinal; /* of the one handed out last */
};

void incident_scan_start(struct incident_scan *scan, struct txn *txn, struct arena *arena,
			 uint64_t batch);

/* ERR_NOT_FOUND behind the last. */
int incident_scan_next(struct incident_scan *scan, union slot **ret);

/* Removes the history of a batch's incidents: the open ones stay, hidden, while KEEP_OPEN. */
int incident_forget(struct txn *txn, uint64_t batch, bool keep_open);

#endif
