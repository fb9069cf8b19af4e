/* What clients see and the operation log keeps of deployments, suspensions and deletions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/api/handler.h"
#include "tests/core/history_fixture.h"
#include "tests/core/operation_number.h"

#define TEST(name)                                                                                 \
	cmocka_unit_test_setup_teardown(name, engine_fixture_set_up, engine_fixture_tear_down)

#define PART(name) "--b\r\nContent-Disposition: form-data; name=\"" name "\""

static const char process[] =
	"<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL' targetNamespace='x' "
	"xmlns:camunda='http://camunda.org/schema/1.0/bpmn'><process id='p' isExecutable='true' "
	"camunda:historyTimeToLive='5'><startEvent id='s' camunda:asyncBefore='true'/></process>"
	"</definitions>";

/* A request of mary's. */
static struct request request_of(struct engine_fixture *fixture, const char *method,
				 const char *path, const char *param, const char *query,
				 const char *body)
{
	struct request request = history_fixture_request(fixture, query, body);
	struct call *call = arena_copy(&fixture->arena, request.call, sizeof(*call));

	call->operation = operation_number(method, path);
	call->user = "mary";
	call->base = "http://h/engine-rest";
	call->type = "multipart/form-data; boundary=b";
	call->params = arena_array(&fixture->arena, 1, sizeof(char *));
	call->params[0] = param;
	call->param_count = param ? 1 : 0;
	request.call = call;
	return request;
}

/* The answer's text, or the words of its error, behind the code in *RET. */
static const char *run(struct request *request, handler handle, int *ret)
{
	const char *text;

	*ret = handle(request);
	if (*ret)
		return request->error.message;
	text = request->writer.buffer.data
		       ? arena_strndup(request->arena, (const char *)request->writer.buffer.data,
				       request->writer.buffer.length)
		       : "";
	json_writer_clear(&request->writer);
	return text;
}

static const char *deploy(struct engine_fixture *fixture, const char *fields, const char *model,
			  int *ret, struct request *ret_request)
{
	const char *body = arena_printf(
		&fixture->arena, "%s" PART("data") "; filename=\"a.bpmn\"\r\n\r\n%s\r\n--b--\r\n",
		fields, model);

	*ret_request = request_of(fixture, "POST", "/deployment/create", NULL, NULL, NULL);
	ret_request->upload = (struct bytes){(const uint8_t *)body, strlen(body)};
	return run(ret_request, deployment_create, ret);
}

/* The value of a member of the first object that has it. */
static const char *member(struct engine_fixture *fixture, const char *answer, const char *key)
{
	const char *at = strstr(answer, arena_printf(&fixture->arena, "\"%s\":\"", key));

	assert_non_null(at);
	at += strlen(key) + 4;
	return arena_strndup(&fixture->arena, at, strcspn(at, "\""));
}

static const char *logged(struct engine_fixture *fixture, const char *query)
{
	return history_fixture_answer(fixture, history_user_operation_list, query, NULL);
}

static void a_deployment_is_answered_and_logged(void **state)
{
	struct engine_fixture *fixture = *state;
	struct request request;
	const char *answer, *id;
	int code;

	answer = deploy(fixture,
			PART("deployment-name") "\r\n\r\nfirst\r\n" PART(
				"deploy-changed-only") "\r\n\r\nTRUE\r\n",
			process, &code, &request);
	assert_int_equal(code, 0);
	id = member(fixture, answer, "href");
	assert_true(strstr(id, "http://h/engine-rest/deployment/") == id);
	assert_string_equal(member(fixture, answer, "name"), "first");
	assert_string_equal(member(fixture, answer, "key"), "p");
	answer = logged(fixture, "operationType=Create");
	assert_string_equal(member(fixture, answer, "entityType"), "Deployment");
	assert_non_null(strstr(answer, "\"property\":\"duplicateFilterEnabled\""));
	assert_non_null(strstr(answer, "\"property\":\"deployChangedOnly\""));
	assert_non_null(strstr(id, member(fixture, answer, "deploymentId")));
}

static void a_refused_model_has_details(void **state)
{
	struct request request;
	const char *words;
	int code;

	words = deploy(*state, "",
		       "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL' "
		       "targetNamespace='x' xmlns:c='http://camunda.org/schema/1.0/bpmn'>\n"
		       "<process id='p' isExecutable='true' c:historyTimeToLive='1'/>"
		       "</definitions>",
		       &code, &request);
	assert_int_equal(code, ERR_PARSE);
	assert_non_null(strstr(words, "* process must define a startEvent element | resource "
				      "a.bpmn | line 2 | column 62"));
	assert_string_equal(request.details,
			    "{\"a.bpmn\":{\"errors\":[{\"message\":\"process must define a "
			    "startEvent element\",\"line\":2,\"column\":62,\"mainElementId\":\"p\","
			    "\"\xd0\xb5lementIds\":[\"p\"]}],\"warnings\":[]}}");
}

static void what_is_no_form_is_refused(void **state)
{
	struct engine_fixture *fixture = *state;
	struct request request =
		request_of(fixture, "POST", "/deployment/create", NULL, NULL, NULL);
	int code;

	request.upload = (struct bytes){(const uint8_t *)"no", 2};
	run(&request, deployment_create, &code);
	assert_int_equal(code, ERR_INVALID);
	assert_string_equal(request.error.message,
			    "No deployment resources contained in the form upload.");
	deploy(fixture, PART("other") "\r\n\r\nx\r\n", process, &code, &request);
	assert_int_equal(code, ERR_INVALID);
	assert_string_equal(request.error.message,
			    "No file name found in the deployment resource described by form "
			    "parameter 'null'.");
	deploy(fixture, PART("deployment-activation-time") "\r\n\r\nsoon\r\n", process, &code,
	       &request);
	assert_int_equal(code, ERR_INVALID);
	assert_string_equal(request.error.message, "Invalid format: \"soon\"");
}

static void a_suspension_and_a_deletion_are_logged(void **state)
{
	struct engine_fixture *fixture = *state;
	struct request request;
	const char *id, *answer;
	int code;

	deploy(fixture, "", process, &code, &request);
	id = member(fixture, history_fixture_answer(fixture, process_definition_list, NULL, NULL),
		    "id");
	request = request_of(fixture, "PUT", "/process-definition/{id}/suspended", id, NULL,
			     "{\"suspended\":true,\"includeProcessInstances\":true}");
	run(&request, process_definition_set_suspended, &code);
	assert_int_equal(code, 0);
	answer = logged(fixture, "operationType=SuspendProcessDefinition");
	assert_string_equal(member(fixture, answer, "processDefinitionId"), id);
	assert_string_equal(member(fixture, answer, "processDefinitionKey"), "p");
	assert_non_null(strstr(answer, "\"property\":\"suspensionState\""));
	assert_non_null(strstr(answer, "\"property\":\"includeProcessInstances\""));
	request =
		request_of(fixture, "DELETE", "/process-definition/{id}", id, "cascade=true", NULL);
	run(&request, process_definition_delete, &code);
	assert_int_equal(code, 0);
	assert_int_equal(request.head.status, 200);
	answer = logged(fixture, "operationType=Delete");
	assert_string_equal(member(fixture, answer, "processDefinitionId"), id);
	assert_string_equal(member(fixture, answer, "orgValue"), "false");
	assert_string_equal(member(fixture, answer, "newValue"), "true");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_deployment_is_answered_and_logged),
		TEST(a_refused_model_has_details),
		TEST(what_is_no_form_is_refused),
		TEST(a_suspension_and_a_deletion_are_logged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
