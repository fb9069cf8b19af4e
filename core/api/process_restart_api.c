/* /process-definition/…/restart and /restart-async (runtime.md 1). */
#include <string.h>

#include "core/api/definition_api.h"
#include "core/api/handler.h"
#include "core/job/batch.h"
#include "core/batch/select.h"
#include "core/history/id_list.h"
#include "core/runtime/command.h"
#include "core/runtime/command_log.h"
#include "core/runtime/instruction_json.h"

enum { AT_ONCE_MAX = 5000 }; /* instances of a restart that is not a batch */

struct restart_request {
	struct restart restart;
	struct target target;
};

/* The order of the checks is the original's: emptiness of the instructions comes early or late. */
static int check_instructions(struct request *request, const struct restart *restart)
{
	if (restart->instruction_count)
		return 0;
	return request_fail(request, ERR_INVALID,
			    "Restart instructions cannot be empty: instructions is empty");
}

static int read_flags(struct request *request, struct restart *ret)
{
	const struct {
		const char *key;
		bool *flag;
	} flags[] = {
		{"initialVariables",    &ret->initial_variables   },
		{"skipCustomListeners", &ret->skip_listeners      },
		{"skipIoMappings",      &ret->skip_mappings       },
		{"withoutBusinessKey",  &ret->without_business_key},
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		const struct json *node = json_member(request->body, flags[i].key);

		if (node)
			TRY(json_to_bool(node, false, flags[i].flag));
	}
	return 0;
}

static int read_instructions(struct request *request, struct restart *ret)
{
	const struct json *list = json_present(request->body, "instructions");
	struct instruction *instructions;

	if (!list) /* whatever else is wrong */
		return check_instructions(request, ret);
	TRY(instructions_read(request, list, "", CANCEL_IGNORED, false, &instructions,
			      &ret->instruction_count));
	ret->instructions = instructions;
	return 0;
}

static int read_targets(struct request *request, const char *nulls, struct target *ret)
{
	const struct selection_rules rules = {"processInstanceIds", true, ERR_INVALID, false};

	TRY(history_select_processes(
		request, json_present(request->body, "historicProcessInstanceQuery"), &rules, ret));
	if (request->diverted->nulls)
		return request_fail(request, ERR_INVALID,
				    "Process instance ids cannot be null: %s contains null value",
				    nulls);
	if (!target_count(ret))
		return request_fail(request, ERR_INVALID, "processInstanceIds is empty");
	return 0;
}

static int bind(struct request *request, bool async, struct restart_request *ret)
{
	union slot *definition;
	const char *id;

	memset(ret, 0, sizeof(*ret));
	TRY(definition_id_of_path(request, &process_definition_source, &id));
	TRY(read_flags(request, &ret->restart));
	TRY(read_instructions(request, &ret->restart));
	if (!async)
		TRY(check_instructions(request, &ret->restart));
	TRY(read_targets(request, async ? "processInstanceIds" : "Process instance ids",
			 &ret->target));
	if (async)
		TRY(check_instructions(request, &ret->restart));
	TRY(definition_of_path(request, &process_definition_source, ERR_INVALID, &definition));
	ret->restart.definition = definition;
	return 0;
}

static int restart_all(struct command *command, const struct restart *restart,
		       const struct target *target)
{
	uint64_t i;

	for (i = 0; i < target->number_count; i++)
		TRY(instance_restart(command, restart, target->numbers[i]));
	return target->name_count ? restart_unknown(command) : 0;
}

/* Codes of the engine that the API answers with 400 and its own type. */
static int answered(struct request *request, int code)
{
	switch (code) {
	case ERR_BAD_USER_REQUEST:
	case ERR_NOT_VALID:
	case ERR_NULL_VALUE:
		request->error.code = code = ERR_INVALID;
		break;
	default:
		break;
	}
	return code;
}

static void log_restart(struct logged_operation *operation, struct arena *arena,
			const union slot *definition, const struct target *target, bool async)
{
	operation->type = "RestartProcessInstance";
	operation->entity = "ProcessInstance";
	operation_of_definition(operation, definition);
	operation_add_number(operation, arena, "nrOfInstances", (int64_t)target_count(target));
	operation_add_flag(operation, "async", async);
}

static int restart_and_log(struct command *command, void *arg)
{
	const struct restart_request *wanted = arg;
	struct restart restart = wanted->restart;
	struct logged_operation operation = {.type = NULL};
	union slot *definition;

	/* as it is now: it may have been suspended or deleted since the request came */
	TRY(definition_get(command->txn, &process_definition_kind,
			   wanted->restart.definition[DEFINITION_ID].s, &definition));
	restart.definition = definition;
	log_restart(&operation, command->arena, definition, &wanted->target, false);
	TRY(command_log(command, &operation));
	return restart_all(command, &restart, &wanted->target);
}

/* It is one transaction, for which all others wait. */
static int check_count(struct request *request, const struct target *target)
{
	if (target_count(target) <= AT_ONCE_MAX)
		return 0;
	return request_fail(request, ERR_INVALID,
			    "Cannot restart %llu process instances at once: at most %d; "
			    "restart-async takes any number",
			    (unsigned long long)target_count(target), AT_ONCE_MAX);
}

int process_definition_restart(struct request *request)
{
	struct restart_request wanted;

	TRY(answered(request, bind(request, false, &wanted)));
	TRY(check_count(request, &wanted.target));
	TRY(answered(request, command_run(request, restart_and_log, &wanted)));
	return request_answer_nothing(request);
}

int process_definition_restart_async(struct request *request)
{
	struct batch_plan plan = {.type = "instance-restart"};
	struct target_mapping mapping;
	struct restart_request wanted;

	TRY(answered(request, bind(request, true, &wanted)));
	mapping.deployment_id = wanted.restart.definition[DEFINITION_DEPLOYMENT_ID].s;
	mapping.count = target_count(&wanted.target);
	plan.target = wanted.target;
	plan.target.mapping_count = 1;
	plan.target.mappings = &mapping;
	plan.tenant_id = wanted.restart.definition[DEFINITION_TENANT_ID].s;
	plan.configuration = restart_configuration(request->arena, &wanted.restart);
	log_restart(&plan.operation, request->arena, wanted.restart.definition, &wanted.target,
		    true);
	return batch_create(request, &plan);
}
