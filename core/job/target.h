/*
 * What a batch works on: its items, in the order in which its jobs take them.
 *
 * Items are numbers of an archive or names (ids that are no numbers: jobs, external tasks, unknown
 * ids). They stand grouped by deployment, the unknown ones last (semantics.md 1.3). Stored once, in
 * chunks, compressed; never rewritten.
 */
#ifndef CORE_JOB_TARGET_H
#define CORE_JOB_TARGET_H

#include "storage/txn.h"

/* Items of one deployment; NULL = unknown. */
struct target_mapping {
	const char *deployment_id;
	uint64_t count;
};

/* An id in 16 bytes: a UUID, or, where `high` is 0, any other text. */
union target_name {
	uint8_t uuid[16];
	struct {
		uint64_t high;
		const char *text; /* NULL: an item that names nothing */
	} other;
};

/* TEXT (or NULL) stays the caller's, unless it is a UUID. */
union target_name target_name_of(const char *text);

/* The id's text, perhaps in ARENA. */
const char *target_name_text(struct arena *arena, const union target_name *name);

/* For qsort(): UUIDs in their order, then the others. */
int target_name_compare(const void *left, const void *right);

/* Sorts the names and leaves each once; returns how many those are. */
size_t target_names_unique(union target_name *names, size_t count);

/*
 * Puts names that are no more than some hundred in the order in which the original's sets give ids:
 * which job gets which of them shows in what the jobs say. More stay as they are.
 */
void target_names_order(union target_name *names, size_t count);

struct target {
	size_t mapping_count;
	struct target_mapping *mappings; /* in order; counts add up to all items */
	uint64_t number_count;
	uint64_t *numbers; /* the first items; ascending within a mapping */
	uint64_t name_count;
	union target_name *names; /* the items behind them */
};

/* A run of items read back: either numbers or texts[i] != NULL. */
struct target_items {
	uint64_t count;
	uint64_t *numbers; /* UINT64_MAX where the item is a text */
	const char *
		*texts; /* NULL where the item is a number; NULL as a whole when there are none */
};

/* The same for those of no known deployment, or for all when there is but one. */
void target_order(struct target *target);

/* How many items there are. */
uint64_t target_count(const struct target *target);

/* Stores the items of BATCH. */
int target_put(struct txn *txn, uint64_t batch, const struct target *target);

/* Items FIRST to FIRST + COUNT - 1, into the arena. */
int target_get(struct txn *txn, uint64_t batch, uint64_t first, uint64_t count,
	       struct target_items *ret);

/* Removes all items of BATCH. */
int target_delete(struct txn *txn, uint64_t batch);

#endif
