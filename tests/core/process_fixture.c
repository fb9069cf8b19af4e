#include "tests/core/process_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "core/repository/deploy.h"
#include "core/runtime/running_bucket.h"
#include "core/runtime/running_index.h"
#include "core/runtime/standalone.h"
#include "core/runtime/start.h"
#include "core/schema.h"

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

static void check_entry(struct txn *txn, const struct running_entry *entry)
{
	uint8_t *key = arena_copy(txn->arena, entry->key.data, entry->key.size);
	unsigned place = key[entry->key.size - 1] % RUNNING_BUCKET;
	struct running_bucket bucket;
	struct bytes value;

	key[entry->key.size - 1] -= (uint8_t)place;
	assert_int_equal(txn_get(txn, TABLE_RUNNING_INDEX, key, entry->key.size, &value), 0);
	assert_int_equal(running_bucket_decode(value, &bucket), 0);
	assert_true(bucket.mask >> place & 1);
	assert_int_equal(bucket.rows[place], entry->count);
}

static size_t count_entries(struct txn *txn)
{
	struct bytes none = {NULL, 0}, key, value;
	struct scan scan;
	size_t count = 0;
	int code;

	scan_start(&scan, txn, TABLE_RUNNING_INDEX, none, none);
	while (!(code = scan_next(&scan, &key, &value))) {
		struct running_bucket bucket;

		assert_int_equal(running_bucket_decode(value, &bucket), 0);
		count += (size_t)__builtin_popcountll(bucket.mask);
	}
	assert_int_equal(code, ERR_NOT_FOUND);
	return count;
}

/* What the index has to have of the instances of SCAN. */
struct expected {
	int64_t totals[RUNNING_MAX];
	size_t count;
};

static void expect(struct engine_fixture *fixture, struct txn *txn, struct instance_scan *scan,
		   struct expected *expected)
{
	struct running_entries entries;
	struct instance *instance;
	size_t i;

	while (!instance_scan_next(scan, &fixture->arena, &instance)) {
		running_entries_of(instance, &entries);
		for (i = 0; i < entries.count; i++)
			check_entry(txn, &entries.items[i]);
		for (i = 0; i < RUNNING_MAX; i++)
			expected->totals[i] += entries.totals[i];
		expected->count += entries.count;
	}
}

void process_fixture_check_index(struct engine_fixture *fixture)
{
	struct txn reader = txn_reader(fixture->engine.store, &fixture->arena);
	struct expected expected = {.count = 0};
	struct running_state state;
	struct instance_scan scan;
	size_t i;

	instance_scan_start(&scan, &reader);
	expect(fixture, &reader, &scan, &expected);
	standalone_scan(&scan.scan, &reader, 0);
	expect(fixture, &reader, &scan, &expected);
	assert_int_equal(count_entries(&reader), expected.count);
	assert_int_equal(running_state_read(&reader, &state), 0);
	for (i = 0; i < RUNNING_MAX; i++)
		assert_int_equal(state.totals[i], expected.totals[i]);
}
