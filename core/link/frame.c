#include "core/link/frame.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "core/link/operation.h"
#include "storage/error.h"

enum { FLUSH_AT = 64 * 1024, OUT_KEPT = 256 * 1024, STRINGS_MAX = 4096, HANDSHAKE_SECONDS = 10 };

static const char magic[] = "batchd link";

int link_address(const char *path, struct sockaddr_un *ret_address)
{
	size_t length = strlen(path);

	memset(ret_address, 0, sizeof(*ret_address));
	ret_address->sun_family = AF_UNIX;
	if (length >= sizeof(ret_address->sun_path))
		return ENAMETOOLONG;
	memcpy(ret_address->sun_path, path, length);
	return 0;
}

void link_init(struct link *link, int fd)
{
	memset(link, 0, sizeof(*link));
	link->fd = fd;
	link->seats = 1;
}

void link_clear(struct link *link)
{
	if (link->fd >= 0)
		close(link->fd);
	link->fd = -1;
	buffer_clear(&link->in);
	buffer_clear(&link->out);
}

static int wait_for(const struct link *link, short events)
{
	return link->wait(link->fd, events, link->wait_ms ? link->wait_ms : -1);
}

static int send_queued(struct link *link, int flags, bool *ret_left)
{
	size_t sent = 0;
	int code = 0;

	while (!code && sent < link->out.length) {
		ssize_t n = send(link->fd, link->out.data + sent, link->out.length - sent,
				 MSG_NOSIGNAL | flags);

		if (n < 0 && errno == EAGAIN && flags & MSG_DONTWAIT)
			break;
		if (n < 0 && errno == EAGAIN && link->wait)
			code = wait_for(link, POLLOUT);
		else if (n <= 0 && !(n < 0 && errno == EINTR))
			code = ERR_LINK;
		sent += n > 0 ? (size_t)n : 0;
	}
	*ret_left = sent < link->out.length;
	if (code)
		return code; /* whole: who begins anew on another connection sends all of it */
	link->out.length -= sent;
	if (*ret_left)
		memmove(link->out.data, link->out.data + sent, link->out.length);
	else if (link->out.capacity > OUT_KEPT)
		buffer_clear(&link->out);
	return 0;
}

int link_flush(struct link *link)
{
	bool left;

	return link->held ? 0 : send_queued(link, 0, &left);
}

int link_flush_at_hand(struct link *link, bool *ret_left)
{
	return send_queued(link, MSG_DONTWAIT, ret_left);
}

int link_send(struct link *link, enum frame_type type, const void *payload, size_t size)
{
	buffer_put_be32(&link->out, (uint32_t)size + 1);
	buffer_put_u8(&link->out, (uint8_t)type);
	buffer_put(&link->out, payload, size);
	return link->out.length >= FLUSH_AT ? link_flush(link) : 0;
}

/* This is no time-out, whatever was before. */
static int ended(void)
{
	errno = 0;
	return ERR_LINK;
}

static int fill(struct link *link, size_t least)
{
	while (link->in.length < least) {
		uint8_t *at = buffer_reserve(&link->in, least > FLUSH_AT ? least : FLUSH_AT);
		ssize_t n = recv(link->fd, at, link->in.capacity - link->in.length, 0);

		if (n > 0)
			link->in.length += (size_t)n;
		else if (n < 0 && errno == EAGAIN && link->wait)
			TRY(wait_for(link, POLLIN));
		else if (!n)
			return ended();
		else if (errno != EINTR)
			return ERR_LINK;
	}
	return 0;
}

static void drop_taken(struct link *link)
{
	if (!link->taken)
		return;
	link->in.length -= link->taken;
	memmove(link->in.data, link->in.data + link->taken, link->in.length);
	link->taken = 0;
}

int link_await(struct link *link)
{
	drop_taken(link);
	return fill(link, 1);
}

int link_take_in(struct link *link)
{
	uint8_t *at;
	ssize_t n;

	drop_taken(link);
	at = buffer_reserve(&link->in, FLUSH_AT);
	n = recv(link->fd, at, link->in.capacity - link->in.length, MSG_DONTWAIT);
	if (!n || (n < 0 && errno != EAGAIN && errno != EINTR))
		return ERR_LINK;
	link->in.length += n > 0 ? (size_t)n : 0;
	return 0;
}

