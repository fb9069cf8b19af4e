/*
 * Instructions as the API's bodies have them, and as batches keep them.
 */
#ifndef CORE_RUNTIME_INSTRUCTION_JSON_H
#define CORE_RUNTIME_INSTRUCTION_JSON_H

#include "core/json/json.h"
#include "core/request/request.h"
#include "core/runtime/restart.h"
#include "core/runtime/typed_value.h"

enum cancel_rule {
	CANCEL_IGNORED,    /* such instructions are passed over */
	CANCEL_ONE_OF,     /* by activity, activity instance or transition instance */
	CANCEL_ACTIVITIES, /* by activity */
};

/* Whether LIST is one of instructions, as far as types go. ERR_INPUT. */
int instructions_bind(const struct json *list);

/*
 * Reads the array LIST of instructions. ERR_INVALID, with PREFIX before the words, for one that
 * lacks what its type needs; CANCEL: what such instructions may be. Variables of instructions are
 * read when VARIABLES is set.
 */
int instructions_read(struct request *request, const struct json *list, const char *prefix,
		      enum cancel_rule cancel, bool variables, struct instruction **ret,
		      size_t *ret_count);

/* Reads variables; words of failures begin with PREFIX. */
int start_variables_read(struct request *request, const struct json *node, const char *prefix,
			 struct named_values *ret);

/* What a batch of restarts keeps: the members of *RESTART but its definition, which is its id. */
const char *restart_configuration(struct arena *arena, const struct restart *restart);

/* The same read back; the definition's id in *RET_DEFINITION. ERR_CORRUPT. */
int restart_of_configuration(struct arena *arena, const struct json *configuration,
			     struct restart *ret, const char **ret_definition);

#endif
