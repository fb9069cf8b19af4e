/*
 * Stands in for batchd where a test wants answers that the real one gives rarely: long ones, slow
 * ones, broken ones. Speaks core/link/frame.h; usage: fake_batchd SOCKET
 *
 * By path: GET /job/{id}/stacktrace answers by the id - "big" 3 MB of text, "huge" 100 MB, "broken"
 * 1 MB and then BROKEN, "torn" 1 MB and then nothing, "slow" after 5 s. Whatever names an id "die"
 * is not answered at all, "unknown" is 404. Calls with a body are answered
 * {"received":N,"user":…,"frames":N}, all others {"operation":N,"params":N}.
 */
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/link/operation.h"
#include "core/link/frame.h"
#include "storage/arena.h"
#include "storage/error.h"
#include "storage/log.h"

enum { PIECE = 64 * 1024, MEGABYTE = 1024 * 1024, SLOW_MS = 5000 };

static char piece[PIECE];

static int send_head(struct link *link, int status, const char *type)
{
	struct answer_head head = {.status = (uint16_t)status, .type = type};
	struct buffer buffer;
	int code;

	buffer_init(&buffer);
	answer_head_encode(&buffer, &head);
	code = link_send(link, FRAME_ANSWER, buffer.data, buffer.length);
	buffer_clear(&buffer);
	return code;
}

static int send_text(struct link *link, int status, const char *type, const char *text)
{
	TRY(send_head(link, status, type));
	TRY(link_send(link, FRAME_DATA, text, strlen(text)));
	TRY(link_send(link, FRAME_DONE, NULL, 0));
	return link_flush(link);
}

static int send_long(struct link *link, size_t size)
{
	TRY(send_head(link, 200, "text/plain"));
	for (; size; size -= PIECE)
		TRY(link_send(link, FRAME_DATA, piece, PIECE));
	return 0;
}

static int send_broken(struct link *link)
{
	TRY(send_long(link, MEGABYTE));
	TRY(link_send(link, FRAME_BROKEN, "on purpose", 10));
	return link_flush(link);
}

static int send_done(struct link *link, size_t size)
{
	TRY(send_long(link, size));
	TRY(link_send(link, FRAME_DONE, NULL, 0));
	return link_flush(link);
}

static int send_torn(struct link *link)
{
	TRY(send_long(link, MEGABYTE));
	TRY(link_flush(link));
	return ERR_STOPPED;
}

/* Waits; true when the caller has gone meanwhile. */
static bool left_alone(const struct link *link)
{
	struct pollfd poll_fd = {.fd = link->fd, .events = POLLRDHUP};

	log_info("this answer is slow");
	if (poll(&poll_fd, 1, SLOW_MS) <= 0)
		return false;
	log_info("left alone");
	return true;
}

/* The stack trace of a job with a telling name. */
static int answer_stacktrace(struct link *link, const char *id)
{
	if (!strcmp(id, "big"))
		return send_done(link, 3 * MEGABYTE);
	if (!strcmp(id, "huge"))
		return send_done(link, (size_t)100 * MEGABYTE);
	if (!strcmp(id, "broken"))
		return send_broken(link);
	if (!strcmp(id, "torn"))
		return send_torn(link);
	if (!strcmp(id, "slow") && left_alone(link))
		return ERR_STOPPED;
	return send_text(link, 200, "text/plain", "trace");
}

static int answer(struct link *link, const struct call *call, size_t received, size_t frames)
{
	size_t count;
	const struct operation *operation = &operation_table(&count)[call->operation];
	char text[512];

	if (call->param_count && !strcmp(call->params[0], "die"))
		_exit(1);
	if (call->param_count && !strcmp(call->params[0], "unknown"))
		return send_text(link, 404, "application/json", "{\"message\":\"no such id\"}");
	if (call->param_count && strstr(operation->path, "/stacktrace"))
		return answer_stacktrace(link, call->params[0]);
	if (!strcmp(operation->path, "/version"))
		return send_text(link, 200, "application/json", "{\"version\":\"7.24.0\"}");
	if (operation->body != BODY_NONE)
		snprintf(text, sizeof(text), "{\"received\":%zu,\"user\":\"%s\",\"frames\":%zu}",
			 received, call->user ? call->user : "", frames);
	else
		snprintf(text, sizeof(text),
			 "{\"operation\":%u,\"params\":%zu,\"query\":%zu,\"user\":\"%s\"}",
			 call->operation, call->param_count, call->query_count,
			 call->user ? call->user : "");
	return send_text(link, 200, "application/json", text);
}

static int serve_call(struct link *link, struct arena *arena)
{
	enum frame_type type;
	struct reader payload;
	struct call call;
	size_t received = 0, frames = 0;

	TRY(link_receive(link, &type, &payload));
	if (type != FRAME_CALL)
		return ERR_LINK;
	TRY(call_decode(&payload, arena, &call));
	for (;;) {
		TRY(link_receive(link, &type, &payload));
		if (type == FRAME_END)
			return answer(link, &call, received, frames);
		received += reader_left(&payload);
		frames++;
	}
}

static void *serve(void *arg)
{
	struct link link;
	struct arena arena;
	int code;

	arena_init(&arena);
	link_init(&link, (int)(intptr_t)arg);
	code = link_accept(&link);
	while (!code) {
		code = serve_call(&link, &arena);
		arena_clear(&arena);
	}
	link_clear(&link);
	return NULL;
}

int main(int argc, char **argv)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	pthread_t thread;

	if (argc != 2 || strlen(argv[1]) >= sizeof(address.sun_path))
		return 2;
	strcpy(address.sun_path, argv[1]);
	unlink(argv[1]);
	memset(piece, 'x', sizeof(piece));
	signal(SIGPIPE, SIG_IGN);
	umask(0);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) || listen(fd, 64))
		return 1;
	log_info("ready");
	for (;;) {
		int peer = accept(fd, NULL, NULL);

		if (peer >= 0 && !pthread_create(&thread, NULL, serve, (void *)(intptr_t)peer))
			pthread_detach(thread);
	}
}
