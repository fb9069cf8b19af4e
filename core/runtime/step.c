#include "core/runtime/step.h"

#include <stdlib.h>
#include <string.h>

#include "core/history/summary.h"
#include "core/id.h"
#include "core/runtime/cancel.h"
#include "core/runtime/evaluate.h"
#include "core/runtime/execution.h"
#include "core/runtime/history_event.h"
#include "core/runtime/instance_job.h"

enum { ACTIVITY_INSTANCE_ID_MAX = 64 };

enum operation_type { STEP_ENTER, STEP_START, STEP_EXECUTE, STEP_LEAVE, STEP_TAKE, STEP_END };

struct operation {
	struct operation *next;
	enum operation_type type;
	struct instance *instance;
	struct execution *execution;
	bool resumed; /* by the job that it waited for */
	bool by_flow; /* the activity is entered by a flow: the instance has begun */
	const int *flows;
	size_t flow_count;
};

static struct operation *push(struct instance *instance, enum operation_type type,
			      struct execution *execution, bool resumed)
{
	struct command *command = instance->command;
	struct operation *operation = arena_alloc(command->arena, sizeof(*operation));

	operation->type = type;
	operation->instance = instance;
	operation->execution = execution;
	operation->resumed = resumed;
	operation->next = command->operations;
	command->operations = operation;
	return operation;
}

void step_enter(struct instance *instance, struct execution *execution, bool resumed)
{
	push(instance, STEP_ENTER, execution, resumed);
}

void step_leave_by(struct instance *instance, struct execution *execution, const int *flows,
		   size_t count)
{
	struct operation *operation = push(instance, STEP_LEAVE, execution, false);

	operation->flows = arena_copy(instance->arena, flows, count * sizeof(*flows));
	operation->flow_count = count;
}

void step_take(struct instance *instance, struct execution *execution, int flow, bool resumed)
{
	struct operation *operation = push(instance, STEP_TAKE, execution, resumed);

	operation->flows = arena_copy(instance->arena, &flow, sizeof(flow));
	operation->flow_count = 1;
}

void step_end(struct instance *instance, struct execution *execution, bool resumed)
{
	push(instance, STEP_END, execution, resumed);
}

void operations_move(struct command *command, const struct execution *from, struct execution *to)
{
	struct operation *operation;

	for (operation = command->operations; operation; operation = operation->next)
		if (operation->execution == from)
			operation->execution = to;
}

static const struct node *node_of(const struct instance *instance,
				  const struct execution *execution)
{
	return &instance->model->nodes[execution->node];
}

static int run_listener_list(struct instance *instance, struct execution *execution,
			     const struct listener *listeners, size_t count, const char *event)
{
	struct scope scope = {instance, execution, NULL, event, NULL};
	struct expression_value ignored;
	size_t i;

	if (execution->flags & EXECUTION_SKIP_LISTENERS)
		return 0;
	for (i = 0; i < count; i++)
		if (listeners[i].expression && !strcmp(listeners[i].event, event))
			TRY(evaluate(&scope, listeners[i].expression, &ignored));
	return 0;
}

int listeners_run(struct instance *instance, struct execution *execution, const struct node *node,
		  const char *event)
{
	return run_listener_list(instance, execution, node->listeners, node->listener_count, event);
}

void step_new_activity_instance(struct instance *instance, struct execution *execution)
{
	const struct node *node = node_of(instance, execution);
	const char *uuid = command_id(instance);
	const char *id = arena_printf(instance->arena, "%s:%s", node->id, uuid);

	execution->activity_instance_id = strlen(id) > ACTIVITY_INSTANCE_ID_MAX ? uuid : id;
}

void step_started(struct instance *instance, struct execution *execution)
{
	if (execution->scope == execution->node && execution_is_container(instance, execution) &&
	    execution->parent)
		execution->parent->activity_instance_id = execution->activity_instance_id;
}

/* Whether EXECUTION is the scope of the activity in which its token stands. */
static bool is_own_scope(const struct execution *execution)
{
	return execution->parent && execution->scope != NODE_NONE &&
	       execution->scope == execution->node;
}

void step_ending(struct instance *instance, struct execution *execution)
{
	struct execution *parent = execution->parent;

	if (!is_own_scope(execution) || !execution_is_container(instance, execution))
		return;
	execution->activity_instance_id = parent->activity_instance_id;
	parent->activity_instance_id = execution_parent_activity(instance, parent);
}

static int parameter_value(const struct scope *scope, const struct parameter *parameter,
			   unsigned depth, struct expression_value *ret);

