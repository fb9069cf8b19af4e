/*
 * DMN resources as far as they are deployed: which decisions there are and what they require.
 *
 * Tables and expressions are looked at only for what the original refuses.
 */
#ifndef CORE_DECISION_DMN_H
#define CORE_DECISION_DMN_H

#include <stddef.h>
#include <stdint.h>

#include "core/bpmn/parse.h"

struct dmn_decision {
	const char *key, *name, *version_tag;
	int64_t time_to_live; /* days, or SETTING_NULL */
};

struct dmn_resource {
	const char *key, *name, *category; /* of the requirements */
	bool has_requirements;             /* there are several decisions */
	size_t count;
	struct dmn_decision *decisions; /* those that can be evaluated, in order of the document */
};

/*
 * Reads the resource NAME into ARENA; OPTIONS are for times to live. ERR_ENGINE with the original's
 * words; why, is for *RET_REASON.
 */
int dmn_parse(struct arena *arena, const char *name, const void *bytes, size_t size,
	      const struct bpmn_options *options, struct dmn_resource *ret, const char **ret_reason,
	      struct error *error);

#endif
