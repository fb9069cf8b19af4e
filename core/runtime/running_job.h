/*
 * Jobs of running instances as work: one by itself, as when somebody executes it by hand, or as
 * the executor takes them (core/job/job_source.h: running_job_source).
 *
 * An entry of the queue names the instance by its serial number and the job by its ordinal. Jobs of
 * one instance never run side by side, as each of them is a transaction: all of them are exclusive.
 */
#ifndef CORE_RUNTIME_RUNNING_JOB_H
#define CORE_RUNTIME_RUNNING_JOB_H

#include "core/job/job_source.h"
#include "core/runtime/command.h"

/*
 * Does it, whatever its retries, suspension and due date; REQUEST: who wants it, or NULL.
 * ERR_NOT_FOUND: there is none such. Words of a failure are in *FAILURE; the transaction is to be
 * rolled back.
 */
int running_job_execute(struct txn *txn, struct engine *engine, uint64_t serial, uint64_t ordinal,
			struct request *request, struct job_failure *failure);

/* Keeps the failure, in another transaction. Fine when the job has gone meanwhile. */
int running_job_fail(struct txn *txn, struct engine *engine, uint64_t serial, uint64_t ordinal,
		     const struct job_failure *failure);

#endif
