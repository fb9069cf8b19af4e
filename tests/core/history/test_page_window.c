/* Pages deep in a list: each goes on where the one before, which it overlaps, leaves off. */
#include "core/history/page_window.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/api/handler.h"
#include "tests/core/history_fixture.h"

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, engine_fixture_tear_down)

enum { INSTANCES = 6000, SHALLOW = 1000, PAGE = 100, STEP = 70, ID_SIZE = 37 };

static uint32_t mix(uint32_t n)
{
	n = (n ^ n >> 15) * 2246822519u;
	return n ^ n >> 13;
}

/* Many start together, a few hundred have no end, and one lies far apart. */
static void put_instance(struct json_writer *writer, uint32_t i)
{
	uint32_t n = mix(i + 1);
	char line[512], end[64] = "";

	if (n % 16)
		snprintf(end, sizeof(end), "\"endTime\":\"2024-%02u-%02uT12:00:%02u.%03u+0000\",",
			 n % 11 + 2, n / 16 % 28 + 1, n / 512 % 60, n / 65536 % 1000);
	snprintf(line, sizeof(line),
		 "{\"processInstance\":{\"id\":\"%08x-e553-11f1-aa6b-%012x\","
		 "\"processDefinitionId\":\"d:%u:%u\",\"tenantId\":\"t%u\",\"businessKey\":\"k%u\","
		 "%s"
		 "\"startTime\":\"%u-01-%02uT10:00:00.000+0000\"}}\n",
		 n % 3 ? n : 7u, i, n % 7, n / 8 % 2, n % 2, n % 100, end, i == 77 ? 1970u : 2024u,
		 n / 64 % 20 + 1);
	buffer_put_text(&writer->buffer, line);
}

static int set_up(void **state)
{
	return history_fixture_set_up_with(state, put_instance, INSTANCES);
}

/* The ids of an answer, one after the other; says how many. */
static size_t read_ids(const char *answer, char ids[][ID_SIZE])
{
	static const char key[] = "{\"id\":\"";
	size_t count = 0;

	for (; (answer = strstr(answer, key)); count++) {
		answer += strlen(key);
		assert_true(count < PAGE);
		memcpy(ids[count], answer, ID_SIZE - 1);
		ids[count][ID_SIZE - 1] = '\0';
	}
	return count;
}

static size_t ask(struct engine_fixture *f, const char *query, unsigned first, unsigned max,
		  char ids[][ID_SIZE])
{
	struct arena_mark mark = arena_mark(&f->arena);
	bool posted = *query == '{';
	const char *path = arena_printf(&f->arena, "%sfirstResult=%u&maxResults=%u",
					posted ? "" : query, first, max);
	size_t count = read_ids(
		posted ? history_fixture_answer(f, history_process_instance_query, path, query)
		       : history_fixture_answer(f, history_process_instance_list, path, NULL),
		ids);

	arena_rewind(&f->arena, mark);
	return count;
}

/* From a page that keeps all rows before it, on to those for which they are counted. */
static void check_pages(struct engine_fixture *f, const char *query)
{
	char all[PAGE][ID_SIZE], page[PAGE][ID_SIZE];
	size_t first = SHALLOW, count = ask(f, query, SHALLOW, PAGE, all), found, k;

	do {
		size_t overlap = count < STEP ? 0 : count - STEP;

		first += STEP;
		found = ask(f, query, (unsigned)first, PAGE, page);
		assert_true(found >= overlap);
		for (k = 0; k < overlap; k++)
			if (strcmp(page[k], all[STEP + k]))
				fail_msg("%s: row %zu behind %zu is %s and not %s", query, k, first,
					 page[k], all[STEP + k]);
		memcpy(all, page, sizeof(all));
		count = found;
	} while (count);
	assert_int_equal(ask(f, query, 2000000000, PAGE, page), 0);
}

static void check_end(struct engine_fixture *f, const char *query, size_t count)
{
	char page[PAGE][ID_SIZE];

	check_pages(f, query);
	assert_int_equal(ask(f, query, (unsigned)count - 1, PAGE, page), 1);
	assert_int_equal(ask(f, query, (unsigned)count, PAGE, page), 0);
}

static void a_page_goes_on_where_the_one_before_ends(void **state)
{
	static const char *const keys[] = {"instanceId",     "definitionId",      "definitionKey",
					   "definitionName", "definitionVersion", "businessKey",
					   "startTime",      "endTime",           "duration",
					   "tenantId"};
	struct engine_fixture *f = *state;
	size_t i, way;

	check_end(f, "", INSTANCES);
	for (i = 0; i < ARRAY_SIZE(keys); i++)
		for (way = 0; way < 2; way++)
			check_end(f,
				  arena_printf(&f->arena, "sortBy=%s&sortOrder=%s&", keys[i],
					       way ? "desc" : "asc"),
				  INSTANCES);
}

static void filters_count_on_the_way(void **state)
{
	static const char *const filters[] = {
		"unfinished=true&", "finished=true&sortBy=endTime&sortOrder=desc&",
		"tenantIdIn=t1,t2&sortBy=startTime&sortOrder=asc&",
		"processInstanceBusinessKeyLike=k1%&sortBy=duration&sortOrder=asc&",
		"startedAfter=2024-01-05T00:00:00.000+0000&sortBy=tenantId&sortOrder=desc&"};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(filters); i++)
		check_pages(*state, filters[i]);
}

static void further_keys_count_among_equals(void **state)
{
	static const char *const bodies[] = {
		"{\"sorting\":[{\"sortBy\":\"tenantId\",\"sortOrder\":\"asc\"},"
		"{\"sortBy\":\"definitionVersion\",\"sortOrder\":\"desc\"}]}",
		"{\"sorting\":[{\"sortBy\":\"definitionVersion\",\"sortOrder\":\"desc\"},"
		"{\"sortBy\":\"tenantId\",\"sortOrder\":\"asc\"},"
		"{\"sortBy\":\"instanceId\",\"sortOrder\":\"desc\"}]}",
		"{\"sorting\":[{\"sortBy\":\"tenantId\",\"sortOrder\":\"desc\"},"
		"{\"sortBy\":\"businessKey\",\"sortOrder\":\"asc\"}]}",
		"{\"finished\":true,\"sorting\":[{\"sortBy\":\"tenantId\",\"sortOrder\":\"desc\"},"
		"{\"sortBy\":\"duration\",\"sortOrder\":\"asc\"}]}"};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bodies); i++)
		check_pages(*state, bodies[i]);
}

/* Few rows are not narrowed down by their columns, but looked at one by one. */
static void behind_a_few_rows_there_is_nothing(void **state)
{
	static const char *const queries[] = {
		"processInstanceBusinessKey=k7&",
		"processInstanceIds=00000007-e553-11f1-aa6b-000000000002&",
		"processInstanceBusinessKey=k7&sortBy=startTime&sortOrder=desc&"};
	char page[PAGE][ID_SIZE];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(queries); i++)
		assert_int_equal(ask(*state, queries[i], 5000, PAGE, page), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_page_goes_on_where_the_one_before_ends),
		TEST(filters_count_on_the_way),
		TEST(further_keys_count_among_equals),
		TEST(behind_a_few_rows_there_is_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
