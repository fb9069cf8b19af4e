/* The index of external tasks: it says at any time what the instances say. */
#include "core/runtime/external_task_index.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/id.h"
#include "core/runtime/cancel.h"
#include "core/runtime/external_task.h"
#include "core/runtime/step.h"
#include "core/runtime/suspension.h"
#include "tests/core/process_fixture.h"

#define TEST(name)                                                                                 \
	cmocka_unit_test_setup_teardown(name, engine_fixture_set_up, engine_fixture_tear_down)

#define TASK(id, topic, priority)                                                                  \
	"<serviceTask id='" id "' camunda:type='external' camunda:topic='" topic                   \
	"' camunda:taskPriority='" priority "'/>"
#define FLOW(from, to) "<sequenceFlow id='" from to "' sourceRef='" from "' targetRef='" to "'/>"

/* One after the other. */
static const char in_a_row[] = "<startEvent id='s'/>" FLOW("s", "a") TASK("a", "one", "5")
	FLOW("a", "b") TASK("b", "two", "0");
static const char urgent[] = "<startEvent id='s'/>" FLOW("s", "a") TASK("a", "one", "50");

struct picture {
	size_t count;
	struct external_task_entry entries[64];
};

static struct picture picture_of(struct engine_fixture *fixture, enum external_task_list list,
				 const char *topic)
{
	struct txn reader = txn_reader(fixture->engine.store, &fixture->arena);
	struct picture picture = {.count = 0};
	struct external_task_walk walk;
	int code;

	external_task_walk_start(&walk, &reader, list, topic);
	while (!(code = external_task_walk_next(&walk, &picture.entries[picture.count])))
		assert_true(++picture.count < 64);
	assert_int_equal(code, ERR_NOT_FOUND);
	return picture;
}

static size_t count(struct engine_fixture *fixture, enum external_task_list list, const char *topic)
{
	return picture_of(fixture, list, topic).count;
}

static size_t count_all(struct engine_fixture *fixture, const char *topic)
{
	return count(fixture, TASKS_READY, topic) + count(fixture, TASKS_LOCKED, topic) +
	       count(fixture, TASKS_BARRED, topic);
}

/* Whether the task stands where it should, and nowhere else; ready and locked are told by NOW. */
static void check_task(struct engine_fixture *fixture, const struct instance *instance,
		       const struct external_task *task)
{
	static const enum external_task_list lists[] = {TASKS_READY, TASKS_LOCKED, TASKS_BARRED};
	bool barred = task->suspended || task->retries == 0;
	bool locked = task->lock_expiration_time != TIME_NULL;
	size_t found = 0, i, k;
	struct id id;

	assert_true(id_decode(fixture->engine.store, task->id, &id));
	for (i = 0; i < 3; i++) {
		struct picture picture = picture_of(fixture, lists[i], task->topic_name);

		for (k = 0; k < picture.count; k++) {
			if (picture.entries[k].serial != instance->serial ||
			    picture.entries[k].ordinal != id.ordinal)
				continue;
			found++;
			assert_int_equal(picture.entries[k].priority, task->priority);
			assert_true(lists[i] == (barred   ? TASKS_BARRED
						 : locked ? TASKS_LOCKED
							  : TASKS_READY));
		}
	}
	assert_int_equal(found, 1);
}

/* Every task has its entry, and there are no others. */
static void check_all(struct engine_fixture *fixture)
{
	struct txn reader = txn_reader(fixture->engine.store, &fixture->arena);
	const struct external_task *task;
	struct instance *instance;
	struct instance_scan scan;
	size_t tasks = 0;

	instance_scan_start(&scan, &reader);
	while (!instance_scan_next(&scan, &fixture->arena, &instance))
		LIST_EACH(&instance->external_tasks, task)
		{
			check_task(fixture, instance, task);
			tasks++;
		}
	assert_int_equal(count_all(fixture, "one") + count_all(fixture, "two"), tasks);
}

