#include "fcgi/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storage/log.h"

enum { BACKLOG = 1024, PARENT_CHECK_MS = 2000 };

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

/* A connection that is cut on purpose is closed without the record that ends a request. */
static void serve_one(const struct listener *listener, struct connection *connection, int fd)
{
	if (!connection_open(connection, fd) &&
	    listener->serve(listener->arg, connection) == SERVED)
		connection_finish(connection, NULL, 0);
	connection_close(connection);
}

/* An epoll descriptor for the socket that wakes one of the processes waiting there, not all. */
static int open_epoll(const struct listener *listener, int *ret_epoll)
{
	struct epoll_event event = {.events = EPOLLIN | EPOLLEXCLUSIVE};
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	if (epoll < 0)
		return errno;
	if (epoll_ctl(epoll, EPOLL_CTL_ADD, listener->socket, &event)) {
		int code = errno;

		close(epoll);
		return code;
	}
	*ret_epoll = epoll;
	return 0;
}

/* Waits for a connection, with the signals let through; false when none came. */
static bool wait_one(int epoll)
{
	struct epoll_event event;
	sigset_t none;

	sigemptyset(&none);
	return epoll_pwait(epoll, &event, 1, PARENT_CHECK_MS, &none) > 0;
}

static bool orphaned(const struct listener *listener)
{
	return listener->parent && getppid() != listener->parent;
}

static void serve_all(const struct listener *listener, struct connection *connection, int epoll)
{
	while (!stopping && !orphaned(listener)) {
		int fd;

		if (!wait_one(epoll) || stopping)
			continue;
		fd = accept_one(listener);
		if (fd < 0)
			continue;
		serve_one(listener, connection, fd);
		if (!listener->go_on(listener->arg))
			break;
	}
}

int listener_run(struct listener *listener)
{
	struct connection connection;
	int flags = fcntl(listener->socket, F_GETFL);
	int epoll = -1;

	/* with several processes at one socket another one may have been quicker */
	if (flags < 0 || fcntl(listener->socket, F_SETFL, flags | O_NONBLOCK))
		return errno;
	TRY(open_epoll(listener, &epoll));
	connection_init(&connection, (int)listener->config->read_timeout * 1000);
	serve_all(listener, &connection, epoll);
	connection_clear(&connection);
	close(epoll);
	return 0;
}
