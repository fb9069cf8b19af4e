#include "core/runtime/external_task_index.h"

#include <string.h>

#include "core/id.h"
#include "core/runtime/external_task_wait.h"
#include "core/schema.h"

enum {
	ORDER_SIZE = 32,      /* priority, creation, serial number, ordinal */
	VALUE_SIZE = 41,      /* hashes, lock, retries */
	UNLOCK_AT_ONCE = 256, /* entries moved in a transaction */
	LISTS = 3,
};

static const enum external_task_list lists[LISTS] = {TASKS_BARRED, TASKS_LOCKED, TASKS_READY};

/* FNV-1a; 0 is kept for what is absent. */
uint64_t external_task_hash(const char *text)
{
	uint64_t hash = 0xcbf29ce484222325u;

	if (!text)
		return 0;
	for (; *text; text++)
		hash = (hash ^ (uint8_t)*text) * 0x100000001b3u;
	return hash ? hash : 1;
}

/* Signed numbers in their order. */
static uint64_t sortable(int64_t number)
{
	return (uint64_t)number ^ 1ull << 63;
}

static int64_t unsortable(uint64_t number)
{
	return (int64_t)(number ^ 1ull << 63);
}

static void put_prefix(struct buffer *buffer, enum external_task_list list, const char *topic)
{
	buffer_put_u8(buffer, (uint8_t)list);
	buffer_put(buffer, topic, strlen(topic) + 1);
}

/* High priorities first. */
static void put_order(struct buffer *buffer, const struct external_task_entry *entry)
{
	buffer_put_be64(buffer, ~sortable(entry->priority));
	buffer_put_be64(buffer, sortable(entry->created));
	buffer_put_be64(buffer, entry->serial);
	buffer_put_be64(buffer, entry->ordinal);
}

static struct bytes key_of(struct arena *arena, enum external_task_list list, const char *topic,
			   const struct external_task_entry *entry)
{
	struct buffer buffer;
	struct bytes key;

	buffer_init(&buffer);
	put_prefix(&buffer, list, topic);
	if (list == TASKS_LOCKED)
		buffer_put_be64(&buffer, sortable(entry->locked_until));
	put_order(&buffer, entry);
	key = (struct bytes){arena_copy(arena, buffer.data, buffer.length), buffer.length};
	buffer_clear(&buffer);
	return key;
}

static int put(struct txn *txn, enum external_task_list list, const char *topic,
	       const struct external_task_entry *entry)
{
	struct bytes key = key_of(txn->arena, list, topic, entry);
	uint8_t value[VALUE_SIZE];

	be64_write(value, entry->definition_id);
	be64_write(value + 8, entry->definition_key);
	be64_write(value + 16, entry->business_key);
	be64_write(value + 24, entry->tenant);
	be64_write(value + 32, (uint64_t)entry->locked_until);
	value[40] = entry->has_retries;
	return txn_put(txn, TABLE_EXTERNAL_TASK, key.data, key.size, value, sizeof(value));
}

static int drop(struct txn *txn, enum external_task_list list, const char *topic,
		const struct external_task_entry *entry)
{
	struct bytes key = key_of(txn->arena, list, topic, entry);
	int code = txn_delete(txn, TABLE_EXTERNAL_TASK, key.data, key.size);

	return code == ERR_NOT_FOUND ? 0 : code;
}

/* KEY has SKIP bytes before the order. */
static int read_entry(struct bytes key, size_t skip, struct bytes value,
		      struct external_task_entry *ret)
{
	if (key.size != skip + ORDER_SIZE || value.size != VALUE_SIZE)
		return ERR_CORRUPT;
	ret->priority = unsortable(~be64_read(key.data + skip));
	ret->created = unsortable(be64_read(key.data + skip + 8));
	ret->serial = be64_read(key.data + skip + 16);
	ret->ordinal = be64_read(key.data + skip + 24);
	ret->definition_id = be64_read(value.data);
	ret->definition_key = be64_read(value.data + 8);
	ret->business_key = be64_read(value.data + 16);
	ret->tenant = be64_read(value.data + 24);
	ret->locked_until = (int64_t)be64_read(value.data + 32);
	ret->has_retries = value.data[40];
	return 0;
}

/* An expression may have given none. */
static const char *topic_of(const struct external_task *task)
{
	return task->topic_name ? task->topic_name : "";
}

static enum external_task_list list_of(const struct external_task *task)
{
	if (task->suspended || (task->retries != INT_NULL && task->retries <= 0))
		return TASKS_BARRED;
	return task->lock_expiration_time == TIME_NULL ? TASKS_READY : TASKS_LOCKED;
}

static void entry_of(const struct txn *txn, const struct instance *instance,
		     const struct external_task *task, struct external_task_entry *ret)
{
	struct id id = {.ordinal = 0};

	id_decode(txn->store, task->id, &id);
	ret->priority = task->priority;
	ret->created = task->create_time;
	ret->serial = instance->serial;
	ret->ordinal = id.ordinal;
	ret->locked_until = task->lock_expiration_time;
	ret->has_retries = task->retries == INT_NULL || task->retries > 0;
	ret->definition_id = external_task_hash(task->process_definition_id);
	ret->definition_key = external_task_hash(task->process_definition_key);
	ret->business_key = external_task_hash(task->business_key);
	ret->tenant = external_task_hash(task->tenant_id);
}

