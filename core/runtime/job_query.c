#include "core/runtime/job_query.h"

#include <stdlib.h>
#include <string.h>

#include "core/engine.h"
#include "core/job/cleanup_job.h"
#include "core/job/job_definition.h"
#include "core/job/loose_job.h"
#include "core/json/date.h"
#include "core/runtime/instance.h"
#include "core/runtime/running_index.h"

enum {
	OP_RETRIES_LEFT = OP_OWN,
	OP_NO_RETRIES_LEFT,
	OP_EXECUTABLE,
	OP_NEVER,    /* no job is so */
	OP_MESSAGES, /* every job is, but those of clean-up, and timers */
	OP_ACTIVITY,
	OP_TIMERS,
	OP_ACTIVE,
	OP_TENANTS,
	OP_DUE_DATES,
	OP_CREATE_TIMES,
};

/* One of dueDates or createTimes. */
struct bound {
	bool greater; /* gt, else lt */
	int64_t time;
};

struct bounds {
	size_t count;
	struct bound *items;
};

static int bind_bound(struct request *request, const struct criterion *criterion,
		      const char *operator, const char * value, struct bound *ret)
{
	const char *what = criterion->filter->op == OP_DUE_DATES ? "due date" : "create time";

	if (!value || !date_parse(value, &ret->time))
		return request_fail(request, ERR_INVALID,
				    "Invalid %s format: Cannot convert value \"%s\" to java type "
				    "java.util.Date",
				    what, value ? value : "null");
	if (!operator)
		return request_fail(request, ERR_NULL_POINTER, "operator is null");
	if (strcmp(operator, "gt") && strcmp(operator, "lt"))
		return request_fail(request, ERR_INVALID, "Invalid %s comparator specified: %s",
				    what, operator);
	ret->greater = *operator== 'g';
	return 0;
}

static int bind_text(struct request *request, struct criterion *criterion, const char *text,
		     struct bounds *bounds)
{
	char *copy = arena_strdup(request->arena, text), *piece;

	for (; (piece = strsep(&copy, ",")) != NULL;) {
		char *value = strchr(piece, '_');

		if (!value || !value[1] || strchr(value + 1, '_'))
			return request_fail(request, ERR_INVALID,
					    "Cannot set query parameter '%s' to value '%s': "
					    "condition query parameter has to have format "
					    "OPERATOR_VALUE.",
					    criterion->filter->name, text);
		*value = '\0';
		TRY(bind_bound(request, criterion, piece, value + 1,
			       &bounds->items[bounds->count++]));
	}
	return 0;
}

static int bind_bounds(struct request *request, struct criterion *criterion, const char *text,
		       const struct json *node)
{
	struct bounds *bounds = arena_alloc(request->arena, sizeof(*bounds));
	size_t room = text ? strlen(text) + 1 : node->count + 1;
	const struct json *member;

	criterion->object = bounds;
	bounds->items = arena_array(request->arena, room, sizeof(*bounds->items));
	if (text)
		return bind_text(request, criterion, text, bounds);
	if (node->type != JSON_ARRAY)
		return ERR_INPUT;
	for (member = node->first; member; member = member->next) {
		const struct json *by = json_present(member, "operator");
		const struct json *value = json_present(member, "value");
		const char *by_text = NULL, *value_text = NULL;

		if ((by && json_to_string(by, &by_text)) ||
		    (value && json_to_string(value, &value_text)))
			return ERR_INPUT;
		TRY(bind_bound(request, criterion, by_text, value_text,
			       &bounds->items[bounds->count++]));
	}
	return 0;
}

