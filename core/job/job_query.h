/*
 * Queries over jobs: what GET and POST /job, and the jobQuery of a batch's body, ask for
 * (semantics.md 5.4).
 */
#ifndef CORE_JOB_JOB_QUERY_H
#define CORE_JOB_JOB_QUERY_H

#include "core/job/job.h"
#include "core/query/query.h"

extern const struct resource job_resource;

/* Refuses what binds but makes no sense. Call it after binding. */
int job_query_check(struct request *request, struct query *query);

/* Offers every existing job that matches to LISTING, in id order. ARENA: of the rows. */
int job_query_offer(struct request *request, struct arena *arena, struct listing *listing);

/* Calls TAKE with the id of every job that matches, in id order. */
int job_query_ids(struct request *request, const struct query *query,
		  void (*take)(void *arg, const char *id), void *arg);

#endif
