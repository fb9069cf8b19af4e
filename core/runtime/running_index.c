#include "core/runtime/running_index.h"

#include <stdlib.h>
#include <string.h>

#include "core/runtime/running_bucket.h"
#include "core/runtime/standalone.h"
#include "core/schema.h"

#define STATE_KEY "running"
#define KEY_ENDS  "\x1f" /* between key and id of a definition: neither has it */

enum {
	TEXT_MAX = 200,    /* bytes of a text in a key */
	ADOPT_MANY = 500,  /* instances in a transaction */
	CLEAR_MANY = 5000, /* records in one */
	STATE_SIZE = 8 * (1 + RUNNING_MAX) + 1,
	LISTS_FORM = 2, /* the last byte of the state: lists of running_bucket.h */
};

/* Entries that are collected, as a list of struct running_entry. */
struct collection {
	struct arena *arena;
	uint64_t serial;
	struct list entries;
};

static struct bytes prefix_of(struct arena *arena, enum running_index_list list, const char *text,
			      size_t room)
{
	size_t length = text ? strnlen(text, TEXT_MAX) : 0;
	uint8_t *key = arena_alloc(arena, length + 2 + room);

	key[0] = (uint8_t)list;
	if (length)
		memcpy(key + 1, text, length);
	key[length + 1] = 0;
	return (struct bytes){key, length + 2};
}

static void collect(struct collection *to, enum running_index_list list, const char *text)
{
	struct running_entry *entry = arena_alloc(to->arena, sizeof(*entry));
	struct bytes key = prefix_of(to->arena, list, text, 8);

	be64_write((uint8_t *)(uintptr_t)key.data + key.size, to->serial);
	key.size += 8;
	entry->key = key;
	entry->count = 1;
	list_add(to->arena, &to->entries, entry);
}

static const char *definition_text(struct arena *arena, const char *key, const char *id)
{
	return arena_printf(arena, "%s" KEY_ENDS "%s", key, id);
}

static void collect_own(struct collection *to, const struct instance *instance)
{
	const struct running_instance *row = instance->row;
	const struct execution *execution;

	collect(to, INDEX_DEFINITION,
		definition_text(to->arena, row->definition_key, row->definition_id));
	if (row->business_key)
		collect(to, INDEX_BUSINESS_KEY, row->business_key);
	LIST_EACH(&instance->executions, execution)
	{
		if (execution->activity_id)
			collect(to, INDEX_ACTIVITY, execution->activity_id);
	}
}

static void collect_tasks(struct collection *to, const struct instance *instance)
{
	const struct identity_link *link;
	const struct task *task;

	LIST_EACH(&instance->tasks, task)
	{
		collect(to, INDEX_TASK, NULL);
		if (task->assignee)
			collect(to, INDEX_ASSIGNEE, task->assignee);
		if (task->owner)
			collect(to, INDEX_USER, task->owner);
	}
	LIST_EACH(&instance->identity_links, link)
	{
		if (link->user_id)
			collect(to, INDEX_USER, link->user_id);
		if (link->group_id)
			collect(to, INDEX_GROUP, link->group_id);
	}
}

static void collect_work(struct collection *to, const struct instance *instance)
{
	const struct external_task *task;
	size_t i;

	LIST_EACH(&instance->external_tasks, task)
	{
		collect(to, INDEX_EXTERNAL_TASK, NULL);
		collect(to, INDEX_TOPIC, task->topic_name);
	}
	for (i = 0; i < instance->jobs.count; i++)
		collect(to, INDEX_JOB, NULL);
	for (i = 0; i < instance->incidents.count; i++)
		collect(to, INDEX_INCIDENT, NULL);
}

static int compare_keys(const struct bytes *a, const struct bytes *b)
{
	int order = memcmp(a->data, b->data, a->size < b->size ? a->size : b->size);

	return order ? order : (a->size > b->size) - (a->size < b->size);
}

static int compare_entries(const void *a, const void *b)
{
	return compare_keys(&((const struct running_entry *)a)->key,
			    &((const struct running_entry *)b)->key);
}

