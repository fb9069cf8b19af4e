#include "core/history/page_bound.h"

#include <stdlib.h>
#include <string.h>

void page_bound_init(struct page_bound *bound, const struct listing *listing,
		     struct columns *columns, int id, int time)
{
	const struct query *query = listing->query;

	memset(bound, 0, sizeof(*bound));
	bound->listing = listing;
	bound->columns = columns;
	if (listing->counting || query->max < 0 || !query->sort_count)
		return;
	bound->by_time = query->sorts[0].key->field == time;
	bound->by_id = query->sorts[0].key->field == id && !query->sorts[0].descending;
	bound->descending = bound->by_time && query->sorts[0].descending;
	if (bound->by_time || bound->by_id)
		bound->places = memory_alloc(ARCHIVE_SEGMENT * sizeof(*bound->places));
}

void page_bound_clear(struct page_bound *bound)
{
	free(bound->places);
}

static void enter(struct page_bound *bound, uint32_t segment, uint32_t count)
{
	struct archive *archive = columns_archive(bound->columns);
	const struct column_set *set;

	if (!bound->places)
		return;
	archive_lock_shared(archive);
	set = columns_set(bound->columns, segment);
	if (bound->by_time)
		memcpy(bound->places, set->start_time, count * sizeof(*bound->places));
	else
		memcpy(bound->places, set->order, count * sizeof(*bound->places));
	archive_unlock(archive);
}

static void ask(struct page_bound *bound)
{
	const char *text;

	bound->asked = true;
	if (bound->by_time) {
		bound->ends = listing_last_number(bound->listing, &bound->last_time);
		return;
	}
	text = listing_last_text(bound->listing);
	bound->ends = text != NULL;
	bound->last_id = text ? id_order(text) : 0;
}

static bool wants(struct page_bound *bound, uint32_t row)
{
	int64_t time;

	if (!bound->places)
		return true;
	if (!bound->asked)
		ask(bound);
	if (!bound->ends)
		return true;
	if (bound->by_id)
		return bound->places[row] <= bound->last_id;
	time = (int64_t)bound->places[row];
	return bound->descending ? time >= bound->last_time : time <= bound->last_time;
}

bool page_bound_walk(struct page_bound *bound, uint32_t segment, const uint8_t *mask,
		     uint32_t count, bool (*take)(void *arg, uint64_t number), void *arg)
{
	uint32_t i;

	enter(bound, segment, count);
	for (i = 0; i < count; i++) {
		uint32_t row = bound->descending ? count - 1 - i : i;

		if (mask[row] && wants(bound, row) &&
		    !take(arg, (uint64_t)segment * ARCHIVE_SEGMENT + row))
			return false;
	}
	return true;
}

void page_bound_offered(struct page_bound *bound)
{
	bound->asked = false;
}
