#include "core/runtime/suspension.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "core/process/definition.h"
#include "core/runtime/running_scan.h"
#include "tests/core/process_fixture.h"

enum { MANY = 501 }; /* one more than a lot */

static int suspend_body(struct command *command, void *arg)
{
	const uint64_t *serial = arg;
	struct instance *instance;

	TRY(command_instance(command, *serial, &instance));
	return instance_set_suspended(instance, true);
}

static int lot_body(struct command *command, void *arg)
{
	return suspension_lot_run(command, arg);
}

/* How many of the instances are suspended, each with its task. */
static size_t count_suspended(struct engine_fixture *fixture)
{
	struct txn reader = txn_reader(fixture->engine.store, &fixture->arena);
	struct rows rows[RUNNING_MAX];
	struct running_scan scan;
	size_t count = 0;
	int code;

	running_scan_start(&scan, &reader, NULL, 1u << RUNNING_TASK);
	while (!(code = running_scan_next(&scan, &fixture->arena, rows))) {
		bool suspended = rows[RUNNING_INSTANCE].row[0][RUNNING_INSTANCE_SUSPENDED].i == 1;

		assert_int_equal(rows[RUNNING_TASK].count, 1);
		assert_int_equal(rows[RUNNING_TASK].row[0][RUNNING_TASK_SUSPENDED].i, suspended);
		count += suspended;
	}
	assert_int_equal(code, ERR_NOT_FOUND);
	return count;
}

static void an_instance_is_suspended_with_what_it_consists_of(void **state)
{
	struct engine_fixture *fixture = *state;
	uint64_t serial = process_fixture_start(
		fixture, process_fixture_deploy(fixture, "a", process_fixture_one_task), 2);

	assert_int_equal(count_suspended(fixture), 0);
	process_fixture_run(fixture, suspend_body, &serial, 0);
	assert_int_equal(count_suspended(fixture), 1);
}

static void many_are_suspended_lot_by_lot(void **state)
{
	struct engine_fixture *fixture = *state;
	const union slot *a = process_fixture_deploy(fixture, "a", process_fixture_one_task);
	const union slot *b = process_fixture_deploy(fixture, "b", process_fixture_one_task);
	struct suspension_lot lot = {.definition_key = "a", .suspended = true};

	process_fixture_start(fixture, b, 1);
	process_fixture_start(fixture, a, MANY);
	process_fixture_run(fixture, lot_body, &lot, 0);
	assert_true(lot.more);
	assert_int_equal(count_suspended(fixture), MANY - 1);
	lot.from = lot.next;
	process_fixture_run(fixture, lot_body, &lot, 0);
	assert_false(lot.more);
	assert_int_equal(count_suspended(fixture), MANY);
}

static void a_lot_of_one_definition_leaves_the_others(void **state)
{
	struct engine_fixture *fixture = *state;
	const union slot *first = process_fixture_deploy(fixture, "a", process_fixture_one_task);
	const union slot *second = process_fixture_deploy(fixture, "a", process_fixture_one_task);
	struct suspension_lot lot = {.definition_id = second[DEFINITION_ID].s, .suspended = true};

	process_fixture_start(fixture, first, 2);
	process_fixture_start(fixture, second, 3);
	process_fixture_run(fixture, lot_body, &lot, 0);
	assert_false(lot.more);
	assert_int_equal(count_suspended(fixture), 3);
	lot = (struct suspension_lot){.definition_key = "a", .suspended = false};
	process_fixture_run(fixture, lot_body, &lot, 0);
	assert_int_equal(count_suspended(fixture), 0);
}

#define TEST(name)                                                                                 \
	cmocka_unit_test_setup_teardown(name, engine_fixture_set_up, engine_fixture_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_instance_is_suspended_with_what_it_consists_of),
		TEST(many_are_suspended_lot_by_lot),
		TEST(a_lot_of_one_definition_leaves_the_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
