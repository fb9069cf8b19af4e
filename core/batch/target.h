/*
 * What a batch works on: its items, in the order in which its jobs take them.
 *
 * Items are numbers of an archive or texts (ids that are no numbers: jobs, external tasks, unknown
 * ids). They stand grouped by deployment, the unknown ones last (semantics.md 1.3). Stored once, in
 * chunks, compressed; never rewritten.
 */
#ifndef CORE_BATCH_TARGET_H
#define CORE_BATCH_TARGET_H

#include "storage/txn.h"

/* Items of one deployment; NULL = unknown. */
struct target_mapping {
	const char *deployment_id;
	uint64_t count;
};

struct target {
	size_t mapping_count;
	struct target_mapping *mappings; /* in order; counts add up to all items */
	uint64_t number_count;
	uint64_t *numbers; /* the first items; ascending within a mapping */
	uint64_t text_count;
	const char **texts; /* the items behind them */
};

/* A run of items read back: either numbers or texts[i] != NULL. */
struct target_items {
	uint64_t count;
	uint64_t *numbers; /* UINT64_MAX where the item is a text */
	const char *
		*texts; /* NULL where the item is a number; NULL as a whole when there are none */
};

/* Stores the items of BATCH. */
int target_put(struct txn *txn, uint64_t batch, const struct target *target);

/* Items FIRST to FIRST + COUNT - 1, into the arena. */
int target_get(struct txn *txn, uint64_t batch, uint64_t first, uint64_t count,
	       struct target_items *ret);

/* Removes all items of BATCH. */
int target_delete(struct txn *txn, uint64_t batch);

#endif
