/*
 * Operations of users on running instances, for the user operation log (semantics.md 2.15).
 */
#ifndef CORE_RUNTIME_COMMAND_LOG_H
#define CORE_RUNTIME_COMMAND_LOG_H

#include "core/history/operation_log.h"
#include "core/runtime/command.h"

/* Says that the operation is about the process DEFINITION, and its deployment. */
void operation_of_definition(struct logged_operation *operation, const union slot *definition);

/* Says that the operation is about INSTANCE: its ids, its definition and deployment, if any. */
void operation_of_instance(struct logged_operation *operation, const struct instance *instance);

/*
 * Writes the entries of OPERATION, if a user asks. Those about an instance have its removal time
 * (semantics.md 4.2, 4.3).
 */
int command_log(struct command *command, const struct logged_operation *operation);

/* INSTANCE has ended: what was logged of it before gets the removal time that this has brought. */
int command_log_end(struct instance *instance);

#endif
