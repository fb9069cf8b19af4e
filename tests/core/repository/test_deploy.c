/* Deployments: versions, duplicates, all or nothing, what goes with a deletion, timers. */
#include "core/repository/deploy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "core/history/history.h"
#include "core/job/process_job_definition.h"
#include "core/job/job_run.h"
#include "core/job/loose_job.h"
#include "core/repository/definition_delete.h"
#include "core/process/deployment.h"
#include "core/request/api_error.h"
#include "tests/core/engine_fixture.h"

#define TEST(name)                                                                                 \
	cmocka_unit_test_setup_teardown(name, engine_fixture_set_up, engine_fixture_tear_down)

#define HEAD                                                                                       \
	"<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL' targetNamespace='x' "    \
	"xmlns:camunda='http://camunda.org/schema/1.0/bpmn'>"
#define PROCESS(key, body)                                                                         \
	HEAD "<process id='" key "' isExecutable='true' camunda:historyTimeToLive='5'>"            \
	     "<startEvent id='s' camunda:asyncBefore='true'/>" body "</process></definitions>"

static const char order[] = PROCESS("order", "");
static const char changed[] = PROCESS("order", "<userTask id='u' camunda:asyncAfter='true'/>");
static const char bill[] = PROCESS("bill", "");
static const char broken[] = HEAD "<process id='x' isExecutable='true'/></definitions>";
static const char decisions[] =
	"<definitions xmlns='https://www.omg.org/spec/DMN/20191111/MODEL/' id='graph' name='g' "
	"namespace='n' xmlns:camunda='http://camunda.org/schema/1.0/dmn'>"
	"<decision id='a' name='A' camunda:historyTimeToLive='3'><literalExpression/></decision>"
	"<decision id='b' name='B' camunda:historyTimeToLive='3'><informationRequirement id='r'>"
	"<requiredDecision href='#a'/></informationRequirement><literalExpression/></decision>"
	"</definitions>";

/* A deployment under way, as a test words it. */
struct making {
	struct engine_fixture *fixture;
	struct deploy_order order;
	struct deploy_resource resources[4];
	struct deployed deployed;
	const struct problems *problems;
};

static struct making making(struct engine_fixture *fixture)
{
	return (struct making){
		.fixture = fixture, .order = {.name = "d", .activation_time = TIME_NULL}
        };
}

static void add(struct making *making, const char *name, const char *text)
{
	making->resources[making->order.count].name = name;
	making->resources[making->order.count++].bytes =
		(struct bytes){(const uint8_t *)text, strlen(text)};
}

static int make(struct making *making)
{
	struct engine_fixture *fixture = making->fixture;

	making->order.resources = making->resources;
	return deploy(&fixture->engine, &fixture->arena, &making->order, &making->deployed,
		      &making->problems, &fixture->error);
}

/* The id of the process that deploying TEXT makes for TENANT. */
static const char *deploy_one(struct engine_fixture *fixture, const char *text, const char *tenant)
{
	struct making it = making(fixture);

	it.order.tenant_id = tenant;
	add(&it, "a.bpmn", text);
	assert_int_equal(make(&it), 0);
	return it.deployed.processes.rows[0][DEFINITION_ID].s;
}

static size_t count_definitions(struct engine_fixture *fixture, const struct kind *kind)
{
	struct txn reader = txn_reader(fixture->engine.store, &fixture->arena);
	struct definitions definitions;

	assert_int_equal(definitions_read(&reader, kind, &definitions), 0);
	return definitions.count;
}

static size_t count_deployments(struct engine_fixture *fixture)
{
	struct txn reader = txn_reader(fixture->engine.store, &fixture->arena);
	struct deployments deployments;

	assert_int_equal(deployments_read(&reader, &fixture->arena, &deployments), 0);
	return deployments.count;
}

static bool starts_with(const char *text, const char *start)
{
	return !strncmp(text, start, strlen(start));
}

static void versions_count_for_each_key_and_tenant(void **state)
{
	assert_true(starts_with(deploy_one(*state, order, NULL), "order:1:"));
	assert_true(starts_with(deploy_one(*state, order, NULL), "order:2:"));
	assert_true(starts_with(deploy_one(*state, order, "north"), "order:1:"));
	assert_true(starts_with(deploy_one(*state, bill, NULL), "bill:1:"));
	assert_true(starts_with(deploy_one(*state, order, "north"), "order:2:"));
}

static void an_id_that_would_be_long_is_a_uuid(void **state)
{
	static const char text[] =
		PROCESS("a-process-whose-key-is-so-long-that-ids-do-not-fit", "");

	assert_int_equal(strlen(deploy_one(*state, text, NULL)), 36);
}

static void a_problem_in_one_file_stores_nothing(void **state)
{
	struct engine_fixture *fixture = *state;
	struct making it = making(fixture);

	add(&it, "a.bpmn", order);
	add(&it, "b.bpmn", broken);
	assert_int_equal(make(&it), ERR_PARSE);
	assert_string_equal(it.problems->resource, "b.bpmn");
	assert_int_equal(count_deployments(fixture), 0);
	assert_int_equal(count_definitions(fixture, &process_definition_kind), 0);
}

