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
