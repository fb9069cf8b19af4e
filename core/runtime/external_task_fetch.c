#include "core/runtime/external_task_fetch.h"

#include <string.h>

#include "core/engine.h"
#include "core/id.h"
#include "core/record/row_json.h"
#include "core/runtime/external_task.h"
#include "core/runtime/external_task_index.h"
#include "core/runtime/variable.h"

enum { UNLOCK_ROUNDS = 8 }; /* pieces of locks that ran out, taken up by one request */

/* A topic's ready tasks on their way, and the next of them. */
struct stream {
	const struct fetch_topic *topic;
	struct external_task_walk walk;
	struct external_task_entry entry;
	bool ended;
};

struct fetching {
	struct command *command;
	const struct fetch *fetch;
	struct fetch_result *result;
	size_t most;
};

static bool same(const char *a, const char *b)
{
	return a && b && !strcmp(a, b);
}

static bool has(const struct texts *texts, const char *text)
{
	size_t i;

	for (i = 0; i < texts->count; i++)
		if (same(texts->items[i], text))
			return true;
	return false;
}

static bool hash_fits(const char *wanted, uint64_t hash)
{
	return !wanted || external_task_hash(wanted) == hash;
}

/* A first look, without the instance. */
static bool may_fit(const struct fetch_topic *topic, const struct external_task_entry *entry)
{
	return hash_fits(topic->definition_id, entry->definition_id) &&
	       hash_fits(topic->definition_key, entry->definition_key) &&
	       hash_fits(topic->business_key, entry->business_key) &&
	       (!topic->without_tenant || !entry->tenant);
}

static bool fits(const struct fetch_topic *topic, const struct external_task *task)
{
	const struct texts *ids = &topic->definition_ids, *keys = &topic->definition_keys;
	const char *tag = task->process_definition_version_tag;

	return (!topic->definition_id || same(topic->definition_id, task->process_definition_id)) &&
	       (!topic->definition_key ||
		same(topic->definition_key, task->process_definition_key)) &&
	       (!topic->business_key || same(topic->business_key, task->business_key)) &&
	       (!topic->version_tag || same(topic->version_tag, tag)) &&
	       (!ids->count || has(ids, task->process_definition_id)) &&
	       (!keys->count || has(keys, task->process_definition_key)) &&
	       (!topic->without_tenant || !task->tenant_id) &&
	       (!topic->tenants.count || has(&topic->tenants, task->tenant_id));
}

/* The type that a plain value of JSON has as a variable. */
static const char *type_of(const struct value *value)
{
	if (!value)
		return "Null";
	switch (value->type) {
	case VALUE_STRING:
		return "String";
	case VALUE_LONG:
		return value->as.number >= INT32_MIN && value->as.number <= INT32_MAX ? "Integer"
										      : "Long";
	case VALUE_DOUBLE:
		return "Double";
	case VALUE_BOOL:
		return "Boolean";
	default:
		return "Object";
	}
}

static bool same_value(const struct value *a, const struct value *b)
{
	if (!a || !b || a->type != b->type)
		return a == b;
	switch (a->type) {
	case VALUE_LONG:
		return a->as.number == b->as.number;
	case VALUE_DOUBLE:
		return !(a->as.fraction < b->as.fraction || a->as.fraction > b->as.fraction);
	case VALUE_BOOL:
		return a->as.truth == b->as.truth;
	default:
		return same(a->as.text, b->as.text);
	}
}

/* Whether the process instance has all these variables with these values. */
static bool variables_fit(struct instance *instance, const struct json *wanted)
{
	struct scope scope = scope_at(instance, instance->root);
	const struct json *member;

	for (member = wanted ? wanted->first : NULL; member; member = member->next) {
		const struct value *value = value_of_json(instance->arena, member);
		const struct variable *variable = variable_find_local(&scope, member->key);

		if (!variable || strcmp(variable->type, type_of(value)) != 0 ||
		    !same_value(variable->value, value))
			return false;
	}
	return true;
}

static bool is_fetchable(const struct external_task *task, int64_t now)
{
	return !task->suspended && (task->retries == INT_NULL || task->retries > 0) &&
	       (task->lock_expiration_time == TIME_NULL || task->lock_expiration_time <= now);
}

static struct external_task *find_task(const struct command *command,
				       const struct instance *instance, uint64_t ordinal)
{
	struct external_task *task;
	struct id id;

	LIST_EACH(&instance->external_tasks, task)
	{
		if (id_decode(command->engine->store, task->id, &id) && id.ordinal == ordinal)
			return task;
	}
	return NULL;
}

