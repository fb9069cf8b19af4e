/*
 * Which running process instances a batch is over: ids of the body, a query of what runs, one of
 * history (semantics.md 2.7 to 2.13).
 */
#ifndef CORE_API_PROCESS_INSTANCE_SOURCES_H
#define CORE_API_PROCESS_INSTANCE_SOURCES_H

#include "core/job/target.h"
#include "core/request/request.h"

/* What a batch over process instances is given. */
struct instances {
	bool given;           /* any of the sources */
	bool queried;         /* any of the queries */
	bool nulls;           /* among the ids */
	struct target target; /* ids, unknown ones, too */
};

/* Which sources there are, and the error for what running a query refuses. */
struct sources {
	const char *ids;
	bool query, history; /* processInstanceQuery, historicProcessInstanceQuery */
	int refusal;
};

/*
 * The union of all sources, grouped by deployment, each instance by its id: what the query of
 * running instances finds joins the ids of the body.
 */
int process_instances_select(struct request *request, const struct sources *sources,
			     struct instances *ret);

#endif
