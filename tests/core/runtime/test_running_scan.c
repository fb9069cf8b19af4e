#include "core/runtime/running_scan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "core/id.h"
#include "core/runtime/cancel.h"
#include "core/runtime/step.h"
#include "tests/core/history_fixture.h"
#include "tests/core/process_fixture.h"

enum { MANY = 500 };

static const char *id_of(struct engine_fixture *fixture, uint64_t serial, uint64_t ordinal)
{
	return id_text(&fixture->arena, fixture->engine.store, ID_RUNNING, serial, ordinal);
}

static uint64_t start(struct engine_fixture *fixture, size_t count)
{
	return process_fixture_start(
		fixture, process_fixture_deploy(fixture, "a", process_fixture_one_task), count);
}

static void a_scan_hands_out_all_in_order_with_what_is_wanted(void **state)
{
	struct engine_fixture *fixture = *state;
	struct txn reader = txn_reader(fixture->engine.store, &fixture->arena);
	uint64_t first = start(fixture, 3), next = first;
	struct rows rows[RUNNING_MAX];
	struct running_scan scan;

	running_scan_start(&scan, &reader, NULL, 1u << RUNNING_TASK);
	while (!running_scan_next(&scan, &fixture->arena, rows)) {
		assert_int_equal(scan.serial, next);
		assert_string_equal(rows[RUNNING_INSTANCE].row[0][RUNNING_INSTANCE_ID].s,
				    id_of(fixture, next++, 0));
		assert_int_equal(rows[RUNNING_TASK].count, 1);
		assert_int_equal(rows[RUNNING_EXECUTION].count, 0);
	}
	assert_int_equal(next, first + 3);
	running_scan_start_at(&scan, &reader, first + 2, 0);
	assert_int_equal(running_scan_next(&scan, &fixture->arena, rows), 0);
	assert_int_equal(scan.serial, first + 2);
	assert_int_equal(running_scan_next(&scan, &fixture->arena, rows), ERR_NOT_FOUND);
}

static void ids_lead_to_their_instances_once_and_in_order(void **state)
{
	struct engine_fixture *fixture = *state;
	struct txn reader = txn_reader(fixture->engine.store, &fixture->arena);
	uint64_t first = start(fixture, 3);
	struct serials serials = {0, NULL};
	struct rows rows[RUNNING_MAX];
	struct running_scan scan;

	serials_add(&serials, &fixture->arena, reader.store, id_of(fixture, first + 2, 0));
	serials_add(&serials, &fixture->arena, reader.store, id_of(fixture, first, 5));
	serials_add(&serials, &fixture->arena, reader.store, "anything else");
	serials_add(&serials, &fixture->arena, reader.store, NULL);
	serials_add(&serials, &fixture->arena, reader.store, id_of(fixture, first + 2, 7));
	serials_add(&serials, &fixture->arena, reader.store, id_of(fixture, first + 9, 0));
	serials_sort(&serials);
	assert_int_equal(serials.count, 3);
	running_scan_start(&scan, &reader, &serials, 0);
	assert_int_equal(running_scan_next(&scan, &fixture->arena, rows), 0);
	assert_int_equal(scan.serial, first);
	assert_int_equal(running_scan_next(&scan, &fixture->arena, rows), 0);
	assert_int_equal(scan.serial, first + 2);
	/* the last one does not run */
	assert_int_equal(running_scan_next(&scan, &fixture->arena, rows), ERR_NOT_FOUND);
}

static int delete_some(struct command *command, void *arg)
{
	const uint64_t *first = arg;
	struct instance *instance;
	uint64_t i;

	for (i = 0; i < MANY; i++) {
		if (i % 7 && (i < 100 || i > 130))
			continue;
		TRY(command_instance(command, *first + i, &instance));
		TRY(instance_delete(instance, "r", 0, true));
	}
	return steps_run(command);
}

/* Where they lie close together, and where they do not. */
static void lists_lead_to_the_same_instances_as_a_walk_over_all(void **state)
{
	struct engine_fixture *fixture = *state;
	struct txn reader = txn_reader(fixture->engine.store, &fixture->arena);
	struct rows rows[RUNNING_MAX], same[RUNNING_MAX];
	uint64_t first = start(fixture, MANY);
	struct running_lists lists = {0};
	struct running_scan all, listed;
	size_t count = 0;
	int code;

	process_fixture_run(fixture, delete_some, &first, 0);
	assert_int_equal(running_lists_add(&lists, &fixture->arena, INDEX_TASK, NULL), 0);
	running_scan_start(&all, &reader, NULL, 1u << RUNNING_TASK);
	assert_int_equal(running_scan_start_lists(&listed, &reader, &lists, 1u << RUNNING_TASK), 0);
	while (!(code = running_scan_next(&all, &fixture->arena, rows))) {
		assert_int_equal(running_scan_next(&listed, &fixture->arena, same), 0);
		assert_int_equal(listed.serial, all.serial);
		assert_string_equal(same[RUNNING_TASK].row[0][RUNNING_TASK_ID].s,
				    rows[RUNNING_TASK].row[0][RUNNING_TASK_ID].s);
		count++;
	}
	assert_int_equal(code, ERR_NOT_FOUND);
	assert_int_equal(running_scan_next(&listed, &fixture->arena, same), ERR_NOT_FOUND);
	assert_true(count > MANY / 2 && count < MANY);
	assert_true(listed.restarts);
}

static void only_its_own_id_names_an_instance(void **state)
{
	struct engine_fixture *fixture = *state;
	struct txn reader = txn_reader(fixture->engine.store, &fixture->arena);
	uint64_t first = start(fixture, 1), serial;
	struct rows rows[RUNNING_MAX];

	assert_true(running_serial(reader.store, id_of(fixture, first, 0), &serial));
	assert_int_equal(serial, first);
	assert_false(running_serial(reader.store, id_of(fixture, first, 1), &serial));
	assert_false(running_serial(reader.store, "a", &serial));
	assert_int_equal(running_get(&reader, id_of(fixture, first, 0), 0, rows), 0);
	assert_int_equal(running_get(&reader, id_of(fixture, first, 1), 0, rows), ERR_NOT_FOUND);
	assert_int_equal(running_get(&reader, id_of(fixture, first + 1, 0), 0, rows),
			 ERR_NOT_FOUND);
}

#define TEST(name)                                                                                 \
	cmocka_unit_test_setup_teardown(name, engine_fixture_set_up, engine_fixture_tear_down)

static void a_serial_that_imported_history_has_is_not_given_again(void **state)
{
	struct engine_fixture *fixture = *state;
	uint64_t first = start(fixture, 1);
	uint64_t i;

	for (i = 1; i < 3; i++)
		history_fixture_import(
			fixture,
			arena_printf(&fixture->arena,
				     "{\"processInstance\":{\"id\":\"%s\",\"processDefinitionId\":"
				     "\"a:1:x\",\"startTime\":\"2024-01-01T00:00:00.000+0000\"}}\n",
				     id_of(fixture, first + i, 0)),
			4096);
	assert_int_equal(start(fixture, 1), first + 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_scan_hands_out_all_in_order_with_what_is_wanted),
		TEST(ids_lead_to_their_instances_once_and_in_order),
		TEST(lists_lead_to_the_same_instances_as_a_walk_over_all),
		TEST(only_its_own_id_names_an_instance),
		TEST(a_serial_that_imported_history_has_is_not_given_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
