#include "core/history/first_ids.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/history/scan.h"

struct first_ids {
	uint32_t rows; /* that the segment had */
	bool all;      /* there were no others */
	bool tied;     /* some of them have the order of the last one here */
	size_t count;
	uint16_t row[FIRST_IDS];   /* in order of ids */
	uint64_t order[FIRST_IDS]; /* of these rows: columns are far away */
};

/* Guards every segment's: what is done under it takes microseconds. */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

/* Those from AT on are moved behind ROW, or out. */
static void put_in(struct first_ids *first, const uint64_t *order, size_t at, uint32_t row)
{
	for (; at && order[first->row[at - 1]] > order[row]; at--)
		first->row[at] = first->row[at - 1];
	first->row[at] = (uint16_t)row;
}

static void insert(struct first_ids *first, const uint64_t *order, uint32_t row)
{
	size_t at = first->count;

	uint64_t gone;

	if (at < FIRST_IDS) {
		first->count++;
		put_in(first, order, at, row);
		return;
	}
	first->all = false;
	gone = order[first->row[FIRST_IDS - 1]];
	if (order[row] >= gone) {
		first->tied |= order[row] == gone;
		return;
	}
	put_in(first, order, FIRST_IDS - 1, row);
	first->tied = order[first->row[FIRST_IDS - 1]] == gone;
}

static void find(struct first_ids *first, const struct column_set *set, uint32_t count,
		 const uint8_t *mask)
{
	uint32_t row;
	size_t i;

	first->rows = count;
	first->count = 0;
	first->all = true;
	first->tied = false;
	for (row = mask_next(mask, 0, count); row < count; row = mask_next(mask, row + 1, count))
		insert(first, set->order, row);
	for (i = 0; i < first->count; i++)
		first->order[i] = set->order[first->row[i]];
}

static size_t count_living(const struct first_ids *first, const uint8_t *mask)
{
	size_t i, living = 0;

	for (i = 0; i < first->count; i++)
		living += mask[first->row[i]] != 0;
	return living;
}

/* The cache hangs on the set, but has a lock of its own. */
static struct first_ids **cache_of(const struct column_set *set)
{
	return &((struct column_set *)(uintptr_t)set)->first_ids;
}

static void leave_up_to(const uint64_t *order, uint32_t count, uint64_t last, uint8_t *mask)
{
	uint32_t row;

	for (row = 0; row < count; row++)
		mask[row] &= order[row] <= last;
}

void first_ids_leave(const struct column_set *set, uint32_t count, size_t limit, uint64_t high,
		     uint8_t *mask)
{
	uint16_t living[FIRST_IDS];
	struct first_ids *first;
	size_t i, left = 0;
	uint64_t last;
	bool tied;

	pthread_mutex_lock(&mutex);
	first = *cache_of(set);
	if (!first) {
		first = *cache_of(set) = memory_alloc(sizeof(*first));
		first->rows = UINT32_MAX;
	}
	if (first->rows != count || (!first->all && count_living(first, mask) < limit))
		find(first, set, count, mask);
	for (i = 0; i < first->count; i++)
		if (first->order[i] <= high && mask[first->row[i]])
			living[left++] = first->row[i];
	tied = first->tied;
	last = tied ? first->order[FIRST_IDS - 1] : 0;
	pthread_mutex_unlock(&mutex);
	if (tied) {
		leave_up_to(set->order, count, last < high ? last : high, mask);
		return;
	}
	memset(mask, 0, count);
	for (i = 0; i < left; i++)
		mask[living[i]] = 1;
}

bool first_ids_least(const struct column_set *set, uint64_t *ret)
{
	const struct first_ids *first;
	bool known;

	pthread_mutex_lock(&mutex);
	first = *cache_of(set);
	known = first && first->rows == set->count && first->count;
	*ret = known ? first->order[0] : 0;
	pthread_mutex_unlock(&mutex);
	return known;
}

void first_ids_free(struct first_ids *first)
{
	free(first);
}
