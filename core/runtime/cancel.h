/*
 * Taking tokens away: an activity is canceled, an instance deleted.
 */
#ifndef CORE_RUNTIME_CANCEL_H
#define CORE_RUNTIME_CANCEL_H

#include "core/runtime/command.h"

/*
 * Cancels what EXECUTION does, and all below it: listeners run (unless they are to be skipped),
 * tasks, external tasks, jobs and incidents go, history says canceled. The execution itself stays,
 * without a token. REASON is for tasks; NULL = "deleted".
 */
int cancel_activity(struct instance *instance, struct execution *execution, const char *reason);

/*
 * The same without the activity whose scope EXECUTION is. REASON is for its own tasks only, as in
 * the original.
 */
int cancel_content(struct instance *instance, struct execution *execution, const char *reason);

/* The same for all children of EXECUTION, which are removed. */
int cancel_children(struct instance *instance, struct execution *execution, const char *reason);

/* Cancels EXECUTION and removes it; what it leaves of its scope is folded. */
int cancel_execution(struct instance *instance, struct execution *execution, const char *reason);

/*
 * Deletes the instance: EXTERNALLY_TERMINATED (or internally), for REASON. Flags of
 * enum execution_flag that skip listeners and mappings are set on all of it before.
 */
int instance_delete(struct instance *instance, const char *reason, int64_t skip_flags,
		    bool external);

#endif
