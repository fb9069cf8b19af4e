/* Postings of items in key order, as the databases want them. */
#include "storage/archive_internal.h"

#include <stdlib.h>
#include <string.h>

struct sort_key sort_key_of(const uint8_t *data, size_t size)
{
	struct sort_key result = {
		0, {data, size}
        };
	uint8_t head[8] = {0};

	memcpy(head, data, size < sizeof(head) ? size : sizeof(head));
	result.head = be64_read(head);
	return result;
}

int sort_key_compare(const void *a, const void *b)
{
	const struct sort_key *left = a, *right = b;
	const struct bytes *x = &left->key, *y = &right->key;
	int order;

	if (left->head != right->head)
		return left->head < right->head ? -1 : 1;
	order = memcmp(x->data, y->data, x->size < y->size ? x->size : y->size);
	return order ? order : (x->size > y->size) - (x->size < y->size);
}

static size_t unique_keys(struct sort_key *keys, size_t count)
{
	size_t i, kept = 0;

	for (i = 0; i < count; i++)
		if (!kept || sort_key_compare(&keys[kept - 1], &keys[i]))
			keys[kept++] = keys[i];
	return kept;
}

static size_t count_postings(const struct archive_item *items, size_t item_count)
{
	size_t i, count = 0;

	for (i = 0; i < item_count; i++) {
		struct reader reader = reader_of(items[i].postings.data, items[i].postings.size);

		for (; reader_left(&reader); count++)
			reader_take(&reader, reader_be16(&reader));
	}
	return count;
}

int postings_sort(struct arena *arena, uint64_t first, const struct archive_item *items,
		  size_t item_count, struct sort_key **ret_keys, size_t *ret_count)
{
	size_t i, count = 0, room = count_postings(items, item_count);
	struct sort_key *keys = arena_array(arena, room, sizeof(*keys));

	for (i = 0; i < item_count; i++) {
		struct reader reader = reader_of(items[i].postings.data, items[i].postings.size);

		while (reader_left(&reader)) {
			size_t size = reader_be16(&reader);
			const uint8_t *bytes = reader_take(&reader, size);
			uint8_t *key;

			if (!bytes || size > POSTING_MAX)
				return ERR_CORRUPT;
			key = arena_alloc(arena, size + 2);
			memcpy(key, bytes, size);
			be16_write(key + size, (uint16_t)((first + i) % ARCHIVE_SEGMENT));
			keys[count++] = sort_key_of(key, size + 2);
		}
	}
	qsort(keys, count, sizeof(*keys), sort_key_compare);
	*ret_keys = keys;
	*ret_count = unique_keys(keys, count);
	return 0;
}

int postings_change(struct txn *txn, const struct segment_file *file, struct bytes postings,
		    uint64_t number, bool add)
{
	struct reader reader = reader_of(postings.data, postings.size);
	uint8_t key[POSTING_MAX + 2];

	while (reader_left(&reader)) {
		size_t size = reader_be16(&reader);
		const uint8_t *bytes = reader_take(&reader, size);
		int code;

		if (!bytes || size > POSTING_MAX)
			return ERR_CORRUPT;
		memcpy(key, bytes, size);
		be16_write(key + size, (uint16_t)(number % ARCHIVE_SEGMENT));
		code = add ? db_put(txn, file->posting, key, size + 2, NULL, 0, 0)
			   : db_delete(txn, file->posting, key, size + 2);
		if (code && code != ERR_NOT_FOUND)
			return code;
	}
	return 0;
}
