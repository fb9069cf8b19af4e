/* Tasks that users make: what is taken and refused, and what the user operation log says. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "core/api/handler.h"
#include "tests/core/history_fixture.h"

#define TEST(name)                                                                                 \
	cmocka_unit_test_setup_teardown(name, engine_fixture_set_up, engine_fixture_tear_down)

/* Runs HANDLE for the user mary and the task ID; the code. */
static int ask(struct engine_fixture *f, handler handle, const char *id, const char *body,
	       const char **ret_message)
{
	struct request request = history_fixture_request(f, NULL, body);
	struct call *call = (struct call *)(uintptr_t)request.call;
	int code;

	call->user = "mary";
	call->params = &id;
	call->param_count = 1;
	code = handle(&request);
	if (ret_message)
		*ret_message = request.error.message;
	json_writer_clear(&request.writer);
	return code;
}

static void done(struct engine_fixture *f, handler handle, const char *id, const char *body)
{
	const char *message = NULL;

	if (ask(f, handle, id, body, &message))
		fail_msg("%s: %s", body ? body : id, message ? message : "?");
}

static void refused(struct engine_fixture *f, handler handle, const char *id, const char *body,
		    int code, const char *message)
{
	const char *said = NULL;

	assert_int_equal(ask(f, handle, id, body, &said), code);
	if (message)
		assert_string_equal(said, message);
}

static void expect(struct engine_fixture *f, handler handle, const char *query, const char *answer)
{
	assert_string_equal(history_fixture_answer(f, handle, query, NULL), answer);
}

static void what_users_do_is_logged(void **state)
{
	struct engine_fixture *f = *state;

	done(f, task_create_by_user, NULL,
	     "{\"id\":\"a\",\"name\":\"A\",\"assignee\":\"x\",\"priority\":50}");
	expect(f, history_user_operation_count, "operationType=Create&taskId=a", "{\"count\":2}");
	expect(f, history_user_operation_count, "property=name", "{\"count\":1}");
	done(f, task_update, "a", "{\"name\":\"B\",\"assignee\":\"x\",\"priority\":50}");
	expect(f, history_user_operation_count, "operationType=Update", "{\"count\":1}");
	done(f, task_claim, "a", "{\"userId\":\"x\"}");
	done(f, task_complete_by_id, "a", "{\"variables\":{\"v\":{\"value\":1}}}");
	expect(f, history_user_operation_count, "operationType=Complete&taskId=a", "{\"count\":1}");
	expect(f, history_variable_instance_count, NULL, "{\"count\":0}"); /* lost */
	done(f, task_create_by_user, NULL, "{\"id\":\"b\"}");
	done(f, task_delete_by_id, "b", NULL);
	expect(f, history_user_operation_count, "operationType=Delete&taskId=b", "{\"count\":1}");
	expect(f, history_task_count, "taskDeleteReason=deleted", "{\"count\":1}");
	done(f, task_delete_by_id, "b", NULL); /* there being none is no failure */
	expect(f, history_user_operation_count, "operationType=Delete", "{\"count\":1}");
}

static void bad_tasks_leave_nothing(void **state)
{
	static const struct {
		const char *body;
		int code;
		const char *message;
	} rows[] = {
		{"{\"delegationState\":\"none\"}", ERR_INVALID,
		 "Valid values for property 'delegationState' are 'PENDING' or 'RESOLVED', but was "
		 "'none'"									 },
		{"{\"parentTaskId\":\"p\"}",       ERR_INVALID_0,
		 "Could not save task: Parent task with id 'p' does not exist: parentTask is null"},
		{"{\"id\":\"old\"}",               ERR_BAD_USER_REQUEST,
		 "A task with id 'old' cannot be created: the id is taken"                        },
		{"{\"due\":\"soon\"}",             ERR_INPUT,            NULL                     },
		{"{\"priority\":[]}",              ERR_INPUT,            NULL                     },
		{"{\"id\":{}}",                    ERR_INPUT,            NULL                     },
	};
	struct engine_fixture *f = *state;
	size_t i;

	history_fixture_import(
		f,
		"{\"processInstance\":{\"id\":\"i\",\"startTime\":"
		"\"2024-01-01T10:00:00.000+0000\"},\"tasks\":[{\"id\":\"old\",\"startTime\":"
		"\"2024-01-01T10:00:00.000+0000\"}]}\n",
		100);
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		refused(f, task_create_by_user, NULL, rows[i].body, rows[i].code, rows[i].message);
	expect(f, task_count, NULL, "{\"count\":0}");
	expect(f, history_task_count, NULL, "{\"count\":1}");
}

static void without_a_process_some_things_cannot_be_done(void **state)
{
	struct engine_fixture *f = *state;

	done(f, task_create_by_user, NULL, "{\"id\":\"a\"}");
	refused(f, task_bpmn_error_by_id, "a", "{\"errorCode\":\"e\"}", ERR_ENGINE,
		"ENGINE-13033 Propagation of bpmn error e failed. ");
	refused(f, task_bpmn_escalation_by_id, "a", "{\"escalationCode\":\"e\"}",
		ERR_BAD_USER_REQUEST, NULL);
	refused(f, task_rendered_form, "a", NULL, ERR_NULL_VALUE, NULL);
	refused(f, task_deployed_form, "a", NULL, ERR_INVALID, NULL);
	done(f, task_form, "a", NULL);
	done(f, task_form_variables, "a", NULL);
	done(f, task_submit_form, "a", "{\"variables\":{\"v\":{\"value\":\"t\"}}}");
	expect(f, history_variable_instance_count, "taskIdIn=a", "{\"count\":1}");
	expect(f, history_detail_count, "formFields=true", "{\"count\":0}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_users_do_is_logged),
		TEST(bad_tasks_leave_nothing),
		TEST(without_a_process_some_things_cannot_be_done),
	};

	return cmocka_run_group_tests_name("task_api", tests, NULL, NULL);
}
