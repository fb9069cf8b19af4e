#include "core/history/activity_totals.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/history/statistics.h"

enum { BUCKETS = 4096, BYTES_MAX = 32 * 1024 * 1024 };

/* One piece of memory: the tallies and all texts lie behind it. */
struct entry {
	struct entry *next;
	size_t bytes;
	uint32_t segment;
	const char *definition;
	struct segment_state state;
	size_t count;
	struct activity_tally of[];
};

struct activity_totals {
	pthread_mutex_t mutex;
	struct entry *buckets[BUCKETS];
	size_t bytes;
};

struct activity_totals *activity_totals_new(void)
{
	struct activity_totals *totals = memory_alloc(sizeof(*totals));

	memset(totals, 0, sizeof(*totals));
	pthread_mutex_init(&totals->mutex, NULL);
	return totals;
}

static void drop(struct activity_totals *totals, struct entry **at)
{
	struct entry *entry = *at;

	*at = entry->next;
	totals->bytes -= entry->bytes;
	free(entry);
}

static void drop_all(struct activity_totals *totals)
{
	size_t i;

	for (i = 0; i < BUCKETS; i++)
		while (totals->buckets[i])
			drop(totals, &totals->buckets[i]);
}

void activity_totals_free(struct activity_totals *totals)
{
	if (!totals)
		return;
	drop_all(totals);
	pthread_mutex_destroy(&totals->mutex);
	free(totals);
}

static uint32_t count_bits(const uint8_t *bits, uint32_t count)
{
	uint32_t i, sum = 0;

	for (i = 0; i < count / 8; i++)
		sum += (uint32_t)__builtin_popcount(bits[i]);
	if (count % 8)
		sum += (uint32_t)__builtin_popcount(bits[i] & ((1u << count % 8) - 1));
	return sum;
}

struct segment_state segment_state_of(const struct column_set *set, const uint8_t *dead,
				      uint32_t rows)
{
	struct segment_state state = {rows, count_bits(dead, rows), 0};
	uint32_t i;

	for (i = 0; i < rows; i++)
		state.ended += set->end_time[i] != TIME_NULL;
	return state;
}

static struct entry **place_of(struct activity_totals *totals, uint32_t segment,
			       const char *definition)
{
	struct entry **at;
	uint32_t hash = segment * 2654435761u;
	const char *c;

	for (c = definition; *c; c++)
		hash = hash * 31 + (uint8_t)*c;
	for (at = &totals->buckets[hash % BUCKETS]; *at; at = &(*at)->next)
		if ((*at)->segment == segment && !strcmp((*at)->definition, definition))
			break;
	return at;
}

bool activity_totals_get(struct activity_totals *totals, uint32_t segment, const char *definition,
			 struct segment_state state,
			 void (*add)(void *arg, const struct activity_tally *of), void *arg)
{
	const struct entry *entry;
	bool known;
	size_t i;

	pthread_mutex_lock(&totals->mutex);
	entry = *place_of(totals, segment, definition);
	known = entry && !memcmp(&entry->state, &state, sizeof(state));
	for (i = 0; known && i < entry->count; i++)
		add(arg, &entry->of[i]);
	pthread_mutex_unlock(&totals->mutex);
	return known;
}

static const char *put_text(char **end, const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = memcpy(*end, text, size);

	*end += size;
	return copy;
}

static struct entry *entry_new(uint32_t segment, const char *definition, struct segment_state state,
			       const struct tallies *tallies)
{
	size_t i, fixed = sizeof(struct entry) + tallies->count * sizeof(struct activity_tally);
	size_t bytes = fixed + strlen(definition) + 1;
	struct entry *entry;
	char *end;

	for (i = 0; i < tallies->count; i++)
		bytes += strlen(((const struct activity_tally *)tallies->entries[i])->id) + 1;
	entry = memory_alloc(bytes);
	end = (char *)entry + fixed;
	entry->bytes = bytes;
	entry->segment = segment;
	entry->definition = put_text(&end, definition);
	entry->state = state;
	entry->count = tallies->count;
	for (i = 0; i < tallies->count; i++) {
		entry->of[i] = *(const struct activity_tally *)tallies->entries[i];
		entry->of[i].id = put_text(&end, entry->of[i].id);
	}
	return entry;
}

void activity_totals_keep(struct activity_totals *totals, uint32_t segment, const char *definition,
			  struct segment_state state, const struct tallies *tallies)
{
	struct entry *entry = entry_new(segment, definition, state, tallies), **at;

	pthread_mutex_lock(&totals->mutex);
	at = place_of(totals, segment, definition);
	if (*at)
		drop(totals, at);
	if (totals->bytes + entry->bytes > BYTES_MAX)
		drop_all(totals);
	at = place_of(totals, segment, definition);
	entry->next = *at;
	*at = entry;
	totals->bytes += entry->bytes;
	pthread_mutex_unlock(&totals->mutex);
}
