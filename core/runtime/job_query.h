/*
 * Queries over jobs: what GET and POST /job, and the jobQuery of a batch's body, ask for
 * (semantics.md 5.4).
 */
#ifndef CORE_RUNTIME_JOB_QUERY_H
#define CORE_RUNTIME_JOB_QUERY_H

#include "core/job/job.h"
#include "core/query/query.h"

extern const struct resource job_resource;

struct instance_job;

/* A job of an instance as a row of job_row_kind; what both kinds of jobs show is the same. */
void job_of_instance(const struct instance_job *from, struct job *ret);

/* Finds a job of whatever it is, to look at. ERR_NOT_FOUND. */
int job_find_any(struct txn *txn, const char *id, struct job *ret);

/* Refuses what binds but makes no sense. Call it after binding. */
int job_query_check(struct request *request, struct query *query);

/* Offers every existing job, of batches and of instances, that matches to LISTING, in id order.
 * ARENA: of the rows. */
int job_query_offer(struct request *request, struct arena *arena, struct listing *listing);

/* Calls TAKE with the id of every job that matches, in id order. */
int job_query_ids(struct request *request, const struct query *query,
		  void (*take)(void *arg, const char *id), void *arg);

#endif
