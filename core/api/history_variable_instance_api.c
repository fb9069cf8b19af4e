/* /history/variable-instance/{id} and /history/detail/{id}: single values, their bytes, deletion.
 */
#include "core/api/handler.h"
#include "core/api/value_answer.h"
#include "core/engine.h"
#include "core/history/child_list.h"
#include "core/history/operation_log.h"
#include "core/history/variable_delete.h"
#include "core/process/definition.h"
#include "core/record/row_json.h"

/* The row of KIND that the path names; the error of the API when there is none. */
static int find_row(struct request *request, enum process_row kind, union slot **ret)
{
	const char *id = request->call->params[0];
	uint64_t number;
	int code = child_find(request, kind, id, ret, &number);

	if (!code && kind == ROW_VARIABLE && variable_is_deleted(*ret))
		code = ERR_NOT_FOUND;
	if (code == ERR_NOT_FOUND)
		return request_fail(request, ERR_INVALID_404,
				    "Historic %s with Id '%s' does not exist.",
				    kind == ROW_VARIABLE ? "variable instance" : "detail", id);
	return code;
}

static int answer_row(struct request *request, enum process_row kind)
{
	union slot *row;

	TRY(find_row(request, kind, &row));
	value_show(request->arena, process_kinds[kind], row,
		   request_flag(request, "deserializeValue", true) ? SHOW_DESERIALISED : 0);
	value_row_answer(request_answer(request), process_kinds[kind], row);
	return 0;
}

static int answer_data(struct request *request, enum process_row kind)
{
	union slot *row;

	TRY(find_row(request, kind, &row));
	if (kind == ROW_DETAIL && !strcmp(row[DETAIL_TYPE].s, "formField"))
		return request_fail(request, ERR_INVALID,
				    "Historic detail with Id '%s' is not a variable update.",
				    request->call->params[0]);
	return value_answer_bytes(request, process_kinds[kind], row, request->call->params[0]);
}

int history_variable_instance_get(struct request *request)
{
	return answer_row(request, ROW_VARIABLE);
}

int history_variable_instance_data(struct request *request)
{
	return answer_data(request, ROW_VARIABLE);
}

int history_detail_get(struct request *request)
{
	return answer_row(request, ROW_DETAIL);
}

int history_detail_data(struct request *request)
{
	return answer_data(request, ROW_DETAIL);
}

struct deletion {
	struct request *request;
	uint64_t number; /* of the instance */
	const char *id;  /* of the variable; NULL = all */
};

/* The deployment of the definition ID, or NULL when that is not known (any more). */
static int deployment_of(struct txn *txn, const char *id, const char **ret)
{
	union slot *definition;
	int code =
		id ? definition_get(txn, &process_definition_kind, id, &definition) : ERR_NOT_FOUND;

	*ret = code ? NULL : definition[DEFINITION_DEPLOYMENT_ID].s;
	return code == ERR_NOT_FOUND ? 0 : code;
}

/* What a deletion belongs to: fields of the variable, or of the instance. */
static const struct {
	const char *place, *of_variable, *of_instance;
} places[] = {
	{"processDefinitionId",   "processDefinitionId",   "processDefinitionId"  },
	{"processDefinitionKey",  "processDefinitionKey",  "processDefinitionKey" },
	{"processInstanceId",     "processInstanceId",     "id"                   },
	{"executionId",           "executionId",           NULL                   },
	{"rootProcessInstanceId", "rootProcessInstanceId", "rootProcessInstanceId"},
};

static int log_deletion(struct txn *txn, const struct deletion *deletion, const union slot *row)
{
	const struct kind *kind = deletion->id ? &variable_kind : &process_instance_kind;
	struct logged_operation operation = {.type = "DeleteHistory", .entity = "Variable"};
	const char *deployment;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(places); i++) {
		const char *field = deletion->id ? places[i].of_variable : places[i].of_instance;

		if (field)
			operation_place(&operation, places[i].place, row[kind_slot(kind, field)].s);
	}
	TRY(deployment_of(txn, row[kind_slot(kind, "processDefinitionId")].s, &deployment));
	operation_place(&operation, "deploymentId", deployment);
	if (deletion->id)
		operation_add(&operation, "name", row[VARIABLE_NAME].s);
	return operation_log_write(txn, deletion->request, &operation);
}

static int delete_body(struct txn *txn, void *arg)
{
	const struct deletion *deletion = arg;
	const union slot *row;

	TRY(variable_delete(txn, deletion->request->engine->history, deletion->number, deletion->id,
			    &row));
	return log_deletion(txn, deletion, row);
}

int history_variable_instance_delete(struct request *request)
{
	const char *id = request->call->params[0];
	struct deletion deletion = {request, 0, id};
	union slot *row = NULL;
	int code = child_find(request, ROW_VARIABLE, id, &row, &deletion.number);

	if (!code)
		code = operation_log_run(request, TXN_DURABLE, delete_body, &deletion);
	if (code == ERR_NOT_FOUND)
		return request_fail(request, ERR_INVALID_404_0,
				    "No historic variable instance found with id: %s: variable is "
				    "null",
				    id);
	TRY(code);
	return request_answer_nothing(request);
}

int history_process_instance_delete_variable_instances(struct request *request)
{
	struct history *history = request->engine->history;
	struct txn reader = txn_reader(history->store, request->arena);
	struct deletion deletion = {request, 0, NULL};
	const char *id = request->call->params[0];
	int code = history_find_process(&reader, history, id, &deletion.number);

	if (!code)
		code = operation_log_run(request, TXN_DURABLE, delete_body, &deletion);
	if (code == ERR_NOT_FOUND)
		return request_fail(request, ERR_INVALID_404,
				    "No historic process instance found with id: %s: instance is "
				    "null",
				    id);
	TRY(code);
	return request_answer_nothing(request);
}
