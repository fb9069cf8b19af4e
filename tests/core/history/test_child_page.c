/* Pages of many children are the pieces of the whole list, whatever leads the walk to them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "core/api/handler.h"
#include "core/history/child_resource.h"
#include "core/history/posting_key.h"
#include "core/id.h"
#include "core/json/writer.h"
#include "tests/core/history_fixture.h"

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, engine_fixture_tear_down)

enum { INSTANCES = 2100, PAGE = 3, ID_SIZE = 64 };

/* A number in no order, the same in every run. */
static uint32_t scatter(uint32_t i)
{
	return i * 2654435761u;
}

static int64_t start_of(uint32_t i)
{
	return 1700000000000 + scatter(i) % 100000 * 1000;
}

static const char *activity_of(uint32_t i)
{
	return i % 3 == 1 ? "ship" : "check";
}

static struct engine_fixture *own; /* whose ids some instances have */

static bool has_own_id(uint32_t i)
{
	return i % 10 == 5;
}

/* As the engine gives them: of what was started here, the instance itself first. */
static const char *own_id(uint32_t i, uint32_t ordinal)
{
	return id_text(&own->arena, own->engine.store, ID_RUNNING, scatter(i) % 100000, ordinal);
}

/* Ids of every form, among them some that begin alike; one with a foreign id among its own kind. */
static const char *child_id(uint32_t i, uint32_t k, char *id)
{
	unsigned place = scatter(3 * i + k);

	if (has_own_id(i) && !k && i % 20 != 5)
		snprintf(id, ID_SIZE, "%s:%s", activity_of(i), own_id(i, k + 1));
	else if (has_own_id(i) && (k < 2 || i % 20 != 5))
		snprintf(id, ID_SIZE, "%s", own_id(i, k + 1));
	else if (i % 10 < 6)
		snprintf(id, ID_SIZE, "%08x-0000-1000-8000-%012x", place, i);
	else if (i % 10 < 8)
		snprintf(id, ID_SIZE, "%s:%08x-0000-1000-8000-%012x", i % 3 ? "check" : "7c", place,
			 i);
	else if (i % 100 < 9)
		snprintf(id, ID_SIZE, "00000000-0000-1000-8000-%08x%04x", place, i);
	else
		snprintf(id, ID_SIZE, "%x task of a caller's own", place);
	return id;
}

static const char *name_of(uint32_t i)
{
	return i % 400 ? "task" : "rare";
}

static void put_child(struct json_writer *writer, uint32_t i, uint32_t k, int64_t start)
{
	char id[ID_SIZE];

	json_open_object(writer);
	json_key_string(writer, "id", child_id(i, k, id));
	json_key_string(writer, "assignee", k ? "mary" : "paul");
	json_key_string(writer, "name", name_of(i));
	json_key_string(writer, "activityId", activity_of(i));
	json_key_string(writer, "activityType", "userTask");
	/* so that counts need not look at the records of these */
	json_key_string(writer, "processDefinitionId", has_own_id(i) ? "order:1:x" : NULL);
	json_key_string(writer, "processDefinitionKey", has_own_id(i) ? "order" : NULL);
	json_key_time(writer, "startTime", start + k * 1000);
	/* some leave the bounds of their instance */
	json_key_time(writer, "endTime", i % 50 ? start + 60000 : start + 90000000);
	json_close_object(writer);
}

static void put_instance(struct json_writer *writer, uint32_t i)
{
	int64_t start = start_of(i);
	char id[ID_SIZE];
	uint32_t k;

	snprintf(id, sizeof(id), "p%u", i);
	if (has_own_id(i))
		snprintf(id, sizeof(id), "%s", own_id(i, 0));
	json_open_object(writer);
	json_key(writer, "processInstance");
	json_open_object(writer);
	json_key_string(writer, "id", id);
	json_key_string(writer, "processDefinitionId", "order:1:x");
	json_key_string(writer, "processDefinitionKey", "order");
	json_key_time(writer, "startTime", start);
	if (i % 7)
		json_key_time(writer, "endTime", start + 60000);
	json_close_object(writer);
	json_key(writer, "activityInstances");
	json_open_array(writer);
	for (k = 0; k < 3; k++)
		put_child(writer, i, k, start);
	json_close_array(writer);
	json_key(writer, "tasks");
	json_open_array(writer);
	for (k = 0; k < 3; k++)
		put_child(writer, i, k, start);
	json_close_array(writer);
	json_close_object(writer);
	json_newline(writer);
}

static int set_up(void **state)
{
	TRY(history_fixture_set_up(state, ""));
	own = *state;
	/* its ids come first in order, behind those that begin alike */
	memcpy((void *)(uintptr_t)store_tag(own->engine.store), (uint8_t[4]){0, 0, 0, 1}, 4);
	history_fixture_import_with(own, put_instance, INSTANCES);
	return 0;
}

