/*
 * Regular expressions of Java, as far as they can be matched in time that grows with text and
 * pattern alone: no back references, no look-around, no possessive quantifiers, no \p, no
 * intersections of classes. What is left out is refused, not misread.
 *
 * Patterns and texts are taken character by character; places in texts are bytes.
 */
#ifndef CORE_EXPRESSION_PATTERN_H
#define CORE_EXPRESSION_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

#include "storage/arena.h"

enum {
	PATTERN_GROUPS = 10,   /* with the match itself, which is group 0 */
	PATTERN_DEPTH = 50,    /* of groups within each other */
	PATTERN_SIZE = 2000,   /* instructions */
	PATTERN_REPEAT = 1000, /* in { } */
	PATTERN_WORK = 100000, /* parts that are compiled, repeated ones as often */
};

struct pattern;

/* Where groups were found: bytes from .. to of the text; from is SIZE_MAX when one took no part. */
struct pattern_match {
	size_t from[PATTERN_GROUPS], to[PATTERN_GROUPS];
};

/* NULL when TEXT is no pattern, or none of ours: *PROBLEM says why. Lives in ARENA. */
const struct pattern *pattern_parse(struct arena *arena, const char *text, const char **problem);

/* Groups that the pattern has, without group 0. */
size_t pattern_groups(const struct pattern *pattern);

/*
 * The first match in TEXT that begins at byte FROM or behind; WHOLE: one that is all of TEXT. *WORK
 * goes down by the steps that were done. ERR_NOT_FOUND; ERR_BUSY when *WORK was not enough.
 */
int pattern_find(const struct pattern *pattern, struct arena *arena, const char *text, size_t from,
		 bool whole, size_t *work, struct pattern_match *ret);

#endif
