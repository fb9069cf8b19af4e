#include "core/history/child_totals.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "storage/uuid.h"

enum { SLOTS = 16384 };

struct total {
	uint64_t digest; /* 0 = free */
	struct segment_version version;
	uint32_t segment;
	int64_t count;
};

struct child_totals {
	pthread_mutex_t mutex;
	struct total *slots; /* NULL until the first is kept */
};

struct child_totals *child_totals_new(void)
{
	struct child_totals *totals = memory_alloc(sizeof(*totals));

	pthread_mutex_init(&totals->mutex, NULL);
	totals->slots = NULL;
	return totals;
}

void child_totals_free(struct child_totals *totals)
{
	if (!totals)
		return;
	pthread_mutex_destroy(&totals->mutex);
	free(totals->slots);
	free(totals);
}

static uint32_t count_dead(const uint8_t *bits, uint32_t rows)
{
	uint32_t i, dead = 0;

	for (i = 0; i < rows / 8; i++)
		dead += (uint32_t)__builtin_popcount(bits[i]);
	if (rows % 8)
		dead += (uint32_t)__builtin_popcount(bits[i] & ((1u << rows % 8) - 1));
	return dead;
}

struct segment_version segment_version_of(const struct columns *columns, uint32_t segment,
					  uint64_t visible)
{
	const struct column_set *set = columns_set(columns, segment);
	uint64_t first = (uint64_t)segment * ARCHIVE_SEGMENT;
	/* both only grow: neither has changed when their sum has not */
	struct segment_version version = {set->changes + columns_meaning(columns), set->count, 0};

	if (visible < first + version.rows)
		version.rows = visible > first ? (uint32_t)(visible - first) : 0;
	version.dead =
		count_dead(archive_dead_bits(columns_archive(columns), segment), version.rows);
	return version;
}

static void put_text(struct buffer *buffer, const char *text)
{
	buffer_put_string(buffer, text);
}

/* False for what is bound by the resource: its object cannot be told apart. */
static bool put_criteria(struct buffer *buffer, const struct query *query)
{
	size_t i, k;

	buffer_put_varint(buffer, query->count);
	for (i = 0; i < query->count; i++) {
		const struct criterion *c = &query->criteria[i];

		if (c->filter->type == PARAM_OBJECT)
			return false;
		put_text(buffer, c->filter->name);
		put_text(buffer, c->text);
		buffer_put_be64(buffer, (uint64_t)c->number);
		buffer_put_u8(buffer, c->truth);
		buffer_put_varint(buffer, c->list.count);
		for (k = 0; k < c->list.count; k++)
			put_text(buffer, c->list.items[k]);
	}
	return true;
}

uint64_t child_query_digest(const struct child_query *query)
{
	const struct query *asked = query->query;
	struct buffer buffer;
	uint64_t digest;
	bool told;
	size_t i;

	buffer_init(&buffer);
	buffer_put_u8(&buffer, (uint8_t)query->kind);
	told = put_criteria(&buffer, asked);
	for (i = 0; told && i < asked->or_count; i++)
		told = put_criteria(&buffer, asked->ors[i]);
	digest = hash64(store_tag(query->history->store), buffer.data, buffer.length);
	buffer_clear(&buffer);
	return told ? digest | 1 : 0;
}

static struct total *slot_of(struct child_totals *totals, uint64_t digest, uint32_t segment)
{
	return &totals->slots[(digest / 2 + segment * (uint64_t)2654435761u) % SLOTS];
}

bool child_totals_get(struct child_totals *totals, uint64_t digest, uint32_t segment,
		      struct segment_version version, int64_t *ret)
{
	bool known = false;

	pthread_mutex_lock(&totals->mutex);
	if (totals->slots && digest) {
		const struct total *total = slot_of(totals, digest, segment);

		known = total->digest == digest && total->segment == segment &&
			!memcmp(&total->version, &version, sizeof(version));
		*ret = total->count;
	}
	pthread_mutex_unlock(&totals->mutex);
	return known;
}

void child_totals_keep(struct child_totals *totals, uint64_t digest, uint32_t segment,
		       struct segment_version version, int64_t count)
{
	if (!digest)
		return;
	pthread_mutex_lock(&totals->mutex);
	if (!totals->slots) {
		totals->slots = memory_alloc(SLOTS * sizeof(*totals->slots));
		memset(totals->slots, 0, SLOTS * sizeof(*totals->slots));
	}
	*slot_of(totals, digest, segment) = (struct total){digest, version, segment, count};
	pthread_mutex_unlock(&totals->mutex);
}