/* In order, equal ones as one. */
static void settle(const struct collection *from, struct running_entries *ret)
{
	const struct running_entry *entry;
	size_t i, kept = 0;

	ret->items = arena_array(from->arena, from->entries.count, sizeof(*ret->items));
	LIST_EACH(&from->entries, entry)
	{
		ret->items[ret->count++] = *entry;
	}
	qsort(ret->items, ret->count, sizeof(*ret->items), compare_entries);
	for (i = 0; i < ret->count; i++) {
		if (kept && !compare_entries(&ret->items[kept - 1], &ret->items[i]))
			ret->items[kept - 1].count++;
		else
			ret->items[kept++] = ret->items[i];
	}
	ret->count = kept;
}

static void count_rows(const struct instance *instance, uint32_t totals[RUNNING_MAX])
{
	totals[RUNNING_INSTANCE] = instance->root != NULL;
	totals[RUNNING_EXECUTION] = (uint32_t)instance->executions.count;
	totals[RUNNING_VARIABLE] = (uint32_t)instance->variables.count;
	totals[RUNNING_TASK] = (uint32_t)instance->tasks.count;
	totals[RUNNING_IDENTITY_LINK] = (uint32_t)instance->identity_links.count;
	totals[RUNNING_EXTERNAL_TASK] = (uint32_t)instance->external_tasks.count;
	totals[RUNNING_JOB] = (uint32_t)instance->jobs.count;
	totals[RUNNING_INCIDENT] = (uint32_t)instance->incidents.count;
}

void running_entries_of(const struct instance *instance, struct running_entries *ret)
{
	struct collection to = {
		instance->arena, instance->serial, {0, 0, NULL}
        };

	memset(ret, 0, sizeof(*ret));
	if (!instance->root && !instance->tasks.count)
		return;
	if (instance->root)
		collect_own(&to, instance);
	collect_tasks(&to, instance);
	collect_work(&to, instance);
	settle(&to, ret);
	count_rows(instance, ret->totals);
}

int running_state_read(struct txn *txn, struct running_state *ret)
{
	struct bytes value;
	size_t i;
	int code = txn_get(txn, TABLE_STATE, STATE_KEY, strlen(STATE_KEY), &value);

	*ret = (struct running_state){.next_serial = 1};
	if (code)
		return code == ERR_NOT_FOUND ? 0 : code;
	if (value.size != STATE_SIZE || value.data[STATE_SIZE - 1] != LISTS_FORM)
		return ERR_CORRUPT;
	ret->next_serial = be64_read(value.data);
	for (i = 0; i < RUNNING_MAX; i++)
		ret->totals[i] = (int64_t)be64_read(value.data + 8 * (i + 1));
	return 0;
}

int running_state_write(struct txn *txn, const struct running_state *state)
{
	uint8_t value[STATE_SIZE];
	size_t i;

	be64_write(value, state->next_serial);
	for (i = 0; i < RUNNING_MAX; i++)
		be64_write(value + 8 * (i + 1), (uint64_t)state->totals[i]);
	value[STATE_SIZE - 1] = LISTS_FORM;
	return txn_put(txn, TABLE_STATE, STATE_KEY, strlen(STATE_KEY), value, sizeof(value));
}

/* BEFORE and NOW are in order. What is no more has no rows. */
static void compare(struct arena *arena, const struct running_entries *before,
		    const struct running_entries *now, struct list *changes)
{
	size_t old = 0, new = 0;

	while (old < before->count || new < now->count) {
		struct running_entry *left = old < before->count ? &before->items[old] : NULL;
		struct running_entry *right = new < now->count ? &now->items[new] : NULL;
		int order = !left ? 1 : !right ? -1 : compare_entries(left, right);

		if (order < 0) {
			struct running_entry *drop = arena_alloc(arena, sizeof(*drop));

			*drop = (struct running_entry){left->key, 0};
			list_add(arena, changes, drop);
		} else if (order > 0 || left->count != right->count) {
			list_add(arena, changes, right);
		}
		old += order <= 0;
		new += order >= 0;
	}
}

