/*
 * Deletion of definitions and deployments, with or without what was made of them.
 *
 * Without cascade the history of instances stays; a process with running instances cannot be
 * deleted then. With it all instances go, running ones after their listeners have run: these before
 * the deletion, in transactions of their own, when they are many, so that others can write
 * meanwhile. When one of them fails, or who asked is cut off, those before it are gone and all else
 * stays.
 */
#ifndef CORE_REPOSITORY_DEFINITION_DELETE_H
#define CORE_REPOSITORY_DEFINITION_DELETE_H

#include "core/process/definition.h"
#include "core/request/request.h"

struct deletion {
	struct request *request; /* whose it is */
	bool cascade;
	bool skip_listeners, skip_mappings; /* of running instances */
};

/*
 * With cascade, ends instances of the process definition ID, or of all definitions of the
 * deployment ID, lot by lot until no more than a lot is left for the deletion itself. Before its
 * transaction. ERR_NOT_FOUND: there is no such definition.
 */
int process_definition_end_many(const struct deletion *deletion, const char *id);
int deployment_end_many(const struct deletion *deletion, const char *id);

/*
 * Deletes the process definition in ROW with its job definitions. ERR_ENGINE with words when it has
 * running instances and must not cascade.
 */
int process_definition_delete_row(struct txn *txn, const struct deletion *deletion,
				  const union slot *row);

/* Deletes the deployment ID with all its definitions. ERR_NOT_FOUND. */
int deployment_delete_whole(struct txn *txn, const struct deletion *deletion, const char *id);

#endif
