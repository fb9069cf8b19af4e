/*
 * One change to jobs of many running instances: all jobs of a job definition, of a process, of an
 * instance (semantics.md 5.4, 5.5).
 *
 * The instances are changed some hundred at a time, each lot in a transaction of its own. Who was
 * cut off in between asks again: what is changed already stays as it is.
 */
#ifndef CORE_RUNTIME_RUNNING_CHANGE_H
#define CORE_RUNTIME_RUNNING_CHANGE_H

#include "core/request/request.h"
#include "core/runtime/instance.h"

/* What is meant: one of the four is set. */
struct running_selection {
	const char *job_definition_id;
	const char *process_instance_id;
	const char *process_definition_id;
	const char *process_definition_key;
	bool by_tenant;        /* of the key: only the definitions of this tenant */
	const char *tenant_id; /* NULL: of none */
};

enum running_change_type {
	CHANGE_JOBS_SUSPENDED,
	CHANGE_JOBS_PRIORITY,
	CHANGE_JOBS_RETRIES,
};

struct running_change {
	enum running_change_type type;
	bool suspended;
	int64_t priority;
	int64_t retries; /* of jobs that have none; their incidents stay open */
	bool set_due_date;
	int64_t due_date;
};

/* The selection that BODY names. ERR_INPUT. */
int running_selection_read(const struct json *body, struct running_selection *ret);

/* Whether it means what belongs to a definition of KEY and TENANT. */
bool running_selection_means(const struct running_selection *selection, const char *definition_id,
			     const char *key, const char *tenant);

/* Changes all that SELECTION means. */
int running_change_all(struct request *request, const struct running_selection *selection,
		       const struct running_change *change);

/*
 * Changes the next lot of what SELECTION means in TXN: from the instance *NEXT on, which is moved
 * behind it. *RET_MORE: there may be more. Failures of an instance have words in *ERROR.
 */
int running_change_some(struct txn *txn, struct engine *engine,
			const struct running_selection *selection,
			const struct running_change *change, uint64_t *next, bool *ret_more,
			struct error *error);

#endif
