/*
 * The latest version of each key and tenant, by a record of its own: whoever starts a process by
 * its key need not look at all definitions.
 *
 * core/process/definition.c keeps it in line with the definitions.
 */
#ifndef CORE_PROCESS_LATEST_DEFINITION_H
#define CORE_PROCESS_LATEST_DEFINITION_H

#include "core/process/definition.h"

/* Makes the records in a store that has none yet. */
int latest_definitions_open(struct store *store, struct arena *arena);

/* ROW was stored in the place of OLD, which may be NULL. */
int latest_definition_note(struct txn *txn, const struct kind *kind, const union slot *old,
			   const union slot *row);

/* ROW was deleted. */
int latest_definition_forget(struct txn *txn, const struct kind *kind, const union slot *row);

/* The id of the latest version of KEY that belongs to TENANT (NULL = to none). ERR_NOT_FOUND. */
int latest_definition_find(struct txn *txn, const struct kind *kind, const char *key,
			   const char *tenant, const char **ret);

#endif
