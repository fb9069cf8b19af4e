#include "core/process/model_cache.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/bpmn/parse.h"
#include "core/engine.h"
#include "core/process/definition.h"
#include "core/process/deployment.h"
#include "core/request/api_error.h"
#include "storage/uuid.h"

enum { BUCKETS = 4096 };

struct cached_model {
	struct cached_model *next; /* of its bucket */
	uint64_t used;             /* tick of its last use */
	const char *id;
	struct model *model;
	struct arena arena; /* of all of it */
	size_t users;
	bool forgotten; /* in no bucket any more */
};

struct model_cache {
	pthread_mutex_t mutex;
	uint8_t seed[16];
	size_t count;
	uint64_t tick;
	struct cached_model *buckets[BUCKETS];
};

struct model_cache *model_cache_open(void)
{
	struct model_cache *cache = memory_alloc(sizeof(*cache));

	memset(cache, 0, sizeof(*cache));
	pthread_mutex_init(&cache->mutex, NULL);
	random_bytes(cache->seed, sizeof(cache->seed));
	return cache;
}

static void free_entry(struct cached_model *entry)
{
	arena_clear(&entry->arena);
	free(entry);
}

void model_cache_close(struct model_cache *cache)
{
	size_t i;

	for (i = 0; i < BUCKETS; i++)
		while (cache->buckets[i]) {
			struct cached_model *entry = cache->buckets[i];

			cache->buckets[i] = entry->next;
			free_entry(entry);
		}
	pthread_mutex_destroy(&cache->mutex);
	free(cache);
}

/* Where the entry of ID hangs, or would. With the mutex held. */
static struct cached_model **find(struct model_cache *cache, const char *id)
{
	struct cached_model **at = &cache->buckets[hash64(cache->seed, id, strlen(id)) % BUCKETS];

	while (*at && strcmp((*at)->id, id) != 0)
		at = &(*at)->next;
	return at;
}

static bool take(struct model_cache *cache, const char *id, const struct model **ret)
{
	struct cached_model *entry;

	pthread_mutex_lock(&cache->mutex);
	entry = *find(cache, id);
	if (entry) {
		entry->users++;
		entry->used = ++cache->tick;
		*ret = entry->model;
	}
	pthread_mutex_unlock(&cache->mutex);
	return entry;
}

/* Takes the entry at AT out. With the mutex held. */
static struct cached_model *take_out(struct model_cache *cache, struct cached_model **at)
{
	struct cached_model *entry = *at;

	*at = entry->next;
	entry->forgotten = true;
	cache->count--;
	return entry;
}

/* What nobody uses and was used least lately, out of its bucket; NULL: all are used. */
static struct cached_model *take_oldest(struct model_cache *cache)
{
	struct cached_model **at, **oldest = NULL;
	size_t i;

	for (i = 0; i < BUCKETS; i++)
		for (at = &cache->buckets[i]; *at; at = &(*at)->next)
			if (!(*at)->users && (!oldest || (*at)->used < (*oldest)->used))
				oldest = at;
	return oldest ? take_out(cache, oldest) : NULL;
}

/* Somebody else may have been quicker: then that one stays. */
static const struct model *add(struct model_cache *cache, struct cached_model *entry)
{
	struct cached_model **at, *kept, *oldest = NULL;

	pthread_mutex_lock(&cache->mutex);
	at = find(cache, entry->id);
	kept = *at ? *at : entry;
	cache->count += kept == entry;
	*at = kept;
	kept->users++;
	kept->used = ++cache->tick;
	if (cache->count > MODEL_CACHE_MAX)
		oldest = take_oldest(cache);
	pthread_mutex_unlock(&cache->mutex);
	if (kept != entry)
		free_entry(entry);
	if (oldest)
		free_entry(oldest);
	return kept->model;
}

size_t model_cache_count(struct model_cache *cache)
{
	size_t count;

	pthread_mutex_lock(&cache->mutex);
	count = cache->count;
	pthread_mutex_unlock(&cache->mutex);
	return count;
}

