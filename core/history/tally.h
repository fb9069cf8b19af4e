/*
 * Tallies: counters by name, kept sorted by it. For names that are few however much is counted:
 * activities of a definition, types of incidents.
 */
#ifndef CORE_HISTORY_TALLY_H
#define CORE_HISTORY_TALLY_H

#include "storage/arena.h"

/* Of entries of SIZE bytes whose first member is their name; all else is zeroed at first. */
struct tallies {
	struct arena *arena;
	size_t size;
	size_t count, room;
	void **entries; /* in order of name */
};

void tallies_init(struct tallies *tallies, struct arena *arena, size_t size);

/* The entry of NAME, made when there is none. NAME is copied. */
void *tally(struct tallies *tallies, const char *name);

#endif
