/*
 * Many requests in one process: each is served on a stack of its own, a fiber, and one that would
 * have to wait lets the others go on. Code that may wait is written as if it were alone.
 *
 * One thread runs them all, in turn: what a fiber does between two waits no other one sees half
 * done. Fibers end before their set is closed.
 */
#ifndef FCGI_FIBER_H
#define FCGI_FIBER_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

/* What one fiber can wait for at a time. */
enum { FIBER_WAITS_MAX = 2 };

/* A stack: no request needs a quarter of it. Only what was touched takes memory. */
enum { FIBER_STACK_SIZE = 256 * 1024 };

struct fibers;

/* Room for MAX fibers. Returns errno where the system refuses. */
int fibers_open(struct fibers **ret, size_t max);
void fibers_close(struct fibers *fibers);

/* How many have not ended, and how many can be started beside them. */
size_t fibers_running(const struct fibers *fibers);
size_t fibers_room(const struct fibers *fibers);

/* Runs FUNCTION(ARG) until it waits or ends. There has to be room. Returns errno; then nothing ran.
 */
int fibers_start(struct fibers *fibers, void (*function)(void *), void *arg);

/*
 * Watches the listening socket FD, or with -1 none, beside what fibers wait for; of several
 * processes that watch it one is woken. Returns errno.
 */
int fibers_watch(struct fibers *fibers, int fd);

/*
 * Waits until something has happened, at most MS milliseconds and with signals let through; what
 * fibers waited for lets them go on, and so does the end of their time. *RET_CALLED: somebody is at
 * the listening socket. Returns errno.
 */
int fibers_turn(struct fibers *fibers, int ms, bool *ret_called);

/*
 * As poll(): of COUNT descriptors, at most FIBER_WAITS_MAX. Outside of a fiber it is poll(). It may
 * say that something is ready that is not: what is tried then must not block.
 */
int fiber_poll(struct pollfd *fds, size_t count, int ms);

/* Waits for EVENTS on FD. ERR_LINK when MS milliseconds have passed, with EAGAIN as errno. */
int fiber_wait(int fd, short events, int ms);

void fiber_sleep(int ms);

/* Lets those go on that can: for who has long been at work. */
void fiber_yield(void);

#endif
