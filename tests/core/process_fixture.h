/*
 * Process instances on an engine fixture, for tests of core/runtime.
 */
#ifndef TESTS_CORE_PROCESS_FIXTURE_H
#define TESTS_CORE_PROCESS_FIXTURE_H

#include "core/runtime/command.h"
#include "tests/core/engine_fixture.h"

/* Deploys a process KEY of BODY, what stands between <process> and its end. Its row. */
const union slot *process_fixture_deploy(struct engine_fixture *fixture, const char *key,
					 const char *body);

/* One user task, "work". */
extern const char process_fixture_one_task[];

/* Runs BODY as a command; the test fails unless it returns CODE. */
void process_fixture_run(struct engine_fixture *fixture, command_body body, void *arg, int code);

/* Starts COUNT instances of DEFINITION in one transaction; the serial number of the first. */
uint64_t process_fixture_start(struct engine_fixture *fixture, const union slot *definition,
			       size_t count);

/* The test fails unless lists and totals (core/runtime/running_index.h) say what the instances do.
 */
void process_fixture_check_index(struct engine_fixture *fixture);

#endif
