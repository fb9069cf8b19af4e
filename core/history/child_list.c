#include "core/history/child_list.h"

#include <stdlib.h>
#include <string.h>

#include "core/history/child_bound.h"
#include "core/history/child_count.h"
#include "core/history/child_order.h"
#include "core/history/child_read.h"
#include "core/history/child_reference.h"
#include "core/history/child_shape_query.h"
#include "core/history/scan.h"

struct walk {
	struct request *request;
	struct history *history;
	struct child_query query;
	child_take take;
	void *arg;
	struct listing *listing; /* when it may end the walk early, else NULL */
	bool descending;
	bool enough;
	bool by_ids;               /* postings of ids lead the walk, */
	const char *assignee;      /* those of the tasks of one, if not NULL */
	struct child_order *order; /* rows found by it only; or, */
	bool others;               /* all others */
	const char *bound;         /* rows before it come before all that the order has not found */
	uint64_t before;           /* how many such rows there were */
	struct child_reader reader;
};

enum {
	ORDER_SLACK = 16,  /* rows found beyond a page's end, to see that it is complete */
	ORDER_STEP = 8192, /* rows that are looked for at once, */
	STEP_GROWTH = 8,   /* and times as many as the time before, at most */
	POSTINGS_EACH = 4, /* children of an instance, as a guess */
	SCAN_COST = 16,    /* postings that are walked in the time that the next record takes, */
	LOOKUP_COST = 32,  /* or any other */
	TRIAL = 4,         /* what is tried first takes at most this part of reading all */
};

/* Absent ids come first. */
static bool is_before(const char *bound, const char *id)
{
	return !bound || !id || strncmp(id, bound, strlen(bound)) < 0;
}

/* Hands the rows of one instance on. */
static int walk_record(struct walk *walk, uint64_t number)
{
	struct child_reader *reader = &walk->reader;
	const struct rows *rows = &reader->rows[walk->query.kind];
	size_t i;

	TRY(child_reader_read(reader, number));
	for (i = 0; i < rows->count && !walk->enough; i++) {
		const union slot *row = rows->row[i];

		if (walk->order &&
		    child_order_found(walk->order, row, number, walk->others) == walk->others)
			continue;
		if (!child_query_matches(&walk->query, reader->rows, row))
			continue;
		walk->enough = !walk->take(walk->arg, row);
		walk->before += is_before(walk->bound, row[0].s);
	}
	return 0;
}

struct candidate_list {
	struct walk *walk;
	struct candidates **items;
	size_t count, room;
	uint64_t total; /* of candidates */
};

static int64_t better(int64_t a, int64_t b, bool descending)
{
	return (a < b) != descending ? a : b;
}

/* In order of time: what the first of the candidates, in the order of the page, is bound by. */
static void find_best(const struct walk *walk, struct candidates *candidates)
{
	struct columns *columns = walk->history->process_columns;
	const struct column_set *set;
	uint32_t row;

	candidates->best = walk->descending ? INT64_MIN : INT64_MAX;
	archive_lock_shared(columns_archive(columns));
	set = columns_set(columns, candidates->segment);
	for (row = 0; row < set->count; row++)
		if (is_candidate(candidates, row))
			candidates->best =
				better(candidates->best, child_bound_of(set, row, walk->descending),
				       walk->descending);
	archive_unlock(columns_archive(columns));
}

static bool take_candidates(void *arg, uint32_t segment, const uint8_t *mask, uint32_t count)
{
	struct candidate_list *list = arg;
	struct candidates *candidates = memory_alloc(sizeof(*candidates));

	memset(candidates, 0, sizeof(*candidates));
	candidates->segment = segment;
	candidates->count = mask_pack(mask, count, candidates->bits);
	list->total += candidates->count;
	if (list->walk->listing && !list->walk->by_ids)
		find_best(list->walk, candidates);
	if (list->count == list->room) {
		list->room = list->room * 2 + 16;
		list->items = memory_resize(list->items, list->room * sizeof(struct candidates *));
	}
	list->items[list->count++] = candidates;
	return true;
}

/* Whether what lies behind BOUND is of no use any more. */
static bool is_past(const struct walk *walk, int64_t bound)
{
	int64_t last;

	if (!walk->listing || !listing_last_number(walk->listing, &last))
		return false;
	return walk->descending ? bound < last : bound > last;
}

struct bounded {
	int64_t bound;
	uint32_t row;
};

