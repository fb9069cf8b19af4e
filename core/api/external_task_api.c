/* /external-task: lists, single tasks, and what workers and administrators do to one. */
#include <string.h>

#include "core/api/handler.h"
#include "core/engine.h"
#include "core/history/operation_log.h"
#include "core/record/row_json.h"
#include "core/runtime/command.h"
#include "core/runtime/command_log.h"
#include "core/runtime/external_task.h"
#include "core/runtime/external_task_index.h"
#include "core/runtime/external_task_query.h"
#include "core/runtime/step.h"
#include "core/runtime/typed_value.h"

static const struct list_source source = {&external_task_resource, external_task_prepare,
					  external_task_offer, NULL};

int external_task_list(struct request *request)
{
	return list_answer_params(request, &source, false);
}

int external_task_query(struct request *request)
{
	return list_answer_body(request, &source, false);
}

int external_task_count(struct request *request)
{
	return list_answer_params(request, &source, true);
}

int external_task_query_count(struct request *request)
{
	return list_answer_body(request, &source, true);
}

static int find(struct request *request, const struct external_task **ret)
{
	struct txn reader = txn_reader(request->engine->store, request->arena);

	return external_task_find(&reader, request->call->params[0], ret);
}

int external_task_get(struct request *request)
{
	const struct external_task *task;
	int code = find(request, &task);

	if (code == ERR_NOT_FOUND)
		return request_fail(request, ERR_REST_404,
				    "External task with id %s does not exist",
				    request->call->params[0]);
	TRY(code);
	row_answer(request_answer(request), &external_task_kind, (const union slot *)task);
	return 0;
}

int external_task_error_details(struct request *request)
{
	const struct external_task *task;
	int code = find(request, &task);

	if (code == ERR_NOT_FOUND)
		return request_fail(request, ERR_NULL_VALUE,
				    "No external task found with id %s: externalTask is null",
				    request->call->params[0]);
	TRY(code);
	return task->error_details ? request_answer_text(request, "text/plain", task->error_details)
				   : request_answer_nothing(request);
}

/* What topics are asked for. */
struct topic_filter {
	bool locked, unlocked, retries;
};

static bool has_such(const struct topic_filter *filter, const struct external_task_entry *entry,
		     int64_t now)
{
	bool locked = entry->locked_until != TIME_NULL && entry->locked_until > now;

	return (!filter->locked || locked) && (!filter->unlocked || !locked) &&
	       (!filter->retries || entry->has_retries);
}

static int topic_has_such(struct request *request, struct txn *reader, const char *topic,
			  const struct topic_filter *filter, bool *ret)
{
	static const enum external_task_list lists[] = {TASKS_READY, TASKS_LOCKED, TASKS_BARRED};
	struct external_task_entry entry;
	int64_t now = clock_now();
	size_t i;

	*ret = false;
	for (i = 0; i < ARRAY_SIZE(lists) && !*ret; i++) {
		struct external_task_walk walk;
		int code = 0;

		external_task_walk_start(&walk, reader, lists[i], topic);
		while (!*ret && !(code = external_task_walk_next(&walk, &entry))) {
			TRY(request_stopped(request));
			*ret = has_such(filter, &entry, now);
		}
		if (!*ret && code != ERR_NOT_FOUND)
			return code;
	}
	return 0;
}

int external_task_topic_names(struct request *request)
{
	struct txn reader = txn_reader(request->engine->store, request->arena);
	const struct topic_filter filter = {request_flag(request, "withLockedTasks", false),
					    request_flag(request, "withUnlockedTasks", false),
					    request_flag(request, "withRetriesLeft", false)};
	struct json_writer *writer = request_answer(request);
	const char *topic = NULL;
	int code;
	bool any;

	json_open_array(writer);
	while (!(code = external_task_next_topic(&reader, topic, &topic))) {
		TRY(topic_has_such(request, &reader, topic, &filter, &any));
		if (any)
			json_string(writer, topic);
	}
	json_close_array(writer);
	return code == ERR_NOT_FOUND ? 0 : code;
}

/* A change of one task: what the body says, bound. */
struct change {
	struct request *request;
	const char *worker_id;
	const char *code, *message, *details;
	int64_t number; /* a duration, retries, a priority */
	int64_t timeout;
	struct named_values variables, local_variables;
};

static int refuse_unknown(struct request *request)
{
	return request_fail(request, ERR_REST_404_0, "External task with id %s does not exist",
			    request->call->params[0]);
}

static int run_change(struct change *change, command_body body)
{
	int code = command_run(change->request, body, change);

	if (code == ERR_NOT_FOUND)
		return refuse_unknown(change->request);
	TRY(code);
	return request_answer_nothing(change->request);
}

static int read_text(struct request *request, const char *key, const char **ret)
{
	const struct json *node = json_present(request->body, key);

	*ret = NULL;
	return node ? json_to_string(node, ret) : 0;
}

static int read_number(struct request *request, const char *key, int64_t absent, bool int32,
		       int64_t *ret)
{
	const struct json *node = json_present(request->body, key);

	*ret = absent;
	return node ? json_to_int(node, absent, int32, ret) : 0;
}

