#include "core/runtime/standalone.h"

#include <string.h>

#include "core/history/history.h"
#include "core/id.h"
#include "core/schema.h"

/* First bytes of keys. */
enum {
	KEY_RECORD = 's', /* then the serial number */
	KEY_ID = 'n',     /* then an id that the user named */
	KEY_PARENT = 'p', /* then the parent's id, a zero byte, the serial number */
};

static void record_key(uint8_t key[9], uint64_t serial)
{
	key[0] = KEY_RECORD;
	be64_write(key + 1, serial);
}

static struct bytes id_key_of(struct arena *arena, const char *id)
{
	size_t length = strlen(id);
	uint8_t *key = arena_alloc(arena, length + 1);

	key[0] = KEY_ID;
	memcpy(key + 1, id, length);
	return (struct bytes){key, length + 1};
}

/* What the keys of all subtasks of ID begin with; there is room for a serial number behind it. */
static struct bytes parent_key(struct arena *arena, const char *id)
{
	size_t size = strlen(id) + 1;
	uint8_t *key = arena_alloc(arena, 1 + size + 8);

	key[0] = KEY_PARENT;
	memcpy(key + 1, id, size);
	return (struct bytes){key, 1 + size};
}

int standalone_serial(struct txn *txn, const char *id, uint64_t *ret)
{
	struct bytes key, value;

	if (instance_serial(txn->store, id, ret))
		return 0;
	key = id_key_of(txn->arena, id);
	TRY(txn_get(txn, TABLE_STANDALONE_TASK, key.data, key.size, &value));
	if (value.size != 8)
		return ERR_CORRUPT;
	*ret = be64_read(value.data);
	return 0;
}

int standalone_name(struct txn *txn, const char *id, struct serials *ret)
{
	uint64_t serial;
	int code = id ? standalone_serial(txn, id, &serial) : ERR_NOT_FOUND;

	if (!code)
		serials_add_number(ret, txn->arena, serial);
	return code == ERR_NOT_FOUND ? 0 : code;
}

int standalone_value(struct txn *txn, uint64_t serial, struct bytes *ret)
{
	uint8_t key[9];

	record_key(key, serial);
	return txn_get(txn, TABLE_STANDALONE_TASK, key, sizeof(key), ret);
}

int standalone_read(struct txn *txn, uint64_t serial, struct instance **ret)
{
	struct bytes value;

	TRY(standalone_value(txn, serial, &value));
	return instance_of_record(txn->arena, serial, value, ret);
}

void standalone_scan(struct scan *scan, struct txn *txn, uint64_t from)
{
	static const uint8_t behind = KEY_RECORD + 1;
	uint8_t *key = arena_alloc(txn->arena, 9);

	record_key(key, from);
	scan_start(scan, txn, TABLE_STANDALONE_TASK, (struct bytes){key, 9},
		   (struct bytes){&behind, 1});
}

int standalone_id_is_taken(struct txn *txn, const char *id, bool *ret)
{
	struct id found;
	int code = id_find(txn, history_standalone_id(txn->arena, id), &found);

	*ret = !code;
	return code == ERR_NOT_FOUND ? 0 : code;
}

int standalone_subtasks(struct txn *txn, const char *id, struct serials *ret)
{
	struct bytes prefix = parent_key(txn->arena, id), key, value;
	struct scan scan;
	int code;

	scan_prefix(&scan, txn, TABLE_STANDALONE_TASK, prefix.data, prefix.size);
	while (!(code = scan_next(&scan, &key, &value)))
		serials_add_number(ret, txn->arena, be64_read(key.data + key.size - 8));
	return code == ERR_NOT_FOUND ? 0 : code;
}

static int forget(struct txn *txn, const void *key, size_t size)
{
	int code = txn_delete(txn, TABLE_STANDALONE_TASK, key, size);

	return code == ERR_NOT_FOUND ? 0 : code;
}

/* The key by which PARENT's subtasks are found: NEW whether to write it, or to take it away. */
static int put_parent(struct txn *txn, const char *parent, uint64_t serial, bool new)
{
	struct bytes key;

	if (!parent)
		return 0;
	key = parent_key(txn->arena, parent);
	be64_write((uint8_t *)(uintptr_t)key.data + key.size, serial);
	return new ? txn_put(txn, TABLE_STANDALONE_TASK, key.data, key.size + 8, "", 0)
		   : forget(txn, key.data, key.size + 8);
}

static int write_parent(struct txn *txn, const struct instance *instance)
{
	const struct task *task = instance->tasks.count ? instance->tasks.items[0] : NULL;
	const char *parent = task ? task->parent_task_id : NULL;

	if (text_same(parent, instance->stored_parent))
		return 0;
	TRY(put_parent(txn, instance->stored_parent, instance->serial, false));
	return put_parent(txn, parent, instance->serial, true);
}

/* Only an id that says no serial number needs a key of its own. */
static int write_id(struct txn *txn, const struct instance *instance)
{
	struct bytes key = id_key_of(txn->arena, instance->standalone_id);
	uint64_t ignored;
	uint8_t value[8];

	if (instance_serial(txn->store, instance->standalone_id, &ignored))
		return 0;
	if (!instance->tasks.count)
		return forget(txn, key.data, key.size);
	if (instance->stored)
		return 0;
	be64_write(value, instance->serial);
	return txn_put(txn, TABLE_STANDALONE_TASK, key.data, key.size, value, sizeof(value));
}

int standalone_write(struct txn *txn, const struct instance *instance)
{
	struct bytes record;
	uint8_t key[9];

	TRY(write_parent(txn, instance));
	TRY(write_id(txn, instance));
	record_key(key, instance->serial);
	if (!instance->tasks.count)
		return forget(txn, key, sizeof(key));
	record = instance_encode(instance);
	return txn_put(txn, TABLE_STANDALONE_TASK, key, sizeof(key), record.data, record.size);
}
