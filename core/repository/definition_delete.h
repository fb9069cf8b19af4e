/*
 * Deletion of definitions and deployments, with or without what was made of them.
 *
 * Without cascade the history of instances stays; a process with running instances cannot be
 * deleted then. With it all instances go, running ones after their listeners have run.
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
 * Deletes the process definition in ROW with its job definitions. ERR_ENGINE with words when it has
 * running instances and must not cascade.
 */
int process_definition_delete_row(struct txn *txn, const struct deletion *deletion,
				  const union slot *row);

/* Deletes the deployment ID with all its definitions. ERR_NOT_FOUND. */
int deployment_delete_whole(struct txn *txn, const struct deletion *deletion, const char *id);

#endif
