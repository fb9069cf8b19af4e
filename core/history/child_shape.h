/*
 * Shapes of children: what the model fixes of them, as activity, name and type, and which of what
 * they may lack they have.
 *
 * Millions of children have a few hundred shapes. Each shape that was ever written is in a
 * dictionary, so a question that no shape can answer reads nothing, and a page of activities passes
 * over those whose name rules them out. Shapes stay when the children are deleted. Where more than
 * a thousand of a kind are met, or the store is older than the dictionary, nothing is ruled out.
 */
#ifndef CORE_HISTORY_CHILD_SHAPE_H
#define CORE_HISTORY_CHILD_SHAPE_H

#include "core/history/child_match.h"

/* Begins the dictionary of a store without history. */
int child_shapes_begin(struct history *history, struct arena *arena);

/* Keeps the shapes of all children in ROWS, in transactions of their own where they are new. */
int child_shapes_note(struct history *history, struct arena *arena,
		      const struct rows rows[ROW_MAX]);

/* Whether some child that was ever written may be one that QUERY means. */
bool child_shapes_may(const struct child_query *query, struct arena *arena);

/* Whether a variable that was ever written may be called NAME, or anything when it is NULL, and be
 * of TYPE. */
bool child_shapes_has_variable(const struct history *history, const char *name, const char *type);

/*
 * The names (activity ids) of all activities that QUERY may mean, each once, in ARENA, in the order
 * of ids that begin with a name and a colon; false when they are not known. Activities without one
 * are not among them.
 */
bool child_shapes_names(const struct child_query *query, struct arena *arena,
			const char *const **ret_names, size_t *ret_count);

#endif
