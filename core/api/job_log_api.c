/* /history/job-log: lists, counts, single entries, stack traces. */
#include <stdlib.h>
#include <string.h>

#include "core/api/handler.h"
#include "core/job/history_batch.h"
#include "core/engine.h"
#include "core/history/child_list.h"
#include "core/id.h"
#include "core/job/job.h"
#include "core/job/job_log.h"
#include "core/job/loose_job.h"
#include "core/query/query.h"
#include "core/query/sorter.h"
#include "core/record/row_json.h"

enum { OP_STATE = OP_OWN };

#define ROW(name, type, op, field)                                                                 \
	{                                                                                          \
		name, PARAM_##type, op, JOB_LOG_##field, NULL, 0, NULL                             \
	}
#define LIST(name, field, nulls)                                                                   \
	{                                                                                          \
		name, PARAM_ARRAY, OP_IN, JOB_LOG_##field, nulls, 0, NULL                          \
	}

static const struct filter filters[] = {
	ROW("logId", STRING, OP_EQ, ID),
	ROW("jobId", STRING, OP_EQ, JOB_ID),
	ROW("jobExceptionMessage", STRING, OP_EQ, EXCEPTION_MESSAGE),
	ROW("jobDefinitionId", STRING, OP_EQ, DEFINITION_ID),
	ROW("jobDefinitionType", STRING, OP_EQ, DEFINITION_TYPE),
	ROW("jobDefinitionConfiguration", STRING, OP_EQ, DEFINITION_CONFIGURATION),
	LIST("activityIdIn", ACTIVITY_ID, "activityIds"),
	LIST("failedActivityIdIn", FAILED_ACTIVITY_ID, "activityIds"),
	LIST("executionIdIn", EXECUTION_ID, "executionIds"),
	ROW("processInstanceId", STRING, OP_EQ, PROCESS_INSTANCE_ID),
	ROW("processDefinitionId", STRING, OP_EQ, PROCESS_DEFINITION_ID),
	ROW("processDefinitionKey", STRING, OP_EQ, PROCESS_DEFINITION_KEY),
	ROW("deploymentId", STRING, OP_EQ, DEPLOYMENT_ID),
	ROW("creationLog", BOOL, OP_STATE, CREATION),
	ROW("failureLog", BOOL, OP_STATE, FAILURE),
	ROW("successLog", BOOL, OP_STATE, SUCCESS),
	ROW("deletionLog", BOOL, OP_STATE, DELETION),
	ROW("jobPriorityHigherThanOrEquals", LONG, OP_GE, PRIORITY),
	ROW("jobPriorityLowerThanOrEquals", LONG, OP_LE, PRIORITY),
	{"tenantIdIn", PARAM_LIST, OP_IN, JOB_LOG_TENANT_ID, "tenantIds", 0, NULL},
	ROW("withoutTenantId", BOOL, OP_ABSENT, TENANT_ID),
	ROW("hostname", STRING, OP_EQ, HOSTNAME),
};

static const struct sort_key sorts[] = {
	{"timestamp",            JOB_LOG_TIMESTAMP             },
	{"jobId",                JOB_LOG_JOB_ID                },
	{"jobDueDate",           JOB_LOG_DUE_DATE              },
	{"jobRetries",           JOB_LOG_RETRIES               },
	{"jobPriority",          JOB_LOG_PRIORITY              },
	{"jobDefinitionId",      JOB_LOG_DEFINITION_ID         },
	{"activityId",           JOB_LOG_ACTIVITY_ID           },
	{"executionId",          JOB_LOG_EXECUTION_ID          },
	{"processInstanceId",    JOB_LOG_PROCESS_INSTANCE_ID   },
	{"processDefinitionId",  JOB_LOG_PROCESS_DEFINITION_ID },
	{"processDefinitionKey", JOB_LOG_PROCESS_DEFINITION_KEY},
	{"deploymentId",         JOB_LOG_DEPLOYMENT_ID         },
	{"occurrence",           JOB_LOG_SEQUENCE              },
	{"tenantId",             JOB_LOG_TENANT_ID             },
	{"hostname",             JOB_LOG_HOSTNAME              },
};

static const struct resource resource = {
	.kind = &job_log_kind,
	.filters = filters,
	.filter_count = ARRAY_SIZE(filters),
	.sorts = sorts,
	.sort_count = ARRAY_SIZE(sorts),
};

