/*
 * External tasks: work that somebody outside fetches, and completes or fails (runtime.md 2.5).
 */
#ifndef CORE_RUNTIME_EXTERNAL_TASK_H
#define CORE_RUNTIME_EXTERNAL_TASK_H

#include "core/runtime/command.h"

/* EXECUTION has come to one. */
int external_task_create(struct instance *instance, struct execution *execution);

/* Done: its token goes on. */
int external_task_complete(struct instance *instance, struct external_task *task);

/* Takes it away because its token goes. */
void external_task_delete(struct instance *instance, struct external_task *task);

/* Its worker gave up: MESSAGE and DETAILS say why, or NULL; it may be fetched again at UNTIL. */
void external_task_fail(struct instance *instance, struct external_task *task, const char *message,
			const char *details, int64_t retries, int64_t until);

/* Sets the retries; an incident comes with 0, and goes with more. */
void external_task_set_retries(struct instance *instance, struct external_task *task,
			       int64_t retries);

/*
 * Throws the BPMN error CODE: to a boundary event that catches it, however far up. *RET_CAUGHT
 * false: nothing does, and the activity simply ends.
 */
int error_throw(struct instance *instance, struct execution *execution, const char *code,
		const char *message, bool *ret_caught);

#endif
