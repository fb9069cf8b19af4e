#include "core/runtime/task.h"

#include <string.h>

#include "core/json/writer.h"
#include "core/record/kind.h"
#include "core/runtime/evaluate.h"
#include "core/runtime/execution.h"
#include "core/runtime/external_task.h"
#include "core/runtime/history_event.h"
#include "core/runtime/standalone.h"
#include "core/runtime/step.h"

enum { PRIORITY_NORMAL = 50, TASK_ID_MAX = 64 };

static const struct task_definition *definition_of(const struct instance *instance,
						   const struct task *task)
{
	int node = task->task_definition_key
			   ? model_node(instance->model, task->task_definition_key)
			   : NODE_NONE;

	return node == NODE_NONE ? NULL : instance->model->nodes[node].task;
}

static int find_standalone(struct command *command, const char *id, struct instance **ret)
{
	uint64_t serial;

	TRY(standalone_serial(command->txn, id, &serial));
	return command_standalone(command, serial, ret);
}

int task_find(struct command *command, const char *id, struct instance **ret_instance,
	      struct task **ret)
{
	int code = command_find(command, id, ret_instance);

	if (code == ERR_NOT_FOUND)
		code = find_standalone(command, id, ret_instance);
	TRY(code);
	*ret = instance_task(*ret_instance, id);
	return *ret ? 0 : ERR_NOT_FOUND;
}

/* The scope of TASK without what is further out. */
static struct scope scope_of_task(struct instance *instance, struct task *task)
{
	return (struct scope){instance, instance_execution(instance, task->execution_id), task,
			      NULL, NULL};
}

static int find_scope(void *arg, const char *task_id, struct scope *ret)
{
	struct instance *instance;
	struct task *task;

	TRY(task_find(arg, task_id, &instance, &task));
	*ret = scope_of_task(instance, task);
	return 0;
}

int task_scope(struct command *command, struct instance *instance, struct task *task,
	       struct scope *ret)
{
	*ret = scope_of_task(instance, task);
	return scope_surround(command->arena, ret, find_scope, command);
}

int task_check_active(struct command *command, const struct task *task)
{
	if (task->suspended != 1)
		return 0;
	return command_fail(command, ERR_SUSPENDED, "ENGINE-03043 task with id '%s' is suspended.",
			    task->id);
}

/* The engine's words around those of an expression. */
static int fail_listener(struct command *command, int code)
{
	if (code != ERR_ENGINE || !command->error->message)
		return code;
	return command_fail(command, code,
			    "ENGINE-03051 There was an exception while invoking the TaskListener. "
			    "Message: '%s'",
			    command->error->message);
}

/* Runs the task's listeners for EVENT. */
static int task_listeners_run(struct instance *instance, struct task *task, const char *event)
{
	const struct task_definition *definition = definition_of(instance, task);
	struct scope scope = {instance, instance_execution(instance, task->execution_id), task,
			      event, NULL};
	struct expression_value ignored;
	size_t i;

	if (!definition || (scope.execution->flags & EXECUTION_SKIP_LISTENERS))
		return 0;
	for (i = 0; i < definition->listener_count; i++) {
		int code;

		if (!definition->listeners[i].expression ||
		    strcmp(definition->listeners[i].event, event) != 0)
			continue;
		code = evaluate(&scope, definition->listeners[i].expression, &ignored);
		if (code)
			return fail_listener(instance->command, code);
	}
	return 0;
}

void task_add_identity_link(struct instance *instance, struct task *task, const char *type,
			    const char *user_id, const char *group_id)
{
	struct identity_link *link = arena_alloc(instance->arena, sizeof(*link));

	link->id = command_id(instance);
	link->task_id = task->id;
	link->type = type;
	link->user_id = user_id;
	link->group_id = group_id;
	list_add(instance->arena, &instance->identity_links, link);
	history_identity_link(instance, link, "add", instance->command->user);
}

void task_delete_identity_link(struct instance *instance, struct task *task, const char *type,
			       const char *user_id, const char *group_id)
{
	struct list *links = &instance->identity_links;
	size_t i = 0;

	while (i < links->count) {
		struct identity_link *link = links->items[i];

		if (!text_same(link->task_id, task->id) || !text_same(link->type, type) ||
		    !text_same(link->user_id, user_id) || !text_same(link->group_id, group_id)) {
			i++;
			continue;
		}
		history_identity_link(instance, link, "delete", instance->command->user);
		list_remove(links, link);
	}
}

