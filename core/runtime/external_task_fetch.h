/*
 * Fetching external tasks: a worker asks for tasks of some topics and locks what it gets.
 *
 * The index (core/runtime/external_task_index.h) gives them in order of priority and creation, so
 * what is fetched costs, not what waits; only an order by creation alone, or from the newest on,
 * looks at every entry of the topics.
 */
#ifndef CORE_RUNTIME_EXTERNAL_TASK_FETCH_H
#define CORE_RUNTIME_EXTERNAL_TASK_FETCH_H

#include "core/runtime/command.h"
#include "core/runtime/typed_value.h"

/* Tasks that one request gets, at most: a transaction must not be long. */
enum { FETCH_MAX = 1000 };

struct texts {
	bool given;
	size_t count;
	const char **items; /* an item may be NULL */
};

/* What is asked of a topic; texts are NULL where they were not given. */
struct fetch_topic {
	const char *name;
	int64_t lock_duration;
	const char *business_key, *definition_id, *definition_key, *version_tag;
	struct texts definition_ids, definition_keys, tenants;
	bool without_tenant;
	const struct json *process_variables; /* name: value of the process instance */
	/* how the answer shows variables */
	struct texts variables; /* given: only these */
	bool local_variables, deserialise, properties;
};

struct fetch {
	const char *worker_id;
	int64_t most;
	bool by_priority;
	bool by_creation, descending;
	size_t topic_count;
	const struct fetch_topic *topics;
};

/* A task that was locked. */
struct fetched {
	const struct fetch_topic *topic;
	const struct external_task *task;
	struct list variables; /* of struct variable; they outlive the command in its arena */
	size_t property_count;
	const struct property *properties; /* copies */
};

struct fetch_result {
	size_t count;
	struct fetched *items;
};

/* Whether there may be something to fetch at NOW; else *RET_NEXT is when a lock runs out. */
int fetch_look(struct txn *reader, const struct fetch *fetch, int64_t now, bool *ret_some,
	       int64_t *ret_next);

/* Locks what there is. Writes nothing when there is nothing. */
int fetch_and_lock(struct command *command, const struct fetch *fetch, struct fetch_result *ret);

#endif
