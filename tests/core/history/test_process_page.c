/* Pages of process instances whose ids begin alike: numbers do not tell their order. */
#include "core/history/process_page.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/api/handler.h"
#include "tests/core/history_fixture.h"

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, engine_fixture_tear_down)

enum { INSTANCES = 90, STEP = 29, ID_SIZE = 24 }; /* STEP: prime to INSTANCES */

/* Some ids are told apart by their first digits, and come before the others. */
static void make_id(char id[ID_SIZE], int n)
{
	snprintf(id, ID_SIZE, n % 5 ? "order-%d" : "%04d", n);
}

/* All of them, in an order that is neither that of their ids nor the opposite. */
static int set_up(void **state)
{
	struct buffer lines;
	char id[ID_SIZE];
	int i;

	TRY(engine_fixture_set_up(state));
	buffer_init(&lines);
	for (i = 0; i < INSTANCES; i++) {
		make_id(id, i * STEP % INSTANCES);
		buffer_put_text(&lines, "{\"processInstance\":{\"id\":\"");
		buffer_put_text(&lines, id);
		buffer_put_text(&lines, "\",\"processDefinitionId\":\"d\",\"businessKey\":\"");
		buffer_put_text(&lines, i % 2 ? "odd" : "even");
		buffer_put_text(&lines, "\",\"startTime\":\"2024-01-01T10:00:00.000+0000\","
					"\"endTime\":\"2024-01-01T11:00:00.000+0000\"}}\n");
	}
	buffer_put_u8(&lines, 0);
	history_fixture_import(*state, (const char *)lines.data, 64 * 1024);
	buffer_clear(&lines);
	return 0;
}

static int compare_ids(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Ids as they should come: of one parity of place (2 = of both), sorted; says how many. */
static int expect(char ids[INSTANCES][ID_SIZE], int parity, bool descending)
{
	int i, count = 0;

	for (i = 0; i < INSTANCES; i++)
		if (parity == 2 || i % 2 == parity)
			make_id(ids[count++], i * STEP % INSTANCES);
	qsort(ids, (size_t)count, ID_SIZE, compare_ids);
	for (i = 0; descending && i < count / 2; i++) {
		char kept[ID_SIZE];

		memcpy(kept, ids[i], ID_SIZE);
		memcpy(ids[i], ids[count - 1 - i], ID_SIZE);
		memcpy(ids[count - 1 - i], kept, ID_SIZE);
	}
	return count;
}

/* Fails unless the answer's ids are those from FIRST to END. */
static void check(const char *answer, char ids[INSTANCES][ID_SIZE], int first, int end)
{
	static const char key[] = "{\"id\":\"";
	int i;

	for (i = first; i < end; i++) {
		answer = strstr(answer, key);
		assert_non_null(answer);
		answer += strlen(key);
		if (strncmp(answer, ids[i], strlen(ids[i])) || answer[strlen(ids[i])] != '"')
			fail_msg("row %d is %.20s and not %s", i, answer, ids[i]);
	}
	assert_null(strstr(answer, key));
}

static const struct {
	int first, max; /* max -1: to the end */
} pages[] = {
	{0,  10},
        {0,  64},
        {0,  70},
        {10, 20},
        {16, 10},
	{44, 1 },
        {85, 50},
        {0,  90},
        {0,  -1},
        {17, -1},
};

static const char *cut(struct engine_fixture *f, const char *query, int first, int max)
{
	return max < 0 ? arena_printf(&f->arena, "%sfirstResult=%d", query, first)
		       : arena_printf(&f->arena, "%sfirstResult=%d&maxResults=%d", query, first,
				      max);
}

static void check_pages(struct engine_fixture *f, const char *query, bool descending)
{
	char ids[INSTANCES][ID_SIZE];
	int count = expect(ids, 2, descending);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(pages); i++) {
		int first = pages[i].first, max = pages[i].max;
		int end = max < 0 || first + max > count ? count : first + max;

		if (!*query && !first && max < 0)
			continue; /* a list that nobody ordered or cut has no order */
		check(history_fixture_answer(f, history_process_instance_list,
					     cut(f, query, first, max), NULL),
		      ids, first, end);
	}
}

