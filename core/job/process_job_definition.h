/*
 * Job definitions of processes: one for each node that jobs continue before or behind.
 *
 * Made with the process definition, deleted with it, and found by it at every job of an instance.
 */
#ifndef CORE_JOB_PROCESS_JOB_DEFINITION_H
#define CORE_JOB_PROCESS_JOB_DEFINITION_H

#include "core/job/job_definition.h"

#define JOB_TYPE_ASYNC       "async-continuation"
#define CONFIGURATION_BEFORE "async-before"
#define CONFIGURATION_AFTER  "async-after"

/* Stores DEFINITION; an old one of its process definition, activity and configuration is replaced.
 */
int process_job_definition_put(struct txn *txn, const struct job_definition *definition);

/* ERR_NOT_FOUND. */
int process_job_definition_get(struct txn *txn, const char *id, struct job_definition *ret);

/* The one of an activity for CONFIGURATION. ERR_NOT_FOUND. */
int process_job_definition_find(struct txn *txn, const char *process_definition_id,
				const char *activity_id, const char *configuration,
				struct job_definition *ret);

/* A walk over those of a process definition, or over all of them (NULL). */
void process_job_definition_scan(struct scan *scan, struct txn *txn,
				 const char *process_definition_id);

/* The next one, in ARENA. ERR_NOT_FOUND behind the last. */
int process_job_definition_next(struct scan *scan, struct arena *arena, struct job_definition *ret);

/* Deletes those of a process definition. */
int process_job_definitions_delete(struct txn *txn, const char *process_definition_id);

#endif
