#include "fcgi/fiber.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include "storage/arena.h"
#include "storage/clock.h"
#include "storage/error.h"

#ifdef __has_feature
#define HAS_FEATURE(name) __has_feature(name)
#else
#define HAS_FEATURE(name) 0
#endif

#if defined(__SANITIZE_ADDRESS__) || HAS_FEATURE(address_sanitizer)
#include <sanitizer/common_interface_defs.h>
#define SWITCH_BEGINS(from, to)                                                                    \
	__sanitizer_start_switch_fiber(&(from)->shadow, (to)->bottom, (to)->size)
#define SWITCH_ENDED(here) __sanitizer_finish_switch_fiber((here)->shadow, NULL, NULL)
#define BEGUN_BY(caller)   __sanitizer_finish_switch_fiber(NULL, &(caller)->bottom, &(caller)->size)
#elif defined(__SANITIZE_THREAD__) || HAS_FEATURE(thread_sanitizer)
#include <sanitizer/tsan_interface.h>
#define SWITCH_BEGINS(from, to) __tsan_switch_to_fiber((to)->shadow, 0)
#define NEW_SHADOW              __tsan_create_fiber(0)
#define OWN_SHADOW              __tsan_get_current_fiber()
#define END_SHADOW(stack)       __tsan_destroy_fiber((stack)->shadow)
#endif

#ifndef SWITCH_BEGINS
#define SWITCH_BEGINS(from, to) ((void)0)
#endif
#ifndef SWITCH_ENDED
#define SWITCH_ENDED(here) ((void)(here))
#endif
#ifndef BEGUN_BY
#define BEGUN_BY(caller) ((void)(caller))
#endif
#ifndef NEW_SHADOW
#define NEW_SHADOW        NULL
#define OWN_SHADOW        NULL
#define END_SHADOW(stack) ((void)0)
#endif

/* NOBODY: the number of the listening socket's fiber. */
enum { GUARD_SIZE = 4096, NOBODY = UINT16_MAX };

/* What can be switched to; the sanitizers want to know its bounds. */
struct stack {
	ucontext_t context;
	const void *bottom;
	size_t size;
	void *shadow; /* the sanitizer's */
};

struct fiber {
	struct stack stack;
	struct fibers *fibers;
	struct fiber *next; /* among those without work */
	uint16_t number;
	void (*function)(void *);
	void *arg;
	struct pollfd waits[FIBER_WAITS_MAX];
	size_t wait_count;
	bool waiting;
	int64_t last_us; /* how long it waits at most */
};

struct fibers {
	struct stack home; /* of who calls fibers_turn() */
	int epoll, watched;
	size_t max, count, running; /* count: made so far */
	struct fiber **all;
	struct fiber *idle; /* the last one used first: its stack is warm */
	int event_max;      /* all that can come at a time: whose time is over has got nothing */
	struct epoll_event *events;
};

static _Thread_local struct fiber *current;

/* ---- switching --------------------------------------------------------------------------------
 */

static void switch_to(struct stack *from, struct stack *to)
{
	SWITCH_BEGINS(from, to);
	if (swapcontext(&from->context, &to->context))
		abort(); /* it fails for want of memory only, and takes none here */
	SWITCH_ENDED(from);
}

/* Lets FIBER go on until it waits or ends. */
static void resume(struct fiber *fiber)
{
	assert(!current);
	current = fiber;
	switch_to(&fiber->fibers->home, &fiber->stack);
	current = NULL;
}

static void go_home(struct fiber *fiber)
{
	switch_to(&fiber->stack, &fiber->fibers->home);
}

/* One piece of work after the other. */
static void work(void)
{
	struct fiber *fiber = current;
	struct fibers *fibers = fiber->fibers;

	BEGUN_BY(&fibers->home);
	for (;;) {
		fiber->function(fiber->arg);
		fiber->next = fibers->idle;
		fibers->idle = fiber;
		fibers->running--;
		go_home(fiber);
	}
}

/* ---- the set ----------------------------------------------------------------------------------
 */

