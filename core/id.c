#include "core/id.h"

#include <string.h>

#include "core/schema.h"
#include "storage/uuid.h"

enum { TAG_BYTES = 4, VALUE_SIZE = 9 };

const char *id_text(struct arena *arena, const struct store *store, enum id_kind kind,
		    uint64_t number, uint64_t ordinal)
{
	char *text = arena_alloc(arena, UUID_TEXT + 1);
	uint8_t uuid[UUID_SIZE];

	memcpy(uuid, store_tag(store), TAG_BYTES);
	uuid[4] = (uint8_t)(number >> 26);
	uuid[5] = (uint8_t)(number >> 18);
	uuid[6] = (uint8_t)(0x80 | (number >> 14 & 0x0f));
	uuid[7] = (uint8_t)(number >> 6);
	uuid[8] = (uint8_t)(0x80 | (number & 0x3f));
	uuid[9] = (uint8_t)kind;
	uuid[10] = (uint8_t)(ordinal >> 40);
	uuid[11] = (uint8_t)(ordinal >> 32);
	be32_write(uuid + 12, (uint32_t)ordinal);
	uuid_format(uuid, text);
	return text;
}

bool id_is_tagged(const struct store *store, const uint8_t uuid[UUID_SIZE])
{
	return !memcmp(uuid, store_tag(store), TAG_BYTES);
}

bool id_decode_bytes(const struct store *store, const uint8_t uuid[UUID_SIZE], struct id *ret)
{
	if (!id_is_tagged(store, uuid) || (uuid[6] & 0xf0) != 0x80 || (uuid[8] & 0xc0) != 0x80)
		return false;
	ret->number = (uint64_t)uuid[4] << 26 | (uint64_t)uuid[5] << 18 |
		      (uint64_t)(uuid[6] & 0x0f) << 14 | (uint64_t)uuid[7] << 6 | (uuid[8] & 0x3f);
	ret->kind = uuid[9];
	ret->ordinal = (uint64_t)uuid[10] << 40 | (uint64_t)uuid[11] << 32 | be32_read(uuid + 12);
	return true;
}

bool id_decode(const struct store *store, const char *text, struct id *ret)
{
	uint8_t uuid[UUID_SIZE];

	return uuid_parse(text, strlen(text), uuid) && id_decode_bytes(store, uuid, ret);
}

void id_key(const struct store *store, const char *text, uint8_t key[16])
{
	size_t length = strlen(text), i;
	uint8_t other[STORE_TAG_SIZE];

	if (uuid_parse(text, length, key))
		return;
	for (i = 0; i < sizeof(other); i++)
		other[i] = store_tag(store)[i] ^ 0x5c; /* an independent second key */
	be64_write(key, hash64(store_tag(store), text, length));
	be64_write(key + 8, hash64(other, text, length));
	key[6] = 0xf0; /* no version that a UUID has */
}

int id_find(struct txn *txn, const char *text, struct id *ret)
{
	struct bytes value;
	uint8_t key[16];

	if (id_decode(txn->store, text, ret) && ret->kind != ID_RUNNING)
		return 0;
	id_key(txn->store, text, key);
	TRY(txn_get(txn, TABLE_ID, key, sizeof(key), &value));
	if (value.size != VALUE_SIZE)
		return ERR_CORRUPT;
	ret->kind = value.data[0];
	ret->number = be64_read(value.data + 1);
	ret->ordinal = 0;
	return 0;
}

int id_put(struct txn *txn, const char *text, enum id_kind kind, uint64_t number)
{
	uint8_t key[16], value[VALUE_SIZE];

	id_key(txn->store, text, key);
	value[0] = (uint8_t)kind;
	be64_write(value + 1, number);
	return txn_put(txn, TABLE_ID, key, sizeof(key), value, sizeof(value));
}

int id_next_number(struct txn *txn, const char *counter, uint64_t *ret)
{
	struct bytes value;
	uint8_t next[8];
	int code = txn_get(txn, TABLE_STATE, counter, strlen(counter), &value);

	if (code && code != ERR_NOT_FOUND)
		return code;
	*ret = code ? 1 : be64_read(value.data);
	be64_write(next, *ret + 1);
	return txn_put(txn, TABLE_STATE, counter, strlen(counter), next, sizeof(next));
}
