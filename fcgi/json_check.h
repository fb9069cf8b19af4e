/*
 * Is it JSON? Syntax, strict UTF-8 and bounds of a document that passes by in pieces, so that
 * batchd reads only what can be read. Memory does not grow with the document.
 */
#ifndef FCGI_JSON_CHECK_H
#define FCGI_JSON_CHECK_H

#include <stdbool.h>
#include <stddef.h>

#include <yajl/yajl_parse.h>

#include "storage/utf8.h"

enum {
	JSON_DEPTH_MAX = 200,
	JSON_TOKEN_MAX = 16 * 1024 * 1024, /* bytes of one string or number */
};

struct json_check {
	yajl_handle parser;
	struct utf8 utf8;
	unsigned depth;
	size_t token; /* bytes since the last token was complete */
};

void json_check_init(struct json_check *check);
void json_check_clear(struct json_check *check);

/* False when what came so far cannot be the beginning of a document. */
bool json_check_feed(struct json_check *check, const void *bytes, size_t size);

/* True when a string or number, or the space between two, is longer than it may be. */
bool json_check_too_large(const struct json_check *check);

/* True when the document is complete. */
bool json_check_finish(struct json_check *check);

#endif
