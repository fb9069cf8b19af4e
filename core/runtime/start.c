#include "core/runtime/start.h"

#include <string.h>

#include "core/history/summary.h"
#include "core/process/definition.h"
#include "core/runtime/cancel.h"
#include "core/runtime/evaluate.h"
#include "core/runtime/execution.h"
#include "core/runtime/history_event.h"
#include "core/runtime/step.h"

/* The activity that history names as the first one. */
static const char *first_activity(const struct instance *instance, const struct start *start)
{
	const struct model *model = instance->model;
	const struct instruction *first = start->instructions;
	int node, flow = FLOW_NONE;

	if (!start->instruction_count)
		return model->nodes[model->nodes[0].initial].id;
	if (first->type == START_BEFORE_ACTIVITY)
		return first->activity_id;
	if (first->type == START_TRANSITION)
		flow = model_flow(model, first->transition_id);
	else if ((node = model_node(model, first->activity_id)) > 0 &&
		 model->nodes[node].outgoing_count == 1)
		flow = model->nodes[node].outgoing[0];
	return flow == FLOW_NONE ? NULL : model->nodes[model->flows[flow].target].id;
}

/* What the first instruction names has to be there before anything begins. */
static int check_first(struct instance *instance, const union slot *definition,
		       const struct start *start)
{
	const struct instruction *first = start->instructions;
	const struct model *model = instance->model;
	const char *id;
	int flow;

	if (!start->instruction_count) {
		if (model->nodes[0].initial != NODE_NONE)
			return 0;
		return command_fail(instance->command, ERR_ENGINE,
				    "Cannot start process instance, the process definition '%s' "
				    "has no none start event",
				    definition[DEFINITION_ID].s);
	}
	if (first->type == START_AFTER_ACTIVITY)
		return instruction_after(instance, first, &flow);
	id = first->type == START_TRANSITION ? first->transition_id : first->activity_id;
	if (first->type == START_TRANSITION ? model_flow(model, id) >= 0
					    : model_node(model, id) > 0)
		return 0;
	return command_fail(instance->command, ERR_NULL_VALUE,
			    "Element '%s' does not exist in process %s: targetElement is null", id,
			    definition[DEFINITION_ID].s);
}

/* What is restored is there from the start on, but is set by the last instruction. */
static void set_variables(struct instance *instance, const struct start *start)
{
	struct scope scope = scope_at(instance, instance->root);
	size_t i;

	for (i = 0; i < start->variable_count; i++) {
		const struct named_value *variable = &start->variables[i];

		if (!start->restarted_id)
			variable_set_local(&scope, variable->name, &variable->value);
		else if (!variable_find_local(&scope, variable->name))
			variable_set_early(&scope, variable->name, &variable->value);
	}
}

static void note_form(struct instance *instance, const struct start *start)
{
	size_t i;

	for (i = 0; start->form && i < start->variable_count; i++) {
		const struct named_value *field = &start->variables[i];

		if (!strcmp(field->value.type, "String") && field->value.value)
			history_form_field(instance, field->name, field->value.value, NULL);
	}
}

/*
 * The instructions of a restart: as in the original, restored variables are set by the last one,
 * when it has come to its place. They win over those that listeners set on the way
 * (runtime.md 1.3).
 */
static const struct instruction *instructions_of(struct instance *instance,
						 const struct start *start)
{
	struct instruction *ret =
		arena_array(instance->arena, start->instruction_count, sizeof(*ret));
	struct instruction *last = &ret[start->instruction_count - 1];

	memcpy(ret, start->instructions, start->instruction_count * sizeof(*ret));
	if (start->restarted_id) {
		last->variables = start->variables;
		last->variable_count = start->variable_count;
	}
	return ret;
}

