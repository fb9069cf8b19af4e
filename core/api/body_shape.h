/*
 * What the members of a body have to be.
 *
 * The original binds all of a body before it looks at any of it: what does not bind is told first
 * (semantics.md 6.3), whatever else is wrong. Operations with many checks of their own list their
 * members here.
 */
#ifndef CORE_API_BODY_SHAPE_H
#define CORE_API_BODY_SHAPE_H

#include "core/request/request.h"

/* Checks the body of a call of PATH, a path of operations.def. ERR_INPUT when it does not bind. */
int body_shape_check(struct request *request, const char *path);

/* The engine's words for a body that is null, for who has some; else NULL. */
const char *body_shape_null_words(const char *path);

#endif
