#include "core/history/child_shape_query.h"

#include <stdlib.h>
#include <string.h>

#include "core/history/child_shape.h"

/* Hands on the shapes that a query may mean. */
struct meaning {
	const struct child_query *query;
	child_shape_take take;
	void *arg;
};

static bool take_meant(void *arg, const struct child_shape *shape)
{
	const struct meaning *meaning = arg;

	return !child_query_may_match(meaning->query, shape->row, shape->known, shape->present) ||
	       meaning->take(meaning->arg, shape);
}

/* Until TAKE says false. False if not all shapes are told. */
static bool walk(const struct child_query *query, struct arena *arena, child_shape_take take,
		 void *arg)
{
	struct meaning meaning = {query, take, arg};

	return child_shapes_walk(query->history, query->kind, arena, take_meant, &meaning);
}

static bool take_one(void *arg, const struct child_shape *shape)
{
	(void)shape;
	*(bool *)arg = true;
	return false;
}

bool child_shapes_may(const struct child_query *query, struct arena *arena)
{
	struct arena_mark mark = arena_mark(arena);
	bool may = false;
	bool told = walk(query, arena, take_one, &may);

	arena_rewind(arena, mark);
	return may || !told;
}

struct names {
	const char **items;
	size_t count, room;
};

static bool take_name(void *arg, const struct child_shape *shape)
{
	struct names *names = arg;

	if (shape->row[ACTIVITY_ACTIVITY_ID].s)
		names->items[names->count++] = shape->row[ACTIVITY_ACTIVITY_ID].s;
	return names->count < names->room; /* those that came since are of what came since */
}

/* As ids that begin with them and a colon are in order. */
static int compare_names(const void *left, const void *right)
{
	const char *a = *(const char *const *)left, *b = *(const char *const *)right;
	size_t same = 0;
	unsigned char x, y;

	while (a[same] && a[same] == b[same])
		same++;
	x = (unsigned char)(a[same] ? a[same] : ':');
	y = (unsigned char)(b[same] ? b[same] : ':');
	return x != y ? (x > y) - (x < y) : strcmp(a, b);
}

bool child_shapes_names(const struct child_query *query, struct arena *arena,
			const char *const **ret_names, size_t *ret_count)
{
	uint32_t most = dictionary_count(query->history->shapes);
	struct names names = {arena_array(arena, (size_t)most + 1, sizeof(char *)), 0, most + 1};
	size_t i, count = 0;

	if (query->kind != ROW_ACTIVITY || !walk(query, arena, take_name, &names))
		return false;
	if (names.count)
		qsort(names.items, names.count, sizeof(*names.items), compare_names);
	for (i = 0; i < names.count; i++)
		if (!count || strcmp(names.items[i], names.items[count - 1]) != 0)
			names.items[count++] = names.items[i];
	*ret_names = names.items;
	*ret_count = count;
	return true;
}