static int apply(struct txn *txn, const struct list *changes)
{
	struct running_entry *entries = arena_array(txn->arena, changes->count, sizeof(*entries));
	const struct running_entry *entry;
	size_t count = 0;

	LIST_EACH(changes, entry)
	{
		entries[count++] = *entry;
	}
	qsort(entries, count, sizeof(*entries), compare_entries);
	return running_bucket_write(txn, entries, count);
}

int running_index_write(struct txn *txn, const struct list *instances, struct running_state *state,
			bool *ret_changed)
{
	struct list changes = {0, 0, NULL};
	struct instance *instance;
	size_t i;

	LIST_EACH(instances, instance)
	{
		struct running_entries now;

		if (!instance->changed)
			continue;
		running_entries_of(instance, &now);
		compare(txn->arena, &instance->entries, &now, &changes);
		for (i = 0; i < RUNNING_MAX; i++) {
			int64_t more = (int64_t)now.totals[i] - instance->entries.totals[i];

			state->totals[i] += more;
			*ret_changed = *ret_changed || more;
		}
	}
	return apply(txn, &changes);
}

/* What ran before there was an index, or while it had another form. */
struct adoption {
	struct running_state state;
	uint64_t from; /* serial number of the next */
	bool tasks;    /* those without an instance come behind all instances */
	bool more;
};

/* A transaction of it: what it begins with stays as it is, for it may be tried again. */
struct adopting {
	struct adoption from, to;
};

static void start_adoption(struct instance_scan *scan, struct txn *txn,
			   const struct adoption *adoption)
{
	uint8_t *from = arena_alloc(txn->arena, 8);
	struct bytes none = {NULL, 0};

	scan->txn = txn;
	be64_write(from, adoption->from);
	if (adoption->tasks)
		standalone_scan(&scan->scan, txn, adoption->from);
	else
		scan_start(&scan->scan, txn, TABLE_RUNNING, (struct bytes){from, 8}, none);
}

static int adopt_body(struct txn *txn, void *arg)
{
	struct adopting *adopting = arg;
	struct adoption next = adopting->from;
	struct list instances = {0, 0, NULL};
	struct instance_scan scan;
	struct instance *instance;
	bool changed = false;
	int code = 0;

	start_adoption(&scan, txn, &adopting->from);
	while (instances.count < ADOPT_MANY &&
	       !(code = instance_scan_next(&scan, txn->arena, &instance))) {
		instance->changed = true;
		list_add(txn->arena, &instances, instance);
		next.from = instance->serial + 1;
	}
	if (code && code != ERR_NOT_FOUND)
		return code;
	TRY(running_index_write(txn, &instances, &next.state, &changed));
	if (code) {
		next.more = !next.tasks;
		next.tasks = true;
		next.from = 0;
	}
	if (!next.more)
		TRY(running_state_write(txn, &next.state));
	adopting->to = next;
	return 0;
}

static int clear_body(struct txn *txn, void *arg)
{
	(void)arg;
	return running_bucket_clear(txn, CLEAR_MANY);
}

/*
 * Not finished, it begins anew with the next start. It takes the reserve of a full disk: who cannot
 * start cannot delete anything either.
 */
static int make_anew(struct store *store, struct arena *arena, uint64_t next_serial)
{
	struct adopting adopting = {
		.to = {.state.next_serial = next_serial, .more = true}
        };
	struct arena_mark mark = arena_mark(arena);
	int code;

	do {
		code = txn_run(store, arena, TXN_LAZY | TXN_FREES, clear_body, NULL);
		arena_rewind(arena, mark);
	} while (!code);
	if (code != ERR_NOT_FOUND)
		return code;
	for (code = 0; adopting.to.more && !code; arena_rewind(arena, mark)) {
		adopting.from = adopting.to;
		code = txn_run(store, arena, TXN_LAZY | TXN_FREES, adopt_body, &adopting);
	}
	return code;
}