static int read_variables(struct request *request, const char *key, struct named_values *ret)
{
	return typed_values_read(request->arena, json_present(request->body, key), ret,
				 &request->error);
}

/* What all that workers report has in common. */
static int read_report(struct request *request, struct change *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->request = request;
	TRY(read_text(request, "workerId", &ret->worker_id));
	TRY(read_text(request, "errorMessage", &ret->message));
	TRY(read_variables(request, "variables", &ret->variables));
	return read_variables(request, "localVariables", &ret->local_variables);
}

static int require_worker(const struct change *change)
{
	return change->worker_id
		       ? 0
		       : request_fail(change->request, ERR_NULL_VALUE, "workerId is null");
}

static int find_running(struct command *command, struct instance **ret_instance,
			struct external_task **ret)
{
	const char *id = command->request->call->params[0];

	TRY(command_find(command, id, ret_instance));
	*ret = instance_external_task(*ret_instance, id);
	return *ret ? 0 : ERR_NOT_FOUND;
}

/* WORDS say what the worker cannot do; the id and the worker stand in them. */
static int check_worker(struct command *command, const struct change *change,
			const struct external_task *task, const char *before, const char *after)
{
	if (task->worker_id && !strcmp(change->worker_id, task->worker_id))
		return 0;
	return command_fail(command, ERR_REST_400_0,
			    "%s %s %s by worker '%s'. It is locked by worker '%s'.", before,
			    task->id, after, change->worker_id,
			    task->worker_id ? task->worker_id : "null");
}

static int check_active(struct command *command, const struct external_task *task)
{
	if (!task->suspended)
		return 0;
	return command_fail(command, ERR_REST_400_0,
			    "ENGINE-03043 ExternalTask with id '%s' is suspended.", task->id);
}

static int set_variables(struct instance *instance, const struct external_task *task,
			 const struct change *change)
{
	struct scope scope = scope_at(instance, instance_execution(instance, task->execution_id));

	TRY(named_values_set(&scope, &change->variables, false));
	return named_values_set(&scope, &change->local_variables, true);
}

static int complete_body(struct command *command, void *arg)
{
	struct change *change = arg;
	struct instance *instance;
	struct external_task *task;

	TRY(find_running(command, &instance, &task));
	TRY(check_worker(command, change, task, "External Task", "cannot be completed"));
	TRY(check_active(command, task));
	TRY(set_variables(instance, task, change));
	TRY(external_task_complete(instance, task));
	return steps_run(command);
}

int external_task_complete_by_id(struct request *request)
{
	struct change change;

	TRY(read_report(request, &change));
	TRY(require_worker(&change));
	return run_change(&change, complete_body);
}

static int failure_body(struct command *command, void *arg)
{
	struct change *change = arg;
	const struct external_task_failure failure = {
		change->message, change->details, change->number,
		external_task_time(command->now, change->timeout)};
	struct instance *instance;
	struct external_task *task;

	TRY(find_running(command, &instance, &task));
	TRY(check_worker(command, change, task, "Failure of External Task", "cannot be reported"));
	TRY(check_active(command, task));
	TRY(set_variables(instance, task, change));
	TRY(external_task_fail(instance, task, &failure));
	return steps_run(command);
}

int external_task_failure(struct request *request)
{
	struct change change;

	TRY(read_report(request, &change));
	TRY(read_text(request, "errorDetails", &change.details));
	TRY(read_number(request, "retries", 0, true, &change.number));
	TRY(read_number(request, "retryTimeout", 0, false, &change.timeout));
	TRY(require_worker(&change));
	if (change.number < 0)
		return request_fail(request, ERR_ENGINE,
				    "retries is not greater than or equal to 0");
	if (change.timeout < 0)
		return request_fail(request, ERR_ENGINE,
				    "retryDuration is not greater than or equal to 0");
	return run_change(&change, failure_body);
}

static int error_body(struct command *command, void *arg)
{
	struct change *change = arg;
	struct instance *instance;
	struct external_task *task;

	TRY(find_running(command, &instance, &task));
	TRY(check_worker(command, change, task, "Bpmn error of External Task",
			 "cannot be reported"));
	TRY(check_active(command, task));
	TRY(set_variables(instance, task, change));
	TRY(external_task_throw(instance, task, change->code, change->message));
	return steps_run(command);
}

int external_task_bpmn_error(struct request *request)
{
	struct change change;

	TRY(read_report(request, &change));
	TRY(read_text(request, "errorCode", &change.code));
	change.local_variables.count = 0; /* there are none in this body */
	TRY(require_worker(&change));
	if (!change.code)
		return request_fail(request, ERR_NULL_VALUE, "errorCode is null");
	if (!*change.code)
		return request_fail(request, ERR_ENGINE, "Error Code is empty");
	return run_change(&change, error_body);
}