/* What the answer shows of the task; the model may be gone when it is written. */
static void keep_properties(struct instance *instance, struct fetched *fetched)
{
	const struct external_task *task = fetched->task;
	int at = model_node(instance->model, task->activity_id);
	const struct service_definition *service =
		at == NODE_NONE ? NULL : instance->model->nodes[at].service;
	struct property *copies;
	size_t i;

	if (!fetched->topic->properties || !service)
		return;
	copies = arena_array(instance->arena, service->property_count, sizeof(*copies));
	for (i = 0; i < service->property_count; i++) {
		copies[i].name = arena_strdup(instance->arena, service->properties[i].name);
		copies[i].value = arena_strdup(instance->arena, service->properties[i].value);
	}
	fetched->property_count = service->property_count;
	fetched->properties = copies;
}

static void keep_variables(struct instance *instance, struct fetched *fetched)
{
	const struct fetch_topic *topic = fetched->topic;
	struct scope scope =
		scope_at(instance, instance_execution(instance, fetched->task->execution_id));
	struct variable *variable;
	struct list visible;

	memset(&visible, 0, sizeof(visible));
	variables_visible(&scope, instance->arena, topic->local_variables, &visible);
	LIST_EACH(&visible, variable)
	{
		if (!topic->variables.given || has(&topic->variables, variable->name))
			list_add(instance->arena, &fetched->variables, variable);
	}
}

static void lock(struct fetching *fetching, struct instance *instance, struct external_task *task,
		 const struct fetch_topic *topic)
{
	struct fetched *fetched = &fetching->result->items[fetching->result->count++];

	task->worker_id = fetching->fetch->worker_id;
	task->lock_expiration_time =
		external_task_time(fetching->command->now, topic->lock_duration);
	instance->changed = true;
	memset(fetched, 0, sizeof(*fetched));
	fetched->topic = topic;
	fetched->task = task;
	keep_properties(instance, fetched);
	keep_variables(instance, fetched);
}

/* Locks the task of ENTRY if it is what TOPIC asks for. */
static int try_entry(struct fetching *fetching, const struct fetch_topic *topic,
		     const struct external_task_entry *entry)
{
	struct command *command = fetching->command;
	struct external_task *task;
	struct instance *instance;
	int code;

	if (!may_fit(topic, entry))
		return 0;
	code = command_instance(command, entry->serial, &instance);
	if (code)
		return code == ERR_NOT_FOUND ? 0 : code;
	task = find_task(command, instance, entry->ordinal);
	if (task && is_fetchable(task, command->now) && fits(topic, task) &&
	    variables_fit(instance, topic->process_variables))
		lock(fetching, instance, task, topic);
	return 0;
}

/* Nobody waits for the answer any more. */
static int is_stopped(const struct fetching *fetching)
{
	const struct request *request = fetching->command->request;

	return request ? request_stopped(request) : 0;
}

static int advance(struct stream *stream)
{
	int code = external_task_walk_next(&stream->walk, &stream->entry);

	stream->ended = code;
	return code == ERR_NOT_FOUND ? 0 : code;
}

/* High priorities first, then what was made first. */
static int compare_entries(const struct external_task_entry *a, const struct external_task_entry *b)
{
	if (a->priority != b->priority)
		return a->priority > b->priority ? -1 : 1;
	if (a->created != b->created)
		return a->created < b->created ? -1 : 1;
	return 0;
}

static struct stream *first_stream(struct stream *streams, size_t count)
{
	struct stream *first = NULL;
	size_t i;

	for (i = 0; i < count; i++)
		if (!streams[i].ended &&
		    (!first || compare_entries(&streams[i].entry, &first->entry) < 0))
			first = &streams[i];
	return first;
}

/* In the order of the index. */
static int fetch_in_order(struct fetching *fetching, struct stream *streams, size_t count)
{
	struct stream *stream;

	while (fetching->result->count < fetching->most &&
	       (stream = first_stream(streams, count))) {
		TRY(is_stopped(fetching));
		TRY(try_entry(fetching, stream->topic, &stream->entry));
		TRY(advance(stream));
	}
	return 0;
}

/* One of the best entries so far, in another order. */
struct candidate {
	const struct fetch_topic *topic;
	struct external_task_entry entry;
};

static bool precedes(const struct fetch *fetch, const struct external_task_entry *a,
		     const struct external_task_entry *b)
{
	if (fetch->by_priority && a->priority != b->priority)
		return a->priority > b->priority;
	return fetch->descending ? a->created > b->created : a->created < b->created;
}

/* Whether the entry alone cannot tell that the task is asked for. */
static bool asks_instance(const struct fetch_topic *topic)
{
	return topic->version_tag || topic->definition_ids.count || topic->definition_keys.count ||
	       topic->tenants.count || topic->process_variables;
}

