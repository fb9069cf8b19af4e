/* Start and cancel instructions (runtime.md 1.5). */
#include "core/runtime/cancel.h"
#include "core/runtime/evaluate.h"
#include "core/runtime/execution.h"
#include "core/runtime/history_event.h"
#include "core/runtime/start.h"
#include "core/runtime/step.h"
#include "core/runtime/typed_value.h"

#include <string.h>

const char *const instruction_names[INSTRUCTION_MAX] = {
	[START_BEFORE_ACTIVITY] = "startBeforeActivity",
	[START_AFTER_ACTIVITY] = "startAfterActivity",
	[START_TRANSITION] = "startTransition",
	[CANCEL] = "cancel",
};

/* What an instruction is called in words. */
static const char *const phrases[INSTRUCTION_MAX] = {
	[START_BEFORE_ACTIVITY] = "Start before activity",
	[START_AFTER_ACTIVITY] = "Start after activity",
	[START_TRANSITION] = "Start transition",
};

/* The original spells it so. */
static const char cancel_reason[] = "Cancellation due to process instance modifcation";

/* Where an instruction leads: to a node, or along a flow. */
struct place {
	int node, flow;
	int scope; /* that contains it */
};

static const char *name_of(const struct instruction *instruction)
{
	return instruction->type == START_TRANSITION ? instruction->transition_id
						     : instruction->activity_id;
}

static const char *words_of(struct instance *instance, const struct instruction *instruction)
{
	const char *words = arena_printf(instance->arena, "%s '%s'", phrases[instruction->type],
					 name_of(instruction));

	return instruction->ancestor_id
		       ? arena_printf(instance->arena, "%s with ancestor activity instance '%s'",
				      words, instruction->ancestor_id)
		       : words;
}

static int missing(struct instance *instance, const struct instruction *instruction)
{
	const char *id = name_of(instruction);

	if (instruction->type == START_AFTER_ACTIVITY)
		return command_fail(instance->command, ERR_NOT_VALID,
				    "Cannot perform instruction: %s; "
				    "Activity '%s' does not exist: activity is null",
				    words_of(instance, instruction), id);
	return command_fail(instance->command, ERR_NOT_VALID,
			    "Cannot perform instruction: %s; Element '%s' does not exist in "
			    "process '%s': element is null",
			    words_of(instance, instruction), id, instance->row->definition_id);
}

/* The one flow out of NODE. */
static int only_flow(struct instance *instance, const struct node *node, int *ret)
{
	if (!node->outgoing_count)
		return command_fail(instance->command, ERR_ENGINE,
				    "Cannot start after activity %s; activity has no outgoing "
				    "sequence flow to take",
				    node->id);
	if (node->outgoing_count > 1)
		return command_fail(instance->command, ERR_ENGINE,
				    "Cannot start after activity %s; activity has more than one "
				    "outgoing sequence flow",
				    node->id);
	*ret = node->outgoing[0];
	return 0;
}

int instruction_after(struct instance *instance, const struct instruction *instruction, int *ret)
{
	int node = model_node(instance->model, instruction->activity_id);

	if (node <= 0)
		return missing(instance, instruction);
	return only_flow(instance, &instance->model->nodes[node], ret);
}

static int find_place(struct instance *instance, const struct instruction *instruction,
		      struct place *ret)
{
	const struct model *model = instance->model;

	ret->node = ret->flow = ret->scope = NODE_NONE;
	if (instruction->type == START_TRANSITION)
		ret->flow = model_flow(model, instruction->transition_id);
	else if (instruction->type == START_AFTER_ACTIVITY)
		TRY(instruction_after(instance, instruction, &ret->flow));
	else
		ret->node = model_node(model, instruction->activity_id);
	if (ret->node <= 0 && ret->flow == FLOW_NONE)
		return missing(instance, instruction);
	ret->scope = ret->flow == FLOW_NONE ? model->nodes[ret->node].parent
					    : model->nodes[instruction->type == START_TRANSITION
								   ? model->flows[ret->flow].source
								   : model->flows[ret->flow].target]
						      .parent;
	return 0;
}

/* The execution of the scope NODE; ANCESTOR is the activity instance asked for, or NULL. */
static int find_scope(struct instance *instance, int node, const char *ancestor,
		      struct execution **ret)
{
	struct execution *execution;

