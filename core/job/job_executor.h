/*
 * The job executor: a thread that works off what is due (semantics.md 7).
 *
 * It takes from the queue (core/job/job_queue.h) what comes first by the settings' order; among
 * equals sources of jobs take turns, and within a source its owners, so that none waits for the end
 * of another. A turn is one transaction of about 30 ms at most. An owner whose transaction fails by
 * no job's fault waits 1 s, then twice as long each time, up to a minute.
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
