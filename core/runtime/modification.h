/*
 * Modification: tokens of a running instance are canceled and started by instructions.
 */
#ifndef CORE_RUNTIME_MODIFICATION_H
#define CORE_RUNTIME_MODIFICATION_H

#include "core/runtime/restart.h"

/*
 * Modifies the running instance ID by the instructions and flags of MODIFICATION, whose definition
 * it must have (NULL: whatever it has). When nothing is left in it, it ends, EXTERNAL or not.
 */
int instance_modify(struct command *command, const struct restart *modification, const char *id,
		    bool external);

#endif