static int compare_bounded(const void *left, const void *right)
{
	const struct bounded *a = left, *b = right;

	return a->bound != b->bound ? (a->bound > b->bound) - (a->bound < b->bound)
				    : (a->row > b->row) - (a->row < b->row);
}

/* The candidates of a segment that may still be of use, in order of what bounds them. */
static size_t order_segment(const struct walk *walk, const struct candidates *candidates,
			    struct bounded *out)
{
	struct columns *columns = walk->history->process_columns;
	const struct column_set *set;
	size_t count = 0;
	uint32_t row;

	archive_lock_shared(columns_archive(columns));
	set = columns_set(columns, candidates->segment);
	for (row = 0; row < ARCHIVE_SEGMENT; row++) {
		if (!is_candidate(candidates, row))
			continue;
		out[count].row = row;
		out[count].bound = child_bound_of(set, row, walk->descending);
		count++;
	}
	archive_unlock(columns_archive(columns));
	return count;
}

/* In the order of their times: ends as soon as the rest is of no use. */
static int walk_ordered(struct walk *walk, const struct candidates *candidates)
{
	struct bounded *bounded;
	size_t count, i, n;
	int code = 0;

	if (is_past(walk, candidates->best))
		return 0;
	bounded = memory_alloc(candidates->count * sizeof(*bounded));
	n = order_segment(walk, candidates, bounded);
	for (i = 0, count = 0; i < n; i++)
		if (!is_past(walk, bounded[i].bound))
			bounded[count++] = bounded[i];
	if (count)
		qsort(bounded, count, sizeof(*bounded), compare_bounded);
	for (i = 0; i < count && !code && !walk->enough; i++) {
		const struct bounded *next = &bounded[walk->descending ? count - 1 - i : i];

		if (is_past(walk, next->bound))
			break;
		code = walk_record(walk,
				   (uint64_t)candidates->segment * ARCHIVE_SEGMENT + next->row);
	}
	free(bounded);
	return code;
}

static int walk_segment(struct walk *walk, const struct candidates *candidates)
{
	uint32_t row;

	if (walk->listing && !walk->by_ids)
		return walk_ordered(walk, candidates);
	for (row = 0; row < ARCHIVE_SEGMENT && !walk->enough; row++)
		if (is_candidate(candidates, row))
			TRY(walk_record(walk,
					(uint64_t)candidates->segment * ARCHIVE_SEGMENT + row));
	return 0;
}

static int compare_segments(const void *left, const void *right)
{
	const struct candidates *a = *(struct candidates *const *)left,
				*b = *(struct candidates *const *)right;

	return (a->best > b->best) - (a->best < b->best);
}

static int walk_candidates(struct walk *walk, const struct candidate_list *list)
{
	size_t i;

	if (walk->listing && !walk->by_ids && list->count)
		qsort(list->items, list->count, sizeof(struct candidates *), compare_segments);
	for (i = 0; i < list->count && !walk->enough; i++)
		TRY(walk_segment(walk, list->items[walk->descending ? list->count - 1 - i : i]));
	return 0;
}

/* The next rows in order of their ids, COUNT or more of them. */
static int walk_step(struct walk *walk, const struct candidate_list *list, size_t count)
{
	size_t i, number_count;
	uint64_t *numbers;
	int code;

	TRY(child_order_step(walk->order, list->items, list->count, count, &numbers,
			     &number_count));
	walk->bound = child_order_bound(walk->order, walk->request->arena);
	for (i = 0, code = 0; i < number_count && !code && !walk->enough; i++)
		code = walk_record(walk, numbers[i]);
	free(numbers);
	return code;
}

/*
 * Whether finding COUNT rows in order of ids, each with a look at its record, takes little beside
 * reading all candidates. The fewer they are, the more postings of others lie
 * between theirs.
 */
static bool by_ids_pays(const struct walk *walk, const struct candidate_list *list, uint64_t count)
{
	uint64_t all = archive_visible(walk->history->processes), candidates = list->total;

	if (!candidates || count > candidates * POSTINGS_EACH)
		return false;
	return count * (LOOKUP_COST + POSTINGS_EACH * all / candidates) <=
	       candidates * SCAN_COST / TRIAL;
}

static uint64_t first_step(uint64_t wanted)
{
	return wanted + ORDER_SLACK < ORDER_STEP ? wanted + ORDER_SLACK : ORDER_STEP;
}

/* As many as are missing, if the filters let pass of them what they have let pass of those FOUND.
 */
