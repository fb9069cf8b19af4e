#include "core/history/tally.h"

#include <stdbool.h>
#include <string.h>

void tallies_init(struct tallies *tallies, struct arena *arena, size_t size)
{
	memset(tallies, 0, sizeof(*tallies));
	tallies->arena = arena;
	tallies->size = size;
}

static const char *name_of(const void *entry)
{
	return *(const char *const *)entry;
}

/* Where NAME is, or would go. */
static size_t place_of(const struct tallies *tallies, const char *name, bool *ret_there)
{
	size_t low = 0, high = tallies->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(name_of(tallies->entries[middle]), name);

		if (!order) {
			*ret_there = true;
			return middle;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*ret_there = false;
	return low;
}

static void *insert(struct tallies *tallies, size_t at, const char *name)
{
	void *entry = arena_alloc(tallies->arena, tallies->size);

	*(const char **)entry = arena_strdup(tallies->arena, name);
	if (tallies->count == tallies->room) {
		void **grown = arena_array(tallies->arena, tallies->room * 2 + 16, sizeof(*grown));

		if (tallies->count)
			memcpy(grown, tallies->entries, tallies->count * sizeof(*grown));
		tallies->entries = grown;
		tallies->room = tallies->room * 2 + 16;
	}
	memmove(&tallies->entries[at + 1], &tallies->entries[at],
		(tallies->count - at) * sizeof(*tallies->entries));
	tallies->entries[at] = entry;
	tallies->count++;
	return entry;
}

void *tally(struct tallies *tallies, const char *name)
{
	bool there;
	size_t at = place_of(tallies, name, &there);

	return there ? tallies->entries[at] : insert(tallies, at, name);
}
