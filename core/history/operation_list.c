#include "core/history/operation_list.h"

#include <string.h>

#include "core/history/plan.h"

struct offering {
	struct request *request;
	const struct query *query;
	struct listing *listing;
	struct columns *columns;
	bool by_time, by_id; /* what a page is sorted by first, where columns tell it */
	bool descending;
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

/* Whether the row's place is behind the page, so far as it is known. */
static bool is_behind(const struct offering *offering, const struct column_set *set, uint32_t row)
{
	const char *text;
	int64_t last;

	if (offering->by_time && listing_last_number(offering->listing, &last))
		return offering->descending ? set->start_time[row] < last
					    : set->start_time[row] > last;
	text = offering->by_id ? listing_last_text(offering->listing) : NULL;
	return text && set->order[row] > id_order(text);
}

static bool is_wanted(const struct offering *offering, uint32_t segment, uint32_t row)
{
	struct archive *archive = columns_archive(offering->columns);
	bool behind;

	if (!offering->by_time && !offering->by_id)
		return true;
	archive_lock_shared(archive);
	behind = is_behind(offering, columns_set(offering->columns, segment), row);
	archive_unlock(archive);
	return !behind;
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
	if (query_matches(offering->query, row))
		offering->more = listing_offer(offering->listing, row);
	return 0;
}

/* A plan_take. */
static bool offer_segment(void *arg, uint32_t segment, const uint8_t *mask, uint32_t count)
{
	struct offering *offering = arg;
	uint32_t i;

	for (i = 0; i < count && offering->more && !offering->code; i++) {
		uint32_t row = offering->descending ? count - 1 - i : i;

		if (mask[row] && is_wanted(offering, segment, row))
			offering->code =
				offer_entry(offering, (uint64_t)segment * ARCHIVE_SEGMENT + row);
	}
	return offering->more && !offering->code;
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
	for (i = 0; i < query->count; i++)
		plan_criterion(&plan, &query->criteria[i]);
	if (!listing->counting && query->max >= 0 && query->sort_count) {
		offering.by_time = query->sorts[0].key->field == OPERATION_TIMESTAMP;
		offering.by_id = query->sorts[0].key->field == OPERATION_ID;
		offering.descending = offering.by_time && query->sorts[0].descending;
	}
	/* entries mostly come in order of time: so the first that are seen are mostly wanted */
	plan.backwards = offering.descending;
	arena_init(&offering.arena);
	code = plan_run(&plan, offer_segment, &offering);
	arena_clear(&offering.arena);
	return code ? code : offering.code;
}
