#include "tests/core/history_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "core/api/handler.h"
#include "core/history/delete.h"
#include "core/history/variable_delete.h"
#include "core/transfer/export.h"

struct import_progress history_fixture_import(struct engine_fixture *fixture, const char *text,
					      size_t piece)
{
	struct import_options options = {.name = ""};
	size_t length = strlen(text), at;
	struct import_progress progress;
	struct import *import;
	int code = import_begin(&import, &fixture->engine, &options, &fixture->arena,
				&fixture->error, &progress);

	for (at = 0; !code && at < length; at += piece)
		code = import_feed(import, text + at, length - at < piece ? length - at : piece,
				   &fixture->error);
	if (!code)
		code = import_finish(import, &fixture->error, &progress);
	if (code)
		fail_msg("%s", fixture->error.message ? fixture->error.message : err_text(code));
	import_end(import, false);
	return progress;
}

int history_fixture_set_up(void **state, const char *text)
{
	setenv("TZ", "UTC", 1);
	tzset();
	TRY(engine_fixture_set_up(state));
	history_fixture_import(*state, text, strlen(text) + 1);
	return 0;
}

void history_fixture_import_with(struct engine_fixture *fixture,
				 void (*put)(struct json_writer *writer, uint32_t i),
				 uint32_t count)
{
	struct json_writer writer;
	uint32_t i;

	json_writer_init(&writer, 0, NULL, NULL);
	for (i = 0; i < count; i++)
		put(&writer, i);
	buffer_put(&writer.buffer, "", 1);
	history_fixture_import(fixture, (const char *)writer.buffer.data, writer.buffer.length);
	json_writer_clear(&writer);
}

int history_fixture_set_up_with(void **state, void (*put)(struct json_writer *writer, uint32_t i),
				uint32_t count)
{
	TRY(history_fixture_set_up(state, ""));
	history_fixture_import_with(*state, put, count);
	return 0;
}

static void split_query(struct arena *arena, const char *query, struct call *call)
{
	char *rest = arena_strdup(arena, query), *pair, *equals;

	call->query = arena_array(arena, strlen(query) + 1, sizeof(*call->query));
	while ((pair = strsep(&rest, "&"))) {
		equals = strchr(pair, '=');
		assert_non_null(equals);
		*equals = '\0';
		call->query[call->query_count++] = (struct pair){pair, equals + 1};
	}
}

struct request history_fixture_request(struct engine_fixture *fixture, const char *query,
				       const char *body)
{
	struct arena *arena = &fixture->arena;
	struct call *call = arena_alloc(arena, sizeof(*call));
	struct request request = {.engine = &fixture->engine, .arena = arena, .call = call};
	struct json *tree;

	if (query)
		split_query(arena, query, call);
	if (body) {
		assert_int_equal(json_parse(arena, body, strlen(body), &tree), 0);
		request.body = tree;
	}
	return request;
}

const char *history_fixture_answer(struct engine_fixture *fixture, handler handle,
				   const char *query, const char *body)
{
	struct request request = history_fixture_request(fixture, query, body);
	int code = handle(&request);
	const char *answer;

	if (code)
		fail_msg("%s%s: %s", query ? query : "", body ? body : "",
			 request.error.message ? request.error.message : err_text(code));
	answer = arena_strndup(&fixture->arena, (const char *)request.writer.buffer.data,
			       request.writer.buffer.length);
	json_writer_clear(&request.writer);
	return answer;
}

void history_fixture_refused(struct engine_fixture *fixture, handler handle, const char *query,
			     const char *body, int code, const char *message)
{
	struct request request = history_fixture_request(fixture, query, body);

	assert_int_equal(handle(&request), code);
	if (message) {
		assert_non_null(request.error.message);
		assert_string_equal(request.error.message, message);
	}
	json_writer_clear(&request.writer);
}

int history_fixture_count(struct engine_fixture *fixture, const char *body)
{
	const char *answer =
		history_fixture_answer(fixture, history_process_instance_query_count, NULL, body);

	assert_memory_equal(answer, "{\"count\":", 9);
	return atoi(answer + 9);
}

uint64_t history_fixture_number(struct engine_fixture *fixture, const char *id)
{
	struct txn reader = txn_reader(fixture->engine.store, &fixture->arena);
	uint64_t number;

	assert_int_equal(history_find_process(&reader, fixture->engine.history, id, &number), 0);
	return number;
}

const char *history_fixture_export(struct engine_fixture *fixture)
{
	struct json_writer writer;
	const char *text;

	json_writer_init(&writer, 0, NULL, NULL);
	assert_int_equal(export_all(&fixture->engine, &writer), 0);
	text = arena_strndup(&fixture->arena, (const char *)writer.buffer.data,
			     writer.buffer.length);
	json_writer_clear(&writer);
	return text;
}

struct deletion {
	struct history *history;
	uint64_t number;
	const char *id;
};

static int delete_body(struct txn *txn, void *arg)
{
	const struct deletion *deletion = arg;

	return history_delete_one(txn, deletion->history, deletion->id);
}

int history_fixture_delete(struct engine_fixture *fixture, const char *id)
{
	struct deletion deletion = {fixture->engine.history, 0, id};

	return txn_run(fixture->engine.store, &fixture->arena, TXN_DURABLE, delete_body, &deletion);
}

static int delete_variable_body(struct txn *txn, void *arg)
{
	const struct deletion *deletion = arg;
	const union slot *row;

	return variable_delete(txn, deletion->history, deletion->number, deletion->id, &row);
}

int history_fixture_delete_variable(struct engine_fixture *fixture, uint64_t number, const char *id)
{
	struct deletion deletion = {fixture->engine.history, number, id};

	return txn_run(fixture->engine.store, &fixture->arena, TXN_DURABLE, delete_variable_body,
		       &deletion);
}
