/*
 * The responder, from the bytes of a FastCGI connection to its answer, while batchd is away. The
 * first byte says how the rest is taken: as records, or as the URI and body of a request.
 */
#include "tests/fuzz/fuzz.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fcgi/responder.h"
#include "storage/buffer.h"
#include "storage/log.h"

enum { BEGIN_REQUEST = 1, PARAMS = 4, STDIN = 5, INPUT_MAX = 32 * 1024 };

static struct arena keep;
static struct config config;
static struct responder responder = {.at_a_time = 1, .seats = 1};
static struct service *service;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static const char *const overrides[] = {"home=/nonexistent", "readTimeout=1"};
	struct error error = {0};

	(void)argc;
	(void)argv;
	log_setup("fuzz", LOG_LEVEL_ERROR);
	signal(SIGPIPE, SIG_IGN);
	arena_init(&keep);
	MUST(!config_load(&config, NULL, 2, overrides, &keep, &error));
	MUST(!responder_init(&responder, &config, &keep, &error));
	service = service_new(&responder);
	return 0;
}

static void put_record(struct buffer *buffer, uint8_t type, const void *bytes, size_t size)
{
	buffer_put_u8(buffer, 1);
	buffer_put_u8(buffer, type);
	buffer_put_be16(buffer, 1);
	buffer_put_be16(buffer, (uint16_t)size);
	buffer_put_be16(buffer, 0);
	buffer_put(buffer, bytes, size);
}

static void put_param(struct buffer *params, const char *name, const char *value, size_t size)
{
	buffer_put_u8(params, (uint8_t)strlen(name));
	buffer_put_be32(params, 0x80000000u | (uint32_t)size);
	buffer_put_text(params, name);
	buffer_put(params, value, size);
}

/* A request: method by the first byte, the URI up to the first line end, the rest is the body. */
static void put_request(struct buffer *buffer, const uint8_t *data, size_t size)
{
	static const char *const methods[] = {"GET",     "POST", "PUT", "DELETE",
					      "OPTIONS", "HEAD", "X"};
	static const uint8_t begin[8] = {0, 1};
	const char *method = methods[size ? data[0] % 7 : 0], *text = (const char *)data + !!size;
	size_t left = size - !!size, uri = 0;
	struct buffer params;
	char length[24];

	while (uri < left && text[uri] != '\n')
		uri++;
	snprintf(length, sizeof(length), "%zu", left - uri);
	buffer_init(&params);
	put_param(&params, "REQUEST_METHOD", method, strlen(method));
	put_param(&params, "REQUEST_URI", text, uri);
	put_param(&params, "CONTENT_TYPE", "application/json", 16);
	put_param(&params, "CONTENT_LENGTH", length, strlen(length));
	put_record(buffer, BEGIN_REQUEST, begin, sizeof(begin));
	put_record(buffer, PARAMS, params.data, params.length);
	put_record(buffer, PARAMS, "", 0);
	put_record(buffer, STDIN, text + uri, left - uri);
	if (left > uri)
		put_record(buffer, STDIN, "", 0);
	buffer_clear(&params);
}

static void converse(const void *bytes, size_t size)
{
	int ends[2];

	MUST(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
	MUST(send(ends[0], bytes, size, MSG_NOSIGNAL) == (ssize_t)size);
	shutdown(ends[0], SHUT_WR);
	MUST(!fcntl(ends[1], F_SETFL, O_NONBLOCK));
	service_run(service, ends[1]);
	close(ends[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buffer buffer;

	if (!size || size > INPUT_MAX)
		return 0;
	buffer_init(&buffer);
	if (data[0] & 1)
		buffer_put(&buffer, data + 1, size - 1);
	else
		put_request(&buffer, data + 1, size - 1);
	converse(buffer.data, buffer.length);
	buffer_clear(&buffer);
	return 0;
}
