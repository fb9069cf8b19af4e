/* /task/{id}/claim, complete and whatever else is done to a task. */
#include <string.h>

#include "core/api/handler.h"
#include "core/query/query.h"
#include "core/runtime/history_event.h"
#include "core/runtime/step.h"
#include "core/runtime/task.h"
#include "core/runtime/task_log.h"
#include "core/runtime/typed_value.h"

struct task_change;

/* One of the things that can be done. */
struct operation {
	const char *words; /* before those of a failure: "Cannot complete task"; NULL: none */
	int missing;       /* what it is when there is no such task */
	int suspended;     /* the same of a task that is suspended; 0 = ERR_SUSPENDED */
	int (*apply)(struct task_change *change, struct instance *instance, struct task *task);
	const char *logged; /* as the user operation log calls it, or NULL: by what it does */
};

/* It is asked for. */
struct task_change {
	struct request *request;
	const struct operation *operation;
	const char *user_id;
	const char *code, *message; /* of an error or escalation */
	struct named_values values;
	bool with_variables; /* these are answered */
	struct list variables;
};

static const char *id_of(const struct request *request)
{
	return request->call->params[0];
}

/* The text KEY of the body; NULL when it is not there. */
static int read_text(struct request *request, const char *key, const char **ret)
{
	const struct json *node = json_present(request->body, key);

	*ret = NULL;
	return node ? json_to_string(node, ret) : 0;
}

/* Words of ours before the failure's, where the operation has some. */
static int wrap(const struct task_change *change, int code)
{
	if (!code || !change->operation->words)
		return code;
	return request_wrap(change->request, code, "%s %s", change->operation->words,
			    id_of(change->request));
}

static int read_values(struct task_change *change)
{
	struct request *request = change->request;

	return wrap(change,
		    typed_values_read(request->arena, json_present(request->body, "variables"),
				      &change->values, &request->error));
}

static int find_active(struct command *command, const struct task_change *change,
		       struct instance **ret_instance, struct task **ret)
{
	const char *id = id_of(change->request);
	int code = task_find(command, id, ret_instance, ret);

	if (code == ERR_NOT_FOUND)
		return command_fail(command, change->operation->missing,
				    "Cannot find task with id %s: task is null", id);
	TRY(code);
	code = task_check_active(command, *ret);
	if (code && change->operation->suspended)
		return command_fail(command, change->operation->suspended, "%s",
				    command->error->message);
	return code;
}

static int run_body(struct command *command, void *arg)
{
	struct task_change *change = arg;
	struct instance *instance;
	struct scope scope;
	struct task *task;

	TRY(find_active(command, change, &instance, &task));
	TRY(task_scope(command, instance, task, &scope));
	TRY(change->operation->apply(change, instance, task));
	TRY(steps_run(command));
	if (change->with_variables && scope.execution)
		variables_of_instance(instance, &change->variables);
	else if (change->with_variables)
		variables_visible(&scope, command->arena, false, &change->variables);
	return 0;
}

static int run(struct task_change *change)
{
	int code = wrap(change, command_run(change->request, run_body, change));

	return code ? code : request_answer_nothing(change->request);
}

/* Makes it known that the task is not what it was BEFORE. */
static int finish_change(struct task_change *change, struct instance *instance, struct task *task,
			 const struct task *before)
{
	TRY(task_changed(instance, task, before));
	return task_log_changes(instance, task, before, change->operation->logged);
}

static int apply_claim(struct task_change *change, struct instance *instance, struct task *task)
{
	struct task before = *task;

	if (change->user_id && task->assignee && strcmp(task->assignee, change->user_id) != 0)
		return command_fail(instance->command, ERR_CLAIMED,
				    "Task '%s' is already claimed by someone else.", task->id);
	/* who has it already takes it without a trace */
	if (!change->user_id || !task->assignee)
		task_set_assignee(instance, task, change->user_id);
	return finish_change(change, instance, task, &before);
}

static int apply_assignee(struct task_change *change, struct instance *instance, struct task *task)
{
	struct task before = *task;

	task_set_assignee(instance, task, change->user_id);
	return finish_change(change, instance, task, &before);
}

static int apply_delegate(struct task_change *change, struct instance *instance, struct task *task)
{
	struct task before = *task;

	if (!task->owner)
		task_set_owner(instance, task, task->assignee);
	task->delegation_state = "PENDING";
	task_set_assignee(instance, task, change->user_id);
	return finish_change(change, instance, task, &before);
}

/*
 * Variables that come with an operation are those of the task's execution, or of its parent;
 * without either they are lost, as in the original.
 */
static int set_values(const struct task_change *change, struct instance *instance,
		      struct task *task)
{
	struct scope scope;

	TRY(task_scope(instance->command, instance, task, &scope));
	scope.task = NULL;
	if (!scope.execution && !scope.outer)
		return 0;
	return named_values_set(scope.execution ? &scope : scope.outer, &change->values, false);
}

/* QUIETLY: the assignment is no event. */
static int resolve_task(struct instance *instance, struct task *task, bool quietly)
{
	struct task before = *task, seen = *task;

	task->delegation_state = "RESOLVED";
	task_set_assignee(instance, task, task->owner);
	if (quietly)
		seen.assignee = task->assignee;
	TRY(task_changed(instance, task, &seen));
	return task_log_changes(instance, task, &before, "Resolve");
}

static int apply_resolve(struct task_change *change, struct instance *instance, struct task *task)
{
	TRY(set_values(change, instance, task));
	return resolve_task(instance, task, false);
}

static int complete_task(struct instance *instance, struct task *task)
{
	TRY(task_log_property(instance, task, "Complete", "Task", "delete", "false", "true"));
	return task_complete(instance, task);
}

