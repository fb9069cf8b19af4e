#include "core/history/page_window.h"

#include <stdlib.h>
#include <string.h>

#include "core/history/scan.h"

enum {
	BUCKETS = 65536,
	NEAR = 1024, /* rows before the page in its window: few enough to sort with it */
};

const struct page_window page_window_all = {0, UINT64_MAX, 0};

/* One pass: how many rows there are in each part of a range of places. */
struct counting {
	const struct plan *plan;
	const struct process_sort_key *key;
	uint64_t flip;      /* a row's place is its number, or what lacks, when the key descends */
	uint64_t low, high; /* places */
	unsigned shift;     /* of a place behind low: its bucket */
	uint64_t *counts;
};

static bool may_lie_within(void *arg, const struct column_set *set)
{
	const struct counting *counting = arg;
	uint64_t low = counting->low ^ counting->flip, high = counting->high ^ counting->flip;
	uint64_t least, most;

	if (!process_sort_bounds(counting->key, set, &least, &most))
		return true;
	return counting->flip ? least <= low && most >= high : least <= high && most >= low;
}

static bool count_places(void *arg, uint32_t segment, const uint8_t *mask, uint32_t count)
{
	const struct counting *counting = arg;
	struct archive *archive = columns_archive(counting->plan->columns);
	uint64_t width = counting->high - counting->low;
	const struct column_set *set;
	uint32_t row;

	archive_lock_shared(archive);
	set = columns_set(counting->plan->columns, segment);
	count = set->absent ? 0 : count;
	for (row = mask_next(mask, 0, count); row < count; row = mask_next(mask, row + 1, count)) {
		uint64_t place = process_sort_number(counting->key, set, row) ^ counting->flip;

		if (place - counting->low <= width)
			counting->counts[(place - counting->low) >> counting->shift]++;
	}
	archive_unlock(archive);
	return true;
}

/* Where places of rows lie at all, by the bounds of the segments. */
static void find_range(struct counting *counting)
{
	struct columns *columns = counting->plan->columns;
	uint64_t least = UINT64_MAX, most = 0, low, high;
	uint32_t segment;

	archive_lock_shared(columns_archive(columns));
	for (segment = 0; segment < columns_count(columns); segment++) {
		const struct column_set *set = columns_set(columns, segment);

		if (set->absent || !set->count)
			continue;
		if (!process_sort_bounds(counting->key, set, &low, &high)) {
			low = 0;
			high = UINT64_MAX;
		}
		least = low < least ? low : least;
		most = high > most ? high : most;
	}
	archive_unlock(columns_archive(columns));
	counting->low = (counting->flip ? most : least) ^ counting->flip;
	counting->high = (counting->flip ? least : most) ^ counting->flip;
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

static int count_all(struct plan *plan, struct counting *counting)
{
	counting->shift = shift_for(counting->high - counting->low);
	memset(counting->counts, 0, BUCKETS * sizeof(*counting->counts));
	return plan_run(plan, count_places, counting);
}

/* Until few come before the page, or all that do are alike. */
static int narrow(struct plan *plan, struct counting *counting, uint64_t first,
		  struct page_window *ret)
{
	uint64_t skipped = 0;

	do {
		TRY(count_all(plan, counting));
		if (!enter_bucket(counting, first, &skipped)) {
			*ret = (struct page_window){UINT64_MAX, 0, first};
			return 0;
		}
	} while (first - skipped > NEAR && counting->shift);
	ret->skipped = skipped;
	if (counting->flip)
		ret->high = counting->low ^ counting->flip;
	else
		ret->low = counting->low;
	return 0;
}

int page_window_find(struct plan *plan, const struct process_sort_key *key, uint64_t first,
		     struct page_window *ret)
{
	struct counting counting = {
		.plan = plan, .key = key, .flip = key->descending ? UINT64_MAX : 0};
	int code;

	*ret = page_window_all;
	counting.counts = memory_alloc(BUCKETS * sizeof(*counting.counts));
	find_range(&counting);
	plan->worth = may_lie_within;
	plan->narrow_arg = &counting;
	code = narrow(plan, &counting, first, ret);
	plan->worth = NULL;
	plan->narrow_arg = NULL;
	free(counting.counts);
	return code;
}
