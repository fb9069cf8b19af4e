/*
 * A request, "METHOD URI", line end, body, through the link into a batchd of our own that holds the
 * first lines of the sample history: whatever it is, one complete answer comes back.
 */
#include "tests/fuzz/fuzz.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "core/api/server.h"
#include "core/transfer/import.h"
#include "core/link/frame.h"
#include "fcgi/route.h"
#include "fcgi/uri.h"
#include "storage/log.h"

enum {
	HISTORY_MAX = 2 * 1024 * 1024,
	INPUT_MAX = 64 * 1024,
	ANSWER_SECONDS = 50,
	/* a store keeps what requests made, and lists of it get longer: then another one serves */
	REQUESTS_MAX = 2000,
};

static const char history_path[] = "tests/conformance/dataset/company.ndjson";

static struct arena keep; /* of the store that serves, and all about it */
static struct config config;
static struct engine engine;
static struct server *server;
static struct route *routes;
static struct link line;
static unsigned requests;
static char home[128];

static int remove_one(const char *path, const struct stat *stat, int type, struct FTW *ftw)
{
	(void)stat;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void clean_up(void)
{
	nftw(home, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* Whole lines of the sample, as many as fit. */
static void import_history(void)
{
	struct import_options options = {.name = ""};
	struct import_progress progress;
	struct error error = {0};
	struct import *import;
	char *text = arena_alloc(&keep, HISTORY_MAX);
	FILE *file = fopen(history_path, "re");
	size_t size;

	MUST(file);
	size = fread(text, 1, HISTORY_MAX, file);
	fclose(file);
	while (size && text[size - 1] != '\n')
		size--;
	MUST(!import_begin(&import, &engine, &options, &keep, &error, &progress));
	MUST(!import_feed(import, text, size, &error));
	MUST(!import_finish(import, &error, &progress));
	MUST(progress.instances > 0);
	import_end(import, false);
}

static void connect_line(void)
{
	struct timeval timeout = {.tv_sec = ANSWER_SECONDS};
	const char *refusal;

	MUST(!link_connect(&line, &keep, config.socket, &(struct link_manner){.seats = 1},
			   &refusal));
	MUST(!setsockopt(line.fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)));
}

static void begin(void)
{
	const char *overrides[4];
	struct error error = {0};

	arena_init(&keep);
	overrides[0] = arena_printf(&keep, "home=%s/store", home);
	overrides[1] = "reserveSize=0";
	overrides[2] = "cacheSize=8M";
	overrides[3] = "batchPollTime=0";
	MUST(!config_load(&config, NULL, 4, overrides, &keep, &error));
	MUST(!engine_open(&engine, &config, &keep, &error));
	import_history();
	MUST(!server_open(&server, &engine, &keep, &error));
	routes = route_build(&keep);
	connect_line();
	requests = 0;
}

static void begin_again(void)
{
	link_clear(&line);
	server_close(server, 0);
	engine_close(&engine);
	clean_up();
	MUST(!mkdir(home, 0700));
	arena_clear(&keep);
	begin();
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	log_setup("fuzz", LOG_LEVEL_ERROR);
	snprintf(home, sizeof(home), "%s/fuzz-request-XXXXXX", fuzz_directory());
	MUST(mkdtemp(home));
	atexit(clean_up);
	begin();
	return 0;
}

static bool split(char *text, size_t size, enum method *ret_method, char **ret_uri, char **ret_body)
{
	char *space = memchr(text, ' ', size), *end = memchr(text, '\n', size);
	int method;

	if (!space || (end && end < space))
		return false;
	*space = 0;
	*ret_uri = space + 1;
	*ret_body = end ? end + 1 : text + size;
	if (end)
		*end = 0;
	for (method = 0; method < METHOD_MAX; method++)
		if (!strcmp(text, method_names[method])) {
			*ret_method = (enum method)method;
			return true;
		}
	return false;
}

static void send_call(const struct call *call, const char *body, size_t size)
{
	struct buffer buffer;

	buffer_init(&buffer);
	call_encode(&buffer, call);
	MUST(!link_send(&line, FRAME_CALL, buffer.data, buffer.length));
	buffer_clear(&buffer);
	if (size)
		MUST(!link_send(&line, FRAME_BODY, body, size));
	MUST(!link_send(&line, FRAME_END, "", 0));
	MUST(!link_flush(&line));
}

static void read_answer(struct arena *arena)
{
	struct answer_head head;
	struct reader payload;
	enum frame_type type;

	MUST(!link_receive(&line, &type, &payload) && type == FRAME_ANSWER);
	MUST(!answer_head_decode(&payload, arena, &head));
	MUST(head.status >= 200 && head.status < 600);
	do
		MUST(!link_receive(&line, &type, &payload));
	while (type == FRAME_DATA);
	MUST(type == FRAME_DONE);
}

static void ask(struct arena *arena, char *text, size_t size)
{
	struct call call = {.accept = "application/json",
			    .base = "http://fuzz/engine-rest",
			    .type = "application/json"};
	const char *params[URI_SEGMENTS_MAX];
	const struct route *route;
	struct uri uri = {0};
	enum method method;
	char *target, *body;
	int number;

	if (!split(text, size, &method, &target, &body))
		return;
	if (uri_parse(target, "/engine-rest", arena, &uri) != URI_OK)
		return;
	route = route_find(routes, uri.segments, uri.count, params, &call.param_count);
	number = route ? route_operation(route, method) : -1;
	if (number < 0)
		return;
	call.operation = (uint16_t)number;
	call.params = params;
	call.query_count = uri.query_count;
	call.query = uri.query;
	send_call(&call, body, size - (size_t)(body - text));
	read_answer(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena;

	if (size > INPUT_MAX)
		return 0;
	if (++requests > REQUESTS_MAX)
		begin_again();
	arena_init(&arena);
	ask(&arena, arena_strndup(&arena, (const char *)data, size), size);
	arena_clear(&arena);
	return 0;
}