/* An empty one asks nothing, a blank one is refused. */
static int check_hostname(struct request *request, struct query *query)
{
	size_t i;

	for (i = query->count; i--;) {
		const struct criterion *c = &query->criteria[i];

		if (c->filter->field != JOB_LOG_HOSTNAME)
			continue;
		if (!*c->text)
			query->criteria[i] = query->criteria[--query->count];
		else if (!c->text[strspn(c->text, " \t\r\n\f")])
			return request_fail(request, ERR_ENGINE, "hostName is empty");
	}
	return 0;
}

static int check(struct request *request, struct query *query)
{
	size_t i, k;

	TRY(check_hostname(request, query));
	for (i = 0; i < query->count; i++) {
		const struct criterion *criterion = &query->criteria[i];

		for (k = 0; criterion->filter->type == PARAM_ARRAY && k < criterion->list.count;
		     k++)
			if (criterion->list.items[k] && !*criterion->list.items[k])
				return request_fail(request, ERR_NOT_VALID,
						    "%s contains empty string",
						    criterion->filter->nulls);
	}
	return 0;
}

/* Of the four filters by state the last one in this order counts. */
static int wanted_state(const struct query *query)
{
	static const char *const names[] = {"deletionLog", "successLog", "failureLog",
					    "creationLog"};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		const struct criterion *criterion = query_criterion(query, names[i]);

		if (criterion)
			return criterion->filter->field;
	}
	return -1;
}

/* An offering under way. */
struct offering {
	struct txn *txn;
	struct arena *arena; /* of the rows */
	struct listing *listing;
	int state; /* field that must be true; -1 = any */
	bool full;
};

static bool matches(const struct offering *offering, const union slot *row)
{
	return (offering->state < 0 || row[offering->state].i == 1) &&
	       query_matches(offering->listing->query, row);
}

static void offer(struct offering *offering, union slot *row, uint64_t alike)
{
	struct listing *listing = offering->listing;

	if (!matches(offering, row))
		return;
	if (listing->counting)
		listing->matched += (int64_t)alike;
	else
		offering->full = !listing_offer(listing, row);
}

/* Entries that differ only in their ids are counted at once, unless something asks for the ids. */
static bool counts_alike(const struct listing *listing)
{
	return listing->counting && !query_criterion(listing->query, "logId") &&
	       !query_criterion(listing->query, "jobId");
}

/* A sorted page holds, of jobs that are alike but for their ids, only the first or the last. */
static void narrow(const struct query *query, const struct history_batch *batch,
		   struct job_log_walk *walk)
{
	size_t i;

	if (!query->sort_count || query->max < 0 || batch_type_names_instance(batch->type) ||
	    query_criterion(query, "jobId"))
		return;
	walk->most = (uint64_t)(query->first + query->max);
	for (i = 0; i < query->sort_count; i++)
		walk->last |=
			query->sorts[i].key->field == JOB_LOG_JOB_ID && query->sorts[i].descending;
}

/* Whether all entries of the batch's jobs of KIND say the same in a field, or nothing. */
static bool says_alike(const struct history_batch *batch, enum job_kind kind, int field)
{
	static const bool alike[JOB_LOG_FIELD_MAX] = {
		[JOB_LOG_DEFINITION_ID] = true,
		[JOB_LOG_DEFINITION_TYPE] = true,
		[JOB_LOG_DEFINITION_CONFIGURATION] = true,
		[JOB_LOG_TENANT_ID] = true,
		[JOB_LOG_HOSTNAME] = true,
		[JOB_LOG_ACTIVITY_ID] = true,
		[JOB_LOG_FAILED_ACTIVITY_ID] = true,
		[JOB_LOG_EXECUTION_ID] = true,
		[JOB_LOG_PROCESS_DEFINITION_ID] = true,
		[JOB_LOG_PROCESS_DEFINITION_KEY] = true,
	};

	if (field == JOB_LOG_PROCESS_INSTANCE_ID)
		return kind != JOB_EXECUTION || !batch_type_names_instance(batch->type);
	return alike[field];
}

/* False when what those entries say alike is not what is asked: none of them is looked at. */
static bool may_match(const struct offering *offering, const struct history_batch *batch,
		      enum job_kind kind)
{
	const struct query *query = offering->listing->query;
	struct arena_mark mark = arena_mark(offering->arena);
	union slot *row = row_new(offering->arena, &job_log_kind);
	bool may = true;
	size_t i;

	job_log_describe_kind(batch, kind, row);
	for (i = 0; i < query->count && may; i++) {
		const struct criterion *c = &query->criteria[i];
		int field = c->filter->field;

		may = !says_alike(batch, kind, field) ||
		      criterion_matches(c, &job_log_kind.fields[field], row[field]);
	}
	arena_rewind(offering->arena, mark);
	return may;
}

