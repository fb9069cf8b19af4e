#include "core/job/target.h"

#include <stdlib.h>
#include <string.h>

#include "core/expression/unicode.h"
#include "core/schema.h"
#include "storage/arena.h"
#include "storage/uuid.h"

enum { CHUNK_ITEMS = 4096, KEY_SIZE = 12 };

enum { ORDER_MAX = 1000, SET_SIZE_MIN = 16 };

/* What stands before a text: nothing, a UUID of 16 bytes, or its length times two and two. */
enum { WORD_NULL = 0, WORD_UUID = 1 };

static void chunk_key(uint8_t key[KEY_SIZE], uint64_t batch, uint32_t chunk)
{
	be64_write(key, batch);
	be32_write(key + 8, chunk);
}

/* How many of the items FIRST to FIRST + COUNT - 1 are numbers: those stand before the names. */
static uint64_t numbers_among(const struct target *target, uint64_t first, uint64_t count)
{
	uint64_t left = target->number_count > first ? target->number_count - first : 0;

	return left < count ? left : count;
}

union target_name target_name_of(const char *text)
{
	union target_name name;

	if (text && uuid_parse(text, strlen(text), name.uuid) && name.other.high)
		return name;
	name.other.high = 0;
	name.other.text = text;
	return name;
}

const char *target_name_text(struct arena *arena, const union target_name *name)
{
	char *text;

	if (!name->other.high)
		return name->other.text;
	text = arena_alloc(arena, UUID_TEXT + 1);
	uuid_format((const uint8_t *)name, text); /* all 16 bytes of the union */
	return text;
}

int target_name_compare(const void *left, const void *right)
{
	const union target_name *a = left, *b = right;

	if (a->other.high && b->other.high)
		return memcmp(a->uuid, b->uuid, sizeof(a->uuid));
	if (a->other.high || b->other.high)
		return !a->other.high - !b->other.high;
	if (!a->other.text || !b->other.text)
		return (a->other.text != NULL) - (b->other.text != NULL);
	return strcmp(a->other.text, b->other.text);
}

size_t target_names_unique(union target_name *names, size_t count)
{
	size_t i, kept = 0;

	if (count)
		qsort(names, count, sizeof(*names), target_name_compare);
	for (i = 0; i < count; i++)
		if (!kept || target_name_compare(&names[kept - 1], &names[i]))
			names[kept++] = names[i];
	return kept;
}

/* A text's hash in the original: over its UTF-16 units. */
static uint32_t text_hash(const char *text)
{
	uint32_t hash = 0;

	for (; *text; text += utf8_size(text)) {
		uint32_t character = utf8_read(text);

		if (character > 0xffff) {
			hash = hash * 31 + 0xd800 + ((character - 0x10000) >> 10);
			character = 0xdc00 + (character & 0x3ff);
		}
		hash = hash * 31 + character;
	}
	return hash;
}

/* A name and where a set of a given size keeps it. */
struct placed_name {
	uint32_t place, index;
	union target_name name;
};

static int compare_places(const void *left, const void *right)
{
	const struct placed_name *a = left, *b = right;

	if (a->place != b->place)
		return a->place < b->place ? -1 : 1;
	return (a->index > b->index) - (a->index < b->index);
}

/* A set's table doubles when it is full to three quarters. */
static uint32_t set_size(size_t count)
{
	uint32_t size = SET_SIZE_MIN;

	while (count > size / 4 * 3)
		size *= 2;
	return size;
}

void target_names_order(union target_name *names, size_t count)
{
	struct placed_name *placed;
	uint32_t i, mask = set_size(count) - 1;

	if (count < 2 || count > ORDER_MAX)
		return;
	placed = memory_alloc(count * sizeof(*placed));
	for (i = 0; i < count; i++) {
		const char *text = names[i].other.text;
		char uuid[UUID_TEXT + 1];
		uint32_t hash;

		if (names[i].other.high) {
			uuid_format(names[i].uuid, uuid);
			text = uuid;
		}
		hash = text ? text_hash(text) : 0;
		placed[i] = (struct placed_name){(hash ^ hash >> 16) & mask, i, names[i]};
	}
	qsort(placed, count, sizeof(*placed), compare_places);
	for (i = 0; i < count; i++)
		names[i] = placed[i].name;
	free(placed);
}

void target_order(struct target *target)
{
	const struct target_mapping *last;
	uint64_t count;

	if (!target->mapping_count)
		return;
	last = &target->mappings[target->mapping_count - 1];
	if (last->deployment_id && target->mapping_count > 1)
		return;
	count = last->count < target->name_count ? last->count : target->name_count;
	target_names_order(target->names + target->name_count - count, count);
}

static void put_name(struct buffer *buffer, const union target_name *name)
{
	const char *text = name->other.high ? NULL : name->other.text;
	size_t length = text ? strlen(text) : 0;

	if (name->other.high) {
		buffer_put_varint(buffer, WORD_UUID);
		buffer_put(buffer, name->uuid, sizeof(name->uuid));
	} else if (!text) {
		buffer_put_varint(buffer, WORD_NULL);
	} else {
		buffer_put_varint(buffer, length * 2 + 2);
		buffer_put(buffer, text, length);
	}
}

