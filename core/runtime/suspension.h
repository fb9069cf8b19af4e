/*
 * Suspension of process instances: what they consist of stays as it is until they are activated.
 */
#ifndef CORE_RUNTIME_SUSPENSION_H
#define CORE_RUNTIME_SUSPENSION_H

#include "core/runtime/command.h"

/* Suspends or activates the instance with its tasks, external tasks and jobs; history tells. */
int instance_set_suspended(struct instance *instance, bool suspended);

/* Some of the instances of a definition, or of all definitions with a key. */
struct suspension_lot {
	const char *definition_id; /* or NULL: by key */
	const char *definition_key;
	bool suspended;
	uint64_t from; /* serial number to begin at */
	uint64_t next; /* where the next lot begins */
	bool more;     /* there may be one */
};

/*
 * Suspends or activates the first few hundred of them: no more, as others wait for the
 * transaction. Sets NEXT and MORE.
 */
int suspension_lot_run(struct command *command, struct suspension_lot *lot);

#endif
