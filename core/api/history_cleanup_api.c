/* /history/cleanup: its jobs and its window (semantics.md 3.1). */
#include "core/api/handler.h"
#include "core/history/cleanup_window.h"
#include "core/job/cleanup_explain.h"
#include "core/job/cleanup_job.h"
#include "core/job/job_executor.h"
#include "core/record/row_json.h"

static int read_jobs(struct request *request, struct job *ret, size_t *ret_count)
{
	struct txn reader = txn_reader(request->engine->store, request->arena);

	return cleanup_jobs_get(&reader, ret, ret_count);
}

int history_cleanup_job(struct request *request)
{
	struct job jobs[CLEANUP_JOBS_MAX];
	size_t count;

	TRY(read_jobs(request, jobs, &count));
	if (!count)
		return request_fail(request, ERR_REST_404, "History cleanup job does not exist");
	row_answer(request_answer(request), &job_row_kind, (union slot *)&jobs[0]);
	return 0;
}

int history_cleanup_jobs(struct request *request)
{
	struct job jobs[CLEANUP_JOBS_MAX];
	struct json_writer *writer;
	size_t i, count;

	TRY(read_jobs(request, jobs, &count));
	if (!count)
		return request_fail(request, ERR_REST_404, "History cleanup jobs are empty");
	writer = request_answer(request);
	json_open_array(writer);
	for (i = 0; i < count; i++)
		row_answer(writer, &job_row_kind, (union slot *)&jobs[i]);
	json_close_array(writer);
	return 0;
}

int history_cleanup_start(struct request *request)
{
	bool immediately = request_flag(request, "immediatelyDue", true);
	struct job job;
	int code;

	if (!request->engine->config->history_cleanup_enabled)
		return request_fail(request, ERR_BAD_USER_REQUEST,
				    "History cleanup is disabled for this engine");
	code = cleanup_jobs_schedule(request, immediately, &job);
	job_executor_wake(request->engine->executor);
	/* without a window nothing was made: the original fails on the missing job */
	if (code == ERR_NOT_FOUND)
		return request_fail(request, ERR_NULL_POINTER,
				    "no batch window is configured: there is no history cleanup "
				    "job to schedule");
	TRY(code);
	row_answer(request_answer(request), &job_row_kind, (union slot *)&job);
	return 0;
}

int history_cleanup_configuration(struct request *request)
{
	const struct config *config = request->engine->config;
	struct json_writer *writer = request_answer(request);
	struct cleanup_window window = {TIME_NULL, TIME_NULL};

	if (!cleanup_window_current_or_next(config, clock_now(), &window))
		window.start = window.end = TIME_NULL;
	json_open_object(writer);
	json_key_time(writer, "batchWindowStartTime", window.start);
	json_key_time(writer, "batchWindowEndTime", window.end);
	json_key_bool(writer, "enabled", config->history_cleanup_enabled);
	if (request_flag(request, "explain", false))
		TRY(cleanup_explain(request, writer));
	json_close_object(writer);
	return 0;
}