/* What a child is sorted by. */
struct child {
	char id[ID_SIZE];
	int64_t start, end;
};

enum order { BY_ID, BY_START, BY_END };

static int compare(const struct child *a, const struct child *b, enum order order)
{
	int64_t x = order == BY_START ? a->start : a->end,
		y = order == BY_START ? b->start : b->end;

	return order == BY_ID ? strcmp(a->id, b->id) : (x > y) - (x < y);
}

static enum order wanted_order;
static bool wanted_descending;

static int compare_children(const void *left, const void *right)
{
	int order = compare(left, right, wanted_order);

	order = wanted_descending ? -order : order;
	return order ? order : compare(left, right, BY_ID);
}

/* All children, or those of one assignee, or with NAME or of the activity NAME, in order. */
static size_t expect(struct engine_fixture *fixture, const char *assignee, const char *name,
		     enum order order, bool descending, struct child **ret)
{
	struct child *children = arena_array(&fixture->arena, 3 * INSTANCES, sizeof(*children));
	size_t count = 0;
	uint32_t i, k;

	for (i = 0; i < INSTANCES; i++) {
		for (k = 0; k < 3; k++) {
			struct child *child = &children[count];

			if (assignee && strcmp(assignee, k ? "mary" : "paul") != 0)
				continue;
			if (name && strcmp(name, name_of(i)) != 0 &&
			    strcmp(name, activity_of(i)) != 0)
				continue;
			child_id(i, k, child->id);
			child->start = start_of(i) + k * 1000;
			child->end = start_of(i) + (i % 50 ? 60000 : 90000000);
			count++;
		}
	}
	wanted_order = order;
	wanted_descending = descending;
	qsort(children, count, sizeof(*children), compare_children);
	*ret = children;
	return count;
}

static void pages_are(struct engine_fixture *fixture, handler handle, const char *query,
		      const struct child *children, size_t count)
{
	static const size_t firsts[] = {0, 1, 40, 80, 698, 7000};
	size_t i, k;

	for (i = 0; i < ARRAY_SIZE(firsts); i++) {
		const char *answer = history_fixture_answer(
			fixture, handle,
			arena_printf(&fixture->arena, "%s&firstResult=%zu&maxResults=%d", query,
				     firsts[i], PAGE),
			NULL);

		for (k = firsts[i]; k < count && k < firsts[i] + PAGE; k++) {
			answer = strstr(answer, "{\"id\":\"");
			assert_non_null(answer);
			answer += 7;
			if (strncmp(answer, children[k].id, strlen(children[k].id)) != 0)
				fail_msg("%s: row %zu is %.36s instead of %s", query, k, answer,
					 children[k].id);
		}
		assert_null(strstr(answer, "{\"id\":\""));
	}
}

static void pages_in_order(void **state)
{
	static const struct {
		handler handle;
		const char *query, *assignee, *name;
		enum order order;
		bool descending;
	} rows[] = {
		{history_activity_instance_list, "sortBy=startTime&sortOrder=asc",                    NULL,   NULL,
		 BY_START,												       false},
		{history_activity_instance_list, "sortBy=startTime&sortOrder=desc",                   NULL,   NULL,
		 BY_START,												       true },
		{history_activity_instance_list, "sortBy=endTime&sortOrder=desc",                     NULL,   NULL,
		 BY_END,													 true },
		{history_activity_instance_list, "sortBy=activityInstanceId&sortOrder=desc",          NULL,
		 NULL,												 BY_ID,    true },
		{history_activity_instance_list, "activityType=userTask",                             NULL,   NULL,    BY_ID,    false},
		{history_activity_instance_list, "activityId=check",                                  NULL,   "check", BY_ID,    false},
		{history_activity_instance_list, "activityId=ship",                                   NULL,   "ship",  BY_ID,    false},
		{history_task_list,              "taskAssignee=paul&sortBy=startTime&sortOrder=desc", "paul",
		 NULL,												 BY_START, true },
		{history_task_list,              "taskAssignee=mary&sortBy=taskId&sortOrder=asc",     "mary", NULL,
		 BY_ID,													  false},
		{history_task_list,              "taskAssignee=mary&sortBy=taskId&sortOrder=desc",    "mary", NULL,
		 BY_ID,													  true },
		{history_task_list,              "taskAssignee=mary",                                 "mary", NULL,    BY_ID,    false},
		{history_task_list,              "taskAssignee=mary&taskName=rare",                   "mary", "rare",  BY_ID,
		 false														},
		{history_task_list,              "taskName=task",                                     NULL,   "task",  BY_ID,    false},
		{history_task_list,              "taskName=rare",                                     NULL,   "rare",  BY_ID,    false},
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct child *children;
		size_t count = expect(*state, rows[i].assignee, rows[i].name, rows[i].order,
				      rows[i].descending, &children);

		pages_are(*state, rows[i].handle, rows[i].query, children, count);
	}
}

