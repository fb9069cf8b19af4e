/* /history/batch: lists, single batches, deletion, removal time. */
#include <stdlib.h>
#include <string.h>

#include "core/api/handler.h"
#include "core/history/due.h"
#include "core/history/removal_time.h"
#include "core/job/batch.h"
#include "core/job/history_batch.h"
#include "core/engine.h"
#include "core/id.h"
#include "core/json/date.h"
#include "core/query/query.h"
#include "core/record/row_json.h"

enum { OP_COMPLETED = OP_OWN };

static const struct filter filters[] = {
	FILTER("batchId", STRING, OP_EQ, HISTORY_BATCH_ID),
	FILTER("type", STRING, OP_EQ, HISTORY_BATCH_TYPE),
	FILTER("completed", BOOL, OP_COMPLETED, HISTORY_BATCH_END_TIME),
	{"tenantIdIn", PARAM_LIST, OP_IN, HISTORY_BATCH_TENANT_ID, "tenantIds", 0, NULL},
	FILTER("withoutTenantId", BOOL, OP_ABSENT, HISTORY_BATCH_TENANT_ID),
};

static const struct sort_key sorts[] = {
	{"batchId",   HISTORY_BATCH_ID        },
	{"startTime", HISTORY_BATCH_START_TIME},
	{"endTime",   HISTORY_BATCH_END_TIME  },
	{"tenantId",  HISTORY_BATCH_TENANT_ID },
};

static const struct precedence precedence[] = {
	{"tenantIdIn", "withoutTenantId"},
	{NULL,         NULL             },
};

static const struct resource resource = {
	.kind = &history_batch_kind,
	.filters = filters,
	.filter_count = ARRAY_SIZE(filters),
	.sorts = sorts,
	.sort_count = ARRAY_SIZE(sorts),
	.precedence = precedence,
};

static bool matches(const struct query *query, const struct history_batch *batch)
{
	size_t i;

	if (batch->hidden == 1 || !query_matches(query, (const union slot *)batch))
		return false;
	for (i = 0; i < query->count; i++)
		if (query->criteria[i].filter->op == OP_COMPLETED &&
		    query->criteria[i].truth != (batch->end_time != TIME_NULL))
			return false;
	return true;
}

/* Imported ids may be anything: what has no other order is put in that of ids. */
static void sort_by_id(struct query *query)
{
	static struct sorting by_id = {&sorts[0], false};

	if (query->sort_count)
		return;
	query->sorts = &by_id;
	query->sort_count = 1;
}

static int offer_batches(struct request *request, struct listing *listing)
{
	struct txn reader = txn_reader(request->engine->store, request->arena);
	struct history_batch *batch;
	uint64_t number = 0;
	int code;

	for (;;) {
		batch = arena_alloc(request->arena, sizeof(*batch));
		code = history_batch_next(&reader, number, batch);
		if (code)
			return code == ERR_NOT_FOUND ? 0 : code;
		number = (uint64_t)batch->number + 1;
		if (matches(listing->query, batch) && !listing_offer(listing, (union slot *)batch))
			return 0;
	}
}

int history_batch_list(struct request *request)
{
	struct listing listing;
	struct query query;

	TRY(query_bind_params(request, &resource, true, &query));
	sort_by_id(&query);
	listing_begin(&listing, request, &query, NULL);
	TRY(offer_batches(request, &listing));
	return listing_end(&listing);
}

int history_batch_count(struct request *request)
{
	struct listing listing;
	struct query query;

	TRY(query_bind_params(request, &resource, false, &query));
	listing_begin_count(&listing, request, &query);
	TRY(offer_batches(request, &listing));
	return listing_end(&listing);
}

int history_batch_get_by_id(struct request *request)
{
	struct txn reader = txn_reader(request->engine->store, request->arena);
	const char *id = request->call->params[0];
	struct history_batch batch;
	int code = history_batch_find(&reader, id, &batch);

	if (code == ERR_NOT_FOUND)
		return request_fail(request, ERR_INVALID_404,
				    "Historic batch with id '%s' does not exist", id);
	TRY(code);
	row_answer(request_answer(request), &history_batch_kind, (union slot *)&batch);
	return 0;
}

