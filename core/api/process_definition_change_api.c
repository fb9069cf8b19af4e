/* /process-definition: suspension, activation and deletion of definitions. */
#include <string.h>

#include "core/api/definition_api.h"
#include "core/api/handler.h"
#include "core/engine.h"
#include "core/history/operation_log.h"
#include "core/job/job_executor.h"
#include "core/repository/suspension_job.h"
#include "core/json/iso_date.h"
#include "core/repository/definition_delete.h"
#include "core/runtime/suspension.h"

struct change {
	struct request *request;
	struct suspension suspension;
	int64_t date; /* TIME_NULL = at once */
	const char *deployment_id, *logged_key;
	const char *timer_deployment_id; /* of the timer, if it is to happen later */
};

static int read_flag(struct request *request, const char *name, bool *ret)
{
	const struct json *node = json_member(request->body, name);

	*ret = false;
	return node ? json_to_bool(node, false, ret) : 0;
}

static int read_text(struct request *request, const char *name, const char **ret)
{
	const struct json *node = json_present(request->body, name);

	*ret = NULL;
	return node ? json_to_string(node, ret) : 0;
}

/* The members that all forms of the call share; WHAT begins the words for a bad date. */
static int bind_change(struct request *request, const char *what, struct change *change)
{
	const char *date, *why;

	change->request = request;
	change->date = TIME_NULL;
	TRY(read_flag(request, "suspended", &change->suspension.suspended));
	TRY(read_flag(request, "includeProcessInstances", &change->suspension.include_instances));
	TRY(read_text(request, "executionDate", &date));
	if (date && *date && !iso_date_parse(request->arena, date, &change->date, &why))
		return request_fail(request, ERR_INVALID, "%s due to: %s", what, why);
	return 0;
}

static int log_change(struct txn *txn, const struct change *change)
{
	const struct suspension *suspension = &change->suspension;
	struct logged_operation operation = {
		.type = suspension->suspended ? "SuspendProcessDefinition"
					      : "ActivateProcessDefinition",
		.entity = "ProcessDefinition",
		.process_definition_id = suspension->definition_id,
		.process_definition_key = change->logged_key,
		.deployment_id = change->deployment_id,
	};

	operation_add(&operation, "suspensionState",
		      suspension->suspended ? "suspended" : "active");
	operation_add_flag(&operation, "includeProcessInstances", suspension->include_instances);
	return operation_log_write(txn, change->request, &operation);
}

/* The timer of a key has a deployment: of the latest versions of all tenants, the oldest one's. */
static int find_deployment(struct txn *txn, struct change *change)
{
	struct definitions definitions;
	const union slot *found = NULL;
	size_t i;

	if (change->deployment_id || !change->suspension.key)
		return 0;
	TRY(definitions_read(txn, &process_definition_kind, &definitions));
	TRY(definitions_add_deploy_times(txn, &definitions));
	for (i = 0; i < definitions.count; i++) {
		const union slot *row = definitions.rows[i];

		if (row[DEFINITION_LATEST].i == 1 &&
		    text_same(row[DEFINITION_KEY].s, change->suspension.key) &&
		    (!found || row[DEFINITION_DEPLOY_TIME].i < found[DEFINITION_DEPLOY_TIME].i))
			found = row;
	}
	if (found)
		change->timer_deployment_id = found[DEFINITION_DEPLOYMENT_ID].s;
	return 0;
}

static int change_body(struct txn *txn, void *arg)
{
	struct change *change = arg;
	struct engine *engine = change->request->engine;

	change->timer_deployment_id = change->deployment_id;
	if (change->date != TIME_NULL)
		TRY(find_deployment(txn, change));

	if (change->date == TIME_NULL)
		TRY(suspension_apply(txn, engine, &change->suspension));
	else
		TRY(suspension_job_create(txn, engine, &change->suspension,
					  change->timer_deployment_id, change->date));
	return log_change(txn, change);
}

static int lot_body(struct command *command, void *arg)
{
	return suspension_lot_run(command, arg);
}

/* Lot by lot: who is cut off in between asks again. */
static int suspend_instances(struct request *request, const struct suspension *suspension)
{
	struct suspension_lot lot = {.definition_id = suspension->definition_id,
				     .definition_key = suspension->key,
				     .suspended = suspension->suspended,
				     .more = true};

	while (lot.more) {
		struct arena_mark mark = arena_mark(request->arena);

		TRY(request_stopped(request));
		TRY(command_run(request, lot_body, &lot));
		lot.from = lot.next;
		arena_rewind(request->arena, mark);
	}
	return 0;
}

static int run_change(struct change *change)
{
	struct request *request = change->request;

	TRY(operation_log_run(request, TXN_DURABLE, change_body, change));
	if (change->suspension.include_instances && change->date == TIME_NULL)
		TRY(suspend_instances(request, &change->suspension));
	job_executor_wake(request->engine->executor);
	return request_answer_nothing(request);
}

/* What is known of the definition, for logs; it need not be there. */
static int describe(struct request *request, struct change *change)
{
	struct txn reader = txn_reader(request->engine->store, request->arena);
	union slot *row;
	int code = definition_get(&reader, &process_definition_kind,
				  change->suspension.definition_id, &row);

	if (code)
		return code == ERR_NOT_FOUND ? 0 : code;
	change->deployment_id = row[DEFINITION_DEPLOYMENT_ID].s;
	change->logged_key = row[DEFINITION_KEY].s;
	return 0;
}

