/* Lists and totals of what runs, and how queries use them. */
#include "core/runtime/running_narrow.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "core/process/definition.h"
#include "core/runtime/cancel.h"
#include "core/runtime/running_bucket.h"
#include "core/runtime/step.h"
#include "core/runtime/task.h"
#include "core/schema.h"
#include "tests/core/process_fixture.h"

#define TEST(name)                                                                                 \
	cmocka_unit_test_setup_teardown(name, engine_fixture_set_up, engine_fixture_tear_down)

#define FLOW(from, to) "<sequenceFlow id='" from to "' sourceRef='" from "' targetRef='" to "'/>"

static const char twice[] = "<startEvent id='s'/>" FLOW("s", "a")
	FLOW("s", "b") "<userTask id='a' camunda:assignee='anna'/>"
		       "<userTask id='b' camunda:assignee='anna' camunda:candidateGroups='g'/>";
static const char external[] =
	"<startEvent id='s'/>" FLOW("s", "e") "<serviceTask id='e' camunda:type='external' "
					      "camunda:topic='t'/>";
static const char later[] =
	"<startEvent id='s'/>" FLOW("s", "j") "<userTask id='j' camunda:asyncBefore='true'/>";

/* Filters by themselves: names alone matter. */
static struct filter text_filter(const char *name)
{
	return (struct filter){name, PARAM_STRING, OP_EQ, 0, NULL, 0, NULL};
}

/* The serial numbers that a filter NAME = TEXT leaves, each with its rows. */
struct found {
	bool narrowed;
	size_t count;
	uint64_t serials[16];
	uint32_t rows[16];
};

static struct found walk(struct engine_fixture *fixture, const struct running_lists *lists)
{
	struct txn reader = txn_reader(fixture->engine.store, &fixture->arena);
	struct found found = {.narrowed = lists != NULL};
	struct running_walk walk;
	int code;

	if (!lists)
		return found;
	assert_int_equal(running_walk_start(&walk, &reader, lists, 0), 0);
	while (!(code = running_walk_next(&walk, &found.serials[found.count],
					  &found.rows[found.count])))
		assert_true(++found.count < 16);
	assert_int_equal(code, ERR_NOT_FOUND);
	return found;
}

static struct found find_any(struct engine_fixture *fixture, const struct query *query,
			     enum running_index_list all)
{
	struct txn reader = txn_reader(fixture->engine.store, &fixture->arena);
	struct running_lists *lists;

	assert_int_equal(running_narrow(&reader, query, all, &lists), 0);
	return walk(fixture, lists);
}

static struct found find(struct engine_fixture *fixture, const char *name, const char *text)
{
	struct filter filter = text_filter(name);
	struct criterion criterion = {.filter = &filter, .text = text};
	struct query query = {.criteria = &criterion, .count = 1};

	return find_any(fixture, &query, INDEX_NONE);
}

static struct found find_list(struct engine_fixture *fixture, const char *name,
			      struct strings texts)
{
	struct filter filter = {name, PARAM_LIST, OP_IN, 0, NULL, 0, NULL};
	struct criterion criterion = {.filter = &filter, .list = texts};
	struct query query = {.criteria = &criterion, .count = 1};

	return find_any(fixture, &query, INDEX_NONE);
}

static uint64_t start(struct engine_fixture *fixture, const char *key, const char *body,
		      size_t count)
{
	return process_fixture_start(fixture, process_fixture_deploy(fixture, key, body), count);
}

static void lists_have_the_instances_of_their_text_in_order(void **state)
{
	struct engine_fixture *fixture = *state;
	uint64_t first = start(fixture, "two", twice, 2);
	uint64_t other = start(fixture, "ext", external, 1);
	struct found found;

	process_fixture_check_index(fixture);
	found = find(fixture, "assignee", "anna");
	assert_int_equal(found.count, 2);
	assert_int_equal(found.serials[0], first);
	assert_int_equal(found.serials[1], first + 1);
	assert_int_equal(found.rows[0], 2);
	assert_int_equal(find(fixture, "assignee", "ann").count, 0);
	assert_int_equal(find(fixture, "activityId", "b").count, 2);
	assert_int_equal(find(fixture, "taskDefinitionKey", "b").count, 2);
	assert_int_equal(find(fixture, "candidateGroup", "g").count, 2);
	assert_int_equal(find(fixture, "candidateUser", "g").count, 0);
	assert_int_equal(find(fixture, "involvedUser", "anna").count, 2);
	found = find(fixture, "topicName", "t");
	assert_int_equal(found.count, 1);
	assert_int_equal(found.serials[0], other);
	assert_int_equal(find(fixture, "businessKey", "key").count, 3);
	assert_int_equal(find(fixture, "processDefinitionKey", "two").count, 2);
	assert_false(find(fixture, "anythingElse", "two").narrowed);
}

