/*
 * The FastCGI side: accepts the web server's connections and has each served in a fiber.
 *
 * A signal ends the process as soon as the requests in hand are served, a silent peer is dropped,
 * and nobody but the web server gets in. Who comes when all hands are full waits at the socket, or
 * goes to another process there.
 */
#ifndef FCGI_LISTENER_H
#define FCGI_LISTENER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "core/config.h"
#include "fcgi/responder.h"
#include "storage/error.h"

struct listener {
	const struct config *config;
	int socket;
	pid_t parent; /* when it has gone, the loop ends; 0: never mind */
	size_t uid_count;
	uid_t *uids; /* who may connect */
	struct responder *responder;
};

/* Fills in who may connect. The rest is the caller's. */
void listener_init(struct listener *listener, const struct config *config, struct arena *arena);

/* Opens a listening unix socket at PATH, replacing a stale one. */
int listener_listen(const char *path, bool for_others, int *ret_socket);

/* True when FD is a listening socket: what a FastCGI program gets as fd 0. */
bool listener_is_listening(int fd);

/* Blocks the signals that end a process until listener_run() or prefork_run() waits; call first. */
void listener_signals(void);

/* True when a signal asked this process to end. */
bool listener_stopping(void);

/*
 * Serves until a signal comes, the parent goes or the responder does not go on; then until what is
 * in hand is served. Returns errno of a socket that failed, or 0.
 */
int listener_run(struct listener *listener);

#endif
