#include "fcgi/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/link/frame.h"
#include "fcgi/fiber.h"
#include "storage/clock.h"
#include "storage/log.h"

/*
 * IDLE_US: after that a seat lets go of batchd. GONE_US: how long one who would end, for batchd to
 * be started, waits for requests in hand.
 */
enum {
	BACKLOG = 1024,
	PARENT_CHECK_MS = 2000,
	PAUSE_MS = 100,
	IDLE_US = 10 * 1000000,
	GONE_US = 8 * 1000000,
};

static const int end_signals[] = {SIGTERM, SIGINT, SIGUSR1, SIGHUP};

static volatile sig_atomic_t stopping;

static void note_signal(int number)
{
	(void)number;
	stopping = 1;
}

void listener_signals(void)
{
	struct sigaction action = {.sa_handler = note_signal};
	sigset_t blocked;
	size_t i;

	sigemptyset(&blocked);
	for (i = 0; i < ARRAY_SIZE(end_signals); i++) {
		sigaction(end_signals[i], &action, NULL);
		sigaddset(&blocked, end_signals[i]);
	}
	sigprocmask(SIG_BLOCK, &blocked, NULL);
	action.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &action, NULL);
}

/* Who always has something to do never waits: what is pending then does not come through. */
static void look_for_signals(void)
{
	sigset_t pending;
	size_t i;

	sigemptyset(&pending);
	sigpending(&pending);
	for (i = 0; i < ARRAY_SIZE(end_signals); i++)
		if (sigismember(&pending, end_signals[i]))
			stopping = 1;
}

bool listener_stopping(void)
{
	return stopping;
}

void listener_init(struct listener *listener, const struct config *config, struct arena *arena)
{
	const struct config_list *names = &config->web_server_users;
	size_t i;

	memset(listener, 0, sizeof(*listener));
	listener->config = config;
	listener->uids = arena_array(arena, names->count + 2, sizeof(uid_t));
	listener->uids[listener->uid_count++] = 0;
	listener->uids[listener->uid_count++] = geteuid();
	for (i = 0; i < names->count; i++) {
		struct passwd *user = getpwnam(names->items[i]);

		if (user)
			listener->uids[listener->uid_count++] = user->pw_uid;
		else
			log_debug("webServerUsers: there is no user %s", names->items[i]);
	}
}

bool listener_is_listening(int fd)
{
	int value = 0;
	socklen_t size = sizeof(value);

	return !getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &value, &size) && value;
}

int listener_listen(const char *path, bool for_others, int *ret_socket)
{
	struct sockaddr_un address;
	mode_t mask;
	int fd, code = 0;

	TRY(link_address(path, &address));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return errno;
	unlink(path);
	mask = umask(for_others ? 0111 : 0177);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) || listen(fd, BACKLOG))
		code = errno;
	umask(mask);
	if (code)
		close(fd);
	else
		*ret_socket = fd;
	return code;
}

static bool may_connect(const struct listener *listener, int fd)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);
	size_t i;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size)) {
		log_warning("refused a connection without credentials: %s", strerror(errno));
		return false;
	}
	for (i = 0; i < listener->uid_count; i++)
		if (listener->uids[i] == peer.uid)
			return true;
	log_warning("refused a connection of uid %ld, pid %ld: see webServerUsers", (long)peer.uid,
		    (long)peer.pid);
	return false;
}

/* A connection of somebody who may, or -1. */
static int accept_one(const struct listener *listener)
{
	int fd = accept4(listener->socket, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0 || may_connect(listener, fd))
		return fd;
	close(fd);
	return -1;
}

/* Those who serve: as many as were ever needed at a time. */
struct seat {
	struct service *service;
	struct seats *all;
	struct seat *next; /* with the others that are free: the last one used first */
	int fd;
	int64_t used_us; /* when; 0: it has let go of batchd */
};

struct seats {
	size_t count;
	struct seat *seats, *free;
	bool closing; /* no seat is taken any more */
};

static struct seat *take_seat(struct seats *seats, struct responder *responder)
{
	struct seat *seat = seats->free;

	if (seat) {
		seats->free = seat->next;
		return seat;
	}
	seat = &seats->seats[seats->count++];
	seat->service = service_new(responder);
	seat->all = seats;
	return seat;
}

static void rest_seat(struct seat *seat)
{
	service_rest(seat->service);
	seat->used_us = 0;
}

static void leave_seat(struct seat *seat)
{
	seat->used_us = clock_monotonic_us();
	if (seat->all->closing)
		rest_seat(seat);
	seat->next = seat->all->free;
	seat->all->free = seat;
}