/* One whose lock ran out may have been moved to the ready. */
static int remove_task(struct txn *txn, const struct instance *instance,
		       const struct external_task *task)
{
	struct external_task_entry entry;

	entry_of(txn, instance, task, &entry);
	TRY(drop(txn, list_of(task), topic_of(task), &entry));
	return list_of(task) == TASKS_LOCKED ? drop(txn, TASKS_READY, topic_of(task), &entry) : 0;
}

static int add_task(struct txn *txn, struct engine *engine, const struct instance *instance,
		    const struct external_task *task)
{
	enum external_task_list list = list_of(task);
	struct external_task_entry entry;

	entry_of(txn, instance, task, &entry);
	if (list != TASKS_BARRED)
		external_task_waiters_note(engine, txn, topic_of(task),
					   list == TASKS_READY ? 0 : entry.locked_until);
	return put(txn, list, topic_of(task), &entry);
}

/* Whether all that the index knows is as it was. Topic and creation never change. */
static bool is_same(const struct external_task *a, const struct external_task *b)
{
	bool left = a->retries == INT_NULL || a->retries > 0;
	bool still = b->retries == INT_NULL || b->retries > 0;

	return a->priority == b->priority && a->lock_expiration_time == b->lock_expiration_time &&
	       !a->suspended == !b->suspended && left == still &&
	       external_task_hash(a->business_key) == external_task_hash(b->business_key);
}

/* Tasks stand in order of creation: those that went are missing, new ones follow at the end. */
int external_task_index_write(struct txn *txn, struct engine *engine,
			      const struct instance *instance, const struct external_task *before,
			      size_t count)
{
	const struct list *now = &instance->external_tasks;
	size_t old, new = 0;

	for (old = 0; old < count; old++) {
		const struct external_task *task = new < now->count ? now->items[new] : NULL;

		if (task && !strcmp(task->id, before[old].id)) {
			new ++;
			if (is_same(&before[old], task))
				continue;
		} else {
			task = NULL;
		}
		TRY(remove_task(txn, instance, &before[old]));
		if (task)
			TRY(add_task(txn, engine, instance, task));
	}
	for (; new < now->count; new ++)
		TRY(add_task(txn, engine, instance, now->items[new]));
	return 0;
}

void external_task_walk_start(struct external_task_walk *walk, struct txn *txn,
			      enum external_task_list list, const char *topic)
{
	struct buffer buffer;

	buffer_init(&buffer);
	put_prefix(&buffer, list, topic);
	walk->prefix = buffer.length + (list == TASKS_LOCKED ? 8 : 0);
	scan_prefix(&walk->scan, txn, TABLE_EXTERNAL_TASK,
		    arena_copy(txn->arena, buffer.data, buffer.length), buffer.length);
	buffer_clear(&buffer);
}

int external_task_walk_next(struct external_task_walk *walk, struct external_task_entry *ret)
{
	struct bytes key, value;

	TRY(scan_next(&walk->scan, &key, &value));
	return read_entry(key, walk->prefix, value, ret);
}

int external_tasks_unlock(struct txn *txn, const char *topic, int64_t now, bool *ret_more)
{
	struct external_task_entry *entries =
		arena_array(txn->arena, UNLOCK_AT_ONCE, sizeof(*entries));
	struct external_task_walk walk;
	size_t count = 0, i;
	int code = 0;

	external_task_walk_start(&walk, txn, TASKS_LOCKED, topic);
	while (count < UNLOCK_AT_ONCE && !code) {
		code = external_task_walk_next(&walk, &entries[count]);
		if (!code && entries[count].locked_until > now)
			code = ERR_NOT_FOUND;
		count += !code;
	}
	if (code && code != ERR_NOT_FOUND)
		return code;
	*ret_more = !code;
	for (i = 0; i < count; i++) {
		TRY(drop(txn, TASKS_LOCKED, topic, &entries[i]));
		TRY(put(txn, TASKS_READY, topic, &entries[i]));
	}
	return 0;
}

int external_task_next_unlock(struct txn *txn, const char *topic, int64_t *ret)
{
	struct external_task_walk walk;
	struct external_task_entry entry;
	int code;

	external_task_walk_start(&walk, txn, TASKS_LOCKED, topic);
	code = external_task_walk_next(&walk, &entry);
	*ret = code ? INT64_MAX : entry.locked_until;
	return code == ERR_NOT_FOUND ? 0 : code;
}

/* The first topic behind AFTER in one list; NULL = there is none. */
static int next_in_list(struct txn *txn, enum external_task_list list, const char *after,
			const char **ret)
{
	uint8_t behind = (uint8_t)list + 1;
	struct bytes from, to = {&behind, 1}, key, value;
	struct buffer buffer;
	int code;

	buffer_init(&buffer);
	buffer_put_u8(&buffer, (uint8_t)list);
	if (after) {
		buffer_put_text(&buffer, after);
		buffer_put_u8(&buffer, 1); /* behind its NUL, before every other text */
	}
	from = (struct bytes){buffer.data, buffer.length};
	code = txn_first(txn, TABLE_EXTERNAL_TASK, from, to, &key, &value);
	buffer_clear(&buffer);
	*ret = code ? NULL : (const char *)key.data + 1;
	return code == ERR_NOT_FOUND ? 0 : code;
}

int external_task_next_topic(struct txn *txn, const char *after, const char **ret)
{
	const char *topic;
	size_t i;

	*ret = NULL;
	for (i = 0; i < LISTS; i++) {
		TRY(next_in_list(txn, lists[i], after, &topic));
		if (topic && (!*ret || strcmp(topic, *ret) < 0))
			*ret = topic;
	}
	return *ret ? 0 : ERR_NOT_FOUND;
}
