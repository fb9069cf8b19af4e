/* /batch: lists, statistics, single batches, suspension, deletion. */
#include "core/api/handler.h"
#include "core/history/operation_log.h"
#include "core/job/batch.h"
#include "core/engine.h"
#include "core/job/job_executor.h"
#include "core/query/query.h"
#include "core/record/row_json.h"

enum { OP_WITH_FAILURES = OP_OWN, OP_WITHOUT_FAILURES };

static const struct filter filters[] = {
	FILTER("batchId", STRING, OP_EQ, BATCH_ID),
	FILTER("type", STRING, OP_EQ, BATCH_TYPE),
	{"tenantIdIn", PARAM_LIST, OP_IN, BATCH_TENANT_ID, "tenantIds", 0, NULL},
	FILTER("withoutTenantId", BOOL, OP_ABSENT, BATCH_TENANT_ID),
	FILTER("suspended", BOOL, OP_IS, BATCH_SUSPENDED),
 /* those of the statistics alone */
	FILTER("createdBy", STRING, OP_EQ, BATCH_CREATE_USER_ID),
	FILTER("startedBefore", DATE, OP_BEFORE, BATCH_START_TIME),
	FILTER("startedAfter", DATE, OP_AFTER, BATCH_START_TIME),
	FILTER("withFailures", BOOL, OP_WITH_FAILURES, BATCH_FAILED_JOBS),
	FILTER("withoutFailures", BOOL, OP_WITHOUT_FAILURES, BATCH_FAILED_JOBS),
};

static const struct sort_key sorts[] = {
	{"batchId",   BATCH_ID        },
	{"tenantId",  BATCH_TENANT_ID },
	{"startTime", BATCH_START_TIME}, /* of the statistics alone */
};

static const struct precedence precedence[] = {
	{"tenantIdIn", "withoutTenantId"},
	{NULL,         NULL             },
};

static const struct resource batches = {
	.kind = &batch_kind,
	.filters = filters,
	.filter_count = 5,
	.sorts = sorts,
	.sort_count = 2,
	.precedence = precedence,
};
static const struct resource statistics = {
	.kind = &batch_kind,
	.filters = filters,
	.filter_count = ARRAY_SIZE(filters),
	.sorts = sorts,
	.sort_count = ARRAY_SIZE(sorts),
	.precedence = precedence,
};

/* Of the two about failures withoutFailures wins. */
static bool matches_failures(const struct query *query, const struct batch *batch)
{
	if (query_criterion(query, "withoutFailures"))
		return !batch->jobs_failed;
	return !query_criterion(query, "withFailures") || batch->jobs_failed;
}

/* Offers every batch that matches; they are few, so all of them may lie in the arena. */
static int offer_batches(struct request *request, struct listing *listing, bool with_statistics)
{
	struct txn reader = txn_reader(request->engine->store, request->arena);
	struct batch *batch;
	uint64_t number = 0;
	int code;

	for (;;) {
		batch = arena_alloc(request->arena, sizeof(*batch));
		code = batch_next(&reader, number, batch);
		if (code)
			break;
		number = (uint64_t)batch->number + 1;
		if (with_statistics)
			batch_statistics(batch);
		if (query_matches(listing->query, (union slot *)batch) &&
		    matches_failures(listing->query, batch) &&
		    !listing_offer(listing, (union slot *)batch))
			return 0;
	}
	return code == ERR_NOT_FOUND ? 0 : code;
}

static int answer_list(struct request *request, const struct resource *resource)
{
	struct listing listing;
	struct query query;

	TRY(query_bind_params(request, resource, true, &query));
	listing_begin(&listing, request, &query, NULL);
	TRY(offer_batches(request, &listing, resource == &statistics));
	return listing_end(&listing);
}

static int answer_count(struct request *request, const struct resource *resource)
{
	struct listing listing;
	struct query query;

	TRY(query_bind_params(request, resource, false, &query));
	listing_begin_count(&listing, request, &query);
	TRY(offer_batches(request, &listing, resource == &statistics));
	return listing_end(&listing);
}

int batch_list(struct request *request)
{
	return answer_list(request, &batches);
}

int batch_count(struct request *request)
{
	return answer_count(request, &batches);
}

int batch_statistics_list(struct request *request)
{
	return answer_list(request, &statistics);
}

int batch_statistics_count(struct request *request)
{
	return answer_count(request, &statistics);
}

int batch_get_by_id(struct request *request)
{
	struct txn reader = txn_reader(request->engine->store, request->arena);
	const char *id = request->call->params[0];
	struct batch batch;
	int code = batch_find(&reader, id, &batch);

	if (code == ERR_NOT_FOUND)
		return request_fail(request, ERR_INVALID_404, "Batch with id '%s' does not exist",
				    id);
	TRY(code);
	row_answer(request_answer(request), &batch_kind, (union slot *)&batch);
	return 0;
}

/* A change of one batch. */
struct change {
	struct request *request;
	bool suspended, cascade;
};

static int delete_body(struct txn *txn, void *arg)
{
	struct change *change = arg;
	struct logged_operation operation = {
		.type = "Delete", .entity = "Batch", .batch_id = change->request->call->params[0]};
	struct batch batch;

	TRY(batch_find(txn, operation.batch_id, &batch));
	TRY(batch_remove(txn, change->request->engine, &batch, change->cascade, clock_now()));
	operation_add_flag(&operation, "cascadeToHistory", change->cascade);
	return operation_log_write(txn, change->request, &operation);
}

int batch_delete(struct request *request)
{
	struct change change = {request, false, request_flag(request, "cascade", false)};
	int code = operation_log_run(request, TXN_DURABLE, delete_body, &change);

	if (code == ERR_NOT_FOUND)
		return request_fail(request, ERR_INVALID_0, "Unable to delete batch with id '%s'",
				    request->call->params[0]);
	TRY(code);
	return request_answer_nothing(request);
}

static int suspend_body(struct txn *txn, void *arg)
{
	struct change *change = arg;
	struct logged_operation operation = {.type = change->suspended ? "SuspendBatch"
								       : "ActivateBatch",
					     .entity = "Batch",
					     .batch_id = change->request->call->params[0]};
	struct batch batch;

	TRY(batch_find(txn, operation.batch_id, &batch));
	TRY(batch_set_suspended(txn, &batch, change->suspended));
	TRY(batch_put(txn, &batch));
	operation_add(&operation, "suspensionState", change->suspended ? "suspended" : "active");
	return operation_log_write(txn, change->request, &operation);
}

int batch_set_suspended_by_id(struct request *request)
{
	const struct json *suspended = json_member(request->body, "suspended");
	struct change change = {request, false, false};
	int code;

	if (suspended)
		TRY(json_to_bool(suspended, false, &change.suspended));
	code = operation_log_run(request, TXN_DURABLE, suspend_body, &change);
	if (code == ERR_NOT_FOUND)
		return request_fail(request, ERR_INVALID_0, "Unable to %s batch with id '%s'",
				    change.suspended ? "suspend" : "activate",
				    request->call->params[0]);
	TRY(code);
	job_executor_wake(request->engine->executor);
	return request_answer_nothing(request);
}