static const struct filter filters[] = {
	FILTER("jobId", STRING, OP_EQ, JOB_ID),
	FILTER("jobIds", ARRAY, OP_IN, JOB_ID),
	FILTER("jobDefinitionId", STRING, OP_EQ, JOB_DEFINITION_ID),
	FILTER("activityId", STRING, OP_ACTIVITY, 0),
	FILTER("failedActivityId", STRING, OP_EQ, JOB_FAILED_ACTIVITY_ID),
	FILTER("executionId", STRING, OP_EQ, JOB_EXECUTION_ID),
	FILTER("processInstanceId", STRING, OP_EQ, JOB_PROCESS_INSTANCE_ID),
	FILTER("processInstanceIds", ARRAY, OP_IN, JOB_PROCESS_INSTANCE_ID),
	FILTER("processDefinitionId", STRING, OP_EQ, JOB_PROCESS_DEFINITION_ID),
	FILTER("processDefinitionKey", STRING, OP_EQ, JOB_PROCESS_DEFINITION_KEY),
	FILTER("withRetriesLeft", BOOL, OP_RETRIES_LEFT, JOB_RETRIES),
	FILTER("noRetriesLeft", BOOL, OP_NO_RETRIES_LEFT, JOB_RETRIES),
	FILTER("executable", BOOL, OP_EXECUTABLE, JOB_DUE_DATE),
	FILTER("timers", BOOL, OP_TIMERS, 0),
	FILTER("messages", BOOL, OP_MESSAGES, 0),
	FILTER("withException", BOOL, OP_PRESENT, JOB_EXCEPTION_MESSAGE),
	FILTER("exceptionMessage", STRING, OP_EQ, JOB_EXCEPTION_MESSAGE),
	{"dueDates",    PARAM_OBJECT, OP_DUE_DATES,    JOB_DUE_DATE,    NULL,        0, bind_bounds},
	{"createTimes", PARAM_OBJECT, OP_CREATE_TIMES, JOB_CREATE_TIME, NULL,        0, bind_bounds},
	FILTER("active", BOOL, OP_ACTIVE, JOB_SUSPENDED),
	FILTER("suspended", BOOL, OP_IF_TRUE, JOB_SUSPENDED),
	FILTER("priorityHigherThanOrEquals", LONG, OP_GE, JOB_PRIORITY),
	FILTER("priorityLowerThanOrEquals", LONG, OP_LE, JOB_PRIORITY),
	{"tenantIdIn",  PARAM_LIST,   OP_TENANTS,      JOB_TENANT_ID,   "tenantIds", 0, NULL       },
	FILTER("withoutTenantId", BOOL, OP_ABSENT, JOB_TENANT_ID),
	FILTER("includeJobsWithoutTenantId", BOOL, OP_NONE, JOB_TENANT_ID),
	FILTER("acquired", BOOL, OP_NEVER, 0), /* a job that is being done shows no lock */
};

static const struct sort_key sorts[] = {
	{"jobId",                JOB_ID                    },
	{"executionId",          JOB_EXECUTION_ID          },
	{"processInstanceId",    JOB_PROCESS_INSTANCE_ID   },
	{"processDefinitionId",  JOB_PROCESS_DEFINITION_ID },
	{"processDefinitionKey", JOB_PROCESS_DEFINITION_KEY},
	{"jobRetries",           JOB_RETRIES               },
	{"jobDueDate",           JOB_DUE_DATE              },
	{"jobPriority",          JOB_PRIORITY              },
	{"tenantId",             JOB_TENANT_ID             },
};

const struct resource job_resource = {
	.kind = &job_row_kind,
	.filters = filters,
	.filter_count = ARRAY_SIZE(filters),
	.sorts = sorts,
	.sort_count = ARRAY_SIZE(sorts),
};

int job_query_check(struct request *request, struct query *query)
{
	if (query_criterion(query, "timers") && query_criterion(query, "messages"))
		return request_fail(request, ERR_INVALID,
				    "Parameter timers cannot be used together with parameter "
				    "messages.");
	/* jobs come in order of their ids anyway */
	if (query->sort_count && query->sorts[0].key->field == JOB_ID &&
	    !query->sorts[0].descending)
		query->sort_count = 0;
	return 0;
}

