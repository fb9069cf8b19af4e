/* /history/cleanup: its jobs and its window (semantics.md 3.1). */
#include "core/api/handler.h"
#include "core/history/cleanup_window.h"
#include "core/job/cleanup_explain.h"
#include "core/job/cleanup_job.h"
#include "core/job/job_executor.h"
#include "core/record/row_json.h"

/* The first job that there is from *INDEX on; *INDEX goes behind it. ERR_NOT_FOUND. */
static int next_job(struct request *request, uint64_t *index, struct job *ret)
{
	struct txn reader = txn_reader(request->engine->store, request->arena);

	while (*index < CLEANUP_JOBS_MAX) {
		int code = cleanup_job_get(&reader, (*index)++, ret);

		if (code != ERR_NOT_FOUND)
			return code;
	}
	return ERR_NOT_FOUND;
}

static int answer_first(struct request *request)
{
	struct job job;
	uint64_t index = 0;

	TRY(next_job(request, &index, &job));
	row_answer(request_answer(request), &job_row_kind, (union slot *)&job);
	return 0;
}

int history_cleanup_job(struct request *request)
{
	int code = answer_first(request);

	return code == ERR_NOT_FOUND
		       ? request_fail(request, ERR_REST_404, "History cleanup job does not exist")
		       : code;
}

int history_cleanup_jobs(struct request *request)
{
	struct json_writer *writer;
	struct job job;
	uint64_t index = 0;
	int code = next_job(request, &index, &job);

	if (code == ERR_NOT_FOUND)
		return request_fail(request, ERR_REST_404, "History cleanup jobs are empty");
	TRY(code);
	writer = request_answer(request);
	json_open_array(writer);
	for (; !code; code = next_job(request, &index, &job))
		row_answer(writer, &job_row_kind, (union slot *)&job);
	json_close_array(writer);
	return code == ERR_NOT_FOUND ? 0 : code;
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