static int list_value(const struct scope *scope, const struct parameter *parameter, unsigned depth,
		      struct expression_value *ret)
{
	struct expression_value *values;
	size_t i;

	*ret = expression_list_new(scope->instance->arena, parameter->count, &values);
	for (i = 0; i < parameter->count; i++)
		TRY(parameter_value(scope, &parameter->entries[i], depth, &values[i]));
	return 0;
}

static int by_key(const void *a, const void *b)
{
	const struct expression_entry *left = a, *right = b;

	return strcmp(left->key, right->key);
}

/* A sorted map, as the original makes it. */
static int map_value(const struct scope *scope, const struct parameter *parameter, unsigned depth,
		     struct expression_value *ret)
{
	struct expression_entry *entries;
	size_t i;

	*ret = expression_map_new(scope->instance->arena, "java.util.TreeMap", parameter->count,
				  &entries);
	for (i = 0; i < parameter->count; i++) {
		entries[i].key = parameter->entries[i].name;
		TRY(parameter_value(scope, &parameter->entries[i], depth, &entries[i].value));
	}
	qsort(entries, parameter->count, sizeof(*entries), by_key);
	return 0;
}

/* Lists and maps nest as deep as the document may. */
static int parameter_value(const struct scope *scope, const struct parameter *parameter,
			   unsigned depth, struct expression_value *ret)
{
	enum { DEPTH_MAX = 100 };

	*ret = expression_null();
	if (depth >= DEPTH_MAX)
		return command_fail(scope->instance->command, ERR_ENGINE,
				    "The parameter '%s' is nested too deeply", parameter->name);
	switch (parameter->type) {
	case PARAMETER_LIST:
		return list_value(scope, parameter, depth + 1, ret);
	case PARAMETER_MAP:
		return map_value(scope, parameter, depth + 1, ret);
	case PARAMETER_EXPRESSION:
		break;
	}
	return parameter->value ? evaluate(scope, parameter->value, ret) : 0;
}

int parameters_map(const struct scope *source, const struct scope *target,
		   const struct parameter *parameters, size_t count, bool local)
{
	struct command *command = source->instance->command;
	size_t i;

	for (i = 0; i < count; i++) {
		struct expression_value value;
		struct typed_value typed;

		TRY(parameter_value(source, &parameters[i], 0, &value));
		if (typed_of_expression(command->arena, &value, parameters[i].name, &typed,
					command->error))
			return command->error->code = ERR_ENGINE;
		if (local)
			variable_set_local(target, parameters[i].name, &typed);
		else
			variable_set(target, parameters[i].name, &typed);
	}
	return 0;
}

static int enter(struct operation *operation)
{
	struct instance *instance = operation->instance;
	struct execution *execution = operation->execution, *child;
	const struct node *node = node_of(instance, execution);

	if (node->flags & NODE_ASYNC_BEFORE && !operation->resumed) {
		if (node->type != NODE_TERMINATE_END)
			execution->activity_instance_id = NULL;
		return instance_job_create(instance, execution, CONTINUE_BEFORE);
	}
	execution->activity_instance_id = execution_parent_activity(instance, execution);
	if (node->flags & NODE_IS_SCOPE) {
		child = execution_create_child(instance, execution);
		child->flags |= EXECUTION_SCOPE;
		child->scope = execution->node;
		child->scope_id = node->id;
		execution_set_node(instance, child, execution->node);
		execution_set_node(instance, execution, NODE_NONE);
		execution->flags &= ~EXECUTION_ACTIVE;
		execution = child;
	}
	push(instance, STEP_START, execution, false)->by_flow = operation->by_flow;
	return 0;
}

static int start(struct operation *operation)
{
	struct instance *instance = operation->instance;
	struct execution *execution = operation->execution;
	const struct node *node = node_of(instance, execution);
	const char *parent = execution_parent_activity(instance, execution);

	step_new_activity_instance(instance, execution);
	if (node->input_count && !(execution->flags & EXECUTION_SKIP_MAPPINGS)) {
		struct scope source = scope_at(instance, execution->parent);
		struct scope target = scope_at(instance, execution);

		TRY(parameters_map(&source, &target, node->inputs, node->input_count, true));
	}
	history_activity_start(instance, execution, parent);
	TRY(listeners_run(instance, execution, node, "start"));
	step_started(instance, execution);
	if (operation->by_flow)
		instance->starting = false;
	push(instance, STEP_EXECUTE, execution, false);
	return 0;
}

int step_not_suspended(struct instance *instance, const struct execution *execution)
{
	if (!instance->row->suspended)
		return 0;
	return command_fail(instance->command, ERR_SUSPENDED,
			    "ENGINE-03043 Execution with id '%s' is suspended.", execution->id);
}

