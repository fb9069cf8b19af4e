/* What each type of node does with a token. */
#include "core/runtime/evaluate.h"
#include "core/runtime/execution.h"
#include "core/runtime/external_task.h"
#include "core/runtime/history_event.h"
#include "core/runtime/step.h"
#include "core/runtime/task.h"

#include <string.h>

static const struct node *node_of(const struct instance *instance,
				  const struct execution *execution)
{
	return &instance->model->nodes[execution->node];
}

static int end(struct instance *instance, struct execution *execution)
{
	step_leave_by(instance, execution, NULL, 0);
	return 0;
}

static int wait_here(struct instance *instance, struct execution *execution)
{
	(void)instance;
	(void)execution;
	return 0;
}

static int run_expression(struct instance *instance, struct execution *execution)
{
	const struct node *node = node_of(instance, execution);
	struct scope scope = scope_at(instance, execution);
	struct typed_value typed;
	struct expression_value ignored;

	if (node->service->result_variable) {
		TRY(evaluate_typed(&scope, node->service->expression,
				   node->service->result_variable, &typed));
		variable_set(&scope, node->service->result_variable, &typed);
	} else {
		TRY(evaluate(&scope, node->service->expression, &ignored));
	}
	return node->flags & NODE_ENDS ? end(instance, execution) : step_leave(instance, execution);
}

static int choose_one(struct instance *instance, struct execution *execution)
{
	const struct node *node = node_of(instance, execution);
	struct scope scope = scope_at(instance, execution);
	size_t i;

	for (i = 0; i < node->outgoing_count; i++) {
		const struct flow *flow = &instance->model->flows[node->outgoing[i]];
		bool holds = node->outgoing[i] != node->default_flow;

		if (holds && flow->condition)
			TRY(evaluate_condition(&scope, flow->condition, &holds));
		if (holds) {
			step_leave_by(instance, execution, &node->outgoing[i], 1);
			return 0;
		}
	}
	if (node->default_flow != FLOW_NONE) {
		step_leave_by(instance, execution, &node->default_flow, 1);
		return 0;
	}
	if (!node->outgoing_count)
		return end(instance, execution);
	return command_fail(instance->command, ERR_ENGINE,
			    "ENGINE-02004 No outgoing sequence flow for the element with id '%s' "
			    "could be selected for continuing the process.",
			    node->id);
}

/* Tokens that wait at the same gateway in the same scope, EXECUTION among them. */
static void waiting_here(struct instance *instance, struct execution *execution, struct list *ret)
{
	struct execution *other;

	memset(ret, 0, sizeof(*ret));
	LIST_EACH(&instance->executions, other)
	{
		if (other->parent == execution->parent && other->node == execution->node &&
		    !(other->flags & (EXECUTION_ACTIVE | EXECUTION_SCOPE)) &&
		    other->activity_instance_id)
			list_add(instance->arena, ret, other);
	}
	if (!ret->count)
		list_add(instance->arena, ret, execution); /* the only token of its scope */
}

/* The tokens become one, EXECUTION or what it is folded into, which leaves by FLOWS or all. */
static int join(struct instance *instance, struct execution *execution, const struct list *tokens,
		struct execution **ret)
{
	struct execution *token, *scope = execution->parent;

	*ret = execution;
	if (tokens->count > 1)
		variables_drop(instance, execution->id, NULL);
	LIST_EACH(tokens, token)
	{
		struct execution *left;

		if (token == execution)
			continue;
		TRY(step_finish_activity(instance, token, END_COMPLETED, &left));
		execution_remove(instance, left);
	}
	if (execution->flags & EXECUTION_CONCURRENT && execution_fold(instance, scope))
		*ret = scope;
	(*ret)->flags |= EXECUTION_ACTIVE;
	return 0;
}

static int join_all(struct instance *instance, struct execution *execution)
{
	const struct node *node = node_of(instance, execution);
	struct list tokens;

	execution->flags &= ~EXECUTION_ACTIVE;
	waiting_here(instance, execution, &tokens);
	if (tokens.count != node->incoming_count && node->incoming_count)
		return 0;
	TRY(join(instance, execution, &tokens, &execution));
	step_leave_by(instance, execution, node->outgoing, node->outgoing_count);
	return 0;
}

