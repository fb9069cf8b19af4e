/*
 * Deletion of history (semantics.md 2.1): instances become invisible in the transaction; their
 * bytes are purged later. Decision instances and user operations outlive their process instance.
 */
#ifndef CORE_HISTORY_DELETE_H
#define CORE_HISTORY_DELETE_H

#include "core/history/history.h"

/* The instance has not ended: it cannot be deleted. */
#define ERR_STILL_RUNNING (-1100)

/*
 * The first of NUMBERS whose process instance is visible and has not ended, or COUNT. Numbers of
 * nothing (UINT64_MAX) are passed over.
 */
size_t history_find_running(struct history *history, const uint64_t *numbers, size_t count);

/* Deletes the finished process instance ID. ERR_NOT_FOUND, ERR_STILL_RUNNING. */
int history_delete_one(struct txn *txn, struct history *history, const char *id);

#endif
