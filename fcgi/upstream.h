/*
 * A connection of the responder to batchd, for one request at a time: made on demand, kept between
 * requests.
 *
 * A kept connection may have gone stale meanwhile (batchd was restarted). That is noticed before
 * anything was executed: as long as not all of a call has been sent, or when the call only reads,
 * it is made once more on a new connection.
 */
#ifndef FCGI_UPSTREAM_H
#define FCGI_UPSTREAM_H

#include <stdbool.h>

#include "core/config.h"
#include "core/link/frame.h"
#include "fcgi/connection.h"
#include "storage/arena.h"
#include "storage/buffer.h"

struct upstream {
	const struct config *config;
	uint16_t seats; /* how many like this there may be */
	struct link link;
	bool open;
	bool kept;           /* the connection has served a request before */
	bool flushed;        /* something of this call was sent for good */
	bool reads;          /* the call changes nothing */
	bool timed_out;      /* why the last ERR_LINK came */
	struct buffer again; /* the whole call, while it may have to be sent once more */
	const char *refusal; /* batchd's words when it refused the connection, or NULL */
};

/* SEATS: how many like this one batchd has to expect, in this process and beside it. */
void upstream_init(struct upstream *upstream, const struct config *config, uint16_t seats);

/* Closes the connection: what was under way is cancelled. */
void upstream_drop(struct upstream *upstream);

/* Begins a call. Fails when batchd cannot be reached or speaks another version. */
int upstream_call(struct upstream *upstream, struct arena *arena, const struct call *call,
		  bool reads);

int upstream_body(struct upstream *upstream, struct arena *arena, const void *bytes, size_t size);

/* The call is complete: batchd may act. */
int upstream_end(struct upstream *upstream, struct arena *arena);

/*
 * The next frame of the answer; valid until the next call. ERR_STOPPED when the CLIENT has gone
 * while batchd worked on it.
 */
int upstream_receive(struct upstream *upstream, struct arena *arena, struct connection *client,
		     enum frame_type *ret_type, struct reader *ret_payload);

/* The answer is complete; the connection waits for the next request. */
void upstream_keep(struct upstream *upstream);

#endif
