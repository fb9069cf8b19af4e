#include "core/history/dictionary.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/schema.h"
#include "storage/uuid.h"

struct dictionary {
	struct store *store;
	enum dictionary_name name;
	pthread_rwlock_t lock;
	struct arena arena; /* of the texts */
	const char **texts; /* [number - 1] */
	uint32_t count, room;
	uint32_t *slots; /* by hash; 0 = free */
	uint32_t slot_count;
};

static uint32_t *slot_of(struct dictionary *dictionary, const char *text)
{
	uint32_t mask = dictionary->slot_count - 1;
	uint64_t hash = hash64(store_tag(dictionary->store), text, strlen(text));
	uint32_t at = (uint32_t)hash & mask;

	while (dictionary->slots[at] && strcmp(dictionary->texts[dictionary->slots[at] - 1], text))
		at = (at + 1) & mask;
	return &dictionary->slots[at];
}

static void grow(struct dictionary *dictionary)
{
	uint32_t i;

	dictionary->room = dictionary->room ? dictionary->room * 2 : 64;
	dictionary->texts =
		memory_resize(dictionary->texts, dictionary->room * sizeof(*dictionary->texts));
	dictionary->slot_count = dictionary->room * 2;
	free(dictionary->slots);
	dictionary->slots = memory_alloc(dictionary->slot_count * sizeof(*dictionary->slots));
	memset(dictionary->slots, 0, dictionary->slot_count * sizeof(*dictionary->slots));
	for (i = 0; i < dictionary->count; i++)
		*slot_of(dictionary, dictionary->texts[i]) = i + 1;
}

static void add(struct dictionary *dictionary, const char *text)
{
	if (dictionary->count == dictionary->room)
		grow(dictionary);
	dictionary->texts[dictionary->count++] = arena_strdup(&dictionary->arena, text);
	*slot_of(dictionary, text) = dictionary->count;
}

static int read_all(struct dictionary *dictionary, struct arena *arena)
{
	struct txn reader = txn_reader(dictionary->store, arena);
	uint8_t prefix = (uint8_t)dictionary->name;
	struct bytes key, value;
	struct scan scan;
	int code;

	scan_prefix(&scan, &reader, TABLE_DICTIONARY, &prefix, 1);
	while (!(code = scan_next(&scan, &key, &value))) {
		if (key.size != 5 || be32_read(key.data + 1) != dictionary->count + 1)
			return ERR_CORRUPT;
		add(dictionary, arena_strndup(arena, (const char *)value.data, value.size));
	}
	return code == ERR_NOT_FOUND ? 0 : code;
}

int dictionary_open(struct dictionary **ret, struct store *store, struct arena *arena,
		    enum dictionary_name name)
{
	struct dictionary *dictionary = memory_alloc(sizeof(*dictionary));
	int code;

	memset(dictionary, 0, sizeof(*dictionary));
	dictionary->store = store;
	dictionary->name = name;
	pthread_rwlock_init(&dictionary->lock, NULL);
	arena_init(&dictionary->arena);
	grow(dictionary);
	code = read_all(dictionary, arena);
	if (code)
		dictionary_close(dictionary);
	else
		*ret = dictionary;
	return code;
}

void dictionary_close(struct dictionary *dictionary)
{
	arena_clear(&dictionary->arena);
	free(dictionary->texts);
	free(dictionary->slots);
	free(dictionary);
}

uint32_t dictionary_find(struct dictionary *dictionary, const char *text)
{
	uint32_t number;

	if (!text)
		return 0;
	pthread_rwlock_rdlock(&dictionary->lock);
	number = *slot_of(dictionary, text);
	pthread_rwlock_unlock(&dictionary->lock);
	return number;
}

struct addition {
	struct dictionary *dictionary;
	const char *text;
};

static void apply_addition(void *arg)
{
	const struct addition *addition = arg;

	pthread_rwlock_wrlock(&addition->dictionary->lock);
	add(addition->dictionary, addition->text);
	pthread_rwlock_unlock(&addition->dictionary->lock);
}

static int add_body(struct txn *txn, void *arg)
{
	struct addition *addition = arg;
	uint8_t key[5];

	/* somebody else may have added it before this one's turn came */
	if (dictionary_find(addition->dictionary, addition->text))
		return 0;
	key[0] = (uint8_t)addition->dictionary->name;
	be32_write(key + 1, addition->dictionary->count + 1);
	txn_on_commit(txn, apply_addition, addition);
	return txn_insert(txn, TABLE_DICTIONARY, key, sizeof(key), addition->text,
			  strlen(addition->text));
}

int dictionary_intern(struct dictionary *dictionary, struct arena *arena, const char *text,
		      uint32_t *ret)
{
	struct addition addition = {dictionary, text};

	*ret = dictionary_find(dictionary, text);
	if (*ret || !text)
		return 0;
	/* the turn lets additions come one by one: a mutex besides it would be taken in two orders
	 */
	TRY(txn_run(dictionary->store, arena, TXN_LAZY, add_body, &addition));
	*ret = dictionary_find(dictionary, text);
	return 0;
}

uint32_t dictionary_count(struct dictionary *dictionary)
{
	uint32_t count;

	pthread_rwlock_rdlock(&dictionary->lock);
	count = dictionary->count;
	pthread_rwlock_unlock(&dictionary->lock);
	return count;
}

const char *dictionary_text(struct dictionary *dictionary, uint32_t number)
{
	const char *text;

	pthread_rwlock_rdlock(&dictionary->lock);
	text = dictionary->texts[number - 1];
	pthread_rwlock_unlock(&dictionary->lock);
	return text;
}

const char *dictionary_part(struct dictionary *dictionary, struct arena *arena, uint32_t number,
			    unsigned index)
{
	const char *text = dictionary_text(dictionary, number), *end;

	while (index && (end = strchr(text, '\x1f'))) {
		text = end + 1;
		index--;
	}
	end = strchrnul(text, '\x1f');
	return index ? "" : arena_strndup(arena, text, (size_t)(end - text));
}
