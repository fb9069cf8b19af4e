/*
 * The 14 batch types: one row each (semantics.md 2).
 */
#ifndef CORE_BATCH_BATCH_TYPE_H
#define CORE_BATCH_BATCH_TYPE_H

#include <stdbool.h>

#include "core/batch/target.h"
#include "core/engine.h"
#include "core/json/json.h"
#include "storage/txn.h"

/* Some jobs of a batch, to be done in one transaction. */
struct batch_run {
	struct engine *engine;
	struct txn *txn;
	const char *batch_id;
	const struct json *configuration; /* what the batch was created with; may be NULL */
	struct target_items items;        /* of all these jobs */
	/* when execute() fails: */
	uint64_t failed_item; /* index among `items` of the one whose job has failed */
	struct error error;   /* why: the exception's message */
};

struct batch_type {
	const char *name;
	bool names_instance; /* a job with one item carries it as its process instance */
	bool changes_jobs;   /* perhaps of its own batch: they are done one by one */
	/*
	 * Does the run's items in the transaction. On failure the transaction is rolled back: the
	 * executor runs what stands before the failed item's job again and lets that job fail
	 * alone. A failure of the items has words in `error`; any other code means that the store
	 * or the machine is at fault: no job loses a retry for it. NULL: not built yet; its jobs
	 * fail and say so.
	 */
	int (*execute)(struct batch_run *run);
};

/* The row NAME, or NULL. */
const struct batch_type *batch_type_find(const char *name);

/* The executions that exist (here and in core/job). */
int history_delete_execute(struct batch_run *run); /* historic-instance-deletion */
int history_decision_delete_execute(
	struct batch_run *run);                           /* historic-decision-instance-deletion */
int job_retries_execute(struct batch_run *run);           /* set-job-retries */
int external_task_retries_execute(struct batch_run *run); /* set-external-task-retries */
int nothing_execute(struct batch_run *run); /* of process instances: none of them can be running */
int history_batch_removal_time_execute(struct batch_run *run); /* batch-set-removal-time */

#endif