static uint64_t next_step(uint64_t count, uint64_t found, uint64_t passed, uint64_t wanted)
{
	uint64_t most = count * STEP_GROWTH < ORDER_STEP ? count * STEP_GROWTH : ORDER_STEP;
	uint64_t missing = wanted > passed ? wanted - passed : 0;
	uint64_t guess = passed ? found * missing / passed : most;

	guess += guess / 8 + ORDER_SLACK;
	return guess < most ? guess : most;
}

static void begin_order(struct walk *walk, struct child_order *order)
{
	const char *const *names;
	size_t count;

	child_order_init(order, walk->history, walk->query.kind, walk->assignee);
	if (!walk->assignee &&
	    (child_shapes_names(&walk->query, walk->request->arena, &names, &count) ||
	     child_query_activity(&walk->query, walk->request->arena, &names, &count)))
		child_order_by_names(order, names, count);
}

/*
 * In order of ids: as many of the next rows as the page has room for, and more as long as filters
 * leave some out. When that takes too long, all the others as they lie.
 */
static int walk_by_ids(struct walk *walk, const struct candidate_list *list)
{
	const struct query *query = walk->listing->query;
	uint64_t wanted = (uint64_t)query->first + (uint64_t)query->max;
	uint64_t count = first_step(wanted), found = 0;
	struct child_order order;
	bool covered = false;
	int code = 0;

	begin_order(walk, &order);
	walk->order = &order;
	while (!code && !walk->enough && !covered && by_ids_pays(walk, list, found + count)) {
		code = walk_step(walk, list, count);
		covered = !walk->bound || walk->before >= wanted;
		found += count;
		count = next_step(count, found, walk->before, wanted);
	}
	walk->others = true;
	if (!code && !covered)
		code = walk_candidates(walk, list);
	walk->order = NULL;
	child_order_clear(&order);
	return code;
}

static int walk_all(struct walk *walk)
{
	struct candidate_list list = {.walk = walk};
	struct plan plan;
	size_t i;
	int code = child_bound_plan(walk->request, &walk->query, &plan);

	if (!code)
		code = plan_run(&plan, take_candidates, &list);
	if (!code)
		code = walk->by_ids ? walk_by_ids(walk, &list) : walk_candidates(walk, &list);
	for (i = 0; i < list.count; i++)
		free(list.items[i]);
	free(list.items);
	return code;
}

/* Texts that a query asks of FIELD for equality: one, or a list; 0 = it asks nothing of the kind.
 */
static size_t wanted_texts(const struct query *query, const char *field,
			   const char *const **ret_texts)
{
	size_t i;

	for (i = 0; i < query->count; i++) {
		const struct criterion *c = &query->criteria[i];
		const struct field *of = &query->resource->kind->fields[c->filter->field];

		if (strcmp(of->name, field) || (c->filter->op != OP_EQ && c->filter->op != OP_IN))
			continue;
		*ret_texts = c->filter->op == OP_EQ ? &c->text : c->list.items;
		if (c->filter->op == OP_EQ || c->list.count)
			return c->filter->op == OP_EQ ? 1 : c->list.count;
	}
	return 0;
}

static int compare_numbers(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return (a > b) - (a < b);
}

/* The instances with those ids, each once, without looking at any other. */
static int walk_named(struct walk *walk, const char *const *ids, size_t count)
{
	struct arena *arena = walk->request->arena;
	uint64_t *numbers = arena_array(arena, count, sizeof(*numbers));
	struct txn reader = txn_reader(walk->history->store, arena);
	size_t i, found = 0;

	for (i = 0; i < count; i++) {
		int code = ids[i] ? history_find_process(&reader, walk->history, ids[i],
							 &numbers[found])
				  : ERR_NOT_FOUND;

		found += !code;
		if (code && code != ERR_NOT_FOUND)
			return code;
	}
	if (found)
		qsort(numbers, found, sizeof(*numbers), compare_numbers);
	for (i = 0; i < found && !walk->enough; i++)
		if (!i || numbers[i] != numbers[i - 1])
			TRY(walk_record(walk, numbers[i]));
	return 0;
}

static int run_walk(struct walk *walk)
{
	const char *const *ids;
	size_t count = wanted_texts(walk->query.query, "processInstanceId", &ids);
	int code;

	child_reader_init(&walk->reader, walk->request, &walk->query);
	code = count ? walk_named(walk, ids, count) : walk_all(walk);
	child_reader_clear(&walk->reader);
	return code;
}

