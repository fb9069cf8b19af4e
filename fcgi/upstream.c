#include "fcgi/upstream.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "fcgi/fiber.h"
#include "storage/clock.h"
#include "storage/error.h"

/*
 * ALONE_MS: how long only batchd is watched. BUSY: while it has no room for another conversation,
 * as when a web server starts anew and its old responders have not ended.
 */
enum { AGAIN_MAX = 64 * 1024, ALONE_MS = 50, BUSY_MS = 20, BUSY_TRIES = 100 };

void upstream_init(struct upstream *upstream, const struct config *config, uint16_t seats)
{
	memset(upstream, 0, sizeof(*upstream));
	upstream->config = config;
	upstream->seats = seats;
	upstream->link.fd = -1;
	buffer_init(&upstream->again);
}

void upstream_drop(struct upstream *upstream)
{
	if (upstream->open)
		link_clear(&upstream->link);
	upstream->open = false;
	upstream->again.length = 0;
}

static int connect_anew(struct upstream *upstream, struct arena *arena)
{
	const struct link_manner manner = {
		.seats = upstream->seats,
		.wait = fiber_wait,
		.wait_ms = (int)upstream->config->request_timeout * 1000,
	};
	int tries = BUSY_TRIES, code;

	upstream->kept = upstream->flushed = false;
	while ((code = link_connect(&upstream->link, arena, upstream->config->socket, &manner,
				    &upstream->refusal)) == ERR_BUSY &&
	       --tries)
		fiber_sleep(BUSY_MS);
	upstream->open = !code;
	return code;
}

/* Sends BYTES, whole frames, on a new connection. */
static int send_again(struct upstream *upstream, struct arena *arena, const struct buffer *bytes)
{
	struct buffer copy = {
		.data = arena_copy(arena, bytes->data, bytes->length),
		.length = bytes->length,
	};

	upstream_drop(upstream);
	TRY(connect_anew(upstream, arena));
	buffer_put(&upstream->link.out, copy.data, copy.length);
	return link_flush(&upstream->link);
}

static void note_failure(struct upstream *upstream, int code)
{
	upstream->timed_out = code == ERR_LINK && (errno == EAGAIN || errno == EWOULDBLOCK);
}

/* What to do about the CODE with which sending ended: all unsent frames are still queued. */
static int sent(struct upstream *upstream, struct arena *arena, int code)
{
	if (code && upstream->kept && !upstream->flushed)
		code = send_again(upstream, arena, &upstream->link.out);
	if (code)
		note_failure(upstream, code);
	if (!code && !upstream->link.out.length)
		upstream->flushed = true;
	return code;
}

int upstream_call(struct upstream *upstream, struct arena *arena, const struct call *call,
		  bool reads)
{
	struct buffer payload;
	int code;

	upstream->refusal = NULL;
	upstream->timed_out = false;
	if (upstream->open && link_abandoned(&upstream->link))
		upstream_drop(upstream);
	if (!upstream->open)
		TRY(connect_anew(upstream, arena));
	upstream->flushed = false;
	upstream->reads = reads;
	upstream->again.length = 0;
	buffer_init(&payload);
	call_encode(&payload, call);
	if (payload.length > FRAME_MAX) {
		buffer_clear(&payload);
		return ERR_INPUT;
	}
	errno = 0;
	code = link_send(&upstream->link, FRAME_CALL, payload.data, payload.length);
	buffer_clear(&payload);
	return sent(upstream, arena, code);
}

int upstream_body(struct upstream *upstream, struct arena *arena, const void *bytes, size_t size)
{
	errno = 0;
	return sent(upstream, arena, link_send(&upstream->link, FRAME_BODY, bytes, size));
}

int upstream_end(struct upstream *upstream, struct arena *arena)
{
	int code;

	errno = 0;
	code = link_send(&upstream->link, FRAME_END, NULL, 0);
	/* a call that changes something is not repeated once END may have arrived */
	if (!code && !upstream->flushed && upstream->kept && upstream->reads &&
	    upstream->link.out.length <= AGAIN_MAX)
		buffer_put(&upstream->again, upstream->link.out.data, upstream->link.out.length);
	if (!code)
		code = link_flush(&upstream->link);
	if (code && upstream->reads)
		return sent(upstream, arena, code);
	note_failure(upstream, code);
	return code;
}

/*
 * Until batchd speaks, or the client has gone. Most answers are there before it is worth while to
 * watch the client, too.
 */
static int await(struct upstream *upstream, struct connection *client)
{
	const int64_t timeout = upstream->config->request_timeout * 1000;
	int64_t last = clock_monotonic_us() / 1000 + timeout, left = timeout;
	struct pollfd fds[2] = {
		{.fd = upstream->link.fd, .events = POLLIN},
                {.fd = client->fd                      }
        };
	size_t count = 1;

	if (connection_has_more(client) && connection_gone(client))
		return ERR_STOPPED;
	while (left > 0 && !link_has_more(&upstream->link)) {
		int n;

		fds[1].events = connection_events(client);
		n = fiber_poll(fds, count, count == 1 && left > ALONE_MS ? ALONE_MS : (int)left);
		if (n < 0 && errno != EINTR)
			return ERR_LINK;
		if (n > 0 && fds[0].revents)
			return 0;
		if (n > 0 && connection_gone(client))
			return ERR_STOPPED;
		left = last - clock_monotonic_us() / 1000;
		count = 2;
	}
	upstream->timed_out = left <= 0;
	return upstream->timed_out ? ERR_LINK : 0;
}

static int receive(struct upstream *upstream, struct connection *client, enum frame_type *ret_type,
		   struct reader *ret_payload)
{
	int code;

	TRY(await(upstream, client));
	errno = 0;
	code = link_receive(&upstream->link, ret_type, ret_payload);
	note_failure(upstream, code);
	return code;
}

int upstream_receive(struct upstream *upstream, struct arena *arena, struct connection *client,
		     enum frame_type *ret_type, struct reader *ret_payload)
{
	int code = receive(upstream, client, ret_type, ret_payload);

	if (code == ERR_LINK && upstream->again.length && !upstream->timed_out) {
		struct buffer again = {
			.data = arena_copy(arena, upstream->again.data, upstream->again.length),
			.length = upstream->again.length};

		TRY(send_again(upstream, arena, &again));
		code = receive(upstream, client, ret_type, ret_payload);
	}
	upstream->again.length = 0;
	return code;
}

void upstream_keep(struct upstream *upstream)
{
	upstream->kept = true;
}
