/* Jobs of process instances: by the executor, by hand, failing, waiting. */
#include "core/runtime/running_job.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "core/job/incident.h"
#include "core/job/job_executor.h"
#include "core/job/process_job_definition.h"
#include "core/process/definition.h"
#include "core/runtime/instance_job.h"
#include "core/runtime/start.h"
#include "tests/core/process_fixture.h"

#define TEST(name)                                                                                 \
	cmocka_unit_test_setup_teardown(name, engine_fixture_set_up, engine_fixture_tear_down)

/* The fixture's executor takes what has a priority of 1000. */
#define STEP(id, attributes, expression)                                                           \
	"<serviceTask id='" id "' " attributes " camunda:expression='" expression "'/>"
#define TAKEN          "camunda:asyncBefore='true' camunda:jobPriority='1000'"
#define LEFT           "camunda:asyncBefore='true'"
#define FROM_START(id) "<startEvent id='s'/><sequenceFlow id='f' sourceRef='s' targetRef='" id "'/>"
#define THEN(from, to) "<sequenceFlow id='" from to "' sourceRef='" from "' targetRef='" to "'/>"

static struct instance *read_instance(struct engine_fixture *fixture, uint64_t serial)
{
	struct txn reader = txn_reader(fixture->engine.store, &fixture->arena);
	struct instance *instance;
	int code = instance_read(&reader, serial, &instance);

	assert_true(!code || code == ERR_NOT_FOUND);
	return code ? NULL : instance;
}

/* The only job of the instance. */
static const struct instance_job *only_job(struct engine_fixture *fixture, uint64_t serial)
{
	const struct instance *instance = read_instance(fixture, serial);

	assert_non_null(instance);
	assert_int_equal(instance->jobs.count, 1);
	return instance->jobs.items[0];
}

static bool has_ended(struct engine_fixture *fixture, const void *arg)
{
	return !read_instance(fixture, *(const uint64_t *)arg);
}

static bool has_given_up(struct engine_fixture *fixture, const void *arg)
{
	return !only_job(fixture, *(const uint64_t *)arg)->retries;
}

static uint64_t start_one(struct engine_fixture *fixture, const char *key, const char *body)
{
	uint64_t serial =
		process_fixture_start(fixture, process_fixture_deploy(fixture, key, body), 1);

	job_executor_wake(fixture->engine.executor);
	return serial;
}

/* Executes the instance's job by hand, and keeps its failure. */
struct by_hand {
	struct engine_fixture *fixture;
	uint64_t serial, ordinal;
	struct job_failure failure;
};

static int execute_body(struct txn *txn, void *arg)
{
	struct by_hand *by_hand = arg;

	memset(&by_hand->failure, 0, sizeof(by_hand->failure));
	return running_job_execute(txn, &by_hand->fixture->engine, by_hand->serial,
				   by_hand->ordinal, NULL, &by_hand->failure);
}

static int fail_body(struct txn *txn, void *arg)
{
	struct by_hand *by_hand = arg;

	return running_job_fail(txn, &by_hand->fixture->engine, by_hand->serial, by_hand->ordinal,
				&by_hand->failure);
}

static int execute(struct engine_fixture *fixture, uint64_t serial)
{
	struct by_hand by_hand = {fixture, serial, 0, {0}};
	int code;

	by_hand.ordinal = (uint64_t)only_job(fixture, serial)->ordinal;
	code = txn_run(fixture->engine.store, &fixture->arena, TXN_LAZY, execute_body, &by_hand);
	if (code && by_hand.failure.error.message)
		engine_fixture_run(fixture, fail_body, &by_hand, 0);
	return code;
}

static void the_executor_works_an_instance_off(void **state)
{
	uint64_t serial = start_one(*state, "two",
				    FROM_START("a") STEP("a", TAKEN, "${1}") THEN("a", "b")
					    STEP("b", TAKEN, "${2}"));

	engine_fixture_await(*state, has_ended, &serial);
}

static void a_job_that_fails_loses_its_retries_and_gets_an_incident(void **state)
{
	uint64_t serial = start_one(*state, "bad", FROM_START("a") STEP("a", TAKEN, "${missing}"));
	const struct instance_job *job;
	const struct instance *instance;

	engine_fixture_await(*state, has_given_up, &serial);
	instance = read_instance(*state, serial);
	job = instance->jobs.items[0];
	assert_string_equal(job->failed_activity_id, "a");
	assert_string_equal(job->exception_message,
			    "Unknown property used in expression: ${missing}. Cause: Cannot "
			    "resolve identifier 'missing'");
	assert_int_equal(job->sequence, 4); /* made, and failed three times */
	assert_int_equal(instance->incidents.count, 1);
	assert_string_equal(
		((const union slot *)instance->incidents.items[0])[INCIDENT_CONFIGURATION].s,
		job->id);
}

