/*
 * What a query of children means among the shapes that there are (core/history/child_shape.h).
 */
#ifndef CORE_HISTORY_CHILD_SHAPE_QUERY_H
#define CORE_HISTORY_CHILD_SHAPE_QUERY_H

#include "core/history/child_match.h"

/* Whether some child that was ever written may be one that QUERY means. */
bool child_shapes_may(const struct child_query *query, struct arena *arena);

/*
 * The names (activity ids) of all activities that QUERY may mean, each once, in ARENA, in the order
 * of ids that begin with a name and a colon; false when they are not known. Activities without one
 * are not among them.
 */
bool child_shapes_names(const struct child_query *query, struct arena *arena,
			const char *const **ret_names, size_t *ret_count);

#endif
