/* The user operation log: what an operation leaves, and what an import holds up. */
#include "core/history/operation_log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "core/api/handler.h"
#include "tests/core/history_fixture.h"
#include "tests/core/operation_number.h"

#define TEST(name)                                                                                 \
	cmocka_unit_test_setup_teardown(name, engine_fixture_set_up, engine_fixture_tear_down)

static int write_body(struct txn *txn, void *arg)
{
	struct logged_operation operation = {.type = "Delete", .entity = "Batch", .batch_id = "b1"};

	operation_add_flag(&operation, "cascadeToHistory", true);
	operation_add_number(&operation, txn->arena, "nrOfInstances", 7);
	return operation_log_write(txn, arg, &operation);
}

static void write(struct engine_fixture *f, const char *user)
{
	struct request request = history_fixture_request(f, NULL, NULL);
	struct call call = *request.call;

	call.user = user;
	request.call = &call;
	assert_int_equal(operation_log_run(&request, TXN_DURABLE, write_body, &request), 0);
}

static const char *listed(struct engine_fixture *f, const char *query)
{
	return history_fixture_answer(f, history_user_operation_list, query, NULL);
}

static int count(struct engine_fixture *f)
{
	const char *at = listed(f, NULL);
	int n = 0;

	while ((at = strstr(at, "\"operationType\":\"Delete\""))) {
		at++;
		n++;
	}
	return n;
}

static void each_property_has_an_entry(void **state)
{
	struct engine_fixture *f = *state;
	const char *text;

	write(f, "mary");
	assert_int_equal(count(f), 2);
	text = listed(f, "property=nrOfInstances&userId=mary");
	assert_non_null(strstr(text, "\"newValue\":\"7\""));
	assert_non_null(strstr(text, "\"batchId\":\"b1\""));
	assert_non_null(strstr(text, "\"entityType\":\"Batch\""));
	assert_non_null(strstr(text, "\"category\":\"Operator\""));
	assert_null(strstr(text, "cascadeToHistory"));
	assert_non_null(strstr(history_fixture_export(f), "\"userOperation\":{"));
}

static void without_a_user_nothing_is_written(void **state)
{
	struct engine_fixture *f = *state;

	write(f, NULL);
	assert_int_equal(count(f), 0);
}

static const char line[] = "{\"userOperation\":{\"id\":\"o\",\"operationType\":\"Claim\"}}\n";

static void an_import_holds_entries_up_to_its_end(void **state)
{
	struct engine_fixture *f = *state;
	const struct import_options options = {.name = ""};
	struct import_progress progress;
	struct archive *archive = f->engine.history->operations;
	struct import *import;
	int i;

	assert_int_equal(
		import_begin(&import, &f->engine, &options, &f->arena, &f->error, &progress), 0);
	for (i = 0; archive_next(archive) == archive_visible(archive); i++) {
		const char *text = arena_printf(&f->arena,
						"{\"userOperation\":{\"id\":\"o%d\","
						"\"operationType\":\"Claim\"}}\n",
						i);

		assert_true(i < 100000); /* some are stored before the end */
		assert_int_equal(import_feed(import, text, strlen(text), &f->error), 0);
	}
	write(f, "mary");
	assert_int_equal(count(f), 0);
	import_end(import, true);
	assert_int_equal(operation_log_settle(&f->engine, &f->arena), 0);
	assert_int_equal(count(f), 2);
	history_fixture_import(f, line, strlen(line));
	assert_int_equal(count(f), 2);
	assert_non_null(strstr(listed(f, "operationType=Claim"), "\"id\":\"o\""));
}

static void entries_are_there_after_a_restart(void **state)
{
	struct engine_fixture *f = *state;
	struct archive *archive;

	write(f, "mary");
	engine_fixture_reopen(f);
	archive = f->engine.history->operations;
	assert_int_equal(archive_next(archive), archive_visible(archive));
	assert_int_equal(count(f), 2);
}

