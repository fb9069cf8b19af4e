#include "core/history/page_window.h"

#include <stdlib.h>
#include <string.h>

#include "core/history/scan.h"

enum {
	BUCKETS = 65536,
	NEAR = 1024, /* rows before the page in its window: few enough to sort with it */
};

/* One pass: how many rows there are in each part of a range of places. */
struct counting {
	struct plan *plan;
	const struct process_sort_key *keys;
	size_t place_key;   /* by this one; by those before it, rows have */
	uint64_t *edges;    /* as their numbers */
	uint64_t low, high; /* places */
	unsigned shift;     /* of a place behind low: its bucket */
	uint64_t *counts;
};

/* For plan_run(): by the first key. */
static bool may_lie_within(void *arg, const struct column_set *set)
{
	const struct counting *counting = arg;
	const struct process_sort_key *key = &counting->keys[0];
	uint64_t low = counting->low, high = counting->high, least, most;

	if (counting->place_key)
		low = high = process_sort_place(key, counting->edges[0]);
	if (!process_sort_bounds(key, set, &least, &most))
		return true;
	if (key->descending)
		return ~most <= high && ~least >= low;
	return least <= high && most >= low;
}

static bool has_edges(const struct counting *counting, const struct column_set *set, uint32_t row)
{
	size_t i;

	for (i = 0; i < counting->place_key; i++)
		if (process_sort_number(&counting->keys[i], set, row) != counting->edges[i])
			return false;
	return true;
}

static bool count_places(void *arg, uint32_t segment, const uint8_t *mask, uint32_t count)
{
	const struct counting *counting = arg;
	const struct process_sort_key *key = &counting->keys[counting->place_key];
	struct archive *archive = columns_archive(counting->plan->columns);
	uint64_t width = counting->high - counting->low;
	const struct column_set *set;
	uint32_t row;

	archive_lock_shared(archive);
	set = columns_set(counting->plan->columns, segment);
	count = set->absent ? 0 : count;
	for (row = mask_next(mask, 0, count); row < count; row = mask_next(mask, row + 1, count)) {
		uint64_t place = process_sort_place(key, process_sort_number(key, set, row));

		if (place - counting->low <= width && has_edges(counting, set, row))
			counting->counts[(place - counting->low) >> counting->shift]++;
	}
	archive_unlock(archive);
	return true;
}

/* Where places of rows lie at all, by the bounds of the segments. */
static void find_range(struct counting *counting)
{
	const struct process_sort_key *key = &counting->keys[counting->place_key];
	struct columns *columns = counting->plan->columns;
	uint64_t least = UINT64_MAX, most = 0, low, high;
	uint32_t segment;

	archive_lock_shared(columns_archive(columns));
	for (segment = 0; segment < columns_count(columns); segment++) {
		const struct column_set *set = columns_set(columns, segment);

		if (set->absent || !set->count)
			continue;
		if (!process_sort_bounds(key, set, &low, &high)) {
			low = 0;
			high = UINT64_MAX;
		}
		least = low < least ? low : least;
		most = high > most ? high : most;
	}
	archive_unlock(columns_archive(columns));
	counting->low = process_sort_place(key, key->descending ? most : least);
	counting->high = process_sort_place(key, key->descending ? least : most);
}

static unsigned shift_for(uint64_t width)
{
	unsigned shift = 0;

	while (width >> shift >= BUCKETS)
		shift++;
	return shift;
}

/* Narrows the range to the bucket that holds the row with index FIRST; false: there is none. */
static bool enter_bucket(struct counting *counting, uint64_t first, uint64_t *skipped)
{
	uint64_t behind;
	size_t i;

	for (i = 0; i < BUCKETS && *skipped + counting->counts[i] <= first; i++)
		*skipped += counting->counts[i];
	if (i == BUCKETS)
		return false;
	behind = ((uint64_t)1 << counting->shift) - 1;
	counting->low += (uint64_t)i << counting->shift;
	if (counting->high - counting->low > behind)
		counting->high = counting->low + behind;
	return true;
}

static int count_all(struct counting *counting)
{
	counting->shift = shift_for(counting->high - counting->low);
	memset(counting->counts, 0, BUCKETS * sizeof(*counting->counts));
	return plan_run(counting->plan, count_places, counting);
}

/*
 * By one key, until few come before the page, or all that do are alike: then *RET_ALIKE. False in
 * *RET_FOUND when there are not as many rows.
 */
static int narrow(struct counting *counting, uint64_t first, uint64_t *skipped, bool *ret_alike,
		  bool *ret_found)
{
	find_range(counting);
	do {
		TRY(count_all(counting));
		*ret_found = enter_bucket(counting, first, skipped);
	} while (*ret_found && first - *skipped > NEAR && counting->shift);
	*ret_alike = first - *skipped > NEAR;
	return 0;
}

/* One key after the other, as long as those before leave too many alike. */
static int find_edges(struct counting *counting, size_t key_count, uint64_t first,
		      struct page_window *window)
{
	bool alike = true, found = true;
	size_t *i = &counting->place_key;

	for (*i = 0; *i < key_count && alike && !counting->keys[*i].needs_text; ++*i) {
		const struct process_sort_key *key = &counting->keys[*i];

		TRY(narrow(counting, first, &window->skipped, &alike, &found));
		if (!found) {
			window->low = UINT64_MAX;
			window->high = 0;
			window->skipped = first;
			return 0;
		}
		window->edges[*i] = process_sort_place(key, counting->low);
		window->edge_count = *i + 1;
	}
	if (alike && *i == key_count && counting->keys[key_count - 1].sort != SORT_INSTANCE_ID) {
		window->ties = first - window->skipped;
		window->skipped = first;
	}
	return 0;
}

void page_window_init(struct page_window *window)
{
	memset(window, 0, sizeof(*window));
	window->high = UINT64_MAX;
}

int page_window_find(struct plan *plan, const struct process_sort_key *keys, size_t key_count,
		     uint64_t first, struct page_window *ret)
{
	struct counting counting = {.plan = plan, .keys = keys, .edges = ret->edges};
	int code;

	page_window_init(ret);
	counting.counts = memory_alloc(BUCKETS * sizeof(*counting.counts));
	plan->worth = may_lie_within;
	plan->narrow_arg = &counting;
	code = find_edges(&counting, key_count, first, ret);
	plan->worth = NULL;
	plan->narrow_arg = NULL;
	free(counting.counts);
	if (ret->edge_count && ret->low <= ret->high)
		*(keys[0].descending ? &ret->high : &ret->low) = ret->edges[0];
	return code;
}

bool page_window_has(struct page_window *window, const struct process_sort_key *keys,
		     const struct column_set *set, uint32_t row)
{
	size_t i;

	for (i = 0; i < window->edge_count; i++) {
		uint64_t number = process_sort_number(&keys[i], set, row);
		uint64_t place = process_sort_place(&keys[i], number);
		uint64_t edge = process_sort_place(&keys[i], window->edges[i]);

		if (place != edge)
			return place > edge;
	}
	if (!window->ties)
		return true;
	window->ties--;
	return false;
}
