/*
 * The link between batchd and whoever speaks to it: length-prefixed frames over a unix socket.
 *
 * A frame is be32 length of what follows, one byte of type, payload (at most FRAME_MAX bytes).
 * One conversation at a time on a connection; who wants several in flight opens several.
 *
 *   client                                  batchd
 *   HELLO version digest seats      →
 *                                   ←       WELCOME version digest seats  or  REFUSED text  or BUSY
 *   CALL …  BODY* END               →
 *                                   ←       ANSWER status …  DATA* DONE   or  … BROKEN text
 *   CALL …                          →       (and so on)
 *
 * batchd acts only after END: a connection that breaks before it has changed nothing. The client
 * may close at any time to cancel. BROKEN after ANSWER means that the answer is cut short.
 */
#ifndef CORE_LINK_FRAME_H
#define CORE_LINK_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/un.h>

#include "storage/arena.h"
#include "storage/buffer.h"

enum { LINK_VERSION = 2, FRAME_MAX = 1024 * 1024 };

enum frame_type {
	FRAME_HELLO = 1,
	FRAME_WELCOME,
	FRAME_REFUSED,
	FRAME_CALL,
	FRAME_BODY,
	FRAME_END,
	FRAME_ANSWER,
	FRAME_DATA,
	FRAME_DONE,
	FRAME_BROKEN,
	FRAME_BUSY,
	FRAME_TYPE_MAX,
};

/* Waits at most MS milliseconds for EVENTS, as poll() names them. ERR_LINK when none came. */
typedef int link_waiter(int fd, short events, int ms);

struct link {
	int fd;
	link_waiter
		*wait;  /* NULL: the socket blocks. Otherwise it does not, and this waits for it */
	int wait_ms;    /* how long; 0 = for ever */
	uint16_t seats; /* how many of these the client and its like may have at a time */
	struct buffer in;  /* bytes received and not yet handed out */
	size_t taken;      /* bytes of `in` that the last frame occupied */
	struct buffer out; /* frames not yet sent */
	bool held;         /* link_flush() keeps them */
};

/* The address of the unix socket at PATH; ENAMETOOLONG when it does not fit in. */
int link_address(const char *path, struct sockaddr_un *ret_address);

/* Takes over the connected socket FD. */
void link_init(struct link *link, int fd);

/* Closes the socket and frees the buffers. */
void link_clear(struct link *link);

/* Queues a frame; sends when more than 64 KB have gathered. ERR_LINK when the peer has gone. */
int link_send(struct link *link, enum frame_type type, const void *payload, size_t size);

/* Sends what is queued, unless the link is held. */
int link_flush(struct link *link);

/* Sends what the socket takes without waiting; *RET_LEFT: it did not take all. */
int link_flush_at_hand(struct link *link, bool *ret_left);

/*
 * Waits for the next frame. The payload is valid until the next call on this link. ERR_LINK when
 * the peer closed, broke the protocol (unknown type, too long) or stayed silent longer than the
 * socket's SO_RCVTIMEO.
 */
int link_receive(struct link *link, enum frame_type *ret_type, struct reader *ret_payload);

/* Waits for the first bytes of the next frame, as link_receive() does. */
int link_await(struct link *link);

/* Takes in what has arrived, without waiting; ERR_LINK when the peer closed. */
int link_take_in(struct link *link);

/* The operation of the next call when that was received whole, to its END; else -1. */
int link_call_at_hand(const struct link *link);

/* True when more than the last frame has been received. */
bool link_has_more(const struct link *link);

/* True when the peer will send nothing more. */
bool link_abandoned(const struct link *link);

/* True when the peer has closed the connection: nobody waits for an answer any more. */
bool link_closed(const struct link *link);

/* How the caller of link_connect() goes about it. */
struct link_manner {
	uint16_t seats;    /* how many conversations it and its like may have at a time */
	link_waiter *wait; /* as in struct link */
	int wait_ms;       /* how long to wait for batchd once hands are shaken; 0 = for ever */
};

/*
 * Connects to the unix socket at PATH and shakes hands. *RET_REFUSAL: words of a refusal, or NULL.
 * ERR_BUSY: batchd has as many conversations as it may, or as can wait for it.
 */
int link_connect(struct link *link, struct arena *arena, const char *path,
		 const struct link_manner *manner, const char **ret_refusal);

/* The server's half of the handshake. */
int link_accept(struct link *link);

/* The whole of it for one that there is no room for. FD stays open. */
void link_turn_away(int fd);

/* Names and values, in the order in which they were given. */
struct pair {
	const char *name;
	const char *value;
};

/* Numbers from here on are not of the API but batchctl's: enum admin_command. */
enum { CALL_ADMIN = 0x8000 };

enum admin_command {
	ADMIN_IMPORT = CALL_ADMIN, /* query: file, skipBad, again; body: NDJSON */
	ADMIN_EXPORT,              /* answers with NDJSON */
	ADMIN_STATUS,              /* answers with a JSON object */
	ADMIN_BACKUP,              /* query: directory */
	ADMIN_VERIFY,              /* answers with lines of text */
	ADMIN_IMPORT_STATE,        /* query: file; answers where an interrupted run goes on */
	ADMIN_STOP,                /* query: id of a call that ADMIN_STATUS names; answers {} */
	ADMIN_REPAIR,              /* query: subject, next; sets missing removal times */
	ADMIN_MAX,
};

/* What is asked for. Strings are never NULL but where it says so. */
struct call {
	uint16_t operation; /* row of the operation table, or enum admin_command */
	const char *user;   /* authenticated user; NULL = nobody */
	const char *accept; /* media type chosen for the answer */
	const char *base;   /* URL up to and including "/engine-rest": for links */
	const char *type;   /* Content-Type of the body as received, for multipart; "" = none */
	size_t param_count; /* what stood for {} in the path, in order, decoded */
	const char **params;
	size_t query_count; /* decoded; first occurrence first */
	struct pair *query;
};

void call_encode(struct buffer *buffer, const struct call *call);

/* ERR_LINK when the payload is malformed. Strings are copied into ARENA. */
int call_decode(struct reader *payload, struct arena *arena, struct call *ret_call);

/* Head of an answer. */
struct answer_head {
	uint16_t status;
	const char *type; /* Content-Type; NULL = no body */
	size_t header_count;
	struct pair *headers; /* further ones */
};

void answer_head_encode(struct buffer *buffer, const struct answer_head *head);
int answer_head_decode(struct reader *payload, struct arena *arena, struct answer_head *ret_head);

#endif
