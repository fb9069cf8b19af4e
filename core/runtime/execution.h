/*
 * The execution tree: how tokens and scopes come, split, join and go (runtime.md 2.1).
 *
 * Its shape is the original's, as clients see it: the process instance is an execution; entering a
 * scope makes a child; two tokens in one scope run in concurrent children of it, and when one of
 * them is left it is folded into its parent.
 */
#ifndef CORE_RUNTIME_EXECUTION_H
#define CORE_RUNTIME_EXECUTION_H

#include "core/runtime/command.h"

/* The root of a new instance. */
struct execution *execution_create_root(struct instance *instance);

/* A child that is active, of no scope, without a token. */
struct execution *execution_create_child(struct instance *instance, struct execution *parent);

/*
 * A further token in the scope of EXECUTION. When it held the only one itself, that moves to a
 * concurrent child of its own first: *RET_MOVED is where it went, or NULL.
 */
struct execution *execution_create_concurrent(struct instance *instance,
					      struct execution *execution,
					      struct execution **ret_moved);

/* Takes the execution, which has no children, out of the tree with its variables. */
void execution_remove(struct instance *instance, struct execution *execution);

/* Folds the last concurrent child of SCOPE into it. True when that happened. */
bool execution_fold(struct instance *instance, struct execution *scope);

/* Sets node and activity_id. */
void execution_set_node(struct instance *instance, struct execution *execution, int node);

/* The execution itself when it is a scope, else its parent. */
struct execution *execution_scope(struct execution *execution);

/* How many children it has, and the one at INDEX in order of creation. */
size_t execution_child_count(const struct instance *instance, const struct execution *parent);
struct execution *execution_child(const struct instance *instance, const struct execution *parent,
				  size_t index);

/* Whether its scope (or the process) can contain activities. */
bool execution_is_container(const struct instance *instance, const struct execution *execution);

/* The activity instance that contains what EXECUTION does. */
const char *execution_parent_activity(const struct instance *instance,
				      const struct execution *execution);

/* The activity instance whose scope it is: that of its local variables. */
const char *execution_scope_activity(const struct instance *instance,
				     const struct execution *execution);

#endif
