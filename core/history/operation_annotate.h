/*
 * Annotations of the user operation log: one text for all entries of an operation.
 */
#ifndef CORE_HISTORY_OPERATION_ANNOTATE_H
#define CORE_HISTORY_OPERATION_ANNOTATE_H

#include "core/history/history.h"

/* Sets the annotation (NULL = none) of every visible entry of OPERATION. ERR_NOT_FOUND. */
int operation_annotate(struct history *history, struct arena *arena, const char *operation,
		       const char *annotation);

#endif
