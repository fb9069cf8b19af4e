/* /execution: lists, single executions, and what reaches one from outside. */
#include <string.h>

#include "core/api/handler.h"
#include "core/engine.h"
#include "core/query/query.h"
#include "core/record/row_json.h"
#include "core/runtime/execution.h"
#include "core/runtime/execution_query.h"
#include "core/runtime/external_task.h"
#include "core/runtime/incident.h"
#include "core/runtime/instance_job.h"
#include "core/runtime/running_scan.h"
#include "core/runtime/step.h"
#include "core/runtime/task.h"
#include "core/runtime/typed_value.h"

static const struct list_source source = {&execution_resource, execution_query_check,
					  execution_query_offer, NULL};

int execution_list(struct request *request)
{
	return list_answer_params(request, &source, false);
}

int execution_query(struct request *request)
{
	return list_answer_body(request, &source, false);
}

int execution_count(struct request *request)
{
	return list_answer_params(request, &source, true);
}

int execution_query_count(struct request *request)
{
	return list_answer_body(request, &source, true);
}

/* The row of the execution that the path names. ERR_NOT_FOUND. */
static int find_row(struct request *request, const union slot **ret)
{
	struct txn reader = txn_reader(request->engine->store, request->arena);
	const char *id = request->call->params[0];
	struct serials one = {0, NULL};
	struct rows rows[RUNNING_MAX];
	struct running_scan scan;
	size_t i;

	serials_add(&one, request->arena, reader.store, id);
	running_scan_start(&scan, &reader, &one, 1u << RUNNING_EXECUTION);
	TRY(running_scan_next(&scan, request->arena, rows));
	for (i = 0; i < rows[RUNNING_EXECUTION].count; i++) {
		*ret = rows[RUNNING_EXECUTION].row[i];
		if (!strcmp((*ret)[0].s, id))
			return 0;
	}
	return ERR_NOT_FOUND;
}

int execution_get(struct request *request)
{
	const union slot *row;
	int code = find_row(request, &row);

	if (code == ERR_NOT_FOUND)
		return request_fail(request, ERR_INVALID_404, "Execution with id %s does not exist",
				    request->call->params[0]);
	TRY(code);
	row_answer(request_answer(request), &execution_kind, row);
	return 0;
}

/* Nothing that runs here waits for a message yet. */
int execution_get_message_subscription(struct request *request)
{
	return request_fail(request, ERR_INVALID_404,
			    "Message event subscription for execution %s named %s does not exist",
			    request->call->params[0], request->call->params[1]);
}

int execution_trigger_message(struct request *request)
{
	const char *id = request->call->params[0], *message = request->call->params[1];
	struct named_values values;
	int code = typed_values_read(request->arena, json_present(request->body, "variables"),
				     &values, &request->error);

	if (!code)
		code = request_fail(request, ERR_ENGINE,
				    "Execution with id '%s' does not have a subscription to a "
				    "message event with name '%s': eventSubscriptions is empty",
				    id, message);
	return request_wrap(request, code, "Cannot trigger message %s for execution %s", message,
			    id);
}

/* An execution that is to go on. */
struct signal {
	const char *id;
	struct named_values values;
};

/* What stands there waits for something else than a signal: that is given up. */
static int drop_work(struct instance *instance, const struct execution *execution)
{
	size_t i;

	for (i = instance->tasks.count; i-- > 0;) {
		struct task *task = instance->tasks.items[i];

		if (!strcmp(task->execution_id, execution->id))
			TRY(task_delete(instance, task, "deleted"));
	}
	for (i = instance->external_tasks.count; i-- > 0;) {
		struct external_task *task = instance->external_tasks.items[i];

		if (!strcmp(task->execution_id, execution->id))
			external_task_delete(instance, task);
	}
	for (i = instance->jobs.count; i-- > 0;) {
		struct instance_job *job = instance->jobs.items[i];

		if (!strcmp(job->execution_id, execution->id))
			instance_job_delete(instance, job);
	}
	return 0;
}

static bool takes_signals(enum node_type type)
{
	return type == NODE_RECEIVE_TASK || type == NODE_USER_TASK || type == NODE_EXTERNAL_TASK;
}

static int signal_execution(struct instance *instance, struct execution *execution)
{
	struct command *command = instance->command;

	if (execution->node == NODE_NONE || execution_child_count(instance, execution))
		return command_fail(command, ERR_ENGINE,
				    "cannot signal execution %s: it has no current activity",
				    execution->id);
	if (!takes_signals(instance->model->nodes[execution->node].type))
		return command_fail(
			command, ERR_ENGINE,
			"ENGINE-02010 The activity with id '%s' doesn't accept signals.",
			execution->activity_id);
	TRY(step_not_suspended(instance, execution));
	TRY(drop_work(instance, execution));
	TRY(step_leave(instance, execution));
	return steps_run(command);
}

static int signal_body(struct command *command, void *arg)
{
	const struct signal *signal = arg;
	struct execution *execution = NULL;
	struct instance *instance;
	struct scope scope = {0};
	int code = command_find(command, signal->id, &instance);

	if (!code)
		execution = instance_execution(instance, signal->id);
	if (code == ERR_NOT_FOUND || (!code && !execution))
		return command_fail(command, ERR_NULL_VALUE,
				    "execution %s doesn't exist: execution is null", signal->id);
	TRY(code);
	scope.instance = instance;
	scope.execution = execution;
	TRY(named_values_set(&scope, &signal->values, false));
	return signal_execution(instance, execution);
}

int execution_signal(struct request *request)
{
	struct signal signal = {.id = request->call->params[0]};
	int code = typed_values_read(request->arena, json_present(request->body, "variables"),
				     &signal.values, &request->error);

	if (!code)
		code = command_run(request, signal_body, &signal);
	if (code)
		return request_wrap(request, code, "Cannot signal execution %s", signal.id);
	return request_answer_nothing(request);
}
