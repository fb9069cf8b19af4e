/*
 * One request, from FastCGI parameters to the answer: finds the operation, checks what HTTP is
 * about (credentials, media types, sizes, syntax), and lets batchd execute the rest.
 *
 * The order of the checks is the original's: path, method, type of the body, type of the answer.
 *
 * A process has one responder, and as many services as requests are under way in it at a time.
 */
#ifndef FCGI_RESPONDER_H
#define FCGI_RESPONDER_H

#include <stdbool.h>
#include <stdint.h>

#include "core/config.h"
#include "fcgi/auth.h"
#include "fcgi/route.h"
#include "storage/arena.h"

/* What all requests of a process share. */
struct responder {
	const struct config *config;
	const struct route *routes;
	struct auth auth;
	uint16_t at_a_time; /* requests, at most; set before responder_init() */
	uint16_t seats;     /* the same of all processes at the socket, as batchd is told; also */
	bool away;          /* batchd could not be reached for the last request */
	bool gone;          /* because it does not run, or only with newer responders */
};

int responder_init(struct responder *responder, const struct config *config, struct arena *arena,
		   struct error *error);
void responder_clear(struct responder *responder);

/* Where autostart applies, a process ends that finds batchd gone: its successor starts it. */
bool responder_goes_on(const struct responder *responder);

/* What serves one request at a time, and is kept for the next one. */
struct service;

struct service *service_new(struct responder *responder);
void service_free(struct service *service);

/* Lets go of batchd, whose conversations are few, until the next request. */
void service_rest(struct service *service);

/* Serves the request that comes on FD, a connected socket that does not block, and closes it. */
void service_run(struct service *service, int fd);

#endif
