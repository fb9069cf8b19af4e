#include "core/runtime/execution.h"

#include <assert.h>
#include <string.h>

#include "core/history/incident_kind.h"
#include "core/record/kind.h"
#include "core/runtime/history_event.h"
#include "core/runtime/incident.h"
#include "core/runtime/step.h"
#include "core/runtime/variable.h"

static struct execution *create(struct instance *instance, struct execution *parent, const char *id)
{
	struct execution *execution = arena_alloc(instance->arena, sizeof(*execution));

	execution->id = id;
	execution->process_instance_id = instance->row->id;
	execution->tenant_id = instance->row->tenant_id;
	execution->parent = parent;
	execution->parent_id = parent ? parent->id : NULL;
	execution->flags = EXECUTION_ACTIVE;
	execution->node = execution->scope = NODE_NONE;
	list_add(instance->arena, &instance->executions, execution);
	instance->changed = true;
	return execution;
}

struct execution *execution_create_root(struct instance *instance)
{
	struct execution *root = create(instance, NULL, instance->row->id);

	root->flags |= EXECUTION_SCOPE;
	root->scope = 0;
	root->activity_instance_id = root->id;
	instance->root = root;
	return root;
}

struct execution *execution_create_child(struct instance *instance, struct execution *parent)
{
	struct execution *child = create(instance, parent, command_id(instance));

	child->flags |= parent->flags & (EXECUTION_SKIP_LISTENERS | EXECUTION_SKIP_MAPPINGS);
	child->activity_instance_id = parent->activity_instance_id;
	return child;
}

/* Those of failed jobs go with them when FROM goes; all others end with it. */
static void move_incidents(struct instance *instance, const struct execution *from,
			   const struct execution *to)
{
	union slot *incident;

	LIST_EACH(&instance->incidents, incident)
	{
		if (!strcmp(incident[INCIDENT_EXECUTION_ID].s, from->id) &&
		    !strcmp(incident[INCIDENT_TYPE].s, INCIDENT_FAILED_JOB))
			incident[INCIDENT_EXECUTION_ID].s = to->id;
	}
}

/* What a token has with it when it goes from one execution to another. */
static void move_token(struct instance *instance, struct execution *from, struct execution *to)
{
	struct task *task;
	struct external_task *external_task;
	const int64_t moving = EXECUTION_ACTIVE | EXECUTION_UNBEGUN;
	struct instance_job *job;

	operations_move(instance->command, from, to);
	execution_set_node(instance, to, from->node);
	to->transition_id = from->transition_id;
	to->activity_instance_id = from->activity_instance_id;
	to->flags = (to->flags & ~moving) | (from->flags & moving);
	from->flags &= ~EXECUTION_UNBEGUN;
	to->waited_as = from->waited_as;
	from->waited_as = NULL;
	LIST_EACH(&instance->tasks, task)
	{
		if (strcmp(task->execution_id, from->id))
			continue;
		task->execution_id = to->id;
		if (task->touched) /* else history learns of it with what comes next */
			history_task_update(instance, task);
	}
	LIST_EACH(&instance->external_tasks, external_task)
	{
		if (!strcmp(external_task->execution_id, from->id))
			external_task->execution_id = to->id;
	}
	LIST_EACH(&instance->jobs, job)
	{
		if (!strcmp(job->execution_id, from->id))
			job->execution_id = to->id;
	}
	/* the job that runs stays with the scope when its token went on before it was split off */
	if (instance->running && !strcmp(instance->running->execution_id, from->id) &&
	    (to == from->parent || text_same(instance->running->activity_id, from->activity_id)))
		instance->running->execution_id = to->id;
	if (from->parent == to)
		move_incidents(instance, from, to);
}

static struct execution *create_concurrent(struct instance *instance, struct execution *scope)
{
	struct execution *child = execution_create_child(instance, scope);

	child->flags |= EXECUTION_CONCURRENT;
	return child;
}

/* The token of SCOPE, or its one child that is no token, gets a concurrent execution. */
static struct execution *split(struct instance *instance, struct execution *scope)
{
	struct execution *only = execution_child(instance, scope, 0), *moved;

	if (only && only->flags & EXECUTION_CONCURRENT)
		return NULL;
	moved = create_concurrent(instance, scope);
	if (only) {
		only->parent = moved;
		only->parent_id = moved->id;
		moved->activity_instance_id = scope->activity_instance_id;
		moved->flags &= ~EXECUTION_ACTIVE;
	} else {
		move_token(instance, scope, moved);
		variables_move(instance, scope, moved, true);
	}
	execution_set_node(instance, scope, NODE_NONE);
	scope->transition_id = NULL;
	scope->flags &= ~EXECUTION_ACTIVE;
	scope->activity_instance_id = execution_parent_activity(instance, scope);
	return moved;
}

struct execution *execution_create_concurrent(struct instance *instance, struct execution *scope,
					      struct execution **ret_moved)
{
	*ret_moved = split(instance, scope);
	return create_concurrent(instance, scope);
}

void execution_remove(struct instance *instance, struct execution *execution)
{
	assert(!execution_child_count(instance, execution));
	if (execution == instance->root)
		variables_of_instance(instance, &instance->left);
	variables_drop(instance, execution->id, NULL);
	incidents_drop(instance, execution->id);
	list_remove(&instance->executions, execution);
	execution->removed = true;
	if (execution == instance->root) {
		instance->root = NULL;
		instance->row->ended = true;
	}
	instance->changed = true;
}

bool execution_fold(struct instance *instance, struct execution *scope)
{
	struct execution *last = execution_child(instance, scope, 0), *child;

	if (!last || execution_child_count(instance, scope) != 1 ||
	    !(last->flags & EXECUTION_CONCURRENT))
		return false;
	move_token(instance, last, scope);
	variables_move(instance, last, scope, false);
	LIST_EACH(&instance->executions, child)
	{
		if (child->parent != last)
			continue;
		child->parent = scope;
		child->parent_id = scope->id;
	}
	execution_remove(instance, last);
	return true;
}

void execution_set_node(struct instance *instance, struct execution *execution, int node)
{
	execution->node = node;
	execution->activity_id = node == NODE_NONE ? NULL : instance->model->nodes[node].id;
}

struct execution *execution_scope(struct execution *execution)
{
	return execution->flags & EXECUTION_SCOPE ? execution : execution->parent;
}

size_t execution_child_count(const struct instance *instance, const struct execution *parent)
{
	const struct execution *execution;
	size_t count = 0;

	LIST_EACH(&instance->executions, execution)
	{
		count += execution->parent == parent;
	}
	return count;
}

struct execution *execution_child(const struct instance *instance, const struct execution *parent,
				  size_t index)
{
	struct execution *execution;

	LIST_EACH(&instance->executions, execution)
	{
		if (execution->parent == parent && !index--)
			return execution;
	}
	return NULL;
}

bool execution_is_container(const struct instance *instance, const struct execution *execution)
{
	enum node_type type;

	if (execution->scope == NODE_NONE)
		return false;
	type = instance->model->nodes[execution->scope].type;
	return type == NODE_PROCESS || type == NODE_SUB_PROCESS;
}

const char *execution_parent_activity(const struct instance *instance,
				      const struct execution *execution)
{
	return execution->parent ? execution->parent->activity_instance_id : instance->row->id;
}

const char *execution_scope_activity(const struct instance *instance,
				     const struct execution *execution)
{
	return execution_is_container(instance, execution) || !execution->parent
		       ? execution_parent_activity(instance, execution)
		       : execution->activity_instance_id;
}
