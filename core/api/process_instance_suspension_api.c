/* PUT /process-instance/suspended and /process-instance/{id}/suspended: at once. */
#include <string.h>

#include "core/api/handler.h"
#include "core/batch/select.h"
#include "core/engine.h"
#include "core/history/id_list.h"
#include "core/process/definition.h"
#include "core/query/query.h"
#include "core/record/kind.h"
#include "core/runtime/command_log.h"
#include "core/runtime/process_instance_query.h"
#include "core/runtime/running_scan.h"
#include "core/runtime/suspension.h"

/* Instances of one transaction: many of them in one would keep others waiting. */
enum { SUSPEND_AT_ONCE = 500 };

/* The instances that are to be suspended or activated. */
struct suspending {
	struct request *request;
	bool suspended;
	bool one; /* named by the path */
	struct serials serials;
	size_t at;                         /* the first of them that is not done yet */
	struct logged_operation operation; /* of all; logged with the last ones */
};

static int read_suspended(struct request *request, bool *ret)
{
	const struct json *node = json_member(request->body, "suspended");

	*ret = false;
	return node ? json_to_bool(node, false, ret) : 0;
}

static struct logged_operation operation_of(bool suspended)
{
	struct logged_operation operation = {.type = suspended ? "Suspend" : "Activate",
					     .entity = "ProcessInstance"};

	operation_add(&operation, "suspensionState", suspended ? "suspended" : "active");
	return operation;
}

static int suspend_body(struct command *command, void *arg)
{
	struct suspending *suspending = arg;
	const struct serials *serials = &suspending->serials;
	struct logged_operation operation = suspending->operation;
	size_t i;

	for (i = suspending->at; i < serials->count && i < suspending->at + SUSPEND_AT_ONCE; i++) {
		struct instance *instance;
		int code = command_instance(command, serials->items[i], &instance);

		if (code == ERR_NOT_FOUND)
			continue; /* it does not run, or not any more */
		TRY(code);
		TRY(instance_set_suspended(instance, suspending->suspended));
		if (suspending->one)
			operation_of_instance(&operation, instance);
	}
	return i < serials->count ? 0 : command_log(command, &operation);
}

static int suspend_all(struct suspending *suspending)
{
	struct request *request = suspending->request;

	for (; suspending->at < suspending->serials.count; suspending->at += SUSPEND_AT_ONCE) {
		struct arena_mark mark = arena_mark(request->arena);

		TRY(request_stopped(request));
		TRY(command_run(request, suspend_body, suspending));
		arena_rewind(request->arena, mark);
	}
	return request_answer_nothing(request);
}

int process_instance_set_suspended(struct request *request)
{
	struct suspending suspending = {.request = request, .one = true};
	uint64_t serial;

	TRY(read_suspended(request, &suspending.suspended));
	suspending.operation = operation_of(suspending.suspended);
	if (running_serial(request->engine->store, request->call->params[0], &serial))
		serials_add(&suspending.serials, request->arena, request->engine->store,
			    request->call->params[0]);
	return suspend_all(&suspending);
}

static void take_id(void *arg, const char *id)
{
	struct suspending *suspending = arg;
	struct request *request = suspending->request;
	uint64_t serial;

	if (running_serial(request->engine->store, id, &serial))
		serials_add(&suspending->serials, request->arena, request->engine->store, id);
}

/* What the query of running instances finds joins the ids of the body. */
static void join_id(void *arg, const char *id)
{
	id_list_add(arg, id, strlen(id));
}

static bool has_group(const struct request *request)
{
	return json_present(request->body, "processInstanceIds") ||
	       json_present(request->body, "processInstanceQuery") ||
	       json_present(request->body, "historicProcessInstanceQuery");
}

/* How many instances the ids and queries come to: unknown ids count, too. */
static int select_group(struct suspending *suspending, uint64_t *ret_count)
{
	struct request *request = suspending->request;
	const struct json *query = json_present(request->body, "processInstanceQuery");
	const struct json *history = json_present(request->body, "historicProcessInstanceQuery");
	const struct selection_rules rules = {"processInstanceIds", true, ERR_NOT_VALID, true};
	struct target target;
	uint64_t i;

	if (query)
		TRY(running_instance_select(request, query, ERR_NOT_VALID, join_id,
					    request->diverted));
	TRY(history_select_processes(request, history, &rules, &target));
	for (i = 0; i < target.name_count; i++)
		take_id(suspending, target_name_text(request->arena, &target.names[i]));
	*ret_count = target.name_count;
	serials_sort(&suspending->serials);
	return 0;
}

/* Null among the ids is refused once they are looked at. */
static bool has_null(const struct json *ids)
{
	const struct json *member;

	for (member = ids ? ids->first : NULL; member; member = member->next)
		if (member->type == JSON_NULL)
			return true;
	return false;
}