static int delete_body(struct txn *txn, void *arg)
{
	struct request *request = arg;
	struct logged_operation operation = {
		.type = "DeleteHistory", .entity = "Batch", .batch_id = request->call->params[0]};
	struct history_batch batch;

	TRY(history_batch_find(txn, operation.batch_id, &batch));
	TRY(history_batch_remove(txn, &batch));
	return operation_log_write(txn, request, &operation);
}

int history_batch_delete(struct request *request)
{
	const char *id = request->call->params[0];
	int code = operation_log_run(request, TXN_DURABLE, delete_body, request);

	if (code == ERR_NOT_FOUND)
		return request_fail(request, ERR_INVALID_0,
				    "Unable to delete historic batch with id '%s'", id);
	TRY(code);
	return request_answer_nothing(request);
}

struct numbers {
	struct arena *arena;
	uint64_t *items;
	size_t count, room;
};

static void add_number(struct numbers *numbers, uint64_t number)
{
	size_t i;

	if (numbers->count == numbers->room) {
		uint64_t *old = numbers->items;

		numbers->room = numbers->room ? numbers->room * 2 : 64;
		numbers->items = arena_array(numbers->arena, numbers->room, sizeof(uint64_t));
		for (i = 0; i < numbers->count; i++)
			numbers->items[i] = old[i];
	}
	numbers->items[numbers->count++] = number;
}

static int select_by_ids(struct request *request, struct txn *reader, const struct json *ids,
			 struct numbers *numbers)
{
	const struct json *member;
	struct history_batch batch;

	if (!ids)
		return 0;
	if (ids->type != JSON_ARRAY)
		return ERR_INPUT;
	for (member = ids->first; member; member = member->next) {
		const char *id;
		int code;

		TRY(json_to_string(member, &id));
		if (!id)
			return request_fail(request, ERR_NULL_VALUE, "Batch id is null");
		code = history_batch_find(reader, id, &batch);
		if (code && code != ERR_NOT_FOUND)
			return code;
		if (!code)
			add_number(numbers, (uint64_t)batch.number);
	}
	return 0;
}

static int select_by_query(struct txn *reader, const struct query *query, struct numbers *numbers)
{
	struct history_batch batch;
	uint64_t number = 0;
	int code;

	while (!(code = history_batch_next(reader, number, &batch))) {
		number = (uint64_t)batch.number + 1;
		if (matches(query, &batch))
			add_number(numbers, (uint64_t)batch.number);
	}
	return code == ERR_NOT_FOUND ? 0 : code;
}

