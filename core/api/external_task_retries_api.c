/* PUT /external-task/retries and POST /external-task/retries-async (semantics.md 2.10). */
#include <stdlib.h>
#include <string.h>

#include "core/api/handler.h"
#include "core/job/batch.h"
#include "core/batch/select.h"
#include "core/engine.h"
#include "core/history/id_list.h"
#include "core/history/operation_log.h"
#include "core/batch/job_target.h"
#include "core/runtime/command.h"
#include "core/runtime/external_task.h"
#include "core/runtime/external_task_query.h"
#include "core/runtime/process_instance_query.h"
#include "storage/uuid.h"

enum { AT_ONCE = 256 }; /* tasks changed in a transaction */

/* The ids of the tasks that a body means. */
struct task_ids {
	struct request *request;
	size_t count, room;
	union target_name *items; /* malloced */
	int code;                 /* of a walk that adds to them */
};

static void add_id(struct task_ids *ids, union target_name name)
{
	if (ids->count == ids->room) {
		ids->room = ids->room ? ids->room * 2 : 64;
		ids->items = memory_resize(ids->items, ids->room * sizeof(*ids->items));
	}
	ids->items[ids->count++] = name;
}

static void take_id(void *arg, const char *id)
{
	struct task_ids *ids = arg;
	union target_name name = target_name_of(id);

	if (!name.other.high)
		name.other.text = arena_strdup(ids->request->arena, id);
	add_id(ids, name);
}

/* The tasks of the process instance. */
static void take_instance(void *arg, const char *id)
{
	struct task_ids *ids = arg;
	struct arena *arena = ids->request->arena;
	struct arena_mark mark = arena_mark(arena);
	struct txn reader = txn_reader(ids->request->engine->store, arena);
	const struct external_task *task;
	struct instance *instance;
	uint64_t serial;
	int code = id && instance_serial(reader.store, id, &serial)
			   ? instance_read(&reader, serial, &instance)
			   : ERR_NOT_FOUND;

	if (!code && !strcmp(instance->row->id, id))
		LIST_EACH(&instance->external_tasks, task)
		{
			add_id(ids, target_name_of(task->id));
		}
	arena_rewind(arena, mark);
	if (code && code != ERR_NOT_FOUND)
		ids->code = code;
}

static void take_given(struct task_ids *ids)
{
	const struct id_list *given = ids->request->diverted;
	char text[UUID_TEXT + 1];
	size_t i;

	for (i = 0; i < given->uuid_count; i++) {
		uuid_format(given->uuids[i], text);
		take_id(ids, text);
	}
	for (i = 0; i < given->text_count; i++)
		add_id(ids, target_name_of(given->texts[i]));
}

static int take_instances(struct task_ids *ids, const struct json *list)
{
	const struct json *member;
	const char *text;

	for (member = list ? list->first : NULL; member; member = member->next) {
		TRY(json_to_string(member, &text));
		take_instance(ids, text);
	}
	return ids->code;
}

/* Those of the instances that a query of history means. */
static int take_history(struct task_ids *ids, const struct json *query)
{
	const struct selection_rules rules = {"", false, ERR_INVALID, true};
	struct request *request = ids->request;
	struct id_list *given = request->diverted;
	struct target target;
	uint64_t i;
	int code;

	request->diverted = NULL; /* they are ids of tasks */
	code = history_select_processes(request, query, &rules, &target);
	request->diverted = given;
	for (i = 0; !code && i < target.name_count; i++)
		take_instance(ids, target_name_text(request->arena, &target.names[i]));
	return code ? code : ids->code;
}

static int check_nulls(struct request *request, const struct json *list)
{
	const struct json *member;

	if (list && list->type != JSON_ARRAY)
		return ERR_INPUT;
	for (member = list ? list->first : NULL; member; member = member->next)
		if (member->type == JSON_NULL)
			return request_fail(request, ERR_NULL_VALUE,
					    "processInstanceIdIn contains null value");
	return 0;
}

static int select_tasks(struct task_ids *ids)
{
	struct request *request = ids->request;
	const struct json *instances = json_present(request->body, "processInstanceIds");
	const struct json *tasks = json_present(request->body, "externalTaskQuery");
	const struct json *running = json_present(request->body, "processInstanceQuery");
	const struct json *history = json_present(request->body, "historicProcessInstanceQuery");

	TRY(check_nulls(request, instances));
	take_given(ids);
	if (tasks)
		TRY(external_task_select(request, tasks, take_id, ids));
	TRY(take_instances(ids, instances));
	if (running)
		TRY(running_instance_select(request, running, ERR_INVALID, take_instance, ids));
	TRY(ids->code);
	return history ? take_history(ids, history) : 0;
}

