#include "core/runtime/external_task_query.h"

#include <stdlib.h>
#include <string.h>

#include "core/engine.h"
#include "core/runtime/running_narrow.h"
#include "core/runtime/running_query.h"

enum { OP_LOCKED = OP_OWN, OP_NOT_LOCKED, OP_RETRIES_LEFT, OP_NO_RETRIES_LEFT };

/* Slots of a row that are asked for, in the order of external_task_kind. */
enum {
	EXTERNAL_ACTIVITY_ID = 0,
	EXTERNAL_EXECUTION_ID = 3,
	EXTERNAL_ID,
	EXTERNAL_LOCK_EXPIRATION_TIME,
	EXTERNAL_CREATE_TIME,
	EXTERNAL_PROCESS_DEFINITION_ID,
	EXTERNAL_PROCESS_DEFINITION_KEY,
	EXTERNAL_PROCESS_INSTANCE_ID = 10,
	EXTERNAL_RETRIES,
	EXTERNAL_SUSPENDED,
	EXTERNAL_WORKER_ID,
	EXTERNAL_TOPIC_NAME,
	EXTERNAL_TENANT_ID,
	EXTERNAL_PRIORITY,
};

#define ROW(name, type, op, field)                                                                 \
	{                                                                                          \
		name, PARAM_##type, op, EXTERNAL_##field, NULL, 0, NULL                            \
	}
#define LIST(name, field, nulls)                                                                   \
	{                                                                                          \
		name, PARAM_LIST, OP_IN, EXTERNAL_##field, nulls, 0, NULL                          \
	}

static const struct filter filters[] = {
	ROW("externalTaskId", STRING, OP_EQ, ID),
	LIST("externalTaskIdIn", ID, NULL),
	ROW("topicName", STRING, OP_EQ, TOPIC_NAME),
	ROW("workerId", STRING, OP_EQ, WORKER_ID),
	ROW("locked", BOOL, OP_LOCKED, LOCK_EXPIRATION_TIME),
	ROW("notLocked", BOOL, OP_NOT_LOCKED, LOCK_EXPIRATION_TIME),
	ROW("withRetriesLeft", BOOL, OP_RETRIES_LEFT, RETRIES),
	ROW("noRetriesLeft", BOOL, OP_NO_RETRIES_LEFT, RETRIES),
	ROW("lockExpirationAfter", DATE, OP_THEREAFTER, LOCK_EXPIRATION_TIME),
	ROW("lockExpirationBefore", DATE, OP_EARLIER, LOCK_EXPIRATION_TIME),
	ROW("activityId", STRING, OP_EQ, ACTIVITY_ID),
	LIST("activityIdIn", ACTIVITY_ID, "activityIdIn"),
	ROW("executionId", STRING, OP_EQ, EXECUTION_ID),
	ROW("processInstanceId", STRING, OP_EQ, PROCESS_INSTANCE_ID),
	LIST("processInstanceIdIn", PROCESS_INSTANCE_ID, "processInstanceIdIn"),
	ROW("processDefinitionId", STRING, OP_EQ, PROCESS_DEFINITION_ID),
	LIST("tenantIdIn", TENANT_ID, "tenantIds"),
	ROW("active", BOOL, OP_IF_FALSE, SUSPENDED),
	ROW("suspended", BOOL, OP_IF_TRUE, SUSPENDED),
	ROW("priorityHigherThanOrEquals", LONG, OP_GE, PRIORITY),
	ROW("priorityLowerThanOrEquals", LONG, OP_LE, PRIORITY),
};

static const struct sort_key sorts[] = {
	{"id",		   EXTERNAL_ID                    },
	{"lockExpirationTime",   EXTERNAL_LOCK_EXPIRATION_TIME  },
	{"processInstanceId",    EXTERNAL_PROCESS_INSTANCE_ID   },
	{"processDefinitionId",  EXTERNAL_PROCESS_DEFINITION_ID },
	{"processDefinitionKey", EXTERNAL_PROCESS_DEFINITION_KEY},
	{"tenantId",             EXTERNAL_TENANT_ID             },
	{"taskPriority",         EXTERNAL_PRIORITY              },
	{"createTime",           EXTERNAL_CREATE_TIME           },
};

const struct resource external_task_resource = {
	.kind = &external_task_kind,
	.filters = filters,
	.filter_count = ARRAY_SIZE(filters),
	.sorts = sorts,
	.sort_count = ARRAY_SIZE(sorts),
};

int external_task_prepare(struct request *request, struct query *query)
{
	(void)request;
	/* they come in order of their ids anyway */
	if (query->sort_count && query->sorts[0].key->field == EXTERNAL_ID &&
	    !query->sorts[0].descending)
		query->sort_count = 0;
	return 0;
}

static bool meets(const struct criterion *criterion, const struct external_task *task, int64_t now)
{
	bool locked = task->lock_expiration_time != TIME_NULL && task->lock_expiration_time > now;

	if (criterion->filter->op < OP_OWN || !criterion->truth)
		return true;
	switch (criterion->filter->op) {
	case OP_LOCKED:
		return locked;
	case OP_NOT_LOCKED:
		return !locked;
	case OP_RETRIES_LEFT:
		return task->retries == INT_NULL || task->retries > 0;
	default:
		return task->retries == 0;
	}
}

