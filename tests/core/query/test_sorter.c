/* Rows in order: in memory and beyond it, whole and in pages. */
#include "core/query/sorter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ID, SIZE, LABEL, WEIGHT, MANY = 40000, PADDING = 600 };

static const struct field fields[] = {
	{"id",     1, FIELD_STRING, 0, NULL},
	{"size",   2, FIELD_LONG,   0, NULL},
	{"label",  3, FIELD_STRING, 0, NULL},
	{"weight", 4, FIELD_DOUBLE, 0, NULL},
};
static const struct kind box_kind = KIND("box", 1, fields);
static const struct resource boxes = {.kind = &box_kind};
static const struct sort_key by_size = {"size", SIZE}, by_label = {"label", LABEL},
			     by_weight = {"weight", WEIGHT};

static struct sorter *sorter_by(struct query *query, struct sorting *sorting,
				const struct sort_key *key, bool descending, uint64_t limit)
{
	*sorting = (struct sorting){key, descending};
	memset(query, 0, sizeof(*query));
	query->resource = &boxes;
	query->sorts = sorting;
	query->sort_count = 1;
	return sorter_new(query, limit, NULL);
}

static void add(struct sorter *sorter, const char *id, int64_t size, const char *label,
		double weight)
{
	union slot row[] = {{.s = id}, {.i = size}, {.s = label}, {.d = weight}};

	assert_int_equal(sorter_add(sorter, row), 0);
}

/* The ids in the order in which they come, one letter each; frees. */
static void comes_as(struct sorter *sorter, const char *ids)
{
	struct arena arena;
	union slot *row;

	arena_init(&arena);
	assert_int_equal(sorter_finish(sorter), 0);
	for (; *ids; ids++) {
		assert_int_equal(sorter_next(sorter, &arena, &row), 0);
		assert_int_equal(row[ID].s[0], *ids);
	}
	assert_int_equal(sorter_next(sorter, &arena, &row), ERR_NOT_FOUND);
	arena_clear(&arena);
	sorter_free(sorter);
}

static void offer_few(struct sorter *sorter)
{
	add(sorter, "d", 7, "b", 1.5);
	add(sorter, "a", -3, "a", -2.0);
	add(sorter, "c", INT_NULL, NULL, 0.0);
	add(sorter, "b", 7, "ab", -0.5);
}

static void orders_numbers_texts_and_absence(void **state)
{
	static const struct {
		const struct sort_key *key;
		bool descending;
		const char *ids;
	} rows[] = {
		{&by_size,   false, "cabd"},
                {&by_size,   true,  "bdac"},
                {&by_label,  false, "cabd"},
		{&by_label,  true,  "dbac"},
                {&by_weight, false, "abcd"},
                {&by_weight, true,  "dcba"},
	};
	struct sorting sorting;
	struct query query;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct sorter *sorter =
			sorter_by(&query, &sorting, rows[i].key, rows[i].descending, UINT64_MAX);

		offer_few(sorter);
		comes_as(sorter, rows[i].ids);
	}
}

static void keeps_a_page(void **state)
{
	struct sorting sorting;
	struct query query;
	struct sorter *sorter = sorter_by(&query, &sorting, &by_size, false, 2);

	(void)state;
	offer_few(sorter);
	comes_as(sorter, "ca");
	sorter = sorter_by(&query, &sorting, &by_size, false, 0);
	offer_few(sorter);
	comes_as(sorter, "");
}

/* MANY rows with sizes all over the place, each with its size as id. */
static void offer_many(struct sorter *sorter)
{
	static char label[PADDING + 1];
	uint64_t i;

	memset(label, 'x', PADDING);
	for (i = 0; i < MANY; i++) {
		int64_t size = (int64_t)(i * 7919 % MANY);
		char id[16];

		snprintf(id, sizeof(id), "%ld", (long)size);
		add(sorter, id, size, label, 0);
	}
}

/* COUNT rows come, from size FIRST on, STEP apart. */
static void comes_from(struct sorter *sorter, int64_t first, int64_t step, size_t count)
{
	struct arena arena;
	union slot *row;
	size_t i;

	arena_init(&arena);
	assert_int_equal(sorter_finish(sorter), 0);
	for (i = 0; i < count; i++) {
		assert_int_equal(sorter_next(sorter, &arena, &row), 0);
		assert_int_equal(row[SIZE].i, first + (int64_t)i * step);
		assert_int_equal(atoi(row[ID].s), row[SIZE].i);
		assert_int_equal(strlen(row[LABEL].s), PADDING);
		arena_clear(&arena);
	}
	assert_int_equal(sorter_next(sorter, &arena, &row), ERR_NOT_FOUND);
	arena_clear(&arena);
	sorter_free(sorter);
}

static void orders_more_than_memory_holds(void **state)
{
	struct sorting sorting;
	struct query query;
	struct sorter *sorter = sorter_by(&query, &sorting, &by_size, false, UINT64_MAX);

	(void)state;
	offer_many(sorter);
	comes_from(sorter, 0, 1, MANY);
	sorter = sorter_by(&query, &sorting, &by_size, true, 20000);
	offer_many(sorter);
	comes_from(sorter, MANY - 1, -1, 20000);
}

static void knows_the_last_that_counts(void **state)
{
	struct sorting sorting;
	struct query query;
	struct sorter *sorter = sorter_by(&query, &sorting, &by_size, true, 10);
	int64_t last;

	(void)state;
	assert_false(sorter_last_number(sorter, &last));
	offer_many(sorter);
	assert_true(sorter_last_number(sorter, &last));
	assert_in_range(last, MANY - 1000, MANY - 10);
	comes_from(sorter, MANY - 1, -1, 10);
}

static void says_where_it_cannot_write(void **state)
{
	struct sorting sorting = {&by_size, false};
	struct query query = {.resource = &boxes, .sorts = &sorting, .sort_count = 1};
	struct sorter *sorter = sorter_new(&query, UINT64_MAX, "/nowhere");
	static char label[PADDING + 1];
	union slot row[] = {{.s = "a"}, {.i = 1}, {.s = label}, {.d = 0}};
	int code = 0;
	size_t i;

	(void)state;
	memset(label, 'x', PADDING);
	for (i = 0; i < MANY && !code; i++)
		code = sorter_add(sorter, row);
	assert_true(code > 0); /* errno */
	sorter_free(sorter);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(orders_numbers_texts_and_absence),
		cmocka_unit_test(keeps_a_page),
		cmocka_unit_test(orders_more_than_memory_holds),
		cmocka_unit_test(knows_the_last_that_counts),
		cmocka_unit_test(says_where_it_cannot_write),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