static void several_lists_are_one_walk_in_order(void **state)
{
	struct engine_fixture *fixture = *state;
	const char *texts[] = {"b", "e", "a", "nowhere"}, *with_null[] = {"b", NULL},
		   *same[] = {"b", "b"};
	uint64_t first = start(fixture, "two", twice, 1);
	struct found found;

	start(fixture, "ext", external, 1);
	start(fixture, "two", twice, 1);
	found = find_list(fixture, "activityIdIn", (struct strings){4, texts});
	assert_int_equal(found.count, 3);
	assert_int_equal(found.serials[0], first);
	assert_int_equal(found.rows[0], 2);
	assert_int_equal(found.serials[1], first + 1);
	assert_int_equal(found.serials[2], first + 2);
	assert_false(find_list(fixture, "activityIdIn", (struct strings){2, with_null}).narrowed);
	found = find_list(fixture, "activityIdIn", (struct strings){2, same});
	assert_int_equal(found.count, 2);
	assert_int_equal(found.rows[0], 1);
}

static void a_key_means_all_versions_and_an_id_one(void **state)
{
	struct engine_fixture *fixture = *state;
	const union slot *old = process_fixture_deploy(fixture, "k", process_fixture_one_task);
	const union slot *new = process_fixture_deploy(fixture, "k", twice);
	uint64_t first = process_fixture_start(fixture, new, 1);
	struct found found;

	process_fixture_start(fixture, old, 2);
	start(fixture, "kb", twice, 1);
	found = find(fixture, "processDefinitionKey", "k");
	assert_int_equal(found.count, 3);
	assert_int_equal(found.serials[0], first);
	assert_int_equal(found.serials[2], first + 2);
	assert_int_equal(find(fixture, "processDefinitionId", old[DEFINITION_ID].s).count, 2);
	assert_int_equal(find(fixture, "processDefinitionId", new[DEFINITION_ID].s).count, 1);
	found = find(fixture, "processDefinitionId", "unknown");
	assert_true(found.narrowed);
	assert_int_equal(found.count, 0);
}

static void too_many_lists_are_none(void **state)
{
	struct engine_fixture *fixture = *state;
	const char *texts[RUNNING_LISTS_MAX + 1];
	size_t i;

	for (i = 0; i <= RUNNING_LISTS_MAX; i++)
		texts[i] = arena_printf(&fixture->arena, "a%zu", i);
	assert_true(find_list(fixture, "activityIdIn", (struct strings){RUNNING_LISTS_MAX, texts})
			    .narrowed);
	assert_false(
		find_list(fixture, "activityIdIn", (struct strings){RUNNING_LISTS_MAX + 1, texts})
			.narrowed);
}

static int64_t count(struct engine_fixture *fixture, const struct query *query,
		     enum running_row kind)
{
	static const char *const exact[] = {"assignee", NULL};
	struct txn reader = txn_reader(fixture->engine.store, &fixture->arena);
	int64_t count;

	assert_int_equal(running_narrow_count(&reader, query, kind, exact, &count), 0);
	return count;
}

