/*
 * The server's side of the link: one thread a conversation, but for commands (core/api/lane.h).
 *
 * Whoever connects must be of our own user, root, or one of the users that the configuration names;
 * others are refused. A call is acted upon only after its END, and may be stopped (running.h).
 */
#ifndef CORE_API_SERVER_H
#define CORE_API_SERVER_H

#include "core/engine.h"

struct server;

/* Listens on the configured socket and starts serving. Failures have a message. */
int server_open(struct server **ret, struct engine *engine, struct arena *arena,
		struct error *error);

/*
 * Stops listening, lets requests in hand finish for at most SECONDS, stops the others, frees. ->
 * How many do not stop: their threads use the engine still.
 */
int64_t server_close(struct server *server, int seconds);

#endif
