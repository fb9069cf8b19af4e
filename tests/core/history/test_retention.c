/* What keeps history for longer than it should be, and what is mended of it. */
#include "core/history/retention.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/api/handler.h"
#include "core/history/history.h"
#include "core/history/removal_time.h"
#include "tests/core/history_fixture.h"

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, engine_fixture_tear_down)
#define ID(n)      "0000000" #n "-e553-11f1-aa6b-02fc00000001"
#define DAY(d)     "2024-01-" #d "T10:00:00.000+0000"

static const char
	history
		[] =
			"{\"processDefinition\":{\"id\":\"five:1:a\",\"key\":\"five\",\"version\":"
			"1,"
			"\"historyTimeToLive\":5}}\n"
			"{\"processDefinition\":{\"id\":\"none:1:b\",\"key\":\"none\",\"version\":"
			"1}}\n"
			/* a root that has a removal time, and two below it: one without, one with
			   another */
			"{\"processInstance\":{\"id\":\"" ID(1) "\",\"processDefinitionId\":\"none:"
								"1:b\",\"startTime\":\"" DAY(01) "\",\"endTime\":\"" DAY(
									02) "\",\"removalTime\":"
									    "\"" DAY(20) "\","
											 "\"rootPro"
											 "cessInsta"
											 "nceId\":"
											 "\"" ID(1) "\"},"
												    "\"decisionInstances\":[{\"id\":\"" ID(8) "\",\"decisionDefinitionId\":\"d:1:c\",\"evaluationTime\":\"" DAY(
													    01) "\",\"processInstanceId\":\"" ID(1) "\"}]}\n"
																		    "{\"processInstance\":{\"id\":\"" ID(2) "\",\"processDefinitionId\":\"five:1:a\",\"startTime\":\"" DAY(01) "\",\"endTime\":\"" DAY(02) "\",\"rootProcessInstanceId\":\"" ID(1) "\",\"superProcessInstanceId\":\"" ID(
																			    1) "\"}}\n"
																			       "{\"processInstance\":{\"id\":\"" ID(3) "\",\"processDefinitionId\":\"five:1:a\",\"startTime\":\"" DAY(01) "\",\"endTime\":\"" DAY(02) "\",\"removalTime\":\"" DAY(21) "\",\"rootProcessInstanceId\":\"" ID(1) "\",\"superProcessInstanceId\":\"" ID(1) "\"}}\n"
																																																		       /* a root without one, whose definition tells, and one below it */
																																																		       "{\"processInstance\":{\"id\":\"" ID(4) "\",\"processDefinitionId\":\"five:1:a\",\"startTime\":\"" DAY(01) "\",\"endTime\":\"" DAY(03) "\",\"rootProcessInstanceId\":\"" ID(4) "\"}}\n"
																																																																								      "{\"processInstance\":{\"id\":\"" ID(
																																																																									      5) "\",\"processDefinitionId\":\"none:1:b\",\"startTime\":\"" DAY(01) "\",\"endTime\":\"" DAY(02) "\",\"rootProcessInstanceId\":\"" ID(4) "\",\"superProcessInstanceId\":\"" ID(4) "\"}}\n"
																																																																																																 /* one that no definition helps, and one that runs */
																																																																																																 "{\"processInstance\":{\"id\":\"" ID(6) "\",\"processDefinitionId\":\"none:1:b\",\"startTime\":\"" DAY(
																																																																																																	 01) "\",\"endTime\":\"" DAY(02) "\"}}\n"
																																																																																																					 "{\"processInstance\":{\"id\":\"" ID(7) "\",\"processDefinitionId\":\"five:1:a\",\"startTime\":\"" DAY(01) "\"}}\n"
																																																																																																																		    "{\"task\":{\"id\":\"t\",\"startTime\":\"" DAY(
																																																																																																																			    01) "\",\"endTime\":\"" DAY(02) "\"}}\n";

static int set_up(void **state)
{
	setenv("TZ", "UTC", 1);
	if (engine_fixture_set_up(state))
		return -1;
	history_fixture_import(*state, history, 1 << 16);
	return 0;
}

static struct retention look(struct engine_fixture *f, enum due_subject subject)
{
	struct txn reader = txn_reader(f->engine.store, &f->arena);
	struct retention retention;

	assert_int_equal(retention_look(&reader, &f->engine, subject, &retention), 0);
	return retention;
}

struct mending {
	struct engine_fixture *f;
	struct retention_repair repair;
};

static int repair_body(struct txn *txn, void *arg)
{
	struct mending *mending = arg;

	return retention_repair(txn, &mending->f->engine, &mending->repair);
}

static struct retention_repair repair(struct engine_fixture *f, enum due_subject subject)
{
	struct mending mending = {f, {.subject = subject}};

	engine_fixture_run(f, repair_body, &mending, 0);
	assert_int_equal(mending.repair.next, mending.repair.end);
	return mending.repair;
}

static void expect_removal_time(struct engine_fixture *f, const char *id, const char *time)
{
	const char *answer =
		history_fixture_answer(f, history_process_instance_list,
				       arena_printf(&f->arena, "processInstanceIds=%s", id), NULL);
	const char *expected = arena_printf(&f->arena, "\"removalTime\":%s%s%s", time ? "\"" : "",
					    time ? time : "null", time ? "\"" : "");

	if (!strstr(answer, expected))
		fail_msg("%s: no %s in %s", id, expected, answer);
}