static int read_bpmn(struct txn *reader, const union slot *definition, struct bytes *ret)
{
	const char *id = definition[DEFINITION_DEPLOYMENT_ID].s;
	union slot *deployment;

	if (!id || !definition[DEFINITION_RESOURCE].s)
		return ERR_NOT_FOUND;
	TRY(deployment_get(reader, id, &deployment));
	return resource_read(reader, deployment, RESOURCE_NAME, definition[DEFINITION_RESOURCE].s,
			     ret);
}

/* What was accepted once stays so: times to live are not looked at again. */
static int parse(const union slot *definition, struct bytes bpmn, struct cached_model *entry,
		 struct arena *arena, struct error *error)
{
	const char *key = definition[DEFINITION_KEY].s;
	struct bpmn_options options = {NULL, false, key};
	struct bpmn_resource resource;
	struct error cause = {0};
	int code;

	code = bpmn_parse(&entry->arena, definition[DEFINITION_RESOURCE].s, bpmn.data, bpmn.size,
			  &options, &resource, &cause);
	if (code)
		return err_set(error, arena, code, "%s",
			       cause.message ? cause.message : err_text(code));
	if (resource.problems.count)
		return err_set(error, arena, ERR_PARSE, "The model of '%s' cannot be run:%s",
			       entry->id, problems_text(&resource.problems));
	if (!key || !resource.count)
		return ERR_NOT_FOUND;
	entry->model = resource.models[0];
	entry->model->cached = entry;
	return 0;
}

static int load(struct engine *engine, struct txn *reader, const char *id, const struct model **ret,
		struct error *error)
{
	struct cached_model *entry;
	union slot *definition;
	struct bytes bpmn;
	int code;

	TRY(definition_get(reader, &process_definition_kind, id, &definition));
	TRY(read_bpmn(reader, definition, &bpmn));
	entry = memory_alloc(sizeof(*entry));
	memset(entry, 0, sizeof(*entry));
	arena_init(&entry->arena);
	entry->id = arena_strdup(&entry->arena, id);
	code = parse(definition, bpmn, entry, reader->arena, error);
	if (code) {
		free_entry(entry);
		return code;
	}
	*ret = add(engine->models, entry);
	return 0;
}

int model_get(struct engine *engine, struct txn *reader, const char *process_definition_id,
	      const struct model **ret, struct error *error)
{
	if (take(engine->models, process_definition_id, ret))
		return 0;
	return load(engine, reader, process_definition_id, ret, error);
}

void model_release(struct engine *engine, const struct model *model)
{
	struct cached_model *entry = model ? model->cached : NULL;
	bool last;

	if (!entry)
		return;
	pthread_mutex_lock(&engine->models->mutex);
	last = !--entry->users && entry->forgotten;
	pthread_mutex_unlock(&engine->models->mutex);
	if (last)
		free_entry(entry);
}

void model_forget_all(struct engine *engine)
{
	struct model_cache *cache = engine->models;
	struct cached_model *unused = NULL, *entry;
	size_t i;

	pthread_mutex_lock(&cache->mutex);
	for (i = 0; i < BUCKETS; i++)
		while (cache->buckets[i]) {
			entry = take_out(cache, &cache->buckets[i]);
			if (entry->users)
				continue;
			entry->next = unused;
			unused = entry;
		}
	pthread_mutex_unlock(&cache->mutex);
	while ((entry = unused)) {
		unused = entry->next;
		free_entry(entry);
	}
}

void model_forget(struct engine *engine, const char *process_definition_id)
{
	struct cached_model **at, *entry;
	bool unused = false;

	pthread_mutex_lock(&engine->models->mutex);
	at = find(engine->models, process_definition_id);
	entry = *at ? take_out(engine->models, at) : NULL;
	unused = entry && !entry->users;
	pthread_mutex_unlock(&engine->models->mutex);
	if (unused)
		free_entry(entry);
}
