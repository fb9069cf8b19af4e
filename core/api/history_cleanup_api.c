/* /history/cleanup: there are no cleanup jobs yet, and that is what it says (semantics.md 3.1). */
#include "core/api/handler.h"

int history_cleanup_job(struct request *request)
{
	return request_fail(request, ERR_REST_404, "History cleanup job does not exist");
}

int history_cleanup_jobs(struct request *request)
{
	return request_fail(request, ERR_REST_404, "History cleanup jobs are empty");
}
