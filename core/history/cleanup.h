/*
 * History clean-up: what has expired goes (semantics.md 3.7, 3.8).
 *
 * Design. Who looks sees the original's jobs (core/job/cleanup_job.h): up to eight, each with its
 * minutes of the hour, rescheduled after every run. A run is ours: it buries up to CLEANUP_MOST
 * instances in one transaction, which only sets bits; their bytes are purged in the background as
 * after a deletion. What is due is found in the columns:
 *
 *   - strategy removalTimeBased: process instances, decision instances and user operations whose
 *     removal time has come, running ones included; batches and loose entries of the job log, too.
 *     An instance goes whole. A part of the original's tables at a time, with pieces of an instance
 *     left for the next run, is not imitated: at the end of a clean-up the same is gone.
 *   - strategy endTimeBased: ended instances and batches, evaluated decisions, whose definition's
 *     (type's) time to live has passed, counted in days of the calendar.
 *
 * A run that fills its transaction is followed by another at once, by its job's due date; between
 * them requests and other lanes have their turns. Nothing is kept about a clean-up but its jobs: a
 * killed one goes on with the next run, a clock set back finds less due, a window changed acts when
 * the job is scheduled at the start.
 *
 * Still to come: minima of removal times per segment, so that nothing due costs no scan; roots and
 * what hangs on them in one transaction; what runs keeps its execution (there are none yet);
 * GET …/configuration?explain=true and batchctl doctor; metrics.
 */
#ifndef CORE_HISTORY_CLEANUP_H
#define CORE_HISTORY_CLEANUP_H

#include "core/engine.h"
#include "storage/txn.h"

enum { CLEANUP_MOST = 256 * 1024 };

/* What a run is for, and what came of it. */
struct cleanup_run {
	int64_t now;
	int minute_from, minute_to; /* of the hour of removal time, or end; 0 to 59: all */
	/* left by cleanup(): */
	uint64_t processes, decisions, operations, batches, job_logs;
	bool more; /* there may be more that is due */
};

/* Removes what is due in the transaction. */
int cleanup(struct txn *txn, struct engine *engine, struct cleanup_run *run);

#endif