/* Candidates: each expression gives one or several. */
static int add_candidates(const struct scope *scope, const struct expression *expression,
			  bool groups)
{
	const char *const *names;
	size_t count, i;

	TRY(evaluate_names(scope, expression, &names, &count));
	for (i = 0; i < count; i++)
		task_add_identity_link(scope->instance, scope->task, "candidate",
				       groups ? NULL : names[i], groups ? names[i] : NULL);
	return 0;
}

static int add_all_candidates(const struct scope *scope, const struct task_definition *definition)
{
	size_t i;

	for (i = 0; i < definition->candidate_user_count; i++)
		TRY(add_candidates(scope, definition->candidate_users[i], false));
	for (i = 0; i < definition->candidate_group_count; i++)
		TRY(add_candidates(scope, definition->candidate_groups[i], true));
	return 0;
}

static int form_of(const struct scope *scope, const struct task_definition *definition,
		   const char **ret)
{
	struct instance *instance = scope->instance;
	struct json_writer writer;
	const char *version;

	*ret = NULL;
	if (!definition->form_ref)
		return 0;
	TRY(evaluate_text(scope, definition->form_ref_version, &version));
	json_writer_init(&writer, 0, NULL, NULL);
	json_open_object(&writer);
	json_key_string(&writer, "key", definition->form_ref);
	json_key_string(&writer, "binding", definition->form_ref_binding);
	json_key_string(&writer, "version", version);
	json_close_object(&writer);
	*ret = arena_strndup(instance->arena, (const char *)writer.buffer.data,
			     writer.buffer.length);
	json_writer_clear(&writer);
	return 0;
}

/* What the element says, evaluated where the task is. */
static int fill(const struct scope *scope, const struct task_definition *definition)
{
	struct task *task = scope->task;

	TRY(evaluate_text(scope, definition->name, &task->name));
	TRY(evaluate_text(scope, definition->description, &task->description));
	TRY(evaluate_date(scope, definition->due_date, "Due date", &task->due));
	TRY(evaluate_date(scope, definition->follow_up_date, "Follow up date", &task->follow_up));
	TRY(evaluate_task_priority(scope, definition->priority, &task->priority));
	if (task->priority == INT_NULL)
		task->priority = PRIORITY_NORMAL;
	return form_of(scope, definition, &task->form_ref);
}

/* Whether the element says something of what can be changed in a task. */
static bool is_filled(const struct task_definition *definition)
{
	return definition->name || definition->description || definition->due_date ||
	       definition->follow_up_date || definition->priority || definition->assignee;
}

/* A task without anything but its place. */
static struct task *new_task(struct instance *instance, const struct execution *execution)
{
	struct task *task = arena_alloc(instance->arena, sizeof(*task));

	task->id = command_id(instance);
	task->created = instance->command->now;
	task->due = task->follow_up = task->last_updated = TIME_NULL;
	task->execution_id = execution->id;
	task->priority = PRIORITY_NORMAL;
	task->process_definition_id = instance->row->definition_id;
	task->process_instance_id = instance->row->id;
	task->task_definition_key = execution->activity_id;
	task->suspended = instance->row->suspended;
	task->case_instance_id = instance->row->case_instance_id;
	task->tenant_id = instance->row->tenant_id;
	task->case_instance_id = instance->row->case_instance_id;
	task->task_state = "Created";
	list_add(instance->arena, &instance->tasks, task);
	return task;
}

/* An assignee or owner is a link, too, as far as history goes, even one that was it before. */
static void set_person(struct instance *instance, struct task *task, const char *type,
		       const char **person, const char *user)
{
	struct identity_link link = {.type = type, .task_id = task->id};

	link.user_id = *person;
	if (*person)
		history_identity_link(instance, &link, "delete", instance->command->user);
	link.user_id = user;
	if (user)
		history_identity_link(instance, &link, "add", instance->command->user);
	*person = user;
	instance->changed = true;
}

