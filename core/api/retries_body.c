#include "core/api/retries_body.h"

#include "core/record/kind.h"

int retries_read(struct request *request, int64_t *ret)
{
	const struct json *retries = json_present(request->body, "retries");

	*ret = INT_NULL;
	return retries ? json_to_int(retries, INT_NULL, true, ret) : 0;
}

const char *retries_configuration(struct request *request, int64_t retries)
{
	const struct json *due_date = json_member(request->body, "dueDate");
	int64_t time = TIME_NULL;

	if (!due_date)
		return arena_printf(request->arena, "{\"retries\":%lld}", (long long)retries);
	if (json_to_time(due_date, &time))
		return NULL;
	if (time == TIME_NULL)
		return arena_printf(request->arena, "{\"retries\":%lld,\"dueDate\":null}",
				    (long long)retries);
	return arena_printf(request->arena, "{\"retries\":%lld,\"dueDate\":%lld}",
			    (long long)retries, (long long)time);
}

int retries_create_batch(struct request *request, struct batch_plan *plan, int64_t retries)
{
	if (!target_count(&plan->target))
		return request_fail(request, ERR_INVALID, "jobIds is empty");
	if (retries < 0)
		return request_fail(request, ERR_ENGINE,
				    "Retries count is not greater than or equal to 0");
	batch_plan_operation(plan, request->arena, "SetJobRetries", "Job");
	operation_add_number(&plan->operation, request->arena, "retries", retries);
	return batch_create(request, plan);
}
