#include "tests/core/engine_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "core/job/job_run.h"
#include "core/schema.h"
#include "storage/clock.h"
#include "storage/log.h"

enum { AWAIT_US = 120 * 1000 * 1000 }; /* a sanitizer on a busy machine takes its time */

static void load_config(struct engine_fixture *fixture)
{
	const char *overrides[7 + SETTINGS_MAX] = {
		arena_printf(&fixture->arena, "home=%s", fixture->home),
		"reserveSize=0",
		"cacheSize=4M",
		"jobExecutorAcquireByPriority=true",
		"jobExecutorPriorityRangeMin=1000",
		"batchJobsPerSeed=2",
		"batchOperationHistoryTimeToLive=P3D",
	};
	int code;

	memcpy(overrides + 7, fixture->settings, sizeof(fixture->settings));
	code = config_load(&fixture->config, NULL, 7 + fixture->setting_count, overrides,
			   &fixture->arena, &fixture->error);
	if (code)
		fail_msg("%s", fixture->error.message ? fixture->error.message : err_text(code));
}

static void open_engine(struct engine_fixture *fixture)
{
	int code;

	load_config(fixture);
	code = engine_open(&fixture->engine, &fixture->config, &fixture->arena, &fixture->error);
	if (code)
		fail_msg("%s", fixture->error.message ? fixture->error.message : err_text(code));
}

static void open_store(struct engine_fixture *fixture)
{
	struct store_options options = {
		.home = fixture->home,
		.cache_size = 4 << 20,
		.tables = table_names,
		.table_count = TABLE_MAX,
	};
	int code;

	load_config(fixture);
	code = store_open(&fixture->engine.store, &options, &fixture->arena, &fixture->error);
	if (code)
		fail_msg("%s", fixture->error.message ? fixture->error.message : err_text(code));
}

static int set_up(void **state, void (*open)(struct engine_fixture *fixture))
{
	struct engine_fixture *fixture = memory_alloc(sizeof(*fixture));

	memset(fixture, 0, sizeof(*fixture));
	arena_init(&fixture->arena);
	strcpy(fixture->home, "/tmp/batchd-test-XXXXXX");
	log_setup("test", LOG_LEVEL_ERROR);
	if (!mkdtemp(fixture->home))
		return -1;
	open(fixture);
	*state = fixture;
	return 0;
}

static int forget(struct engine_fixture *fixture)
{
	char command[128];
	int status;

	snprintf(command, sizeof(command), "rm -rf %s", fixture->home);
	status = system(command);
	arena_clear(&fixture->arena);
	free(fixture);
	return status;
}

int engine_fixture_set_up(void **state)
{
	return set_up(state, open_engine);
}

int engine_fixture_tear_down(void **state)
{
	struct engine_fixture *fixture = *state;

	engine_close(&fixture->engine);
	return forget(fixture);
}

int engine_fixture_set_up_store(void **state)
{
	return set_up(state, open_store);
}

int engine_fixture_tear_down_store(void **state)
{
	struct engine_fixture *fixture = *state;

	store_close(fixture->engine.store);
	return forget(fixture);
}

void engine_fixture_set(struct engine_fixture *fixture, const char *setting)
{
	assert_true(fixture->setting_count < SETTINGS_MAX);
	fixture->settings[fixture->setting_count++] = setting;
}

void engine_fixture_reopen(struct engine_fixture *fixture)
{
	engine_close(&fixture->engine);
	open_engine(fixture);
}

void engine_fixture_run(struct engine_fixture *fixture, txn_body body, void *arg, int code)
{
	assert_int_equal(txn_run(fixture->engine.store, &fixture->arena, TXN_DURABLE, body, arg),
			 code);
}

struct creation {
	struct engine_fixture *fixture;
	struct batch_plan plan;
	struct batch batch;
};

static int create_body(struct txn *txn, void *arg)
{
	struct creation *creation = arg;

	return batch_insert(txn, &creation->fixture->engine, &creation->plan, "mary",
			    &creation->batch);
}

void engine_fixture_batch(struct engine_fixture *fixture, const char *type, uint64_t count,
			  int64_t per_job, struct batch *ret)
{
	struct target_mapping mapping = {NULL, count};
	struct creation creation = {
		.fixture = fixture,
		.plan = {.type = type,
			 .invocations_per_job = per_job,
			 .configuration = "{\"retries\":5}"},
	};
	struct target *target = &creation.plan.target;
	uint64_t i;

	target->mapping_count = 1;
	target->mappings = &mapping;
	target->name_count = count;
	target->names = arena_array(&fixture->arena, count, sizeof(*target->names));
	for (i = 0; i < count; i++)
		target->names[i] = target_name_of(
			arena_printf(&fixture->arena, "item-%llu", (unsigned long long)i));
	engine_fixture_run(fixture, create_body, &creation, 0);
	*ret = creation.batch;
}

struct batch engine_fixture_read(struct engine_fixture *fixture, const struct batch *batch)
{
	struct txn reader = txn_reader(fixture->engine.store, &fixture->arena);
	struct batch read;

	assert_int_equal(batch_get(&reader, (uint64_t)batch->number, &read), 0);
	return read;
}

struct execution {
	struct engine_fixture *fixture;
	uint64_t batch, index;
	enum job_kind kind;
	struct job_failure failure;
};

static int execute_body(struct txn *txn, void *arg)
{
	struct execution *execution = arg;
	struct batch batch;
	struct job job;

	TRY(batch_get(txn, execution->batch, &batch));
	TRY(job_get(txn, &batch, execution->kind, execution->index, &job));
	return job_run(txn, &execution->fixture->engine, &batch, &job, clock_now(),
		       &execution->failure);
}

static int failure_body(struct txn *txn, void *arg)
{
	struct execution *execution = arg;
	struct batch batch;
	struct job job;

	TRY(batch_get(txn, execution->batch, &batch));
	TRY(job_get(txn, &batch, execution->kind, execution->index, &job));
	TRY(job_fail(txn, &execution->fixture->engine, &batch, &job, &execution->failure.error,
		     clock_now()));
	return batch_put(txn, &batch);
}

int engine_fixture_execute(struct engine_fixture *fixture, const struct batch *batch,
			   enum job_kind kind, uint64_t index)
{
	struct execution execution = {fixture, (uint64_t)batch->number, index, kind, {0}};
	int code = txn_run(fixture->engine.store, &fixture->arena, TXN_DURABLE, execute_body,
			   &execution);

	if (code && execution.failure.error.message)
		engine_fixture_run(fixture, failure_body, &execution, 0);
	return code;
}

void engine_fixture_await(struct engine_fixture *fixture,
			  bool (*condition)(struct engine_fixture *fixture, const void *arg),
			  const void *arg)
{
	struct timespec pause = {0, 1000000};
	int64_t end = clock_monotonic_us() + AWAIT_US;

	while (clock_monotonic_us() < end) {
		if (condition(fixture, arg))
			return;
		nanosleep(&pause, NULL);
	}
	fail_msg("what was waited for did not come");
}
