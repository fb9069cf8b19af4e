/*
 * What goes back to the web server: head and body of one answer, CGI style.
 *
 * Errors have the API's form: {"type","message","code"}. The head goes out with the first bytes
 * of the body, so an answer that fits in memory gets an exact Content-Length.
 */
#ifndef FCGI_ANSWER_H
#define FCGI_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/link/frame.h"
#include "fcgi/connection.h"
#include "storage/buffer.h"

struct answer {
	struct connection *connection;
	bool head_only; /* the method was HEAD */
	bool no_cache;  /* Cache-Control: no-cache */
	int status;     /* sent; 0: nothing yet */
	struct buffer buffer;
};

void answer_init(struct answer *answer, struct connection *connection);
void answer_clear(struct answer *answer);

/* Head and whole body. TYPE may be NULL, then there is no body. False when the client has gone. */
bool answer_send(struct answer *answer, const struct answer_head *head, const void *body,
		 size_t size);

/* An answer whose length is not known: its head, and the first bytes of its body. */
bool answer_start(struct answer *answer, const struct answer_head *head, const void *body,
		  size_t size);

/* What follows, any number of times; who serves the connection finishes it. */
bool answer_more(struct answer *answer, const void *bytes, size_t size);

/* An error in the API's form. HEADER may be NULL. */
bool answer_error(struct answer *answer, int status, const char *type, const char *message,
		  const struct pair *header);

#endif
