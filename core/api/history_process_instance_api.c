/* /history/process-instance: lists, counts, single instances and their deletion. */
#include "core/api/handler.h"
#include "core/engine.h"
#include "core/history/delete.h"
#include "core/history/operation_log.h"
#include "core/history/history.h"
#include "core/history/process_page.h"
#include "core/record/row_json.h"

static int answer_page(struct request *request, const struct query *query)
{
	struct plan plan;

	TRY(process_query_plan(request, query, true, &plan));
	return process_page_answer(request, &plan, query);
}

static int answer_count(struct request *request, const struct query *query)
{
	struct plan plan;
	int64_t count;

	TRY(process_query_plan(request, query, true, &plan));
	TRY(plan_count(&plan, &count));
	return request_answer_count(request, count);
}

int history_process_instance_list(struct request *request)
{
	struct query query;

	TRY(query_bind_params(request, &process_instance_resource, true, &query));
	return answer_page(request, &query);
}

int history_process_instance_query(struct request *request)
{
	struct query query;

	TRY(query_bind_body(request, &process_instance_resource, true, &query));
	return answer_page(request, &query);
}

int history_process_instance_count(struct request *request)
{
	struct query query;

	TRY(query_bind_params(request, &process_instance_resource, false, &query));
	return answer_count(request, &query);
}

int history_process_instance_query_count(struct request *request)
{
	struct query query;

	TRY(query_bind_body(request, &process_instance_resource, false, &query));
	return answer_count(request, &query);
}

static const char missing[] = "Historic process instance with id %s does not exist";

int history_process_instance_get(struct request *request)
{
	struct history *history = request->engine->history;
	struct txn reader = txn_reader(history->store, request->arena);
	const char *id = request->call->params[0];
	struct rows rows[ROW_MAX];
	uint64_t number;
	int code = history_find_process(&reader, history, id, &number);

	if (!code)
		code = history_read_process(&reader, history, number, 0, rows);
	if (code == ERR_NOT_FOUND)
		return request_fail(request, ERR_INVALID_404, missing, id);
	TRY(code);
	row_answer(request_answer(request), &process_instance_kind, rows[ROW_INSTANCE].row[0]);
	return 0;
}

static int delete_body(struct txn *txn, void *arg)
{
	struct request *request = arg;
	struct logged_operation operation = {.type = "DeleteHistory", .entity = "ProcessInstance"};

	TRY(history_delete_one(txn, request->engine->history, request->call->params[0]));
	operation_add_number(&operation, txn->arena, "nrOfInstances", 1);
	operation_add_flag(&operation, "async", false);
	return operation_log_write(txn, request, &operation);
}

/* failIfNotExists is no primitive here: empty, it is false. */
static bool must_be_there(const struct request *request)
{
	const char *value = request_param(request, "failIfNotExists");

	return !value || request_flag(request, "failIfNotExists", false);
}

int history_process_instance_delete(struct request *request)
{
	const char *id = request->call->params[0];
	bool must_exist = must_be_there(request);
	int code = operation_log_run(request, TXN_DURABLE | TXN_FREES, delete_body, request);

	if (code == ERR_NOT_FOUND && !must_exist)
		return request_answer_nothing(request);
	if (code == ERR_NOT_FOUND || code == ERR_STILL_RUNNING)
		return request_fail(request, ERR_INVALID_404_0, missing, id);
	TRY(code);
	return request_answer_nothing(request);
}
