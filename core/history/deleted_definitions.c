#include "core/history/deleted_definitions.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/schema.h"

/* The first byte of their keys in the table of definitions, beside the tags of kinds. */
enum { KIND_DELETED = 25 };

struct deleted_definitions {
	pthread_rwlock_t lock;
	size_t count, room;
	char **ids; /* sorted */
};

/* Where ID stands, or would. With the lock. */
static size_t place_of(const struct deleted_definitions *deleted, const char *id)
{
	size_t low = 0, high = deleted->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(deleted->ids[middle], id) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool is_at(const struct deleted_definitions *deleted, size_t at, const char *id)
{
	return at < deleted->count && !strcmp(deleted->ids[at], id);
}

static char *copy_of(const char *id)
{
	size_t size = strlen(id) + 1;

	return memcpy(memory_alloc(size), id, size);
}

static void insert(struct deleted_definitions *deleted, const char *id)
{
	size_t at = place_of(deleted, id);

	if (is_at(deleted, at, id))
		return;
	if (deleted->count == deleted->room) {
		deleted->room = deleted->room * 2 + 16;
		deleted->ids = memory_resize(deleted->ids, deleted->room * sizeof(*deleted->ids));
	}
	memmove(deleted->ids + at + 1, deleted->ids + at,
		(deleted->count - at) * sizeof(*deleted->ids));
	deleted->ids[at] = copy_of(id);
	deleted->count++;
}

int deleted_definitions_open(struct deleted_definitions **ret, struct store *store,
			     struct arena *arena)
{
	struct deleted_definitions *deleted = memory_alloc(sizeof(*deleted));
	struct txn reader = txn_reader(store, arena);
	const uint8_t kind = KIND_DELETED;
	struct bytes key, value;
	struct scan scan;
	int code;

	memset(deleted, 0, sizeof(*deleted));
	pthread_rwlock_init(&deleted->lock, NULL);
	scan_prefix(&scan, &reader, TABLE_DEFINITION, &kind, 1);
	while (!(code = scan_next(&scan, &key, &value)))
		insert(deleted, arena_strndup(arena, (const char *)key.data + 1, key.size - 1));
	*ret = deleted;
	return code == ERR_NOT_FOUND ? 0 : code;
}

void deleted_definitions_close(struct deleted_definitions *deleted)
{
	size_t i;

	for (i = 0; i < deleted->count; i++)
		free(deleted->ids[i]);
	free(deleted->ids);
	pthread_rwlock_destroy(&deleted->lock);
	free(deleted);
}

/* A change that memory follows. */
struct following {
	struct deleted_definitions *deleted;
	const char *id;
};

static void follow_add(void *arg)
{
	const struct following *following = arg;

	pthread_rwlock_wrlock(&following->deleted->lock);
	insert(following->deleted, following->id);
	pthread_rwlock_unlock(&following->deleted->lock);
}

static void follow_remove(void *arg)
{
	struct deleted_definitions *deleted = ((const struct following *)arg)->deleted;
	const char *id = ((const struct following *)arg)->id;
	size_t at;

	pthread_rwlock_wrlock(&deleted->lock);
	at = place_of(deleted, id);
	if (is_at(deleted, at, id)) {
		free(deleted->ids[at]);
		memmove(deleted->ids + at, deleted->ids + at + 1,
			(--deleted->count - at) * sizeof(*deleted->ids));
	}
	pthread_rwlock_unlock(&deleted->lock);
}

static void follow(struct txn *txn, struct deleted_definitions *deleted, const char *id,
		   void (*function)(void *arg))
{
	struct following *following = arena_alloc(txn->arena, sizeof(*following));

	*following = (struct following){deleted, arena_strdup(txn->arena, id)};
	txn_on_commit(txn, function, following);
}

static struct bytes key_of(struct txn *txn, const char *id)
{
	size_t length = strlen(id);
	uint8_t *key = arena_alloc(txn->arena, length + 1);

	key[0] = KIND_DELETED;
	memcpy(key + 1, id, length);
	return (struct bytes){key, length + 1};
}

int deleted_definitions_add(struct txn *txn, struct deleted_definitions *deleted, const char *id)
{
	struct bytes key = key_of(txn, id);

	follow(txn, deleted, id, follow_add);
	return txn_put(txn, TABLE_DEFINITION, key.data, key.size, "", 0);
}

int deleted_definitions_remove(struct txn *txn, struct deleted_definitions *deleted, const char *id)
{
	struct bytes key = key_of(txn, id);
	int code;

	if (!deleted_definitions_have(deleted, id))
		return 0;
	code = txn_delete(txn, TABLE_DEFINITION, key.data, key.size);
	if (code)
		return code == ERR_NOT_FOUND ? 0 : code; /* this transaction has removed it */
	follow(txn, deleted, id, follow_remove);
	return 0;
}

bool deleted_definitions_have(struct deleted_definitions *deleted, const char *id)
{
	bool found;

	if (!id)
		return false;
	pthread_rwlock_rdlock(&deleted->lock);
	found = is_at(deleted, place_of(deleted, id), id);
	pthread_rwlock_unlock(&deleted->lock);
	return found;
}
