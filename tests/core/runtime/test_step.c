/* How far the steps of one instance may go. */
#include "core/runtime/step.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "core/runtime/running_index.h"
#include "core/runtime/start.h"
#include "storage/buffer.h"
#include "tests/core/process_fixture.h"

enum { TASKS = 200, MANY = 200 };

/* So many tasks that nobody has to do, one behind the other, and one that waits. */
static const char *long_way(struct arena *arena)
{
	const char *body = "<startEvent id='m0'/><userTask id='w'/>";
	struct buffer text;
	int i;

	buffer_init(&text);
	buffer_put(&text, body, strlen(body));
	for (i = 1; i <= TASKS; i++) {
		body = arena_printf(arena,
				    "<manualTask id='m%d'/>"
				    "<sequenceFlow id='f%d' sourceRef='m%d' targetRef='m%d'/>",
				    i, i, i - 1, i);
		buffer_put(&text, body, strlen(body));
	}
	body = arena_printf(arena, "<sequenceFlow id='f' sourceRef='m%d' targetRef='w'/>", TASKS);
	buffer_put(&text, body, strlen(body));
	body = arena_strndup(arena, (const char *)text.data, text.length);
	buffer_clear(&text);
	return body;
}

static void many_that_go_far_share_a_transaction(void **state)
{
	struct engine_fixture *fixture = *state;
	const union slot *definition =
		process_fixture_deploy(fixture, "long", long_way(&fixture->arena));
	struct txn reader = txn_reader(fixture->engine.store, &fixture->arena);
	struct running_state running;

	process_fixture_start(fixture, definition, MANY);
	assert_int_equal(running_state_read(&reader, &running), 0);
	assert_int_equal(running.totals[RUNNING_TASK], MANY);
}

static int start(struct command *command, void *arg)
{
	struct start plain = {.business_key = NULL};
	struct instance *instance;

	return instance_start(command, arg, &plain, &instance);
}

static void a_circle_ends(void **state)
{
	static const char circle[] =
		"<startEvent id='s'/><sequenceFlow id='f' sourceRef='s' targetRef='a'/>"
		"<manualTask id='a'/><sequenceFlow id='g' sourceRef='a' targetRef='b'/>"
		"<manualTask id='b'/><sequenceFlow id='h' sourceRef='b' targetRef='a'/>";
	struct engine_fixture *fixture = *state;
	const union slot *definition = process_fixture_deploy(fixture, "circle", circle);

	process_fixture_run(fixture, start, (void *)(uintptr_t)definition, ERR_ENGINE);
	assert_non_null(strstr(fixture->error.message, "endless loop"));
}

#define TEST(name)                                                                                 \
	cmocka_unit_test_setup_teardown(name, engine_fixture_set_up, engine_fixture_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(many_that_go_far_share_a_transaction),
		TEST(a_circle_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