static void counts_come_from_totals_and_exact_lists(void **state)
{
	struct engine_fixture *fixture = *state;
	struct filter filter = text_filter("assignee");
	struct criterion criterion = {.filter = &filter, .text = "anna"};
	struct query query = {.criteria = &criterion, .count = 1}, plain = {.count = 0};

	start(fixture, "two", twice, 2);
	start(fixture, "ext", external, 3);
	start(fixture, "later", later, 1);
	assert_int_equal(count(fixture, &plain, RUNNING_INSTANCE), 6);
	assert_int_equal(count(fixture, &plain, RUNNING_TASK), 4);
	assert_int_equal(count(fixture, &plain, RUNNING_EXTERNAL_TASK), 3);
	assert_int_equal(count(fixture, &plain, RUNNING_JOB), 1);
	assert_int_equal(count(fixture, &query, RUNNING_TASK), 4);
	filter.name = "owner"; /* its list has candidates, too */
	assert_int_equal(count(fixture, &query, RUNNING_TASK), -1);
}

static int assign_and_delete(struct command *command, void *arg)
{
	const uint64_t *first = arg;
	struct instance *instance;

	TRY(command_instance(command, *first, &instance));
	task_set_assignee(instance, instance->tasks.items[0], "bert");
	TRY(command_instance(command, *first + 1, &instance));
	TRY(instance_delete(instance, "r", 0, true));
	return steps_run(command);
}

static void lists_follow_changes(void **state)
{
	struct engine_fixture *fixture = *state;
	uint64_t first = start(fixture, "two", twice, 3);
	struct found found;

	process_fixture_run(fixture, assign_and_delete, &first, 0);
	process_fixture_check_index(fixture);
	assert_int_equal(find(fixture, "assignee", "bert").count, 1);
	found = find(fixture, "assignee", "anna");
	assert_int_equal(found.count, 2);
	assert_int_equal(found.serials[0], first);
	assert_int_equal(found.rows[0], 1);
	assert_int_equal(found.serials[1], first + 2);
}

static int shorten_state(struct txn *txn, size_t size)
{
	struct bytes value;

	TRY(txn_get(txn, TABLE_STATE, "running", strlen("running"), &value));
	assert_true(value.size > size);
	return txn_put(txn, TABLE_STATE, "running", strlen("running"), value.data, size);
}

/* As before there were lists. */
static int forget_index(struct txn *txn, void *arg)
{
	static const uint8_t first = 0, behind = 0xff;

	(void)arg;
	TRY(shorten_state(txn, 8));
	return txn_delete_range(txn, TABLE_RUNNING_INDEX, (struct bytes){&first, 1},
				(struct bytes){&behind, 1});
}

/* As in format 2, where each entry had a record of its own; some of them at least. */
static int age_index(struct txn *txn, void *arg)
{
	uint8_t key[] = {INDEX_TASK, 0, 0, 0, 0, 0, 0, 0, 0, 0}, rows[4] = {0, 0, 0, 1};
	int i;

	(void)arg;
	TRY(shorten_state(txn, 72));
	for (i = 0; i < 6000; i++) {
		be64_write(key + 2, (uint64_t)i);
		TRY(txn_put(txn, TABLE_RUNNING_INDEX, key, sizeof(key), rows, sizeof(rows)));
	}
	return 0;
}

static int make_task(struct command *command, void *arg)
{
	struct task *task = arena_alloc(command->arena, sizeof(*task));
	struct instance *instance;

	(void)arg;
	task->assignee = "carl";
	task->due = task->follow_up = TIME_NULL;
	return task_create_standalone(command, task, &instance);
}

static void tasks_without_an_instance_are_in_their_lists(void **state)
{
	struct engine_fixture *fixture = *state;
	struct query plain = {.count = 0};

	process_fixture_run(fixture, make_task, NULL, 0);
	assert_int_equal(find(fixture, "assignee", "carl").count, 1);
	assert_int_equal(count(fixture, &plain, RUNNING_TASK), 1);
	assert_int_equal(count(fixture, &plain, RUNNING_INSTANCE), 0);
	assert_int_equal(find_any(fixture, &plain, INDEX_TASK).count, 1);
}

static void a_store_without_lists_gets_them_when_it_is_opened(void **state)
{
	struct engine_fixture *fixture = *state;
	uint64_t first;

	start(fixture, "two", twice, 3);
	first = start(fixture, "one", process_fixture_one_task, 1200);
	process_fixture_run(fixture, make_task, NULL, 0);
	engine_fixture_run(fixture, forget_index, NULL, 0);
	engine_fixture_reopen(fixture);
	process_fixture_check_index(fixture);
	assert_int_equal(start(fixture, "ext", external, 1), first + 1201);
	process_fixture_check_index(fixture);
	engine_fixture_run(fixture, age_index, NULL, 0);
	engine_fixture_reopen(fixture);
	process_fixture_check_index(fixture);
	assert_int_equal(start(fixture, "ext", external, 1), first + 1202);
}

