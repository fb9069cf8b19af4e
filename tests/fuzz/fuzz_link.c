/*
 * The link: a call that can be read is written and read again as the same; bytes on the socket are
 * frames or an error.
 */
#include "tests/fuzz/fuzz.h"

#include <string.h>
#include <sys/socket.h>

#include "core/link/frame.h"

static void read_call(const uint8_t *data, size_t size)
{
	struct arena arena;
	struct call call, again;
	struct buffer buffer;
	struct reader reader = reader_of(data, size);

	arena_init(&arena);
	buffer_init(&buffer);
	if (!call_decode(&reader, &arena, &call)) {
		call_encode(&buffer, &call);
		reader = reader_of(buffer.data, buffer.length);
		MUST(!call_decode(&reader, &arena, &again));
		MUST(again.operation == call.operation && again.query_count == call.query_count);
		MUST(again.param_count == call.param_count && !strcmp(again.base, call.base));
	}
	buffer_clear(&buffer);
	arena_clear(&arena);
}

static void read_head(const uint8_t *data, size_t size)
{
	struct arena arena;
	struct answer_head head;
	struct reader reader = reader_of(data, size);

	arena_init(&arena);
	answer_head_decode(&reader, &arena, &head);
	arena_clear(&arena);
}

static void read_frames(const uint8_t *data, size_t size)
{
	struct link link;
	struct reader payload;
	enum frame_type type;
	int pair[2];

	MUST(!socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	MUST(send(pair[0], data, size, MSG_NOSIGNAL) == (ssize_t)size);
	shutdown(pair[0], SHUT_WR);
	link_init(&link, pair[1]);
	while (!link_receive(&link, &type, &payload))
		MUST(type > 0 && type < FRAME_TYPE_MAX && reader_left(&payload) <= FRAME_MAX);
	link_clear(&link);
	link_init(&link, pair[0]);
	link_clear(&link);
}

static void shake_hands(const uint8_t *data, size_t size)
{
	struct link link;
	int pair[2];

	MUST(!socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	MUST(send(pair[0], data, size, MSG_NOSIGNAL) == (ssize_t)size);
	shutdown(pair[0], SHUT_WR);
	link_init(&link, pair[1]);
	link_accept(&link);
	link_clear(&link);
	link_init(&link, pair[0]);
	link_clear(&link);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	read_call(data, size);
	read_head(data, size);
	read_frames(data, size);
	shake_hands(data, size);
	return 0;
}
