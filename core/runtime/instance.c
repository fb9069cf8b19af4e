#include "core/runtime/instance.h"

#include <assert.h>
#include <string.h>

#include "core/history/history.h"
#include "core/history/incident_kind.h"
#include "core/history/item.h"
#include "core/id.h"
#include "core/process/definition.h"
#include "core/process/model_cache.h"
#include "core/schema.h"

/* Where the lists of an instance are, and how large their structs, by enum running_row. */
static const struct {
	size_t list, size;
} parts[RUNNING_MAX] = {
	[RUNNING_EXECUTION] = {offsetof(struct instance, executions),     sizeof(struct execution)   },
	[RUNNING_VARIABLE] = {offsetof(struct instance, variables),      sizeof(struct variable)    },
	[RUNNING_TASK] = {offsetof(struct instance, tasks),          sizeof(struct task)        },
	[RUNNING_IDENTITY_LINK] = {offsetof(struct instance, identity_links),
                               sizeof(struct identity_link)                                          },
	[RUNNING_EXTERNAL_TASK] = {offsetof(struct instance, external_tasks),
                               sizeof(struct external_task)                                          },
	[RUNNING_JOB] = {offsetof(struct instance, jobs),           sizeof(struct instance_job)},
	[RUNNING_INCIDENT] = {offsetof(struct instance, incidents),
			       INCIDENT_FIELD_MAX * sizeof(union slot)                               },
};

static struct list *part(const struct instance *instance, enum running_row kind)
{
	const char *base = (const char *)instance + parts[kind].list;

	return (struct list *)(uintptr_t)base;
}

bool instance_serial(const struct store *store, const char *id, uint64_t *ret)
{
	const char *colon = strrchr(id, ':'); /* of activity instances: "activity:uuid" */
	struct id decoded;

	if (!id_decode(store, colon ? colon + 1 : id, &decoded) || decoded.kind != ID_RUNNING)
		return false;
	*ret = decoded.number;
	return true;
}

const char *instance_next_id(struct instance *instance, const struct store *store)
{
	return id_text(instance->arena, store, ID_RUNNING, instance->serial,
		       (uint64_t)instance->row->next_ordinal++);
}

/* A struct of the part KIND that begins with the slots of ROW. */
static void *struct_of(struct arena *arena, enum running_row kind, const union slot *row)
{
	void *item = arena_alloc(arena, parts[kind].size);

	memcpy(item, row, running_kinds[kind]->count * sizeof(*row));
	return item;
}

static int node_of(const struct instance *instance, const char *activity_id)
{
	return activity_id ? model_node(instance->model, activity_id) : NODE_NONE;
}

/* Joins parents and children. */
static int link_executions(struct instance *instance)
{
	struct execution *execution;

	LIST_EACH(&instance->executions, execution)
	{
		execution->node = execution->scope = NODE_NONE;
		if (!execution->parent_id)
			instance->root = execution;
		else if (!(execution->parent = instance_execution(instance, execution->parent_id)))
			return ERR_CORRUPT;
	}
	return instance->root ? 0 : ERR_CORRUPT;
}

static int link_standalone(struct instance *instance)
{
	const struct task *task = instance->tasks.count ? instance->tasks.items[0] : NULL;

	if (!task || !task->id)
		return ERR_CORRUPT;
	instance->standalone_id = task->id;
	instance->stored_parent = task->parent_task_id;
	return 0;
}

static int decode(struct instance *instance, struct bytes record)
{
	struct rows rows[RUNNING_MAX];
	size_t kind, i;

	TRY(record_decode(instance->arena, record.data, record.size, running_kinds, RUNNING_MAX,
			  UINT64_MAX, rows));
	if (rows[RUNNING_INSTANCE].count != 1)
		return ERR_CORRUPT;
	instance->row = arena_alloc(instance->arena, sizeof(*instance->row));
	memcpy(instance->row, rows[RUNNING_INSTANCE].row[0], sizeof(*instance->row));
	for (kind = RUNNING_INSTANCE + 1; kind < RUNNING_MAX; kind++)
		for (i = 0; i < rows[kind].count; i++)
			list_add(instance->arena, part(instance, (enum running_row)kind),
				 struct_of(instance->arena, (enum running_row)kind,
					   rows[kind].row[i]));
	return 0;
}

static int read_record(struct bytes value, struct instance *instance)
{
	struct bytes record = {value.data + 8, value.size - 8};

	if (value.size < 8)
		return ERR_CORRUPT;
	instance->number = be64_read(value.data);
	instance->stored = true;
	TRY(decode(instance, record));
	return instance->row->id ? link_executions(instance) : link_standalone(instance);
}

int instance_of_record(struct arena *arena, uint64_t serial, struct bytes value,
		       struct instance **ret)
{
	struct instance *instance = arena_alloc(arena, sizeof(*instance));

	instance->arena = arena;
	instance->serial = serial;
	*ret = instance;
	return read_record(value, instance);
}

int instance_read(struct txn *txn, uint64_t serial, struct instance **ret)
{
	struct bytes value;
	uint8_t key[8];

	be64_write(key, serial);
	TRY(txn_get(txn, TABLE_RUNNING, key, sizeof(key), &value));
	return instance_of_record(txn->arena, serial, value, ret);
}

int instance_read_model(struct txn *txn, struct engine *engine, struct instance *instance,
			struct error *error)
{
	struct execution *execution;
	union slot *definition;

