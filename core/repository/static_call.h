/*
 * Which process definitions a model calls, as far as it says so without expressions.
 *
 * Read from the BPMN of the definition's deployment, so also for imported models that cannot be
 * run.
 */
#ifndef CORE_REPOSITORY_STATIC_CALL_H
#define CORE_REPOSITORY_STATIC_CALL_H

#include <stddef.h>

#include "core/record/kind.h"
#include "storage/txn.h"

/* A definition that is called, and from where. */
struct static_call {
	const union slot *called;
	size_t count;
	const char **activity_ids; /* of call activities, in the order of the document */
};

/*
 * The calls of DEFINITION (a row of process_definition_kind), one for each definition that is
 * there; in READER's arena. A definition without readable BPMN calls nothing.
 */
int static_calls_read(struct txn *reader, const union slot *definition, struct static_call **ret,
		      size_t *ret_count);

#endif
