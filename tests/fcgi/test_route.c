/* Every operation is found by its path, and nothing else is. */
#include "fcgi/route.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { SEGMENTS = 16 };

static struct arena arena;
static struct route *root;

static int set_up(void **state)
{
	(void)state;
	arena_init(&arena);
	root = route_build(&arena);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_clear(&arena);
	return 0;
}

/* Splits PATH; "{name}" becomes "name-N". */
static size_t split(const char *path, const char **segments)
{
	size_t count = 0;

	while (*path == '/') {
		size_t length = strcspn(++path, "/");
		const char *text = arena_strndup(&arena, path, length);

		segments[count] = *text == '{' ? arena_printf(&arena, "v%zu", count) : text;
		count++;
		path += length;
	}
	return count;
}

static const struct route *find(const char *path, const char **params, size_t *param_count)
{
	const char *segments[SEGMENTS];
	size_t count = split(path, segments);

	return route_find(root, segments, count, params, param_count);
}

static void every_operation_is_found_with_its_parameters(void **state)
{
	size_t i, count, param_count;
	const struct operation *table = operation_table(&count);
	const char *params[SEGMENTS];

	(void)state;
	for (i = 0; i < count; i++) {
		const struct route *route = find(table[i].path, params, &param_count);
		const char *segments[SEGMENTS];
		size_t j, n = 0, segment_count = split(table[i].path, segments);

		assert_non_null(route);
		assert_int_equal(route_operation(route, table[i].method), i);
		for (j = 0; j < segment_count; j++)
			if (segments[j][0] == 'v' && segments[j][1] >= '0' && segments[j][1] <= '9')
				assert_string_equal(params[n++], segments[j]);
		assert_int_equal(n, param_count);
	}
}

static void literals_win_over_parameters(void **state)
{
	const char *params[SEGMENTS];
	size_t count;
	const struct route *route = find("/history/process-instance/delete", params, &count);

	(void)state;
	assert_int_equal(count, 0);
	assert_true(route_operation(route, METHOD_POST) >= 0);
	assert_int_equal(route_operation(route, METHOD_GET), -1);
	route = find("/history/process-instance/deleted", params, &count);
	assert_int_equal(count, 1);
	assert_true(route_operation(route, METHOD_GET) >= 0);
}

static void a_literal_that_leads_nowhere_gives_way(void **state)
{
	const char *params[SEGMENTS];
	size_t count;
	const struct route *route = find("/process-definition/statistics/xml", params, &count);

	(void)state;
	assert_non_null(route);
	assert_int_equal(count, 1);
	assert_string_equal(params[0], "statistics");
}

static void unknown_paths_are_not_found(void **state)
{
	static const char *const paths[] = {
		"",
		"/nothing",
		"/batch/a/b",
		"/history",
		"/history/nothing",
		"/Batch",
		"/batc",
		"/batchx",
		"/job/count/x",
		"/engine/default",
		"/job/{id}/nothing",
	};
	const char *params[SEGMENTS];
	size_t i, count;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(paths); i++)
		if (find(paths[i], params, &count))
			fail_msg("%s was found", paths[i]);
}

static void allow_names_the_methods(void **state)
{
	const char *params[SEGMENTS];
	size_t count;

	(void)state;
	assert_string_equal(route_allow(find("/batch/x", params, &count), &arena),
			    "HEAD,GET,DELETE,OPTIONS");
	assert_string_equal(
		route_allow(find("/history/process-instance/delete", params, &count), &arena),
		"POST,OPTIONS");
}

static size_t lookup(const char *path)
{
	const char *segments[SEGMENTS];

	return route_lookup(segments, split(path, segments));
}

static void definitions_are_looked_up_before_the_rest_of_the_path(void **state)
{
	(void)state;
	assert_int_equal(lookup("/process-definition/key/x"), 3);
	assert_int_equal(lookup("/process-definition/key/x/restart-async"), 3);
	assert_int_equal(lookup("/decision-definition/key/x/tenant-id"), 3);
	assert_int_equal(lookup("/decision-requirements-definition/key/x/tenant-id/t"), 5);
	assert_int_equal(lookup("/process-definition/key/x/tenant-id/t/nothing"), 5);
	assert_int_equal(lookup("/process-definition/key"), 0);
	assert_int_equal(lookup("/process-definition/x/nothing"), 0);
	assert_int_equal(lookup("/batch/key/x/nothing"), 0);
}

static bool asks_engine(const char *path)
{
	const char *segments[SEGMENTS];

	return route_asks_engine(root, segments, split(path, segments));
}

static void the_engine_is_asked_for_below_ids_and_in_histories(void **state)
{
	/* answers of the original to requests of an unknown engine */
	static const struct {
		const char *path;
		bool asks; /* 400; else 404, or what its method and types deserve */
	} cases[] = {
		{"/batch",			     false},
		{"/batch/count",                       false},
		{"/batch/count/x",                     true },
		{"/batch/statistics/x/y",              true },
		{"/batch/x/y/z",                       true },
		{"/job/x",			     true },
		{"/incident/x/y",                      true },
		{"/process-definition/key",            true },
		{"/process-definition/key/x/z",        true },
		{"/process-definition/count",          false},
		{"/external-task/topic-names",         false},
		{"/external-task/topic-names/x",       true },
		{"/metrics/x",                         true },
		{"/metrics/task-worker",               false},
		{"/history",                           false},
		{"/history/x/y",                       false},
		{"/history/process-instance",          true },
		{"/history/process-instance/count",    true },
		{"/history/process-instance/x/y/z",    true },
		{"/history/cleanup/job",               true },
		{"/task/report/candidate-group-count", true },
		{"/task/count",                        false},
		{"/version/x",                         false},
		{"/nothing/deep",                      false},
		{"/event-subscription/x/y",            false},
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++)
		if (asks_engine(cases[i].path) != cases[i].asks)
			fail_msg("%s", cases[i].path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		T(every_operation_is_found_with_its_parameters),
		T(literals_win_over_parameters),
		T(a_literal_that_leads_nowhere_gives_way),
		T(unknown_paths_are_not_found),
		T(allow_names_the_methods),
		T(definitions_are_looked_up_before_the_rest_of_the_path),
		T(the_engine_is_asked_for_below_ids_and_in_histories),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
