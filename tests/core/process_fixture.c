#include "tests/core/process_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "core/repository/deploy.h"
#include "core/runtime/start.h"

const char process_fixture_one_task[] =
	"<startEvent id='s'/><sequenceFlow id='f' sourceRef='s' targetRef='work'/>"
	"<userTask id='work'/>";

const union slot *process_fixture_deploy(struct engine_fixture *fixture, const char *key,
					 const char *body)
{
	const char *xml = arena_printf(
		&fixture->arena,
		"<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL' "
		"targetNamespace='x' xmlns:camunda='http://camunda.org/schema/1.0/bpmn'>"
		"<process id='%s' isExecutable='true' camunda:historyTimeToLive='5'>%s</process>"
		"</definitions>",
		key, body);
	struct deploy_resource resource = {
		"p.bpmn", {(const uint8_t *)xml, strlen(xml)}
        };
	struct deploy_order order = {
		.name = "d", .activation_time = TIME_NULL, .count = 1, .resources = &resource};
	const struct problems *problems;
	struct deployed deployed;

	assert_int_equal(deploy(&fixture->engine, &fixture->arena, &order, &deployed, &problems,
				&fixture->error),
			 0);
	return deployed.processes.rows[0];
}

struct work {
	struct engine_fixture *fixture;
	command_body body;
	void *arg;
};

static int in_txn(struct txn *txn, void *arg)
{
	struct work *work = arg;
	struct command command;
	int code;

	command_init(&command, &work->fixture->engine, txn, &work->fixture->error);
	code = work->body(&command, work->arg);
	if (!code)
		code = command_write(&command);
	command_end(&command);
	return code;
}

void process_fixture_run(struct engine_fixture *fixture, command_body body, void *arg, int code)
{
	struct work work = {fixture, body, arg};

	engine_fixture_run(fixture, in_txn, &work, code);
}

struct starting {
	const union slot *definition;
	size_t count;
	uint64_t first;
};

static int start_body(struct command *command, void *arg)
{
	struct starting *starting = arg;
	struct start plain = {.business_key = "key"};
	size_t i;

	for (i = 0; i < starting->count; i++) {
		struct instance *instance;

		TRY(instance_start(command, starting->definition, &plain, &instance));
		if (!i)
			starting->first = instance->serial;
	}
	return 0;
}

uint64_t process_fixture_start(struct engine_fixture *fixture, const union slot *definition,
			       size_t count)
{
	struct starting starting = {definition, count, 0};

	process_fixture_run(fixture, start_body, &starting, 0);
	return starting.first;
}
