/* /variable-instance: the variables of running process instances. */
#include "core/api/handler.h"
#include "core/api/value_answer.h"
#include "core/query/query.h"
#include "core/record/row_json.h"
#include "core/runtime/kinds.h"
#include "core/runtime/variable_instance_query.h"

static const struct list_source source = {&running_variable_resource, running_variable_check,
					  running_variable_offer, NULL};

int variable_instance_list(struct request *request)
{
	return list_answer_params(request, &source, false);
}

int variable_instance_query(struct request *request)
{
	return list_answer_body(request, &source, false);
}

int variable_instance_count(struct request *request)
{
	return list_answer_params(request, &source, true);
}

int variable_instance_query_count(struct request *request)
{
	return list_answer_body(request, &source, true);
}

static int find_row(struct request *request, union slot **ret)
{
	const char *id = request->call->params[0];
	int code = running_variable_get(request, id, ret);

	if (code == ERR_NOT_FOUND)
		return request_fail(request, ERR_INVALID_404,
				    "Variable instance with Id '%s' does not exist.", id);
	return code;
}

int variable_instance_get(struct request *request)
{
	union slot *row;

	TRY(find_row(request, &row));
	value_show(request->arena, &running_variable_kind, row,
		   request_flag(request, "deserializeValue", true) ? SHOW_DESERIALISED : 0);
	row_answer(request_answer(request), &running_variable_kind, row);
	return 0;
}

int variable_instance_data(struct request *request)
{
	union slot *row;

	TRY(find_row(request, &row));
	return value_answer_bytes(request, &running_variable_kind, row, request->call->params[0]);
}
