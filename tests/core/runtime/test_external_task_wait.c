/* Waiting for external tasks: what wakes who waits, and fetching with it. */
#include "core/runtime/external_task_wait.h"

#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "core/runtime/external_task.h"
#include "core/runtime/external_task_fetch.h"
#include "core/runtime/external_task_index.h"
#include "core/runtime/step.h"
#include "storage/clock.h"
#include "tests/core/process_fixture.h"

#define TEST(name)                                                                                 \
	cmocka_unit_test_setup_teardown(name, engine_fixture_set_up, engine_fixture_tear_down)

enum { FOREVER = 600 * 1000 };

static const char one[] = "<startEvent id='s'/><sequenceFlow id='f' sourceRef='s' targetRef='a'/>"
			  "<serviceTask id='a' camunda:type='external' camunda:topic='one'/>";

/* A thread that waits for tasks of a topic, and says how it ended. */
struct sleeper {
	struct engine_fixture *fixture;
	const char *topic;
	int64_t until;
	struct request request;
	struct external_task_waiter waiter;
	pthread_t thread;
	int code;
};

static void *sleep_thread(void *arg)
{
	struct sleeper *sleeper = arg;

	sleeper->code = external_task_wait(&sleeper->waiter, &sleeper->request, sleeper->until);
	return NULL;
}

static void start_sleeper(struct sleeper *sleeper)
{
	sleeper->request.engine = &sleeper->fixture->engine;
	assert_true(
		external_task_wait_begin(&sleeper->waiter, &sleeper->request, &sleeper->topic, 1));
	assert_int_equal(pthread_create(&sleeper->thread, NULL, sleep_thread, sleeper), 0);
}

static void join_sleeper(struct sleeper *sleeper)
{
	assert_int_equal(pthread_join(sleeper->thread, NULL), 0);
	assert_int_equal(sleeper->code, 0);
	external_task_wait_end(&sleeper->waiter);
}

/* Whether something is noted for the waiter. */
static bool is_woken(const struct external_task_waiter *waiter)
{
	struct pollfd fd = {.fd = waiter->fd, .events = POLLIN};

	return poll(&fd, 1, 0) > 0;
}

static void a_commit_wakes_who_waits_for_its_topic(void **state)
{
	struct sleeper sleeper = {
		.fixture = *state, .topic = "one", .until = clock_now() + FOREVER};
	const union slot *definition = process_fixture_deploy(*state, "p", one);
	int64_t begun = clock_now();

	start_sleeper(&sleeper);
	process_fixture_start(*state, definition, 1);
	join_sleeper(&sleeper);
	assert_true(clock_now() < begun + FOREVER);
}

/* What comes between the look and the sleep is not missed. */
static void a_commit_before_the_sleep_counts(void **state)
{
	struct engine_fixture *fixture = *state;
	const union slot *definition = process_fixture_deploy(fixture, "p", one);
	struct request request = {.engine = &fixture->engine};
	const char *topic = "one";
	struct external_task_waiter waiter;

	assert_true(external_task_wait_begin(&waiter, &request, &topic, 1));
	process_fixture_start(fixture, definition, 1);
	assert_true(is_woken(&waiter));
	assert_int_equal(external_task_wait(&waiter, &request, clock_now() + FOREVER), 0);
	external_task_wait_end(&waiter);
}

static void other_topics_let_sleep(void **state)
{
	struct engine_fixture *fixture = *state;
	const union slot *definition = process_fixture_deploy(fixture, "p", one);
	struct request request = {.engine = &fixture->engine};
	const char *topic = "other";
	struct external_task_waiter waiter;

	assert_true(external_task_wait_begin(&waiter, &request, &topic, 1));
	process_fixture_start(fixture, definition, 1);
	assert_false(is_woken(&waiter));
	external_task_wait_end(&waiter);
}

