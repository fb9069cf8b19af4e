#include "core/api/lane.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/link/operation.h"
#include "storage/log.h"
#include "storage/txn.h"

/* GROUP_MAX: so many are answered together at most. ROUND: calls after which is seen anew how many
 * take part. */
enum { EVENTS = 16, GROUP_MAX = 32, ROUND = 64, STACK_SIZE = 512 * 1024 };

/*
 * A conversation in the lane, on the stack of its own thread. It is with the epoll set, from there
 * with the server when something arrives, then with the answerer, and with the epoll set again.
 */
struct passenger {
	struct conversation *conversation;
	struct passenger *next; /* in the list where it is */
	atomic_bool awaited;    /* with the epoll set: what was done before is seen there */
	pthread_cond_t off;
	bool aboard;
	int code;
};

struct lane {
	struct store *store;
	pthread_t server, answerer;
	int epoll, bell;
	pthread_mutex_t mutex;
	pthread_cond_t to_answer;
	struct passenger *boarding, *served;
	atomic_bool idle; /* the answerer waits */
	bool closing;
	atomic_uint in_hand; /* served, and not answered */

	/* the server's own */
	struct passenger *group; /* served, and not passed on: the last one first */
	unsigned group_size;
	unsigned calls, most; /* of the round, and how many were in hand at a time */
	unsigned active;      /* the most of the round before: so many take part */
};

static bool is_command_at_hand(const struct link *link)
{
	size_t count;
	const struct operation *operations = operation_table(&count);
	int operation = link_call_at_hand(link);

	return operation >= 0 && (size_t)operation < count && operations[operation].command;
}

bool lane_takes(const struct conversation *conversation)
{
	return is_command_at_hand(&conversation->link);
}

static void ring(struct lane *lane)
{
	uint64_t one = 1;

	while (write(lane->bell, &one, sizeof(one)) < 0 && errno == EINTR)
		;
}

static void get_off(struct lane *lane, struct passenger *passenger, int code)
{
	passenger->conversation->link.held = false;
	epoll_ctl(lane->epoll, EPOLL_CTL_DEL, passenger->conversation->link.fd, NULL);
	pthread_mutex_lock(&lane->mutex);
	passenger->code = code;
	passenger->aboard = false;
	pthread_cond_signal(&passenger->off);
	pthread_mutex_unlock(&lane->mutex);
}

/* Waits for what the conversation says next. With the mutex, or it could be closed by its thread
 * before this has ended. */
static int await_next(struct lane *lane, struct passenger *passenger, int operation)
{
	struct epoll_event event = {EPOLLIN | EPOLLONESHOT, {.ptr = passenger}};
	int code;

	pthread_mutex_lock(&lane->mutex);
	atomic_store(&passenger->awaited, true);
	code = epoll_ctl(lane->epoll, operation, passenger->conversation->link.fd, &event);
	if (code)
		code = errno;
	pthread_mutex_unlock(&lane->mutex);
	return code;
}

/* Not by who they are: a responder has more conversations than it needs at a time. */
static void note_active(struct lane *lane)
{
	unsigned in_hand = atomic_fetch_add(&lane->in_hand, 1) + 1;

	if (in_hand > lane->most)
		lane->most = in_hand;
	if (++lane->calls < ROUND)
		return;
	lane->active = lane->most;
	lane->calls = lane->most = 0;
}

static void serve(struct lane *lane, struct passenger *passenger)
{
	int code;

	passenger->conversation->link.held = true;
	code = conversation_serve(passenger->conversation);
	if (code) {
		get_off(lane, passenger, code);
		return;
	}
	note_active(lane);
	passenger->next = lane->group;
	lane->group = passenger;
	lane->group_size++;
}

static void look_after(struct lane *lane, struct passenger *passenger)
{
	struct link *link = &passenger->conversation->link;
	bool awaited = atomic_exchange(&passenger->awaited, false);

	assert(awaited);
	if (link_take_in(link))
		get_off(lane, passenger, ERR_LINK);
	else if (is_command_at_hand(link))
		serve(lane, passenger);
	else
		get_off(lane, passenger, 0);
}

static void board(struct lane *lane)
{
	struct passenger *passenger, *next;
	uint64_t rings;

	while (read(lane->bell, &rings, sizeof(rings)) < 0 && errno == EINTR)
		;
	pthread_mutex_lock(&lane->mutex);
	passenger = lane->boarding;
	lane->boarding = NULL;
	pthread_mutex_unlock(&lane->mutex);
	for (; passenger; passenger = next) {
		next = passenger->next;
		serve(lane, passenger);
	}
}

/* Gives the group to the answerer, before what waits there. False: the lane is closed. */
static bool pass_on(struct lane *lane)
{
	struct passenger **end = &lane->group;
	bool closing;

	while (*end)
		end = &(*end)->next;
	pthread_mutex_lock(&lane->mutex);
	if (lane->group && !lane->served) {
		atomic_store(&lane->idle, false);
		pthread_cond_signal(&lane->to_answer);
	}
	*end = lane->served;
	lane->served = lane->group;
	closing = lane->closing;
	pthread_mutex_unlock(&lane->mutex);
	lane->group = NULL;
	lane->group_size = 0;
	return !closing;
}

/*
 * Half of those who take part are served while the other half is synced: if all waited for each
 * other, the disk would have nothing to do while they are served, and the server while it syncs.
 */
