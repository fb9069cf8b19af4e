/*
 * A request's body on its way to batchd: counted, inflated, checked, and handed on in pieces.
 *
 * Nothing here knows where the bytes come from or go to, and little is kept: a body of any size
 * passes through a few buffers of fixed size.
 */
#ifndef FCGI_BODY_H
#define FCGI_BODY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <zlib.h>

#include "fcgi/json_check.h"

enum body_result {
	BODY_OK,
	BODY_TOO_LARGE, /* more than max_size, inflated more than max_inflated, or one giant token
			 */
	BODY_BAD_GZIP,
	BODY_BAD_JSON,
	BODY_REFUSED, /* the sink gave up: its code is in sink_code */
};

/* Takes SIZE bytes; anything but 0 stops the body. */
typedef int body_sink(void *arg, const void *bytes, size_t size);

struct body {
	/* set by the caller */
	bool json;            /* check it; an empty body becomes {}; a byte order mark is dropped */
	bool gzip;            /* inflate it */
	int64_t max_size;     /* bytes as received */
	int64_t max_inflated; /* bytes when inflated */
	body_sink *sink;
	void *sink_arg;

	/* results */
	int64_t received;
	int64_t passed; /* bytes handed to the sink */
	int sink_code;

	/* private */
	z_stream inflater;
	uint8_t *piece; /* of what is inflated */
	bool inflating, member_ended;
	uint8_t mark[3]; /* the first bytes, until they are known not to be a byte order mark */
	size_t mark_size;
	bool mark_done;
	struct json_check check;
};

/* Call after the caller's fields are set; body_clear() ends what it began. */
void body_begin(struct body *body);
void body_clear(struct body *body);

enum body_result body_feed(struct body *body, const void *bytes, size_t size);

/* Nothing follows: is what came complete? */
enum body_result body_finish(struct body *body);

#endif
