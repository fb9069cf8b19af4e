#include "core/runtime/command.h"

#include <stdlib.h>
#include <string.h>

#include "core/history/history.h"
#include "core/history/item.h"
#include "core/history/operation_log.h"
#include "core/id.h"
#include "core/job/job_executor.h"
#include "core/process/definition.h"
#include "core/process/model_cache.h"
#include "core/runtime/command_log.h"
#include "core/runtime/external_task_index.h"
#include "core/runtime/standalone.h"
#include "core/runtime/task.h"
#include "core/runtime/variable.h"
#include "core/schema.h"
#include "storage/clock.h"
#include "storage/uuid.h"

struct running_body {
	struct request *request;
	command_body body;
	void *arg;
	bool has_jobs;
};

void command_init(struct command *command, struct engine *engine, struct txn *txn,
		  struct error *error)
{
	memset(command, 0, sizeof(*command));
	command->engine = engine;
	command->txn = txn;
	command->arena = txn->arena;
	command->error = error;
	command->error_arena = txn->arena;
	command->now = clock_now();
}

static int run_body(struct txn *txn, void *arg)
{
	struct running_body *running = arg;
	struct request *request = running->request;
	struct command command;
	int code;

	command_init(&command, request->engine, txn, &request->error);
	command.request = request;
	command.user = request->call->user;
	command.operation_id = operation_log_id(request);
	code = running->body(&command, running->arg);
	if (!code)
		code = command_write(&command);
	running->has_jobs = command.has_jobs;
	command_end(&command);
	return code;
}

void command_end(struct command *command)
{
	struct instance *instance;

	LIST_EACH(&command->instances, instance)
	{
		instance_release(command->engine, instance);
	}
}

int command_run(struct request *request, command_body body, void *arg)
{
	struct running_body running = {request, body, arg, false};

	TRY(operation_log_run(request, TXN_DURABLE, run_body, &running));
	if (running.has_jobs)
		job_executor_wake(request->engine->executor);
	return 0;
}

const char *command_id(struct instance *instance)
{
	return instance_next_id(instance, instance->command->engine->store);
}

/* What the indexes know of the instance. */
static void keep_indexed(struct instance *instance)
{
	const struct list *tasks = &instance->external_tasks;
	struct external_task *copies = arena_array(instance->arena, tasks->count, sizeof(*copies));
	size_t i;

	for (i = 0; i < tasks->count; i++)
		copies[i] = *(const struct external_task *)tasks->items[i];
	instance->indexed = copies;
	instance->indexed_count = tasks->count;
	running_entries_of(instance, &instance->entries);
}

static void take_in_hand(struct command *command, struct instance *instance)
{
	instance->command = command;
	list_add(command->arena, &command->instances, instance);
	if (instance->serial > command->last_serial)
		command->last_serial = instance->serial;
}

static bool is_in_hand(const struct command *command, uint64_t serial, struct instance **ret)
{
	struct instance *instance;

	if (serial > command->last_serial) /* those who want many mostly want them in order */
		return false;
	LIST_EACH(&command->instances, instance)
	{
		*ret = instance;
		if (instance->serial == serial)
			return true;
	}
	return false;
}

/* Takes what was read into hand, with all that belongs to it. */
static int complete(struct command *command, struct instance *instance)
{
	int code;

	take_in_hand(command, instance);
	keep_indexed(instance);
	/* what runs has a model: without one it must not pass for something that does not run */
	code = instance_read_model(command->txn, command->engine, instance, command->error);
	if (code == ERR_NOT_FOUND)
		return ERR_CORRUPT;
	TRY(code);
	return instance_read_history(command->txn, command->engine, instance);
}

int command_instance(struct command *command, uint64_t serial, struct instance **ret)
{
	if (is_in_hand(command, serial, ret))
		return (*ret)->standalone_id ? ERR_NOT_FOUND : 0;
	TRY(instance_read(command->txn, serial, ret));
	return complete(command, *ret);
}

int command_standalone(struct command *command, uint64_t serial, struct instance **ret)
{
	if (is_in_hand(command, serial, ret))
		return (*ret)->standalone_id ? 0 : ERR_NOT_FOUND;
	TRY(standalone_read(command->txn, serial, ret));
	return complete(command, *ret);
}

int command_find(struct command *command, const char *id, struct instance **ret)
{
	uint64_t serial;

	if (!instance_serial(command->engine->store, id, &serial))
		return ERR_NOT_FOUND;
	return command_instance(command, serial, ret);
}

