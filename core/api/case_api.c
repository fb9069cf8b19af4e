/*
 * What is asked of cases (CMMN): there are none, as models of them are not deployed. Clients that
 * show a task, a process or a dashboard ask for them all the same.
 */
#include "core/api/handler.h"

int case_list(struct request *request)
{
	json_open_array(request_answer(request));
	json_close_array(&request->writer);
	return 0;
}

int case_count(struct request *request)
{
	return request_answer_count(request, 0);
}

int case_definition_get(struct request *request)
{
	return request_fail(
		request, ERR_INVALID_404_0,
		"no deployed case definition found with id '%s': caseDefinition is null",
		request->call->params[0]);
}

int case_definition_get_by_key(struct request *request)
{
	return request_fail(request, ERR_REST_404,
			    "No matching case definition with key: %s and no tenant-id",
			    request->call->params[0]);
}

int case_instance_get(struct request *request)
{
	return request_fail(request, ERR_INVALID_404, "Case instance with id %s does not exist.",
			    request->call->params[0]);
}

int case_execution_get(struct request *request)
{
	return request_fail(request, ERR_INVALID_404, "Case execution with id %s does not exist.",
			    request->call->params[0]);
}

int history_case_instance_get(struct request *request)
{
	return request_fail(request, ERR_INVALID_404,
			    "Historic case instance with id '%s' does not exist",
			    request->call->params[0]);
}

int history_case_activity_instance_get(struct request *request)
{
	return request_fail(request, ERR_INVALID_404,
			    "Historic case activity instance with id '%s' does not exist",
			    request->call->params[0]);
}
