/* Tasks without a process instance: found by their ids, seen by no query of instances, gone whole.
 */
#include "core/runtime/standalone.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/api/handler.h"
#include "core/runtime/step.h"
#include "core/runtime/task.h"
#include "core/runtime/task_query.h"
#include "core/runtime/variable.h"
#include "core/schema.h"
#include "tests/core/history_fixture.h"
#include "tests/core/process_fixture.h"

#define TEST(name) cmocka_unit_test_setup_teardown(name, engine_fixture_set_up, tear_down)

/* Whatever was done to tasks, the lists of what runs say it. */
static int tear_down(void **state)
{
	process_fixture_check_index(*state);
	return engine_fixture_tear_down(state);
}

enum { SUBTASKS = 300 };

/* A task that is made, in words that outlive the command. */
struct making {
	const char *id, *parent, *tenant;
	char made[128];
};

static int make_body(struct command *command, void *arg)
{
	struct making *making = arg;
	struct task *task = arena_alloc(command->arena, sizeof(*task));
	struct instance *instance;

	task->id = making->id;
	task->parent_task_id = making->parent;
	task->tenant_id = making->tenant;
	task->due = task->follow_up = TIME_NULL;
	TRY(task_create_standalone(command, task, &instance));
	snprintf(making->made, sizeof(making->made), "%s", task->id);
	return 0;
}

static const char *make(struct engine_fixture *f, const char *id, const char *parent)
{
	struct making making = {id, parent, NULL, ""};

	process_fixture_run(f, make_body, &making, 0);
	return arena_strdup(&f->arena, making.made);
}

static void refuse(struct engine_fixture *f, const char *id, const char *parent, const char *tenant,
		   int code)
{
	struct making making = {id, parent, tenant, ""};

	process_fixture_run(f, make_body, &making, code);
}

static int complete_body(struct command *command, void *arg)
{
	struct instance *instance;
	struct task *task;

	TRY(task_find(command, arg, &instance, &task));
	TRY(task_complete(instance, task));
	return steps_run(command);
}

static int delete_body(struct command *command, void *arg)
{
	struct instance *instance;
	struct task *task;

	TRY(task_find(command, arg, &instance, &task));
	return task_delete(instance, task, "deleted");
}

static void run(struct engine_fixture *f, command_body body, const char *id)
{
	process_fixture_run(f, body, (void *)(uintptr_t)id, 0);
}

static bool is_there(struct engine_fixture *f, const char *id)
{
	struct txn reader = txn_reader(f->engine.store, &f->arena);
	struct instance *instance;
	struct task *task;
	int code = task_read(&reader, id, &instance, &task);

	assert_true(!code || code == ERR_NOT_FOUND);
	return !code;
}

/* Keys of the table. */
static size_t keys(struct engine_fixture *f)
{
	struct txn reader = txn_reader(f->engine.store, &f->arena);
	struct bytes none = {NULL, 0}, key, value;
	struct scan scan;
	size_t count = 0;

	scan_start(&scan, &reader, TABLE_STANDALONE_TASK, none, none);
	while (!scan_next(&scan, &key, &value))
		count++;
	return count;
}

static void expect(struct engine_fixture *f, handler handle, const char *query, const char *answer)
{
	assert_string_equal(history_fixture_answer(f, handle, query, NULL), answer);
}

static void is_found_by_the_id_that_was_named_or_given(void **state)
{
	struct engine_fixture *f = *state;
	const char *given = make(f, NULL, NULL);

	make(f, "to do: 1", NULL);
	make(f, "", NULL);
	engine_fixture_reopen(f);
	assert_true(is_there(f, given));
	assert_true(is_there(f, "to do: 1"));
	assert_true(is_there(f, ""));
	assert_false(is_there(f, "to do"));
	expect(f, task_count, NULL, "{\"count\":3}");
	expect(f, task_count, "taskIdIn=to do: 1", "{\"count\":1}");
	run(f, complete_body, given);
	run(f, complete_body, "to do: 1");
	run(f, delete_body, "");
	assert_false(is_there(f, given));
	assert_false(is_there(f, "to do: 1"));
	assert_int_equal(keys(f), 0);
	expect(f, task_count, NULL, "{\"count\":0}");
	expect(f, history_task_count, "finished=true", "{\"count\":3}");
}