static int execute(struct operation *operation)
{
	const struct node *node = node_of(operation->instance, operation->execution);

	TRY(step_not_suspended(operation->instance, operation->execution));
	return behaviors[node->type](operation->instance, operation->execution);
}

int step_no_flow(struct instance *instance, const struct node *node)
{
	return command_fail(instance->command, ERR_ENGINE,
			    "ENGINE-02004 No outgoing sequence flow for the element with id '%s' "
			    "could be selected for continuing the process.",
			    node->id);
}

int step_choose_flows(struct instance *instance, struct execution *execution, int **ret_flows,
		      size_t *ret_count)
{
	const struct node *node = node_of(instance, execution);
	struct scope scope = scope_at(instance, execution);
	int *flows = arena_array(instance->arena, node->outgoing_count + 1, sizeof(*flows));
	size_t count = 0, i;

	for (i = 0; i < node->outgoing_count; i++) {
		const struct flow *flow = &instance->model->flows[node->outgoing[i]];
		bool holds = node->outgoing[i] != node->default_flow;

		if (holds && flow->condition)
			TRY(evaluate_condition(&scope, flow->condition, &holds));
		if (holds)
			flows[count++] = node->outgoing[i];
	}
	if (!count && node->default_flow != FLOW_NONE)
		flows[count++] = node->default_flow;
	if (!count && node->outgoing_count)
		return step_no_flow(instance, node);
	*ret_flows = flows;
	*ret_count = count;
	return 0;
}

int step_leave(struct instance *instance, struct execution *execution)
{
	int *flows;
	size_t count;

	TRY(step_choose_flows(instance, execution, &flows, &count));
	step_leave_by(instance, execution, flows, count);
	return 0;
}

static int map_outputs(struct instance *instance, struct execution *execution,
		       const struct node *node)
{
	struct scope source = scope_at(instance, execution);
	struct scope target = scope_at(instance, execution->parent);

	if (!node->output_count || execution->flags & EXECUTION_SKIP_MAPPINGS)
		return 0;
	return parameters_map(&source, &target, node->outputs, node->output_count, false);
}

int step_finish_activity(struct instance *instance, struct execution *execution, int how,
			 struct execution **ret)
{
	const struct node *node = node_of(instance, execution);
	struct execution *parent = execution->parent;

	*ret = execution;
	step_ending(instance, execution);
	TRY(listeners_run(instance, execution, node, "end"));
	if (how == END_COMPLETED) /* what follows is not initial any more */
		instance->starting = false;
	if (is_own_scope(execution))
		TRY(map_outputs(instance, execution, node));
	history_activity_end(instance, execution, (enum activity_end)how);
	if (is_own_scope(execution)) {
		operations_move(instance->command, execution, parent);
		execution_remove(instance, execution);
		parent->flags |= EXECUTION_ACTIVE;
		execution_set_node(instance, parent, (int)(node - instance->model->nodes));
		*ret = execution = parent;
	}
	execution->activity_instance_id = execution_parent_activity(instance, execution);
	return 0;
}

/*
 * One token takes each flow: the first stays where it is, the others get executions. The first flow
 * goes first; but last when a call from outside has just ended what waited, as in the original.
 */
static void fork_token(struct instance *instance, struct execution *execution, const int *flows,
		       size_t count)
{
	bool first_last = !instance->command->moving;
	struct execution **tokens = arena_array(instance->arena, count, sizeof(struct execution *));
	struct execution *scope, *moved;
	int node = execution->node;
	size_t i;

	tokens[0] = execution;
	for (i = 1; i < count; i++) {
		scope = execution->flags & EXECUTION_CONCURRENT ? execution->parent : execution;
		tokens[i] = execution_create_concurrent(instance, scope, &moved);
		execution_set_node(instance, tokens[i], node);
		if (moved)
			tokens[0] = execution = moved;
	}
	/* those that wait for their turn are on their way already: joins look at that */
	for (i = 0; i < count; i++) {
		size_t next = first_last ? i : count - 1 - i;

		tokens[next]->transition_id = instance->model->flows[flows[next]].id;
		step_take(instance, tokens[next], flows[next], false);
	}
}

static int leave(struct operation *operation)
{
	struct instance *instance = operation->instance;
	struct execution *execution = operation->execution;
	enum activity_end how = operation->flow_count ? END_COMPLETED : END_SCOPE_COMPLETED;

	TRY(step_finish_activity(instance, execution, how, &execution));
	if (operation->flow_count)
		fork_token(instance, execution, operation->flows, operation->flow_count);
	else
		step_end(instance, execution, false);
	return 0;
}

