/*
 * Which running instances have something in common, without a look at each of them: those of a
 * definition, at an activity, with an assignee's tasks …
 *
 * One table (core/runtime/running_bucket.h), written with the instances in their transaction. A
 * list has the serial numbers of the instances that have some text, in their order, and how many
 * rows of each have it. Who reads an instance then looks again: long texts are cut.
 *
 * Beside the lists are totals: how many rows of each kind run.
 */
#ifndef CORE_RUNTIME_RUNNING_INDEX_H
#define CORE_RUNTIME_RUNNING_INDEX_H

#include "core/runtime/instance.h"

/* On disk: never renumbered. What has no text has one list. */
enum running_index_list {
	INDEX_NONE = 0,
	INDEX_ACTIVITY = 'a', /* where a token stands */
	INDEX_BUSINESS_KEY = 'b',
	INDEX_DEFINITION = 'd',    /* its key and its id: see running_lists_add_definition() */
	INDEX_EXTERNAL_TASK = 'e', /* all that have one */
	INDEX_GROUP = 'g',         /* in an identity link of a task */
	INDEX_INCIDENT = 'i',      /* all that have one that is open */
	INDEX_JOB = 'j',           /* all that have one */
	INDEX_TASK = 'k',          /* all that have one */
	INDEX_TOPIC = 'p',
	INDEX_ASSIGNEE = 't',
	INDEX_USER = 'u', /* owner of a task, or in an identity link of one */
};

/* The entries of INSTANCE as it is now, in its arena; of one that has ended: none. */
void running_entries_of(const struct instance *instance, struct running_entries *ret);

/* Counters of what runs, and the next serial number. */
struct running_state {
	uint64_t next_serial;
	int64_t totals[RUNNING_MAX];
};

int running_state_read(struct txn *txn, struct running_state *ret);
int running_state_write(struct txn *txn, const struct running_state *state);

/*
 * Brings the lists in line with INSTANCES (struct instance; those that changed), which had
 * `entries` before, and adds what became more or less to STATE. *RET_CHANGED: STATE is to be
 * written.
 */
int running_index_write(struct txn *txn, const struct list *instances, struct running_state *state,
			bool *ret_changed);

/* Makes the lists and totals of a store that has none yet, or whose lists have an older form
 * (storage/format.md). Before anything runs in it. */
int running_index_open(struct store *store, struct arena *arena);

/* Lists of which one or another is meant. */
struct running_lists {
	size_t count;
	struct bytes *prefixes; /* of their keys */
	bool cut;               /* texts were: not all that is in the lists is meant */
};

enum { RUNNING_LISTS_MAX = 64 };

/* Adds the list of TEXT (NULL for one that has none). ERR_FULL: there are too many. */
int running_lists_add(struct running_lists *lists, struct arena *arena,
		      enum running_index_list list, const char *text);

/*
 * Adds those of the definitions of KEY that instances run of: all versions, of all tenants; with
 * ID only that one. ERR_FULL: there are too many.
 */
int running_lists_add_definition(struct running_lists *lists, struct txn *txn, const char *key,
				 const char *id);

/*
 * A walk over the instances of some lists, each once, in order of serial numbers, which begins at
 * FROM.
 */
struct running_walk {
	size_t count;
	struct running_cursor *cursors;
};

int running_walk_start(struct running_walk *walk, struct txn *txn,
		       const struct running_lists *lists, uint64_t from);

/* *RET_ROWS: how many rows the lists have of it; may be NULL. ERR_NOT_FOUND behind the last. */
int running_walk_next(struct running_walk *walk, uint64_t *ret_serial, uint32_t *ret_rows);

/*
 * The same, and reads the instance, in ARENA, which is cleared before; one that has ended meanwhile
 * is passed over.
 */
int running_walk_read(struct running_walk *walk, const struct txn *txn, struct arena *arena,
		      struct instance **ret);

/* The rows of all instances of LISTS, without a look at these. */
int running_lists_count(struct txn *txn, const struct running_lists *lists, int64_t *ret);

#endif