	*ret = NULL;
	LIST_EACH(&instance->executions, execution)
	{
		if (execution->scope != node || !(execution->flags & EXECUTION_SCOPE))
			continue;
		if (ancestor && strcmp(execution_scope_activity(instance, execution), ancestor))
			continue;
		if (*ret)
			return command_fail(instance->command, ERR_ENGINE,
					    "Ancestor activity execution is ambiguous for activity "
					    "Activity(%s)",
					    instance->model->nodes[node].id);
		*ret = execution;
	}
	return 0;
}

/* The nearest scope around PLACE that has an execution; *RET_PASSED counts those that have none. */
static int nearest_scope(struct instance *instance, const struct place *place, const char *ancestor,
			 int *passed, size_t *ret_passed, struct execution **ret)
{
	int scope;

	*ret_passed = 0;
	for (scope = place->scope; scope != NODE_NONE;
	     scope = instance->model->nodes[scope].parent) {
		TRY(find_scope(instance, scope, scope == 0 ? NULL : ancestor, ret));
		if (*ret)
			return 0;
		passed[(*ret_passed)++] = scope;
	}
	return ERR_CORRUPT;
}

/* A free token in SCOPE: itself when nothing is in it, else one more. */
static struct execution *token_in(struct instance *instance, struct execution *scope)
{
	struct execution *moved;

	if ((scope->node != NODE_NONE && !(scope->flags & EXECUTION_ENDED)) ||
	    execution_child_count(instance, scope))
		return execution_create_concurrent(instance, scope, &moved);
	scope->flags |= EXECUTION_ACTIVE;
	scope->flags &= ~EXECUTION_ENDED;
	return scope;
}

/* TOKEN enters the subprocess NODE without starting anything in it; *RET is the token inside. */
static int enter_scope(struct instance *instance, struct execution *token, int node,
		       struct execution **ret)
{
	const struct node *at = &instance->model->nodes[node];
	const char *parent = token->activity_instance_id;
	struct execution *child = execution_create_child(instance, token);
	struct scope outer = scope_at(instance, token), inner = scope_at(instance, child);

	token->flags &= ~EXECUTION_ACTIVE;
	execution_set_node(instance, token, NODE_NONE);
	child->flags |= EXECUTION_SCOPE;
	child->scope = node;
	child->scope_id = at->id;
	execution_set_node(instance, child, node);
	step_new_activity_instance(instance, child);
	if (!(child->flags & EXECUTION_SKIP_MAPPINGS))
		TRY(parameters_map(&outer, &inner, at->inputs, at->input_count, true));
	history_activity_start(instance, child, parent);
	TRY(listeners_run(instance, child, at, "start"));
	step_started(instance, child);
	*ret = child;
	return 0;
}

static int set_variables(struct instance *instance, struct execution *token,
			 const struct instruction *instruction)
{
	struct scope scope = scope_at(instance, token);
	size_t i;

	for (i = 0; i < instruction->variable_count; i++)
		TRY(named_value_set(&scope, &instruction->variables[i],
				    instruction->variables[i].local));
	return 0;
}

/* The ancestor that was asked for must be there. */
static int check_ancestor(struct instance *instance, const struct instruction *instruction)
{
	const char *id = instruction->ancestor_id;
	const struct execution *execution;

	if (!id)
		return 0;
	LIST_EACH(&instance->executions, execution)
	{
		if (execution->flags & EXECUTION_SCOPE &&
		    !strcmp(execution_scope_activity(instance, execution), id))
			return 0;
	}
	return command_fail(instance->command, ERR_NOT_VALID,
			    "Cannot perform instruction: %s; Ancestor activity instance '%s' does "
			    "not exist: ancestorInstance is null",
			    words_of(instance, instruction), id);
}

/* Sets flags of EXECUTION and all below it. */
static void flag_all(struct instance *instance, const struct execution *execution, int64_t flags)
{
	struct execution *other;

	LIST_EACH(&instance->executions, other)
	{
		const struct execution *above;

		for (above = other; above && above != execution; above = above->parent)
			;
		if (above)
			other->flags |= flags;
	}
}

