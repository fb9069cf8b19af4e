/* /process-instance/{id}/modification and modification-async. */
#include "core/api/handler.h"
#include "core/job/batch.h"
#include "core/history/operation_log.h"
#include "core/process/definition.h"
#include "core/runtime/command.h"
#include "core/runtime/command_log.h"
#include "core/runtime/instruction_json.h"
#include "core/runtime/modification.h"
#include "core/runtime/running_scan.h"

struct modification {
	const char *id;
	struct restart how; /* without what restarts alone have */
	const char *annotation;
};

static int bind(struct request *request, struct modification *ret)
{
	const struct json *list = json_present(request->body, "instructions"), *node;
	struct instruction *instructions;

	ret->id = request->call->params[0];
	node = json_member(request->body, "skipCustomListeners");
	if (node)
		TRY(json_to_bool(node, false, &ret->how.skip_listeners));
	node = json_member(request->body, "skipIoMappings");
	if (node)
		TRY(json_to_bool(node, false, &ret->how.skip_mappings));
	node = json_present(request->body, "annotation");
	if (node)
		TRY(json_to_string(node, &ret->annotation));
	if (!list)
		return 0;
	TRY(instructions_read(request, list, "", CANCEL_ONE_OF, true, &instructions,
			      &ret->how.instruction_count));
	ret->how.instructions = instructions;
	return 0;
}

static int modify(struct command *command, void *arg)
{
	struct modification *wanted = arg;
	struct logged_operation operation = {.type = "ModifyProcessInstance",
					     .entity = "ProcessInstance"};
	struct instance *instance;
	uint64_t serial;
	int code;

	operation.annotation = wanted->annotation;
	if (running_serial(command->engine->store, wanted->id, &serial)) {
		code = command_instance(command, serial, &instance);
		if (!code)
			operation_of_instance(&operation, instance);
		else if (code != ERR_NOT_FOUND)
			return code;
	}
	TRY(instance_modify(command, &wanted->how, wanted->id, true));
	return command_log(command, &operation);
}

int process_instance_modify(struct request *request)
{
	struct modification wanted = {.id = NULL};

	TRY(bind(request, &wanted));
	/* without instructions nobody looks whether the instance is there */
	if (wanted.how.instruction_count)
		TRY(command_run(request, modify, &wanted));
	return request_answer_nothing(request);
}

/* The instance must run; its definition is that of the batch. */
static int find_definition(struct request *request, struct modification *wanted)
{
	struct txn reader = txn_reader(request->engine->store, request->arena);
	struct instance *instance = NULL;
	uint64_t serial;
	int code = running_serial(request->engine->store, wanted->id, &serial)
			   ? instance_read(&reader, serial, &instance)
			   : ERR_NOT_FOUND;
	union slot *row;

	if (code == ERR_NOT_FOUND)
		return request_fail(request, ERR_ENGINE,
				    "ENGINE-13036 Process instance '%s' cannot be modified. The "
				    "process instance does not exist",
				    wanted->id);
	TRY(code);
	TRY(definition_get(&reader, &process_definition_kind, instance->row->definition_id, &row));
	wanted->how.definition = row;
	return 0;
}

int process_instance_modify_async(struct request *request)
{
	struct batch_plan plan = {.type = "instance-modification"};
	struct modification wanted = {.id = NULL};
	struct target_mapping mapping = {NULL, 1};
	union target_name name;

	TRY(bind(request, &wanted));
	if (!wanted.how.instruction_count)
		return request_fail(request, ERR_INVALID, "The provided instuctions are invalid.");
	TRY(find_definition(request, &wanted));
	mapping.deployment_id = wanted.how.definition[DEFINITION_DEPLOYMENT_ID].s;
	name = target_name_of(wanted.id);
	plan.target = (struct target){
		.mapping_count = 1, .mappings = &mapping, .name_count = 1, .names = &name};
	plan.tenant_id = wanted.how.definition[DEFINITION_TENANT_ID].s;
	plan.configuration = restart_configuration(request->arena, &wanted.how);
	plan.operation.type = "ModifyProcessInstance";
	plan.operation.entity = "ProcessInstance";
	plan.operation.annotation = wanted.annotation;
	operation_of_definition(&plan.operation, wanted.how.definition);
	operation_place(&plan.operation, "processInstanceId", wanted.id);
	return batch_create(request, &plan);
}