/* gt is strict; lt is strict for due dates, and means at or before for create times. */
static bool within_bounds(const struct criterion *criterion, int64_t time)
{
	const struct bounds *bounds = criterion->object;
	int64_t slack = criterion->filter->op == OP_CREATE_TIMES ? 1 : 0;
	size_t i;

	for (i = 0; i < bounds->count; i++) {
		const struct bound *bound = &bounds->items[i];

		if (time == TIME_NULL ||
		    (bound->greater ? time <= bound->time : time >= bound->time + slack))
			return false;
	}
	return true;
}

static bool in_tenants(const struct query *query, const struct criterion *criterion,
		       const struct job *job)
{
	size_t i;

	if (!criterion->list.count)
		return true;
	if (!job->tenant_id)
		return query_criterion(query, "includeJobsWithoutTenantId");
	for (i = 0; i < criterion->list.count; i++)
		if (!strcmp(criterion->list.items[i], job->tenant_id))
			return true;
	return false;
}

static bool meets(const struct query *query, const struct criterion *criterion,
		  const struct job *job, int64_t now)
{
	switch (criterion->filter->op) {
	case OP_RETRIES_LEFT:
		return !criterion->truth || job->retries > 0;
	case OP_NO_RETRIES_LEFT:
		return !criterion->truth || job->retries == 0;
	case OP_EXECUTABLE:
		return !criterion->truth ||
		       (job->retries > 0 && (job->due_date == TIME_NULL || job->due_date <= now));
	case OP_NEVER:
		return !criterion->truth;
	case OP_MESSAGES:
		return !criterion->truth ||
		       (job->kind != JOB_CLEANUP && job->kind != JOB_SUSPENSION);
	case OP_ACTIVITY:
		return job->activity_id && !strcmp(job->activity_id, criterion->text);
	case OP_TIMERS:
		return !criterion->truth || job->kind == JOB_SUSPENSION;
	case OP_ACTIVE: /* of active and suspended the last one set counts: suspended */
		return !criterion->truth || !job->suspended || query_criterion(query, "suspended");
	case OP_TENANTS:
		return in_tenants(query, criterion, job);
	case OP_DUE_DATES:
		return within_bounds(criterion, job->due_date);
	case OP_CREATE_TIMES:
		return within_bounds(criterion, job->create_time);
	default:
		return true;
	}
}

static bool matches(const struct query *query, const struct job *job, int64_t now)
{
	size_t i;

	for (i = 0; i < query->count; i++)
		if (!meets(query, &query->criteria[i], job, now))
			return false;
	return query_matches(query, (const union slot *)job);
}

/* An offering under way. */
struct offering {
	struct txn *txn;
	struct arena *arena; /* of the rows */
	struct listing *listing;
	int64_t now;
	bool full;
};

/* How many jobs at the start of a segment are passed over by paging, and how many then matter. */
static void narrow(const struct listing *listing, uint64_t count, uint64_t *ret_skip,
		   uint64_t *ret_left)
{
	const struct query *query = listing->query;
	uint64_t rows = query->max < 0 ? UINT64_MAX : (uint64_t)(query->first + query->max);
	uint64_t before = 0;
	size_t i;

	*ret_skip = 0;
	*ret_left = count < rows ? count : rows;
	if (query->sort_count) {
		/* alike but for their ids: of them a page holds the first, or the last */
		for (i = 0; i < query->sort_count; i++)
			if (query->sorts[i].key->field == JOB_ID && query->sorts[i].descending)
				*ret_skip = count - *ret_left;
		return;
	}
	if (query->first > listing->matched)
		before = (uint64_t)(query->first - listing->matched);
	*ret_skip = before < count ? before : count;
	*ret_left = count - *ret_skip;
}

