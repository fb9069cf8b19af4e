#include "core/runtime/list.h"

#include <assert.h>
#include <string.h>

enum { LIST_FIRST = 8 };

void list_add(struct arena *arena, struct list *list, void *item)
{
	if (list->count == list->room) {
		size_t room = list->room ? 2 * list->room : LIST_FIRST;
		void **items = arena_array(arena, room, sizeof(*items));

		if (list->count)
			memcpy(items, list->items, list->count * sizeof(*items));
		list->items = items;
		list->room = room;
	}
	list->items[list->count++] = item;
}

static size_t find(const struct list *list, const void *item)
{
	size_t i;

	for (i = 0; i < list->count && list->items[i] != item; i++)
		;
	return i;
}

void list_remove(struct list *list, const void *item)
{
	size_t i = find(list, item);

	assert(i < list->count);
	memmove(list->items + i, list->items + i + 1, (list->count - i - 1) * sizeof(*list->items));
	list->count--;
}
