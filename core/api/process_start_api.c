/* /process-definition/…/start and /submit-form. */
#include <string.h>

#include "core/api/definition_api.h"
#include "core/api/handler.h"
#include "core/api/process_instance_json.h"
#include "core/runtime/history_event.h"
#include "core/runtime/command.h"
#include "core/runtime/command_log.h"
#include "core/runtime/instruction_json.h"
#include "core/runtime/typed_value.h"

struct start_request {
	struct start start;
	const char *definition_id;
	const char *prefix; /* of words: "Cannot instantiate process definition X: " */
	bool with_variables;
	struct list variables; /* as the command left them, if they are wanted */
	struct instance *instance;
};

/* Members of the body that are texts or flags. */
static int read_members(struct request *request, struct start_request *ret)
{
	const struct {
		const char *key;
		const char **text;
	} texts[] = {
		{"businessKey",    &ret->start.business_key    },
		{"caseInstanceId", &ret->start.case_instance_id},
	};
	const struct {
		const char *key;
		bool *flag;
	} flags[] = {
		{"skipCustomListeners",   &ret->start.skip_listeners},
		{"skipIoMappings",        &ret->start.skip_mappings },
		{"withVariablesInReturn", &ret->with_variables      },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		const struct json *node = json_present(request->body, texts[i].key);

		if (node)
			TRY(json_to_string(node, texts[i].text));
	}
	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		const struct json *node = json_member(request->body, flags[i].key);

		if (node)
			TRY(json_to_bool(node, false, flags[i].flag));
	}
	return 0;
}

static int bind(struct request *request, struct start_request *ret)
{
	const struct json *list = json_present(request->body, "startInstructions");
	struct instruction *instructions;
	struct named_values variables;

	TRY(definition_id_of_path(request, &process_definition_source, &ret->definition_id));
	ret->prefix = arena_printf(
		request->arena, "Cannot instantiate process definition %s: ", ret->definition_id);
	TRY(read_members(request, ret));
	TRY(start_variables_read(request, json_present(request->body, "variables"), ret->prefix,
				 &variables));
	ret->start.variables = variables.items;
	ret->start.variable_count = variables.count;
	ret->with_variables = ret->with_variables && !ret->start.form;
	if (ret->start.form) {
		ret->start.case_instance_id = NULL;
		return list ? instructions_bind(list) : 0;
	}
	if (list)
		TRY(instructions_read(request, list, ret->prefix, CANCEL_IGNORED, true,
				      &instructions, &ret->start.instruction_count));
	else
		instructions = NULL;
	ret->start.instructions = instructions;
	if (!ret->start.instruction_count &&
	    (ret->start.skip_listeners || ret->start.skip_mappings))
		return request_fail(request, ERR_REST_500_0,
				    "%sENGINE-13024 Cannot skip custom listeners or input/output "
				    "mappings when start a process instance at default start "
				    "activity.",
				    ret->prefix);
	return 0;
}

static int start(struct command *command, void *arg)
{
	struct start_request *wanted = arg;
	struct logged_operation operation = {.type = "Create", .entity = "ProcessInstance"};
	union slot *definition;
	int code = definition_get(command->txn, &process_definition_kind, wanted->definition_id,
				  &definition);

	if (code == ERR_NOT_FOUND)
		return command_fail(command, ERR_NULL_VALUE,
				    "no deployed process definition found with id '%s': "
				    "processDefinition is null",
				    wanted->definition_id);
	TRY(code);
	TRY(instance_start(command, definition, &wanted->start, &wanted->instance));
	if (wanted->with_variables)
		variables_of_instance(wanted->instance, &wanted->variables);
	operation_of_instance(&operation, wanted->instance);
	return command_log(command, &operation);
}

static bool is_engine_error(int code)
{
	return code == ERR_ENGINE || code == ERR_NOT_VALID || code == ERR_NULL_VALUE ||
	       code == ERR_BAD_USER_REQUEST || code == ERR_REST_400;
}

static int start_by(struct request *request, bool form)
{
	struct start_request wanted = {.start = {.form = form}};
	int code;

	TRY(bind(request, &wanted));
	code = command_run(request, start, &wanted);
	if (is_engine_error(code))
		return request_fail(request, ERR_REST_500_0, "%s%s", wanted.prefix,
				    request->error.message);
	TRY(code);
	return process_instance_answer(request, wanted.instance,
				       wanted.with_variables ? &wanted.variables : NULL);
}

int process_definition_start(struct request *request)
{
	return start_by(request, false);
}

int process_definition_submit_form(struct request *request)
{
	return start_by(request, true);
}
