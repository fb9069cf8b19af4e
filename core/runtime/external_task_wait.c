#include "core/runtime/external_task_wait.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/engine.h"
#include "storage/clock.h"
#include "storage/txn.h"

/* How often a request that waits asks whether it was stopped by hand. */
enum { STOPPED_MS = 1000 };

struct external_task_waiters {
	pthread_mutex_t mutex;
	struct external_task_waiter *first;
	int64_t count;
};

/* A note on its way to a commit. */
struct note {
	struct external_task_waiters *waiters;
	const char *topic;
	int64_t time;
};

struct external_task_waiters *external_task_waiters_open(void)
{
	struct external_task_waiters *waiters = memory_alloc(sizeof(*waiters));

	memset(waiters, 0, sizeof(*waiters));
	pthread_mutex_init(&waiters->mutex, NULL);
	return waiters;
}

void external_task_waiters_close(struct external_task_waiters *waiters)
{
	pthread_mutex_destroy(&waiters->mutex);
	free(waiters);
}

/* The others are left for requests that do not wait. */
static int64_t most_waiters(const struct request *request)
{
	return request->running ? running_conversations(request->running) / 2 : INT64_MAX;
}

bool external_task_wait_begin(struct external_task_waiter *waiter, struct request *request,
			      const char *const *topics, size_t topic_count)
{
	struct external_task_waiters *all = request->engine->waiters;
	bool room;

	memset(waiter, 0, sizeof(*waiter));
	waiter->all = all;
	waiter->topics = topics;
	waiter->topic_count = topic_count;
	waiter->until = INT64_MAX;
	waiter->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (waiter->fd < 0)
		return false;
	pthread_mutex_lock(&all->mutex);
	room = all->count < most_waiters(request);
	if (room) {
		all->count++;
		waiter->next = all->first;
		all->first = waiter;
	}
	pthread_mutex_unlock(&all->mutex);
	if (!room)
		close(waiter->fd);
	return room;
}

void external_task_wait_end(struct external_task_waiter *waiter)
{
	struct external_task_waiter **at;

	pthread_mutex_lock(&waiter->all->mutex);
	for (at = &waiter->all->first; *at != waiter; at = &(*at)->next)
		;
	*at = waiter->next;
	waiter->all->count--;
	pthread_mutex_unlock(&waiter->all->mutex);
	close(waiter->fd);
}

/* Sleeps for at most MS: *RET_WOKEN by a commit. */
static int sleep_for(struct external_task_waiter *waiter, const struct request *request, int ms,
		     bool *ret_woken)
{
	struct pollfd fds[2] = {
		{.fd = waiter->fd,                             .events = POLLIN   },
		{.fd = request->link ? request->link->fd : -1, .events = POLLRDHUP},
	};
	uint64_t count;

	*ret_woken = false;
	if (poll(fds, 2, ms) < 0 && errno != EINTR)
		return errno;
	*ret_woken = read(waiter->fd, &count, sizeof(count)) == (ssize_t)sizeof(count);
	return fds[1].revents ? ERR_STOPPED : request_stopped(request);
}

/* What is noted while it does not sleep wakes it the next time, whenever that would be. */
static void set_until(struct external_task_waiter *waiter, int64_t until)
{
	pthread_mutex_lock(&waiter->all->mutex);
	waiter->until = until;
	pthread_mutex_unlock(&waiter->all->mutex);
}

int external_task_wait(struct external_task_waiter *waiter, struct request *request, int64_t until)
{
	bool woken = false;
	int code = 0;

	set_until(waiter, until);
	while (!woken && !code) {
		int64_t left = until - clock_now();

		if (left <= 0)
			break;
		code = sleep_for(waiter, request, left < STOPPED_MS ? (int)left : STOPPED_MS,
				 &woken);
	}
	set_until(waiter, INT64_MAX);
	return code;
}

static bool wants(const struct external_task_waiter *waiter, const struct note *note)
{
	size_t i;

	for (i = 0; i < waiter->topic_count && note->time < waiter->until; i++)
		if (!strcmp(waiter->topics[i], note->topic))
			return true;
	return false;
}

static void wake(void *arg)
{
	const struct note *note = arg;
	const struct external_task_waiter *waiter;
	uint64_t one = 1;

	pthread_mutex_lock(&note->waiters->mutex);
	for (waiter = note->waiters->first; waiter; waiter = waiter->next)
		if (wants(waiter, note) && write(waiter->fd, &one, sizeof(one)) < 0)
			continue; /* it has been woken already */
	pthread_mutex_unlock(&note->waiters->mutex);
}

void external_task_waiters_note(struct engine *engine, struct txn *txn, const char *topic,
				int64_t time)
{
	struct note *note = arena_alloc(txn->arena, sizeof(*note));

	/* a literal topic is in its model, which the command gives back before the commit */
	*note = (struct note){engine->waiters, arena_strdup(txn->arena, topic), time};
	txn_on_commit(txn, wake, note);
}