static void every_child_is_found_by_its_id(void **state)
{
	struct engine_fixture *fixture = *state;
	uint32_t i;

	for (i = 0; i < INSTANCES; i += 13) {
		struct request request = history_fixture_request(fixture, NULL, NULL);
		struct call *call = arena_alloc(&fixture->arena, sizeof(*call));
		const char *id = child_id(i, i % 3, arena_alloc(&fixture->arena, ID_SIZE));
		const char *answer;

		call->params = &id;
		call->param_count = 1;
		request.call = call;
		assert_int_equal(history_activity_instance_get(&request), 0);
		assert_memory_equal(request.writer.buffer.data + 7, id, strlen(id));
		json_writer_clear(&request.writer);
		answer = history_fixture_answer(fixture, history_task_list,
						arena_printf(&fixture->arena, "taskId=%s", id),
						NULL);
		assert_memory_equal(answer + 8, id, strlen(id));
		assert_null(strstr(answer + 8, "{\"id\":\""));
	}
}

static bool count_key(void *arg, struct bytes key, uint64_t number)
{
	size_t *count = arg;

	(void)number;
	*count += key.size > 1; /* all tasks have ids */
	return true;
}

/* The engine writes many instances, and each posting costs it something. */
static void what_an_id_tells_has_no_posting(void **state)
{
	static const uint8_t from[] = {POSTING_CHILD + ROW_TASK},
			     to[] = {POSTING_CHILD + ROW_TASK + 1};
	struct history *history = own->engine.history;
	struct txn reader = txn_reader(own->engine.store, &own->arena);
	size_t count = 0, foreign = 0;
	uint32_t i;

	(void)state;
	for (i = 0; i < INSTANCES; i++)
		foreign += has_own_id(i) ? 1 : 3; /* a foreign id, or one with a name before it */
	assert_int_equal(archive_find(&reader, history->processes, 0, (struct bytes){from, 1},
				      (struct bytes){to, 1}, count_key, &count),
			 0);
	assert_int_equal(count, foreign);
}

static void counts_agree_with_lists(void **state)
{
	static const struct {
		const char *query, *count;
	} rows[] = {
		{"firstResult=0",                            "{\"count\":6300}"},
		{"processDefinitionKey=order",               "{\"count\":630}" },
		{"processDefinitionKey=none",                "{\"count\":0}"   },
		{"withoutTenantId=true",                     "{\"count\":6300}"},
		{"processUnfinished=true",                   "{\"count\":900}" },
		{"taskAssignee=paul",                        "{\"count\":2100}"},
		{"taskAssignee=paul&processUnfinished=true", "{\"count\":300}" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		assert_string_equal(
			history_fixture_answer(*state, history_task_count, rows[i].query, NULL),
			rows[i].count);
}

static int bury_first(struct txn *txn, void *arg)
{
	struct history *history = arg;
	uint64_t first = 0;
	size_t buried;

	return archive_bury(txn, history->processes, &first, 1, &buried);
}

/* Totals that are kept do not outlive what they were counted from. */
static void counts_follow_deletions(void **state)
{
	struct engine_fixture *fixture = *state;
	static const struct {
		const char *query, *before, *after;
	} rows[] = {
		{"taskName=task",                   "{\"count\":6282}", "{\"count\":6282}"},
		{"taskName=rare",                   "{\"count\":18}",   "{\"count\":15}"  },
		{"taskAssignee=mary",               "{\"count\":4200}", "{\"count\":4198}"},
		{"taskAssignee=mary&finished=true", "{\"count\":4200}", "{\"count\":4198}"},
		{"taskNameLike=ra%&assigned=true",  "{\"count\":18}",   "{\"count\":15}"  },
	};
	size_t i, again;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		for (again = 0; again < 2; again++)
			assert_string_equal(history_fixture_answer(fixture, history_task_count,
								   rows[i].query, NULL),
					    rows[i].before);
	engine_fixture_run(fixture, bury_first, fixture->engine.history, 0);
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		assert_string_equal(
			history_fixture_answer(fixture, history_task_count, rows[i].query, NULL),
			rows[i].after);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(pages_in_order),
		TEST(every_child_is_found_by_its_id),
		TEST(what_an_id_tells_has_no_posting),
		TEST(counts_agree_with_lists),
		TEST(counts_follow_deletions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