/* The serial numbers of a walk from FROM on: all from there to the last. */
static void check_walk(struct engine_fixture *fixture, const struct running_lists *lists,
		       uint64_t from, uint64_t last)
{
	struct txn reader = txn_reader(fixture->engine.store, &fixture->arena);
	struct running_walk walk;
	uint64_t serial;
	uint32_t rows;
	int code;

	assert_int_equal(running_walk_start(&walk, &reader, lists, from), 0);
	while (!(code = running_walk_next(&walk, &serial, &rows))) {
		assert_int_equal(serial, from++);
		assert_int_equal(rows, 2);
	}
	assert_int_equal(code, ERR_NOT_FOUND);
	assert_int_equal(from, last + 1);
}

static void a_walk_begins_anywhere_in_a_list(void **state)
{
	struct engine_fixture *fixture = *state;
	uint64_t first = start(fixture, "two", twice, 200), from;
	struct txn reader = txn_reader(fixture->engine.store, &fixture->arena);
	struct running_lists lists = {.count = 0};
	int64_t count;

	/* two tasks of each */
	assert_int_equal(running_lists_add(&lists, &fixture->arena, INDEX_ASSIGNEE, "anna"), 0);
	for (from = first; from < first + 200; from += 13)
		check_walk(fixture, &lists, from, first + 199);
	for (from = first - first % 64 + 64; from < first + 200; from += 64)
		check_walk(fixture, &lists, from, first + 199);
	assert_int_equal(running_lists_count(&reader, &lists, &count), 0);
	assert_int_equal(count, 400);
}

/* Rows that differ, and records that come and go, in a list of all numbers. */
static int write_rows(struct txn *txn, void *arg)
{
	const uint32_t *rows = arg; /* of 100 to 299 */
	struct running_entry entries[200];
	uint8_t keys[200][10];
	int i;

	for (i = 0; i < 200; i++) {
		keys[i][0] = INDEX_INCIDENT;
		keys[i][1] = 0;
		be64_write(keys[i] + 2, 100 + (uint64_t)i);
		entries[i] = (struct running_entry){
			{keys[i], 10},
                        rows[i]
                };
	}
	return running_bucket_write(txn, entries, 200);
}

static void lists_know_how_many_rows_each_has(void **state)
{
	static uint32_t rows[200];
	struct engine_fixture *fixture = *state;
	struct txn reader = txn_reader(fixture->engine.store, &fixture->arena);
	struct running_lists lists = {.count = 0};
	int64_t count, expected = 0;
	int i;

	assert_int_equal(running_lists_add(&lists, &fixture->arena, INDEX_INCIDENT, NULL), 0);
	for (i = 0; i < 200; i++)
		expected += rows[i] = 1 + (uint32_t)i % 7 * (i / 64 % 2);
	engine_fixture_run(fixture, write_rows, rows, 0);
	assert_int_equal(running_lists_count(&reader, &lists, &count), 0);
	assert_int_equal(count, expected);
	memset(rows, 0, sizeof(rows));
	engine_fixture_run(fixture, write_rows, rows, 0);
	assert_int_equal(running_lists_count(&reader, &lists, &count), 0);
	assert_int_equal(count, 0);
	engine_fixture_run(fixture, write_rows, rows,
			   ERR_CORRUPT); /* what is not there cannot go */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(lists_have_the_instances_of_their_text_in_order),
		TEST(several_lists_are_one_walk_in_order),
		TEST(a_key_means_all_versions_and_an_id_one),
		TEST(too_many_lists_are_none),
		TEST(counts_come_from_totals_and_exact_lists),
		TEST(lists_follow_changes),
		TEST(tasks_without_an_instance_are_in_their_lists),
		TEST(a_store_without_lists_gets_them_when_it_is_opened),
		TEST(a_walk_begins_anywhere_in_a_list),
		TEST(lists_know_how_many_rows_each_has),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
