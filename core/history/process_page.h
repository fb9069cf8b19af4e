/*
 * Pages of process instances: what a plan finds, sorted, cut and written.
 */
#ifndef CORE_HISTORY_PROCESS_PAGE_H
#define CORE_HISTORY_PROCESS_PAGE_H

#include "core/history/process_query.h"

/* Answers the request with the page of QUERY. */
int process_page_answer(struct request *request, struct plan *plan, const struct query *query);

#endif
