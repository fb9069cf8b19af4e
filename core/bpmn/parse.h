/*
 * BPMN 2.0 -> models: every executable process of a resource.
 *
 * All problems of a resource are collected, in the original's words; what it would accept and we do
 * not run yet is refused after its own problems (README.md lists those elements). What is bound to
 * Java becomes an external task: a class or delegate's name is its topic, a connector's
 * "connector:" and its id, a script's "script:" and its language, mail "camunda:mail"; what was
 * configured for it is offered to workers as properties. Listeners in Java or scripts are kept by
 * their source and not run.
 */
#ifndef CORE_BPMN_PARSE_H
#define CORE_BPMN_PARSE_H

#include "core/bpmn/model.h"
#include "core/bpmn/problem.h"

struct bpmn_options {
	const char *default_time_to_live; /* where a process has none; or NULL */
	bool enforce_time_to_live;        /* a process without one is a problem */
	const char *key;                  /* of the only process that is wanted; NULL = all */
};

struct bpmn_resource {
	size_t count;
	struct model **models;    /* in order of the document */
	struct problems problems; /* models are of no use when there are any */
};

/*
 * Reads the resource NAME; models and problems lie in ARENA. ERR_ENGINE with the original's words
 * when it is no XML, or an expression cannot be read.
 */
int bpmn_parse(struct arena *arena, const char *name, const void *bytes, size_t size,
	       const struct bpmn_options *options, struct bpmn_resource *ret, struct error *error);

/*
 * Days that TEXT, a time to live, stands for: a number, or P and a number and D; NULL and "" are
 * SETTING_NULL. ERR_INPUT with the original's words.
 */
int bpmn_time_to_live(struct arena *arena, const char *text, int64_t *ret, struct error *error);

#endif
