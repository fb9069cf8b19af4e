/* Children of process instances: activity instances, tasks, variables, details, logs; user
 * operations. */
#include "core/api/handler.h"
#include "core/engine.h"
#include "core/history/child_list.h"
#include "core/history/variable_delete.h"
#include "core/record/row_json.h"

static int offer(struct request *request, int kind, struct columns *columns,
		 const struct query *query, struct listing *listing)
{
	if (columns)
		return row_list_offer(request, columns, query->resource->kind, query, listing);
	return child_list_offer(request, (enum process_row)kind, query, listing);
}

/* Answers with the list, or its count, of a query that is bound. */
static int answer(struct request *request, int kind, struct columns *columns, struct query *query,
		  bool count)
{
	struct listing listing;
	int code;

	TRY(child_query_check(request, query));
	if (count) {
		listing_begin_count(&listing, request, query);
	} else {
		query_order_by_id(request, query);
		listing_begin(&listing, request, query, NULL);
	}
	code = offer(request, kind, columns, query, &listing);
	return code ? listing_fail(&listing, code) : listing_end(&listing);
}

static int by_params(struct request *request, const struct resource *resource, int kind,
		     struct columns *columns, bool count)
{
	struct query query;

	TRY(query_bind_params(request, resource, !count, &query));
	return answer(request, kind, columns, &query, count);
}

static int by_body(struct request *request, const struct resource *resource, int kind, bool count)
{
	struct query query;

	TRY(query_bind_body(request, resource, !count, &query));
	return answer(request, kind, NULL, &query, count);
}

/* list, query, count and query_count of a kind of children. */
#define CHILD_HANDLERS(name, resource, kind)                                                       \
	int name##_list(struct request *request)                                                   \
	{                                                                                          \
		return by_params(request, &resource, kind, NULL, false);                           \
	}                                                                                          \
	int name##_query(struct request *request)                                                  \
	{                                                                                          \
		return by_body(request, &resource, kind, false);                                   \
	}                                                                                          \
	int name##_count(struct request *request)                                                  \
	{                                                                                          \
		return by_params(request, &resource, kind, NULL, true);                            \
	}                                                                                          \
	int name##_query_count(struct request *request)                                            \
	{                                                                                          \
		return by_body(request, &resource, kind, true);                                    \
	}

CHILD_HANDLERS(history_activity_instance, activity_instance_resource, ROW_ACTIVITY)
CHILD_HANDLERS(history_task, task_resource, ROW_TASK)
CHILD_HANDLERS(history_variable_instance, variable_instance_resource, ROW_VARIABLE)
CHILD_HANDLERS(history_external_task_log, external_task_log_resource, ROW_EXTERNAL_TASK_LOG)

int history_detail_list(struct request *request)
{
	return by_params(request, &detail_resource, ROW_DETAIL, NULL, false);
}

int history_detail_query(struct request *request)
{
	return by_body(request, &detail_resource, ROW_DETAIL, false);
}

int history_detail_count(struct request *request)
{
	return by_params(request, &detail_resource, ROW_DETAIL, NULL, true);
}

int history_identity_link_log_list(struct request *request)
{
	return by_params(request, &identity_link_log_resource, ROW_IDENTITY_LINK, NULL, false);
}

int history_identity_link_log_count(struct request *request)
{
	return by_params(request, &identity_link_log_resource, ROW_IDENTITY_LINK, NULL, true);
}

int history_user_operation_list(struct request *request)
{
	return by_params(request, &user_operation_resource, 0,
			 request->engine->history->operation_columns, false);
}

int history_user_operation_count(struct request *request)
{
	return by_params(request, &user_operation_resource, 0,
			 request->engine->history->operation_columns, true);
}

int history_variable_instance_get(struct request *request)
{
	const char *id = request->call->params[0];
	union slot *row = NULL;
	uint64_t number;
	int code = child_find(request, ROW_VARIABLE, id, &row, &number);

	if (code == ERR_NOT_FOUND || (!code && variable_is_deleted(row)))
		return request_fail(request, ERR_INVALID_404,
				    "Historic variable instance with Id '%s' does not exist.", id);
	TRY(code);
	row_answer(request_answer(request), &variable_kind, row);
	return 0;
}

int history_variable_instance_delete(struct request *request)
{
	const char *id = request->call->params[0];
	union slot *row = NULL;
	uint64_t number;
	int code = child_find(request, ROW_VARIABLE, id, &row, &number);

	if (!code)
		code = variable_delete(request->engine->history, request->arena, number, id);
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
	const char *id = request->call->params[0];
	uint64_t number;
	int code = history_find_process(&reader, history, id, &number);

	if (!code)
		code = variable_delete(history, request->arena, number, NULL);
	if (code == ERR_NOT_FOUND)
		return request_fail(request, ERR_INVALID_404,
				    "No historic process instance found with id: %s: instance is "
				    "null",
				    id);
	TRY(code);
	return request_answer_nothing(request);
}
