/*
 * Restart: an instance that has ended is started again from its history (runtime.md 1).
 *
 * The new one is a root instance of the same definition, with the business key and the variables of
 * the old one, its first or its last, and begins where the instructions say.
 */
#ifndef CORE_RUNTIME_RESTART_H
#define CORE_RUNTIME_RESTART_H

#include "core/runtime/start.h"

struct restart {
	const union slot *definition; /* row of process_definition_kind */
	size_t instruction_count;
	const struct instruction *instructions;
	bool initial_variables; /* those it began with; else those it ended with */
	bool skip_listeners, skip_mappings;
	bool without_business_key;
};

/* Restarts the instance whose history is NUMBER. */
int instance_restart(struct command *command, const struct restart *restart, uint64_t number);

/* What is said of an instance that history does not have. */
int restart_unknown(struct command *command);

#endif