static void time_that_is_over_ends_the_wait(void **state)
{
	struct engine_fixture *fixture = *state;
	struct request request = {.engine = &fixture->engine};
	const char *topic = "one";
	struct external_task_waiter waiter;

	assert_true(external_task_wait_begin(&waiter, &request, &topic, 1));
	assert_int_equal(external_task_wait(&waiter, &request, clock_now() - 1), 0);
	external_task_wait_end(&waiter);
}

/* A fetch of one topic by W. */
struct fetching {
	struct fetch_topic topic;
	struct fetch fetch;
	struct fetch_result result;
};

static int fetch_body(struct command *command, void *arg)
{
	struct fetching *fetching = arg;

	return fetch_and_lock(command, &fetching->fetch, &fetching->result);
}

static size_t fetch(struct engine_fixture *fixture, struct fetching *fetching)
{
	fetching->topic.name = "one";
	fetching->topic.lock_duration = FOREVER;
	fetching->fetch.worker_id = "w";
	fetching->fetch.topic_count = 1;
	fetching->fetch.topics = &fetching->topic;
	if (!fetching->fetch.most)
		fetching->fetch.most = 10;
	process_fixture_run(fixture, fetch_body, fetching, 0);
	return fetching->result.count;
}

static void each_task_is_fetched_once(void **state)
{
	struct engine_fixture *fixture = *state;
	struct fetching two = {.fetch = {.most = 2}}, rest = {.fetch = {.most = 10}};
	struct txn reader = txn_reader(fixture->engine.store, &fixture->arena);
	int64_t next;
	bool some;

	process_fixture_start(fixture, process_fixture_deploy(fixture, "p", one), 3);
	assert_int_equal(fetch(fixture, &two), 2);
	assert_string_equal(two.result.items[0].task->worker_id, "w");
	assert_int_equal(fetch_look(&reader, &two.fetch, clock_now(), &some, &next), 0);
	assert_true(some);
	assert_int_equal(fetch(fixture, &rest), 1);
	assert_int_equal(fetch(fixture, &rest), 0);
	assert_int_equal(fetch_look(&reader, &rest.fetch, clock_now(), &some, &next), 0);
	assert_false(some);
	assert_in_range(next, clock_now(), clock_now() + FOREVER);
}

static void filters_let_others_lie(void **state)
{
	struct engine_fixture *fixture = *state;
	const union slot *definition = process_fixture_deploy(fixture, "p", one);
	struct fetching by_key = {.topic = {.business_key = "another"}};
	struct fetching by_tenant = {.topic = {.tenants = {true, 1, (const char *[]){"t"}}}};
	struct fetching by_definition = {
		.topic = {.definition_key = "p", .business_key = "key", .without_tenant = true}
        };

	process_fixture_start(fixture, definition, 2);
	assert_int_equal(fetch(fixture, &by_key), 0);
	assert_int_equal(fetch(fixture, &by_tenant), 0);
	assert_int_equal(fetch(fixture, &by_definition), 2);
}

static void the_newest_may_come_first(void **state)
{
	struct engine_fixture *fixture = *state;
	const union slot *definition = process_fixture_deploy(fixture, "p", one);
	struct fetching newest = {
		.fetch = {.most = 1, .by_creation = true, .descending = true}
        };
	uint64_t first = process_fixture_start(fixture, definition, 1), last;
	int64_t begun = clock_now(), serial;

	while (clock_now() == begun)
		; /* the next one is made later */
	last = process_fixture_start(fixture, definition, 1);
	assert_true(last > first);
	assert_int_equal(fetch(fixture, &newest), 1);
	assert_true(instance_serial(fixture->engine.store, newest.result.items[0].task->id,
				    (uint64_t *)&serial));
	assert_int_equal(serial, last);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_commit_wakes_who_waits_for_its_topic),
		TEST(a_commit_before_the_sleep_counts),
		TEST(other_topics_let_sleep),
		TEST(time_that_is_over_ends_the_wait),
		TEST(each_task_is_fetched_once),
		TEST(filters_let_others_lie),
		TEST(the_newest_may_come_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
