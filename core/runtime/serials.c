#include "core/runtime/serials.h"

#include <stdlib.h>
#include <string.h>

#include "core/id.h"
#include "core/runtime/instance.h"

void serials_add(struct serials *serials, struct arena *arena, const struct store *store,
		 const char *id)
{
	uint64_t serial;

	if (id && instance_serial(store, id, &serial))
		serials_add_number(serials, arena, serial);
}

void serials_add_number(struct serials *serials, struct arena *arena, uint64_t serial)
{
	if (!(serials->count & (serials->count - 1))) {
		uint64_t *larger = arena_array(arena, serials->count ? 2 * serials->count : 1,
					       sizeof(*larger));

		if (serials->count)
			memcpy(larger, serials->items, serials->count * sizeof(*larger));
		serials->items = larger;
	}
	serials->items[serials->count++] = serial;
}

static int compare(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return (a > b) - (a < b);
}

void serials_sort(struct serials *serials)
{
	size_t i, kept = 0;

	if (serials->count)
		qsort(serials->items, serials->count, sizeof(*serials->items), compare);
	for (i = 0; i < serials->count; i++)
		if (!kept || serials->items[kept - 1] != serials->items[i])
			serials->items[kept++] = serials->items[i];
	serials->count = kept;
}
