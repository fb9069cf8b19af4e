/*
 * Lists of pointers that grow in an arena; order is kept.
 */
#ifndef CORE_RUNTIME_LIST_H
#define CORE_RUNTIME_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "storage/arena.h"

struct list {
	size_t count, room;
	void **items;
};

void list_add(struct arena *arena, struct list *list, void *item);

/* Takes ITEM out; it must be there. */
void list_remove(struct list *list, const void *item);

/* Runs its body with VAR at each item in order; the body must not change the list. */
#define LIST_EACH(list, var)                                                                       \
	for (size_t var##_at = 0;                                                                  \
	     var##_at < (list)->count && ((var) = (list)->items[var##_at], true); var##_at++)

#endif
