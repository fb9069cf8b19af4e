#include "core/history/key_index.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/history/posting_key.h"
#include "core/query/query.h"

enum { BYTES_MAX = 64 * 1024 * 1024 };

/* Keys in order: how many bytes are those of the key before, how many follow, these, be16 row. */
struct segment_keys {
	uint64_t changes; /* of the segment, when they were gathered */
	size_t size;
	uint8_t bytes[];
};

struct key_index {
	pthread_rwlock_t lock;
	struct segment_keys **segments;
	uint32_t count;
	size_t bytes;
};

struct key_index *key_index_new(void)
{
	struct key_index *index = memory_alloc(sizeof(*index));

	memset(index, 0, sizeof(*index));
	pthread_rwlock_init(&index->lock, NULL);
	return index;
}

void key_index_free(struct key_index *index)
{
	uint32_t i;

	if (!index)
		return;
	for (i = 0; i < index->count; i++)
		free(index->segments[i]);
	free(index->segments);
	pthread_rwlock_destroy(&index->lock);
	free(index);
}

/* Keys on their way into the index. */
struct gathering {
	struct buffer bytes;
	char last[POSTING_TEXT_MAX + 1];
	size_t last_length;
};

static bool take_key(void *arg, struct bytes key, uint64_t number)
{
	struct gathering *gathering = arg;
	const char *text = (const char *)key.data + 1;
	size_t shared = 0, length = key.size - 2; /* letter and NUL apart */

	if (key.size < 2 || length > POSTING_TEXT_MAX)
		return true;
	while (shared < length && shared < gathering->last_length &&
	       text[shared] == gathering->last[shared])
		shared++;
	buffer_put_u8(&gathering->bytes, (uint8_t)shared);
	buffer_put_u8(&gathering->bytes, (uint8_t)(length - shared));
	buffer_put(&gathering->bytes, text + shared, length - shared);
	buffer_put_be16(&gathering->bytes, (uint16_t)(number % ARCHIVE_SEGMENT));
	memcpy(gathering->last, text, length);
	gathering->last_length = length;
	return true;
}

static int gather(struct txn *txn, struct archive *archive, uint32_t segment, uint64_t changes,
		  struct segment_keys **ret)
{
	static const uint8_t first[] = {POSTING_BUSINESS_KEY},
			     behind[] = {POSTING_BUSINESS_KEY + 1};
	struct gathering gathering = {.last_length = 0};
	struct arena_mark mark = arena_mark(txn->arena);
	int code;

	buffer_init(&gathering.bytes);
	code = archive_find(txn, archive, segment, (struct bytes){first, 1},
			    (struct bytes){behind, 1}, take_key, &gathering);
	arena_rewind(txn->arena, mark);
	if (!code) {
		*ret = memory_alloc(sizeof(**ret) + gathering.bytes.length);
		(*ret)->changes = changes;
		(*ret)->size = gathering.bytes.length;
		if (gathering.bytes.length)
			memcpy((*ret)->bytes, gathering.bytes.data, gathering.bytes.length);
	}
	buffer_clear(&gathering.bytes);
	return code;
}

/* Puts KEYS in their place, and frees what was there, or KEYS when there is no room for them. */
static int keep(struct key_index *index, uint32_t segment, struct segment_keys *keys)
{
	struct segment_keys *old;
	int code = 0;

	pthread_rwlock_wrlock(&index->lock);
	if (segment >= index->count) {
		index->segments = memory_resize(index->segments,
						(segment + 1) * sizeof(struct segment_keys *));
		memset(index->segments + index->count, 0,
		       (segment + 1 - index->count) * sizeof(struct segment_keys *));
		index->count = segment + 1;
	}
	old = index->segments[segment];
	if (index->bytes - (old ? old->size : 0) + keys->size > BYTES_MAX) {
		old = keys;
		code = ERR_NOT_FOUND;
	} else {
		index->bytes += keys->size - (old ? old->size : 0);
		index->segments[segment] = keys;
	}
	pthread_rwlock_unlock(&index->lock);
	free(old);
	return code;
}

/* A pattern, and the longest piece of it that every key like it contains. */
struct like {
	const char *pattern;
	const char *piece;
	size_t length;
};

static struct like like_of(const char *pattern)
{
	struct like like = {pattern, pattern, 0};
	const char *at = pattern;

	while (*at) {
		size_t length = strcspn(at, "%_\\");

		if (length > like.length) {
			like.piece = at;
			like.length = length;
		}
		at += length;
		at += *at == '\\' && at[1] ? 2 : *at != '\0';
	}
	return like;
}

/* Where the piece ends in the key, looked for from FROM on; 0 = nowhere. */
static size_t piece_end(const struct like *like, const char *key, size_t length, size_t from)
{
	for (; from + like->length <= length; from++)
		if (!memcmp(key + from, like->piece, like->length))
			return from + like->length;
	return 0;
}

static void match(const struct segment_keys *keys, const struct like *like, uint8_t *out)
{
	const uint8_t *at = keys->bytes, *end = at + keys->size;
	char key[2 * POSTING_TEXT_MAX + 2];
	size_t found = 0; /* where the piece ends in the key; 0 = it has none */

	while (at < end) {
		size_t shared = at[0], length = shared + at[1];

		memcpy(key + shared, at + 2, at[1]);
		key[length] = '\0';
		at += 2 + at[1];
		if (like->length && found > shared)
			found = 0;
		if (like->length && !found)
			found = piece_end(like, key, length,
					  shared < like->length ? 0 : shared - like->length + 1);
		if (length == POSTING_TEXT_MAX)
			out[be16_read(at) % ARCHIVE_SEGMENT] = KEY_CUT;
		else if ((found || !like->length) && text_like(key, like->pattern))
			out[be16_read(at) % ARCHIVE_SEGMENT] = KEY_LIKE;
		at += 2;
	}
}

/* False when the segment's keys are not there as they are now. */
static bool match_known(struct key_index *index, uint32_t segment, uint64_t changes,
			const struct like *like, uint8_t *out)
{
	const struct segment_keys *keys;
	bool known;

	pthread_rwlock_rdlock(&index->lock);
	keys = segment < index->count ? index->segments[segment] : NULL;
	known = keys && keys->changes == changes;
	if (known)
		match(keys, like, out);
	pthread_rwlock_unlock(&index->lock);
	return known;
}

int key_index_find(struct key_index *index, struct txn *txn, const struct columns *columns,
		   uint32_t segment, const char *pattern, uint8_t *out)
{
	struct archive *archive = columns_archive(columns);
	struct like like = like_of(pattern);
	struct segment_keys *keys;
	uint64_t changes;

	archive_lock_shared(archive);
	changes = columns_set(columns, segment)->changes;
	archive_unlock(archive);
	if (match_known(index, segment, changes, &like, out))
		return 0;
	TRY(gather(txn, archive, segment, changes, &keys));
	TRY(keep(index, segment, keys));
	return match_known(index, segment, changes, &like, out) ? 0 : ERR_NOT_FOUND;
}

void key_index_trim(struct key_index *index, const struct columns *columns)
{
	struct archive *archive = columns_archive(columns);
	uint32_t i;

	pthread_rwlock_wrlock(&index->lock);
	archive_lock_shared(archive);
	for (i = 0; i < index->count; i++) {
		if (!index->segments[i] || !archive_gone(archive, i))
			continue;
		index->bytes -= index->segments[i]->size;
		free(index->segments[i]);
		index->segments[i] = NULL;
	}
	archive_unlock(archive);
	pthread_rwlock_unlock(&index->lock);
}