/* Whether the entry is one to be locked, without taking its instance in hand. */
static int is_wanted(struct fetching *fetching, const struct fetch_topic *topic,
		     const struct external_task_entry *entry, bool *ret)
{
	struct command *command = fetching->command;
	struct arena_mark mark = arena_mark(command->arena);
	const struct external_task *task;
	struct instance *instance;
	int code;

	*ret = may_fit(topic, entry);
	if (!*ret || !asks_instance(topic))
		return 0;
	code = instance_read(command->txn, entry->serial, &instance);
	*ret = false;
	if (!code) {
		task = find_task(command, instance, entry->ordinal);
		*ret = task && is_fetchable(task, command->now) && fits(topic, task) &&
		       variables_fit(instance, topic->process_variables);
	}
	arena_rewind(command->arena, mark);
	return code == ERR_NOT_FOUND ? 0 : code;
}

/* Puts the stream's entry among the best, if it is one of them. */
static int consider(struct fetching *fetching, const struct stream *stream, struct candidate *best,
		    size_t *count)
{
	size_t at = *count;
	bool wanted;

	while (at && precedes(fetching->fetch, &stream->entry, &best[at - 1].entry))
		at--;
	if (at == fetching->most)
		return 0;
	TRY(is_wanted(fetching, stream->topic, &stream->entry, &wanted));
	if (!wanted)
		return 0;
	if (*count < fetching->most)
		(*count)++;
	memmove(best + at + 1, best + at, (*count - at - 1) * sizeof(*best));
	best[at] = (struct candidate){stream->topic, stream->entry};
	return 0;
}

static int fetch_sorted(struct fetching *fetching, struct stream *streams, size_t count)
{
	struct candidate *best =
		arena_array(fetching->command->arena, fetching->most, sizeof(*best));
	size_t found = 0, i;

	for (i = 0; i < count; i++)
		while (!streams[i].ended) {
			TRY(is_stopped(fetching));
			TRY(consider(fetching, &streams[i], best, &found));
			TRY(advance(&streams[i]));
		}
	for (i = 0; i < found; i++)
		TRY(try_entry(fetching, best[i].topic, &best[i].entry));
	return 0;
}

static int unlock_topics(struct command *command, const struct fetch *fetch)
{
	unsigned rounds;
	size_t i;

	for (i = 0; i < fetch->topic_count; i++) {
		bool more = true;

		for (rounds = 0; more && rounds < UNLOCK_ROUNDS; rounds++)
			TRY(external_tasks_unlock(command->txn, fetch->topics[i].name, command->now,
						  &more));
	}
	return 0;
}

int fetch_and_lock(struct command *command, const struct fetch *fetch, struct fetch_result *ret)
{
	struct fetching fetching = {command, fetch, ret,
				    (size_t)(fetch->most < FETCH_MAX ? fetch->most : FETCH_MAX)};
	struct stream *streams = arena_array(command->arena, fetch->topic_count, sizeof(*streams));
	/* the index goes by priority, then from the first made on */
	bool sorted = fetch->by_creation && (fetch->descending || !fetch->by_priority);
	size_t i;

	ret->count = 0;
	ret->items = arena_array(command->arena, fetching.most, sizeof(*ret->items));
	TRY(unlock_topics(command, fetch));
	for (i = 0; i < fetch->topic_count; i++) {
		streams[i].topic = &fetch->topics[i];
		external_task_walk_start(&streams[i].walk, command->txn, TASKS_READY,
					 fetch->topics[i].name);
		TRY(advance(&streams[i]));
	}
	return sorted ? fetch_sorted(&fetching, streams, fetch->topic_count)
		      : fetch_in_order(&fetching, streams, fetch->topic_count);
}

static int topic_has_some(struct txn *reader, const struct fetch_topic *topic, bool *ret)
{
	struct external_task_walk walk;
	struct external_task_entry entry;
	int code = 0;

	*ret = false;
	external_task_walk_start(&walk, reader, TASKS_READY, topic->name);
	while (!*ret && !(code = external_task_walk_next(&walk, &entry)))
		*ret = may_fit(topic, &entry);
	return *ret || code == ERR_NOT_FOUND ? 0 : code;
}

int fetch_look(struct txn *reader, const struct fetch *fetch, int64_t now, bool *ret_some,
	       int64_t *ret_next)
{
	size_t i;

	*ret_some = false;
	*ret_next = INT64_MAX;
	/* every lock that runs out counts: what a topic has may not fit in the end */
	for (i = 0; i < fetch->topic_count; i++) {
		int64_t next;

		if (!*ret_some)
			TRY(topic_has_some(reader, &fetch->topics[i], ret_some));
		TRY(external_task_next_unlock(reader, fetch->topics[i].name, &next));
		if (next < *ret_next)
			*ret_next = next;
	}
	*ret_some |= *ret_next <= now;
	return 0;
}
