/* What a model calls by name, read from the BPMN of its deployment. */
#include "core/repository/static_call.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "core/process/definition.h"
#include "core/process/deployment.h"
#include "tests/core/engine_fixture.h"

static const char caller_text[] =
	"<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL' "
	"xmlns:c='http://camunda.org/schema/1.0/bpmn'><process id='caller'>"
	"<callActivity id='latest' calledElement='callee'/>"
	"<callActivity id='again' calledElement='callee' c:calledElementBinding='latest'/>"
	"<callActivity id='old' calledElement='callee' c:calledElementBinding='version'"
	" c:calledElementVersion='1'/>"
	"<callActivity id='tagged' calledElement='callee' c:calledElementBinding='versionTag'"
	" c:calledElementVersionTag='t1'/>"
	"<callActivity id='beside' calledElement='sibling' c:calledElementBinding='deployment'/>"
	"<callActivity id='tenant' calledElement='callee' c:calledElementTenantId='north'/>"
	"<callActivity id='dynamic' calledElement='${callee}'/>"
	"<callActivity id='later' calledElement='callee' c:calledElementBinding='version'"
	" c:calledElementVersion='#{v}'/>"
	"<callActivity id='nobody' calledElement='unknown'/></process>"
	"<process id='other'><callActivity id='foreign' calledElement='callee'/></process>"
	"</definitions>";

static void put(struct txn *txn, const char *id, const char *key, int64_t version,
		const char *deployment, const char *tenant, const char *tag)
{
	union slot *row = row_new(txn->arena, &process_definition_kind);

	row[DEFINITION_ID].s = id;
	row[DEFINITION_KEY].s = key;
	row[DEFINITION_VERSION].i = version;
	row[DEFINITION_DEPLOYMENT_ID].s = deployment;
	row[DEFINITION_RESOURCE].s = "a.bpmn";
	row[DEFINITION_TENANT_ID].s = tenant;
	row[PROCESS_DEFINITION_VERSION_TAG].s = tag;
	assert_int_equal(definition_put(txn, &process_definition_kind, row), 0);
}

static int fill(struct txn *txn, void *arg)
{
	const struct bytes bytes = {(const uint8_t *)arg, strlen(arg)};
	union slot *deployment = row_new(txn->arena, &deployment_kind);
	struct rows *resources = arena_alloc(txn->arena, sizeof(*resources));

	resources->count = 1;
	resources->row = arena_array(txn->arena, 1, sizeof(*resources->row));
	resources->row[0] = row_new(txn->arena, &resource_kind);
	resources->row[0][RESOURCE_ID].s = "r";
	resources->row[0][RESOURCE_NAME].s = "a.bpmn";
	deployment[DEPLOYMENT_ID].s = "d";
	deployment[DEPLOYMENT_RESOURCES].r = resources;
	TRY(deployment_put(txn, deployment, &bytes));
	put(txn, "caller:1", "caller", 1, "d", NULL, NULL);
	put(txn, "callee:1", "callee", 1, "e", NULL, "t1");
	put(txn, "callee:2", "callee", 2, "e", NULL, "t2");
	put(txn, "north:1", "callee", 1, "e", "north", NULL);
	put(txn, "sibling:1", "sibling", 1, "d", NULL, NULL);
	put(txn, "sibling:2", "sibling", 2, "e", NULL, NULL);
	return 0;
}

/* "definition<activity,activity ...": what the definition ID calls. */
static const char *calls_of(struct engine_fixture *fixture, const char *id)
{
	struct txn reader = txn_reader(fixture->engine.store, &fixture->arena);
	const char *text = "";
	struct static_call *calls;
	size_t i, k, count;
	union slot *row;

	assert_int_equal(definition_get(&reader, &process_definition_kind, id, &row), 0);
	assert_int_equal(static_calls_read(&reader, row, &calls, &count), 0);
	for (i = 0; i < count; i++) {
		text = arena_printf(&fixture->arena, "%s%s<", text,
				    calls[i].called[DEFINITION_ID].s);
		for (k = 0; k < calls[i].count; k++)
			text = arena_printf(&fixture->arena, "%s%s ", text,
					    calls[i].activity_ids[k]);
	}
	return text;
}

static void calls_are_bound_as_they_say(void **state)
{
	struct engine_fixture *fixture = *state;

	engine_fixture_run(fixture, fill, (void *)(uintptr_t)caller_text, 0);
	assert_string_equal(calls_of(fixture, "caller:1"),
			    "callee:2<latest again callee:1<old tagged sibling:1<beside "
			    "north:1<tenant ");
}

static void what_cannot_be_read_calls_nothing(void **state)
{
	struct engine_fixture *fixture = *state;

	engine_fixture_run(fixture, fill, (void *)(uintptr_t) "<definitions", 0);
	assert_string_equal(calls_of(fixture, "caller:1"), "");
	assert_string_equal(calls_of(fixture, "callee:1"), ""); /* no deployment */
}

#define TEST(name)                                                                                 \
	cmocka_unit_test_setup_teardown(name, engine_fixture_set_up, engine_fixture_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(calls_are_bound_as_they_say),
		TEST(what_cannot_be_read_calls_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