static bool matches(const struct query *query, const struct external_task *task, int64_t now)
{
	size_t i;

	for (i = 0; i < query->count; i++)
		if (!meets(&query->criteria[i], task, now))
			return false;
	return query_matches(query, (const union slot *)task);
}

/* An offering under way. */
struct offering {
	struct listing *listing;
	struct txn reader;   /* for the walk */
	struct arena *arena; /* for an instance */
	int64_t now;
	bool full;
};

static void offer_instance(struct offering *offering, const struct instance *instance)
{
	const struct external_task *task;

	LIST_EACH(&instance->external_tasks, task)
	{
		if (!offering->full && matches(offering->listing->query, task, offering->now))
			offering->full =
				!listing_offer(offering->listing, (const union slot *)task);
	}
}

static int offer_listed(struct offering *offering)
{
	struct running_lists *lists;
	struct running_walk walk;
	struct instance *instance;
	int code = 0;

	TRY(running_narrow(&offering->reader, offering->listing->query, INDEX_EXTERNAL_TASK,
			   &lists));
	TRY(running_walk_start(&walk, &offering->reader, lists, 0));
	while (!offering->full &&
	       !(code = running_walk_read(&walk, &offering->reader, offering->arena, &instance))) {
		TRY(request_stopped(offering->listing->request));
		offer_instance(offering, instance);
	}
	return code == ERR_NOT_FOUND ? 0 : code;
}

static int compare_serials(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return (left > right) - (left < right);
}

/* The instances that IDS name, or whose they are, in order of ids. */
static int offer_named(struct offering *offering, const struct strings *ids)
{
	uint64_t *serials = arena_array(offering->reader.arena, ids->count, sizeof(*serials));
	struct txn reader = offering->reader;
	struct instance *instance;
	size_t count = 0, i;

	for (i = 0; i < ids->count; i++)
		count += ids->items[i] &&
			 instance_serial(reader.store, ids->items[i], &serials[count]);
	qsort(serials, count, sizeof(*serials), compare_serials);
	reader.arena = offering->arena;
	for (i = 0; i < count && !offering->full; i++) {
		int code = i && serials[i] == serials[i - 1]
				   ? ERR_NOT_FOUND
				   : instance_read(&reader, serials[i], &instance);

		if (code && code != ERR_NOT_FOUND)
			return code;
		if (!code)
			offer_instance(offering, instance);
		arena_clear(offering->arena);
	}
	return 0;
}

/* The ids of a filter that leads to instances; none: no such filter was given. */
static bool naming(const struct query *query, struct strings *ret)
{
	static const char *const ones[] = {"externalTaskId", "executionId", "processInstanceId"};
	static const char *const many[] = {"externalTaskIdIn", "processInstanceIdIn"};
	const struct criterion *criterion;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ones); i++)
		if ((criterion = query_criterion(query, ones[i]))) {
			*ret = (struct strings){1, (const char **)(uintptr_t)&criterion->text};
			return true;
		}
	for (i = 0; i < ARRAY_SIZE(many); i++)
		if ((criterion = query_criterion(query, many[i])) && criterion->list.count) {
			*ret = criterion->list;
			return true;
		}
	return false;
}

int external_task_offer(struct request *request, struct arena *arena, struct listing *listing)
{
	struct offering offering = {.listing = listing,
				    .reader = txn_reader(request->engine->store, request->arena),
				    .now = clock_now()};
	static const char *const exact[] = {"topicName", NULL};
	struct arena scratch;
	struct strings ids;
	bool counted;
	int code;

	(void)arena;
	TRY(running_query_count(request, listing, RUNNING_EXTERNAL_TASK, exact, &counted));
	if (counted)
		return 0;
	offering.arena = &scratch;
	arena_init(&scratch);
	code = naming(listing->query, &ids) ? offer_named(&offering, &ids)
					    : offer_listed(&offering);
	arena_clear(&scratch);
	return code;
}

/* Who wants the ids. */
struct taker {
	void (*take)(void *arg, const char *id);
	void *arg;
};

static void hand_out_id(struct listing *listing, const union slot *row)
{
	const struct taker *taker = listing->arg;

	taker->take(taker->arg, row[EXTERNAL_ID].s);
}

int external_task_select(struct request *request, const struct json *object,
			 void (*take)(void *arg, const char *id), void *arg)
{
	struct taker taker = {take, arg};
	struct listing listing = {.request = request, .write = hand_out_id, .arg = &taker};
	struct query query;

	if (object->type != JSON_OBJECT)
		return ERR_INPUT;
	TRY(query_bind_object(request, &external_task_resource, object, &query));
	query.sort_count = 0;
	query.first = 0;
	query.max = -1;
	listing.query = &query;
	TRY(external_task_offer(request, request->arena, &listing));
	return listing.code;
}

int external_task_find(struct txn *txn, const char *id, const struct external_task **ret)
{
	struct instance *instance;
	uint64_t serial;

	if (!instance_serial(txn->store, id, &serial))
		return ERR_NOT_FOUND;
	TRY(instance_read(txn, serial, &instance));
	*ret = instance_external_task(instance, id);
	return *ret ? 0 : ERR_NOT_FOUND;
}