static void two_definitions_with_one_key_store_nothing(void **state)
{
	struct engine_fixture *fixture = *state;
	struct making it = making(fixture);

	add(&it, "a.bpmn", order);
	add(&it, "b.bpmn", changed);
	assert_int_equal(make(&it), ERR_ENGINE);
	assert_string_equal(fixture->error.message,
			    "The deployment contains definitions with the same key 'order' (id "
			    "attribute), this is not allowed");
	assert_int_equal(count_deployments(fixture), 0);
}

static void bytes_stay_as_they_are(void **state)
{
	struct engine_fixture *fixture = *state;
	static const uint8_t bytes[] = {0, 255, 13, 10, 0};
	struct making it = making(fixture);
	const char *id;
	struct txn reader;
	struct bytes read;
	union slot *row;

	it.resources[0] = (struct deploy_resource){
		"x.bin", {bytes, sizeof(bytes)}
        };
	it.resources[1] = (struct deploy_resource){
		"empty.txt", {bytes, 0}
        };
	it.order.count = 2;
	assert_int_equal(make(&it), 0);
	id = arena_strdup(&fixture->arena, it.deployed.deployment[DEPLOYMENT_ID].s);
	engine_fixture_reopen(fixture);
	reader = txn_reader(fixture->engine.store, &fixture->arena);
	assert_int_equal(deployment_get(&reader, id, &row), 0);
	assert_int_equal(resource_read(&reader, row, RESOURCE_NAME, "x.bin", &read), 0);
	assert_int_equal(read.size, sizeof(bytes));
	assert_memory_equal(read.data, bytes, sizeof(bytes));
	assert_int_equal(resource_read(&reader, row, RESOURCE_NAME, "empty.txt", &read), 0);
	assert_int_equal(read.size, 0);
	assert_int_equal(resource_read(&reader, row, RESOURCE_NAME, "no", &read), ERR_NOT_FOUND);
}

static void a_diagram_belongs_to_its_process(void **state)
{
	struct engine_fixture *fixture = *state;
	struct making it = making(fixture);

	add(&it, "dir/a.bpmn20.xml", order);
	add(&it, "dir/a.order.png", "x");
	add(&it, "dir/a.png", "y");
	assert_int_equal(make(&it), 0);
	assert_string_equal(it.deployed.processes.rows[0][PROCESS_DEFINITION_DIAGRAM].s,
			    "dir/a.order.png");
}

static void what_is_as_it_was_is_not_deployed_again(void **state)
{
	struct engine_fixture *fixture = *state;
	struct making first = making(fixture), again = making(fixture), other = making(fixture);

	add(&first, "a.bpmn", order);
	add(&first, "b.bpmn", bill);
	assert_int_equal(make(&first), 0);
	again.order.filter_duplicates = true;
	add(&again, "a.bpmn", order);
	assert_int_equal(make(&again), 0);
	assert_string_equal(again.deployed.deployment[DEPLOYMENT_ID].s,
			    first.deployed.deployment[DEPLOYMENT_ID].s);
	assert_int_equal(again.deployed.processes.count, 0);
	other.order.filter_duplicates = other.order.changed_only = true;
	add(&other, "a.bpmn", changed);
	add(&other, "b.bpmn", bill);
	assert_int_equal(make(&other), 0);
	assert_int_equal(other.deployed.processes.count, 1);
	assert_int_equal(other.deployed.deployment[DEPLOYMENT_RESOURCES].r->count, 1);
	assert_int_equal(count_deployments(fixture), 2);
}

static void decisions_come_with_their_requirements(void **state)
{
	struct engine_fixture *fixture = *state;
	struct making it = making(fixture);
	const union slot *decision;

	add(&it, "a.dmn", decisions);
	assert_int_equal(make(&it), 0);
	assert_int_equal(it.deployed.requirements.count, 1);
	assert_int_equal(it.deployed.decisions.count, 2);
	decision = it.deployed.decisions.rows[1];
	assert_string_equal(decision[DEFINITION_KEY].s, "b");
	assert_int_equal(decision[DEFINITION_TIME_TO_LIVE].i, 3);
	assert_string_equal(decision[DECISION_DEFINITION_REQUIREMENTS_KEY].s, "graph");
	assert_string_equal(decision[DECISION_DEFINITION_REQUIREMENTS_ID].s,
			    it.deployed.requirements.rows[0][DEFINITION_ID].s);
}

static size_t count_job_definitions(struct engine_fixture *fixture, const char *process)
{
	struct txn reader = txn_reader(fixture->engine.store, &fixture->arena);
	struct job_definition definition;
	struct scan scan;
	size_t count = 0;

	process_job_definition_scan(&scan, &reader, process);
	while (!process_job_definition_next(&scan, &fixture->arena, &definition))
		count++;
	return count;
}

