#include "core/runtime/command_log.h"

#include "core/process/definition.h"

void operation_of_instance(struct logged_operation *operation, const struct instance *instance)
{
	if (instance->standalone_id)
		return;
	operation->deployment_id = instance->definition[DEFINITION_DEPLOYMENT_ID].s;
	operation->process_definition_id = instance->row->definition_id;
	operation->process_definition_key = instance->row->definition_key;
	operation_place(operation, "processInstanceId", instance->row->id);
	operation_place(operation, "rootProcessInstanceId", instance->row->root_id);
}

int command_log(struct command *command, const struct logged_operation *operation)
{
	return command->request ? operation_log_write(command->txn, command->request, operation)
				: 0;
}
