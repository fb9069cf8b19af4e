#include "core/history/process_sort.h"

#include <stdlib.h>
#include <string.h>

#include "core/history/first_ids.h"
#include "core/history/scan.h"

struct ranked {
	const char *text;
	uint32_t number;
};

static int compare_ranked(const void *left, const void *right)
{
	const struct ranked *a = left, *b = right;

	return strcmp(a->text, b->text);
}

/* The place of each text of a dictionary among all, by its part INDEX; absent texts are 0. */
static uint32_t *rank_texts(const struct history *history, struct arena *arena,
			    struct dictionary *dictionary, unsigned index)
{
	uint32_t i, rank = 0, count = dictionary_count(dictionary);
	struct ranked *texts = arena_array(arena, count, sizeof(*texts));
	uint32_t *ranks = arena_array(arena, count + 65536, sizeof(*ranks));

	for (i = 0; i < count; i++) {
		texts[i].number = i + 1;
		texts[i].text = history_part(history, dictionary, arena, i + 1, index);
	}
	qsort(texts, count, sizeof(*texts), compare_ranked);
	for (i = 0; i < count; i++) {
		if (!*texts[i].text)
			continue;
		if (!i || strcmp(texts[i].text, texts[i - 1].text))
			rank++;
		ranks[texts[i].number] = rank;
	}
	return ranks;
}

static uint32_t *number_versions(const struct history *history, struct arena *arena)
{
	struct dictionary *dictionary = history->definitions;
	uint32_t i, count = dictionary_count(dictionary);
	uint32_t *versions = arena_array(arena, count + 65536, sizeof(*versions));

	for (i = 1; i <= count; i++)
		versions[i] = (uint32_t)atoi(history_part(history, dictionary, arena, i, 3));
	return versions;
}

void process_sort_key_init(struct process_sort_key *key, struct history *history,
			   struct arena *arena, enum process_sort sort, bool descending)
{
	memset(key, 0, sizeof(*key));
	key->sort = sort;
	key->descending = descending;
	if (sort == SORT_DEFINITION_ID || sort == SORT_DEFINITION_KEY ||
	    sort == SORT_DEFINITION_NAME)
		key->ranks = rank_texts(history, arena, history->definitions,
					(unsigned)(sort - SORT_DEFINITION_ID));
	else if (sort == SORT_DEFINITION_VERSION)
		key->ranks = number_versions(history, arena);
	else if (sort == SORT_TENANT_ID)
		key->ranks = rank_texts(history, arena, history->tenants, 0);
	key->needs_text = sort == SORT_BUSINESS_KEY;
}

static uint64_t number_of_time(int64_t time)
{
	return (uint64_t)time ^ (uint64_t)1 << 63;
}

static int64_t time_of_number(uint64_t number)
{
	return (int64_t)(number ^ (uint64_t)1 << 63);
}

uint64_t process_sort_number(const struct process_sort_key *key, const struct column_set *set,
			     uint32_t row)
{
	switch (key->sort) {
	case SORT_INSTANCE_ID:
		return set->order[row];
	case SORT_START_TIME:
		return number_of_time(set->start_time[row]);
	case SORT_END_TIME:
		return number_of_time(set->end_time[row]);
	case SORT_DURATION:
		return number_of_time(columns_duration(set->start_time[row], set->end_time[row]));
	case SORT_BUSINESS_KEY:
		return set->business_key[row] != 0;
	case SORT_TENANT_ID:
		return key->ranks[set->tenant[row]];
	default:
		return key->ranks[set->definition[row]];
	}
}

bool process_sort_bounds(const struct process_sort_key *key, const struct column_set *set,
			 uint64_t *ret_low, uint64_t *ret_high)
{
	static const int bounds[SORT_TENANT_ID + 1] = {
		[SORT_START_TIME] = BOUND_START_TIME + 1,
		[SORT_END_TIME] = BOUND_END_TIME + 1,
		[SORT_DURATION] = BOUND_DURATION + 1,
	};
	int bound = bounds[key->sort] - 1;

	*ret_high = UINT64_MAX;
	if (key->sort == SORT_INSTANCE_ID)
		return first_ids_least(set, ret_low);
	if (bound < 0)
		return false;
	*ret_low = number_of_time(set->bounds[bound].low);
	*ret_high = number_of_time(set->bounds[bound].high);
	return true;
}

void process_sort_scan(const struct process_sort_key *key, const struct column_set *set,
		       uint32_t count, uint64_t low, uint64_t high, uint8_t *out)
{
	switch (key->sort) {
	case SORT_INSTANCE_ID:
		scan_between(set->order, count, low, high, out);
		break;
	case SORT_START_TIME:
		scan_range(set->start_time, count, time_of_number(low), time_of_number(high), out);
		break;
	case SORT_END_TIME:
		scan_range(set->end_time, count, time_of_number(low), time_of_number(high), out);
		break;
	case SORT_DURATION:
		scan_durations(set->start_time, set->end_time, count, time_of_number(low),
			       time_of_number(high), out);
		break;
	default:
		scan_ranks(key->sort == SORT_TENANT_ID ? set->tenant : set->definition, count,
			   key->ranks, low, high, out);
	}
}
