/*
 * Variables that belong to a batch: those that it sets, or sends along with a message. They are
 * among the variables of what runs until the batch has ended (semantics.md 1.4, 2.12, 2.13).
 */
#ifndef CORE_RUNTIME_BATCH_VARIABLE_H
#define CORE_RUNTIME_BATCH_VARIABLE_H

#include "core/record/kind.h"
#include "core/runtime/running_query.h"

/* Calls TAKE with each that QUERY means, in order of ids, as long as *RET_MORE stays true. */
int batch_variables_walk(struct running_query *query, struct arena *arena,
			 bool (*take)(void *arg, struct arena *arena, const union slot *row),
			 void *arg);

/* The one with that id, in READER's arena. ERR_NOT_FOUND. */
int batch_variable_get(struct txn *reader, const char *id, union slot **ret);

#endif