int link_call_at_hand(const struct link *link)
{
	struct reader in = reader_of(link->in.data + link->taken, link->in.length - link->taken);
	int operation = -1;

	while (reader_left(&in) >= 5) {
		uint32_t size = reader_be32(&in);
		uint8_t type = reader_u8(&in);
		struct reader payload = in;

		if (!size || !reader_take(&in, size - 1))
			return -1;
		if (operation < 0 && type == FRAME_CALL && size > 2)
			operation = reader_be16(&payload);
		else if (operation < 0 || type != FRAME_BODY)
			return type == FRAME_END ? operation : -1;
	}
	return -1;
}

int link_receive(struct link *link, enum frame_type *ret_type, struct reader *ret_payload)
{
	uint32_t size;

	drop_taken(link);
	TRY(fill(link, 5));
	size = be32_read(link->in.data);
	if (size < 1 || size > FRAME_MAX + 1)
		return ERR_LINK;
	TRY(fill(link, 4 + (size_t)size));
	if (link->in.data[4] == 0 || link->in.data[4] >= FRAME_TYPE_MAX)
		return ERR_LINK;
	link->taken = 4 + (size_t)size;
	*ret_type = (enum frame_type)link->in.data[4];
	*ret_payload = reader_of(link->in.data + 5, size - 1);
	return 0;
}

bool link_has_more(const struct link *link)
{
	return link->in.length > link->taken;
}

static bool reports(const struct link *link, short events)
{
	struct pollfd poll_fd = {.fd = link->fd, .events = events};

	return poll(&poll_fd, 1, 0) > 0 && poll_fd.revents & (events | POLLHUP | POLLERR);
}

bool link_abandoned(const struct link *link)
{
	return reports(link, POLLRDHUP);
}

bool link_closed(const struct link *link)
{
	return reports(link, 0);
}

static int say_hello(struct link *link, enum frame_type type)
{
	struct buffer hello;
	int code;

	buffer_init(&hello);
	buffer_put(&hello, magic, sizeof(magic));
	buffer_put_be16(&hello, LINK_VERSION);
	buffer_put_be64(&hello, operation_digest());
	buffer_put_be16(&hello, link->seats);
	code = link_send(link, type, hello.data, hello.length);
	buffer_clear(&hello);
	return code ? code : link_flush(link);
}

static bool hear_hello(struct reader *payload, uint16_t *ret_seats)
{
	const uint8_t *word = reader_take(payload, sizeof(magic));

	if (!word || memcmp(word, magic, sizeof(magic)) || reader_be16(payload) != LINK_VERSION ||
	    reader_be64(payload) != operation_digest())
		return false;
	*ret_seats = reader_be16(payload);
	return !payload->bad;
}

/* One that does not BLOCK finds no room, instead of waiting for it: EAGAIN. */
static int open_socket(const char *path, bool block)
{
	struct sockaddr_un address;
	int fd;

	errno = link_address(path, &address);
	if (errno)
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | (block ? 0 : SOCK_NONBLOCK), 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address))) {
		int why = errno;

		close(fd);
		errno = why;
		return -1;
	}
	return fd;
}

/* For sending and receiving; 0 = for ever. */
static void limit_waiting(int fd, int seconds)
{
	struct timeval limit = {seconds, 0};

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
}

/* batchd may hang: then this ends, too. Who is turned away is told so before he has spoken. */
static int shake_hands(struct link *link, struct arena *arena, const char **ret_refusal)
{
	enum frame_type type;
	struct reader payload;
	uint16_t seats;

	say_hello(link, FRAME_HELLO);
	TRY(link_receive(link, &type, &payload));
	if (type == FRAME_BUSY)
		return ERR_BUSY;
	if (type == FRAME_REFUSED)
		*ret_refusal =
			arena_strndup(arena, (const char *)payload.at, reader_left(&payload));
	return type == FRAME_WELCOME && hear_hello(&payload, &seats) ? 0 : ERR_LINK;
}

