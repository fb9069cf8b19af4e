#include "core/history/plan.h"

#include <stdlib.h>
#include <string.h>

#include "core/history/history.h"
#include "core/history/scan.h"
#include "storage/archive_reader.h"

enum { FEW_ROWS = 128 };

void plan_init(struct plan *plan, struct history *history, struct columns *columns,
	       struct arena *arena)
{
	memset(plan, 0, sizeof(*plan));
	plan->history = history;
	plan->columns = columns;
	plan->arena = arena;
	plan->visible = archive_visible(columns_archive(columns));
}

struct condition *plan_add(struct plan *plan, struct condition_group *group)
{
	if (group->count == group->room) {
		struct condition *grown =
			arena_array(plan->arena, group->room * 2 + 4, sizeof(*grown));

		if (group->count)
			memcpy(grown, group->conditions, group->count * sizeof(*grown));
		group->conditions = grown;
		group->room = group->room * 2 + 4;
	}
	return &group->conditions[group->count++];
}

void plan_leave_records(struct plan *plan)
{
	size_t i;

	for (i = 0; i < plan->all.count; i++)
		plan->all.conditions[i].match = NULL;
}

struct condition_group *plan_add_group(struct plan *plan)
{
	plan->any = arena_room(plan->arena, plan->any, plan->any_count, sizeof(*plan->any));
	return &plan->any[plan->any_count++];
}

static int compare_numbers(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return (a > b) - (a < b);
}

/* Any of several hashes, in order. */
static void hashes_scan(const struct condition *c, const struct column_set *set, uint32_t segment,
			uint32_t count, uint8_t *out)
{
	uint32_t row;

	(void)segment;
	for (row = 0; row < count; row++)
		out[row] = set->business_key[row] && c->number_count &&
			   bsearch(&set->business_key[row], c->numbers, c->number_count,
				   sizeof(*c->numbers), compare_numbers);
}

void condition_business_keys(struct condition *condition, const struct plan *plan,
			     const char *const *keys, size_t count)
{
	uint64_t *hashes = arena_array(plan->arena, count, sizeof(*hashes));
	size_t i;

	condition->scan = hashes_scan;
	for (i = 0; i < count; i++)
		if (keys[i])
			hashes[condition->number_count++] = history_hash(plan->history, keys[i]);
	qsort(hashes, condition->number_count, sizeof(*hashes), compare_numbers);
	condition->numbers = hashes;
}

static const void *column_of(const struct condition *condition, const struct column_set *set)
{
	return *(const void *const *)(const void *)((const char *)set + condition->column);
}

/* Which of a segment's bounds a column's values lie between; -1: none. */
static int bound_of(size_t column)
{
	switch (column) {
	case offsetof(struct column_set, start_time):
		return BOUND_START_TIME;
	case offsetof(struct column_set, end_time):
		return BOUND_END_TIME;
	default:
		return -1;
	}
}

static void range_scan(const struct condition *c, const struct column_set *set, uint32_t segment,
		       uint32_t count, uint8_t *out)
{
	int bound = bound_of(c->column);

	(void)segment;
	if (bound >= 0 && set->bounds[bound].low >= c->low && set->bounds[bound].high <= c->high)
		memset(out, 1, count);
	else
		scan_range(column_of(c, set), count, c->low, c->high, out);
}

/* Whether no row of the segment can hold what every row must. */
static bool is_outside(const struct condition *c, const struct column_set *set)
{
	int bound = c->scan == range_scan && !c->negated ? bound_of(c->column) : -1;

	return bound >= 0 && (set->bounds[bound].low > c->high || set->bounds[bound].high < c->low);
}

static void equal_scan(const struct condition *c, const struct column_set *set, uint32_t segment,
		       uint32_t count, uint8_t *out)
{
	(void)segment;
	scan_equal(column_of(c, set), count, c->value, out);
}

static void table_scan(const struct condition *c, const struct column_set *set, uint32_t segment,
		       uint32_t count, uint8_t *out)
{
	(void)segment;
	scan_table(column_of(c, set), count, c->table, out);
}

static void flags_scan(const struct condition *c, const struct column_set *set, uint32_t segment,
		       uint32_t count, uint8_t *out)
{
	(void)segment;
	scan_bits(set->flags, count, c->bits, (uint8_t)c->value, out);
}

static void states_scan(const struct condition *c, const struct column_set *set, uint32_t segment,
			uint32_t count, uint8_t *out)
{
	(void)segment;
	scan_set(set->state, count, (uint32_t)c->value, out);
}

