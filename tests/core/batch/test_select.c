/* What a batch is to work on, and what deleting does to it. */
#include "core/batch/select.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "core/api/handler.h"
#include "core/history/delete.h"
#include "core/history/id_list.h"
#include "core/history/variable_delete.h"
#include "tests/core/history_fixture.h"

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, engine_fixture_tear_down)

#define DEFINITION(id, deployment)                                                                 \
	"{\"processDefinition\":{\"id\":\"" id "\",\"key\":\"k\",\"version\":1,"                   \
	"\"deploymentId\":\"" deployment "\"}}\n"
#define INSTANCE(id, definition, rest)                                                             \
	"{\"processInstance\":{\"id\":\"" id "\",\"processDefinitionId\":\"" definition "\","      \
	"\"startTime\":\"2024-01-01T10:00:00.000+0000\"" rest "}"
#define ENDED ",\"endTime\":\"2024-01-01T11:00:00.000+0000\""
#define UUID  "0af3eb82-e553-11f1-aa6b-02fc00000001"

/* In this order: 0 to 4. */
static const char history[] = DEFINITION("late:1", "dep-z") DEFINITION("early:1", "dep-a")
	INSTANCE("z0", "late:1", ENDED) "}\n" INSTANCE(
		"a1", "early:1",
		ENDED) ",\"decisionInstances\":[{\"id\":\"di\",\"evaluationTime\":"
		       "\"2024-01-01T10:00:00.000+0000\"}],\"variables\":[{\"id\":\"v1\",\"name\":"
		       "\"n\","
		       "\"type\":\"String\",\"value\":\"x\"},{\"id\":\"v2\",\"name\":\"m\","
		       "\"type\":\"String\","
		       "\"value\":\"y\"}],\"details\":[{\"id\":\"d1\",\"variableInstanceId\":"
		       "\"v1\"}]}\n" INSTANCE(UUID, "none:1", ENDED) "}\n" INSTANCE(
			       "z3", "late:1", "") "}\n" INSTANCE("a4", "early:1", ENDED) "}\n";

static int set_up(void **state)
{
	TRY(engine_fixture_set_up(state));
	history_fixture_import(*state, history, sizeof(history));
	return 0;
}

static const struct selection_rules rules = {"ids", true, ERR_NOT_VALID, false};

static void select_from(struct engine_fixture *f, const char *body, struct target *ret)
{
	struct request request = history_fixture_request(f, NULL, body);

	assert_int_equal(history_select_processes(&request, json_present(request.body, "query"),
						  &rules, ret),
			 0);
}

static void expect_numbers(const struct target *target, const char *digits)
{
	size_t i;

	assert_int_equal(target->number_count, strlen(digits));
	for (i = 0; i < target->number_count; i++)
		assert_int_equal(target->numbers[i], digits[i] - '0');
}

static void the_selected_are_grouped_by_deployment(void **state)
{
	struct target target;

	select_from(*state, "{\"query\":{}}", &target);
	expect_numbers(&target, "14032");
	assert_int_equal(target.mapping_count, 3);
	assert_string_equal(target.mappings[0].deployment_id, "dep-a");
	assert_int_equal(target.mappings[0].count, 2);
	assert_string_equal(target.mappings[1].deployment_id, "dep-z");
	assert_int_equal(target.mappings[1].count, 2);
	assert_null(target.mappings[2].deployment_id);
	assert_int_equal(target.mappings[2].count, 1);
}

static void ids_and_query_are_united(void **state)
{
	struct target target;

	select_from(*state, "{\"ids\":[\"a1\",\"z0\",\"a1\"],\"query\":{\"unfinished\":true}}",
		    &target);
	expect_numbers(&target, "103");
	assert_int_equal(target.name_count, 0);
}

static void unknown_ids_come_last_and_once(void **state)
{
	struct target target;

	select_from(*state, "{\"ids\":[\"y\",\"a1\",\"x\",\"y\",\"di\",\"" UUID "\"]}", &target);
	expect_numbers(&target, "12");
	assert_int_equal(target.name_count, 3);
	assert_string_equal(target.names[0].other.text, "di");
	assert_string_equal(target.names[1].other.text, "x");
	assert_string_equal(target.names[2].other.text, "y");
	assert_int_equal(target.mapping_count, 2);
	assert_int_equal(target.mappings[1].count, 4);
}

static void ids_out_of_the_stream_count_like_those_of_the_body(void **state)
{
	struct engine_fixture *f = *state;
	struct request request = history_fixture_request(f, NULL, "{\"ids\":[]}");
	struct target target;
	struct id_list ids;
	uint32_t i;

	id_list_init(&ids, &f->arena);
	request.diverted = &ids;
	id_list_add(&ids, UUID, strlen(UUID));
	id_list_add(&ids, "z3", 2);
	for (i = 0; i < 25000; i++) { /* so many that they are joined */
		const char *id = arena_printf(&f->arena, "0af3eb83-e553-11f1-aa6b-%012u", i);

		id_list_add(&ids, id, strlen(id));
	}
	assert_int_equal(history_select_processes(&request, NULL, &rules, &target), 0);
	expect_numbers(&target, "32");
	assert_int_equal(target.name_count, 25000);
	id_list_clear(&ids);
}

