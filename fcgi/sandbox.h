/*
 * What the responder gives up before it reads the first byte from outside: a process taken over by
 * a hostile request can talk to batchd and the web server, and nothing else.
 */
#ifndef FCGI_SANDBOX_H
#define FCGI_SANDBOX_H

#include "core/config.h"

/*
 * For good: no new privileges; of the file system only the users file's directory, to read
 * (landlock, where the kernel has it); and only the system calls of a list (seccomp): no program
 * can be started, no process traced, no socket but a unix socket made. Returns 0 or errno.
 */
int sandbox_enter(const struct config *config);

#endif
