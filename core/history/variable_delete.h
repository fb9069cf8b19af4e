/*
 * Deletion of historic variables: the instance's record is written anew without them.
 */
#ifndef CORE_HISTORY_VARIABLE_DELETE_H
#define CORE_HISTORY_VARIABLE_DELETE_H

#include "core/history/history.h"

/*
 * Removes the variable ID of process instance NUMBER, or all its variables when ID is NULL, with
 * their details. *RET_ROW is the variable, or the instance, as it was. ERR_NOT_FOUND.
 */
int variable_delete(struct txn *txn, struct history *history, uint64_t number, const char *id,
		    const union slot **ret_row);

/* Whether the row stands for a variable that was deleted while its instance ran. */
bool variable_is_deleted(const union slot *row);

#endif