static void a_failure_rolls_back_and_names_where_it_was(void **state)
{
	uint64_t serial = start_one(*state, "later",
				    FROM_START("a") STEP("a", LEFT,
							 "${execution.setVariable("
							 "\"x\", 1)}") THEN("a", "b")
					    STEP("b", "", "${missing}"));
	const struct instance *instance;
	const struct instance_job *job;

	assert_int_not_equal(execute(*state, serial), 0);
	instance = read_instance(*state, serial);
	job = only_job(*state, serial);
	assert_int_equal(instance->variables.count, 0);
	assert_string_equal(job->activity_id, "a");
	assert_string_equal(job->failed_activity_id, "b");
	assert_int_equal(job->retries, 2);
	assert_int_equal(job->due_date, TIME_NULL);
}

static void a_cycle_says_how_often_and_when(void **state)
{
	static const char cycle[] =
		FROM_START("a") "<serviceTask id='a' camunda:asyncBefore='true' "
				"camunda:expression='${missing}'><extensionElements>"
				"<camunda:failedJobRetryTimeCycle>R5/P2D"
				"</camunda:failedJobRetryTimeCycle></extensionElements>"
				"</serviceTask>";
	uint64_t serial = start_one(*state, "cycle", cycle);
	const struct instance_job *job = only_job(*state, serial);
	int64_t before = clock_now();

	assert_int_equal(job->retries, 5);
	assert_int_equal(job->due_date, TIME_NULL);
	assert_int_not_equal(execute(*state, serial), 0);
	job = only_job(*state, serial);
	assert_int_equal(job->retries, 4);
	assert_in_range(job->due_date, before + 2 * 86400000LL, clock_now() + 2 * 86400000LL);
}

static void a_cycle_that_cannot_be_read_is_none(void **state)
{
	static const char cycle[] =
		FROM_START("a") "<serviceTask id='a' camunda:asyncBefore='true' "
				"camunda:expression='${missing}'><extensionElements>"
				"<camunda:failedJobRetryTimeCycle>${nothing}"
				"</camunda:failedJobRetryTimeCycle></extensionElements>"
				"</serviceTask>";
	uint64_t serial = start_one(*state, "nocycle", cycle);

	assert_int_equal(only_job(*state, serial)->retries, 3);
	assert_int_not_equal(execute(*state, serial), 0);
	assert_int_equal(only_job(*state, serial)->retries, 2);
	assert_string_equal(only_job(*state, serial)->exception_message,
			    "Unknown property used in expression: ${missing}. Cause: Cannot "
			    "resolve identifier 'missing'");
}

static int suspend_body(struct txn *txn, void *arg)
{
	struct job_definition definition;

	TRY(process_job_definition_find(txn, arg, "a", CONFIGURATION_BEFORE, &definition));
	definition.suspended = 1;
	definition.overriding_job_priority = 2000;
	return process_job_definition_put(txn, &definition);
}

static int activate_body(struct command *command, void *arg)
{
	struct instance *instance;
	struct instance_job *job;

	TRY(command_instance(command, *(const uint64_t *)arg, &instance));
	job = instance->jobs.items[0];
	job->suspended = 0;
	return instance_job_note(instance, job);
}

static void a_job_waits_while_it_is_suspended(void **state)
{
	static const char body[] = FROM_START("a") STEP("a", TAKEN, "${1}");
	struct engine_fixture *fixture = *state;
	const union slot *definition = process_fixture_deploy(fixture, "waits", body);
	uint64_t waiting, other;

	engine_fixture_run(fixture, suspend_body, (void *)(uintptr_t)definition[DEFINITION_ID].s,
			   0);
	waiting = process_fixture_start(fixture, definition, 1);
	assert_true(only_job(fixture, waiting)->suspended);
	assert_int_equal(only_job(fixture, waiting)->priority, 2000);
	other = start_one(fixture, "other", body);
	engine_fixture_await(fixture, has_ended, &other);
	assert_false(has_ended(fixture, &waiting));
	process_fixture_run(fixture, activate_body, &waiting, 0);
	job_executor_wake(fixture->engine.executor);
	engine_fixture_await(fixture, has_ended, &waiting);
}

static void jobs_are_there_after_an_end_of_the_process(void **state)
{
	static const char body[] = FROM_START("a") STEP("a", TAKEN, "${1}");
	struct engine_fixture *fixture = *state;
	uint64_t serial =
		process_fixture_start(fixture, process_fixture_deploy(fixture, "again", body), 1);

	engine_fixture_reopen(fixture);
	engine_fixture_await(fixture, has_ended, &serial);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_executor_works_an_instance_off),
		TEST(a_job_that_fails_loses_its_retries_and_gets_an_incident),
		TEST(a_failure_rolls_back_and_names_where_it_was),
		TEST(a_cycle_says_how_often_and_when),
		TEST(a_cycle_that_cannot_be_read_is_none),
		TEST(a_job_waits_while_it_is_suspended),
		TEST(jobs_are_there_after_an_end_of_the_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