int running_index_open(struct store *store, struct arena *arena)
{
	struct txn reader = txn_reader(store, arena);
	struct bytes value;
	int code = txn_get(&reader, TABLE_STATE, STATE_KEY, strlen(STATE_KEY), &value);

	if (code)
		return code == ERR_NOT_FOUND ? 0 : code;
	if (value.size == STATE_SIZE || value.size < 8)
		return 0; /* who reads it says what is wrong */
	return make_anew(store, arena, be64_read(value.data));
}

static int add_prefix(struct running_lists *lists, struct arena *arena, struct bytes prefix)
{
	size_t i;

	if (!lists->prefixes)
		lists->prefixes = arena_array(arena, RUNNING_LISTS_MAX, sizeof(*lists->prefixes));
	for (i = 0; i < lists->count; i++)
		if (!compare_keys(&lists->prefixes[i], &prefix))
			return 0; /* named twice, it is one */
	if (lists->count == RUNNING_LISTS_MAX)
		return ERR_FULL;
	lists->prefixes[lists->count++] = prefix;
	return 0;
}

int running_lists_add(struct running_lists *lists, struct arena *arena,
		      enum running_index_list list, const char *text)
{
	lists->cut = lists->cut || (text && strlen(text) > TEXT_MAX);
	return add_prefix(lists, arena, prefix_of(arena, list, text, 0));
}

/*
 * The prefix of the first list from *AT on that begins with BEGIN. ERR_NOT_FOUND. A list's prefix
 * with 0xff is behind it: serial numbers are smaller.
 */
static int next_prefix(struct txn *txn, struct bytes begin, struct bytes at, struct bytes *ret)
{
	struct bytes key, value, to = {NULL, 0};
	const uint8_t *end;

	TRY(txn_first(txn, TABLE_RUNNING_INDEX, at, to, &key, &value));
	if (key.size < begin.size || memcmp(key.data, begin.data, begin.size) != 0)
		return ERR_NOT_FOUND;
	end = memchr(key.data, 0, key.size);
	if (!end)
		return ERR_CORRUPT;
	*ret = (struct bytes){key.data, (size_t)(end - key.data) + 1};
	return 0;
}

int running_lists_add_definition(struct running_lists *lists, struct txn *txn, const char *key,
				 const char *id)
{
	struct bytes begin, at, found;
	int code;

	if (id)
		return running_lists_add(lists, txn->arena, INDEX_DEFINITION,
					 definition_text(txn->arena, key, id));
	begin = prefix_of(txn->arena, INDEX_DEFINITION, definition_text(txn->arena, key, ""), 0);
	begin.size--; /* any id */
	lists->cut = lists->cut || strlen(key) >= TEXT_MAX;
	at = begin;
	while (!(code = next_prefix(txn, begin, at, &found))) {
		uint8_t *behind = arena_alloc(txn->arena, found.size + 1);

		TRY(add_prefix(lists, txn->arena, found));
		memcpy(behind, found.data, found.size);
		behind[found.size] = 0xff;
		at = (struct bytes){behind, found.size + 1};
	}
	return code == ERR_NOT_FOUND ? 0 : code;
}

/* A walk over one list. */
struct running_cursor {
	struct scan scan;
	size_t prefix;
	struct running_bucket bucket; /* those that are still to come */
	uint64_t base;                /* serial number of its first */
	bool ended;
};

/* The next record, so far as it is not before FROM. */
static int next_bucket(struct running_cursor *cursor, uint64_t from)
{
	struct bytes key, value;
	int code = scan_next(&cursor->scan, &key, &value);

	cursor->ended = code;
	if (code)
		return code == ERR_NOT_FOUND ? 0 : code;
	if (key.size != cursor->prefix + 8)
		return ERR_CORRUPT;
	TRY(running_bucket_decode(value, &cursor->bucket));
	cursor->base = be64_read(key.data + cursor->prefix);
	if (cursor->base < from)
		cursor->bucket.mask &= ~0ull << from % RUNNING_BUCKET;
	return 0;
}

