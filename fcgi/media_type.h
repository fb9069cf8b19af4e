/*
 * Media types: which one an answer gets (Accept), and whether a body's is the one that an
 * operation takes (Content-Type).
 */
#ifndef FCGI_MEDIA_TYPE_H
#define FCGI_MEDIA_TYPE_H

#include <stdbool.h>

#include "core/link/operation.h"

/*
 * The best of what an operation of KIND offers for an Accept header (NULL: anything), or NULL when
 * nothing is acceptable. As in the original, a type with q=0 is better than none.
 */
const char *media_type_choose(const char *accept, enum answer_kind kind);

/* True when the header CONTENT_TYPE (NULL: absent) names TYPE, whatever its parameters. */
bool media_type_is(const char *content_type, const char *type);

#endif