static int extend_body(struct command *command, void *arg)
{
	struct change *change = arg;
	struct instance *instance;
	struct external_task *task;

	TRY(find_running(command, &instance, &task));
	/* the original's words have a quote too many */
	if (!task->worker_id || strcmp(change->worker_id, task->worker_id) != 0)
		return command_fail(command, ERR_REST_400_0,
				    "The lock of the External Task %s cannot be extended by worker "
				    "'%s''. It is locked by worker '%s'.",
				    task->id, change->worker_id,
				    task->worker_id ? task->worker_id : "null");
	if (task->lock_expiration_time < command->now)
		return command_fail(command, ERR_REST_400_0,
				    "Cannot extend a lock that expired: lockExpirationTime is not "
				    "greater than or equal to %lld",
				    (long long)command->now);
	TRY(check_active(command, task));
	task->lock_expiration_time = external_task_time(command->now, change->number);
	instance->changed = true;
	return 0;
}

int external_task_extend_lock(struct request *request)
{
	struct change change = {.request = request};

	TRY(read_text(request, "workerId", &change.worker_id));
	TRY(read_number(request, "newDuration", 0, false, &change.number));
	if (change.number <= 0)
		return request_fail(request, ERR_REST_400_0, "lockTime is not greater than 0");
	TRY(require_worker(&change));
	return run_change(&change, extend_body);
}

static int lock_body(struct command *command, void *arg)
{
	struct change *change = arg;
	struct instance *instance;
	struct external_task *task;

	TRY(find_running(command, &instance, &task));
	if (task->lock_expiration_time != TIME_NULL && task->lock_expiration_time > command->now)
		TRY(check_worker(command, change, task, "External Task", "cannot be locked"));
	task->worker_id = change->worker_id;
	task->lock_expiration_time = external_task_time(command->now, change->number);
	instance->changed = true;
	return 0;
}

int external_task_lock(struct request *request)
{
	struct change change = {.request = request};

	TRY(read_text(request, "workerId", &change.worker_id));
	TRY(read_number(request, "lockDuration", 0, false, &change.number));
	TRY(require_worker(&change));
	if (change.number <= 0)
		return request_fail(request, ERR_REST_400_0, "lockDuration is not greater than 0");
	return run_change(&change, lock_body);
}

/* An operation on TASK, with what it belongs to. */
static struct logged_operation operation_of(const struct instance *instance,
					    const struct external_task *task, const char *type)
{
	struct logged_operation operation = {.type = type, .entity = "ExternalTask"};

	operation_of_instance(&operation, instance);
	operation_place(&operation, "externalTaskId", task->id);
	return operation;
}

static int unlock_body(struct command *command, void *arg)
{
	struct logged_operation operation;
	struct instance *instance;
	struct external_task *task;

	(void)arg;
	TRY(find_running(command, &instance, &task));
	task->worker_id = NULL;
	task->lock_expiration_time = TIME_NULL;
	instance->changed = true;
	operation = operation_of(instance, task, "Unlock");
	return command_log(command, &operation);
}

int external_task_unlock(struct request *request)
{
	struct change change = {.request = request};

	return run_change(&change, unlock_body);
}

/* Logs that a number became another. */
static int log_number(struct command *command, const struct change *change,
		      struct logged_operation *operation, const char *property, int64_t before)
{
	operation_add_number(operation, command->arena, property, change->number);
	if (before != INT_NULL)
		operation->changes[0].old_value =
			arena_printf(command->arena, "%lld", (long long)before);
	return command_log(command, operation);
}

static int priority_body(struct command *command, void *arg)
{
	struct change *change = arg;
	struct logged_operation operation;
	struct instance *instance;
	struct external_task *task;
	int64_t before;

	TRY(find_running(command, &instance, &task));
	before = task->priority;
	task->priority = change->number;
	instance->changed = true;
	operation = operation_of(instance, task, "SetPriority");
	return log_number(command, change, &operation, "priority", before);
}

int external_task_set_priority(struct request *request)
{
	struct change change = {.request = request};

	TRY(read_number(request, "priority", INT_NULL, false, &change.number));
	if (change.number == INT_NULL)
		return request_fail(request, ERR_NULL_POINTER, "priority is null");
	return run_change(&change, priority_body);
}

static int retries_body(struct command *command, void *arg)
{
	struct change *change = arg;
	struct logged_operation operation;
	struct instance *instance;
	struct external_task *task;
	int64_t before;

	TRY(find_running(command, &instance, &task));
	before = task->retries;
	external_task_set_retries(instance, task, change->number);
	operation = operation_of(instance, task, "SetExternalTaskRetries");
	return log_number(command, change, &operation, "retries", before);
}

int external_task_set_retries_by_id(struct request *request)
{
	struct change change = {.request = request};

	TRY(read_number(request, "retries", INT_NULL, true, &change.number));
	if (change.number == INT_NULL)
		return request_fail(request, ERR_INVALID, "The number of retries cannot be null.");
	if (change.number < 0)
		return request_fail(request, ERR_BAD_USER_REQUEST,
				    "The number of retries cannot be negative: retries is not "
				    "greater than or equal to 0");
	return run_change(&change, retries_body);
}
