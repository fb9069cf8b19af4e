/*
 * History clean-up: what has expired goes (semantics.md 3.7, 3.8).
 *
 * Design. Who looks sees the original's jobs (core/job/cleanup_job.h): up to eight, each with its
 * minutes of the hour, rescheduled after every run. A run is ours: it buries what is due
 * (core/history/due.h) in one transaction, which only sets bits; the bytes are purged in the
 * background as after a deletion. Process instances, decision instances and user operations go by
 * removal time, running ones included, or by end; batches and loose entries of the job log, too. An
 * instance goes whole. A part of the original's tables at a time, with pieces of an instance left
 * for the next run, is not imitated: at the end of a clean-up the same is gone.
 *
 * A run takes as many instances as its turn has time for, and with them all due ones of their
 * roots. One that leaves some is followed by another at once, by its job's due date; between them
 * requests and other lanes have their turns. Nothing is kept about a clean-up but its jobs: a
 * killed one goes on with the next run, and a clock set back finds less due. Of what still runs the
 * history goes, and the execution stays, without one (core/runtime/instance.h).
 */
#ifndef CORE_HISTORY_CLEANUP_H
#define CORE_HISTORY_CLEANUP_H

#include "core/engine.h"
#include "storage/txn.h"

/* What a run is for, and what came of it. */
struct cleanup_run {
	int64_t now;
	int minute_from, minute_to; /* of the hour of removal time, or end; 0 to 59: all */
	uint64_t most;              /* instances, but for what else has their roots */
	/* left by cleanup(): */
	uint64_t processes, decisions, operations, batches, job_logs;
	uint64_t room; /* left of `most` */
	bool more;     /* more is due */
};

/* Removes what is due in the transaction. */
int cleanup(struct txn *txn, struct engine *engine, struct cleanup_run *run);

#endif