/* The instance that is next; the cursor has not ended. */
static unsigned place_of(const struct running_cursor *cursor)
{
	return (unsigned)__builtin_ctzll(cursor->bucket.mask);
}

static uint64_t serial_of(const struct running_cursor *cursor)
{
	return cursor->base + place_of(cursor);
}

static int step(struct running_cursor *cursor)
{
	cursor->bucket.mask &= cursor->bucket.mask - 1;
	while (!cursor->bucket.mask && !cursor->ended)
		TRY(next_bucket(cursor, 0));
	return 0;
}

/* A walk over the list of PREFIX from serial number FROM on. */
static int start_cursor(struct running_cursor *cursor, struct txn *txn, struct bytes prefix,
			uint64_t from)
{
	uint8_t *first = arena_alloc(txn->arena, prefix.size + 8);
	uint8_t *behind = arena_copy(txn->arena, prefix.data, prefix.size);

	memcpy(first, prefix.data, prefix.size);
	be64_write(first + prefix.size, from / RUNNING_BUCKET * RUNNING_BUCKET);
	behind[prefix.size - 1] = 1; /* it was the zero byte behind the text */
	cursor->prefix = prefix.size;
	scan_start(&cursor->scan, txn, TABLE_RUNNING_INDEX, (struct bytes){first, prefix.size + 8},
		   (struct bytes){behind, prefix.size});
	do
		TRY(next_bucket(cursor, from));
	while (!cursor->ended && !cursor->bucket.mask);
	return 0;
}

int running_walk_start(struct running_walk *walk, struct txn *txn,
		       const struct running_lists *lists, uint64_t from)
{
	size_t i;

	walk->count = lists->count;
	walk->cursors = arena_array(txn->arena, lists->count, sizeof(*walk->cursors));
	for (i = 0; i < lists->count; i++)
		TRY(start_cursor(&walk->cursors[i], txn, lists->prefixes[i], from));
	return 0;
}

int running_walk_next(struct running_walk *walk, uint64_t *ret_serial, uint32_t *ret_rows)
{
	uint64_t first = UINT64_MAX;
	uint32_t rows = 0;
	size_t i;

	for (i = 0; i < walk->count; i++)
		if (!walk->cursors[i].ended && serial_of(&walk->cursors[i]) < first)
			first = serial_of(&walk->cursors[i]);
	if (first == UINT64_MAX)
		return ERR_NOT_FOUND;
	for (i = 0; i < walk->count; i++) {
		struct running_cursor *cursor = &walk->cursors[i];

		if (cursor->ended || serial_of(cursor) != first)
			continue;
		rows += cursor->bucket.rows[place_of(cursor)];
		TRY(step(cursor));
	}
	*ret_serial = first;
	if (ret_rows)
		*ret_rows = rows;
	return 0;
}

int running_walk_read(struct running_walk *walk, const struct txn *txn, struct arena *arena,
		      struct instance **ret)
{
	struct txn reader = *txn;
	uint64_t serial;
	int code;

	reader.arena = arena;
	while (!(code = running_walk_next(walk, &serial, NULL))) {
		arena_clear(arena);
		code = instance_read(&reader, serial, ret);
		if (code == ERR_NOT_FOUND)
			code = standalone_read(&reader, serial, ret);
		if (code != ERR_NOT_FOUND)
			return code;
	}
	return code;
}

int running_lists_count(struct txn *txn, const struct running_lists *lists, int64_t *ret)
{
	struct running_walk walk;
	size_t i;

	*ret = 0;
	TRY(running_walk_start(&walk, txn, lists, 0));
	for (i = 0; i < walk.count; i++) {
		struct running_cursor *cursor = &walk.cursors[i];

		while (!cursor->ended) {
			*ret += running_bucket_count(&cursor->bucket);
			TRY(next_bucket(cursor, 0));
		}
	}
	return 0;
}
