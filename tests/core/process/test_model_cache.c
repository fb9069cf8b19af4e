/* Deployments and the models that are made of them. */
#include "core/process/model_cache.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/repository/deploy.h"
#include "core/process/deployment.h"
#include "core/request/api_error.h"
#include "storage/base64.h"
#include "tests/core/engine_fixture.h"

#define TEST(name)                                                                                 \
	cmocka_unit_test_setup_teardown(name, engine_fixture_set_up, engine_fixture_tear_down)

#define HEAD                                                                                       \
	"<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL' targetNamespace='x' "    \
	"xmlns:camunda='http://camunda.org/schema/1.0/bpmn'>"
#define TAIL "</definitions>"

static const char two_steps[] =
	HEAD "<process id='two' isExecutable='true' camunda:historyTimeToLive='5'>"
	     "<startEvent id='begin'/><sequenceFlow id='f' sourceRef='begin' targetRef='work'/>"
	     "<userTask id='work'/></process>" TAIL;

static const char late[] =
	HEAD "<process id='two' isExecutable='true' camunda:historyTimeToLive='5'>"
	     "<startEvent id='begin'><timerEventDefinition><timeDuration>PT1S</timeDuration>"
	     "</timerEventDefinition></startEvent></process>" TAIL;

static int deploy_text(struct engine_fixture *fixture, const char *text, struct deployed *ret)
{
	struct deploy_resource resource = {
		"a.bpmn", {(const uint8_t *)text, strlen(text)}
        };
	struct deploy_order order = {
		.name = "d", .activation_time = TIME_NULL, .count = 1, .resources = &resource};
	const struct problems *problems;

	return deploy(&fixture->engine, &fixture->arena, &order, ret, &problems, &fixture->error);
}

static int get(struct engine_fixture *fixture, const char *id, const struct model **ret)
{
	struct txn reader = txn_reader(fixture->engine.store, &fixture->arena);

	return model_get(&fixture->engine, &reader, id, ret, &fixture->error);
}

static void a_deployed_process_has_one_model(void **state)
{
	struct engine_fixture *fixture = *state;
	const struct model *model, *again;
	struct deployed deployed;

	assert_int_equal(deploy_text(fixture, two_steps, &deployed), 0);
	assert_int_equal(deployed.processes.count, 1);
	assert_int_equal(get(fixture, deployed.processes.rows[0][DEFINITION_ID].s, &model), 0);
	assert_string_equal(model->key, "two");
	assert_int_equal(model->node_count, 3);
	assert_int_equal(get(fixture, deployed.processes.rows[0][DEFINITION_ID].s, &again), 0);
	assert_ptr_equal(model, again);
	model_release(&fixture->engine, model);
	model_release(&fixture->engine, again);
}

static void a_model_in_use_outlives_its_definition(void **state)
{
	struct engine_fixture *fixture = *state;
	const struct model *model, *other;
	struct deployed deployed;
	const char *id;

	assert_int_equal(deploy_text(fixture, two_steps, &deployed), 0);
	id = deployed.processes.rows[0][DEFINITION_ID].s;
	assert_int_equal(get(fixture, id, &model), 0);
	model_forget(&fixture->engine, id);
	assert_string_equal(model->nodes[2].id, "work");
	assert_int_equal(get(fixture, id, &other), 0);
	assert_ptr_not_equal(model, other);
	model_release(&fixture->engine, model);
	model_release(&fixture->engine, other);
}

struct reading {
	struct engine_fixture *fixture;
	const char *id;
	size_t wrong;
};

static void *read_often(void *arg)
{
	struct reading *reading = arg;
	struct engine *engine = &reading->fixture->engine;
	struct arena arena;
	unsigned i;

	arena_init(&arena);
	for (i = 0; i < 300; i++) {
		struct txn reader = txn_reader(engine->store, &arena);
		struct error error = {0};
		const struct model *model = NULL;

		reading->wrong += model_get(engine, &reader, reading->id, &model, &error) != 0 ||
				  strcmp(model->key, "two") != 0 || model->node_count != 3;
		if (i % 16 == 0)
			model_forget(engine, reading->id);
		reading->wrong += strcmp(model->nodes[2].id, "work") != 0;
		model_release(engine, model);
		arena_clear(&arena);
	}
	return NULL;
}

static void threads_share_models_that_come_and_go(void **state)
{
	struct engine_fixture *fixture = *state;
	struct deployed deployed;
	struct reading readings[4];
	pthread_t threads[4];
	size_t i;

	assert_int_equal(deploy_text(fixture, two_steps, &deployed), 0);
	for (i = 0; i < 4; i++) {
		readings[i] =
			(struct reading){fixture, deployed.processes.rows[0][DEFINITION_ID].s, 0};
		assert_int_equal(pthread_create(&threads[i], NULL, read_often, &readings[i]), 0);
	}
	for (i = 0; i < 4; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(readings[i].wrong, 0);
	}
}

