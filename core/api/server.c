#include "core/api/server.h"

#include <errno.h>
#include <pthread.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/api/conversation.h"
#include "core/api/lane.h"
#include "storage/log.h"

/* STOP_SECONDS: for calls to notice that they were stopped. */
enum { BACKLOG = 128, STACK_SIZE = 512 * 1024, STOP_SECONDS = 1 };

struct peer {
	struct server *server;
	struct peer *next;
	int fd;
};

struct server {
	struct engine *engine;
	int fd;
	char *path;
	pthread_t acceptor;
	pthread_mutex_t mutex;
	pthread_cond_t ended;
	struct lane *lane;
	struct peer *peers;
	int64_t count;
	struct running_list running;
	bool stopping;
};

static void converse(struct server *server, struct conversation *conversation)
{
	struct link *link = &conversation->link;
	int code = link_accept(link);

	if (!code)
		code = link_flush(link);
	while (!code && !link_await(link))
		code = lane_takes(conversation) ? lane_ride(server->lane, conversation)
						: conversation_serve(conversation);
}

static void forget(struct peer *peer)
{
	struct server *server = peer->server;
	struct peer **at;

	pthread_mutex_lock(&server->mutex);
	for (at = &server->peers; *at != peer; at = &(*at)->next)
		;
	*at = peer->next;
	server->count--;
	atomic_fetch_sub(&server->running.conversations, 1);
	pthread_cond_broadcast(&server->ended);
	pthread_mutex_unlock(&server->mutex);
	free(peer);
}

static void *conversation_thread(void *arg)
{
	struct peer *peer = arg;
	struct server *server = peer->server;
	struct conversation conversation;

	conversation_init(&conversation, server->engine, &server->running, peer->fd);
	converse(server, &conversation);
	conversation_clear(&conversation);
	pthread_mutex_lock(&server->mutex);
	close(peer->fd); /* now that nobody can shut it down any more */
	peer->fd = -1;
	pthread_mutex_unlock(&server->mutex);
	forget(peer);
	return NULL;
}

static bool may_connect(const struct server *server, int fd)
{
	const struct config_list *users = &server->engine->config->users;
	struct ucred peer;
	socklen_t size = sizeof(peer);
	size_t i;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size))
		return false;
	if (peer.uid == geteuid() || peer.uid == 0)
		return true;
	for (i = 0; i < users->count; i++) {
		char room[2048];
		struct passwd entry, *found;

		if (!getpwnam_r(users->items[i], &entry, room, sizeof(room), &found) && found &&
		    found->pw_uid == peer.uid)
			return true;
	}
	log_warning("refused a connection from user %u: see `users` in the configuration",
		    (unsigned)peer.uid);
	return false;
}

/* False: there is no room, or no thread. */
static bool start_conversation(struct server *server, int fd)
{
	struct peer *peer = memory_alloc(sizeof(*peer));
	pthread_attr_t attributes;
	pthread_t thread;
	bool room;

	peer->server = server;
	peer->fd = fd;
	pthread_mutex_lock(&server->mutex);
	room = !server->stopping && server->count < server->engine->config->threads;
	if (room) {
		peer->next = server->peers;
		server->peers = peer;
		server->count++;
		atomic_fetch_add(&server->running.conversations, 1);
	}
	pthread_mutex_unlock(&server->mutex);
	if (!room) {
		free(peer);
		return false;
	}
	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attributes, STACK_SIZE);
	if (pthread_create(&thread, &attributes, conversation_thread, peer)) {
		forget(peer);
		room = false;
	}
	pthread_attr_destroy(&attributes);
	return room;
}

static void welcome(struct server *server, int fd)
{
	bool may = may_connect(server, fd);

	if (may && start_conversation(server, fd))
		return;
	if (may)
		link_turn_away(fd);
	close(fd);
}

static void *acceptor_thread(void *arg)
{
	struct server *server = arg;
	struct timespec pause = {0, 10 * 1000 * 1000};

	for (;;) {
		int fd = accept4(server->fd, NULL, NULL, SOCK_CLOEXEC);

		if (fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOMEM))
			nanosleep(&pause, NULL);
		else if (fd < 0 && errno != EINTR && errno != ECONNABORTED)
			return NULL; /* shut down */
		else if (fd >= 0)
			welcome(server, fd);
	}
}

static int listen_on(struct server *server)
{
	struct sockaddr_un address;

	TRY(link_address(server->path, &address));
	server->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (server->fd < 0)
		return errno;
	unlink(server->path); /* the store's lock proves that nobody else serves it */
	if (bind(server->fd, (struct sockaddr *)&address, sizeof(address)) ||
	    chmod(server->path, server->engine->config->users.count ? 0666 : 0660) ||
	    listen(server->fd, BACKLOG))
		return errno;
	return 0;
}

int server_open(struct server **ret, struct engine *engine, struct arena *arena,
		struct error *error)
{
	struct server *server = memory_alloc(sizeof(*server));
	int code;

	memset(server, 0, sizeof(*server));
	server->engine = engine;
	server->fd = -1;
	server->path = strdup(engine->config->socket);
	pthread_mutex_init(&server->mutex, NULL);
	pthread_cond_init(&server->ended, NULL);
	running_init(&server->running);
	code = lane_open(&server->lane, engine->store);
	if (!code)
		code = listen_on(server);
	if (!code)
		code = pthread_create(&server->acceptor, NULL, acceptor_thread, server);
	if (code) {
		err_set(error, arena, code, "cannot listen on %s: %s", server->path,
			strerror(code));
		if (server->lane)
			lane_close(server->lane);
		if (server->fd >= 0)
			close(server->fd);
		free(server->path);
		free(server);
		return code;
	}
	*ret = server;
	return 0;
}

/* With the mutex held: until no conversation is left, or the time has come. */
static void await_end(struct server *server, const struct timespec *until)
{
	while (server->count && !pthread_cond_timedwait(&server->ended, &server->mutex, until))
		;
}

/* With the mutex held. */
static void shut_down(struct server *server, int how)
{
	struct peer *peer;

	for (peer = server->peers; peer; peer = peer->next)
		if (peer->fd >= 0)
			shutdown(peer->fd, how);
}

int64_t server_close(struct server *server, int seconds)
{
	struct timespec until;
	int64_t left;

	shutdown(server->fd, SHUT_RDWR);
	pthread_join(server->acceptor, NULL);
	close(server->fd);
	unlink(server->path);
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += seconds;
	pthread_mutex_lock(&server->mutex);
	server->stopping = true;
	shut_down(server, SHUT_RD);
	await_end(server, &until);
	if (server->count) {
		running_stop(&server->running, 0);
		shut_down(server, SHUT_RDWR); /* nor is waited for who does not read */
		until.tv_sec += STOP_SECONDS;
		await_end(server, &until);
	}
	left = server->count;
	pthread_mutex_unlock(&server->mutex);
	if (left) {
		log_warning("%ld requests were cut short", (long)left);
		return left; /* their threads still use it */
	}
	lane_close(server->lane);
	running_clear(&server->running);
	free(server->path);
	free(server);
	return 0;
}
