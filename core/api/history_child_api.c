/* Lists and counts of what belongs to process instances: activity instances, tasks, variables,
 * details, logs, user operations. */
#include "core/api/handler.h"
#include "core/engine.h"
#include "core/history/child_list.h"
#include "core/history/variable_value.h"
#include "core/record/row_json.h"

static int offer(struct request *request, int kind, struct columns *columns,
		 const struct query *query, struct listing *listing)
{
	if (columns)
		return row_list_offer(request, columns, query->resource->kind, query, listing);
	return child_list_offer(request, (enum process_row)kind, query, listing);
}

/* Variables and details, with their values as they are shown. */
static void write_value(struct listing *listing, const union slot *row)
{
	const struct kind *kind = listing->query->resource->kind;
	struct arena *arena = listing->request->arena;
	struct arena_mark mark = arena_mark(arena);
	union slot *shown = arena_copy(arena, row, kind->count * sizeof(*row));

	value_show(arena, kind, shown,
		   request_flag(listing->request, "deserializeValues", true) ? SHOW_DESERIALISED
									     : 0);
	row_answer(&listing->request->writer, kind, shown);
	arena_rewind(arena, mark);
}

/* Answers with the list, or its count, of a query that is bound. */
static int answer(struct request *request, int kind, struct columns *columns, struct query *query,
		  bool count)
{
	bool values = !columns && (kind == ROW_VARIABLE || kind == ROW_DETAIL);
	struct listing listing;
	int code;

	TRY(child_query_check(request, query));
	if (count) {
		listing_begin_count(&listing, request, query);
	} else {
		query_order_by_id(request, query);
		listing_begin(&listing, request, query, values ? write_value : NULL);
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
		return by_params(request, &(resource), kind, NULL, false);                         \
	}                                                                                          \
	int name##_query(struct request *request)                                                  \
	{                                                                                          \
		return by_body(request, &(resource), kind, false);                                 \
	}                                                                                          \
	int name##_count(struct request *request)                                                  \
	{                                                                                          \
		return by_params(request, &(resource), kind, NULL, true);                          \
	}                                                                                          \
	int name##_query_count(struct request *request)                                            \
	{                                                                                          \
		return by_body(request, &(resource), kind, true);                                  \
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

int history_activity_instance_get(struct request *request)
{
	const char *id = request->call->params[0];
	union slot *row = NULL;
	uint64_t number;
	int code = child_find(request, ROW_ACTIVITY, id, &row, &number);

	if (code == ERR_NOT_FOUND)
		return request_fail(request, ERR_INVALID_404,
				    "Historic activity instance with id '%s' does not exist", id);
	TRY(code);
	row_answer(request_answer(request), &activity_instance_kind, row);
	return 0;
}

int history_external_task_log_get(struct request *request)
{
	const char *id = request->call->params[0];
	union slot *row = NULL;
	uint64_t number;
	int code = child_find(request, ROW_EXTERNAL_TASK_LOG, id, &row, &number);

	if (code == ERR_NOT_FOUND)
		return request_fail(request, ERR_INVALID_404,
				    "Historic external task log with id %s does not exist", id);
	TRY(code);
	row_answer(request_answer(request), &external_task_log_kind, row);
	return 0;
}

int history_external_task_log_error_details(struct request *request)
{
	const char *id = request->call->params[0];
	const char *details;
	union slot *row = NULL;
	uint64_t number;
	int code = child_find(request, ROW_EXTERNAL_TASK_LOG, id, &row, &number);

	if (code == ERR_NOT_FOUND)
		return request_fail(request, ERR_INVALID_404,
				    "No historic external task log found with id %s: "
				    "historicExternalTaskLog is null",
				    id);
	TRY(code);
	details = row[kind_slot(&external_task_log_kind, "errorDetails")].s;
	return details ? request_answer_text(request, "text/plain", details)
		       : request_answer_nothing(request);
}