/* The entries of jobs from FROM on; of that one job, if ONLY. */
static int offer_kind(struct offering *offering, const struct history_batch *batch,
		      enum job_kind kind, uint64_t from, bool only)
{
	struct job_log_walk walk;
	union slot *row;
	uint64_t alike;
	int code = 0;

	TRY(job_log_walk_start(&walk, offering->txn, offering->arena, batch, kind, from,
			       counts_alike(offering->listing)));
	narrow(offering->listing->query, batch, &walk);
	while (!offering->full) {
		struct arena_mark mark = arena_mark(offering->arena);

		code = job_log_walk_next(&walk, &row, &alike);
		if (code || (only && strcmp(row[JOB_LOG_JOB_ID].s,
					    job_id(offering->arena, offering->txn->store,
						   (uint64_t)batch->number, kind, from))))
			break;
		offer(offering, row, alike);
		arena_rewind(offering->arena, mark);
	}
	return code == ERR_NOT_FOUND ? 0 : code;
}

/* Whether entries of BATCH can be seen at all. */
static bool is_visible(const struct request *request, const struct history_batch *batch)
{
	return batch->imported != 1 &&
	       (batch->hidden != 1 || request->engine->config->history == HISTORY_FULL);
}

static int offer_own(struct offering *offering, struct request *request)
{
	struct history_batch batch;
	uint64_t number = 0;
	int kind, code = 0;

	while (!offering->full && !(code = history_batch_next(offering->txn, number, &batch))) {
		number = (uint64_t)batch.number + 1;
		for (kind = 0; kind < JOB_KIND_MAX && is_visible(request, &batch); kind++)
			if (may_match(offering, &batch, (enum job_kind)kind))
				TRY(offer_kind(offering, &batch, (enum job_kind)kind, 0, false));
	}
	return code == ERR_NOT_FOUND ? 0 : code;
}

/* Takes imported entries: into the sorter when they must be brought into order first. */
struct imported {
	struct offering *offering;
	struct sorter *sorter;
	int code;
};

static bool take_imported(void *arg, const union slot *row)
{
	struct imported *imported = arg;

	if (!matches(imported->offering, row))
		return true;
	if (!imported->sorter)
		return listing_offer(imported->offering->listing, row);
	imported->code = sorter_add(imported->sorter, row);
	return !imported->code;
}

/* The entries of an imported batch: each knows its place among those of its job. */
static int take_batch(struct offering *offering, uint64_t number, struct imported *imported)
{
	struct scan scan;
	union slot *row;
	int code;

	job_log_imported_start(&scan, offering->txn, number);
	while (!(code = job_log_imported_next(&scan, offering->arena, &row)))
		if (!take_imported(imported, row))
			return imported->code;
	return code == ERR_NOT_FOUND ? 0 : code;
}

static int take_all_imported(struct offering *offering, struct request *request,
			     struct imported *imported)
{
	struct history_batch batch;
	uint64_t number = 0;
	int code = ERR_NOT_FOUND;

	TRY(take_batch(offering, 0, imported)); /* those of no batch */
	while (!imported->code && !(code = history_batch_next(offering->txn, number, &batch))) {
		number = (uint64_t)batch.number + 1;
		if (batch.imported == 1)
			TRY(take_batch(offering, (uint64_t)batch.number, imported));
	}
	if (imported->code || code != ERR_NOT_FOUND)
		return imported->code ? imported->code : code;
	TRY(child_list_walk(request, ROW_JOB_LOG, offering->listing->query, take_imported,
			    imported));
	return imported->code;
}

/*
 * A page without an order is in that of ids: ours rise with their numbers and share their first
 * bytes, imported ones come before or behind.
 */
static int offer_in_order(struct offering *offering, struct request *request,
			  struct imported *imported)
{
	const char *first = job_log_id(request->arena, request->engine->store, 0, JOB_SEED, 0, 0);
	struct arena arena;
	union slot *row;
	int code = take_all_imported(offering, request, imported);

	if (!code)
		code = sorter_finish(imported->sorter);
	arena_init(&arena);
	while (!code && !offering->full && !(code = sorter_next(imported->sorter, &arena, &row))) {
		if (first && strcmp(row[JOB_LOG_ID].s, first) > 0) {
			code = offer_own(offering, request);
			first = NULL;
		}
		if (!code && !offering->full)
			offer(offering, row, 1);
		arena_clear(&arena);
	}
	arena_clear(&arena);
	if (code == ERR_NOT_FOUND)
		code = first && !offering->full ? offer_own(offering, request) : 0;
	return code;
}

