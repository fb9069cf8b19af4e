/*
 * Process definitions that were deleted while history of their instances stays: that history tells
 * no name and version any more, as those were the definition's.
 *
 * They are few, and all in memory. Safe from any thread.
 */
#ifndef CORE_HISTORY_DELETED_DEFINITIONS_H
#define CORE_HISTORY_DELETED_DEFINITIONS_H

#include <stdbool.h>

#include "storage/txn.h"

struct deleted_definitions;

int deleted_definitions_open(struct deleted_definitions **ret, struct store *store,
			     struct arena *arena);
void deleted_definitions_close(struct deleted_definitions *deleted);

/* Remembers the definition ID from the commit on. */
int deleted_definitions_add(struct txn *txn, struct deleted_definitions *deleted, const char *id);

/* The definition is there again. */
int deleted_definitions_remove(struct txn *txn, struct deleted_definitions *deleted,
			       const char *id);

/* Whether it is one of them; NULL is not. */
bool deleted_definitions_have(struct deleted_definitions *deleted, const char *id);

#endif
