/*
 * The tree of activity instances of a running instance: where its tokens stand, and in what scopes
 * (runtime.md 2.3).
 *
 * It is computed from the executions: each leaf is an activity instance, or, where a job has yet to
 * run before or after the activity, a transition instance; around it is an instance of every scope.
 */
#ifndef CORE_RUNTIME_ACTIVITY_TREE_H
#define CORE_RUNTIME_ACTIVITY_TREE_H

#include "core/json/writer.h"
#include "core/runtime/instance.h"

struct activity_instance {
	const char *id;
	const char *parent_id; /* NULL: the process instance */
	int node;              /* 0: the process instance */
	bool transition;       /* its id is that of its execution */
	const struct execution *execution;
	struct list children; /* struct activity_instance; of both sorts */
	struct list executions, incidents;
};

/* The tree's root, in the instance's arena. */
struct activity_instance *activity_tree(const struct instance *instance);

/* Writes it as the API shows it. */
void activity_tree_write(struct json_writer *writer, const struct instance *instance,
			 const struct activity_instance *tree);

#endif
