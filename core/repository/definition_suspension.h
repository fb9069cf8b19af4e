/*
 * Suspending and activating process definitions with their job definitions, or job definitions
 * alone. A suspended definition starts no instances, and a job that is made of a suspended one is
 * suspended.
 *
 * Instances and jobs that are there already, if they are wanted, are changed in lots
 * (core/runtime/suspension.h, core/runtime/running_change.h).
 */
#ifndef CORE_REPOSITORY_DEFINITION_SUSPENSION_H
#define CORE_REPOSITORY_DEFINITION_SUSPENSION_H

#include "core/engine.h"
#include "core/process/definition.h"

struct suspension {
	const char *definition_id; /* or NULL: all versions of key, of every tenant */
	const char *key;
	bool suspended; /* else active */
	bool include_instances;
	bool of_jobs; /* job definitions: of those processes, or the one that is named */
	const char *job_definition_id;
	bool include_jobs;
};

/* Changes the definitions alone. What is not there is passed over. */
int suspension_apply(struct txn *txn, struct engine *engine, const struct suspension *suspension);

#endif
