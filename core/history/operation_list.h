/*
 * Lists of the user operation log.
 */
#ifndef CORE_HISTORY_OPERATION_LIST_H
#define CORE_HISTORY_OPERATION_LIST_H

#include "core/history/child_resource.h"
#include "core/history/history.h"

/*
 * Offers every visible entry that matches QUERY to LISTING. Columns rule out most; of a page those
 * are read that may still belong to it.
 */
int operation_list_offer(struct request *request, const struct query *query,
			 struct listing *listing);

#endif
