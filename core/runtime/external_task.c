#include "core/runtime/external_task.h"

#include <string.h>

#include "core/job/job.h"
#include "core/process/definition.h"
#include "core/runtime/cancel.h"
#include "core/runtime/evaluate.h"
#include "core/runtime/execution.h"
#include "core/runtime/history_event.h"
#include "core/runtime/incident.h"
#include "core/runtime/step.h"

int external_task_create(struct instance *instance, struct execution *execution)
{
	const struct node *node = &instance->model->nodes[execution->node];
	const struct running_instance *owner = instance->row;
	struct external_task *task = arena_alloc(instance->arena, sizeof(*task));
	struct scope scope = scope_at(instance, execution);

	TRY(evaluate_text(&scope, node->service->topic, &task->topic_name));
	TRY(evaluate_priority(&scope, node->service->priority, "", &task->priority));
	if (task->priority == INT_NULL)
		task->priority = 0;
	task->id = command_id(instance);
	task->activity_id = node->id;
	task->activity_instance_id = execution->activity_instance_id;
	task->execution_id = execution->id;
	task->lock_expiration_time = TIME_NULL;
	task->create_time = instance->command->now;
	task->process_definition_id = owner->definition_id;
	task->process_definition_key = owner->definition_key;
	task->process_definition_version_tag =
		instance->definition[PROCESS_DEFINITION_VERSION_TAG].s;
	task->process_instance_id = owner->id;
	task->retries = INT_NULL;
	task->suspended = owner->suspended;
	task->tenant_id = owner->tenant_id;
	task->business_key = owner->business_key;
	list_add(instance->arena, &instance->external_tasks, task);
	history_external_task_log(instance, task, EXTERNAL_TASK_CREATED);
	return 0;
}

static void drop(struct instance *instance, struct external_task *task,
		 enum external_task_event event)
{
	history_external_task_log(instance, task, event);
	incident_end(instance, incident_about(instance, INCIDENT_FAILED_EXTERNAL_TASK, task->id),
		     event == EXTERNAL_TASK_DELETED);
	list_remove(&instance->external_tasks, task);
	instance->changed = true;
}

void external_task_delete(struct instance *instance, struct external_task *task)
{
	drop(instance, task, EXTERNAL_TASK_DELETED);
}

static void open_incident(struct instance *instance, const struct external_task *task)
{
	const struct incident_values values = {
		.type = INCIDENT_FAILED_EXTERNAL_TASK,
		.execution_id = task->execution_id,
		.activity_id = task->activity_id,
		.configuration = task->id,
		.history_configuration = task->last_failure_log_id,
		.message = task->error_message,
	};

	if (!incident_about(instance, INCIDENT_FAILED_EXTERNAL_TASK, task->id))
		incident_create(instance, &values);
}

void external_task_set_retries(struct instance *instance, struct external_task *task,
			       int64_t retries)
{
	bool had = task->retries == INT_NULL || task->retries > 0;

	instance->changed = true;
	if (retries > 0 && !had)
		incident_end(instance,
			     incident_about(instance, INCIDENT_FAILED_EXTERNAL_TASK, task->id),
			     false);
	else if (retries <= 0 && had)
		open_incident(instance, task);
	task->retries = retries;
}

/* The boundary event of NODE that catches CODE, or else any, or NODE_NONE. */
static int catcher_at(const struct model *model, const struct node *node, const char *code)
{
	int any = NODE_NONE;
	size_t i;

	for (i = 0; i < node->boundary_count; i++) {
		const struct node *boundary = &model->nodes[node->boundaries[i]];
		const char *caught;

		if (boundary->type != NODE_BOUNDARY_ERROR)
			continue;
		caught = boundary->error->error_code;
		if (caught && !strcmp(caught, code))
			return node->boundaries[i];
		if (!caught && any == NODE_NONE)
			any = node->boundaries[i];
	}
	return any;
}

static void set_text(const struct scope *scope, const char *name, const char *text)
{
	struct value *value = arena_alloc(scope->instance->arena, sizeof(*value));
	struct typed_value typed = {text ? "String" : "Null", text ? value : NULL, "{}", false};

	value->type = VALUE_STRING;
	value->as.text = text;
	if (name)
		variable_set(scope, name, &typed);
}