int child_list_walk(struct request *request, enum process_row kind, const struct query *query,
		    child_take take, void *arg)
{
	struct walk walk = {
		.request = request, .history = request->engine->history, .take = take, .arg = arg};

	TRY(child_query_make(request, kind, query, &walk.query));
	return run_walk(&walk);
}

static bool take_for_listing(void *arg, const union slot *row)
{
	return listing_offer(arg, row);
}

/* Lets the order of a page lead the walk, so that it ends when the page is full. */
static void lead_walk(struct walk *walk, struct listing *listing)
{
	const struct sorting *first = &listing->query->sorts[0];

	walk->by_ids = !first->key->field && !first->descending &&
		       (POSTED_CHILDREN >> walk->query.kind & 1);
	if (walk->by_ids)
		walk->assignee = child_query_assignee(&walk->query);
	walk->query.by_assignee = walk->assignee != NULL;
	if (!walk->by_ids && !child_bound_orders(walk->query.kind, first->key->field))
		return;
	walk->listing = listing;
	walk->descending = first->descending;
}

int child_list_offer(struct request *request, enum process_row kind, const struct query *query,
		     struct listing *listing)
{
	struct walk walk = {.request = request,
			    .history = request->engine->history,
			    .take = take_for_listing,
			    .arg = listing};
	const char *const *ids;
	int64_t total;

	TRY(child_query_make(request, kind, query, &walk.query));
	if (listing->counting && !wanted_texts(query, "processInstanceId", &ids)) {
		TRY(child_count(request, &walk.query, &total));
		listing->matched += total;
		return 0;
	}
	if (!listing->counting && query->max >= 0 && query->sort_count)
		lead_walk(&walk, listing);
	return run_walk(&walk);
}

/* Whether NUMBER has a child of KIND with that id. */
static int find_in(struct txn *txn, struct history *history, enum process_row kind, const char *id,
		   uint64_t number, union slot **ret)
{
	struct rows rows[ROW_MAX];
	size_t i;

	if (archive_hidden(history->processes, number))
		return ERR_NOT_FOUND;
	TRY(history_read_process(txn, history, number, 1u << kind, rows));
	for (i = 0; i < rows[kind].count; i++) {
		if (rows[kind].row[i][0].s && !strcmp(rows[kind].row[i][0].s, id)) {
			*ret = rows[kind].row[i];
			return 0;
		}
	}
	return ERR_NOT_FOUND;
}

struct finding {
	struct request *request;
	enum process_row kind;
	const char *id;
	union slot *row;
	uint64_t number;
	int code; /* ERR_NOT_FOUND as long as it is not found */
};

/* Looks into NUMBER; false when the search is over. */
static bool try_number(struct finding *finding, uint64_t number)
{
	struct history *history = finding->request->engine->history;
	struct arena *arena = finding->request->arena;
	struct arena_mark mark = arena_mark(arena);
	struct txn reader = txn_reader(history->store, arena);

	finding->code = request_stopped(finding->request);
	if (!finding->code)
		finding->code = find_in(&reader, history, finding->kind, finding->id, number,
					&finding->row);
	finding->number = number;
	if (finding->code)
		arena_rewind(arena, mark);
	return finding->code == ERR_NOT_FOUND;
}

static bool take_posting(void *arg, struct bytes key, uint64_t number)
{
	(void)key;
	return try_number(arg, number);
}

int child_find(struct request *request, enum process_row kind, const char *id, union slot **ret,
	       uint64_t *ret_number)
{
	struct finding finding = {.request = request, .kind = kind, .id = id};
	struct history *history = request->engine->history;
	uint64_t visible = archive_visible(history->processes), number;
	struct arena arena;
	struct txn reader;
	uint32_t segment;
	int code = 0;

	finding.code = ERR_NOT_FOUND;
	arena_init(&arena);
	reader = txn_reader(history->store, &arena);
	code = child_reference_owner(&reader, history, id, &number);
	if (!code)
		try_number(&finding, number);
	code = code == ERR_NOT_FOUND ? 0 : code;
	for (segment = 0; (uint64_t)segment * ARCHIVE_SEGMENT < visible && !code &&
			  finding.code == ERR_NOT_FOUND;
	     segment++) {
		code = child_reference_find(&reader, history, segment, kind, id, take_posting,
					    &finding);
		arena_clear(&arena);
	}
	arena_clear(&arena);
	*ret = finding.row;
	*ret_number = finding.number;
	return code ? code : finding.code;
}
