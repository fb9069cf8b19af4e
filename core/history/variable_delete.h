/*
 * Deletion of historic variables: the instance's record is written anew without them.
 */
#ifndef CORE_HISTORY_VARIABLE_DELETE_H
#define CORE_HISTORY_VARIABLE_DELETE_H

#include "core/history/history.h"

/*
 * Removes the variable ID of process instance NUMBER, or all its variables when ID is NULL, with
 * their details, in a transaction of its own. ERR_NOT_FOUND.
 */
int variable_delete(struct history *history, struct arena *arena, uint64_t number, const char *id);

/* Whether the row stands for a variable that was deleted while its instance ran. */
bool variable_is_deleted(const union slot *row);

#endif
