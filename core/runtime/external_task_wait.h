/*
 * Workers that wait for external tasks: requests that are answered as soon as there is something to
 * fetch, or when their time is over (long polling).
 *
 * Who waits sleeps until a commit leaves a task of one of its topics, or a lock in its topics runs
 * out, or its caller goes away. It holds its thread and a conversation as long, so at most half of
 * the conversations that there can be may wait: the others are answered at once.
 */
#ifndef CORE_RUNTIME_EXTERNAL_TASK_WAIT_H
#define CORE_RUNTIME_EXTERNAL_TASK_WAIT_H

#include "core/request/request.h"
#include "storage/txn.h"

struct external_task_waiters;

struct external_task_waiters *external_task_waiters_open(void);

/* Nobody waits any more. */
void external_task_waiters_close(struct external_task_waiters *waiters);

struct external_task_waiter {
	struct external_task_waiter *next;
	struct external_task_waiters *all;
	const char *const *topics;
	size_t topic_count;
	int64_t until; /* when it will wake by itself */
	int fd;        /* readable when there is something to fetch */
};

/*
 * Begins to wait for tasks of TOPICS, which stay the caller's: what is committed from now on wakes
 * it. False when too many wait already.
 */
bool external_task_wait_begin(struct external_task_waiter *waiter, struct request *request,
			      const char *const *topics, size_t topic_count);
void external_task_wait_end(struct external_task_waiter *waiter);

/*
 * Sleeps until there may be something, or UNTIL (clock_now()). ERR_STOPPED: nobody wants the answer
 * any more.
 */
int external_task_wait(struct external_task_waiter *waiter, struct request *request, int64_t until);

/*
 * Once TXN has committed, wakes who waits for TOPIC, unless it wakes before TIME anyway (0: at
 * once).
 */
void external_task_waiters_note(struct engine *engine, struct txn *txn, const char *topic,
				int64_t time);

#endif
