/*
 * Which external tasks a worker may fetch, by topic, without a look at the instances they belong
 * to.
 *
 * One table, written with the instances in their transaction. Of each topic there are three lists:
 *
 *   ready    neither locked, nor suspended, nor without retries: the first to be fetched first,
 *            which is by priority, then by time of creation
 *   locked   by the end of their locks; what ran out is moved to the ready by whoever fetches
 *   barred   suspended, or without retries
 *
 * An entry is a hint but for its topic: who fetches reads the instance and looks again.
 */
#ifndef CORE_RUNTIME_EXTERNAL_TASK_INDEX_H
#define CORE_RUNTIME_EXTERNAL_TASK_INDEX_H

#include "core/runtime/instance.h"

/* On disk: never renumbered. */
enum external_task_list { TASKS_BARRED = 'b', TASKS_LOCKED = 'l', TASKS_READY = 'r' };

struct external_task_entry {
	int64_t priority, created;
	uint64_t serial, ordinal;
	int64_t locked_until; /* or TIME_NULL */
	bool has_retries;
	/* hashes of texts that workers filter by; 0 = absent */
	uint64_t definition_id, definition_key, business_key, tenant;
};

/* The hash of TEXT in an entry. */
uint64_t external_task_hash(const char *text);

/*
 * Brings the index in line with INSTANCE, of which COUNT tasks BEFORE were known to it. Waiting
 * workers are told after the commit.
 */
int external_task_index_write(struct txn *txn, struct engine *engine,
			      const struct instance *instance, const struct external_task *before,
			      size_t count);

/* A walk over a list of a topic, in its order. */
struct external_task_walk {
	struct scan scan;
	size_t prefix; /* bytes of a key before the entry */
};

void external_task_walk_start(struct external_task_walk *walk, struct txn *txn,
			      enum external_task_list list, const char *topic);

/* ERR_NOT_FOUND behind the last. */
int external_task_walk_next(struct external_task_walk *walk, struct external_task_entry *ret);

/* Moves some of TOPIC whose locks have run out at NOW to the ready. *RET_MORE: call it again. */
int external_tasks_unlock(struct txn *txn, const char *topic, int64_t now, bool *ret_more);

/* When the first lock of TOPIC runs out: INT64_MAX = there is none. */
int external_task_next_unlock(struct txn *txn, const char *topic, int64_t *ret);

/* The first topic behind AFTER (NULL = from the start) that a task has. ERR_NOT_FOUND. */
int external_task_next_topic(struct txn *txn, const char *after, const char **ret);

#endif