static void a_query_that_cannot_run_selects_nothing(void **state)
{
	struct request request = history_fixture_request(
		*state, NULL, "{\"query\":{\"sorting\":[{\"sortBy\":\"startTime\"}]}}");
	struct target target;

	assert_int_equal(history_select_processes(&request, json_present(request.body, "query"),
						  &rules, &target),
			 ERR_NOT_VALID);
	request = history_fixture_request(*state, NULL, "{\"ids\":{}}");
	assert_int_equal(history_select_processes(&request, NULL, &rules, &target), ERR_INPUT);
	request = history_fixture_request(*state, NULL, "{\"ids\":[[]]}");
	assert_int_equal(history_select_processes(&request, NULL, &rules, &target), ERR_INPUT);
}

static void decision_instances_outlive_their_process_instance(void **state)
{
	struct engine_fixture *f = *state;
	struct txn reader = txn_reader(f->engine.store, &f->arena);
	uint64_t number;

	assert_int_equal(history_fixture_delete(f, "a1"), 0);
	assert_int_equal(history_fixture_count(f, "{\"processInstanceId\":\"a1\"}"), 0);
	assert_int_equal(history_find_decision(&reader, f->engine.history, "di", &number), 0);
	assert_int_equal(history_fixture_delete(f, "a1"), ERR_NOT_FOUND);
	assert_null(strstr(history_fixture_export(f), "\"id\":\"a1\""));
	assert_non_null(strstr(history_fixture_export(f), "\"processInstanceId\":\"a1\""));
}

static void what_runs_is_not_deleted(void **state)
{
	struct engine_fixture *f = *state;

	assert_int_equal(history_fixture_delete(f, "z3"), ERR_STILL_RUNNING);
	assert_int_equal(history_fixture_delete(f, "nobody"), ERR_NOT_FOUND);
	assert_int_equal(history_fixture_count(f, "{}"), 5);
}

static void the_deleted_stay_so_after_a_restart(void **state)
{
	struct engine_fixture *f = *state;

	assert_int_equal(history_fixture_delete(f, "a1"), 0);
	engine_fixture_reopen(f);
	assert_int_equal(history_fixture_count(f, "{}"), 4);
	assert_int_equal(history_fixture_count(f, "{\"processInstanceId\":\"a1\"}"), 0);
}

static int found_by_variable(struct engine_fixture *f, const char *name, const char *value)
{
	return history_fixture_count(
		f, arena_printf(&f->arena,
				"{\"variables\":[{\"name\":\"%s\",\"operator\":\"eq\","
				"\"value\":\"%s\"}]}",
				name, value));
}

static void a_deleted_variable_is_found_no_more(void **state)
{
	struct engine_fixture *f = *state;
	uint64_t number = history_fixture_number(f, "a1");

	assert_int_equal(found_by_variable(f, "n", "x"), 1);
	assert_int_equal(history_fixture_delete_variable(f, number, "v1"), 0);
	assert_int_equal(history_fixture_delete_variable(f, number, "v1"), ERR_NOT_FOUND);
	assert_int_equal(found_by_variable(f, "n", "x"), 0);
	assert_int_equal(found_by_variable(f, "m", "y"), 1);
	assert_null(strstr(history_fixture_export(f), "\"d1\""));
	engine_fixture_reopen(f);
	assert_int_equal(found_by_variable(f, "n", "x"), 0);
	assert_int_equal(history_fixture_count(f, "{\"processInstanceId\":\"a1\"}"), 1);
}

static void all_variables_of_an_instance_are_deleted_together(void **state)
{
	struct engine_fixture *f = *state;
	uint64_t number = history_fixture_number(f, "a1");

	assert_int_equal(history_fixture_delete_variable(f, number, NULL), 0);
	assert_int_equal(found_by_variable(f, "n", "x") + found_by_variable(f, "m", "y"), 0);
	assert_int_equal(history_fixture_delete_variable(f, number, NULL), 0);
	assert_int_equal(history_fixture_delete(f, "a1"), 0);
	assert_int_equal(history_fixture_delete_variable(f, number, NULL), ERR_NOT_FOUND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_selected_are_grouped_by_deployment),
		TEST(ids_and_query_are_united),
		TEST(unknown_ids_come_last_and_once),
		TEST(ids_out_of_the_stream_count_like_those_of_the_body),
		TEST(a_query_that_cannot_run_selects_nothing),
		TEST(decision_instances_outlive_their_process_instance),
		TEST(what_runs_is_not_deleted),
		TEST(the_deleted_stay_so_after_a_restart),
		TEST(a_deleted_variable_is_found_no_more),
		TEST(all_variables_of_an_instance_are_deleted_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