static void encode_chunk(struct buffer *buffer, const struct target *target, uint64_t first,
			 uint64_t count)
{
	uint64_t numbers = numbers_among(target, first, count), last = 0, i;

	buffer->length = 0;
	buffer_put_varint(buffer, count);
	buffer_put_varint(buffer, numbers);
	for (i = first; i < first + numbers; i++) {
		buffer_put_zigzag(buffer, (int64_t)(target->numbers[i] - last));
		last = target->numbers[i];
	}
	for (; i < first + count; i++)
		put_name(buffer, &target->names[i - target->number_count]);
}

uint64_t target_count(const struct target *target)
{
	return target->number_count + target->name_count;
}

int target_put(struct txn *txn, uint64_t batch, const struct target *target)
{
	uint64_t total = target_count(target), first;
	uint8_t key[KEY_SIZE];
	struct buffer buffer;
	int code = 0;

	buffer_init(&buffer);
	for (first = 0; first < total && !code; first += CHUNK_ITEMS) {
		uint64_t left = total - first;

		encode_chunk(&buffer, target, first, left < CHUNK_ITEMS ? left : CHUNK_ITEMS);
		chunk_key(key, batch, (uint32_t)(first / CHUNK_ITEMS));
		code = txn_put(txn, TABLE_BATCH_TARGET, key, sizeof(key), buffer.data,
			       buffer.length);
	}
	buffer_clear(&buffer);
	return code;
}

/* Where the items asked for go. */
struct taking {
	struct arena *arena;
	struct target_items *items;
	uint64_t first; /* the first item asked for */
};

static void take_text(struct taking *taking, uint64_t at, const char *text)
{
	struct target_items *items = taking->items;

	if (!items->texts)
		items->texts = arena_array(taking->arena, items->count, sizeof(char *));
	items->texts[at] = text;
	items->numbers[at] = UINT64_MAX;
}

/* The next text, if it is WANTED; in any case the reader stands behind it. */
static const char *read_text(struct arena *arena, struct reader *in, bool wanted)
{
	uint64_t word = reader_varint(in);
	size_t length = word == WORD_UUID ? UUID_SIZE : word ? (size_t)(word / 2 - 1) : 0;
	const uint8_t *bytes = reader_take(in, length);
	char *text;

	if (!wanted || !bytes || word == WORD_NULL)
		return NULL;
	if (word != WORD_UUID)
		return arena_strndup(arena, (const char *)bytes, length);
	text = arena_alloc(arena, UUID_TEXT + 1);
	uuid_format(bytes, text);
	return text;
}

static int decode_chunk(struct taking *taking, struct bytes bytes, uint64_t chunk_first)
{
	struct reader in = reader_of(bytes.data, bytes.size);
	uint64_t count = reader_varint(&in), numbers = reader_varint(&in), last = 0, i;

	if (in.bad || count > CHUNK_ITEMS || numbers > count)
		return ERR_CORRUPT;
	for (i = chunk_first; i < chunk_first + count && !in.bad; i++) {
		uint64_t at = i - taking->first; /* wraps for items before the first */

		if (i - chunk_first < numbers) {
			last += (uint64_t)reader_zigzag(&in);
			if (at < taking->items->count)
				taking->items->numbers[at] = last;
		} else {
			bool wanted = at < taking->items->count;
			const char *text = read_text(taking->arena, &in, wanted);

			if (wanted)
				take_text(taking, at, text);
		}
	}
	return in.bad ? ERR_CORRUPT : 0;
}

int target_get(struct txn *txn, uint64_t batch, uint64_t first, uint64_t count,
	       struct target_items *ret)
{
	struct taking taking = {txn->arena, ret, first};
	uint8_t key[KEY_SIZE];
	struct bytes bytes;
	uint64_t chunk;

	memset(ret, 0, sizeof(*ret));
	ret->count = count;
	ret->numbers = arena_array(txn->arena, count + 1, sizeof(uint64_t));
	for (chunk = first / CHUNK_ITEMS; count && chunk <= (first + count - 1) / CHUNK_ITEMS;
	     chunk++) {
		int code;

		chunk_key(key, batch, (uint32_t)chunk);
		code = txn_get(txn, TABLE_BATCH_TARGET, key, sizeof(key), &bytes);
		if (code)
			return code == ERR_NOT_FOUND ? ERR_CORRUPT : code;
		TRY(decode_chunk(&taking, bytes, chunk * CHUNK_ITEMS));
	}
	return 0;
}

int target_delete(struct txn *txn, uint64_t batch)
{
	uint8_t from[8], to[8];

	be64_write(from, batch);
	be64_write(to, batch + 1);
	return txn_delete_range(txn, TABLE_BATCH_TARGET, (struct bytes){from, sizeof(from)},
				(struct bytes){to, sizeof(to)});
}