static int want_state(struct command *command)
{
	if (command->has_state)
		return 0;
	command->has_state = true;
	return running_state_read(command->txn, &command->state);
}

/* Fails unless the history takes something new: WHAT, in words. */
static int check_room(struct command *command, const char *what)
{
	if (history_takes_instances(command->engine->history))
		return 0;
	return command_fail(command, ERR_REST_503,
			    "An import is under way: new %s when it has ended", what);
}

/* The first serial number from FROM on that a process instance has; UINT64_MAX: there is none. */
static int find_taken(struct command *command, uint64_t from, uint64_t *ret)
{
	const struct store *store = command->engine->store;
	struct arena *arena = command->arena;
	uint8_t low[UUID_SIZE + 1] = {0};
	struct bytes first = {low, UUID_SIZE}, none = {NULL, 0}, key, value;
	struct id own;
	int code;

	*ret = UINT64_MAX;
	id_key(store, id_text(arena, store, ID_RUNNING, from, 0), low);
	while (!(code = txn_first(command->txn, TABLE_ID, first, none, &key, &value)) &&
	       id_is_tagged(store, key.data)) {
		if (id_decode_bytes(store, key.data, &own)) {
			*ret = own.number;
			break;
		}
		memcpy(low, key.data, UUID_SIZE); /* none of ours: the next one */
		first.size = sizeof(low);
	}
	return code == ERR_NOT_FOUND ? 0 : code;
}

/*
 * A serial number that no process instance has. History of this very store, exported later than the
 * backup that was restored, may have brought some that have not been given out yet: looked for once
 * in a command.
 */
static int take_serial(struct command *command, uint64_t *ret)
{
	TRY(want_state(command));
	do {
		struct arena_mark mark = arena_mark(command->arena);

		*ret = command->state.next_serial++;
		if (*ret >= command->next_taken)
			TRY(find_taken(command, *ret, &command->next_taken));
		arena_rewind(command->arena, mark);
	} while (*ret == command->next_taken);
	return 0;
}

/* The same for a task without a process instance: its id may be that of an imported one. */
static int take_task_serial(struct command *command, uint64_t *ret)
{
	struct arena *arena = command->arena;
	struct id found;
	int code;

	do {
		const char *id;

		TRY(take_serial(command, ret));
		id = id_text(arena, command->engine->store, ID_RUNNING, *ret, 1);
		code = id_find(command->txn, history_standalone_id(arena, id), &found);
	} while (!code);
	return code == ERR_NOT_FOUND ? 0 : code;
}

int command_create_standalone(struct command *command, struct task *task, struct instance **ret)
{
	const struct store *store = command->engine->store;
	uint64_t serial;

	*ret = NULL;
	TRY(check_room(command, "tasks can be created"));
	TRY(take_task_serial(command, &serial));
	*ret = instance_new_standalone(command->arena, serial, task);
	if (!task->id)
		task->id = (*ret)->standalone_id = instance_next_id(*ret, store);
	take_in_hand(command, *ret);
	return 0;
}

int command_create(struct command *command, const union slot *definition, struct instance **ret)
{
	const struct model *model;
	uint64_t serial;

	*ret = NULL;
	TRY(check_room(command, "process instances can be started"));
	TRY(take_serial(command, &serial));
	TRY(model_get(command->engine, command->txn, definition[DEFINITION_ID].s, &model,
		      command->error));
	*ret = instance_new(command->arena, command->engine->store, serial, definition, model);
	take_in_hand(command, *ret);
	return 0;
}

/* Shows jobs that wait among the rows of history: filters of instances ask for them. */
static void mirror_jobs(struct instance *instance)
{
	struct instance_job *job;
	size_t i;

	instance->history[ROW_JOB].count = 0;
	LIST_EACH(&instance->jobs, job)
	{
		const union slot *from = (const union slot *)job;
		union slot *row = instance_add_history(instance, ROW_JOB);

		for (i = 0; i < runtime_job_kind.count; i++)
			row[i] = from[kind_slot(&instance_job_kind,
						runtime_job_kind.fields[i].name)];
	}
}

static int make_item(struct command *command, struct record_writer *writer,
		     struct instance *instance, struct item *ret)
{
	mirror_jobs(instance);
	return item_of_process(command->engine->history, command->arena, writer, instance->history,
			       ret);
}

