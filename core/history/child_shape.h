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

#include "core/history/history.h"

/* Begins the dictionary of a store without history. */
int child_shapes_begin(struct history *history, struct arena *arena);

/* Keeps the shapes of all children in ROWS, in transactions of their own where they are new. */
int child_shapes_note(struct history *history, struct arena *arena,
		      const struct rows rows[ROW_MAX]);

/*
 * A shape as a row: of the slots in `known` it tells the value, or that there is none; those in
 * `present` hold one that it does not tell.
 */
struct child_shape {
	union slot *row;
	uint64_t known, present;
};

typedef bool (*child_shape_take)(void *arg, const struct child_shape *shape);

/*
 * Calls TAKE with every shape of KIND, in ARENA, until it says false. False if not all shapes are
 * told: then a child may look like anything.
 */
bool child_shapes_walk(const struct history *history, enum process_row kind, struct arena *arena,
		       child_shape_take take, void *arg);

/* Whether a variable that was ever written may be called NAME, or anything when it is NULL, and be
 * of TYPE. */
bool child_shapes_has_variable(const struct history *history, const char *name, const char *type);

#endif
