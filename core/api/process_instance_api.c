/* /process-instance: lists, single instances, their tree, and their end. */
#include "core/api/handler.h"
#include "core/api/links.h"
#include "core/engine.h"
#include "core/query/query.h"
#include "core/record/row_json.h"
#include "core/runtime/activity_tree.h"
#include "core/runtime/cancel.h"
#include "core/runtime/command_log.h"
#include "core/runtime/process_instance_query.h"
#include "core/runtime/running_scan.h"
#include "core/runtime/step.h"

static void write_row(struct json_writer *writer, const union slot *row)
{
	json_open_object(writer);
	links_write_none(writer);
	row_answer_members(writer, &running_instance_kind, row);
	json_close_object(writer);
}

static void write_listed(struct listing *listing, const union slot *row)
{
	write_row(&listing->request->writer, row);
}

static const struct list_source source = {&running_instance_resource, running_instance_check,
					  running_instance_offer, write_listed};

int process_instance_list(struct request *request)
{
	return list_answer_params(request, &source, false);
}

int process_instance_query(struct request *request)
{
	return list_answer_body(request, &source, false);
}

int process_instance_count(struct request *request)
{
	return list_answer_params(request, &source, true);
}

int process_instance_query_count(struct request *request)
{
	return list_answer_body(request, &source, true);
}

static int refuse_unknown(struct request *request)
{
	return request_fail(request, ERR_INVALID_404, "Process instance with id %s does not exist",
			    request->call->params[0]);
}

int process_instance_get(struct request *request)
{
	struct txn reader = txn_reader(request->engine->store, request->arena);
	struct rows rows[RUNNING_MAX];
	int code = running_get(&reader, request->call->params[0], 0, rows);

	if (code == ERR_NOT_FOUND)
		return refuse_unknown(request);
	TRY(code);
	write_row(request_answer(request), rows[RUNNING_INSTANCE].row[0]);
	return 0;
}

int process_instance_activity_instances(struct request *request)
{
	struct txn reader = txn_reader(request->engine->store, request->arena);
	const char *id = request->call->params[0];
	struct instance *instance;
	uint64_t serial;
	int code = ERR_NOT_FOUND;

	if (running_serial(reader.store, id, &serial))
		code = instance_read(&reader, serial, &instance);
	if (code == ERR_NOT_FOUND)
		return refuse_unknown(request);
	TRY(code);
	code = instance_read_model(&reader, request->engine, instance, &request->error);
	if (!code)
		activity_tree_write(request_answer(request), instance, activity_tree(instance));
	instance_release(request->engine, instance);
	return code;
}

/* The deletion of one instance. */
static int delete_body(struct command *command, void *arg)
{
	const struct request *request = arg;
	struct logged_operation operation = {.type = "Delete", .entity = "ProcessInstance"};
	struct instance *instance;
	int64_t skip = 0;
	uint64_t serial;

	if (!running_serial(command->engine->store, request->call->params[0], &serial))
		return ERR_NOT_FOUND;
	TRY(command_instance(command, serial, &instance));
	skip |= request_flag(request, "skipCustomListeners", false) ? EXECUTION_SKIP_LISTENERS : 0;
	skip |= request_flag(request, "skipIoMappings", false) ? EXECUTION_SKIP_MAPPINGS : 0;
	operation_of_instance(&operation, instance);
	TRY(instance_delete(instance, NULL, skip, true));
	TRY(steps_run(command));
	return command_log(command, &operation);
}

int process_instance_delete(struct request *request)
{
	int code = command_run(request, delete_body, request);

	if (code == ERR_NOT_FOUND && !request_flag(request, "failIfNotExists", true))
		code = 0;
	if (code == ERR_NOT_FOUND)
		return request_fail(request, ERR_INVALID_404_0,
				    "No process instance found for id '%s': processInstance is "
				    "null",
				    request->call->params[0]);
	TRY(code);
	return request_answer_nothing(request);
}