/* Those that nobody has used since SINCE let go of batchd, which others may need. */
static void rest_seats(const struct seats *seats, int64_t since_us)
{
	struct seat *seat;

	for (seat = seats->free; seat; seat = seat->next)
		if (seat->used_us && seat->used_us < since_us)
			rest_seat(seat);
}

static void clear_seats(struct seats *seats)
{
	size_t i;

	for (i = 0; i < seats->count; i++)
		service_free(seats->seats[i].service);
	free(seats->seats);
}

static void serve_one(void *arg)
{
	struct seat *seat = arg;

	service_run(seat->service, seat->fd);
	leave_seat(seat);
}

static bool orphaned(const struct listener *listener)
{
	return listener->parent && getppid() != listener->parent;
}

/* Not the fault of who came: he waits at the socket until there is room. */
static bool lacks_room(int code)
{
	return code == EMFILE || code == ENFILE || code == ENOMEM || code == ENOBUFS;
}

/* Who is not welcome, or has gone, leaves nothing to serve. ENOMEM, EMFILE and the like. */
static int welcome(const struct listener *listener, struct fibers *fibers, struct seats *seats)
{
	int fd, code;
	struct seat *seat;

	errno = 0;
	fd = accept_one(listener);
	if (fd < 0)
		return lacks_room(errno) ? errno : 0;
	seat = take_seat(seats, listener->responder);
	seat->fd = fd;
	code = fibers_start(fibers, serve_one, seat);
	if (code) {
		close(fd);
		leave_seat(seat);
	}
	return code;
}

/* When it was seen first that another process has to start batchd; 0: it need not. */
static void note_gone(const struct listener *listener, int64_t now, int64_t *gone_us)
{
	if (responder_goes_on(listener->responder))
		*gone_us = 0;
	else if (!*gone_us)
		*gone_us = now;
}

static bool goes_on(const struct fibers *fibers, int64_t now, int64_t gone_us)
{
	return !gone_us || (fibers_running(fibers) && now - gone_us < GONE_US);
}

/* Where there is no room for now nobody is called in for a moment. */
static int serve_all(const struct listener *listener, struct fibers *fibers, struct seats *seats)
{
	int64_t now = clock_monotonic_us(), again_us = 0, gone_us = 0, rested_us = now;
	bool called;

	while (!stopping && !orphaned(listener) && goes_on(fibers, now, gone_us)) {
		bool closed = now < again_us;
		int code = 0;

		TRY(fibers_watch(fibers, closed || !fibers_room(fibers) ? -1 : listener->socket));
		TRY(fibers_turn(fibers, closed ? PAUSE_MS : PARENT_CHECK_MS, &called));
		if (called) /* also when stopping: nobody else was called for this one */
			code = welcome(listener, fibers, seats);
		now = clock_monotonic_us();
		if (code) {
			log_error("no room for another request: %s", strerror(code));
			again_us = now + PAUSE_MS * 1000;
		}
		if (now - rested_us > IDLE_US / 4) {
			rest_seats(seats, now - IDLE_US);
			rested_us = now;
		}
		note_gone(listener, now, &gone_us);
		look_for_signals();
	}
	return 0;
}

/*
 * Those who are served are served to the end; but where batchd has gone nobody is for long, and it
 * is not started as long as this goes on.
 */
static int serve_rest(const struct listener *listener, struct fibers *fibers, struct seats *seats)
{
	int64_t last = clock_monotonic_us() + GONE_US;
	int code = fibers_watch(fibers, -1);
	bool called;

	seats->closing = true;
	rest_seats(seats, INT64_MAX);
	while (!code && fibers_running(fibers)) {
		if (!responder_goes_on(listener->responder) && clock_monotonic_us() > last)
			return ETIMEDOUT;
		code = fibers_turn(fibers, PAUSE_MS, &called);
	}
	return code;
}

int listener_run(struct listener *listener)
{
	struct seats seats = {0};
	struct fibers *fibers;
	int flags = fcntl(listener->socket, F_GETFL), code;

	/* with several processes at one socket another one may have been quicker */
	if (flags < 0 || fcntl(listener->socket, F_SETFL, flags | O_NONBLOCK))
		return errno;
	TRY(fibers_open(&fibers, listener->responder->at_a_time));
	seats.seats = memory_alloc(listener->responder->at_a_time * sizeof(*seats.seats));
	code = serve_all(listener, fibers, &seats);
	if (!code)
		code = serve_rest(listener, fibers, &seats);
	if (code) {
		log_error("requests are cut: %s", strerror(code));
		return code; /* whoever is being served is in the way of tidying up */
	}
	fibers_close(fibers);
	clear_seats(&seats);
	return 0;
}