/* Nodes that a token may come to: each is looked at once. */
struct reach {
	bool *seen;
	int *waiting; /* seen, but their ways on are not looked at yet */
	size_t count;
};

static void reach_add(struct reach *reach, int node)
{
	if (reach->seen[node])
		return;
	reach->seen[node] = true;
	reach->waiting[reach->count++] = node;
}

/* Marks every node that a token at NODE may come to; as in the original, not by boundary events. */
static void mark_reachable(const struct model *model, int node, struct reach *reach)
{
	size_t i;

	reach_add(reach, node);
	while (reach->count) {
		const struct node *at = &model->nodes[reach->waiting[--reach->count]];

		for (i = 0; i < at->outgoing_count; i++)
			reach_add(reach, model->flows[at->outgoing[i]].target);
		/* an end within a subprocess lets that be left */
		if (!at->outgoing_count && at->parent > 0)
			reach_add(reach, at->parent);
	}
}

/* Where a token is, or where the flow leads that it takes. */
static int next_node(const struct model *model, const struct execution *execution)
{
	int flow =
		execution->transition_id ? model_flow(model, execution->transition_id) : FLOW_NONE;

	return flow == FLOW_NONE ? execution->node : model->flows[flow].target;
}

/* Whether a token elsewhere in the scope may still come to NODE. */
static bool may_come(struct instance *instance, const struct execution *execution)
{
	const struct model *model = instance->model;
	const struct execution *scope = execution->parent, *other, *above;
	struct reach reach = {arena_array(instance->arena, model->node_count, sizeof(bool)),
			      arena_array(instance->arena, model->node_count, sizeof(int)), 0};

	LIST_EACH(&instance->executions, other)
	{
		if (other == execution || other->node == NODE_NONE ||
		    (other->node == execution->node && !(other->flags & EXECUTION_ACTIVE)))
			continue;
		for (above = other; above && above != scope; above = above->parent)
			;
		if (!above || other == scope)
			continue;
		mark_reachable(model, next_node(model, other), &reach);
		if (reach.seen[execution->node])
			return true;
	}
	return false;
}

static int join_some(struct instance *instance, struct execution *execution)
{
	const struct node *node = node_of(instance, execution);
	struct list tokens;
	int *flows;
	size_t count;

	execution->flags &= ~EXECUTION_ACTIVE;
	waiting_here(instance, execution, &tokens);
	if (tokens.count < node->incoming_count && execution->flags & EXECUTION_CONCURRENT &&
	    may_come(instance, execution))
		return 0;
	/* conditions see what the token has brought */
	TRY(step_choose_flows(instance, execution, &flows, &count));
	if (!count)
		return step_no_flow(instance, node);
	TRY(join(instance, execution, &tokens, &execution));
	step_leave_by(instance, execution, flows, count);
	return 0;
}

static int enter_sub_process(struct instance *instance, struct execution *execution)
{
	int initial = node_of(instance, execution)->initial;

	execution_set_node(instance, execution, initial);
	step_enter(instance, execution, false);
	return 0;
}

const behavior behaviors[NODE_TYPE_MAX] = {
	[NODE_SUB_PROCESS] = enter_sub_process,
	[NODE_START_EVENT] = step_leave,
	[NODE_END_EVENT] = end,
	[NODE_TERMINATE_END] = end, /* its coming has canceled the rest */
	[NODE_PASS] = step_leave,
	[NODE_USER_TASK] = task_create,
	[NODE_RECEIVE_TASK] = wait_here,
	[NODE_EXPRESSION_TASK] = run_expression,
	[NODE_EXTERNAL_TASK] = external_task_create,
	[NODE_EXCLUSIVE_GATEWAY] = choose_one,
	[NODE_PARALLEL_GATEWAY] = join_all,
	[NODE_INCLUSIVE_GATEWAY] = join_some,
	[NODE_LINK_CATCH] = step_leave,
	[NODE_BOUNDARY_ERROR] = step_leave,
};
