/*
 * Lists of running instances by their serial numbers: those that a question names.
 */
#ifndef CORE_RUNTIME_SERIALS_H
#define CORE_RUNTIME_SERIALS_H

#include <stddef.h>
#include <stdint.h>

#include "storage/arena.h"

struct store;

struct serials {
	size_t count;
	uint64_t *items;
};

/* Adds the instance that ID names or belongs to, if it is such an id. */
void serials_add(struct serials *serials, struct arena *arena, const struct store *store,
		 const char *id);

void serials_add_number(struct serials *serials, struct arena *arena, uint64_t serial);

/* Puts them in ascending order, each once. */
void serials_sort(struct serials *serials);

#endif