static int compare_numbers(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static void make_target(struct numbers *numbers, struct target_mapping *mapping, struct target *ret)
{
	size_t i, kept = 0;

	if (numbers->count)
		qsort(numbers->items, numbers->count, sizeof(uint64_t), compare_numbers);
	for (i = 0; i < numbers->count; i++)
		if (!kept || numbers->items[kept - 1] != numbers->items[i])
			numbers->items[kept++] = numbers->items[i];
	mapping->deployment_id = NULL;
	mapping->count = kept;
	*ret = (struct target){1, mapping, kept, numbers->items, 0, NULL};
}

int history_batch_set_removal_time(struct request *request)
{
	struct txn reader = txn_reader(request->engine->store, request->arena);
	const struct json *nested = json_present(request->body, "historicBatchQuery");
	const struct json *ids = json_present(request->body, "historicBatchIds");
	struct batch_plan plan = {.type = "batch-set-removal-time"};
	struct numbers numbers = {.arena = request->arena};
	struct target_mapping mapping;
	struct query query = {0};
	struct removal_time mode;

	if (nested)
		TRY(query_bind_object(request, &resource, nested, &query));
	TRY(removal_time_bind(request, &mode));
	if (!nested && !ids)
		return request_fail(request, ERR_BAD_USER_REQUEST,
				    "Neither query nor ids provided.");
	TRY(select_by_ids(request, &reader, ids, &numbers));
	if (nested) {
		TRY(query_check_direction(request, &query, ERR_NOT_VALID));
		TRY(select_by_query(&reader, &query, &numbers));
	}
	if (mode.mode == REMOVAL_TIME_UNSET)
		return request_fail(request, ERR_BAD_USER_REQUEST, "removalTime is null");
	make_target(&numbers, &mapping, &plan.target);
	if (!plan.target.number_count)
		return request_fail(request, ERR_BAD_USER_REQUEST, "historicBatches is empty");
	plan.configuration = removal_time_configuration(request->arena, &mode, "");
	removal_time_log(&plan.operation, request->arena, &mode);
	batch_plan_operation(&plan, request->arena, "SetRemovalTime", "Batch");
	return batch_create(request, &plan);
}

/* A row of the report on what history cleanup could remove (semantics.md 3.12). */
struct cleanable {
	const char *batch_type;
	int64_t history_time_to_live;
	int64_t finished;
	int64_t cleanable;
};

static const struct field cleanable_fields[] = {
	{"batchType",             0, FIELD_STRING, 0, NULL},
	{"historyTimeToLive",     0, FIELD_INT,    0, NULL},
	{"finishedBatchesCount",  0, FIELD_LONG,   0, NULL},
	{"cleanableBatchesCount", 0, FIELD_LONG,   0, NULL},
};
static const struct kind cleanable_kind = KIND("cleanableBatch", 45, cleanable_fields);
static const struct sort_key cleanable_sorts[] = {
	{"finished", 2}
};
static const struct resource cleanable_resource = {
	.kind = &cleanable_kind,
	.sorts = cleanable_sorts,
	.sort_count = ARRAY_SIZE(cleanable_sorts),
};

_Static_assert(sizeof(struct cleanable) == ARRAY_SIZE(cleanable_fields) * sizeof(union slot),
	       "a line of the report is a row");

static bool is_cleanable(const struct config *config, const struct history_batch *batch,
			 int64_t days, int64_t now)
{
	if (config->history_cleanup_strategy == CLEANUP_REMOVAL_TIME_BASED)
		return batch->removal_time != TIME_NULL && batch->removal_time <= now;
	return batch->end_time != TIME_NULL && batch->end_time < due_limit(now, days);
}

/* The line of TYPE: one of as many as there are types. */
static struct cleanable *cleanable_of(struct arena *arena, const struct config *config,
				      const char *type, struct cleanable *lines, size_t *count)
{
	size_t i;

	for (i = 0; i < *count; i++)
		if (!strcmp(lines[i].batch_type, type))
			return &lines[i];
	lines[i].batch_type = arena_strdup(arena, type);
	lines[i].history_time_to_live = history_batch_time_to_live(config, type);
	return &lines[(*count)++];
}

static int report(struct request *request, struct listing *listing)
{
	enum { TYPES_MAX = 64 }; /* of ours 14; imported batches may be of others */
	struct txn reader = txn_reader(request->engine->store, request->arena);
	const struct config *config = request->engine->config;
	struct cleanable *lines = arena_array(request->arena, TYPES_MAX, sizeof(*lines));
	struct history_batch batch;
	int64_t now = clock_now();
	uint64_t number = 0;
	size_t count = 0, i;
	int code = 0;

	while (count < TYPES_MAX && !(code = history_batch_next(&reader, number, &batch))) {
		struct cleanable *line;

		number = (uint64_t)batch.number + 1;
		if (batch.hidden == 1)
			continue;
		line = cleanable_of(request->arena, config, batch.type, lines, &count);
		line->finished += batch.end_time != TIME_NULL;
		line->cleanable += is_cleanable(config, &batch, line->history_time_to_live, now);
	}
	for (i = 0; i < count; i++)
		listing_offer(listing, (union slot *)&lines[i]);
	return code == ERR_NOT_FOUND ? 0 : code;
}

int history_batch_cleanable_report(struct request *request)
{
	static struct sorting by_type = {&sorts[0], false}; /* the first field: its type */
	struct listing listing;
	struct query query;

	TRY(query_bind_params(request, &cleanable_resource, true, &query));
	if (!query.sort_count) {
		query.sorts = &by_type;
		query.sort_count = 1;
	}
	listing_begin(&listing, request, &query, NULL);
	TRY(report(request, &listing));
	return listing_end(&listing);
}

int history_batch_cleanable_report_count(struct request *request)
{
	struct listing listing;
	struct query query;

	TRY(query_bind_params(request, &cleanable_resource, false, &query));
	listing_begin_count(&listing, request, &query);
	TRY(report(request, &listing));
	return listing_end(&listing);
}