/* All else in its scope is canceled, and the token goes on as the scope's only one: *RET. */
static int interrupt_scope(struct instance *instance, struct execution *token,
			   struct execution **ret)
{
	struct execution *scope = execution_scope(token);

	*ret = scope;
	if (token != scope)
		execution_remove(instance, token);
	else
		execution_set_node(instance, scope, NODE_NONE);
	TRY(cancel_content(instance, scope, NULL));
	scope->flags |= EXECUTION_ACTIVE;
	/* what an instruction skips ends here */
	scope->flags &= ~(EXECUTION_SKIP_LISTENERS | EXECUTION_SKIP_MAPPINGS);
	return 0;
}

static int take(struct operation *operation)
{
	struct instance *instance = operation->instance;
	struct execution *execution = operation->execution;
	const struct flow *flow = &instance->model->flows[operation->flows[0]];
	const struct node *source = &instance->model->nodes[flow->source];

	if (source->flags & NODE_ASYNC_AFTER && !operation->resumed) {
		execution->transition_id = flow->id;
		execution->activity_instance_id = NULL;
		return instance_job_create(instance, execution, CONTINUE_AFTER);
	}
	execution->activity_instance_id = NULL; /* between two activities */
	execution->transition_id = flow->id;
	TRY(run_listener_list(instance, execution, flow->listeners, flow->listener_count, "take"));
	execution->transition_id = NULL;
	if (instance->model->nodes[flow->target].type == NODE_TERMINATE_END)
		TRY(interrupt_scope(instance, execution, &execution));
	execution_set_node(instance, execution, flow->target);
	push(instance, STEP_ENTER, execution, false)->by_flow = true;
	return 0;
}

static int end_process(struct instance *instance, struct execution *root)
{
	if (root->flags & EXECUTION_PRESERVED) {
		/* listeners of the process's end ask where it ended */
		root->flags |= EXECUTION_ENDED;
		root->flags &= ~EXECUTION_ACTIVE;
		root->ended_at = root->node;
		execution_set_node(instance, root, NODE_NONE);
		return 0;
	}
	/* listeners see the last activity still */
	TRY(listeners_run(instance, root, &instance->model->nodes[0], "end"));
	history_instance_end(instance, state_names[STATE_COMPLETED], NULL);
	execution_remove(instance, root);
	return 0;
}

/* The scope has no token any more: it is left, or the process ends. */
static int complete_scope(struct instance *instance, struct execution *scope)
{
	if (!scope->parent)
		return end_process(instance, scope);
	execution_set_node(instance, scope, scope->scope);
	return step_leave(instance, scope);
}

static int end(struct operation *operation)
{
	struct instance *instance = operation->instance;
	struct execution *execution = operation->execution, *scope;

	TRY(step_not_suspended(instance, execution));
	if (node_of(instance, execution)->flags & NODE_ASYNC_AFTER && !operation->resumed) {
		execution->activity_instance_id = NULL;
		return instance_job_create(instance, execution, CONTINUE_AFTER);
	}
	if (!(execution->flags & EXECUTION_CONCURRENT))
		return complete_scope(instance, execution);
	scope = execution->parent;
	execution_remove(instance, execution);
	if (execution_fold(instance, scope) || execution_child_count(instance, scope))
		return 0;
	return complete_scope(instance, scope);
}

static int (*const operations[])(struct operation *operation) = {
	[STEP_ENTER] = enter, [STEP_START] = start, [STEP_EXECUTE] = execute,
	[STEP_LEAVE] = leave, [STEP_TAKE] = take,   [STEP_END] = end,
};

static int do_operation(struct operation *operation)
{
	struct command *command = operation->instance->command;
	int code = operations[operation->type](operation);

	/* the model may be gone when it is told */
	if (code)
		command->failed_activity_id =
			arena_strdup(command->error_arena, operation->execution->activity_id);
	return code;
}

int steps_run(struct command *command)
{
	struct operation *operation;
	unsigned steps = 0;

	while ((operation = command->operations)) {
		command->operations = operation->next;
		if (operation->execution->removed)
			continue;
		if (steps++ >= STEPS_MAX)
			return command_fail(command, ERR_ENGINE,
					    "The process instance does not come to a wait state "
					    "within %d steps: it may run in an endless loop",
					    STEPS_MAX);
		operation->instance->changed = true;
		if (operation->type == STEP_ENTER || operation->type == STEP_TAKE)
			command->moving = true;
		TRY(do_operation(operation));
	}
	command->moving = false;
	return 0;
}
