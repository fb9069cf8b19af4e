#include "core/history/id_list.h"

#include <stdlib.h>
#include <string.h>

#include "storage/uuid.h"

void id_list_init(struct id_list *list, struct arena *arena)
{
	memset(list, 0, sizeof(*list));
	list->arena = arena;
}

void id_list_clear(struct id_list *list)
{
	free(list->uuids);
	free(list->texts);
	id_list_init(list, list->arena);
}

void id_list_add(void *arg, const char *text, size_t length)
{
	struct id_list *list = arg;

	if (!text) {
		list->nulls++;
		return;
	}
	if (list->uuid_count == list->uuid_room) {
		list->uuid_room = list->uuid_room ? list->uuid_room * 2 : 64;
		list->uuids = memory_resize(list->uuids, list->uuid_room * sizeof(*list->uuids));
	}
	if (uuid_parse(text, length, list->uuids[list->uuid_count])) {
		list->uuid_count++;
		return;
	}
	if (list->text_count == list->text_room) {
		list->text_room = list->text_room ? list->text_room * 2 : 64;
		list->texts = memory_resize(list->texts, list->text_room * sizeof(*list->texts));
	}
	list->texts[list->text_count++] = arena_strndup(list->arena, text, length);
}

void id_list_reset(void *list)
{
	id_list_clear(list);
}