int fibers_open(struct fibers **ret, size_t max)
{
	struct fibers *fibers = memory_alloc(sizeof(*fibers));

	assert(max && max < NOBODY);
	memset(fibers, 0, sizeof(*fibers));
	fibers->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (fibers->epoll < 0) {
		free(fibers);
		return errno;
	}
	fibers->watched = -1;
	fibers->max = max;
	fibers->all = memory_alloc(max * sizeof(*fibers->all));
	fibers->event_max = (int)max * FIBER_WAITS_MAX + 1;
	fibers->events = memory_alloc((size_t)fibers->event_max * sizeof(*fibers->events));
	fibers->home.shadow = OWN_SHADOW;
	*ret = fibers;
	return 0;
}

/* With a page below it that is not there: who goes too deep ends, and overwrites nothing. */
static int make_stack(struct stack *stack)
{
	size_t whole = GUARD_SIZE + FIBER_STACK_SIZE;
	char *memory = mmap(NULL, whole, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);

	if (memory == MAP_FAILED)
		return errno;
	if (mprotect(memory, GUARD_SIZE, PROT_NONE)) {
		munmap(memory, whole);
		return errno;
	}
	stack->bottom = memory + GUARD_SIZE;
	stack->size = FIBER_STACK_SIZE;
	return 0;
}

static void free_fiber(struct fiber *fiber)
{
	END_SHADOW(&fiber->stack);
	munmap((char *)(uintptr_t)fiber->stack.bottom - GUARD_SIZE, GUARD_SIZE + FIBER_STACK_SIZE);
	free(fiber);
}

static int add_fiber(struct fibers *fibers)
{
	struct fiber *fiber = memory_alloc(sizeof(*fiber));
	int code;

	memset(fiber, 0, sizeof(*fiber));
	code = make_stack(&fiber->stack);
	if (code) {
		free(fiber);
		return code;
	}
	fiber->fibers = fibers;
	fiber->stack.shadow = NEW_SHADOW;
	getcontext(&fiber->stack.context);
	fiber->stack.context.uc_stack.ss_sp = (void *)(uintptr_t)fiber->stack.bottom;
	fiber->stack.context.uc_stack.ss_size = fiber->stack.size;
	makecontext(&fiber->stack.context, work, 0);
	fiber->number = (uint16_t)fibers->count;
	fibers->all[fibers->count++] = fiber;
	fiber->next = fibers->idle;
	fibers->idle = fiber;
	return 0;
}

void fibers_close(struct fibers *fibers)
{
	size_t i;

	assert(!fibers->running);
	for (i = 0; i < fibers->count; i++)
		free_fiber(fibers->all[i]);
	close(fibers->epoll);
	free(fibers->events);
	free(fibers->all);
	free(fibers);
}

size_t fibers_running(const struct fibers *fibers)
{
	return fibers->running;
}

size_t fibers_room(const struct fibers *fibers)
{
	return fibers->max - fibers->running;
}

int fibers_start(struct fibers *fibers, void (*function)(void *), void *arg)
{
	struct fiber *fiber;

	assert(fibers_room(fibers));
	if (!fibers->idle)
		TRY(add_fiber(fibers));
	fiber = fibers->idle;
	fibers->idle = fiber->next;
	fibers->running++;
	fiber->function = function;
	fiber->arg = arg;
	resume(fiber);
	return 0;
}

/* ---- waiting ----------------------------------------------------------------------------------
 */

/* An event says whose it is, and of which descriptor: it may be older than the wait at hand. */
static uint64_t event_name(uint16_t number, int fd)
{
	return (uint64_t)number << 32 | (uint32_t)fd;
}

int fibers_watch(struct fibers *fibers, int fd)
{
	struct epoll_event event = {EPOLLIN | EPOLLEXCLUSIVE, {.u64 = event_name(NOBODY, fd)}};

	if (fd == fibers->watched)
		return 0;
	if (fibers->watched >= 0 && epoll_ctl(fibers->epoll, EPOLL_CTL_DEL, fibers->watched, NULL))
		return errno;
	fibers->watched = -1;
	if (fd >= 0 && epoll_ctl(fibers->epoll, EPOLL_CTL_ADD, fd, &event))
		return errno;
	fibers->watched = fd;
	return 0;
}

