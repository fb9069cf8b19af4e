/* /modification: the same instructions for many process instances (semantics.md 2.14). */
#include <string.h>

#include "core/api/handler.h"
#include "core/api/process_instance_sources.h"
#include "core/job/batch.h"
#include "core/history/operation_log.h"
#include "core/process/definition.h"
#include "core/runtime/command_log.h"
#include "core/runtime/instruction_json.h"
#include "core/runtime/modification.h"

struct modification_request {
	struct restart modification; /* without what restarts alone have */
	struct instances instances;
	const char *annotation;
};

static int read_instructions(struct request *request, struct restart *ret)
{
	const struct json *list = json_present(request->body, "instructions");
	struct instruction *instructions;

	if (list) {
		TRY(instructions_read(request, list, "", CANCEL_ACTIVITIES, false, &instructions,
				      &ret->instruction_count));
		ret->instructions = instructions;
	}
	if (ret->instruction_count)
		return 0;
	return request_fail(request, ERR_INVALID,
			    "Modification instructions cannot be empty is empty");
}

static int read_instances(struct request *request, struct instances *ret)
{
	const struct sources sources = {"processInstanceIds", true, true, ERR_INVALID};

	int code = process_instances_select(request, &sources, ret);

	if (code == ERR_NOT_VALID || code == ERR_BAD_USER_REQUEST)
		code = request->error.code = ERR_INVALID; /* whatever the queries refuse */
	TRY(code);
	if (ret->nulls)
		return request_fail(request, ERR_INVALID,
				    "Process instance ids cannot be null: Process instance ids "
				    "contains null value");
	if (!target_count(&ret->target))
		return request_fail(request, ERR_INVALID,
				    "Process instance ids cannot be empty: Process instance ids "
				    "is empty");
	return 0;
}

static int find_definition(struct request *request, const char *id, const union slot **ret)
{
	struct txn reader = txn_reader(request->engine->store, request->arena);
	union slot *row;
	int code = definition_get(&reader, &process_definition_kind, id, &row);

	if (code == ERR_NOT_FOUND)
		return request_fail(request, ERR_INVALID,
				    "no deployed process definition found with id '%s': "
				    "processDefinition is null",
				    id);
	*ret = row;
	return code;
}

static int bind(struct request *request, struct modification_request *ret)
{
	const struct json *id = json_present(request->body, "processDefinitionId"), *node;
	const char *definition;

	memset(ret, 0, sizeof(*ret));
	node = json_member(request->body, "skipCustomListeners");
	if (node)
		TRY(json_to_bool(node, false, &ret->modification.skip_listeners));
	node = json_member(request->body, "skipIoMappings");
	if (node)
		TRY(json_to_bool(node, false, &ret->modification.skip_mappings));
	node = json_present(request->body, "annotation");
	if (node)
		TRY(json_to_string(node, &ret->annotation));
	if (!id)
		return request_fail(request, ERR_INVALID, "processDefinitionId is null");
	TRY(json_to_string(id, &definition));
	TRY(read_instructions(request, &ret->modification));
	TRY(read_instances(request, &ret->instances));
	return find_definition(request, definition, &ret->modification.definition);
}

static void log_modification(struct logged_operation *operation, struct arena *arena,
			     const struct modification_request *wanted, bool async)
{
	operation->type = "ModifyProcessInstance";
	operation->entity = "ProcessInstance";
	operation->annotation = wanted->annotation;
	operation_of_definition(operation, wanted->modification.definition);
	operation_add_number(operation, arena, "nrOfInstances",
			     (int64_t)target_count(&wanted->instances.target));
	operation_add_flag(operation, "async", async);
}

static int modify_all(struct command *command, void *arg)
{
	struct modification_request *wanted = arg;
	const struct target *target = &wanted->instances.target;
	struct logged_operation operation = {.type = NULL};
	uint64_t i;

	for (i = 0; i < target->name_count; i++)
		TRY(instance_modify(command, &wanted->modification,
				    target_name_text(command->arena, &target->names[i]), false));
	log_modification(&operation, command->arena, wanted, false);
	return operation_log_write(command->txn, command->request, &operation);
}

int modification_execute_now(struct request *request)
{
	struct modification_request wanted;

	int code;

	TRY(bind(request, &wanted));
	code = command_run(request, modify_all, &wanted);
	if (code == ERR_NOT_VALID)
		code = request->error.code = ERR_INVALID;
	TRY(code);
	return request_answer_nothing(request);
}

int modification_execute_async(struct request *request)
{
	struct batch_plan plan = {.type = "instance-modification"};
	struct modification_request wanted;
	struct target_mapping mapping;

	TRY(bind(request, &wanted));
	plan.target = wanted.instances.target;
	/* all ids are of the definition's deployment, whatever they are */
	mapping.deployment_id = wanted.modification.definition[DEFINITION_DEPLOYMENT_ID].s;
	mapping.count = target_count(&plan.target);
	plan.target.mapping_count = 1;
	plan.target.mappings = &mapping;
	plan.tenant_id = wanted.modification.definition[DEFINITION_TENANT_ID].s;
	plan.configuration = restart_configuration(request->arena, &wanted.modification);
	log_modification(&plan.operation, request->arena, &wanted, true);
	return batch_create(request, &plan);
}
