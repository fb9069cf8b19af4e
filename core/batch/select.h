/*
 * What a batch is to work on: ids and query of its body, resolved once (semantics.md 1.3, 2).
 */
#ifndef CORE_BATCH_SELECT_H
#define CORE_BATCH_SELECT_H

#include "core/request/request.h"
#include "core/job/target.h"

struct selection_rules {
	const char *ids_key; /* the array of ids in the body; it may have been streamed out of it */
	bool keep_unknown;   /* unknown ids become names; else they are dropped */
	int refusal;         /* the error for what running the query refuses */
	bool as_names;       /* the known ones become names, too */
};

/*
 * The union of the ids (those streamed out of the body, else the array of the body) and of
 * what QUERY (NULL = none) matches, grouped by deployment. The target lives in the request's arena.
 */
int history_select_processes(struct request *request, const struct json *query,
			     const struct selection_rules *rules, struct target *ret);
int history_select_decisions(struct request *request, const struct json *query,
			     const struct selection_rules *rules, struct target *ret);

#endif
