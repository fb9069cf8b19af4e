/* /history/decision-instance: lists, counts and single instances (semantics.md 5.2). */
#include <stdlib.h>
#include <string.h>

#include "core/api/handler.h"
#include "core/engine.h"
#include "core/history/decision_query.h"
#include "core/record/row_json.h"

int history_decision_instance_count(struct request *request)
{
	struct query query;
	struct plan plan;
	int64_t count = 0;

	TRY(query_bind_params(request, &decision_instance_resource, false, &query));
	TRY(decision_query_plan(request, &query, true, &plan));
	TRY(plan_count(&plan, &count));
	return request_answer_count(request, count);
}

/* What of an instance is shown: inputs and outputs only when asked for; bytes unless unwanted. */
struct shape {
	bool inputs, outputs, no_bytes;
};

static void drop_bytes(const struct rows *rows)
{
	size_t type = kind_slot(rows->kind, "type"), value = kind_slot(rows->kind, "value"), i;

	for (i = 0; i < rows->count; i++)
		if (rows->row[i][type].s && !strcmp(rows->row[i][type].s, "Bytes"))
			rows->row[i][value].v = NULL;
}

static void shape_row(struct arena *arena, const struct shape *shape, union slot *row)
{
	static const struct kind *const kinds[] = {&decision_input_kind, &decision_output_kind};
	const bool wanted[] = {shape->inputs, shape->outputs};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		union slot *slot = &row[DECISION_INPUTS + i];

		if (!wanted[i]) {
			slot->r = NULL;
		} else if (!slot->r) {
			struct rows *none = arena_alloc(arena, sizeof(*none));

			none->kind = kinds[i];
			slot->r = none;
		} else if (shape->no_bytes) {
			drop_bytes(slot->r);
		}
	}
}

static struct shape shape_of_query(const struct query *query)
{
	struct shape shape = {query_criterion(query, "includeInputs") != NULL,
			      query_criterion(query, "includeOutputs") != NULL,
			      query_criterion(query, "disableBinaryFetching") != NULL};

	return shape;
}

static int offer_numbers(struct request *request, const uint64_t *numbers, size_t count,
			 const struct shape *shape, struct listing *listing)
{
	struct history *history = request->engine->history;
	struct txn reader = txn_reader(history->store, request->arena);
	bool more = true;
	size_t i;

	for (i = 0; i < count && more; i++) {
		struct arena_mark mark = arena_mark(request->arena);
		union slot *row;
		int code = history_read_row(&reader, history->decisions, numbers[i],
					    &decision_instance_kind, &row);

		if (code == ERR_NOT_FOUND)
			continue; /* deleted meanwhile */
		TRY(code);
		shape_row(request->arena, shape, row);
		more = listing_offer(listing, row);
		arena_rewind(request->arena, mark);
	}
	return 0;
}

int history_decision_instance_list(struct request *request)
{
	struct listing listing;
	struct query query;
	struct plan plan;
	struct shape shape;
	uint64_t *numbers;
	size_t count;
	int code;

	TRY(query_bind_params(request, &decision_instance_resource, true, &query));
	TRY(decision_query_plan(request, &query, true, &plan));
	TRY(plan_numbers(&plan, &numbers, &count));
	shape = shape_of_query(&query);
	query_order_by_id(request, &query);
	listing_begin(&listing, request, &query, NULL);
	code = offer_numbers(request, numbers, count, &shape, &listing);
	free(numbers);
	return code ? listing_fail(&listing, code) : listing_end(&listing);
}

int history_decision_instance_get(struct request *request)
{
	struct history *history = request->engine->history;
	struct txn reader = txn_reader(history->store, request->arena);
	struct shape shape = {request_flag(request, "includeInputs", false),
			      request_flag(request, "includeOutputs", false),
			      request_flag(request, "disableBinaryFetching", false)};
	const char *id = request->call->params[0];
	union slot *row = NULL;
	uint64_t number;
	int code = history_find_decision(&reader, history, id, &number);

	if (!code)
		code = history_read_row(&reader, history->decisions, number,
					&decision_instance_kind, &row);
	if (code == ERR_NOT_FOUND)
		return request_fail(request, ERR_INVALID_404,
				    "Historic decision instance with id '%s' does not exist", id);
	TRY(code);
	shape_row(request->arena, &shape, row);
	row_answer(request_answer(request), &decision_instance_kind, row);
	return 0;
}