/* The execution of the activity NODE, if there is one; two are too many. */
static int only_execution(struct instance *instance, int node, struct execution **ret)
{
	struct execution *execution;

	*ret = NULL;
	LIST_EACH(&instance->executions, execution)
	{
		if (execution->scope != node || !(execution->flags & EXECUTION_SCOPE))
			continue;
		if (*ret)
			return command_fail(instance->command, ERR_ENGINE,
					    "Executions for activity Activity(%s) ambiguous",
					    instance->model->nodes[node].id);
		*ret = execution;
	}
	return 0;
}

/*
 * A token in SCOPE for NODE. A boundary event takes that of the activity to which it is attached,
 * if that is active; a terminate end event is alone in its scope.
 */
static int token_for(struct instance *instance, struct execution *scope, int node,
		     int64_t skip_flags, struct execution **ret)
{
	enum node_type type = instance->model->nodes[node].type;
	struct execution *host = NULL, *moved;

	*ret = scope;
	if (type == NODE_TERMINATE_END) {
		flag_all(instance, scope, skip_flags);
		TRY(cancel_content(instance, scope,
				   arena_printf(instance->arena,
						"Interrupting activity Activity(%s) executed.",
						instance->model->nodes[node].id)));
		scope->flags |= EXECUTION_ACTIVE;
		return 0;
	}
	if (type == NODE_BOUNDARY_ERROR)
		TRY(only_execution(instance, instance->model->nodes[node].attached_to, &host));
	if (!host) {
		/* beside an empty token, if there is no other */
		*ret = type == NODE_BOUNDARY_ERROR && !(scope->flags & EXECUTION_ENDED)
			       ? execution_create_concurrent(instance, scope, &moved)
			       : token_in(instance, scope);
		return 0;
	}
	*ret = host->parent;
	flag_all(instance, host, skip_flags);
	TRY(cancel_activity(instance, host, NULL));
	execution_remove(instance, host);
	(*ret)->flags |= EXECUTION_ACTIVE;
	return 0;
}

static int start_at(struct instance *instance, const struct instruction *instruction,
		    int64_t skip_flags)
{
	int *passed = arena_array(instance->arena, instance->model->node_count, sizeof(*passed));
	struct execution *token;
	struct place place = {NODE_NONE, FLOW_NONE, NODE_NONE};
	size_t count;

	TRY(find_place(instance, instruction, &place));
	TRY(check_ancestor(instance, instruction));
	TRY(nearest_scope(instance, &place, instruction->ancestor_id, passed, &count, &token));
	if (count || place.node == NODE_NONE)
		token = token_in(instance, token);
	else
		TRY(token_for(instance, token, place.node, skip_flags, &token));
	token->flags |= skip_flags;
	token->activity_instance_id = NULL; /* in no activity: subprocesses have none around them */
	while (count--)
		TRY(enter_scope(instance, token, passed[count], &token));
	token->activity_instance_id = NULL;
	TRY(set_variables(instance, token, instruction));
	if (place.flow == FLOW_NONE) {
		execution_set_node(instance, token, place.node);
		step_enter(instance, token, false);
	} else {
		execution_set_node(instance, token, instance->model->flows[place.flow].source);
		step_take(instance, token, place.flow, true);
	}
	return steps_run(instance->command);
}

/*
 * Cancels the activity of EXECUTION, and the scopes around it in which nothing else is; REASON is
 * for the tasks of what is left of the instance.
 */
static int cancel_up(struct instance *instance, struct execution *execution, const char *reason,
		     int64_t skip_flags)
{
	while (execution->parent && execution_child_count(instance, execution->parent) <= 1)
		execution = execution->parent;
	flag_all(instance, execution, skip_flags);
	if (execution->parent)
		return cancel_execution(instance, execution, NULL);
	if (execution->node != NODE_NONE)
		TRY(step_not_suspended(instance, execution));
	return cancel_content(instance, execution, reason);
}

