/*
 * Scans over bare arrays, as a yardstick for queries: COUNT made-up rows, as wide as the columns
 * that a query reads, of which some are gone; each scan is what its query needs and no more.
 *
 *   arrays COUNT        prints lines "NAME MILLISECONDS", the best of several runs
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "storage/arena.h" /* ARRAY_SIZE */

enum { PAGE = 50, TRIES = 11, DEFINITIONS = 10 };

struct table {
	size_t count;
	uint8_t *dead; /* a bit each */
	int64_t *start, *end;
	uint64_t *id;
	uint32_t *definition;
};

struct row {
	uint64_t key;
	size_t index;
};

static double milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void *array(size_t count, size_t size)
{
	void *memory = calloc(count + 64, size);

	if (!memory)
		abort();
	return memory;
}

static void fill(struct table *table, size_t count)
{
	uint64_t seed = 1;
	size_t i;

	table->count = count;
	table->dead = array(count / 8 + 1, 1);
	table->start = array(count, 8);
	table->end = array(count, 8);
	table->id = array(count, 8);
	table->definition = array(count, 4);
	for (i = 0; i < count; i++) {
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		table->start[i] = (int64_t)(i * 100000 % 112320000000u);
		table->end[i] = table->start[i] + 3600000;
		table->id[i] = seed;
		table->definition[i] = (uint32_t)(seed >> 40) % DEFINITIONS;
	}
}

static bool lives(const struct table *table, size_t i)
{
	return !(table->dead[i / 8] >> i % 8 & 1);
}

static size_t count_all(const struct table *table)
{
	const uint64_t *words = (const void *)table->dead;
	size_t i, dead = 0;

	for (i = 0; i < table->count / 64; i++)
		dead += (size_t)__builtin_popcountll(words[i]);
	return table->count - dead;
}

static size_t count_finished(const struct table *table)
{
	size_t i, found = 0;

	for (i = 0; i < table->count; i++)
		found += lives(table, i) & (table->end[i] != INT64_MIN);
	return found;
}

static size_t count_definition(const struct table *table)
{
	size_t i, found = 0;

	for (i = 0; i < table->count; i++)
		found += lives(table, i) & (table->definition[i] == 3);
	return found;
}

/* Keeps the PAGE rows of the least keys in a heap with the greatest at its top. */
static void keep(struct row *heap, size_t *count, uint64_t key, size_t index)
{
	size_t at, child;

	if (*count == PAGE && key >= heap[0].key)
		return;
	if (*count < PAGE) {
		for (at = (*count)++; at && heap[(at - 1) / 2].key < key; at = (at - 1) / 2)
			heap[at] = heap[(at - 1) / 2];
	} else {
		for (at = 0; (child = 2 * at + 1) < PAGE; at = child) {
			child += child + 1 < PAGE && heap[child + 1].key > heap[child].key;
			if (heap[child].key <= key)
				break;
			heap[at] = heap[child];
		}
	}
	heap[at].key = key;
	heap[at].index = index;
}

static size_t page_by_start(const struct table *table)
{
	struct row heap[PAGE];
	size_t i, count = 0;

	/* from the end: what has started last stands there */
	for (i = table->count; i-- > 0;)
		if (lives(table, i))
			keep(heap, &count, ~(uint64_t)table->start[i], i);
	return count + heap[0].index;
}

static size_t page_by_id(const struct table *table)
{
	struct row heap[PAGE];
	size_t i, count = 0;

	for (i = 0; i < table->count; i++)
		if (lives(table, i))
			keep(heap, &count, table->id[i], i);
	return count + heap[0].index;
}

static size_t page_of_definition(const struct table *table)
{
	struct row heap[PAGE];
	size_t i, count = 0;

	for (i = table->count; i-- > 0;)
		if (table->definition[i] == 3 && lives(table, i))
			keep(heap, &count, ~(uint64_t)table->start[i], i);
	return count + heap[0].index;
}

static const struct {
	const char *name;
	size_t (*scan)(const struct table *table);
} scans[] = {
	{"count",              count_all         },
	{"count-finished",     count_finished    },
	{"count-definition",   count_definition  },
	{"page-by-start",      page_by_start     },
	{"page-by-id",         page_by_id        },
	{"page-of-definition", page_of_definition},
};

int main(int argc, char **argv)
{
	size_t count = argc == 2 ? strtoull(argv[1], NULL, 10) : 0, i, checksum = 0;
	struct table table;

	if (!count)
		return fputs("usage: arrays COUNT\n", stderr), 2;
	fill(&table, count);
	for (i = 0; i < ARRAY_SIZE(scans); i++) {
		double best = 1e9;
		int try;

		for (try = 0; try < TRIES; try++) {
			double start = milliseconds(), took;

			checksum += scans[i].scan(&table);
			took = milliseconds() - start;
			best = took < best ? took : best;
		}
		printf("%s %.6f\n", scans[i].name, best);
	}
	return checksum == 1; /* so that the scans are not left out */
}
