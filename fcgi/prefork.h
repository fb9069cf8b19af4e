/*
 * Several responders at one socket: a master that serves nothing, starts them, and starts another
 * one when one ends. So the end of one costs no request, whatever the web server thinks of
 * processes that end.
 */
#ifndef FCGI_PREFORK_H
#define FCGI_PREFORK_H

#include <stdbool.h>

enum { PREFORK_MAX = 256 };

/*
 * Keeps COUNT processes that run CHILD(ARG), whose result is their exit status, until a signal
 * comes; then ends them, waits for the request in hand, and returns. BEFORE(ARG) runs in the master
 * before each start but the first ones. DETACHED: a parent that goes does not matter.
 */
int prefork_run(int count, bool detached, int (*child)(void *), void (*before)(void *), void *arg);

#endif