static int read_retries(struct request *request, int64_t *ret)
{
	const struct json *retries = json_present(request->body, "retries");
	const struct json *given = json_present(request->body, "externalTaskIds");

	*ret = INT_NULL;
	if (retries)
		TRY(json_to_int(retries, INT_NULL, true, ret));
	/* they were streamed out of the body, unless they are no list */
	if (given && given->type != JSON_ARRAY)
		return ERR_INPUT;
	return *ret == INT_NULL
		       ? request_fail(request, ERR_INVALID, "The number of retries cannot be null.")
		       : 0;
}

/* Which tasks the body means, each once. */
static int find_tasks(struct task_ids *ids)
{
	struct request *request = ids->request;

	TRY(select_tasks(ids));
	ids->count = target_names_unique(ids->items, ids->count);
	target_names_order(ids->items, ids->count);
	if (request->diverted->nulls)
		return request_fail(request, ERR_INVALID,
				    "External task id cannot be null: externalTaskIds contains "
				    "null value");
	return ids->count ? 0 : request_fail(request, ERR_INVALID, "externalTaskIds is empty");
}

static int create_batch(struct request *request, struct task_ids *ids, int64_t retries)
{
	struct batch_plan plan = {.type = "set-external-task-retries"};
	struct txn reader = txn_reader(request->engine->store, request->arena);

	TRY(find_tasks(ids));
	plan.configuration = arena_printf(request->arena, "{\"retries\":%lld}", (long long)retries);
	TRY(job_target(&reader, ids->items, ids->count, &plan.target));
	batch_plan_operation(&plan, request->arena, "SetExternalTaskRetries", "ExternalTask");
	operation_add_number(&plan.operation, request->arena, "retries", retries);
	return batch_create(request, &plan);
}

int external_task_retries_async(struct request *request)
{
	struct task_ids ids = {.request = request};
	int64_t retries;
	int code;

	TRY(read_retries(request, &retries));
	code = create_batch(request, &ids, retries);
	free(ids.items);
	return code;
}

/* Tasks that get retries at once. */
struct retries_change {
	struct task_ids *ids;
	size_t first, count; /* those of a transaction */
	int64_t retries;
};

static int set_body(struct command *command, void *arg)
{
	const struct retries_change *setting = arg;
	size_t i;

	for (i = setting->first; i < setting->first + setting->count; i++) {
		const char *id = target_name_text(command->arena, &setting->ids->items[i]);
		struct external_task *task;
		struct instance *instance;
		int code = command_find(command, id, &instance);

		if (code && code != ERR_NOT_FOUND)
			return code;
		task = code ? NULL : instance_external_task(instance, id);
		if (task)
			external_task_set_retries(instance, task, setting->retries);
	}
	return 0;
}

static int check_existence(struct request *request, const struct task_ids *ids)
{
	struct txn reader = txn_reader(request->engine->store, request->arena);
	size_t i;

	for (i = 0; i < ids->count; i++) {
		struct arena_mark mark = arena_mark(request->arena);
		const char *id = target_name_text(request->arena, &ids->items[i]);
		const struct external_task *task;
		int code = external_task_find(&reader, id, &task);

		if (code == ERR_NOT_FOUND)
			return request_fail(request, ERR_INVALID_404,
					    "Cannot find external task with id %s: externalTask "
					    "is null",
					    id);
		TRY(code);
		arena_rewind(request->arena, mark);
	}
	return 0;
}

static int log_body(struct txn *txn, void *arg)
{
	const struct retries_change *setting = arg;
	struct logged_operation operation = {.type = "SetExternalTaskRetries",
					     .entity = "ExternalTask"};

	operation_add_number(&operation, txn->arena, "nrOfInstances", (int64_t)setting->ids->count);
	operation_add_flag(&operation, "async", false);
	operation_add_number(&operation, txn->arena, "retries", setting->retries);
	return operation_log_write(txn, setting->ids->request, &operation);
}

static int set_retries(struct retries_change *setting)
{
	struct task_ids *ids = setting->ids;
	struct request *request = ids->request;

	TRY(find_tasks(ids));
	if (setting->retries < 0)
		return request_fail(request, ERR_INVALID,
				    "The number of retries cannot be negative: retries is not "
				    "greater than or equal to 0");
	TRY(check_existence(request, ids));
	TRY(operation_log_run(request, TXN_DURABLE, log_body, setting));
	for (; setting->first < ids->count; setting->first += setting->count) {
		struct arena_mark mark = arena_mark(request->arena);

		setting->count = ids->count - setting->first;
		if (setting->count > AT_ONCE)
			setting->count = AT_ONCE;
		TRY(command_run(request, set_body, setting));
		arena_rewind(request->arena, mark);
	}
	return request_answer_nothing(request);
}

int external_task_set_all_retries(struct request *request)
{
	struct task_ids ids = {.request = request};
	struct retries_change setting = {.ids = &ids};
	int code;

	TRY(read_retries(request, &setting.retries));
	code = set_retries(&setting);
	free(ids.items);
	return code;
}