	if (instance->standalone_id)
		return 0;
	TRY(definition_get(txn, &process_definition_kind, instance->row->definition_id,
			   &definition));
	instance->definition = definition;
	TRY(model_get(engine, txn, instance->row->definition_id, &instance->model, error));
	LIST_EACH(&instance->executions, execution)
	{
		execution->node = node_of(instance, execution->activity_id);
		execution->scope = execution->parent ? node_of(instance, execution->scope_id) : 0;
	}
	return 0;
}

void instance_release(struct engine *engine, struct instance *instance)
{
	model_release(engine, instance->model);
	instance->model = NULL;
}

int instance_read_history(struct txn *txn, struct engine *engine, struct instance *instance)
{
	int code = archive_hidden(engine->history->processes, instance->number)
			   ? ERR_NOT_FOUND
			   : history_read_process(txn, engine->history, instance->number,
						  UINT64_MAX, instance->history);

	if (code)
		return code == ERR_NOT_FOUND ? 0 : code;
	instance->has_history = true;
	instance->old_postings =
		process_postings(engine->history, instance->arena, instance->history);
	return 0;
}

static struct instance *new_instance(struct arena *arena, uint64_t serial)
{
	struct instance *instance = arena_alloc(arena, sizeof(*instance));
	size_t kind;

	instance->arena = arena;
	instance->serial = serial;
	instance->row = (struct running_instance *)row_new(arena, &running_instance_kind);
	instance->row->ended = instance->row->suspended = false;
	instance->row->next_ordinal = 1;
	instance->has_history = true;
	instance->changed = true;
	for (kind = 0; kind < ROW_MAX; kind++)
		instance->history[kind].kind = process_kinds[kind];
	return instance;
}

struct instance *instance_new(struct arena *arena, const struct store *store, uint64_t serial,
			      const union slot *definition, const struct model *model)
{
	struct instance *instance = new_instance(arena, serial);
	struct running_instance *row = instance->row;

	instance->definition = definition;
	instance->model = model;
	row->id = id_text(arena, store, ID_RUNNING, serial, 0);
	row->definition_id = definition[DEFINITION_ID].s;
	row->definition_key = definition[DEFINITION_KEY].s;
	row->tenant_id = definition[DEFINITION_TENANT_ID].s;
	row->root_id = row->id;
	return instance;
}

struct instance *instance_new_standalone(struct arena *arena, uint64_t serial, struct task *task)
{
	struct instance *instance = new_instance(arena, serial);

	instance->standalone_id = task->id;
	instance->row->tenant_id = task->tenant_id;
	list_add(arena, &instance->tasks, task);
	return instance;
}

struct bytes instance_encode(const struct instance *instance)
{
	struct record_writer *writer = record_writer_new();
	struct buffer buffer;
	struct bytes result;
	size_t kind, i;

	buffer_init(&buffer);
	buffer_put_be64(&buffer, instance->number);
	record_writer_add(writer, &running_instance_kind, (const union slot *)instance->row);
	for (kind = RUNNING_INSTANCE + 1; kind < RUNNING_MAX; kind++) {
		const struct list *list = part(instance, (enum running_row)kind);

		for (i = 0; i < list->count; i++)
			record_writer_add(writer, running_kinds[kind], list->items[i]);
	}
	record_writer_finish(writer, &buffer);
	record_writer_free(writer);
	result.data = arena_copy(instance->arena, buffer.data, buffer.length);
	result.size = buffer.length;
	buffer_clear(&buffer);
	return result;
}

union slot *instance_add_history(struct instance *instance, enum process_row kind)
{
	struct rows *rows = &instance->history[kind];
	union slot *row = row_new(instance->arena, process_kinds[kind]);

	rows->row = arena_room(instance->arena, rows->row, rows->count, sizeof(*rows->row));
	rows->row[rows->count++] = row;
	instance->changed = true;
	return row;
}

union slot *instance_find_history(const struct instance *instance, enum process_row kind,
				  const char *id)
{
	const struct rows *rows = &instance->history[kind];
	size_t i;

	for (i = rows->count; id && i-- > 0;)
		if (rows->row[i][0].s && !strcmp(rows->row[i][0].s, id))
			return rows->row[i];
	return NULL;
}

void instance_drop_history(struct instance *instance, enum process_row kind, const union slot *row)
{
	struct rows *rows = &instance->history[kind];
	size_t i, kept = 0;

	for (i = 0; i < rows->count; i++)
		if (rows->row[i] != row)
			rows->row[kept++] = rows->row[i];
	rows->count = kept;
}

#define FIND(type, list)                                                                           \
	do {                                                                                       \
		struct type *found_;                                                               \
		LIST_EACH(list, found_)                                                            \
		{                                                                                  \
			if (texts_match(found_->id, id))                                           \
				return found_;                                                     \
		}                                                                                  \
		return NULL;                                                                       \
	} while (0)

struct execution *instance_execution(const struct instance *instance, const char *id)
{
	FIND(execution, &instance->executions);
}

struct task *instance_task(const struct instance *instance, const char *id)
{
	FIND(task, &instance->tasks);
}

struct external_task *instance_external_task(const struct instance *instance, const char *id)
{
	FIND(external_task, &instance->external_tasks);
}

struct instance_job *instance_job(const struct instance *instance, const char *id)
{
	FIND(instance_job, &instance->jobs);
}

void instance_scan_start(struct instance_scan *scan, struct txn *txn)
{
	struct bytes none = {NULL, 0};

	scan->txn = txn;
	scan_start(&scan->scan, txn, TABLE_RUNNING, none, none);
}

int instance_scan_next(struct instance_scan *scan, struct arena *arena, struct instance **ret)
{
	struct bytes key, value;

	TRY(scan_next(&scan->scan, &key, &value));
	return instance_of_record(arena, be64_read(key.data + key.size - 8), value, ret);
}
