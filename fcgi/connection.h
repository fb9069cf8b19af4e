/*
 * A FastCGI connection with one request on it: parameters and body come in as records, the answer
 * goes out as records. (FastCGI Specification 1.0; the role is that of a responder.)
 *
 *   connection_open    reads up to the end of the parameters
 *   connection_body    hands out the body piece by piece, where it arrived
 *   connection_write   the answer, sent from where it lies, any number of times
 *   connection_finish  its last piece and the end of the request, in one go
 *   connection_close
 *
 * What the peer gets wrong ends the request: the log says what it was, the peer reads the same on
 * FCGI_STDERR where a request has begun, and the connection is closed. A second request beside the
 * first is refused with FCGI_CANT_MPX_CONN, a role but responder with FCGI_UNKNOWN_ROLE,
 * FCGI_GET_VALUES is answered.
 *
 * FCGI_KEEP_CONN is not honoured: a responder serves so many connections at a time, and those that
 * web servers keep for later would lock out others. The protocol lets a responder close.
 *
 * Memory is bounded: one record, and PARAMS_SIZE_MAX bytes of parameters. No call waits longer than
 * the time-out for the peer to go on.
 */
#ifndef FCGI_CONNECTION_H
#define FCGI_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "core/link/frame.h"
#include "fcgi/record.h"
#include "storage/buffer.h"
#include "storage/error.h"

/* Apache lets through 100 headers of 8 KB, and has some forty variables of its own. */
enum { PARAMS_MAX = 1024, PARAMS_SIZE_MAX = 1024 * 1024 };

/* Pieces of an answer that one call of connection_write() takes. */
enum { PIECES_MAX = 4 };

struct connection {
	int fd;         /* does not block */
	int timeout_ms; /* how long the peer may be silent, or not listen */
	int wait_ms;    /* how long to wait for it to speak: timeout_ms, or less near the end */

	unsigned at_a_time; /* connections of the process */
	uint16_t request;   /* its id; 0: not begun */
	size_t param_count;
	struct pair *params;
	bool body_ended;
	bool half_closed; /* the peer will send no more, but may still listen */
	bool aborted;     /* by FCGI_ABORT_REQUEST */
	bool finished;    /* the end of the request was sent */
	int code;         /* why nothing can be read any more, or 0 */

	struct fcgi_record record; /* being read */
	size_t left;               /* bytes of its content not yet taken */
	size_t padding;            /* and of what lies behind */
	uint8_t *in;               /* bytes received: those from at to end are not yet taken */
	size_t at, end;
	struct buffer list; /* the parameters: params points into it */
};

/*
 * Allocates what is used for one connection after the other. AT_A_TIME: how many connections the
 * process serves.
 */
void connection_init(struct connection *connection, int timeout_ms, unsigned at_a_time);
void connection_clear(struct connection *connection);

/*
 * Takes over FD, a connected socket that does not block, and waits for a request and its
 * parameters. ERR_LINK: the peer has gone, or is silent. ERR_INPUT: it broke the protocol, or wants
 * what we do not do. ERR_STOPPED: it aborted the request. connection_close() follows in any case.
 */
int connection_open(struct connection *connection, int fd);

/* The parameter NAME, or NULL; of several the first. Valid until connection_close(). */
const char *connection_param(const struct connection *connection, const char *name);

/*
 * The next piece of the body, valid until the next call; a size of 0 is its end. Codes are those of
 * connection_open(), and stay.
 */
int connection_body(struct connection *connection, const void **ret_bytes, size_t *ret_size);

/* A piece of an answer: it is only read. */
static inline struct iovec connection_piece(const void *bytes, size_t size)
{
	return (struct iovec){(void *)(uintptr_t)bytes, size};
}

/* Sends PIECES. False when the peer has gone or does not listen. */
bool connection_write(struct connection *connection, const struct iovec *pieces, size_t count);

/* The same, and the end of the request. Once it is sent, further calls do nothing. */
bool connection_finish(struct connection *connection, const struct iovec *pieces, size_t count);

/*
 * Looks, without waiting, whether anybody still wants the answer: false as long as the peer has
 * neither closed the connection nor aborted the request. To be asked once the body has ended.
 */
bool connection_gone(struct connection *connection);

/* Whether more has been received than the end of the body: an abort may be among it. */
bool connection_has_more(const struct connection *connection);

/* What poll() should wait for on `fd` before it is worth while to ask connection_gone(). */
short connection_events(const struct connection *connection);

/*
 * Closes. What is still on its way from a peer that has its answer is read and forgotten, or the
 * peer would lose the answer; a request that was not finished is cut, which the peer notices.
 */
void connection_close(struct connection *connection);

#endif
