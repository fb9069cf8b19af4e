/*
 * What users do to tasks, for the user operation log: as task workers, with each property changed.
 */
#ifndef CORE_RUNTIME_TASK_LOG_H
#define CORE_RUNTIME_TASK_LOG_H

#include "core/runtime/command_log.h"

/* Says that the operation is about TASK of INSTANCE, and a task worker's. */
void operation_of_task(struct logged_operation *operation, const struct instance *instance,
		       const struct task *task);

/* Logs operation TYPE with what changed in TASK since BEFORE; nothing when nothing did. */
int task_log_changes(struct instance *instance, const struct task *task, const struct task *before,
		     const char *type);

/* Logs operation TYPE on ENTITY with one PROPERTY, whose values may be NULL. */
int task_log_property(struct instance *instance, const struct task *task, const char *type,
		      const char *entity, const char *property, const char *old_value,
		      const char *new_value);

#endif
