/*
 * The job executor: a thread that works off what is due (semantics.md 7), batches round-robin.
 */
#ifndef CORE_JOB_JOB_EXECUTOR_H
#define CORE_JOB_JOB_EXECUTOR_H

#include "core/engine.h"

/* Starts the thread. */
int job_executor_open(struct engine *engine, struct job_executor **ret);

/* Wakes it: something new may be due. */
void job_executor_wake(struct job_executor *executor);

/* True when nothing is due now and nothing runs: what batchd --drain waits for. */
bool job_executor_idle(struct job_executor *executor);

/* Lets the transaction in hand commit, ends the thread, frees. */
void job_executor_close(struct job_executor *executor);

#endif
