/*
 * From the segments of a path to the operations that it has: a tree built once from the table of
 * operations. A literal segment wins over a {parameter}; a parameter stands for one segment.
 */
#ifndef FCGI_ROUTE_H
#define FCGI_ROUTE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/link/operation.h"
#include "storage/arena.h"

struct route;

/* The root, allocated in ARENA. */
struct route *route_build(struct arena *arena);

/*
 * The route of a path, or NULL. PARAMS, with room for COUNT, receives the segments that stand for
 * parameters, in order.
 */
const struct route *route_find(const struct route *root, const char *const *segments, size_t count,
			       const char **params, size_t *ret_param_count);

/*
 * Whether the original asks for the engine on its way down a path, before it knows whether anything
 * is there: below an id, and in services that hold the engine from their start. An unknown engine
 * is then all that it answers (semantics.md, "No process engine available").
 */
bool route_asks_engine(const struct route *root, const char *const *segments, size_t count);

/* The number of the operation that METHOD is there, or -1. */
int route_operation(const struct route *route, enum method method);

/* The value of an Allow header. */
const char *route_allow(const struct route *route, struct arena *arena);

/*
 * The original looks a definition up by its key before it looks at the rest of the path, at the
 * method or at media types: how many segments name the definition, 0 = this path names none.
 */
size_t route_lookup(const char *const *segments, size_t count);

#endif
