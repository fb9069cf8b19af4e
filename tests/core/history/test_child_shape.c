/* What shapes rule out, and that they rule out nothing when not all of them are known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/api/handler.h"
#include "core/history/child_resource.h"
#include "core/json/writer.h"
#include "tests/core/history_fixture.h"

#define TEST(name)                                                                                 \
	cmocka_unit_test_setup_teardown(name, engine_fixture_set_up, engine_fixture_tear_down)

enum { ID_SIZE = 96 };

struct activity {
	char id[ID_SIZE], name[32], type[32];
};

static int compare_ids(const void *left, const void *right)
{
	const struct activity *a = left, *b = right;

	return strcmp(a->id, b->id);
}

static void put_instance(struct json_writer *writer, size_t i, const struct activity *activity)
{
	char id[32];

	snprintf(id, sizeof(id), "p%zu", i);
	json_open_object(writer);
	json_key(writer, "processInstance");
	json_open_object(writer);
	json_key_string(writer, "id", id);
	json_key_time(writer, "startTime", 1700000000000);
	json_key_time(writer, "endTime", 1700000060000);
	json_close_object(writer);
	json_key(writer, "activityInstances");
	json_open_array(writer);
	json_open_object(writer);
	json_key_string(writer, "id", activity->id);
	json_key_string(writer, "activityId", activity->name);
	json_key_string(writer, "activityType", activity->type);
	json_key_time(writer, "startTime", 1700000000000);
	json_close_object(writer);
	json_close_array(writer);
	json_close_object(writer);
	json_newline(writer);
}

static void import_activities(struct engine_fixture *fixture, const struct activity *activities,
			      size_t count)
{
	struct json_writer writer;
	size_t i;

	json_writer_init(&writer, 0, NULL, NULL);
	for (i = 0; i < count; i++)
		put_instance(&writer, i, &activities[i]);
	history_fixture_import(fixture,
			       arena_strndup(&fixture->arena, (const char *)writer.buffer.data,
					     writer.buffer.length),
			       65536);
	json_writer_clear(&writer);
}

static void count_is(struct engine_fixture *fixture, const char *query, unsigned count)
{
	assert_string_equal(
		history_fixture_answer(fixture, history_activity_instance_count, query, NULL),
		arena_printf(&fixture->arena, "{\"count\":%u}", count));
}

/* More than are kept, and texts that look like several. */
static void shapes_without_end_rule_out_nothing(void **state)
{
	enum { COUNT = 1500 };
	struct engine_fixture *fixture = *state;
	struct activity *activities = arena_array(&fixture->arena, COUNT, sizeof(struct activity));
	size_t i;

	for (i = 0; i < COUNT; i++) {
		snprintf(activities[i].id, ID_SIZE, "%08zx-0000-1000-8000-000000000000", i);
		snprintf(activities[i].name, sizeof(activities[i].name), "step-%zu", i);
		snprintf(activities[i].type, sizeof(activities[i].type), "type-%zu", i);
	}
	import_activities(fixture, activities, COUNT);
	count_is(fixture, "activityType=type-1499", 1);
	count_is(fixture, "activityType=none", 0);
	count_is(fixture, "activityId=step-1400&activityType=type-1400", 1);
}

static void texts_with_separators_rule_out_nothing(void **state)
{
	struct engine_fixture *fixture = *state;
	struct activity activity = {"x", "a\x1f+b", "c"};

	import_activities(fixture, &activity, 1);
	count_is(fixture, "activityType=c", 1);
	count_is(fixture, "activityId=a\x1f+b", 1);
	count_is(fixture, "activityId=a", 0);
}

/* Ids are in order by name and colon, and names of which one begins as another does are not. */
static void pages_pass_over_names_in_order(void **state)
{
	static const char *const names[] = {"a", "a-b", "a.b", "a0", "aa", "b", "a;"};
	enum { EACH = 300, COUNT = EACH * 7 };
	struct engine_fixture *fixture = *state;
	struct activity *activities = arena_array(&fixture->arena, COUNT, sizeof(struct activity));
	size_t i, first, wanted = 0;

	for (i = 0; i < COUNT; i++) {
		struct activity *activity = &activities[i];

		snprintf(activity->id, ID_SIZE, "%s:%08x-0000-1000-8000-%012zx", names[i % 7],
			 (unsigned)i * 2654435761u, i);
		snprintf(activity->name, sizeof(activity->name), "%s", names[i % 7]);
		strcpy(activity->type, i % 7 == 1 || i % 7 == 4 ? "other" : "task");
	}
	import_activities(fixture, activities, COUNT);
	qsort(activities, COUNT, sizeof(*activities), compare_ids);
	for (i = 0; i < COUNT; i++)
		if (!strcmp(activities[i].type, "task"))
			activities[wanted++] = activities[i];
	for (first = 0; first < wanted; first += 60) {
		const char *answer = history_fixture_answer(
			fixture, history_activity_instance_list,
			arena_printf(&fixture->arena,
				     "activityType=task&firstResult=%zu&maxResults=10", first),
			NULL);

		for (i = first; i < first + 10 && i < wanted; i++) {
			answer = strstr(answer, "{\"id\":\"");
			assert_non_null(answer);
			answer += 7;
			assert_memory_equal(answer, activities[i].id, strlen(activities[i].id));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(shapes_without_end_rule_out_nothing),
		TEST(texts_with_separators_rule_out_nothing),
		TEST(pages_pass_over_names_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
