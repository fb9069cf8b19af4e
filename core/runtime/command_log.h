/*
 * Operations of users on running instances, for the user operation log (semantics.md 2.15).
 */
#ifndef CORE_RUNTIME_COMMAND_LOG_H
#define CORE_RUNTIME_COMMAND_LOG_H

#include "core/history/operation_log.h"
#include "core/runtime/command.h"

/* Says that the operation is about INSTANCE: its ids, its definition and deployment, if any. */
void operation_of_instance(struct logged_operation *operation, const struct instance *instance);

/* Writes the entries of OPERATION, if a user asks. Once in a command. */
int command_log(struct command *command, const struct logged_operation *operation);

#endif