static int suspend_group(struct suspending *suspending, uint64_t count)
{
	struct request *request = suspending->request;

	if (!count)
		return request_fail(request, ERR_BAD_USER_REQUEST,
				    "No process instance ids given: Process Instance ids is empty");
	if (has_null(json_present(request->body, "processInstanceIds")))
		return request_fail(request, ERR_BAD_USER_REQUEST,
				    "Cannot be null.: Process Instance ids contains null value");
	suspending->operation = (struct logged_operation){
		.type = suspending->suspended ? "SuspendJob" : "ActivateJob",
		.entity = "ProcessInstance"};
	operation_add_number(&suspending->operation, request->arena, "nrOfInstances",
			     (int64_t)count);
	operation_add_flag(&suspending->operation, "async", false);
	return suspend_all(suspending);
}

/* Whose instances: of one definition, or of all with a key, perhaps of one tenant. */
struct chosen_definitions {
	const char *id, *key, *tenant_id;
	bool without_tenant;
};

static int read_choice(struct request *request, struct chosen_definitions *ret)
{
	const struct {
		const char *key;
		const char **text;
	} texts[] = {
		{"processDefinitionId",       &ret->id       },
		{"processDefinitionKey",      &ret->key      },
		{"processDefinitionTenantId", &ret->tenant_id},
	};
	const struct json *node = json_member(request->body, "processDefinitionWithoutTenantId");
	size_t i;

	memset(ret, 0, sizeof(*ret));
	if (node)
		TRY(json_to_bool(node, false, &ret->without_tenant));
	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		node = json_present(request->body, texts[i].key);
		if (node)
			TRY(json_to_string(node, texts[i].text));
	}
	return 0;
}

static bool is_chosen(const struct chosen_definitions *chosen, const union slot *definition)
{
	const char *tenant = definition[DEFINITION_TENANT_ID].s;

	if (chosen->id)
		return texts_match(definition[DEFINITION_ID].s, chosen->id);
	if (!texts_match(definition[DEFINITION_KEY].s, chosen->key))
		return false;
	if (chosen->without_tenant)
		return !tenant;
	return !chosen->tenant_id || texts_match(tenant, chosen->tenant_id);
}

/* Leaves only the chosen ones of DEFINITIONS. */
static void choose(const struct chosen_definitions *chosen, struct definitions *definitions)
{
	size_t i, kept = 0;

	for (i = 0; i < definitions->count; i++)
		if (is_chosen(chosen, definitions->rows[i]))
			definitions->rows[kept++] = definitions->rows[i];
	definitions->count = kept;
}

static int select_instances_of(struct suspending *suspending, struct txn *reader,
			       const struct definitions *definitions)
{
	struct rows rows[RUNNING_MAX];
	struct running_scan scan;
	struct arena arena;
	int code = 0;

	arena_init(&arena);
	running_scan_start(&scan, reader, NULL, 0);
	while (!code && !(code = running_scan_next(&scan, &arena, rows))) {
		const union slot *row = rows[RUNNING_INSTANCE].row[0];

		if (definitions_find(definitions, row[RUNNING_INSTANCE_DEFINITION_ID].s) <
		    definitions->count)
			take_id(suspending, row[RUNNING_INSTANCE_ID].s);
		arena_clear(&arena);
		code = request_stopped(suspending->request);
	}
	arena_clear(&arena);
	return code == ERR_NOT_FOUND ? 0 : code;
}

static int suspend_by_definition(struct suspending *suspending,
				 const struct chosen_definitions *chosen)
{
	struct request *request = suspending->request;
	struct txn reader = txn_reader(request->engine->store, request->arena);
	struct definitions definitions;

	suspending->operation.process_definition_id = chosen->id;
	suspending->operation.process_definition_key = chosen->key;
	TRY(definitions_read(&reader, &process_definition_kind, &definitions));
	choose(chosen, &definitions);
	if (definitions.count)
		TRY(select_instances_of(suspending, &reader, &definitions));
	serials_sort(&suspending->serials);
	return suspend_all(suspending);
}

#define KEYS "processDefinitionId or processDefinitionKey"

int process_instance_set_suspended_by(struct request *request)
{
	struct suspending suspending = {.request = request};
	struct chosen_definitions chosen;
	uint64_t count = 0;
	bool group = has_group(request);

	TRY(read_suspended(request, &suspending.suspended));
	TRY(read_choice(request, &chosen));
	suspending.operation = operation_of(suspending.suspended);
	if (group && (chosen.id || chosen.key))
		return request_fail(request, ERR_INVALID,
				    "Choose either a single processInstance with " KEYS
				    " or a group of processInstances with processInstanceIds, "
				    "procesInstanceQuery or historicProcessInstanceQuery.");
	if (group) {
		TRY(select_group(&suspending, &count));
		return suspend_group(&suspending, count);
	}
	if (chosen.id && chosen.key)
		return request_fail(request, ERR_INVALID,
				    "Only one of " KEYS
				    " should be set to update the suspension state.");
	if (!chosen.id && !chosen.key)
		return request_fail(request, ERR_INVALID,
				    "Either " KEYS
				    " should be set to update the suspension state.");
	return suspend_by_definition(&suspending, &chosen);
}
