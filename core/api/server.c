#include "core/api/body_shape.h"
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

#include "core/admin/admin.h"
#include "core/api/handler.h"
#include "core/history/history.h"
#include "core/history/id_list.h"
#include "core/history/purger.h"
#include "core/link/frame.h"
#include "core/link/operation.h"
#include "storage/log.h"

/* STOP_SECONDS: for calls to notice that they were stopped. */
enum { BACKLOG = 128, STACK_SIZE = 512 * 1024, STOP_SECONDS = 1 };

struct conversation {
	struct server *server;
	struct conversation *next;
	int fd;
};

struct server {
	struct engine *engine;
	int fd;
	char *path;
	pthread_t acceptor;
	pthread_mutex_t mutex;
	pthread_cond_t ended;
	struct conversation *conversations;
	int64_t count;
	struct running_list running;
	bool stopping;
};

/* Bodies that may hold a million ids: the array that is streamed out of them. */
static const struct {
	const char *path;
	const char *key;
} diverted_paths[] = {
	{"/history/process-instance/delete",                                  "historicProcessInstanceIds" },
	{"/history/process-instance/set-removal-time",                        "historicProcessInstanceIds" },
	{"/history/decision-instance/delete",                                 "historicDecisionInstanceIds"},
	{"/history/decision-instance/set-removal-time",                       "historicDecisionInstanceIds"},
	{"/job/retries",						      "jobIds"                     },
	{"/external-task/retries",					    "externalTaskIds"            },
	{"/external-task/retries-async",                                      "externalTaskIds"            },
	{"/process-instance/delete",					  "processInstanceIds"         },
	{"/process-instance/suspended-async",                                 "processInstanceIds"         },
	{"/process-instance/message-async",                                   "processInstanceIds"         },
	{"/process-instance/delete-historic-query-based",                     "processInstanceIds"         },
	{"/process-instance/variables-async",                                 "processInstanceIds"         },
	{"/process-instance/job-retries",                                     "processInstances"           },
	{"/process-instance/job-retries-historic-query-based",                "processInstances"           },
	{"/process-definition/key/{key}/restart",                             "processInstanceIds"         },
	{"/process-definition/key/{key}/restart-async",                       "processInstanceIds"         },
	{"/process-definition/key/{key}/tenant-id/{tenant-id}/restart",       "processInstanceIds"         },
	{"/process-definition/key/{key}/tenant-id/{tenant-id}/restart-async", "processInstanceIds"         },
	{"/modification/execute",					     "processInstanceIds"         },
	{"/modification/executeAsync",					"processInstanceIds"         },
	{"/process-definition/{id}/restart",                                  "processInstanceIds"         },
	{"/process-definition/{id}/restart-async",                            "processInstanceIds"         },
};

static const char *diverted_key(const char *path)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(diverted_paths); i++)
		if (!strcmp(diverted_paths[i].path, path))
			return diverted_paths[i].key;
	return NULL;
}

/* What takes the pieces of a body: at most one of the two. */
struct body_taker {
	struct json_parser *parser;
	struct buffer *bytes;
};

/* Reads the body to its END; without one the call never happened. */
static int read_body(struct link *link, const struct body_taker *taker, int *ret_code)
{
	enum frame_type type;
	struct reader payload;
	int code = 0;

	for (;;) {
		TRY(link_receive(link, &type, &payload));
		if (type == FRAME_END)
			break;
		if (type != FRAME_BODY)
			return ERR_LINK;
		if (taker->parser && !code)
			code = json_parser_feed(taker->parser, payload.at, reader_left(&payload));
		if (taker->bytes)
			buffer_put(taker->bytes, payload.at, reader_left(&payload));
	}
	*ret_code = code;
	return 0;
}

static int refuse_null(struct request *request, const char *path)
{
	const char *words = body_shape_null_words(path);

	if (words)
		return request_fail(request, ERR_INVALID, "%s", words);
	return request_fail(request, ERR_NULL_POINTER, "the body is null: an object is wanted");
}

static int read_json(struct request *request, const struct operation *operation, int *ret_code)
{
	struct json_parser *parser = json_parser_begin(request->arena);
	const char *key = diverted_key(operation->path);
	struct json *body = NULL;
	int code, ended;

	if (key)
		json_parser_divert(parser, key, id_list_add, id_list_reset, request->diverted);
	code = read_body(request->link, &(struct body_taker){.parser = parser}, ret_code);
	ended = json_parser_end(parser, &body);
	if (code)
		return code;
	if (!*ret_code)
		*ret_code = ended;
	if (!*ret_code && body->type != JSON_OBJECT && body->type != JSON_NULL)
		*ret_code = ERR_INPUT;
	if (!*ret_code && body->type == JSON_NULL)
		*ret_code = refuse_null(request, operation->path);
	if (key)
		request->diverted->given = json_present(body, key) != NULL;
	request->body = body;
	if (!*ret_code)
		*ret_code = body_shape_check(request, operation->path);
	return 0;
}

/* BYTES are what request->upload points into. */
static int read_upload(struct request *request, struct buffer *bytes, int *ret_code)
{
	TRY(read_body(request->link, &(struct body_taker){.bytes = bytes}, ret_code));
	request->upload = (struct bytes){bytes->data, bytes->length};
	return 0;
}

static int read_any(struct request *request, const struct operation *operation,
		    struct buffer *upload, int *ret_code)
{
	if (operation->body == BODY_JSON)
		return read_json(request, operation, ret_code);
	if (operation->body == BODY_MULTIPART)
		return read_upload(request, upload, ret_code);
	return read_body(request->link, &(struct body_taker){0}, ret_code);
}