/* What a local variable has hidden from the last instruction is restored all the same. */
static void restore_hidden(struct instance *instance, const struct start *start)
{
	struct scope scope = scope_at(instance, instance->root);
	size_t i;

	for (i = 0; start->restarted_id && i < start->variable_count; i++) {
		const struct variable *variable =
			variable_find_local(&scope, start->variables[i].name);

		if (variable && variable->early)
			variable_set_local(&scope, start->variables[i].name,
					   &start->variables[i].value);
	}
}

static void set_initiator(struct instance *instance)
{
	const struct node *initial;
	struct scope scope = scope_at(instance, instance->root);
	struct value *value;
	struct typed_value typed = {"String", NULL, "{}", false};

	if (instance->model->nodes[0].initial == NODE_NONE)
		return;
	initial = &instance->model->nodes[instance->model->nodes[0].initial];
	if (!initial->initiator)
		return;
	value = arena_alloc(instance->arena, sizeof(*value));
	value->type = VALUE_STRING;
	value->as.text = instance->command->user;
	typed.value = instance->command->user ? value : NULL;
	typed.type = instance->command->user ? "String" : "Null";
	variable_set_local(&scope, initial->initiator, &typed);
}

static int run(struct instance *instance, const struct start *start)
{
	struct execution *root = instance->root;

	if (start->instruction_count) {
		execution_set_node(instance, root, NODE_NONE);
		instance->starting = start->instruction_count == 1;
		TRY(instructions_run(instance, instructions_of(instance, start),
				     start->instruction_count, start->skip_listeners,
				     start->skip_mappings));
		if (instance->root)
			restore_hidden(instance, start);
		return instance_settle(instance);
	}
	step_enter(instance, root, false);
	return steps_run(instance->command);
}

int instance_settle(struct instance *instance)
{
	struct execution *root = instance->root;

	if (!root || execution_child_count(instance, root) || !(root->flags & EXECUTION_ENDED))
		return 0;
	root->flags &= ~EXECUTION_ENDED;
	execution_set_node(instance, root, root->ended_at);
	TRY(listeners_run(instance, root, &instance->model->nodes[0], "end"));
	history_instance_end(instance, state_names[STATE_COMPLETED], NULL);
	execution_remove(instance, root);
	return 0;
}

/* Those of the process; a job that begins with its start event begins with them. */
static int run_listeners(struct instance *instance, const struct start *start)
{
	const struct node *nodes = instance->model->nodes;

	if (start->instruction_count || !(nodes[nodes[0].initial].flags & NODE_ASYNC_BEFORE))
		return listeners_run(instance, instance->root, &nodes[0], "start");
	instance->root->flags |= EXECUTION_UNBEGUN;
	return 0;
}

int instance_start(struct command *command, const union slot *definition, const struct start *start,
		   struct instance **ret)
{
	struct instance *instance;
	const char *first;

	TRY(command_create(command, definition, &instance));
	TRY(check_first(instance, definition, start));
	if (definition[PROCESS_DEFINITION_SUSPENDED].i == 1)
		return command_fail(command, ERR_BAD_USER_REQUEST,
				    "ENGINE-03043 Process Definition with id '%s' is suspended.",
				    definition[DEFINITION_ID].s);
	*ret = instance;
	instance->row->business_key = start->business_key;
	instance->row->case_instance_id = start->case_instance_id;
	if (!instance->row->tenant_id)
		instance->row->tenant_id = start->tenant_id;
	execution_create_root(instance);
	first = first_activity(instance, start);
	execution_set_node(instance, instance->root, model_node(instance->model, first));
	if (!start->instruction_count)
		instance->root->activity_instance_id =
			NULL; /* until it enters its first activity */
	instance->starting = true;
	if (start->skip_listeners)
		instance->root->flags |= EXECUTION_SKIP_LISTENERS;
	if (start->skip_mappings)
		instance->root->flags |= EXECUTION_SKIP_MAPPINGS;
	history_instance_start(instance, first, start->restarted_id);
	set_initiator(instance);
	note_form(instance, start);
	set_variables(instance, start);
	TRY(run_listeners(instance, start));
	return run(instance, start);
}