/* What is done to the first task of an instance. */
struct deed {
	uint64_t serial;
	int64_t now;
	enum {
		LOCK,
		UNLOCK,
		COMPLETE,
		GIVE_UP,
		GIVE_RETRIES,
		SUSPEND,
		ACTIVATE,
		RAISE,
		DELETE,
		DEEDS
	} what;
	int code; /* what the command ends with */
};

static int do_deed(struct instance *instance, struct external_task *task, const struct deed *deed)
{
	instance->changed = true;
	switch (deed->what) {
	case LOCK:
		task->lock_expiration_time = deed->now;
		return 0;
	case UNLOCK:
		task->lock_expiration_time = TIME_NULL;
		return 0;
	case COMPLETE:
		return external_task_complete(instance, task);
	case GIVE_UP:
	case GIVE_RETRIES:
		external_task_set_retries(instance, task, deed->what == GIVE_UP ? 0 : 2);
		return 0;
	case SUSPEND:
	case ACTIVATE:
		return instance_set_suspended(instance, deed->what == SUSPEND);
	case RAISE:
		task->priority++;
		return 0;
	default:
		return instance_delete(instance, "enough", 0, true);
	}
}

static int deed_body(struct command *command, void *arg)
{
	const struct deed *deed = arg;
	struct instance *instance;

	TRY(command_instance(command, deed->serial, &instance));
	if (!instance->external_tasks.count)
		return 0;
	TRY(do_deed(instance, instance->external_tasks.items[0], deed));
	TRY(steps_run(command));
	return deed->code;
}

static void run(struct engine_fixture *fixture, const struct deed *deed)
{
	struct deed copy = *deed;

	process_fixture_run(fixture, deed_body, &copy, deed->code);
}

static void what_is_made_is_ready_the_most_urgent_first(void **state)
{
	const union slot *slow = process_fixture_deploy(*state, "slow", in_a_row);
	const union slot *fast = process_fixture_deploy(*state, "fast", urgent);
	uint64_t first = process_fixture_start(*state, slow, 2);
	uint64_t last = process_fixture_start(*state, fast, 1);
	struct picture ready = picture_of(*state, TASKS_READY, "one");

	assert_int_equal(ready.count, 3);
	assert_int_equal(ready.entries[0].serial, last);
	assert_int_equal(ready.entries[0].priority, 50);
	assert_int_equal(ready.entries[1].serial, first);
	assert_int_equal(ready.entries[2].serial, first + 1);
	assert_int_equal(ready.entries[0].business_key, external_task_hash("key"));
	assert_int_equal(count(*state, TASKS_READY, "two"), 0);
}

static void a_task_that_is_done_makes_way_for_the_next(void **state)
{
	uint64_t serial =
		process_fixture_start(*state, process_fixture_deploy(*state, "row", in_a_row), 1);

	run(*state, &(struct deed){.serial = serial, .what = COMPLETE});
	assert_int_equal(count(*state, TASKS_READY, "one"), 0);
	assert_int_equal(count(*state, TASKS_READY, "two"), 1);
	run(*state, &(struct deed){.serial = serial, .what = COMPLETE});
	assert_int_equal(count_all(*state, "two"), 0);
}

static int unlock_body(struct txn *txn, void *arg)
{
	bool more;

	TRY(external_tasks_unlock(txn, "one", *(const int64_t *)arg, &more));
	assert_false(more);
	return 0;
}

static void a_lock_that_runs_out_lets_the_task_go(void **state)
{
	struct engine_fixture *fixture = *state;
	struct txn reader = txn_reader(fixture->engine.store, &fixture->arena);
	uint64_t serial =
		process_fixture_start(fixture, process_fixture_deploy(fixture, "row", in_a_row), 1);
	int64_t until = 5000, early = until - 1, next;

	run(fixture, &(struct deed){.serial = serial, .what = LOCK, .now = until});
	assert_int_equal(count(fixture, TASKS_LOCKED, "one"), 1);
	assert_int_equal(external_task_next_unlock(&reader, "one", &next), 0);
	assert_int_equal(next, until);
	engine_fixture_run(fixture, unlock_body, &early, 0);
	assert_int_equal(count(fixture, TASKS_LOCKED, "one"), 1);
	engine_fixture_run(fixture, unlock_body, &until, 0);
	assert_int_equal(count(fixture, TASKS_LOCKED, "one"), 0);
	assert_int_equal(count(fixture, TASKS_READY, "one"), 1);
	assert_int_equal(external_task_next_unlock(&reader, "one", &next), 0);
	assert_int_equal(next, INT64_MAX);
	/* wherever it stands, it goes */
	run(fixture, &(struct deed){.serial = serial, .what = COMPLETE});
	assert_int_equal(count_all(fixture, "one"), 0);
}