static int offer_all(struct offering *offering, struct request *request)
{
	static const struct sort_key by_id = {"id", JOB_LOG_ID};
	struct listing *listing = offering->listing;
	struct sorting sorting = {&by_id, false};
	struct query order = *listing->query;
	struct imported imported = {offering, NULL, 0};
	int code;

	if (listing->counting || order.sort_count || (order.max < 0 && !order.first)) {
		TRY(take_all_imported(offering, request, &imported));
		return offer_own(offering, request);
	}
	order.sorts = &sorting;
	order.sort_count = 1;
	imported.sorter =
		sorter_new(&order, order.max < 0 ? UINT64_MAX : (uint64_t)(order.first + order.max),
			   request->engine->config->home);
	code = offer_in_order(offering, request, &imported);
	sorter_free(imported.sorter);
	return code;
}

/* The entry with that id, of a batch's or an instance's job. ERR_NOT_FOUND. */
static int find_entry(struct request *request, const char *id, union slot **ret)
{
	struct txn reader = txn_reader(request->engine->store, request->arena);
	uint64_t number;
	int code = job_log_find(&reader, id, ret);

	return code == ERR_NOT_FOUND ? child_find(request, ROW_JOB_LOG, id, ret, &number) : code;
}

static int offer_log(struct offering *offering, struct request *request, const char *id)
{
	union slot *row;
	int code = find_entry(request, id, &row);

	if (!code)
		offer(offering, row, 1);
	return code == ERR_NOT_FOUND ? 0 : code;
}

/* Ids of our own lead straight to their batch. */
static int offer_entries(struct offering *offering, struct request *request)
{
	const struct query *query = offering->listing->query;
	const struct criterion *log = query_criterion(query, "logId");
	const struct criterion *job = query_criterion(query, "jobId");
	const struct criterion *definition = query_criterion(query, "jobDefinitionId");
	struct history_batch batch;
	enum job_kind kind;
	uint64_t number, index = 0;
	bool one_job = false;
	struct id id;
	int code;

	if (log)
		return offer_log(offering, request, log->text);
	if (job && job_id_decode(request->engine->store, job->text, &number, &kind, &index) &&
	    !job_kind_is_loose(kind)) {
		one_job = true;
	} else if (definition && id_decode(request->engine->store, definition->text, &id) &&
		   id.kind >= ID_SEED_DEFINITION && id.kind <= ID_EXECUTION_DEFINITION) {
		number = id.number;
		kind = (enum job_kind)(id.kind - ID_SEED_DEFINITION);
	} else {
		return offer_all(offering, request);
	}
	code = history_batch_get(offering->txn, number, &batch);
	if (code || !is_visible(request, &batch))
		return code == ERR_NOT_FOUND ? 0 : code;
	return offer_kind(offering, &batch, kind, index, one_job);
}

static int offer_matching(struct request *request, struct arena *arena, struct listing *listing)
{
	struct txn reader = txn_reader(request->engine->store, request->arena);
	struct offering offering = {&reader, arena, listing, wanted_state(listing->query), false};

	return offer_entries(&offering, request);
}

static const struct list_source source = {&resource, check, offer_matching, NULL};

int history_job_log_list(struct request *request)
{
	return list_answer_params(request, &source, false);
}

int history_job_log_query(struct request *request)
{
	return list_answer_body(request, &source, false);
}

int history_job_log_count(struct request *request)
{
	return list_answer_params(request, &source, true);
}

int history_job_log_query_count(struct request *request)
{
	return list_answer_body(request, &source, true);
}

int history_job_log_get(struct request *request)
{
	const char *id = request->call->params[0];
	union slot *row;
	int code = find_entry(request, id, &row);

	if (code == ERR_NOT_FOUND)
		return request_fail(request, ERR_INVALID_404,
				    "Historic job log with id %s does not exist", id);
	TRY(code);
	row_answer(request_answer(request), &job_log_kind, row);
	return 0;
}

int history_job_log_stacktrace(struct request *request)
{
	const char *id = request->call->params[0];
	union slot *row;
	int code = find_entry(request, id, &row);

	if (code == ERR_NOT_FOUND)
		return request_fail(request, ERR_INVALID_404,
				    "No historic job log found with id %s: historicJobLog is null",
				    id);
	TRY(code);
	return row[JOB_LOG_STACKTRACE].s
		       ? request_answer_text(request, "text/plain", row[JOB_LOG_STACKTRACE].s)
		       : request_answer_nothing(request);
}
