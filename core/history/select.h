/*
 * What a batch is to work on: ids and query of its body, resolved once (semantics.md 1.3, 2).
 */
#ifndef CORE_HISTORY_SELECT_H
#define CORE_HISTORY_SELECT_H

#include "core/api/request.h"
#include "core/batch/target.h"

/*
 * The union of the ids (those streamed out of the body, else the array IDS_KEY of the body) and of
 * what QUERY (NULL = none) matches, grouped by deployment. Unknown ids become texts, or are dropped.
 * The target lives in the request's arena.
 */
int history_select_processes(struct request *request, const struct json *query,
			     const char *ids_key, bool keep_unknown, struct target *ret);
int history_select_decisions(struct request *request, const struct json *query,
			     const char *ids_key, bool keep_unknown, struct target *ret);

#endif