static void gaps_are_told_by_definition(void **state)
{
	struct retention found = look(*state, DUE_PROCESSES);

	assert_int_equal(found.gap_count, 2);
	assert_string_equal(found.gaps[0].definition, "five:1:a");
	assert_int_equal(found.gaps[0].count, 2);
	assert_int_equal(found.gaps[0].days, 5);
	assert_string_equal(found.gaps[1].definition, "none:1:b");
	assert_int_equal(found.gaps[1].count, 2);
	assert_int_equal(found.gaps[1].days, SETTING_NULL);
	assert_true(found.gaps[1].known);
	assert_int_equal(found.running, 1);
	assert_int_equal(found.contradicts, 1);
	found = look(*state, DUE_DECISIONS);
	assert_int_equal(found.gap_count, 1);
	assert_false(found.gaps[0].known);
}

static void by_end_the_gaps_are_definitions_without_a_time_to_live(void **state)
{
	struct engine_fixture *f = *state;
	struct retention found;

	f->config.history_cleanup_strategy = CLEANUP_END_TIME_BASED;
	found = look(f, DUE_PROCESSES);
	assert_int_equal(found.gap_count, 1);
	assert_string_equal(found.gaps[0].definition, "none:1:b");
	assert_int_equal(found.gaps[0].count, 3);
	assert_int_equal(found.contradicts, 0);
}

static void what_is_missing_is_set_as_it_would_have_been(void **state)
{
	struct engine_fixture *f = *state;
	struct retention_repair done = repair(f, DUE_PROCESSES);

	assert_int_equal(done.set, 3);
	assert_int_equal(done.unset, 1);
	expect_removal_time(f, ID(1), DAY(20));
	expect_removal_time(f, ID(2), DAY(20));
	expect_removal_time(f, ID(3), DAY(21));
	expect_removal_time(f, ID(4), DAY(08));
	expect_removal_time(f, ID(5), DAY(08));
	expect_removal_time(f, ID(6), NULL);
	expect_removal_time(f, ID(7), NULL);
	done = repair(f, DUE_PROCESSES);
	assert_int_equal(done.set, 0);
	done = repair(f, DUE_DECISIONS);
	assert_int_equal(done.set, 1);
	assert_int_equal(look(f, DUE_DECISIONS).gap_count, 0);
}

static int clear(struct txn *txn, void *arg)
{
	struct engine_fixture *f = arg;
	uint64_t number = history_fixture_number(f, ID(4));
	const int64_t none = TIME_NULL;

	return removal_times_write(txn, f->engine.history->process_columns, &number, &none, 1);
}

/* As a batch does it: neither it nor what is below it is given one. */
static void what_was_cleared_stays_cleared(void **state)
{
	struct engine_fixture *f = *state;
	struct retention found;

	engine_fixture_run(f, clear, f, 0);
	found = look(f, DUE_PROCESSES);
	assert_int_equal(found.cleared, 1);
	assert_int_equal(found.gaps[0].count, 1);
	repair(f, DUE_PROCESSES);
	expect_removal_time(f, ID(4), NULL);
	expect_removal_time(f, ID(5), NULL);
	expect_removal_time(f, ID(2), DAY(20));
}

static void with_the_strategy_start_running_ones_are_mended_too(void **state)
{
	struct engine_fixture *f = *state;

	f->config.history_removal_time_strategy = REMOVAL_TIME_START;
	assert_int_equal(look(f, DUE_PROCESSES).gaps[0].count, 3);
	repair(f, DUE_PROCESSES);
	expect_removal_time(f, ID(7), DAY(06));
}

static void an_explanation_says_what_is_the_matter(void **state)
{
	struct engine_fixture *f = *state;
	const char *plain = history_fixture_answer(f, history_cleanup_configuration, NULL, NULL);
	const char *said =
		history_fixture_answer(f, history_cleanup_configuration, "explain=true", NULL);

	assert_string_equal(plain, "{\"batchWindowStartTime\":null,\"batchWindowEndTime\":null,"
				   "\"enabled\":true}");
	assert_non_null(strstr(said, "\"due\":{\"processInstances\":2,\"decisionInstances\":0,"));
	assert_non_null(strstr(said, "No window is configured"));
	assert_non_null(strstr(said, "2 process instances of five:1:a have no removal time, though "
				     "the definition's time to live is 5 days"));
	assert_non_null(strstr(said, "PUT /process-definition/none:1:b/history-time-to-live"));
	assert_non_null(
		strstr(said, "1 process instance has another removal time than their root"));
	assert_non_null(strstr(said, "1 process instance that still runs get"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(gaps_are_told_by_definition),
		TEST(by_end_the_gaps_are_definitions_without_a_time_to_live),
		TEST(what_is_missing_is_set_as_it_would_have_been),
		TEST(what_was_cleared_stays_cleared),
		TEST(with_the_strategy_start_running_ones_are_mended_too),
		TEST(an_explanation_says_what_is_the_matter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
