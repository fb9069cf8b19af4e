/*
 * External tasks: work that somebody outside fetches, and completes or fails (runtime.md 2.5).
 */
#ifndef CORE_RUNTIME_EXTERNAL_TASK_H
#define CORE_RUNTIME_EXTERNAL_TASK_H

#include "core/runtime/command.h"

/* NOW and so many milliseconds, which a client may give as large as it likes: wraps, as in Java. */
static inline int64_t external_task_time(int64_t now, int64_t duration)
{
	return (int64_t)((uint64_t)now + (uint64_t)duration);
}

/* EXECUTION has come to one. */
int external_task_create(struct instance *instance, struct execution *execution);

/*
 * Done: its token goes on, or an error of the model is thrown whose condition holds
 * (camunda:errorEventDefinition).
 */
int external_task_complete(struct instance *instance, struct external_task *task);

/* Takes it away because its token goes. */
void external_task_delete(struct instance *instance, struct external_task *task);

/* Why a worker gave up, and what is to come. */
struct external_task_failure {
	const char *message, *details; /* NULL: none; details stay those of before */
	int64_t retries;
	int64_t until; /* when it may be fetched again */
};

/* Its worker gave up: retries change, or an error of the model is thrown whose condition holds. */
int external_task_fail(struct instance *instance, struct external_task *task,
		       const struct external_task_failure *failure);

/* Its worker throws the BPMN error CODE; if nothing catches it, the activity just ends. */
int external_task_throw(struct instance *instance, struct external_task *task, const char *code,
			const char *message);

/* Sets the retries; an incident comes with 0, and goes with more. */
void external_task_set_retries(struct instance *instance, struct external_task *task,
			       int64_t retries);

/*
 * Throws the BPMN error CODE: to a boundary event that catches it, however far up. *RET_CAUGHT
 * false: nothing does, and the activity simply ends.
 */
int error_throw(struct instance *instance, struct execution *execution, const char *code,
		const char *message, bool *ret_caught);

struct expression_value;

/* `externalTask` in conditions of errors: core/runtime/external_task_object.c. */
struct expression_value external_task_object(struct arena *arena, struct external_task *task);

#endif
