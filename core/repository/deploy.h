/*
 * Deployments made here: resources become definitions with versions, all or nothing.
 *
 * BPMN gives process definitions, DMN decision and requirements definitions; other files are stored
 * only. A version counts up for each key and tenant.
 */
#ifndef CORE_REPOSITORY_DEPLOY_H
#define CORE_REPOSITORY_DEPLOY_H

#include "core/bpmn/problem.h"
#include "core/process/definition.h"

struct engine;
struct request;

struct deploy_resource {
	const char *name;
	struct bytes bytes;
};

struct deploy_order {
	const char *name, *source, *tenant_id; /* each may be NULL */
	int64_t activation_time;               /* TIME_NULL = at once */
	bool filter_duplicates; /* nothing is deployed when all is as it was deployed last */
	bool changed_only;      /* with filter_duplicates: what is as it was is left out */
	size_t count;
	const struct deploy_resource *resources;
	struct request *request; /* whose it is; NULL = nobody's */
};

struct deployed {
	const union slot *deployment;
	struct definitions processes, decisions, requirements; /* made by this deployment */
};

/*
 * Deploys ORDER in a transaction of its own; *RET is in ARENA. When a resource is refused, the
 * message is in ERROR, and of ERR_PARSE *RET_PROBLEMS are what is wrong with it.
 */
int deploy(struct engine *engine, struct arena *arena, const struct deploy_order *order,
	   struct deployed *ret, const struct problems **ret_problems, struct error *error);

#endif
