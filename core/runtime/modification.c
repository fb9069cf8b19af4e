#include "core/runtime/modification.h"

#include <string.h>

#include "core/process/definition.h"
#include "core/runtime/cancel.h"
#include "core/runtime/execution.h"
#include "core/runtime/running_scan.h"
#include "core/runtime/step.h"

static int check_definition(struct command *command, const struct restart *modification,
			    const struct instance *instance)
{
	const char *wanted;

	if (!modification->definition)
		return 0;
	wanted = modification->definition[DEFINITION_ID].s;
	if (!strcmp(instance->row->definition_id, wanted))
		return 0;
	return command_fail(command, ERR_ENGINE,
			    "ENGINE-13037 Process instance '%s' cannot be modified. Its process "
			    "definition '%s' does not match given process definition '%s'",
			    instance->row->id, instance->row->definition_id, wanted);
}

/* Everything in it was canceled. */
static bool is_empty(const struct instance *instance)
{
	return instance->root && instance->root->node == NODE_NONE &&
	       !execution_child_count(instance, instance->root);
}

int instance_modify(struct command *command, const struct restart *modification, const char *id,
		    bool external)
{
	struct instance *instance;
	uint64_t serial;
	int code = running_serial(command->engine->store, id, &serial)
			   ? command_instance(command, serial, &instance)
			   : ERR_NOT_FOUND;

	if (code == ERR_NOT_FOUND || (!code && !instance->root))
		return command_fail(command, ERR_ENGINE,
				    "ENGINE-13036 Process instance '%s' cannot be modified. The "
				    "process instance does not exist",
				    id);
	TRY(code);
	TRY(check_definition(command, modification, instance));
	TRY(instructions_run(instance, modification->instructions, modification->instruction_count,
			     modification->skip_listeners, modification->skip_mappings));
	TRY(instance_settle(instance));
	if (is_empty(instance))
		TRY(instance_delete(instance, NULL, 0, external));
	return steps_run(command);
}