int process_definition_set_suspended(struct request *request)
{
	struct change change = {0};
	const char *id;

	TRY(definition_id_of_path(request, &process_definition_source, &id));
	change.suspension.definition_id = id;
	if (json_present(request->body, "processDefinitionKey"))
		return request_fail(
			request, ERR_INVALID,
			"Only one of processDefinitionId or processDefinitionKey should "
			"be set to update the suspension state.");
	TRY(bind_change(request,
			arena_printf(request->arena,
				     "The suspension state of Process Definition with id %s could "
				     "not be updated",
				     id),
			&change));
	TRY(describe(request, &change));
	return run_change(&change);
}

int process_definition_set_suspended_by(struct request *request)
{
	struct change change = {0};

	if (json_present(request->body, "processDefinitionId"))
		return request_fail(request, ERR_INVALID,
				    "Only processDefinitionKey can be set to update the suspension "
				    "state.");
	TRY(read_text(request, "processDefinitionKey", &change.suspension.key));
	if (!change.suspension.key)
		return request_fail(request, ERR_INVALID,
				    "Either processDefinitionId or processDefinitionKey should be "
				    "set to update the suspension state.");
	change.logged_key = change.suspension.key;
	TRY(bind_change(request, "Could not update the suspension state of Process Definitions",
			&change));
	return run_change(&change);
}

struct removal {
	struct deletion deletion;
	const char *id;           /* of the one definition, or NULL */
	const char *key, *tenant; /* of many; no tenant = of any or none */
};

static int delete_row(struct txn *txn, const struct removal *removal, const union slot *row)
{
	struct logged_operation operation = {.type = "Delete", .entity = "ProcessDefinition"};

	operation.process_definition_id = row[DEFINITION_ID].s;
	operation.process_definition_key = row[DEFINITION_KEY].s;
	operation.deployment_id = row[DEFINITION_DEPLOYMENT_ID].s;
	operation_add_flag(&operation, "cascade", removal->deletion.cascade);
	operation.changes[0].old_value = "false";
	TRY(process_definition_delete_row(txn, &removal->deletion, row));
	return operation_log_write(txn, removal->deletion.request, &operation);
}

static int delete_body(struct txn *txn, void *arg)
{
	const struct removal *removal = arg;
	union slot *row;

	TRY(definition_get(txn, &process_definition_kind, removal->id, &row));
	return delete_row(txn, removal, row);
}

static bool is_meant(const struct removal *removal, const union slot *row)
{
	return text_same(row[DEFINITION_KEY].s, removal->key) &&
	       (!removal->tenant || text_same(row[DEFINITION_TENANT_ID].s, removal->tenant));
}

static int delete_versions_body(struct txn *txn, void *arg)
{
	const struct removal *removal = arg;
	struct definitions definitions;
	bool any = false;
	size_t i;

	TRY(definitions_read(txn, &process_definition_kind, &definitions));
	for (i = 0; i < definitions.count; i++) {
		if (!is_meant(removal, definitions.rows[i]))
			continue;
		any = true;
		TRY(delete_row(txn, removal, definitions.rows[i]));
	}
	return any ? 0 : ERR_NOT_FOUND;
}

static int end_versions(const struct removal *removal)
{
	struct request *request = removal->deletion.request;
	struct txn reader = txn_reader(request->engine->store, request->arena);
	struct definitions definitions;
	size_t i;

	TRY(definitions_read(&reader, &process_definition_kind, &definitions));
	for (i = 0; i < definitions.count; i++)
		if (is_meant(removal, definitions.rows[i]))
			TRY(process_definition_end_many(&removal->deletion,
							definitions.rows[i][DEFINITION_ID].s));
	return 0;
}

/* 200 without a body, as the original. */
static int answer_deleted(struct request *request)
{
	request_answer_nothing(request);
	request->head.status = 200;
	return 0;
}

static struct deletion deletion_of(struct request *request)
{
	return (struct deletion){
		.request = request,
		.cascade = request_flag(request, "cascade", false),
		.skip_listeners = request_flag(request, "skipCustomListeners", false),
		.skip_mappings = request_flag(request, "skipIoMappings", false),
	};
}

/* All versions of the key, as in the original of all tenants when the path names none. */
int process_definition_delete_versions(struct request *request)
{
	const char **params = request->call->params;
	struct removal removal = {.deletion = deletion_of(request), .key = params[0]};
	int code;

	removal.tenant = request->call->param_count > 1 ? params[1] : NULL;
	code = end_versions(&removal);
	if (!code)
		code = operation_log_run(request, TXN_DURABLE | TXN_FREES, delete_versions_body,
					 &removal);
	if (code == ERR_NOT_FOUND)
		return request_fail(request, ERR_INVALID_404,
				    "No process definition found with key '%s': processDefinitions "
				    "is empty",
				    removal.key);
	TRY(code);
	return request_answer_nothing(request);
}

int process_definition_delete(struct request *request)
{
	struct removal removal = {.deletion = deletion_of(request)};
	int code;

	TRY(definition_id_of_path(request, &process_definition_source, &removal.id));
	code = process_definition_end_many(&removal.deletion, removal.id);
	if (!code)
		code = operation_log_run(request, TXN_DURABLE | TXN_FREES, delete_body, &removal);
	if (code == ERR_NOT_FOUND)
		return request_fail(request, ERR_INVALID_404_0,
				    "No process definition found with id '%s': processDefinition "
				    "is null",
				    removal.id);
	TRY(code);
	return answer_deleted(request);
}
