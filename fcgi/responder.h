/*
 * One request, from FastCGI parameters to the answer: finds the operation, checks what HTTP is
 * about (credentials, media types, sizes, syntax), and lets batchd execute the rest.
 *
 * The order of the checks is the original's: path, method, type of the body, type of the answer.
 */
#ifndef FCGI_RESPONDER_H
#define FCGI_RESPONDER_H

#include <stdbool.h>

#include "core/config.h"
#include "fcgi/answer.h"
#include "fcgi/auth.h"
#include "fcgi/route.h"
#include "fcgi/listener.h"
#include "fcgi/upstream.h"
#include "storage/arena.h"

/* What a process keeps between requests. */
struct responder {
	const struct config *config;
	const struct route *routes;
	struct auth auth;
	struct upstream upstream;
	struct answer answer;
	struct arena arena; /* of the request in hand */
	bool away;          /* batchd could not be reached for the last request */
};

int responder_init(struct responder *responder, const struct config *config, struct arena *arena,
		   struct error *error);
void responder_clear(struct responder *responder);

/* A listener's serve(): ARG is the responder. */
enum served responder_serve(void *arg, struct connection *connection);

#endif