static bool is_large_enough(const struct lane *lane)
{
	return lane->group_size * 2 >= lane->active && lane->group && atomic_load(&lane->idle);
}

static void serve_events(struct lane *lane, const struct epoll_event *events, int count)
{
	int i;

	for (i = 0; i < count; i++) {
		if (events[i].data.ptr)
			look_after(lane, events[i].data.ptr);
		else
			board(lane);
		if (is_large_enough(lane))
			pass_on(lane);
	}
}

static void *serve_all(void *arg)
{
	struct lane *lane = arg;
	struct epoll_event events[EVENTS];
	int count;

	txn_defer();
	do {
		count = epoll_wait(lane->epoll, events, EVENTS, -1);
		do {
			serve_events(lane, events, count);
			count = lane->group_size < GROUP_MAX
					? epoll_wait(lane->epoll, events, EVENTS, 0)
					: 0;
		} while (count > 0);
	} while (pass_on(lane));
	return NULL;
}

/* Who does not read, or asks before he has read, goes back to his own thread. */
static void answer(struct lane *lane, struct passenger *passenger)
{
	struct link *link = &passenger->conversation->link;
	bool left;
	int code;

	link->held = false;
	code = link_flush_at_hand(link, &left);
	left = left || link_has_more(link);
	if (!code && !left)
		code = await_next(lane, passenger, EPOLL_CTL_MOD);
	if (code == ENOENT)
		code = await_next(lane, passenger, EPOLL_CTL_ADD);
	if (code || left)
		get_off(lane, passenger, code);
}

static struct passenger *reverse(struct passenger *list)
{
	struct passenger *reversed = NULL, *next;

	for (; list; list = next) {
		next = list->next;
		list->next = reversed;
		reversed = list;
	}
	return reversed;
}

/* What is served, the first one first, as soon as there is something; NULL: the lane is closed. */
static struct passenger *take_served(struct lane *lane)
{
	struct passenger *list;

	pthread_mutex_lock(&lane->mutex);
	atomic_store(&lane->idle, !lane->served);
	while (!lane->served && !lane->closing)
		pthread_cond_wait(&lane->to_answer, &lane->mutex);
	list = lane->served;
	lane->served = NULL;
	pthread_mutex_unlock(&lane->mutex);
	return reverse(list);
}

static void *answer_all(void *arg)
{
	struct lane *lane = arg;
	struct passenger *list, *next;

	while ((list = take_served(lane))) {
		int code = txn_settle(lane->store);

		if (code)
			log_error("commands are not answered, as they may not be on disk: %s",
				  err_text(code));
		for (; list; list = next) {
			next = list->next;
			atomic_fetch_sub(&lane->in_hand, 1);
			if (code)
				get_off(lane, list, ERR_LINK);
			else
				answer(lane, list);
		}
	}
	return NULL;
}

int lane_ride(struct lane *lane, struct conversation *conversation)
{
	struct passenger passenger = {.conversation = conversation, .aboard = true};

	pthread_cond_init(&passenger.off, NULL);
	pthread_mutex_lock(&lane->mutex);
	passenger.next = lane->boarding;
	lane->boarding = &passenger;
	ring(lane);
	while (passenger.aboard)
		pthread_cond_wait(&passenger.off, &lane->mutex);
	pthread_mutex_unlock(&lane->mutex);
	pthread_cond_destroy(&passenger.off);
	return passenger.code ? passenger.code : link_flush(&conversation->link);
}

static int start_thread(pthread_t *ret, void *(*function)(void *), struct lane *lane)
{
	pthread_attr_t attributes;
	int code;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK_SIZE);
	code = pthread_create(ret, &attributes, function, lane);
	pthread_attr_destroy(&attributes);
	return code;
}

static void end(struct lane *lane)
{
	pthread_mutex_lock(&lane->mutex);
	lane->closing = true;
	pthread_cond_signal(&lane->to_answer);
	pthread_mutex_unlock(&lane->mutex);
	ring(lane);
}

static int begin(struct lane *lane)
{
	struct epoll_event event = {EPOLLIN, {.ptr = NULL}};
	int code;

	if (lane->epoll < 0 || lane->bell < 0 ||
	    epoll_ctl(lane->epoll, EPOLL_CTL_ADD, lane->bell, &event))
		return errno;
	TRY(start_thread(&lane->server, serve_all, lane));
	code = start_thread(&lane->answerer, answer_all, lane);
	if (code) {
		end(lane);
		pthread_join(lane->server, NULL);
	}
	return code;
}

static void clear(struct lane *lane)
{
	if (lane->epoll >= 0)
		close(lane->epoll);
	if (lane->bell >= 0)
		close(lane->bell);
	pthread_cond_destroy(&lane->to_answer);
	pthread_mutex_destroy(&lane->mutex);
	free(lane);
}

int lane_open(struct lane **ret, struct store *store)
{
	struct lane *lane = memory_alloc(sizeof(*lane));
	int code;

	memset(lane, 0, sizeof(*lane));
	lane->store = store;
	pthread_mutex_init(&lane->mutex, NULL);
	pthread_cond_init(&lane->to_answer, NULL);
	lane->epoll = epoll_create1(EPOLL_CLOEXEC);
	lane->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	code = begin(lane);
	if (code)
		clear(lane);
	else
		*ret = lane;
	return code;
}

void lane_close(struct lane *lane)
{
	end(lane);
	pthread_join(lane->server, NULL);
	pthread_join(lane->answerer, NULL);
	clear(lane);
}