static void a_page_without_an_order_is_in_order_of_ids(void **state)
{
	check_pages(*state, "", false);
}

static void ids_that_begin_alike_are_sorted_by_text(void **state)
{
	check_pages(*state, "sortBy=instanceId&sortOrder=asc&", false);
	check_pages(*state, "sortBy=instanceId&sortOrder=desc&", true);
}

static void an_id_that_died_makes_room_for_the_next(void **state)
{
	struct engine_fixture *f = *state;
	char ids[INSTANCES][ID_SIZE];

	expect(ids, 2, false);
	check(history_fixture_answer(f, history_process_instance_list, "maxResults=64", NULL), ids,
	      0, 64);
	assert_int_equal(history_fixture_delete(f, ids[3]), 0);
	memmove(ids[3], ids[4], (INSTANCES - 4) * ID_SIZE);
	check(history_fixture_answer(f, history_process_instance_list, "maxResults=64", NULL), ids,
	      0, 64);
	check(history_fixture_answer(f, history_process_instance_list, "maxResults=80", NULL), ids,
	      0, 80);
}

/* Those with one key before those with the other, and each in order of ids. */
static void ids_decide_what_other_keys_leave_open(void **state)
{
	static const char *const bodies[] = {
		"{\"processInstanceBusinessKey\":\"odd\",\"sorting\":["
		"{\"sortBy\":\"businessKey\",\"sortOrder\":\"asc\"},"
		"{\"sortBy\":\"instanceId\",\"sortOrder\":\"desc\"}]}",
		"{\"sorting\":[{\"sortBy\":\"businessKey\",\"sortOrder\":\"desc\"},"
		"{\"sortBy\":\"instanceId\",\"sortOrder\":\"desc\"}]}",
		"{\"processInstanceBusinessKey\":\"odd\",\"sorting\":["
		"{\"sortBy\":\"startTime\",\"sortOrder\":\"asc\"},"
		"{\"sortBy\":\"instanceId\",\"sortOrder\":\"desc\"}]}",
	};
	struct engine_fixture *f = *state;
	char ids[INSTANCES][ID_SIZE];
	int count = expect(ids, 1, true);
	size_t i, k;

	for (i = 0; i < ARRAY_SIZE(bodies); i++)
		for (k = 0; k < ARRAY_SIZE(pages); k++) {
			int first = pages[k].first, max = pages[k].max;

			if (first >= count || (max < 0 ? i == 1 : first + max > count))
				continue;
			check(history_fixture_answer(f, history_process_instance_query,
						     cut(f, "", first, max), bodies[i]),
			      ids, first, max < 0 ? count : first + max);
		}
}

#define LINE(id)                                                                                   \
	"{\"processInstance\":{\"id\":\"" id "\",\"processDefinitionId\":\"d\","                   \
	"\"startTime\":\"2024-01-01T10:00:00.000+0000\"}}\n"

/* The page is full of those that tie when the first of all comes, and one of them goes. */
static void one_that_had_to_go_may_come_back(void **state)
{
	static const char lines[] = LINE("order-3") LINE("order-2") LINE("0001");
	char ids[INSTANCES][ID_SIZE] = {"0001", "order-2"};

	history_fixture_import(*state, lines, sizeof(lines));
	check(history_fixture_answer(*state, history_process_instance_list,
				     "sortBy=instanceId&sortOrder=asc&maxResults=2", NULL),
	      ids, 0, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_page_without_an_order_is_in_order_of_ids),
		TEST(ids_that_begin_alike_are_sorted_by_text),
		TEST(an_id_that_died_makes_room_for_the_next),
		TEST(ids_decide_what_other_keys_leave_open),
		cmocka_unit_test_setup_teardown(one_that_had_to_go_may_come_back,
						engine_fixture_set_up, engine_fixture_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
