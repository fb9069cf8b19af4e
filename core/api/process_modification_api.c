/* /process-instance/{id}/modification. */
#include "core/api/handler.h"
#include "core/history/operation_log.h"
#include "core/runtime/command.h"
#include "core/runtime/instruction_json.h"
#include "core/runtime/step.h"

struct modification {
	const char *id;
	struct instruction *instructions;
	size_t count;
	bool skip_listeners, skip_mappings;
	const char *annotation;
};

static int bind(struct request *request, struct modification *ret)
{
	const struct json *list = json_present(request->body, "instructions"), *node;

	ret->id = request->call->params[0];
	node = json_member(request->body, "skipCustomListeners");
	if (node)
		TRY(json_to_bool(node, false, &ret->skip_listeners));
	node = json_member(request->body, "skipIoMappings");
	if (node)
		TRY(json_to_bool(node, false, &ret->skip_mappings));
	node = json_present(request->body, "annotation");
	if (node)
		TRY(json_to_string(node, &ret->annotation));
	return list ? instructions_read(request, list, "", true, true, &ret->instructions,
					&ret->count)
		    : 0;
}

static int modify(struct command *command, void *arg)
{
	struct modification *wanted = arg;
	struct logged_operation operation = {.type = "ModifyProcessInstance",
					     .entity = "ProcessInstance"};
	struct instance *instance;
	int code = command_find(command, wanted->id, &instance);

	if (code == ERR_NOT_FOUND)
		return command_fail(command, ERR_ENGINE,
				    "ENGINE-13036 Process instance '%s' cannot be modified. The "
				    "process instance does not exist",
				    wanted->id);
	TRY(code);
	TRY(instructions_run(instance, wanted->instructions, wanted->count, wanted->skip_listeners,
			     wanted->skip_mappings));
	TRY(instance_settle(instance));
	TRY(steps_run(command));
	return operation_log_write(command->txn, command->request, &operation);
}

int process_instance_modify(struct request *request)
{
	struct modification wanted = {.id = NULL};

	TRY(bind(request, &wanted));
	TRY(command_run(request, modify, &wanted));
	return request_answer_nothing(request);
}
