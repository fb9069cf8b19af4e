/* /history/decision-instance: lists, counts and single instances (semantics.md 5.2). */
#include "core/api/handler.h"
#include "core/engine.h"
#include "core/history/decision_query.h"
#include "core/history/page_bound.h"
#include "core/history/variable_value.h"
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
	bool inputs, outputs;
	unsigned show; /* enum value_show */
};

static void show_values(struct arena *arena, const struct rows *rows, unsigned show)
{
	size_t i;

	for (i = 0; i < rows->count; i++)
		value_show(arena, rows->kind, rows->row[i], show);
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
		} else {
			show_values(arena, slot->r, shape->show);
		}
	}
}

static unsigned show_of(bool no_bytes, bool no_objects)
{
	return (no_bytes ? 0 : SHOW_BYTES) | (no_objects ? 0 : SHOW_DESERIALISED);
}

static struct shape shape_of_query(const struct query *query)
{
	struct shape shape = {
		query_criterion(query, "includeInputs") != NULL,
		query_criterion(query, "includeOutputs") != NULL,
		show_of(query_criterion(query, "disableBinaryFetching") != NULL,
			query_criterion(query, "disableCustomObjectDeserialization") != NULL)};

	return shape;
}

struct offering {
	struct request *request;
	struct shape shape;
	struct listing *listing;
	struct page_bound bound;
	struct arena arena; /* of the row in hand */
	bool more;
	int code;
};

static int offer_number(struct offering *offering, uint64_t number)
{
	struct history *history = offering->request->engine->history;
	struct txn reader = txn_reader(history->store, &offering->arena);
	union slot *row;
	int code;

	arena_clear(&offering->arena);
	code = history_read_row(&reader, history->decision_columns, number, &decision_instance_kind,
				&row);
	if (code)
		return code == ERR_NOT_FOUND ? 0 : code; /* deleted meanwhile */
	if (!query_matches(offering->listing->query, row))
		return 0;
	shape_row(&offering->arena, &offering->shape, row);
	offering->more = listing_offer(offering->listing, row);
	page_bound_offered(&offering->bound);
	return 0;
}

static bool take_number(void *arg, uint64_t number)
{
	struct offering *offering = arg;

	offering->code = offer_number(offering, number);
	return offering->more && !offering->code;
}

/* A plan_take: reads what matches and offers it. */
static bool offer_segment(void *arg, uint32_t segment, const uint8_t *mask, uint32_t count)
{
	struct offering *offering = arg;

	return page_bound_walk(&offering->bound, segment, mask, count, take_number, offering);
}

static int offer_all(struct request *request, struct plan *plan, struct listing *listing)
{
	struct offering offering = {
		.request = request, .shape = shape_of_query(listing->query), .listing = listing};
	int code;

	offering.more = true;
	page_bound_init(&offering.bound, listing, plan->columns, DECISION_ID,
			DECISION_EVALUATION_TIME);
	plan->backwards = offering.bound.descending;
	plan_leave_records(plan);
	arena_init(&offering.arena);
	code = plan_run(plan, offer_segment, &offering);
	page_bound_clear(&offering.bound);
	arena_clear(&offering.arena);
	return code ? code : offering.code;
}

int history_decision_instance_list(struct request *request)
{
	struct listing listing;
	struct query query;
	struct plan plan;
	int code;

	TRY(query_bind_params(request, &decision_instance_resource, true, &query));
	TRY(decision_query_plan(request, &query, true, &plan));
	query_order_by_id(request, &query);
	listing_begin(&listing, request, &query, NULL);
	code = offer_all(request, &plan, &listing);
	return code ? listing_fail(&listing, code) : listing_end(&listing);
}

int history_decision_instance_get(struct request *request)
{
	struct history *history = request->engine->history;
	struct txn reader = txn_reader(history->store, request->arena);
	struct shape shape = {
		request_flag(request, "includeInputs", false),
		request_flag(request, "includeOutputs", false),
		show_of(request_flag(request, "disableBinaryFetching", false),
			request_flag(request, "disableCustomObjectDeserialization", false))};
	const char *id = request->call->params[0];
	union slot *row = NULL;
	uint64_t number;
	int code = history_find_decision(&reader, history, id, &number);

	if (!code)
		code = history_read_row(&reader, history->decision_columns, number,
					&decision_instance_kind, &row);
	if (code == ERR_NOT_FOUND)
		return request_fail(request, ERR_INVALID_404,
				    "Historic decision instance with id '%s' does not exist", id);
	TRY(code);
	shape_row(request->arena, &shape, row);
	row_answer(request_answer(request), &decision_instance_kind, row);
	return 0;
}