static void never_scan(const struct condition *c, const struct column_set *set, uint32_t segment,
		       uint32_t count, uint8_t *out)
{
	(void)c;
	(void)set;
	(void)segment;
	memset(out, 0, count);
}

/* The first of the ascending NUMBERS that is not below LEAST. */
static size_t lower_bound(const uint64_t *numbers, size_t count, uint64_t least)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (numbers[middle] < least)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void numbers_scan(const struct condition *c, const struct column_set *set, uint32_t segment,
			 uint32_t count, uint8_t *out)
{
	uint64_t first = (uint64_t)segment * ARCHIVE_SEGMENT;
	size_t i = lower_bound(c->numbers, c->number_count, first);

	(void)set;
	memset(out, 0, count);
	for (; i < c->number_count && c->numbers[i] - first < count; i++)
		out[c->numbers[i] - first] = 1;
}

void condition_range(struct condition *condition, size_t column, int64_t low, int64_t high)
{
	condition->scan = range_scan;
	condition->column = column;
	condition->low = low;
	condition->high = high;
}

void condition_equal(struct condition *condition, size_t column, uint64_t value)
{
	condition->scan = equal_scan;
	condition->column = column;
	condition->value = value;
}

void condition_table(struct condition *condition, size_t column, const uint8_t *table)
{
	condition->scan = table_scan;
	condition->column = column;
	condition->table = table;
}

void condition_flags(struct condition *condition, uint8_t flags, uint8_t value)
{
	condition->scan = flags_scan;
	condition->bits = flags;
	condition->value = value;
}

void condition_states(struct condition *condition, uint32_t set)
{
	condition->scan = states_scan;
	condition->value = set;
}

void condition_numbers(struct condition *condition, struct arena *arena, const uint64_t *numbers,
		       size_t count)
{
	uint64_t *sorted = arena_copy(arena, numbers, count * sizeof(*numbers));

	qsort(sorted, count, sizeof(*sorted), compare_numbers);
	condition->scan = numbers_scan;
	condition->numbers = sorted;
	condition->number_count = count;
}

void condition_never(struct condition *condition)
{
	condition->scan = never_scan;
}

void condition_records(struct condition *condition, condition_match match, uint64_t want,
		       const void *object)
{
	condition->match = match;
	condition->want = want;
	condition->object = object;
}

struct running {
	struct plan *plan;
	struct txn txn;
	struct arena arena; /* of rows and postings */
	struct archive_reader records;
	uint8_t mask[ARCHIVE_SEGMENT];  /* what still qualifies */
	uint8_t one[ARCHIVE_SEGMENT];   /* of one condition */
	uint8_t group[ARCHIVE_SEGMENT]; /* of one group */
	uint8_t **found;                /* of each condition with postings, in order */
	uint8_t **says; /* of each condition in a group: what columns and postings say */
};

static size_t count_finds(const struct condition_group *group)
{
	size_t i, n = 0;

	for (i = 0; i < group->count; i++)
		n += group->conditions[i].find != NULL;
	return n;
}

static uint8_t **make_masks(struct arena *arena, size_t count)
{
	uint8_t **masks = arena_array(arena, count, sizeof(uint8_t *));
	size_t i;

	for (i = 0; i < count; i++)
		masks[i] = arena_alloc(arena, ARCHIVE_SEGMENT);
	return masks;
}

static void prepare_found(struct running *running)
{
	struct plan *plan = running->plan;
	size_t i, grouped = 0, n = count_finds(&plan->all);

	for (i = 0; i < plan->any_count; i++) {
		n += count_finds(&plan->any[i]);
		grouped += plan->any[i].count;
	}
	running->found = make_masks(plan->arena, n);
	running->says = make_masks(plan->arena, grouped);
}

static int find_group(struct running *running, const struct condition_group *group,
		      uint32_t segment, size_t *at)
{
	size_t i;

	for (i = 0; i < group->count; i++) {
		const struct condition *c = &group->conditions[i];

		if (!c->find)
			continue;
		memset(running->found[*at], 0, ARCHIVE_SEGMENT);
		TRY(c->find(c, &running->txn, columns_archive(running->plan->columns), segment,
			    running->found[(*at)++]));
	}
	return 0;
}

static int find_all(struct running *running, uint32_t segment)
{
	struct plan *plan = running->plan;
	size_t i, at = 0;

	TRY(find_group(running, &plan->all, segment, &at));
	for (i = 0; i < plan->any_count; i++)
		TRY(find_group(running, &plan->any[i], segment, &at));
	arena_reset(&running->arena);
	return 0;
}

