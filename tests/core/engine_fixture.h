/*
 * An engine on an empty store in a directory of its own, for tests of core/. The job executor runs,
 * but takes only jobs with a priority of at least 1000, so that a test drives the others itself.
 */
#ifndef TESTS_CORE_ENGINE_FIXTURE_H
#define TESTS_CORE_ENGINE_FIXTURE_H

#include "core/job/batch.h"
#include "core/engine.h"
#include "core/job/job.h"

enum { SETTINGS_MAX = 4 };

struct engine_fixture {
	char home[64];
	const char *settings[SETTINGS_MAX]; /* on top of the fixture's own */
	size_t setting_count;
	struct arena arena;
	struct config config;
	struct engine engine;
	struct error error;
};

/* For cmocka: *STATE becomes the fixture. */
int engine_fixture_set_up(void **state);
int engine_fixture_tear_down(void **state);

/* With a store alone: nothing runs beside the test. */
int engine_fixture_set_up_store(void **state);
int engine_fixture_tear_down_store(void **state);

/* Sets "name=value" from the next engine_fixture_reopen() on: what runs beside the test reads the
 * settings without a lock, as they never change while a program runs. */
void engine_fixture_set(struct engine_fixture *fixture, const char *setting);

/* Closes the engine and opens it again, as after an end of the process. */
void engine_fixture_reopen(struct engine_fixture *fixture);

/* Runs BODY in a transaction; the test fails unless it returns CODE. */
void engine_fixture_run(struct engine_fixture *fixture, txn_body body, void *arg, int code);

/* A batch of TYPE over COUNT texts "item-0", …, with jobs of PER_JOB items. */
void engine_fixture_batch(struct engine_fixture *fixture, const char *type, uint64_t count,
			  int64_t per_job, struct batch *ret);

/* The batch anew. The test fails when there is none. */
struct batch engine_fixture_read(struct engine_fixture *fixture, const struct batch *batch);

/* Runs a job as by hand: 0, or the failure's code, which is kept as job_fail() does. */
int engine_fixture_execute(struct engine_fixture *fixture, const struct batch *batch,
			   enum job_kind kind, uint64_t index);

/* Waits until CONDITION(fixture, arg) is true; the test fails when it does not become so. */
void engine_fixture_await(struct engine_fixture *fixture,
			  bool (*condition)(struct engine_fixture *fixture, const void *arg),
			  const void *arg);

#endif
