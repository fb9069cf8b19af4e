/*
 * An engine with history in it: imported from NDJSON, queried and exported as clients do it.
 */
#ifndef TESTS_CORE_HISTORY_FIXTURE_H
#define TESTS_CORE_HISTORY_FIXTURE_H

#include "core/request/request.h"
#include "core/history/history.h"
#include "core/json/writer.h"
#include "core/transfer/import.h"
#include "tests/core/engine_fixture.h"

/* For cmocka, given what is to be imported: *STATE becomes an engine_fixture. Times are of UTC. */
int history_fixture_set_up(void **state, const char *text);

/* The same, see history_fixture_import_with(). */
int history_fixture_set_up_with(void **state, void (*put)(struct json_writer *writer, uint32_t i),
				uint32_t count);

/* Imports TEXT in pieces of PIECE bytes and finishes; the test fails when that does. */
struct import_progress history_fixture_import(struct engine_fixture *fixture, const char *text,
					      size_t piece);

/* The same of what PUT writes for each of 0 to COUNT - 1. */
void history_fixture_import_with(struct engine_fixture *fixture,
				 void (*put)(struct json_writer *writer, uint32_t i),
				 uint32_t count);

/* A request with the query string QUERY ("a=b&c=d", not encoded) and the JSON BODY; either NULL. */
struct request history_fixture_request(struct engine_fixture *fixture, const char *query,
				       const char *body);

/* What HANDLE answers, which must succeed; in the fixture's arena. */
const char *history_fixture_answer(struct engine_fixture *fixture, handler handle,
				   const char *query, const char *body);

/* Fails the test unless HANDLE answers with CODE and MESSAGE (NULL = any). */
void history_fixture_refused(struct engine_fixture *fixture, handler handle, const char *query,
			     const char *body, int code, const char *message);

/* How many process instances the JSON query BODY finds. */
int history_fixture_count(struct engine_fixture *fixture, const char *body);

/* The number of process instance ID, which must be there. */
uint64_t history_fixture_number(struct engine_fixture *fixture, const char *id);

/* All that export writes. */
const char *history_fixture_export(struct engine_fixture *fixture);

/* Deletes a process instance, and a variable (ID NULL: all) of instance NUMBER; the codes. */
int history_fixture_delete(struct engine_fixture *fixture, const char *id);
int history_fixture_delete_variable(struct engine_fixture *fixture, uint64_t number,
				    const char *id);

#endif