static void take_found(uint8_t *out, const uint8_t *found, const struct condition *c,
		       const struct column_set *set, uint32_t count)
{
	uint32_t i;

	memcpy(out, found, count);
	for (i = 0; c->unless && i < count; i++)
		out[i] |= (set->children[i] & c->unless) == 0;
}

/* running->one of a condition on columns or postings. */
static void scan_one(struct running *running, const struct condition *c,
		     const struct column_set *set, uint32_t segment, uint32_t count, size_t *at)
{
	if (c->find)
		take_found(running->one, running->found[(*at)++], c, set, count);
	else if (c->scan)
		c->scan(c, set, segment, count, running->one);
	else
		memset(running->one, 1, count);
	if (c->negated)
		mask_not(running->one, count);
}

/* What the columns say of a group; rows that only its records can decide are left open. */
static void scan_group(struct running *running, const struct condition_group *group,
		       const struct column_set *set, uint32_t segment, uint32_t count, size_t *at,
		       uint8_t **says)
{
	size_t i;

	memset(running->group, group->always, count);
	for (i = 0; i < group->count; i++) {
		scan_one(running, &group->conditions[i], set, segment, count, at);
		memcpy(says[i], running->one, count);
		mask_or(running->group, running->one, count);
	}
	mask_and(running->mask, running->group, count);
}

/* What is no process instance does not count as one. */
static void leave_out_tasks(struct running *running, const struct column_set *set, uint32_t count)
{
	if (running->plan->tasks_too || !set->bounds[BOUND_STANDALONE].high)
		return;
	scan_set(set->state, count, ~((uint32_t)1 << STATE_STANDALONE_TASK), running->one);
	mask_and(running->mask, running->one, count);
}

/* Under the lock: the rows that columns and postings let pass. Returns how many rows there are. */
static uint32_t scan_segment(struct running *running, uint32_t segment)
{
	struct plan *plan = running->plan;
	struct archive *archive = columns_archive(plan->columns);
	const struct column_set *set = columns_set(plan->columns, segment);
	uint64_t first = (uint64_t)segment * ARCHIVE_SEGMENT, visible = plan->visible;
	uint32_t count = set->count;
	size_t i, at = 0, grouped = 0;

	if (visible < first + count)
		count = visible > first ? (uint32_t)(visible - first) : 0;
	scan_alive(archive_dead_bits(archive, segment), count, running->mask);
	leave_out_tasks(running, set, count);
	for (i = 0; i < plan->all.count; i++) {
		scan_one(running, &plan->all.conditions[i], set, segment, count, &at);
		mask_and(running->mask, running->one, count);
	}
	for (i = 0; i < plan->any_count; i++) {
		scan_group(running, &plan->any[i], set, segment, count, &at,
			   running->says + grouped);
		grouped += plan->any[i].count;
	}
	/* a few rows are sooner looked at than narrowed down */
	if (plan->narrow && (!plan->all.count || mask_count(running->mask, count) > FEW_ROWS))
		plan->narrow(plan->narrow_arg, set, count, running->mask);
	return count;
}

static uint64_t wanted_rows(const struct condition_group *group, bool *ret_needed)
{
	uint64_t want = 0;
	size_t i;

	for (i = 0; i < group->count; i++) {
		want |= group->conditions[i].want;
		*ret_needed |= group->conditions[i].match != NULL;
	}
	return want;
}

/* Which rows of a record are looked at, if records are. */
static uint64_t rows_wanted(const struct plan *plan, bool *ret_needed)
{
	uint64_t want;
	size_t i;

	*ret_needed = false;
	want = wanted_rows(&plan->all, ret_needed);
	for (i = 0; i < plan->any_count; i++)
		want |= wanted_rows(&plan->any[i], ret_needed);
	return want;
}

bool plan_reads_records(const struct plan *plan)
{
	bool needed;

	rows_wanted(plan, &needed);
	return needed;
}

static bool group_matches(const struct condition_group *group, uint8_t *const *says, uint32_t row,
			  const struct rows *rows)
{
	size_t i;

	for (i = 0; i < group->count; i++) {
		const struct condition *c = &group->conditions[i];

		if (says[i][row] && (!c->match || c->match(c, rows)))
			return true;
	}
	return group->always;
}

static bool record_matches(const struct running *running, uint32_t row, const struct rows *rows)
{
	const struct plan *plan = running->plan;
	size_t i, grouped = 0;

	for (i = 0; i < plan->all.count; i++) {
		const struct condition *c = &plan->all.conditions[i];

		if (c->match && !c->match(c, rows))
			return false;
	}
	for (i = 0; i < plan->any_count; i++) {
		if (!group_matches(&plan->any[i], running->says + grouped, row, rows))
			return false;
		grouped += plan->any[i].count;
	}
	return true;
}