static void has_an_id_that_no_other_had(void **state)
{
	struct engine_fixture *f = *state;
	const char *given = make(f, NULL, NULL);
	char *longest = arena_alloc(&f->arena, 66);

	memset(longest, 'x', 65);
	make(f, "a", NULL);
	refuse(f, "a", NULL, NULL, ERR_BAD_USER_REQUEST);
	run(f, complete_body, "a");
	refuse(f, "a", NULL, NULL, ERR_BAD_USER_REQUEST);
	refuse(f, given, NULL, NULL, ERR_BAD_USER_REQUEST);
	refuse(f, longest, NULL, NULL, ERR_BAD_USER_REQUEST);
	longest[64] = '\0';
	make(f, longest, NULL);
	expect(f, task_count, NULL, "{\"count\":2}");
}

static void is_no_process_instance(void **state)
{
	struct engine_fixture *f = *state;

	process_fixture_start(f, process_fixture_deploy(f, "p", process_fixture_one_task), 1);
	make(f, "a", NULL);
	expect(f, process_instance_count, NULL, "{\"count\":1}");
	expect(f, execution_count, NULL, "{\"count\":1}");
	expect(f, task_count, NULL, "{\"count\":2}");
	assert_int_equal(history_fixture_count(f, "{}"), 1);
	assert_int_equal(history_fixture_count(f, "{\"unfinished\":true}"), 1);
	expect(f, history_task_count, NULL, "{\"count\":2}");
	expect(f, history_task_count, "processUnfinished=true", "{\"count\":1}");
	expect(f, history_task_count, "processFinished=true", "{\"count\":0}");
	run(f, complete_body, "a");
	assert_int_equal(history_fixture_count(f, "{}"), 1);
	assert_int_equal(history_fixture_count(f, "{\"finished\":true}"), 0);
	expect(f, history_task_count, "processFinished=true", "{\"count\":0}");
	expect(f, history_task_count, "finished=true", "{\"count\":1}");
	assert_int_equal(history_fixture_delete(f, "task a"), ERR_NOT_FOUND);
	assert_int_equal(history_fixture_delete(f, "a"), ERR_NOT_FOUND);
}

static void wants_a_parent_that_fits(void **state)
{
	struct engine_fixture *f = *state;
	struct making making = {"child", "parent", NULL, ""};

	refuse(f, NULL, "nowhere", NULL, ERR_INVALID_0);
	process_fixture_run(f, make_body, &(struct making){"parent", NULL, "t", ""}, 0);
	refuse(f, NULL, "parent", "other", ERR_ENGINE);
	process_fixture_run(f, make_body, &making, 0);
	expect(f, task_count, "tenantIdIn=t&parentTaskId=parent", "{\"count\":1}");
}

static void subtasks_end_with_their_parent(void **state)
{
	struct engine_fixture *f = *state;
	char id[32], parent[32] = "0";
	size_t i;

	make(f, "0", NULL);
	for (i = 1; i <= SUBTASKS; i++) { /* some side by side, some below each other */
		snprintf(id, sizeof(id), "%zu", i);
		make(f, id, parent);
		if (i % 3)
			memcpy(parent, id, sizeof(id));
	}
	make(f, "other", NULL);
	run(f, complete_body, "0");
	expect(f, task_count, NULL, "{\"count\":1}");
	assert_true(is_there(f, "other"));
	expect(f, history_task_count, "taskDeleteReason=completed", "{\"count\":301}");
	run(f, delete_body, "other");
	assert_int_equal(keys(f), 0);
}

