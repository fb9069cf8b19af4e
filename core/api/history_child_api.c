/* Lists and counts of what belongs to process instances: activity instances, tasks, variables,
 * details, logs, user operations. */
#include "core/api/handler.h"
#include "core/engine.h"
#include "core/history/child_list.h"
#include "core/history/operation_list.h"
#include "core/history/variable_value.h"
#include "core/record/row_json.h"

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
	value_row_answer(&listing->request->writer, kind, shown);
	arena_rewind(arena, mark);
}

static int prepare(struct request *request, struct query *query)
{
	TRY(child_query_check(request, query));
	query_order_by_id(request, query);
	return 0;
}

static int offer_children(struct request *request, struct arena *arena, struct listing *listing)
{
	const struct query *query = listing->query;
	int kind = ROW_INSTANCE + 1;

	(void)arena;
	while (process_kinds[kind] != query->resource->kind)
		kind++;
	return child_list_offer(request, (enum process_row)kind, query, listing);
}

static int offer_operations(struct request *request, struct arena *arena, struct listing *listing)
{
	(void)arena;
	return operation_list_offer(request, listing->query, listing);
}

/* List and count, by query string and by body. */
#define LIST_HANDLERS(name, source)                                                                \
	int name##_list(struct request *request)                                                   \
	{                                                                                          \
		return list_answer_params(request, &(source), false);                              \
	}                                                                                          \
	int name##_count(struct request *request)                                                  \
	{                                                                                          \
		return list_answer_params(request, &(source), true);                               \
	}
#define QUERY_HANDLERS(name, source)                                                               \
	int name##_query(struct request *request)                                                  \
	{                                                                                          \
		return list_answer_body(request, &(source), false);                                \
	}
#define QUERY_COUNT_HANDLERS(name, source)                                                         \
	int name##_query_count(struct request *request)                                            \
	{                                                                                          \
		return list_answer_body(request, &(source), true);                                 \
	}

static const struct list_source activities = {&activity_instance_resource, prepare, offer_children,
					      NULL};
static const struct list_source tasks = {&task_resource, prepare, offer_children, NULL};
static const struct list_source variables = {&variable_instance_resource, prepare, offer_children,
					     write_value};
static const struct list_source details = {&detail_resource, prepare, offer_children, write_value};
static const struct list_source logs = {&external_task_log_resource, prepare, offer_children, NULL};
static const struct list_source links = {&identity_link_log_resource, prepare, offer_children,
					 NULL};
static const struct list_source operations = {&user_operation_resource, prepare, offer_operations,
					      NULL};

LIST_HANDLERS(history_activity_instance, activities)
QUERY_HANDLERS(history_activity_instance, activities)
QUERY_COUNT_HANDLERS(history_activity_instance, activities)
LIST_HANDLERS(history_task, tasks)
QUERY_HANDLERS(history_task, tasks)
QUERY_COUNT_HANDLERS(history_task, tasks)
LIST_HANDLERS(history_variable_instance, variables)
QUERY_HANDLERS(history_variable_instance, variables)
QUERY_COUNT_HANDLERS(history_variable_instance, variables)
LIST_HANDLERS(history_detail, details)
QUERY_HANDLERS(history_detail, details)
LIST_HANDLERS(history_external_task_log, logs)
QUERY_HANDLERS(history_external_task_log, logs)
QUERY_COUNT_HANDLERS(history_external_task_log, logs)
LIST_HANDLERS(history_identity_link_log, links)
LIST_HANDLERS(history_user_operation, operations)

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
	const char *text;
	union slot *row = NULL;
	uint64_t number;
	int code = child_find(request, ROW_EXTERNAL_TASK_LOG, id, &row, &number);

	if (code == ERR_NOT_FOUND)
		return request_fail(request, ERR_INVALID_404,
				    "No historic external task log found with id %s: "
				    "historicExternalTaskLog is null",
				    id);
	TRY(code);
	text = row[kind_slot(&external_task_log_kind, "errorDetails")].s;
	return text ? request_answer_text(request, "text/plain", text)
		    : request_answer_nothing(request);
}