static const char history[] =
	"{\"processDefinition\":{\"id\":\"order:1:x\",\"key\":\"order\",\"version\":1,"
	"\"deploymentId\":\"d1\",\"resource\":\"order.bpmn\",\"historyTimeToLive\":5}}\n"
	"{\"decisionDefinition\":{\"id\":\"rate:1:y\",\"key\":\"rate\",\"version\":1,"
	"\"deploymentId\":\"d1\",\"resource\":\"rate.dmn\"}}\n"
	"{\"processInstance\":{\"id\":\"a\",\"processDefinitionKey\":\"order\","
	"\"processDefinitionId\":"
	"\"order:1:x\",\"rootProcessInstanceId\":\"a\",\"startTime\":\"2024-01-01T00:00:00.000+"
	"0000\","
	"\"endTime\":\"2024-01-02T00:00:00.000+0000\",\"state\":\"COMPLETED\"},\"variables\":["
	"{\"id\":\"v1\",\"name\":\"colour\",\"type\":\"String\",\"value\":\"red\","
	"\"processDefinitionKey\":\"order\",\"processDefinitionId\":\"order:1:x\","
	"\"executionId\":\"e1\",\"rootProcessInstanceId\":\"a\"},"
	"{\"id\":\"v2\",\"name\":\"size\",\"type\":\"Integer\",\"value\":7}]}\n";

/* Mary asks HANDLE for what ID names. */
static void ask(struct engine_fixture *f, handler handle, const char *id, const char *body)
{
	struct request request = history_fixture_request(f, NULL, body);
	struct call call = *request.call;

	call.user = "mary";
	call.operation = operation_number("PUT", "/process-definition/{id}/history-time-to-live");
	call.params = &id;
	call.param_count = 1;
	request.call = &call;
	assert_int_equal(handle(&request), 0);
	json_writer_clear(&request.writer);
}

/* The entries of one type: as many as PARTS (NULL at the end), each with one of them. */
static void entries_are(struct engine_fixture *f, const char *query, const char *const *parts)
{
	const char *text = listed(f, query), *at = text;
	size_t i, n = 0;

	for (i = 0; parts[i]; i++)
		if (!strstr(text, parts[i]))
			fail_msg("%s: no %s in %s", query, parts[i], text);
	while ((at = strstr(at, "\"operationType\"")) && ++at)
		n++;
	assert_int_equal(n, i);
}

static void single_changes_are_logged(void **state)
{
	static const struct {
		handler handle;
		const char *id, *body, *query;
		const char *parts[4];
	} rows[] = {
		{process_definition_set_history_time_to_live,
		 "order:1:x", "{\"historyTimeToLive\":9}",
		 "entityType=ProcessDefinition&operationType=UpdateHistoryTimeToLive",  {"\"property\":\"historyTimeToLive\",\"orgValue\":\"5\",\"newValue\":\"9\","
		  "\"deploymentId\":\"d1\",\"processDefinitionId\":\"order:1:x\","
		  "\"processDefinitionKey\":\"order\""}                 },
		{decision_definition_set_history_time_to_live,
		 "rate:1:y",  "{\"historyTimeToLive\":9}",
		 "entityType=DecisionDefinition&operationType=UpdateHistoryTimeToLive", {"\"property\":\"historyTimeToLive\",\"orgValue\":null,\"newValue\":\"9\"",
		  "\"property\":\"decisionDefinitionId\",\"orgValue\":null,\"newValue\":\"rate:1:"
		  "y\"",
		  "\"property\":\"decisionDefinitionKey\",\"orgValue\":null,\"newValue\":"
		  "\"rate\""}					  },
		{history_variable_instance_delete,
		 "v1",        NULL,
		 "entityType=Variable&property=name",				   {"\"newValue\":\"colour\",\"deploymentId\":\"d1\",\"processDefinitionId\":\"order:"
		  "1:x\","
		  "\"processDefinitionKey\":\"order\",\"processInstanceId\":\"a\",\"executionId\":"
		  "\"e1\""}									      },
		{history_process_instance_delete_variable_instances,
		 "a",         NULL,
		 "entityType=Variable&operationType=Delete",			    {NULL}								},
		{history_process_instance_delete,
		 "a",         NULL,
		 "entityType=ProcessInstance&operationType=DeleteHistory",              {"\"property\":\"nrOfInstances\",\"orgValue\":null,\"newValue\":\"1\"",
		  "\"property\":\"async\",\"orgValue\":null,\"newValue\":\"false\""}},
	};
	struct engine_fixture *f = *state;
	size_t i;

	history_fixture_import(f, history, 65536);
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		ask(f, rows[i].handle, rows[i].id, rows[i].body);
		entries_are(f, rows[i].query, rows[i].parts);
	}
	/* that of all variables names no property */
	assert_non_null(strstr(listed(f, "entityType=Variable"),
			       "\"property\":null,\"orgValue\":null,\"newValue\":null,"
			       "\"deploymentId\":\"d1\""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_property_has_an_entry),
		TEST(without_a_user_nothing_is_written),
		TEST(an_import_holds_entries_up_to_its_end),
		TEST(entries_are_there_after_a_restart),
		TEST(single_changes_are_logged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