/* Histories that are new go behind each other into the archive. */
static int append(struct command *command, struct record_writer *writer)
{
	struct history *history = command->engine->history;
	size_t room = command->instances.count, count = 0, i;
	struct archive_item *items = arena_array(command->arena, room, sizeof(*items));
	struct summary *summaries = arena_array(command->arena, room, sizeof(*summaries));
	struct instance *instance;
	uint64_t first;

	TRY(archive_next_in(command->txn, history->processes, &first));
	LIST_EACH(&command->instances, instance)
	{
		struct item item;

		if (instance->stored)
			continue;
		TRY(make_item(command, writer, instance, &item));
		instance->number = first + count;
		items[count] = item.stored;
		summaries[count++] = item.summary;
	}
	if (!count)
		return 0;
	TRY(archive_append(command->txn, history->processes, items, count, &first));
	for (i = 0; i < room; i++) {
		instance = command->instances.items[i];
		if (!instance->stored)
			TRY(id_put(
				command->txn, instance->history[ROW_INSTANCE].row[0][INSTANCE_ID].s,
				instance->standalone_id ? ID_STANDALONE_TASK : ID_PROCESS_INSTANCE,
				instance->number));
	}
	TRY(columns_follow(command->txn, history->process_columns, first, summaries, count));
	return archive_publish(command->txn, history->processes, first + count);
}

static int rewrite(struct command *command, struct record_writer *writer, struct instance *instance)
{
	struct history *history = command->engine->history;
	struct item *item = arena_alloc(command->arena, sizeof(*item));

	TRY(make_item(command, writer, instance, item));
	TRY(columns_follow(command->txn, history->process_columns, instance->number, &item->summary,
			   1));
	return archive_rewrite(command->txn, history->processes, instance->number, &item->stored,
			       instance->old_postings, true);
}

static int write_history(struct command *command)
{
	struct record_writer *writer = record_writer_new();
	struct instance *instance;
	int code = append(command, writer);

	LIST_EACH(&command->instances, instance)
	{
		if (!code && instance->stored && instance->changed && instance->has_history)
			code = rewrite(command, writer, instance);
	}
	record_writer_free(writer);
	return code;
}

static int compare_keys(const void *a, const void *b)
{
	return memcmp(((const struct txn_pair *)a)->key.data,
		      ((const struct txn_pair *)b)->key.data, 8);
}

/* Puts PAIRS, whose keys are serial numbers, in their order. */
static int put_records(struct command *command, struct txn_pair *pairs, size_t count)
{
	qsort(pairs, count, sizeof(*pairs), compare_keys);
	return txn_put_all(command->txn, TABLE_RUNNING, pairs, count);
}

static int write_running(struct command *command)
{
	struct txn_pair *pairs =
		arena_array(command->arena, command->instances.count, sizeof(*pairs));
	struct instance *instance;
	size_t count = 0;

	LIST_EACH(&command->instances, instance)
	{
		uint8_t *key;
		int code = 0;

		if (!instance->changed)
			continue;
		if (instance->standalone_id) {
			TRY(standalone_write(command->txn, instance));
			continue;
		}
		TRY(external_task_index_write(command->txn, command->engine, instance,
					      instance->indexed, instance->indexed_count));
		key = arena_alloc(command->arena, 8);
		be64_write(key, instance->serial);
		if (instance->root)
			pairs[count++] = (struct txn_pair){
				{key, 8},
                                instance_encode(instance)
                        };
		else
			code = txn_delete(command->txn, TABLE_RUNNING, key, 8);
		if (code && code != ERR_NOT_FOUND)
			return code;
	}
	return put_records(command, pairs, count);
}

/* Counters and lists of what runs. */
static int write_index(struct command *command)
{
	bool changed = command->has_state; /* a serial number was taken */

	TRY(want_state(command));
	TRY(running_index_write(command->txn, &command->instances, &command->state, &changed));
	return changed ? running_state_write(command->txn, &command->state) : 0;
}

/* What belongs to the command alone goes. */
static void settle(struct instance *instance)
{
	struct execution *execution;

	variables_settle(instance);
	tasks_settle(instance);
	LIST_EACH(&instance->executions, execution)
	{
		execution->flags &= EXECUTION_STORED_FLAGS;
	}
}

int command_write(struct command *command)
{
	struct instance *instance;

	LIST_EACH(&command->instances, instance)
	{
		settle(instance);
	}
	LIST_EACH(&command->instances, instance)
	{
		TRY(command_log_end(instance));
	}
	TRY(write_history(command));
	TRY(write_running(command));
	return write_index(command);
}