static int parent_body(struct command *command, void *arg)
{
	const struct making *making = arg;
	struct instance *instance;
	struct task *task, before;

	TRY(task_find(command, making->id, &instance, &task));
	before = *task;
	task->parent_task_id = making->parent;
	return task_changed(instance, task, &before);
}

static void a_parent_may_change(void **state)
{
	struct engine_fixture *f = *state;
	struct making moved = {"c", "b", NULL, ""}, circle = {"b", "c", NULL, ""};

	make(f, "a", NULL);
	make(f, "b", NULL);
	make(f, "c", "a");
	process_fixture_run(f, parent_body, &moved, 0);
	run(f, complete_body, "a");
	assert_true(is_there(f, "c"));
	process_fixture_run(f, parent_body, &circle, 0);
	run(f, delete_body, "b");
	assert_false(is_there(f, "c"));
	assert_int_equal(keys(f), 0);
}

/* The id of the only task of process instances. */
static const char *task_of_process(struct engine_fixture *f, uint64_t serial)
{
	struct txn reader = txn_reader(f->engine.store, &f->arena);
	struct instance *instance;

	assert_int_equal(instance_read(&reader, serial, &instance), 0);
	return ((struct task *)instance->tasks.items[0])->id;
}

static void a_process_takes_the_subtasks_of_its_tasks_along(void **state)
{
	struct engine_fixture *f = *state;
	const union slot *definition = process_fixture_deploy(f, "p", process_fixture_one_task);
	const char *task = task_of_process(f, process_fixture_start(f, definition, 1));

	make(f, "sub", task);
	make(f, "subsub", "sub");
	run(f, complete_body, task);
	assert_false(is_there(f, "subsub"));
	assert_int_equal(keys(f), 0);
	expect(f, history_task_count, "taskParentTaskId=sub&finished=true", "{\"count\":1}");
}

static int set_body(struct command *command, void *arg)
{
	static const struct value number = {VALUE_LONG, {.number = 7}};
	const struct typed_value value = {"Long", &number, "{}", false};
	struct scope scope = {NULL, NULL, NULL, NULL, NULL};

	TRY(task_find(command, arg, &scope.instance, &scope.task));
	variable_set(&scope, "x", &value);
	return 0;
}

/* It goes and comes back in one command. */
static int set_anew_body(struct command *command, void *arg)
{
	struct scope scope = {NULL, NULL, NULL, NULL, NULL};

	TRY(task_find(command, arg, &scope.instance, &scope.task));
	variable_remove_local(&scope, "x");
	return set_body(command, arg);
}

static void holds_variables_until_it_ends(void **state)
{
	struct engine_fixture *f = *state;

	make(f, "a", NULL);
	run(f, set_body, "a");
	run(f, set_body, "a");
	engine_fixture_reopen(f);
	expect(f, variable_instance_count, "taskIdIn=a", "{\"count\":1}");
	expect(f, variable_instance_count, NULL, "{\"count\":1}");
	expect(f, history_detail_count, "taskId=a", "{\"count\":2}");
	run(f, set_anew_body, "a");
	expect(f, variable_instance_count, NULL, "{\"count\":1}");
	expect(f, history_variable_instance_count, NULL, "{\"count\":1}");
	run(f, delete_body, "a");
	expect(f, variable_instance_count, NULL, "{\"count\":0}");
	expect(f, history_variable_instance_count, NULL, "{\"count\":1}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(is_found_by_the_id_that_was_named_or_given),
		TEST(has_an_id_that_no_other_had),
		TEST(is_no_process_instance),
		TEST(wants_a_parent_that_fits),
		TEST(subtasks_end_with_their_parent),
		TEST(a_parent_may_change),
		TEST(a_process_takes_the_subtasks_of_its_tasks_along),
		TEST(holds_variables_until_it_ends),
	};

	return cmocka_run_group_tests_name("standalone", tests, NULL, NULL);
}
