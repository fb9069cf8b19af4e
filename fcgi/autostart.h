/*
 * Starting batchd where nobody else does: shared hosts without an init system of the user's own.
 */
#ifndef FCGI_AUTOSTART_H
#define FCGI_AUTOSTART_H

#include "core/config.h"
#include "storage/error.h"

/*
 * Makes sure that batchd answers at the socket: if nobody does, starts it as a process of its own
 * that outlives this one, and waits as long as the configuration allows. Several may try at once:
 * batchd's lock on the store decides, and all find the winner. CONFIG_PATH may be NULL.
 */
int autostart_run(const struct config *config, const char *config_path, struct arena *arena,
		  struct error *error);

#endif
