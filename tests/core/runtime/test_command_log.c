/* Removal times of what users did with an instance. */
#include "core/runtime/command_log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "core/api/handler.h"
#include "core/runtime/cancel.h"
#include "core/runtime/start.h"
#include "core/runtime/step.h"
#include "tests/core/history_fixture.h"
#include "tests/core/process_fixture.h"

#define NONE "\"removalTime\":null"

static void run(struct engine_fixture *fixture, command_body body, void *arg)
{
	struct request request = history_fixture_request(fixture, NULL, NULL);
	struct call call = *request.call;

	call.user = "mary";
	request.call = &call;
	assert_int_equal(command_run(&request, body, arg), 0);
	json_writer_clear(&request.writer);
}

static int log_as(struct instance *instance, const char *type)
{
	struct logged_operation operation = {.type = type, .entity = "ProcessInstance"};

	operation_of_instance(&operation, instance);
	return command_log(instance->command, &operation);
}

struct one {
	const union slot *definition;
	uint64_t serial;
};

static int start(struct command *command, void *arg)
{
	struct start plain = {.business_key = NULL};
	struct one *one = arg;
	struct instance *instance;

	TRY(instance_start(command, one->definition, &plain, &instance));
	one->serial = instance->serial;
	return log_as(instance, "Create");
}

static int change(struct command *command, void *arg)
{
	const struct one *one = arg;
	struct instance *instance;

	TRY(command_instance(command, one->serial, &instance));
	return log_as(instance, "SetVariable");
}

/* Before its end in the same transaction, and behind it. */
static int end(struct command *command, void *arg)
{
	const struct one *one = arg;
	struct instance *instance;

	TRY(command_instance(command, one->serial, &instance));
	TRY(log_as(instance, "Suspend"));
	TRY(instance_delete(instance, "r", 0, true));
	TRY(steps_run(command));
	return log_as(instance, "Delete");
}

/* How many entries have PART. */
static int count(struct engine_fixture *fixture, const char *part)
{
	const char *at = history_fixture_answer(fixture, history_user_operation_list, NULL, NULL);
	int found = 0;

	for (; (at = strstr(at, part)); at += strlen(part))
		found++;
	return found;
}

static void by_the_end_all_get_it_then(void **state)
{
	struct engine_fixture *fixture = *state;
	struct one one = {process_fixture_deploy(fixture, "k", process_fixture_one_task), 0};

	run(fixture, start, &one);
	run(fixture, change, &one);
	assert_int_equal(count(fixture, "\"operationType\":"), 2);
	assert_int_equal(count(fixture, NONE), 2);
	run(fixture, end, &one);
	assert_int_equal(count(fixture, "\"operationType\":"), 4);
	assert_int_equal(count(fixture, NONE), 0);
	assert_int_equal(count(fixture, "\"removalTime\":\""), 4);
	engine_fixture_reopen(fixture);
	assert_int_equal(count(fixture, NONE), 0);
}

static void by_the_start_they_have_it_at_once(void **state)
{
	struct engine_fixture *fixture = *state;
	struct one one = {process_fixture_deploy(fixture, "k", process_fixture_one_task), 0};

	engine_fixture_set(fixture, "historyRemovalTimeStrategy=start");
	engine_fixture_reopen(fixture);
	run(fixture, start, &one);
	run(fixture, change, &one);
	assert_int_equal(count(fixture, "\"removalTime\":\""), 2);
}

#define TEST(name)                                                                                 \
	cmocka_unit_test_setup_teardown(name, engine_fixture_set_up, engine_fixture_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(by_the_end_all_get_it_then),
		TEST(by_the_start_they_have_it_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