/* Jobs alike are counted at once, and passed over at once, unless something asks for their ids. */
static int offer_segment(struct offering *offering, const struct batch *batch,
			 struct job_segment *segment)
{
	struct listing *listing = offering->listing;
	const struct query *query = listing->query;
	bool alike = !batch_type_names_instance(batch->type) && !query_criterion(query, "jobId") &&
		     !query_criterion(query, "jobIds");
	uint64_t left = segment->count, skip = 0;
	struct arena_mark mark = arena_mark(offering->arena);
	struct job *job = &segment->job;

	if (alike) {
		if (!matches(query, job, offering->now))
			return 0;
		if (!listing->counting)
			narrow(listing, segment->count, &skip, &left);
		if (listing->counting || !query->sort_count)
			listing->matched += (int64_t)(listing->counting ? left : skip);
		if (listing->counting || !left)
			return 0;
		if (skip) {
			job->index += (int64_t)skip - 1;
			TRY(job_step(offering->txn, offering->arena, batch, job));
		}
	}
	while (left-- && !offering->full) {
		if (matches(query, job, offering->now)) {
			union slot *row = arena_copy(offering->arena, job, sizeof(*job));

			offering->full = !listing_offer(listing, row);
		}
		arena_rewind(offering->arena, mark);
		if (left)
			TRY(job_step(offering->txn, offering->arena, batch, job));
	}
	return 0;
}

static int offer_kind(struct offering *offering, const struct batch *batch, enum job_kind kind)
{
	struct job_segment segment;
	struct job_walk walk;
	int code;

	TRY(job_walk_start(&walk, offering->txn, offering->arena, batch, kind, 0));
	while (!offering->full && !(code = job_walk_next(&walk, &segment))) {
		struct arena_mark mark = arena_mark(offering->arena);

		TRY(offer_segment(offering, batch, &segment));
		arena_rewind(offering->arena, mark);
	}
	return offering->full || code == ERR_NOT_FOUND ? 0 : code;
}

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void job_of_instance(const struct instance_job *from, struct job *ret)
{
	memset(ret, 0, sizeof(*ret));
	memcpy(ret, from, (JOB_BATCH_ID + 1) * sizeof(union slot));
	ret->stacktrace = from->stacktrace;
	ret->activity_id = from->activity_id;
	ret->kind = JOB_INSTANCE;
	ret->index = from->ordinal;
	ret->recorded = 1;
}

int job_find_any(struct txn *txn, const char *id, struct job *ret)
{
	const struct instance_job *job;
	struct instance *instance;
	struct batch batch;
	uint64_t serial;

	if (!instance_serial(txn->store, id, &serial))
		return job_find(txn, id, &batch, ret);
	TRY(instance_read(txn, serial, &instance));
	job = instance_job(instance, id);
	if (!job)
		return ERR_NOT_FOUND;
	job_of_instance(job, ret);
	return 0;
}

static void offer_one(struct offering *offering, const struct job *job)
{
	if (matches(offering->listing->query, job, offering->now))
		offering->full = !listing_offer(offering->listing, (const union slot *)job);
}

static void offer_instance(struct offering *offering, const struct instance *instance)
{
	const struct instance_job *from;
	struct job job;

	LIST_EACH(&instance->jobs, from)
	{
		if (offering->full)
			return;
		job_of_instance(from, &job);
		offer_one(offering, &job);
	}
}

/* Running instances in order of their serial numbers, one at a time: all, or those of IDS. */
struct instance_cursor {
	struct running_walk walk;
	struct strings ids; /* sorted; of instances, or of whatever belongs to them */
	bool named;
	size_t at;
	struct txn txn; /* reads into the arena */
	struct arena arena;
	struct instance *instance; /* NULL behind the last */
};