/* Whether EXECUTION is the one that stands for the activity instance of INSTRUCTION. */
static bool is_target(const struct instance *instance, const struct execution *execution,
		      const struct instruction *instruction)
{
	const char *id;

	if (instruction->transition_instance_id)
		return !execution->activity_instance_id &&
		       (!strcmp(execution->id, instruction->transition_instance_id) ||
			text_same(execution->waited_as, instruction->transition_instance_id));
	if (instruction->activity_instance_id) {
		id = execution->scope != NODE_NONE && execution_is_container(instance, execution)
			     ? execution_scope_activity(instance, execution)
			     : execution->activity_instance_id;
		if (execution->node != NODE_NONE && execution->activity_instance_id &&
		    !strcmp(execution->activity_instance_id, instruction->activity_instance_id))
			return true;
		return id && execution->flags & EXECUTION_SCOPE &&
		       !strcmp(id, instruction->activity_instance_id);
	}
	id = instruction->activity_id;
	return (execution->activity_id && !strcmp(execution->activity_id, id)) ||
	       (execution->scope_id && !strcmp(execution->scope_id, id));
}

/* Whether EXECUTION is in an instance that stands in LIST (a token may have moved meanwhile). */
static bool is_one_of(const struct list *list, const struct execution *execution)
{
	const struct execution *before;

	if (!execution->activity_instance_id)
		return execution->waited_as != NULL;
	LIST_EACH(list, before)
	{
		if (text_same(execution->activity_instance_id, before->activity_instance_id))
			return true;
	}
	return false;
}

/* BEFORE: instances that were there before the instructions; NULL = all may be meant. */
static struct execution *find_target(const struct instance *instance,
				     const struct instruction *instruction,
				     const struct list *before)
{
	struct execution *execution;

	LIST_EACH(&instance->executions, execution)
	{
		if (is_target(instance, execution, instruction) &&
		    (!before || is_one_of(before, execution)))
			return execution;
	}
	return NULL;
}

static int missing_activity(struct instance *instance, const char *id)
{
	return command_fail(instance->command, ERR_NOT_VALID,
			    "Cannot perform instruction: Cancel activity instance '%s'; Activity "
			    "instance '%s' does not exist: activityInstance is null",
			    id, id);
}

/* An instance of the activity that was there BEFORE and is no more. */
static int check_still_there(struct instance *instance, const struct list *list,
			     const char *activity_id)
{
	const struct execution *before;

	LIST_EACH(list, before)
	{
		if (before->activity_instance_id && text_same(before->activity_id, activity_id))
			return missing_activity(instance, before->activity_instance_id);
	}
	return 0;
}

static int cancel_at(struct instance *instance, const struct instruction *instruction,
		     const struct list *current, int64_t skip_flags)
{
	const struct list *before = instruction->current_only ? current : NULL;
	const char *reason = instruction->reasonless ? NULL : cancel_reason;
	struct execution *execution = find_target(instance, instruction, before);

	if (!execution && instruction->activity_instance_id)
		return missing_activity(instance, instruction->activity_instance_id);
	if (!execution && before)
		TRY(check_still_there(instance, before, instruction->activity_id));
	if (!execution && instruction->transition_instance_id)
		return command_fail(instance->command, ERR_NOT_VALID,
				    "Cannot perform instruction: Cancel transition instance '%s'; "
				    "Transition instance '%s' does not exist: transitionInstance "
				    "is null",
				    instruction->transition_instance_id,
				    instruction->transition_instance_id);
	for (; execution; execution = instruction->activity_id
					      ? find_target(instance, instruction, before)
					      : NULL)
		TRY(cancel_up(instance, execution, reason, skip_flags));
	return 0;
}

int instructions_run(struct instance *instance, const struct instruction *instructions,
		     size_t count, bool skip_listeners, bool skip_mappings)
{
	int64_t flags = (skip_listeners ? EXECUTION_SKIP_LISTENERS : 0) |
			(skip_mappings ? EXECUTION_SKIP_MAPPINGS : 0);
	struct list current = {0, 0, NULL};
	struct execution *execution;
	size_t i;

	LIST_EACH(&instance->executions, execution)
	{
		struct execution *before = arena_alloc(instance->arena, sizeof(*before));

		if (!execution->activity_instance_id)
			execution->waited_as = execution->id;
		*before = *execution;
		list_add(instance->arena, &current, before);
	}
	instance->root->flags |= EXECUTION_PRESERVED;
	for (i = 0; i < count; i++) {
		if (instructions[i].type == CANCEL)
			TRY(cancel_at(instance, &instructions[i], &current, flags));
		else
			TRY(start_at(instance, &instructions[i], flags));
	}
	instance->root->flags &= ~EXECUTION_PRESERVED;
	return 0;
}
