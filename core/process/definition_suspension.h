/*
 * Suspending and activating process definitions, with their job definitions and, if wanted, their
 * instances. A suspended definition starts no instances.
 */
#ifndef CORE_PROCESS_DEFINITION_SUSPENSION_H
#define CORE_PROCESS_DEFINITION_SUSPENSION_H

#include "core/engine.h"
#include "core/process/definition.h"

struct suspension {
	const char *definition_id; /* or NULL: all versions of key, of every tenant */
	const char *key;
	bool suspended; /* else active */
	bool include_instances;
};

/*
 * Suspends definitions and their job definitions. What is not there is passed over. Instances come
 * after it, in lots (core/runtime/suspension.h).
 */
int suspension_apply(struct txn *txn, struct engine *engine, const struct suspension *suspension);

#endif