void task_set_assignee(struct instance *instance, struct task *task, const char *user)
{
	set_person(instance, task, "assignee", &task->assignee, user);
}

void task_set_owner(struct instance *instance, struct task *task, const char *user)
{
	set_person(instance, task, "owner", &task->owner, user);
}

/* History learns what the task is now; its activity, who does it, if that was ASSIGNED. */
static void publish(struct instance *instance, const struct task *task, bool assigned)
{
	const struct execution *execution =
		task->execution_id ? instance_execution(instance, task->execution_id) : NULL;

	history_task_update(instance, task);
	if (execution && assigned)
		history_activity_task(instance, execution->activity_instance_id, task);
}

int task_create(struct instance *instance, struct execution *execution)
{
	const struct node *node = &instance->model->nodes[execution->node];
	struct task *task = new_task(instance, execution);
	struct scope scope = {instance, execution, task, NULL, NULL};
	const char *assignee;

	history_task_create(instance, task, execution->activity_instance_id);
	TRY(fill(&scope, node->task));
	task->touched = is_filled(node->task);
	TRY(add_all_candidates(&scope, node->task));
	TRY(evaluate_text(&scope, node->task->assignee, &assignee));
	task_set_assignee(instance, task, assignee);
	publish(instance, task, true);
	TRY(task_listeners_run(instance, task, "create"));
	if (task->assignee)
		TRY(task_listeners_run(instance, task, "assignment"));
	publish(instance, task, true);
	return 0;
}

static int check_parent(struct command *command, struct task *task)
{
	struct instance *instance;
	struct task *parent;
	int code = task_find(command, task->parent_task_id, &instance, &parent);

	if (code == ERR_NOT_FOUND)
		return command_fail(command, ERR_INVALID_0,
				    "Could not save task: Parent task with id '%s' does not exist: "
				    "parentTask is null",
				    task->parent_task_id);
	TRY(code);
	if (parent->suspended == 1)
		return command_fail(command, ERR_SUSPENDED,
				    "ENGINE-03043 parent task with id '%s' is suspended.",
				    task->id ? task->id : "null");
	if (task->tenant_id && !text_same(task->tenant_id, parent->tenant_id))
		return command_fail(command, ERR_ENGINE,
				    "ENGINE-03073 Cannot set different tenantId on subtask than on "
				    "parent Task. Parent taskId: '%s', tenantId: '%s', tenant id "
				    "to set '%s'",
				    parent->id, parent->tenant_id ? parent->tenant_id : "null",
				    task->tenant_id);
	task->tenant_id = parent->tenant_id;
	return 0;
}

/* An id that means nothing else yet, and that no other one will have. */
static int check_id(struct command *command, const char *id)
{
	uint64_t ignored;
	bool taken;

	TRY(standalone_id_is_taken(command->txn, id, &taken));
	if (taken || instance_serial(command->engine->store, id, &ignored))
		return command_fail(command, ERR_BAD_USER_REQUEST,
				    "A task with id '%s' cannot be created: the id is taken", id);
	if (strlen(id) > TASK_ID_MAX)
		return command_fail(command, ERR_BAD_USER_REQUEST,
				    "A task's id has %d bytes at most", TASK_ID_MAX);
	return 0;
}

int task_create_standalone(struct command *command, struct task *task,
			   struct instance **ret_instance)
{
	const char *assignee = task->assignee, *owner = task->owner;
	struct instance *instance;

	if (task->parent_task_id)
		TRY(check_parent(command, task));
	if (task->id)
		TRY(check_id(command, task->id));
	TRY(command_create_standalone(command, task, &instance));
	task->created = command->now;
	task->last_updated = TIME_NULL;
	task->suspended = false;
	task->task_state = "Created";
	history_standalone_start(instance, task);
	task->assignee = task->owner = NULL;
	if (assignee)
		task_set_assignee(instance, task, assignee);
	if (owner)
		task_set_owner(instance, task, owner);
	publish(instance, task, true);
	*ret_instance = instance;
	return 0;
}