static void what_fails_leaves_the_index_as_it_was(void **state)
{
	uint64_t serial =
		process_fixture_start(*state, process_fixture_deploy(*state, "row", in_a_row), 1);

	run(*state, &(struct deed){.serial = serial, .what = COMPLETE, .code = ERR_STOPPED});
	assert_int_equal(count(*state, TASKS_READY, "one"), 1);
	assert_int_equal(count_all(*state, "two"), 0);
	check_all(*state);
}

static void topics_are_told_in_order_each_once(void **state)
{
	struct engine_fixture *fixture = *state;
	struct txn reader = txn_reader(fixture->engine.store, &fixture->arena);
	uint64_t serial =
		process_fixture_start(fixture, process_fixture_deploy(fixture, "row", in_a_row), 3);
	const char *topic;

	run(fixture, &(struct deed){.serial = serial, .what = COMPLETE});
	run(fixture, &(struct deed){.serial = serial, .what = GIVE_UP});
	run(fixture, &(struct deed){.serial = serial + 1, .what = LOCK, .now = 1});
	assert_int_equal(external_task_next_topic(&reader, NULL, &topic), 0);
	assert_string_equal(topic, "one");
	assert_int_equal(external_task_next_topic(&reader, topic, &topic), 0);
	assert_string_equal(topic, "two");
	assert_int_equal(external_task_next_topic(&reader, topic, &topic), ERR_NOT_FOUND);
}

/* Nothing is completed in what is suspended. */
static bool may_happen(const struct instance *instance, const struct deed *deed)
{
	const struct external_task *task;

	LIST_EACH(&instance->external_tasks, task)
	{
		if (task->suspended && deed->what == COMPLETE)
			return false;
	}
	return instance->external_tasks.count > 0;
}

static void whatever_happens_the_index_agrees_with_the_instances(void **state)
{
	enum { INSTANCES = 6, STEPS = 300 };
	struct engine_fixture *fixture = *state;
	const union slot *definition = process_fixture_deploy(fixture, "row", in_a_row);
	uint64_t first = process_fixture_start(fixture, definition, INSTANCES);
	unsigned step;

	srandom(7);
	for (step = 0; step < STEPS; step++) {
		struct deed deed = {.serial = first + (uint64_t)random() % INSTANCES,
				    .now = 1000 + (int64_t)step,
				    .what = (unsigned)random() % (step % 50 == 49 ? DEEDS : DELETE),
				    .code = random() % 5 ? 0 : ERR_STOPPED};
		struct txn reader = txn_reader(fixture->engine.store, &fixture->arena);
		struct instance *instance;

		if (instance_read(&reader, deed.serial, &instance))
			first = process_fixture_start(fixture, definition, INSTANCES);
		else if (may_happen(instance, &deed))
			run(fixture, &deed);
		check_all(fixture);
		if (step % 100 == 99) {
			engine_fixture_reopen(fixture);
			definition = process_fixture_deploy(fixture, "row", in_a_row);
			check_all(fixture);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_made_is_ready_the_most_urgent_first),
		TEST(a_task_that_is_done_makes_way_for_the_next),
		TEST(a_lock_that_runs_out_lets_the_task_go),
		TEST(what_fails_leaves_the_index_as_it_was),
		TEST(topics_are_told_in_order_each_once),
		TEST(whatever_happens_the_index_agrees_with_the_instances),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
