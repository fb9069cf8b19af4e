#include "core/runtime/running_bucket.h"

#include <string.h>

#include "core/schema.h"

int running_bucket_decode(struct bytes value, struct running_bucket *ret)
{
	size_t count, i, at = 8;

	if (value.size < at)
		return ERR_CORRUPT;
	ret->mask = be64_read(value.data);
	count = (size_t)__builtin_popcountll(ret->mask);
	if (!count || (value.size != at && value.size != at + count * 4))
		return ERR_CORRUPT;
	for (i = 0; i < RUNNING_BUCKET; i++) {
		if (!(ret->mask >> i & 1))
			continue;
		ret->rows[i] = value.size == 8 ? 1 : be32_read(value.data + at);
		at += 4;
	}
	return 0;
}

static struct bytes encode(struct arena *arena, const struct running_bucket *bucket)
{
	uint8_t *value = arena_alloc(arena, 8 + RUNNING_BUCKET * 4);
	bool all_one = true;
	size_t i, size = 8;

	be64_write(value, bucket->mask);
	for (i = 0; i < RUNNING_BUCKET; i++) {
		if (!(bucket->mask >> i & 1))
			continue;
		be32_write(value + size, bucket->rows[i]);
		size += 4;
		all_one = all_one && bucket->rows[i] == 1;
	}
	return (struct bytes){value, all_one ? 8 : size};
}

int64_t running_bucket_count(const struct running_bucket *bucket)
{
	int64_t count = 0;
	size_t i;

	for (i = 0; i < RUNNING_BUCKET; i++)
		if (bucket->mask >> i & 1)
			count += bucket->rows[i];
	return count;
}

static unsigned place_of(struct bytes key)
{
	return key.data[key.size - 1] % RUNNING_BUCKET;
}

/* The key of the record that an entry's is in. */
static struct bytes record_of(struct arena *arena, struct bytes key)
{
	uint8_t *record = arena_copy(arena, key.data, key.size);

	record[key.size - 1] -= (uint8_t)place_of(key);
	return (struct bytes){record, key.size};
}

static bool is_same_record(struct bytes a, struct bytes b)
{
	return a.size == b.size && !memcmp(a.data, b.data, a.size - 1) &&
	       !((a.data[a.size - 1] ^ b.data[b.size - 1]) / RUNNING_BUCKET);
}

/* The record at KEY as it is. */
static int read_bucket(struct txn *txn, struct bytes key, struct running_bucket *ret)
{
	struct bytes value;
	int code = txn_get(txn, TABLE_RUNNING_INDEX, key.data, key.size, &value);

	ret->mask = 0;
	if (code)
		return code == ERR_NOT_FOUND ? 0 : code;
	return running_bucket_decode(value, ret);
}

static int change(struct running_bucket *bucket, const struct running_entry *entry)
{
	unsigned place = place_of(entry->key);
	uint64_t bit = 1ull << place;

	if (entry->count) {
		bucket->mask |= bit;
		bucket->rows[place] = entry->count;
		return 0;
	}
	if (!(bucket->mask & bit))
		return ERR_CORRUPT;
	bucket->mask &= ~bit;
	return 0;
}

int running_bucket_write(struct txn *txn, const struct running_entry *entries, size_t count)
{
	struct txn_pair *puts = arena_array(txn->arena, count, sizeof(*puts));
	struct txn_pair *drops = arena_array(txn->arena, count, sizeof(*drops));
	size_t put = 0, dropped = 0, i = 0;

	while (i < count) {
		const struct running_entry *first = &entries[i];
		struct bytes key = record_of(txn->arena, first->key);
		struct running_bucket bucket;

		TRY(read_bucket(txn, key, &bucket));
		for (; i < count && is_same_record(first->key, entries[i].key); i++)
			TRY(change(&bucket, &entries[i]));
		if (bucket.mask)
			puts[put++] = (struct txn_pair){key, encode(txn->arena, &bucket)};
		else
			drops[dropped++].key = key;
	}
	TRY(txn_delete_all(txn, TABLE_RUNNING_INDEX, drops, dropped));
	return txn_put_all(txn, TABLE_RUNNING_INDEX, puts, put);
}

int running_bucket_clear(struct txn *txn, size_t most)
{
	struct txn_pair *drops = arena_array(txn->arena, most, sizeof(*drops));
	struct bytes none = {NULL, 0}, key, value;
	struct scan scan;
	size_t count = 0;
	int code = 0;

	scan_start(&scan, txn, TABLE_RUNNING_INDEX, none, none);
	while (count < most && !(code = scan_next(&scan, &key, &value)))
		drops[count++].key =
			(struct bytes){arena_copy(txn->arena, key.data, key.size), key.size};
	if (!count || (code && code != ERR_NOT_FOUND))
		return code;
	return txn_delete_all(txn, TABLE_RUNNING_INDEX, drops, count);
}