static void each_async_node_has_a_job_definition(void **state)
{
	struct engine_fixture *fixture = *state;
	const char *id = deploy_one(fixture, changed, NULL);
	struct txn reader = txn_reader(fixture->engine.store, &fixture->arena);
	struct job_definition definition, same;

	assert_int_equal(count_job_definitions(fixture, id), 2);
	assert_int_equal(
		process_job_definition_find(&reader, id, "u", CONFIGURATION_AFTER, &definition), 0);
	assert_int_equal(process_job_definition_find(&reader, id, "u", CONFIGURATION_BEFORE, &same),
			 ERR_NOT_FOUND);
	assert_int_equal(process_job_definition_get(&reader, definition.id, &same), 0);
	assert_string_equal(same.activity_id, "u");
	assert_int_equal(same.overriding_job_priority, INT_NULL);
}

struct removal {
	struct deletion deletion;
	const char *id;
};

static int delete_body(struct txn *txn, void *arg)
{
	struct removal *removal = arg;

	return deployment_delete_whole(txn, &removal->deletion, removal->id);
}

static void a_deployment_goes_with_all_that_it_made(void **state)
{
	struct engine_fixture *fixture = *state;
	struct call call = {.user = NULL};
	struct request request = {
		.engine = &fixture->engine, .arena = &fixture->arena, .call = &call};
	struct making it = making(fixture);
	struct removal removal = {{.request = &request}, NULL};
	const char *process;

	add(&it, "a.bpmn", changed);
	add(&it, "a.dmn", decisions);
	assert_int_equal(make(&it), 0);
	process = it.deployed.processes.rows[0][DEFINITION_ID].s;
	deploy_one(fixture, order, "north");
	removal.id = it.deployed.deployment[DEPLOYMENT_ID].s;
	engine_fixture_run(fixture, delete_body, &removal, 0);
	assert_int_equal(count_deployments(fixture), 1);
	assert_int_equal(count_definitions(fixture, &process_definition_kind), 1);
	assert_int_equal(count_definitions(fixture, &decision_definition_kind), 0);
	assert_int_equal(count_definitions(fixture, &requirements_definition_kind), 0);
	assert_int_equal(count_job_definitions(fixture, process), 0);
	assert_int_equal(count_job_definitions(fixture, NULL), 1);
	assert_true(
		deleted_definitions_have(fixture->engine.history->deleted_definitions, process));
	engine_fixture_run(fixture, delete_body, &removal, ERR_NOT_FOUND);
	engine_fixture_reopen(fixture);
	assert_true(
		deleted_definitions_have(fixture->engine.history->deleted_definitions, process));
}

/* Whether the definition and the jobs of its nodes rest. */
static bool is_suspended(struct engine_fixture *fixture, const char *id)
{
	struct txn reader = txn_reader(fixture->engine.store, &fixture->arena);
	struct job_definition definition;
	union slot *row;

	assert_int_equal(definition_get(&reader, &process_definition_kind, id, &row), 0);
	assert_int_equal(
		process_job_definition_find(&reader, id, "s", CONFIGURATION_BEFORE, &definition),
		0);
	assert_int_equal(definition.suspended, row[PROCESS_DEFINITION_SUSPENDED].i);
	return row[PROCESS_DEFINITION_SUSPENDED].i == 1;
}

static int run_timer(struct txn *txn, void *arg)
{
	struct engine_fixture *fixture = arg;
	struct job_failure failure;
	struct batch none;
	struct scan scan;
	struct job job;

	loose_job_scan(&scan, txn, JOB_SUSPENSION);
	TRY(loose_job_next(&scan, txn, txn->arena, &job));
	TRY(batch_get(txn, 0, &none));
	return job_run(txn, &fixture->engine, &none, &job, clock_now(), &failure);
}

static void a_timer_activates_what_was_deployed_for_later(void **state)
{
	struct engine_fixture *fixture = *state;
	struct making it = making(fixture);
	struct txn reader = txn_reader(fixture->engine.store, &fixture->arena);
	struct scan scan;
	struct job job;
	const char *id;

	it.order.activation_time = 4102444800000;
	add(&it, "a.bpmn", order);
	assert_int_equal(make(&it), 0);
	id = it.deployed.processes.rows[0][DEFINITION_ID].s;
	assert_true(is_suspended(fixture, id));
	loose_job_scan(&scan, &reader, JOB_SUSPENSION);
	assert_int_equal(loose_job_next(&scan, &reader, &fixture->arena, &job), 0);
	assert_int_equal(job.due_date, 4102444800000);
	assert_string_equal(job.handler_type, "activate-processdefinition");
	engine_fixture_run(fixture, run_timer, fixture, 0);
	assert_false(is_suspended(fixture, id));
	engine_fixture_run(fixture, run_timer, fixture, ERR_NOT_FOUND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(versions_count_for_each_key_and_tenant),
		TEST(an_id_that_would_be_long_is_a_uuid),
		TEST(a_problem_in_one_file_stores_nothing),
		TEST(two_definitions_with_one_key_store_nothing),
		TEST(bytes_stay_as_they_are),
		TEST(a_diagram_belongs_to_its_process),
		TEST(what_is_as_it_was_is_not_deployed_again),
		TEST(decisions_come_with_their_requirements),
		TEST(each_async_node_has_a_job_definition),
		TEST(a_deployment_goes_with_all_that_it_made),
		TEST(a_timer_activates_what_was_deployed_for_later),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