int link_connect(struct link *link, struct arena *arena, const char *path,
		 const struct link_manner *manner, const char **ret_refusal)
{
	int fd = open_socket(path, !manner->wait), code;

	*ret_refusal = NULL;
	link_init(link, fd);
	if (fd < 0)
		return errno == EAGAIN ? ERR_BUSY : errno;
	link->seats = manner->seats;
	link->wait = manner->wait;
	link->wait_ms = HANDSHAKE_SECONDS * 1000;
	if (!link->wait)
		limit_waiting(fd, HANDSHAKE_SECONDS);
	code = shake_hands(link, arena, ret_refusal);
	link->wait_ms = manner->wait_ms;
	if (!link->wait)
		limit_waiting(fd, manner->wait_ms / 1000);
	if (code)
		link_clear(link);
	return code;
}

int link_accept(struct link *link)
{
	static const char other[] =
		"batchd speaks another version of the link: restart batchd and the web server";
	enum frame_type type;
	struct reader payload;

	TRY(link_receive(link, &type, &payload));
	if (type == FRAME_HELLO && hear_hello(&payload, &link->seats))
		return say_hello(link, FRAME_WELCOME);
	TRY(link_send(link, FRAME_REFUSED, other, sizeof(other) - 1));
	link_flush(link);
	return ERR_LINK;
}

void link_turn_away(int fd)
{
	struct link link;
	bool left;

	link_init(&link, fd);
	if (!link_send(&link, FRAME_BUSY, NULL, 0))
		link_flush_at_hand(&link, &left);
	buffer_clear(&link.out);
}

static void put_pairs(struct buffer *buffer, const struct pair *pairs, size_t count)
{
	size_t i;

	buffer_put_varint(buffer, count);
	for (i = 0; i < count; i++) {
		buffer_put_string(buffer, pairs[i].name);
		buffer_put_string(buffer, pairs[i].value);
	}
}

static const char *take_text(struct reader *payload, struct arena *arena)
{
	const char *text = reader_string(payload, arena);

	if (!text)
		payload->bad = true;
	return text;
}

static size_t take_count(struct reader *payload)
{
	uint64_t count = reader_varint(payload);

	if (count > STRINGS_MAX) {
		payload->bad = true;
		return 0;
	}
	return (size_t)count;
}

static struct pair *take_pairs(struct reader *payload, struct arena *arena, size_t *ret_count)
{
	size_t i, count = take_count(payload);
	struct pair *pairs = arena_array(arena, count, sizeof(*pairs));

	for (i = 0; i < count && !payload->bad; i++) {
		pairs[i].name = take_text(payload, arena);
		pairs[i].value = take_text(payload, arena);
	}
	*ret_count = count;
	return pairs;
}

void call_encode(struct buffer *buffer, const struct call *call)
{
	size_t i;

	buffer_put_be16(buffer, call->operation);
	buffer_put_string(buffer, call->user);
	buffer_put_string(buffer, call->accept);
	buffer_put_string(buffer, call->base);
	buffer_put_string(buffer, call->type);
	buffer_put_varint(buffer, call->param_count);
	for (i = 0; i < call->param_count; i++)
		buffer_put_string(buffer, call->params[i]);
	put_pairs(buffer, call->query, call->query_count);
}

int call_decode(struct reader *payload, struct arena *arena, struct call *ret_call)
{
	size_t i;

	ret_call->operation = reader_be16(payload);
	ret_call->user = reader_string(payload, arena);
	ret_call->accept = take_text(payload, arena);
	ret_call->base = take_text(payload, arena);
	ret_call->type = take_text(payload, arena);
	ret_call->param_count = take_count(payload);
	ret_call->params = arena_array(arena, ret_call->param_count, sizeof(char *));
	for (i = 0; i < ret_call->param_count && !payload->bad; i++)
		ret_call->params[i] = take_text(payload, arena);
	ret_call->query = take_pairs(payload, arena, &ret_call->query_count);
	return payload->bad || reader_left(payload) ? ERR_LINK : 0;
}

void answer_head_encode(struct buffer *buffer, const struct answer_head *head)
{
	buffer_put_be16(buffer, head->status);
	buffer_put_string(buffer, head->type);
	put_pairs(buffer, head->headers, head->header_count);
}

int answer_head_decode(struct reader *payload, struct arena *arena, struct answer_head *ret_head)
{
	ret_head->status = reader_be16(payload);
	ret_head->type = reader_string(payload, arena);
	ret_head->headers = take_pairs(payload, arena, &ret_head->header_count);
	return payload->bad || reader_left(payload) ? ERR_LINK : 0;
}
