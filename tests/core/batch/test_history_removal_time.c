/* How often jobs run that set removal times in chunks. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "core/batch/types.h"
#include "core/history/history.h"
#include "core/json/json.h"
#include "tests/core/history_fixture.h"

#define TIMES                                                                                      \
	"\"startTime\":\"2024-01-01T10:00:00.000+0000\",\"endTime\":\"2024-01-01T11:00:00.000+"    \
	"0000\""
#define ROOT "\"rootProcessInstanceId\":\"root\""

/* A tree of two, and one by itself whose variable is an object. */
static const char history[] =
	"{\"processInstance\":{\"id\":\"root\"," ROOT "," TIMES "},\"activityInstances\":["
	"{\"id\":\"a1\"," TIMES "},{\"id\":\"a2\"," TIMES "},{\"id\":\"a3\"," TIMES "}]}\n"
	"{\"processInstance\":{\"id\":\"sub\"," ROOT "," TIMES "},\"activityInstances\":["
	"{\"id\":\"a4\"," TIMES "},{\"id\":\"a5\"," TIMES "}]}\n"
	"{\"processInstance\":{\"id\":\"alone\"," TIMES "},\"variables\":["
	"{\"id\":\"v1\",\"name\":\"o\",\"value\":\"{}\",\"type\":\"Object\"}],\"details\":["
	"{\"id\":\"d1\",\"type\":\"variableUpdate\",\"variableName\":\"o\",\"value\":\"{}\","
	"\"variableType\":\"Object\"}]}\n"
	"{\"userOperation\":{\"id\":\"op1\",\"processInstanceId\":\"alone\","
	"\"timestamp\":\"2024-01-01T10:00:00.000+0000\"}}\n"
	"{\"userOperation\":{\"id\":\"op2\",\"processInstanceId\":\"alone\","
	"\"timestamp\":\"2024-01-01T10:00:00.000+0000\"}}\n"
	"{\"userOperation\":{\"id\":\"op3\",\"processInstanceId\":\"alone\","
	"\"timestamp\":\"2024-01-01T10:00:00.000+0000\"}}\n"
	/* of one that was below the root, and is gone */
	"{\"userOperation\":{\"id\":\"op4\",\"processInstanceId\":\"gone\"," ROOT ","
	"\"timestamp\":\"2024-01-01T10:00:00.000+0000\"}}\n";

static int set_up(void **state)
{
	return history_fixture_set_up(state, history);
}

struct running {
	struct engine_fixture *fixture;
	const char *configuration;
	uint64_t numbers[3];
	uint32_t rounds[3];
};

static int execute(struct txn *txn, void *arg)
{
	struct running *running = arg;
	struct json *configuration;
	struct batch_run run = {
		.engine = &running->fixture->engine,
		.txn = txn,
		.single = true,
		.items = {.count = 3, .numbers = running->numbers},
	};

	TRY(json_parse(txn->arena, running->configuration, strlen(running->configuration),
		       &configuration));
	run.configuration = configuration;
	TRY(history_removal_time_execute(&run));
	memcpy(running->rounds, run.rounds, sizeof(running->rounds));
	return 0;
}

static struct running run(struct engine_fixture *fixture, const char *configuration)
{
	struct running running = {
		.fixture = fixture,
		.configuration = configuration,
		.numbers = {history_fixture_number(fixture, "root"),
			    history_fixture_number(fixture, "sub"),
			    history_fixture_number(fixture, "alone")},
	};

	engine_fixture_run(fixture, execute, &running, 0);
	return running;
}

/* Five rows of the tree's largest table and two instances, then nothing; three user operations. */
static void the_first_of_a_tree_does_the_others_work(void **state)
{
	struct running running = run(*state, "{\"mode\":\"absolute\",\"removalTime\":1893456000000,"
					     "\"hierarchical\":true,\"chunkSize\":1}");
	const char *gone;

	assert_int_equal(running.rounds[0], 5 + 1 + 2 + 1);
	assert_int_equal(running.rounds[1], 2);
	assert_int_equal(running.rounds[2], 3 + 1 + 1 + 1);
	gone = strstr(history_fixture_export(*state), "\"id\":\"op4\"");
	assert_non_null(gone);
	assert_int_equal(strncmp(strstr(gone, "\"removalTime\":") + 14,
				 "\"2030-01-01T00:00:00.000+0000", 29),
			 0);
}

static void each_does_its_own_work(void **state)
{
	struct running running = run(*state, "{\"mode\":\"absolute\",\"removalTime\":1893456000000,"
					     "\"chunkSize\":2}");

	assert_int_equal(running.rounds[0], 1 + 1 + 0 + 1);
	assert_int_equal(running.rounds[1], 1 + 1 + 0 + 1);
	assert_int_equal(running.rounds[2], 1 + 1 + 0 + 1);
	running = run(*state,
		      "{\"mode\":\"absolute\",\"removalTime\":1893456000000,\"chunkSize\":1}");
	assert_int_equal(running.rounds[0], 2);
	assert_int_equal(running.rounds[2], 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, engine_fixture_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_first_of_a_tree_does_the_others_work),
		TEST(each_does_its_own_work),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