/* Without the lock: drops from the mask what the records do not confirm. */
static int look_into_records(struct running *running, uint32_t segment, uint32_t count,
			     uint64_t want)
{
	struct plan *plan = running->plan;
	uint32_t row;

	for (row = mask_next(running->mask, 0, count); row < count;
	     row = mask_next(running->mask, row + 1, count)) {
		uint64_t number = (uint64_t)segment * ARCHIVE_SEGMENT + row;
		struct rows rows[ROW_MAX];
		struct bytes record;
		int code;

		TRY(running_stopped(plan->caller));
		code = archive_reader_get(&running->records, number, &record);
		if (!code)
			code = plan->unpack(&running->arena, plan->history, number, record, want,
					    rows);
		if (code && code != ERR_NOT_FOUND)
			return code;
		running->mask[row] = !code && record_matches(running, row, rows);
		arena_reset(&running->arena);
	}
	return 0;
}

/* Under the lock. Whether a look at the segment's bounds is enough. */
static bool passes_over(const struct plan *plan, uint32_t segment)
{
	const struct column_set *set = columns_set(plan->columns, segment);
	size_t i;

	if (!set->count || (plan->worth && !plan->worth(plan->narrow_arg, set)))
		return true;
	for (i = 0; i < plan->all.count; i++)
		if (is_outside(&plan->all.conditions[i], set))
			return true;
	return false;
}

static int run_segment(struct running *running, uint32_t segment, uint64_t want, bool records,
		       uint32_t *ret_count)
{
	struct archive *archive = columns_archive(running->plan->columns);

	bool skip;

	TRY(running_stopped(running->plan->caller));
	archive_lock_shared(archive);
	skip = passes_over(running->plan, segment);
	archive_unlock(archive);
	*ret_count = 0;
	if (skip)
		return 0;
	TRY(find_all(running, segment));
	archive_lock_shared(archive);
	*ret_count = scan_segment(running, segment);
	archive_unlock(archive);
	if (records)
		TRY(look_into_records(running, segment, *ret_count, want));
	return 0;
}

int plan_run(struct plan *plan, plan_take take, void *arg)
{
	struct running *running = memory_alloc(sizeof(*running));
	bool records, more = true;
	uint64_t want = rows_wanted(plan, &records);
	uint32_t segments, count;
	int code = 0;
	size_t i;

	running->plan = plan;
	arena_init(&running->arena);
	running->txn = txn_reader(plan->history->store, &running->arena);
	archive_reader_init(&running->records, plan->history->store,
			    columns_archive(plan->columns));
	prepare_found(running);
	archive_lock_shared(columns_archive(plan->columns));
	segments = columns_count(plan->columns);
	archive_unlock(columns_archive(plan->columns));
	for (i = 0; i < segments && !plan->nothing && more && !code; i++) {
		uint32_t segment = (uint32_t)(plan->backwards ? segments - 1 - i : i);

		code = run_segment(running, segment, want, records, &count);
		if (!code && mask_any(running->mask, count))
			more = take(arg, segment, running->mask, count);
	}
	archive_reader_clear(&running->records);
	arena_clear(&running->arena);
	free(running);
	return code;
}

static bool count_rows(void *arg, uint32_t segment, const uint8_t *mask, uint32_t count)
{
	(void)segment;
	*(int64_t *)arg += (int64_t)mask_count(mask, count);
	return true;
}

int plan_count(struct plan *plan, int64_t *ret)
{
	*ret = 0;
	return plan_run(plan, count_rows, ret);
}

struct gathering {
	uint64_t *numbers;
	size_t count, room;
};

static bool gather(void *arg, uint32_t segment, const uint8_t *mask, uint32_t count)
{
	struct gathering *gathering = arg;
	uint64_t first = (uint64_t)segment * ARCHIVE_SEGMENT;
	uint32_t row;

	if (gathering->room - gathering->count < count) {
		gathering->room = gathering->room * 2 + count;
		gathering->numbers =
			memory_resize(gathering->numbers, gathering->room * sizeof(uint64_t));
	}
	for (row = 0; row < count; row++)
		if (mask[row])
			gathering->numbers[gathering->count++] = first + row;
	return true;
}

int plan_numbers(struct plan *plan, uint64_t **ret, size_t *ret_count)
{
	struct gathering gathering = {NULL, 0, 0};
	int code = plan_run(plan, gather, &gathering);

	if (code) {
		free(gathering.numbers);
		return code;
	}
	*ret = gathering.numbers;
	*ret_count = gathering.count;
	return 0;
}