static int next_named(struct instance_cursor *cursor)
{
	uint64_t serial, last = cursor->instance ? cursor->instance->serial : 0;

	while (cursor->at < cursor->ids.count) {
		int code;

		if (!instance_serial(cursor->txn.store, cursor->ids.items[cursor->at++], &serial) ||
		    serial == last)
			continue;
		arena_clear(&cursor->arena);
		code = instance_read(&cursor->txn, serial, &cursor->instance);
		if (code != ERR_NOT_FOUND)
			return code;
	}
	return ERR_NOT_FOUND;
}

static int next_instance(struct instance_cursor *cursor)
{
	int code = cursor->named ? next_named(cursor)
				 : running_walk_read(&cursor->walk, &cursor->txn, &cursor->arena,
						     &cursor->instance);

	if (code)
		cursor->instance = NULL;
	return code == ERR_NOT_FOUND ? 0 : code;
}

/* Offers the jobs of the instances before serial number END. */
static int offer_instances(struct offering *offering, struct instance_cursor *cursor, uint64_t end)
{
	while (!offering->full && cursor->instance && cursor->instance->serial < end) {
		TRY(request_stopped(offering->listing->request));
		offer_instance(offering, cursor->instance);
		TRY(next_instance(cursor));
	}
	return 0;
}

/* In their order; without nulls. */
static struct strings sort_ids(struct offering *offering, const struct strings *ids)
{
	struct strings sorted = {0,
				 arena_array(offering->txn->arena, ids->count + 1, sizeof(char *))};
	size_t i;

	for (i = 0; i < ids->count; i++)
		if (ids->items[i])
			sorted.items[sorted.count++] = ids->items[i];
	qsort(sorted.items, sorted.count, sizeof(char *), compare_texts);
	return sorted;
}

/* Named jobs are looked up one by one, in id order. */
static int offer_ids(struct offering *offering, const struct strings *ids)
{
	struct strings sorted = sort_ids(offering, ids);
	size_t i;

	for (i = 0; i < sorted.count && !offering->full; i++) {
		struct job *job = arena_alloc(offering->arena, sizeof(*job));
		int code;

		if (i && !strcmp(sorted.items[i], sorted.items[i - 1]))
			continue;
		code = job_find_any(offering->txn, sorted.items[i], job);
		if (code && code != ERR_NOT_FOUND)
			return code;
		if (!code)
			offer_one(offering, job);
	}
	return 0;
}

/* Those of no batch: their ids come first. */
static int offer_cleanup(struct offering *offering)
{
	uint64_t index;

	for (index = 0; index < CLEANUP_JOBS_MAX && !offering->full; index++) {
		struct job *job = arena_alloc(offering->arena, sizeof(*job));
		int code = cleanup_job_get(offering->txn, index, job);

		if (code && code != ERR_NOT_FOUND)
			return code;
		if (!code)
			offer_one(offering, job);
	}
	return 0;
}

static int offer_suspensions(struct offering *offering)
{
	struct scan scan;
	int code = 0;

	loose_job_scan(&scan, offering->txn, JOB_SUSPENSION);
	while (!offering->full) {
		struct job *job = arena_alloc(offering->arena, sizeof(*job));

		code = loose_job_next(&scan, offering->txn, offering->arena, job);
		if (code)
			break;
		if (matches(offering->listing->query, job, offering->now))
			offering->full = !listing_offer(offering->listing, (union slot *)job);
	}
	return code == ERR_NOT_FOUND ? 0 : code;
}

/* In order of ids: by number, and of the same number first the batch's. */
static int offer_by_number(struct offering *offering, struct instance_cursor *cursor)
{
	struct batch batch;
	uint64_t number = 0;
	int kind, code = 0;

	TRY(next_instance(cursor));
	while (!offering->full && !(code = batch_next(offering->txn, number, &batch))) {
		number = (uint64_t)batch.number + 1;
		TRY(offer_instances(offering, cursor, (uint64_t)batch.number));
		for (kind = 0; kind < JOB_KIND_MAX && !offering->full; kind++)
			TRY(offer_kind(offering, &batch, (enum job_kind)kind));
	}
	if (code && code != ERR_NOT_FOUND)
		return code;
	return offer_instances(offering, cursor, UINT64_MAX);
}

