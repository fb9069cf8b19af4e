/*
 * Variables of running instances: where they live, and who sees them (runtime.md 2.2, 2.3).
 *
 * A variable belongs to an execution, or to a task of it. Reading looks in the task, then in its
 * execution, then upwards; setting changes the nearest one of that name, or makes one at the
 * process instance.
 */
#ifndef CORE_RUNTIME_VARIABLE_H
#define CORE_RUNTIME_VARIABLE_H

#include "core/runtime/command.h"

/* From where variables are seen. */
struct scope {
	struct instance *instance;
	struct execution *execution;
	struct task *task; /* or NULL */
	const char *event; /* of the listener that runs, or NULL */
	/* what the parent of a task without an execution sees, or NULL */
	const struct scope *outer;
};

/* From where EXECUTION sees them. */
static inline struct scope scope_at(struct instance *instance, struct execution *execution)
{
	return (struct scope){.instance = instance, .execution = execution};
}

/* The scope of the task with that id, without what is further out. ERR_NOT_FOUND. */
typedef int (*scope_find)(void *arg, const char *task_id, struct scope *ret);

/* Lays around SCOPE, if it is that of a task without an execution, those of its parents; in ARENA.
 */
int scope_surround(struct arena *arena, struct scope *scope, scope_find find, void *arg);

/* A value with its type's name ("String", "Null" …) and its info as JSON ("{}"). */
struct typed_value {
	const char *type;
	const struct value *value;
	const char *info;
	bool transient;
};

/* The nearest variable NAME, or NULL. */
struct variable *variable_find(const struct scope *scope, const char *name);

/* The one that lives in SCOPE itself, or NULL. */
struct variable *variable_find_local(const struct scope *scope, const char *name);

/*
 * Makes a variable that is not there. History hears of it when it is set again, which has to happen
 * in the same command, as of a new variable; never, when it is removed.
 */
void variable_set_early(const struct scope *scope, const char *name,
			const struct typed_value *value);

void variable_set(const struct scope *scope, const char *name, const struct typed_value *value);
void variable_set_local(const struct scope *scope, const char *name,
			const struct typed_value *value);

/* Removes the nearest one, or only a local one; nothing when there is none. */
void variable_remove(const struct scope *scope, const char *name);
void variable_remove_local(const struct scope *scope, const char *name);

/* Every variable that SCOPE sees, the nearest of each name, in order of their names. */
void variables_visible(const struct scope *scope, struct arena *arena, bool local_only,
		       struct list *ret);

/*
 * The variables of the process instance itself, those without a task; when it has ended, as they
 * were at its end.
 */
void variables_of_instance(const struct instance *instance, struct list *ret);

/* What goes with an execution, or a task, that goes: history keeps it as it is. */
void variables_drop(struct instance *instance, const char *execution_id, const char *task_id);

/* Gives the variables of FROM to TO; only those that stay with their token, or all. */
void variables_move(struct instance *instance, const struct execution *from,
		    const struct execution *to, bool only_concurrent_local);

/*
 * Before the instance is stored: what does not outlive the command goes to instance->transients,
 * and each variable learns in which activity instance it is now.
 */
void variables_settle(struct instance *instance);

#endif
