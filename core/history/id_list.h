/*
 * Ids of a request's body, kept small: 16 bytes for each that is a UUID, text for any other.
 */
#ifndef CORE_HISTORY_ID_LIST_H
#define CORE_HISTORY_ID_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "storage/arena.h"

struct id_list {
	struct arena *arena;  /* of the texts */
	uint8_t (*uuids)[16]; /* malloced */
	size_t uuid_count, uuid_room;
	const char **texts; /* malloced */
	size_t text_count, text_room;
	size_t nulls; /* how many nulls were among them */
	bool given;   /* the key was there as an array */
};

void id_list_init(struct id_list *list, struct arena *arena);
void id_list_clear(struct id_list *list);

/* Adds a text of LENGTH bytes; NULL counts as null. The signature is json_parser_divert()'s. */
void id_list_add(void *list, const char *text, size_t length);

/* Empties the list; void * for json_parser_divert(). */
void id_list_reset(void *list);

#endif