/* Takes the task out, with what hangs on it. */
static void drop(struct instance *instance, struct task *task)
{
	struct list *links = &instance->identity_links;
	size_t i;

	for (i = links->count; i-- > 0;) {
		struct identity_link *link = links->items[i];

		if (strcmp(link->task_id, task->id))
			continue;
		list_remove(links, link);
	}
	variables_drop(instance, task->execution_id, task->id);
	list_remove(&instance->tasks, task);
	instance->changed = true;
}

static void end_one(struct instance *instance, struct task *task, const char *reason,
		    const char *state)
{
	history_task_end(instance, task, reason, state);
	drop(instance, task);
}

/* The subtasks of the task PARENT end, too; in PARENTS are then those that may have some. */
static int end_subtasks(struct command *command, const char *parent, const char *reason,
			bool completed, struct list *parents)
{
	struct serials subtasks = {0, NULL};
	size_t i;

	TRY(standalone_subtasks(command->txn, parent, &subtasks));
	for (i = 0; i < subtasks.count; i++) {
		struct instance *instance;
		struct task *task;

		TRY(command_standalone(command, subtasks.items[i], &instance));
		if (!instance->tasks.count)
			continue; /* they may be each other's */
		task = instance->tasks.items[0];
		list_add(command->arena, parents, arena_strdup(command->arena, task->id));
		end_one(instance, task, reason, completed ? task->task_state : "Deleted");
	}
	return 0;
}

/* Ends the task for good, and all below it. */
static int end(struct instance *instance, struct task *task, const char *reason, bool completed)
{
	struct command *command = instance->command;
	struct list parents = {0};
	size_t i;

	list_add(command->arena, &parents, arena_strdup(command->arena, task->id));
	end_one(instance, task, reason, completed ? "Completed" : "Deleted");
	for (i = 0; i < parents.count; i++)
		TRY(end_subtasks(command, parents.items[i], reason, completed, &parents));
	return 0;
}

void tasks_settle(struct instance *instance)
{
	struct error *error = instance->command->error, before = *error;
	struct task *task;

	LIST_EACH(&instance->tasks, task)
	{
		const struct task_definition *definition = definition_of(instance, task);
		struct scope scope = scope_of_task(instance, task);

		if (!definition || !definition->form_key)
			continue;
		if (evaluate_text(&scope, definition->form_key, &task->form_key)) {
			task->form_key = NULL;
			*error = before;
		}
	}
}

int task_complete(struct instance *instance, struct task *task)
{
	struct execution *execution = instance_execution(instance, task->execution_id);
	const char *assignee = task->assignee;

	TRY(task_listeners_run(instance, task, "complete"));
	publish(instance, task, !text_same(assignee, task->assignee));
	TRY(end(instance, task, "completed", true));
	return execution ? step_leave(instance, execution) : 0;
}

int task_bpmn_error(struct instance *instance, struct task *task, const char *code,
		    const char *message)
{
	struct execution *execution = instance_execution(instance, task->execution_id);
	const char *id = execution ? execution->activity_instance_id : NULL;
	bool caught;

	if (!execution)
		return command_fail(instance->command, ERR_ENGINE,
				    "ENGINE-13033 Propagation of bpmn error %s failed. ", code);
	TRY(error_throw(instance, execution, code, message, &caught));
	if (caught)
		return 0;
	/* the original's token has left the activity by then, and ends */
	execution->activity_instance_id = execution_parent_activity(instance, execution);
	TRY(task_delete(instance, task, "deleted"));
	execution->activity_instance_id = id;
	step_leave_by(instance, execution, NULL, 0);
	return 0;
}

int task_delete(struct instance *instance, struct task *task, const char *reason)
{
	TRY(task_listeners_run(instance, task, "delete"));
	history_task_update(instance, task); /* its activity keeps who did it */
	return end(instance, task, reason, false);
}

int task_changed(struct instance *instance, struct task *task, const struct task *before)
{
	instance->changed = true;
	task->last_updated = instance->command->now;
	task->task_state = "Updated";
	task->touched = true;
	publish(instance, task, !text_same(before->assignee, task->assignee));
	TRY(task_listeners_run(instance, task, "update"));
	if (!text_same(before->assignee, task->assignee))
		TRY(task_listeners_run(instance, task, "assignment"));
	publish(instance, task, !text_same(before->assignee, task->assignee));
	return 0;
}
