/*
 * The 14 batch types: one row each (semantics.md 2).
 */
#ifndef CORE_JOB_BATCH_TYPE_H
#define CORE_JOB_BATCH_TYPE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/job/target.h"
#include "core/engine.h"
#include "core/json/json.h"
#include "storage/txn.h"

/* Instead of words: these jobs cannot share a transaction's step; nothing was written. */
#define ERR_ONE_BY_ONE (-1101)

struct batch;

/*
 * The member of a configuration whose jobs run in rounds: each is looked at by itself and has log
 * entries of its own, so that few of them are done in a transaction.
 */
#define BATCH_IN_ROUNDS "chunkSize"

/* Some jobs of a batch, to be done in one transaction. */
struct batch_run {
	struct engine *engine;
	struct txn *txn;
	struct batch *batch;              /* the caller puts it back */
	bool single;                      /* the items are those of one job */
	const struct json *configuration; /* what the batch was created with; may be NULL */
	struct target_items items;        /* of all these jobs */
	uint64_t next_item, item_count;   /* of the batch: the first one behind them; all */
	/*
	 * How often each item's job ran, when its type spreads an item over several runs: each has
	 * a success in the job log, and the job is deleted at the end. NULL: once. In the arena.
	 */
	const uint32_t *rounds;
	/* when execute() fails: */
	uint64_t failed_item; /* index among `items` of the one whose job has failed */
	struct error error;   /* why: the exception's message */
};

struct batch_type {
	const char *name;
	/*
	 * A job with one item carries it as its process instance, in the job log, too: the items
	 * are names, and stay as long as the batch's history.
	 */
	bool names_instance;
	/* a failure with words means that nothing was written: no rollback is needed */
	bool checks_first;
	/* items in a transaction, at most, and then nothing else in it; 0 = as many as come */
	uint64_t most;
	/* items in a transaction, at least, if there are so many: it scans all columns in any case
	 */
	uint64_t least;
	/*
	 * Does the run's items in the transaction. On failure the executor runs what stands before
	 * the failed item's job again and lets that job fail alone; the transaction is rolled back
	 * before, unless the type checks first. A failure of the items has words in `error`; any
	 * other code means that the store or the machine is at fault: no job loses a retry for it.
	 * NULL: not built yet; its jobs fail and say so.
	 */
	int (*execute)(struct batch_run *run);
};

/* The row NAME, or NULL. */
const struct batch_type *batch_type_find(const char *name);

bool batch_type_names_instance(const char *name);

/* Of a type that is not built, too. */
bool batch_type_checks_first(const struct batch_type *type);

/* The rows. What they point to works on all that there is: the table is in core/batch/types.c. */
extern const struct batch_type batch_types[];
extern const size_t batch_type_count;

#endif