/* For one event: what comes later is for who waits then. */
static int await_one(const struct fiber *fiber, const struct pollfd *wait)
{
	struct epoll_event event = {(uint32_t)wait->events | EPOLLONESHOT,
				    {.u64 = event_name(fiber->number, wait->fd)}};
	int epoll = fiber->fibers->epoll;

	if (!epoll_ctl(epoll, EPOLL_CTL_MOD, wait->fd, &event))
		return 0;
	if (errno != ENOENT)
		return -1;
	return epoll_ctl(epoll, EPOLL_CTL_ADD, wait->fd, &event);
}

static void note_event(struct fibers *fibers, const struct epoll_event *event)
{
	struct fiber *fiber = fibers->all[event->data.u64 >> 32];
	bool awaited = false;
	size_t i;

	for (i = 0; fiber->waiting && i < fiber->wait_count; i++)
		if (fiber->waits[i].fd == (int)(uint32_t)event->data.u64) {
			fiber->waits[i].revents = (short)event->events;
			awaited = true;
		}
	if (awaited)
		resume(fiber);
}

/* How long to wait for events: until the first fiber's time is over, at most MS. */
static int time_left(const struct fibers *fibers, int ms)
{
	int64_t now = clock_monotonic_us(), last = now + (int64_t)ms * 1000;
	size_t i;

	for (i = 0; i < fibers->count; i++)
		if (fibers->all[i]->waiting && fibers->all[i]->last_us < last)
			last = fibers->all[i]->last_us;
	return last <= now ? 0 : (int)((last - now + 999) / 1000);
}

static void end_waits(struct fibers *fibers)
{
	int64_t now = clock_monotonic_us();
	size_t i;

	for (i = 0; i < fibers->count; i++)
		if (fibers->all[i]->waiting && fibers->all[i]->last_us <= now)
			resume(fibers->all[i]);
}

int fibers_turn(struct fibers *fibers, int ms, bool *ret_called)
{
	const struct epoll_event *events = fibers->events;
	sigset_t none;
	int i, n;

	*ret_called = false;
	sigemptyset(&none);
	n = epoll_pwait(fibers->epoll, fibers->events, fibers->event_max, time_left(fibers, ms),
			&none);
	if (n < 0)
		return errno == EINTR ? 0 : errno;
	for (i = 0; i < n; i++)
		if (events[i].data.u64 >> 32 == NOBODY)
			*ret_called = true;
		else
			note_event(fibers, &events[i]);
	end_waits(fibers);
	return 0;
}

/* Lets the others go on until one of the waits is over. */
static void wait_until(struct fiber *fiber, int64_t last_us)
{
	fiber->last_us = last_us;
	fiber->waiting = true;
	go_home(fiber);
	fiber->waiting = false;
}

int fiber_poll(struct pollfd *fds, size_t count, int ms)
{
	struct fiber *fiber = current;
	int ready = 0;
	size_t i;

	if (!fiber || !ms)
		return poll(fds, count, ms);
	assert(count <= FIBER_WAITS_MAX);
	for (i = 0; i < count; i++) {
		fds[i].revents = 0;
		fiber->waits[i] = fds[i];
		if (await_one(fiber, &fds[i]))
			return -1;
	}
	fiber->wait_count = count;
	wait_until(fiber, ms < 0 ? INT64_MAX : clock_monotonic_us() + (int64_t)ms * 1000);
	for (i = 0; i < count; i++) {
		fds[i].revents = fiber->waits[i].revents;
		ready += fds[i].revents != 0;
	}
	return ready;
}

int fiber_wait(int fd, short events, int ms)
{
	struct pollfd poll_fd = {.fd = fd, .events = events};
	int n;

	do {
		n = fiber_poll(&poll_fd, 1, ms);
	} while (n < 0 && errno == EINTR);
	if (!n)
		errno = EAGAIN;
	return n > 0 ? 0 : ERR_LINK;
}

void fiber_sleep(int ms)
{
	fiber_poll(NULL, 0, ms);
}

void fiber_yield(void)
{
	if (!current)
		return;
	current->wait_count = 0;
	wait_until(current, 0);
}
