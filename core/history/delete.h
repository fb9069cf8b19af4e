/*
 * Deletion of history (semantics.md 2.1, 2.2): instances become invisible in the transaction; their
 * bytes are purged later. Decision instances and user operations outlive their process instance.
 */
#ifndef CORE_HISTORY_DELETE_H
#define CORE_HISTORY_DELETE_H

#include "core/batch/batch_type.h"
#include "core/history/history.h"

/* The instance has not ended: it cannot be deleted. */
#define ERR_STILL_RUNNING (-1100)

/* Deletes the finished process instance ID in a transaction of its own. ERR_NOT_FOUND. */
int history_delete_one(struct history *history, struct arena *arena, const char *id);

/* The executions of core/batch/batch_type.h: history_delete_execute() and the decisions' one. */

#endif