/* Base64 of two_steps is what an import brings. */
static int import_body(struct txn *txn, void *arg)
{
	const char *data = base64_encode(txn->arena, (const uint8_t *)arg, strlen(arg));
	union slot *deployment = row_new(txn->arena, &deployment_kind);
	union slot *resource = row_new(txn->arena, &resource_kind);
	union slot *definition = row_new(txn->arena, &process_definition_kind);
	struct rows rows = {&resource_kind, 1, &resource};

	deployment[DEPLOYMENT_ID].s = "elsewhere";
	deployment[DEPLOYMENT_RESOURCES].r = &rows;
	resource[RESOURCE_NAME].s = "a.bpmn";
	resource[RESOURCE_DATA].s = data;
	definition[DEFINITION_ID].s = "two:7:x";
	definition[DEFINITION_KEY].s = "two";
	definition[DEFINITION_RESOURCE].s = "a.bpmn";
	definition[DEFINITION_DEPLOYMENT_ID].s = "elsewhere";
	TRY(deployment_put(txn, deployment, NULL));
	return definition_put(txn, &process_definition_kind, definition);
}

static void an_imported_definition_has_a_model_if_its_bpmn_came_with_it(void **state)
{
	struct engine_fixture *fixture = *state;
	const struct model *model;

	engine_fixture_run(fixture, import_body, (void *)(uintptr_t)two_steps, 0);
	assert_int_equal(get(fixture, "two:7:x", &model), 0);
	assert_string_equal(model->key, "two");
	model_release(&fixture->engine, model);
	model_forget(&fixture->engine, "two:7:x");
	engine_fixture_run(fixture, import_body, (void *)(uintptr_t)late, 0);
	assert_int_equal(get(fixture, "two:7:x", &model), ERR_PARSE);
	assert_non_null(strstr(fixture->error.message,
			       "The model of 'two:7:x' cannot be run:\n* batchd does not run this "
			       "yet: timerEventDefinition of 'begin'"));
}

static void models_that_nobody_uses_do_not_pile_up(void **state)
{
	enum { PROCESSES = MODEL_CACHE_MAX + 20 };
	struct engine_fixture *fixture = *state;
	const struct model *models[PROCESSES];
	struct deployed deployed;
	struct buffer text;
	size_t i;

	buffer_init(&text);
	buffer_put_text(&text, HEAD);
	for (i = 0; i < PROCESSES; i++)
		buffer_put_text(&text, arena_printf(&fixture->arena,
						    "<process id='p%zu' isExecutable='true' "
						    "camunda:historyTimeToLive='1'><startEvent "
						    "id='s%zu'/></process>",
						    i, i));
	buffer_put_text(&text, TAIL);
	buffer_put_u8(&text, 0);
	assert_int_equal(deploy_text(fixture, (const char *)text.data, &deployed), 0);
	buffer_clear(&text);
	assert_int_equal(deployed.processes.count, PROCESSES);
	for (i = 0; i < PROCESSES; i++)
		assert_int_equal(
			get(fixture, deployed.processes.rows[i][DEFINITION_ID].s, &models[i]), 0);
	assert_int_equal(model_cache_count(fixture->engine.models), PROCESSES);
	for (i = 0; i < PROCESSES; i++) {
		assert_string_equal(models[i]->key, deployed.processes.rows[i][DEFINITION_KEY].s);
		model_release(&fixture->engine, models[i]);
	}
	for (i = 0; i < PROCESSES; i++) {
		model_forget(&fixture->engine, deployed.processes.rows[i][DEFINITION_ID].s);
		assert_int_equal(model_cache_count(fixture->engine.models), PROCESSES - 1 - i);
	}
	for (i = 0; i < PROCESSES; i++) {
		assert_int_equal(
			get(fixture, deployed.processes.rows[i][DEFINITION_ID].s, &models[0]), 0);
		model_release(&fixture->engine, models[0]);
	}
	assert_int_equal(model_cache_count(fixture->engine.models), MODEL_CACHE_MAX);
}

static void what_is_not_there_has_no_model(void **state)
{
	const struct model *model;

	assert_int_equal(get(*state, "nothing", &model), ERR_NOT_FOUND);
}

static void what_cannot_run_is_refused(void **state)
{
	struct engine_fixture *fixture = *state;
	struct deployed deployed;

	assert_int_equal(deploy_text(fixture, late, &deployed), ERR_PARSE);
	assert_string_equal(fixture->error.message,
			    "ENGINE-09005 Could not parse BPMN process. Errors: \n* batchd does "
			    "not run this yet: timerEventDefinition of 'begin' | resource a.bpmn | "
			    "line 1 | column 228");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_deployed_process_has_one_model),
		TEST(a_model_in_use_outlives_its_definition),
		TEST(threads_share_models_that_come_and_go),
		TEST(an_imported_definition_has_a_model_if_its_bpmn_came_with_it),
		TEST(models_that_nobody_uses_do_not_pile_up),
		TEST(what_is_not_there_has_no_model),
		TEST(what_cannot_run_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