/* Which instances can have jobs that match. */
static void narrow_instances(const struct query *query, struct strings *ret)
{
	const struct criterion *one = query_criterion(query, "processInstanceId");
	const struct criterion *list = query_criterion(query, "processInstanceIds");

	if (!one)
		one = query_criterion(query, "executionId");
	if (one)
		*ret = (struct strings){1, (const char **)(uintptr_t)&one->text};
	else if (list)
		*ret = list->list;
}

static int start_walk(struct instance_cursor *cursor, struct txn *txn)
{
	struct running_lists lists = {0};

	if (cursor->named)
		return 0;
	TRY(running_lists_add(&lists, txn->arena, INDEX_JOB, NULL));
	return running_walk_start(&cursor->walk, txn, &lists, 0);
}

/* Jobs of instances that nothing is asked of are only counted: by their total. */
static int count_instances(struct offering *offering, bool *ret_counted)
{
	struct listing *listing = offering->listing;
	struct running_state state;

	*ret_counted = listing->counting && !listing->query->count && !listing->query->or_count;
	if (!*ret_counted)
		return 0;
	TRY(running_state_read(offering->txn, &state));
	listing->matched += state.totals[RUNNING_JOB];
	return 0;
}

static int offer_all(struct offering *offering)
{
	struct instance_cursor cursor = {.txn = *offering->txn};
	struct strings ids = {0, NULL};
	bool counted;
	int code;

	TRY(offer_cleanup(offering));
	TRY(offer_suspensions(offering));
	TRY(count_instances(offering, &counted));
	narrow_instances(offering->listing->query, &ids);
	cursor.named = ids.count || counted;
	cursor.ids = sort_ids(offering, &ids);
	cursor.txn.arena = &cursor.arena;
	arena_init(&cursor.arena);
	code = start_walk(&cursor, offering->txn);
	if (!code)
		code = offer_by_number(offering, &cursor);
	arena_clear(&cursor.arena);
	return code;
}

int job_query_offer(struct request *request, struct arena *arena, struct listing *listing)
{
	struct txn reader = txn_reader(request->engine->store, request->arena);
	struct offering offering = {&reader, arena, listing, clock_now(), false};
	const struct query *query = listing->query;
	const struct criterion *id = query_criterion(query, "jobId");
	const struct criterion *ids = query_criterion(query, "jobIds");
	const struct criterion *definition = query_criterion(query, "jobDefinitionId");
	struct batch batch;
	enum job_kind kind;
	int code;

	if (id)
		return offer_ids(&offering, &(struct strings){1, (const char *[]){id->text}});
	if (ids && ids->list.count)
		return offer_ids(&offering, &ids->list);
	if (!definition)
		return offer_all(&offering);
	code = job_definition_find(&reader, definition->text, &batch, &kind);
	if (code == ERR_NOT_FOUND) /* of a process, or none */
		return offer_all(&offering);
	TRY(code);
	return offer_kind(&offering, &batch, kind);
}

/* Who wants the ids. */
struct id_taker {
	void (*take)(void *arg, const char *id);
	void *arg;
};

static void hand_out_id(struct listing *listing, const union slot *row)
{
	const struct id_taker *taker = listing->arg;

	taker->take(taker->arg, row[JOB_ID].s);
}

int job_query_ids(struct request *request, const struct query *query,
		  void (*take)(void *arg, const char *id), void *arg)
{
	struct query unsorted = *query;
	struct id_taker taker = {take, arg};
	struct listing listing = {
		.request = request, .query = &unsorted, .write = hand_out_id, .arg = &taker};
	struct arena arena;
	int code;

	unsorted.sort_count = 0;
	arena_init(&arena);
	code = job_query_offer(request, &arena, &listing);
	arena_clear(&arena);
	return code;
}
