/* Cascading deletion of definitions with many running instances. */
#include "core/repository/definition_delete.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "core/history/history.h"
#include "core/runtime/running_index.h"
#include "tests/core/process_fixture.h"

enum { MANY = 450 };

static int64_t running(struct engine_fixture *fixture)
{
	struct txn reader = txn_reader(fixture->engine.store, &fixture->arena);
	struct running_state state;

	assert_int_equal(running_state_read(&reader, &state), 0);
	return state.totals[RUNNING_INSTANCE];
}

struct deleting {
	struct deletion deletion;
	const char *definition;
};

static int delete_body(struct txn *txn, void *arg)
{
	const struct deleting *deleting = arg;
	union slot *row;

	TRY(definition_get(txn, &process_definition_kind, deleting->definition, &row));
	return process_definition_delete_row(txn, &deleting->deletion, row);
}

static struct deleting deletion_of(struct engine_fixture *fixture, const union slot *definition)
{
	struct request *request = arena_alloc(&fixture->arena, sizeof(*request));
	struct deleting deleting = {
		.deletion = {.request = request, .cascade = true},
		.definition = definition[DEFINITION_ID].s
        };

	request->arena = &fixture->arena;
	request->engine = &fixture->engine;
	return deleting;
}

static void many_are_ended_before_and_the_last_ones_with_the_definition(void **state)
{
	struct engine_fixture *fixture = *state;
	const union slot *gone = process_fixture_deploy(fixture, "k", process_fixture_one_task);
	const union slot *stays = process_fixture_deploy(fixture, "k", process_fixture_one_task);
	struct deleting deleting = deletion_of(fixture, gone);
	int64_t left;

	process_fixture_start(fixture, gone, MANY);
	process_fixture_start(fixture, stays, 3);
	assert_int_equal(process_definition_end_many(&deleting.deletion, deleting.definition), 0);
	left = running(fixture) - 3;
	assert_true(left > 0 && left < MANY / 2);
	process_fixture_check_index(fixture);
	engine_fixture_run(fixture, delete_body, &deleting, 0);
	assert_int_equal(running(fixture), 3);
	process_fixture_check_index(fixture);
}

static void few_are_left_to_the_deletion(void **state)
{
	struct engine_fixture *fixture = *state;
	const union slot *gone = process_fixture_deploy(fixture, "k", process_fixture_one_task);
	struct deleting deleting = deletion_of(fixture, gone);

	process_fixture_start(fixture, gone, 5);
	assert_int_equal(process_definition_end_many(&deleting.deletion, deleting.definition), 0);
	assert_int_equal(running(fixture), 5);
	engine_fixture_run(fixture, delete_body, &deleting, 0);
	assert_int_equal(running(fixture), 0);
}

static void definitions_with_long_keys_are_told_apart(void **state)
{
	struct engine_fixture *fixture = *state;
	char key[251];
	const union slot *gone, *stays;
	struct deleting deleting;

	memset(key, 'k', sizeof(key) - 1);
	key[sizeof(key) - 1] = '\0';
	gone = process_fixture_deploy(fixture, key, process_fixture_one_task);
	stays = process_fixture_deploy(fixture, key, process_fixture_one_task);
	deleting = deletion_of(fixture, gone);
	process_fixture_start(fixture, stays, MANY);
	process_fixture_start(fixture, gone, MANY);
	assert_int_equal(process_definition_end_many(&deleting.deletion, deleting.definition), 0);
	engine_fixture_run(fixture, delete_body, &deleting, 0);
	assert_int_equal(running(fixture), MANY);
}

static void without_cascade_nothing_is_ended(void **state)
{
	struct engine_fixture *fixture = *state;
	const union slot *definition =
		process_fixture_deploy(fixture, "k", process_fixture_one_task);
	struct deleting deleting = deletion_of(fixture, definition);

	deleting.deletion.cascade = false;
	process_fixture_start(fixture, definition, MANY);
	assert_int_equal(process_definition_end_many(&deleting.deletion, deleting.definition), 0);
	engine_fixture_run(fixture, delete_body, &deleting, ERR_ENGINE);
	assert_int_equal(running(fixture), MANY);
}

struct burying {
	struct history *history;
	uint64_t *numbers;
};

static int bury(struct txn *txn, void *arg)
{
	const struct burying *burying = arg;
	size_t buried;

	return archive_bury(txn, burying->history->processes, burying->numbers, 1, &buried);
}

/* Clean-up takes the history of what runs, too. */
static void what_runs_without_a_history_is_not_forgotten(void **state)
{
	struct engine_fixture *fixture = *state;
	const union slot *definition =
		process_fixture_deploy(fixture, "k", process_fixture_one_task);
	struct deleting deleting = deletion_of(fixture, definition);
	uint64_t number = archive_visible(fixture->engine.history->processes);
	struct burying burying = {fixture->engine.history, &number};

	deleting.deletion.cascade = false;
	process_fixture_start(fixture, definition, 1);
	engine_fixture_run(fixture, bury, &burying, 0);
	engine_fixture_run(fixture, delete_body, &deleting, ERR_ENGINE);
	assert_int_equal(running(fixture), 1);
}

#define TEST(name)                                                                                 \
	cmocka_unit_test_setup_teardown(name, engine_fixture_set_up, engine_fixture_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(many_are_ended_before_and_the_last_ones_with_the_definition),
		TEST(few_are_left_to_the_deletion),
		TEST(definitions_with_long_keys_are_told_apart),
		TEST(without_cascade_nothing_is_ended),
		TEST(what_runs_without_a_history_is_not_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