static int apply_complete(struct task_change *change, struct instance *instance, struct task *task)
{
	TRY(set_values(change, instance, task));
	return complete_task(instance, task);
}

/* Fields of a form are variables as the task sees them. */
static int set_fields(const struct task_change *change, struct instance *instance,
		      struct task *task)
{
	struct scope scope;
	size_t i;

	TRY(task_scope(instance->command, instance, task, &scope));
	for (i = 0; i < change->values.count; i++) {
		const struct named_value *field = &change->values.items[i];

		if (scope.execution && !strcmp(field->value.type, "String") && field->value.value)
			history_form_field(instance, field->name, field->value.value, task);
	}
	return named_values_set(&scope, &change->values, false);
}

static int apply_submit(struct task_change *change, struct instance *instance, struct task *task)
{
	TRY(set_fields(change, instance, task));
	if (!task->delegation_state || strcmp(task->delegation_state, "PENDING") != 0)
		return complete_task(instance, task);
	/* who does it for somebody else hands it back */
	return resolve_task(instance, task, true);
}

static int apply_error(struct task_change *change, struct instance *instance, struct task *task)
{
	TRY(set_values(change, instance, task));
	return task_bpmn_error(instance, task, change->code, change->message);
}

/* No model that is deployed here can catch one. */
static int apply_escalation(struct task_change *change, struct instance *instance,
			    struct task *task)
{
	if (!task->execution_id)
		return command_fail(instance->command, ERR_BAD_USER_REQUEST,
				    "Task '%s' belongs to no process instance: there is nobody to "
				    "catch an escalation",
				    task->id);
	return command_fail(instance->command, ERR_ENGINE,
			    "ENGINE-02043 Execution with id '%s' throws an escalation event with "
			    "escalationCode '%s', but no escalation handler was defined. ",
			    task->task_definition_key, change->code);
}

static const struct operation claim = {NULL, ERR_NULL_VALUE, 0, apply_claim, "Claim"};
static const struct operation unclaim = {NULL, ERR_NO_DEFINITION, 0, apply_assignee, "Assign"};
static const struct operation assign = {NULL, ERR_NO_DEFINITION, 0, apply_assignee, "Assign"};
static const struct operation delegate = {NULL, ERR_NULL_VALUE, 0, apply_delegate, "Delegate"};
static const struct operation resolve = {NULL, ERR_NULL_VALUE, 0, apply_resolve, NULL};
static const struct operation complete = {"Cannot complete task", ERR_NULL_VALUE, 0, apply_complete,
					  NULL};
static const struct operation submit = {"Cannot submit task form", ERR_NULL_VALUE, 0, apply_submit,
					NULL};
static const struct operation throw_error = {NULL, ERR_REST_404_0, ERR_REST_400_0, apply_error,
					     NULL};
static const struct operation throw_escalation = {NULL, ERR_REST_404_0, ERR_REST_400_0,
						  apply_escalation, NULL};

/* Operations whose body has a user at most. */
static int run_for_user(struct request *request, const struct operation *operation)
{
	struct task_change change = {.request = request, .operation = operation};

	TRY(read_text(request, "userId", &change.user_id));
	return run(&change);
}

int task_claim(struct request *request)
{
	return run_for_user(request, &claim);
}

int task_unclaim(struct request *request)
{
	struct task_change change = {.request = request, .operation = &unclaim};

	return run(&change);
}

int task_set_assignee_by_id(struct request *request)
{
	return run_for_user(request, &assign);
}

int task_delegate(struct request *request)
{
	return run_for_user(request, &delegate);
}

int task_resolve(struct request *request)
{
	struct task_change change = {.request = request, .operation = &resolve};
	int code = typed_values_read(request->arena, json_present(request->body, "variables"),
				     &change.values, &request->error);

	if (code)
		return request_wrap(request, code, "Cannot resolve task %s", id_of(request));
	return run(&change);
}

static int answer_variables(struct task_change *change)
{
	struct request *request = change->request;
	struct json_writer *writer = request_answer(request);
	const struct variable *variable;

	json_open_object(writer);
	LIST_EACH(&change->variables, variable)
	{
		json_key(writer, variable->name);
		TRY(typed_value_write(writer, request->arena, variable, false, &request->error));
	}
	json_close_object(writer);
	return 0;
}

static int run_completion(struct request *request, const struct operation *operation)
{
	const struct json *wanted = json_present(request->body, "withVariablesInReturn");
	struct task_change change = {.request = request, .operation = operation};

	if (wanted)
		TRY(json_to_bool(wanted, false, &change.with_variables));
	TRY(read_values(&change));
	if (!change.with_variables)
		return run(&change);
	TRY(wrap(&change, command_run(request, run_body, &change)));
	return answer_variables(&change);
}

int task_complete_by_id(struct request *request)
{
	return run_completion(request, &complete);
}

int task_submit_form(struct request *request)
{
	return run_completion(request, &submit);
}

static int run_throw(struct request *request, const struct operation *operation, const char *key,
		     const char *message_key)
{
	struct task_change change = {.request = request, .operation = operation};

	TRY(read_values(&change));
	TRY(read_text(request, key, &change.code));
	TRY(read_text(request, message_key, &change.message));
	if (!change.code || !*change.code)
		return request_fail(request, ERR_REST_400_0, "%s is %s", key,
				    change.code ? "empty" : "null");
	return run(&change);
}

int task_bpmn_error_by_id(struct request *request)
{
	return run_throw(request, &throw_error, "errorCode", "errorMessage");
}

int task_bpmn_escalation_by_id(struct request *request)
{
	return run_throw(request, &throw_escalation, "escalationCode", "errorMessage");
}
