/*
 * Process instances in the order of a query, however many: memory stays within the few megabytes
 * of a sorter (core/query/sorter.h). Short pages are quicker by columns alone: process_page.h.
 */
#ifndef CORE_HISTORY_PROCESS_LIST_H
#define CORE_HISTORY_PROCESS_LIST_H

#include "core/history/process_query.h"

/*
 * Writes what PLAN finds into the array that is open in the request's answer, as QUERY sorts and
 * cuts it. The last sort key may be the id; what the others leave open is in order of number, the
 * other way round if the first one descends.
 */
int process_list_write(struct request *request, struct plan *plan, const struct query *query);

#endif
