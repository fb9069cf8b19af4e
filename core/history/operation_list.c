#include "core/history/operation_list.h"

#include <string.h>

#include "core/history/page_bound.h"
#include "core/history/plan.h"

struct offering {
	struct request *request;
	const struct query *query;
	struct listing *listing;
	struct columns *columns;
	struct page_bound bound;
	bool more;
	int code;
	struct arena arena; /* of the row in hand */
};

static void unknown_scan(const struct condition *condition, const struct column_set *set,
			 uint32_t segment, uint32_t count, uint8_t *out)
{
	uint32_t i;

	(void)segment;
	for (i = 0; i < count; i++)
		out[i] = set->root[i] == condition->value || !set->root[i];
}

/* The column that tells of an entry's operation is empty where an older batchd wrote it. */
static void plan_operation(struct plan *plan, const char *operation)
{
	struct condition *condition = plan_add(plan, &plan->all);

	condition->scan = unknown_scan;
	condition->value = history_hash(plan->history, operation);
}

static void plan_user(struct plan *plan, const char *user)
{
	struct dictionary *users = plan->history->users;
	uint8_t *table = arena_array(plan->arena, dictionary_count(users) + 65536, 1);
	uint32_t number = dictionary_find(users, user);

	if (number)
		table[number] = 1;
	condition_table(plan_add(plan, &plan->all), offsetof(struct column_set, user), table);
}

static void plan_criterion(struct plan *plan, const struct criterion *c)
{
	const char *name = user_operation_kind.fields[c->filter->field].name;

	if (c->filter->op == OP_EARLIER)
		condition_range(plan_add(plan, &plan->all), offsetof(struct column_set, start_time),
				INT64_MIN, c->number);
	else if (c->filter->op == OP_THEREAFTER)
		condition_range(plan_add(plan, &plan->all), offsetof(struct column_set, start_time),
				c->number, INT64_MAX);
	else if (c->filter->op != OP_EQ)
		return;
	else if (!strcmp(name, "processInstanceId"))
		condition_equal(plan_add(plan, &plan->all),
				offsetof(struct column_set, business_key),
				history_hash(plan->history, c->text));
	else if (c->filter->field == OPERATION_OPERATION_ID)
		plan_operation(plan, c->text);
	else if (c->filter->field == OPERATION_USER_ID)
		plan_user(plan, c->text);
}

static int offer_entry(struct offering *offering, uint64_t number)
{
	struct txn reader = txn_reader(offering->request->engine->store, &offering->arena);
	union slot *row;
	int code;

	arena_clear(&offering->arena);
	TRY(request_stopped(offering->request));
	code = history_read_row(&reader, offering->columns, number, &user_operation_kind, &row);
	if (code)
		return code == ERR_NOT_FOUND ? 0 : code; /* deleted meanwhile */
	if (!query_matches(offering->query, row))
		return 0;
	offering->more = listing_offer(offering->listing, row);
	page_bound_offered(&offering->bound);
	return 0;
}

static bool take_number(void *arg, uint64_t number)
{
	struct offering *offering = arg;

	offering->code = offer_entry(offering, number);
	return offering->more && !offering->code;
}

/* A plan_take: reads what matches and offers it. */
static bool offer_segment(void *arg, uint32_t segment, const uint8_t *mask, uint32_t count)
{
	struct offering *offering = arg;

	return page_bound_walk(&offering->bound, segment, mask, count, take_number, offering);
}

int operation_list_offer(struct request *request, const struct query *query,
			 struct listing *listing)
{
	struct history *history = request->engine->history;
	struct offering offering = {.request = request, .query = query, .listing = listing};
	struct plan plan;
	size_t i;
	int code;

	offering.columns = history->operation_columns;
	offering.more = true;
	plan_init(&plan, history, history->operation_columns, request->arena);
	plan.caller = request->running;
	for (i = 0; i < query->count; i++)
		plan_criterion(&plan, &query->criteria[i]);
	page_bound_init(&offering.bound, listing, history->operation_columns, OPERATION_ID,
			OPERATION_TIMESTAMP);
	/* entries mostly come in order of time: so the first that are seen are mostly wanted */
	plan.backwards = offering.bound.descending;
	arena_init(&offering.arena);
	code = plan_run(&plan, offer_segment, &offering);
	page_bound_clear(&offering.bound);
	arena_clear(&offering.arena);
	return code ? code : offering.code;
}