int error_throw(struct instance *instance, struct execution *execution, const char *code,
		const char *message, bool *ret_caught)
{
	const struct model *model = instance->model;
	const struct error_catch *error;
	struct execution *scope;
	struct scope host;
	int boundary = NODE_NONE;

	if (message && !*message)
		return command_fail(instance->command, ERR_ENGINE, "Error Message is empty");
	for (scope = execution; scope; scope = scope->parent) {
		if (scope->scope > 0)
			boundary = catcher_at(model, &model->nodes[scope->scope], code);
		if (boundary != NODE_NONE)
			break;
	}
	*ret_caught = scope != NULL;
	if (!scope)
		return 0;
	error = model->nodes[boundary].error;
	host = scope_at(instance, scope);
	set_text(&host, error->code_variable, code);
	set_text(&host, error->message_variable, message);
	scope = scope->parent;
	TRY(cancel_children(instance, scope, NULL));
	execution_set_node(instance, scope, boundary);
	scope->flags |= EXECUTION_ACTIVE;
	step_enter(instance, scope, false);
	return 0;
}

int external_task_throw(struct instance *instance, struct external_task *task, const char *code,
			const char *message)
{
	struct execution *execution = instance_execution(instance, task->execution_id);
	bool caught;

	drop(instance, task, EXTERNAL_TASK_DELETED);
	TRY(error_throw(instance, execution, code, message, &caught));
	if (!caught)
		step_leave_by(instance, execution, NULL, 0);
	return 0;
}

/* Whether the condition of ERROR is true, and nothing else. LENIENT: one that cannot be evaluated
 * does not hold. */
static int holds(struct instance *instance, struct external_task *task,
		 const struct error_mapping *error, bool lenient, bool *ret)
{
	struct command *command = instance->command;
	struct scope scope = scope_at(instance, instance_execution(instance, task->execution_id));
	struct error before = *command->error;
	struct expression_value value;
	int code;

	command->external_task = task;
	code = evaluate(&scope, error->condition, &value);
	command->external_task = NULL;
	*ret = !code && value.type == EXPRESSION_BOOLEAN && value.as.truth;
	if (!code || !lenient)
		return code;
	*command->error = before;
	*ret = false;
	return 0;
}

/* Throws the first error of the model whose condition holds. */
static int throw_mapped(struct instance *instance, struct external_task *task, bool lenient,
			bool *ret_thrown)
{
	const struct service_definition *service =
		instance->model->nodes[model_node(instance->model, task->activity_id)].service;
	size_t i;

	*ret_thrown = false;
	for (i = 0; i < service->error_count && !*ret_thrown; i++) {
		TRY(holds(instance, task, &service->errors[i], lenient, ret_thrown));
		if (*ret_thrown && !service->errors[i].error_code)
			return command_fail(instance->command, ERR_ENGINE, "Error Code is null");
		if (*ret_thrown)
			TRY(external_task_throw(instance, task, service->errors[i].error_code,
						task->error_message));
	}
	return 0;
}

int external_task_complete(struct instance *instance, struct external_task *task)
{
	struct execution *execution = instance_execution(instance, task->execution_id);
	bool thrown;

	TRY(throw_mapped(instance, task, false, &thrown));
	if (thrown)
		return 0;
	drop(instance, task, EXTERNAL_TASK_SUCCEEDED);
	return step_leave(instance, execution);
}

int external_task_fail(struct instance *instance, struct external_task *task,
		       const struct external_task_failure *failure)
{
	bool thrown;

	task->error_message = exception_message_cut(instance->arena, failure->message);
	if (failure->details)
		task->error_details = failure->details;
	TRY(throw_mapped(instance, task, true, &thrown));
	if (thrown)
		return 0;
	task->lock_expiration_time = failure->until;
	task->last_failure_log_id = history_external_task_log(instance, task, EXTERNAL_TASK_FAILED);
	external_task_set_retries(instance, task, failure->retries);
	return 0;
}