static int serve_operation(struct request *request)
{
	const struct operation *operation;
	size_t count;
	handler handle = handler_of(request->call->operation);
	struct buffer upload;
	int code = 0, link_code;

	operation = operation_table(&count);
	if (request->call->operation >= count)
		return ERR_LINK;
	operation += request->call->operation;
	purger_note_request(request->engine->history);
	buffer_init(&upload);
	link_code = read_any(request, operation, &upload, &code);
	if (link_code) {
		buffer_clear(&upload);
		return link_code;
	}
	if (!code)
		code = handle ? handle(request)
			      : request_fail(request, ERR_REST_501,
					     "batchd does not offer %s %s yet",
					     method_names[operation->method], operation->path);
	code = request_finish(request, code);
	buffer_clear(&upload);
	return code;
}

/* A call that was not finished costs something and answers nobody: the log has it. */
static void note_unfinished(const struct running_call *running)
{
	struct running_view view = running_view(running);

	if (view.stopped && !running->gone)
		log_info("%s %s was stopped after %.1f s", view.method, view.path, view.seconds);
	else
		log_info("%s %s: the caller has gone after %.1f s", view.method, view.path,
			 view.seconds);
}

static int serve_call(struct server *server, struct link *link, struct arena *arena,
		      struct reader *payload)
{
	struct running_call running;
	struct call call;
	struct request request = {.engine = server->engine,
				  .arena = arena,
				  .link = link,
				  .call = &call,
				  .running = &running};
	struct id_list ids;
	int code;

	TRY(call_decode(payload, arena, &call));
	running_begin(&server->running, &running, &call, link);
	id_list_init(&ids, arena);
	request.diverted = &ids;
	code = call.operation >= CALL_ADMIN ? admin_serve(&request) : serve_operation(&request);
	id_list_clear(&ids);
	running_end(&running);
	if (atomic_load(&running.stopped) || (code == ERR_LINK && request.begun))
		note_unfinished(&running);
	return code;
}

static void converse(struct server *server, struct link *link, struct arena *arena)
{
	enum frame_type type;
	struct reader payload;

	if (link_accept(link) || link_flush(link))
		return;
	while (!link_receive(link, &type, &payload)) {
		if (type != FRAME_CALL || serve_call(server, link, arena, &payload))
			return;
		arena_clear(arena);
		if (link->in.capacity > 1024 * 1024 && link->in.length == link->taken) {
			buffer_clear(&link->in); /* big bodies are rare */
			link->taken = 0;
		}
	}
}

static void forget(struct conversation *conversation)
{
	struct server *server = conversation->server;
	struct conversation **at;

	pthread_mutex_lock(&server->mutex);
	for (at = &server->conversations; *at != conversation; at = &(*at)->next)
		;
	*at = conversation->next;
	server->count--;
	atomic_fetch_sub(&server->running.conversations, 1);
	pthread_cond_broadcast(&server->ended);
	pthread_mutex_unlock(&server->mutex);
	free(conversation);
}

static void *conversation_thread(void *arg)
{
	struct conversation *conversation = arg;
	struct arena arena;
	struct link link;

	arena_init(&arena);
	link_init(&link, conversation->fd);
	converse(conversation->server, &link, &arena);
	arena_clear(&arena);
	link.fd = -1; /* closed below, when nobody can shut it down any more */
	link_clear(&link);
	pthread_mutex_lock(&conversation->server->mutex);
	close(conversation->fd);
	conversation->fd = -1;
	pthread_mutex_unlock(&conversation->server->mutex);
	forget(conversation);
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

static bool start_conversation(struct server *server, int fd)
{
	struct conversation *conversation = memory_alloc(sizeof(*conversation));
	pthread_attr_t attributes;
	pthread_t thread;
	bool room;

	conversation->server = server;
	conversation->fd = fd;
	pthread_mutex_lock(&server->mutex);
	room = !server->stopping && server->count < server->engine->config->threads;
	if (room) {
		conversation->next = server->conversations;
		server->conversations = conversation;
		server->count++;
		atomic_fetch_add(&server->running.conversations, 1);
	}
	pthread_mutex_unlock(&server->mutex);
	if (!room) {
		free(conversation);
		return false;
	}
	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attributes, STACK_SIZE);
	if (pthread_create(&thread, &attributes, conversation_thread, conversation)) {
		forget(conversation);
		room = false;
	}
	pthread_attr_destroy(&attributes);
	return room;
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
		else if (fd >= 0 && (!may_connect(server, fd) || !start_conversation(server, fd)))
			close(fd);
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
	server->path = strdup(engine->config->socket);
	pthread_mutex_init(&server->mutex, NULL);
	pthread_cond_init(&server->ended, NULL);
	running_init(&server->running);
	code = listen_on(server);
	if (!code)
		code = pthread_create(&server->acceptor, NULL, acceptor_thread, server);
	if (code) {
		err_set(error, arena, code, "cannot listen on %s: %s", server->path,
			strerror(code));
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

void server_close(struct server *server, int seconds)
{
	struct conversation *conversation;
	struct timespec until;

	shutdown(server->fd, SHUT_RDWR);
	pthread_join(server->acceptor, NULL);
	close(server->fd);
	unlink(server->path);
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += seconds;
	pthread_mutex_lock(&server->mutex);
	server->stopping = true;
	for (conversation = server->conversations; conversation; conversation = conversation->next)
		if (conversation->fd >= 0)
			shutdown(conversation->fd, SHUT_RD);
	await_end(server, &until);
	if (server->count && !running_stop(&server->running, 0)) {
		until.tv_sec += STOP_SECONDS;
		await_end(server, &until);
	}
	if (server->count)
		log_warning("%ld requests were cut short", (long)server->count);
	pthread_mutex_unlock(&server->mutex);
	if (server->count)
		return; /* their threads still use it */
	running_clear(&server->running);
	free(server->path);
	free(server);
}
