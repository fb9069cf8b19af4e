#include "core/job/cleanup_job.h"

#include <string.h>

#include "core/history/cleanup.h"
#include "core/history/cleanup_window.h"
#include "core/history/due.h"
#include "core/history/history.h"
#include "core/history/job_log_entry.h"
#include "core/job/history_batch.h"
#include "core/job/loose_job.h"
#include "core/json/date.h"
#include "core/metric/metric.h"
#include "core/query/query.h"

enum {
	PAUSE_FIRST = 10 * 1000, /* ms between runs that removed nothing; doubles each time */
	PAUSE_MAX = 3600 * 1000,
	PAUSE_STEPS = 9,
	BATCHES_AT_ONCE = 100,
	LOGS_AT_ONCE = 1000,
	HOUR_MINUTES = 60,
	LEAST_AT_ONCE = 32 * 1024, /* instances: fewer cost as much */
	MOST_AT_ONCE = 256 * 1024, /* unless the executor wants more */
	LOOKS = 64,                /* at all rows, of a clean-up of all of them */
};

int cleanup_job_get(struct txn *txn, uint64_t index, struct job *ret)
{
	struct batch none;

	TRY(batch_get(txn, 0, &none));
	return job_get(txn, &none, JOB_CLEANUP, index, ret);
}

static bool is_before(const struct job *a, const struct job *b)
{
	return a->minute_from < b->minute_from;
}

int cleanup_jobs_get(struct txn *txn, struct job *ret, size_t *ret_count)
{
	size_t count = 0, at;
	uint64_t index;

	for (index = 0; index < CLEANUP_JOBS_MAX; index++) {
		struct job job;
		int code = cleanup_job_get(txn, index, &job);

		if (code && code != ERR_NOT_FOUND)
			return code;
		if (code)
			continue;
		for (at = count++; at && is_before(&job, &ret[at - 1]); at--)
			ret[at] = ret[at - 1];
		ret[at] = job;
	}
	*ret_count = count;
	return 0;
}

static int64_t retries_of(const struct config *config)
{
	return config->history_cleanup_default_number_of_retries == SETTING_NULL
		       ? config->default_number_of_retries
		       : config->history_cleanup_default_number_of_retries;
}

static int forget_failure(struct txn *txn, struct engine *engine, struct batch *none,
			  struct job *job)
{
	job->exception_message = job->stacktrace = NULL;
	job->last_failure = 0;
	job->failed_runs = 0;
	job->retry_time = TIME_NULL;
	return job_set_retries(txn, engine, none, job, retries_of(engine->config));
}

/* A scheduling under way. */
struct scheduling {
	struct engine *engine;
	struct request *request; /* NULL at the start */
	bool immediately;
	int64_t now;
	struct job *first; /* becomes the first job; without an id: none */
};

/* The job at PLACE of those wanted gets its share of the hour. */
static void set_minutes(const struct scheduling *scheduling, struct job *job, int64_t place)
{
	int64_t count = scheduling->engine->config->history_cleanup_degree_of_parallelism;
	int64_t minutes = HOUR_MINUTES / count;

	job->minute_from = place * minutes;
	job->minute_to = place + 1 == count ? HOUR_MINUTES - 1 : job->minute_from + minutes - 1;
}

/* It gets its minutes and a due date, and is active. */
static int schedule_job(struct txn *txn, const struct scheduling *scheduling, struct batch *none,
			struct job *job, int64_t place)
{
	const struct config *config = scheduling->engine->config;
	struct cleanup_window window;

	set_minutes(scheduling, job, place);

	job->immediately_due = job->under_way = scheduling->immediately;
	job->count_empty_runs = 0;
	job->suspended = 0;
	job->due_date = scheduling->now;
	if (!scheduling->immediately)
		job->due_date = cleanup_window_current_or_next(config, scheduling->now, &window)
					? window.start
					: TIME_NULL;
	return forget_failure(txn, scheduling->engine, none, job);
}

static int new_job(struct txn *txn, const struct scheduling *scheduling, struct batch *none,
		   uint64_t index, int64_t place, struct job *ret)
{
	memcpy(ret, row_new(txn->arena, &job_row_kind), sizeof(*ret));
	ret->id = job_id(txn->arena, txn->store, 0, JOB_CLEANUP, index);
	ret->kind = JOB_CLEANUP;
	ret->index = (int64_t)index;
	ret->retries = 1; /* until it is scheduled */
	ret->sequence = ret->incident = ret->last_failure = 0;
	ret->priority = scheduling->engine->config->history_cleanup_job_priority;
	ret->create_time = scheduling->now;
	TRY(schedule_job(txn, scheduling, none, ret, place));
	return loose_job_log(txn, scheduling->engine, ret, JOB_LOG_CREATION, scheduling->now);
}

static bool is_schedulable(const struct scheduling *scheduling)
{
	return scheduling->immediately || cleanup_window_configured(scheduling->engine->config);
}

static int suspend_job(struct txn *txn, struct batch *none, struct job *job)
{
	job->suspended = 1;
	job->under_way = 0;
	job->due_date = TIME_NULL;
	return job_put(txn, none, job);
}

/* What was started by hand and has not come to its end goes on after a restart. */
static bool goes_on(const struct scheduling *scheduling, const struct job *job)
{
	return !scheduling->request && job->immediately_due == 1 && job->under_way == 1 &&
	       job->suspended != 1;
}

static void bound(int64_t *time, int64_t now)
{
	if (*time != TIME_NULL && *time > now)
		*time = now;
}

/* With the minutes of the settings, and not when a clock would say that was ahead. */
static int go_on(struct txn *txn, const struct scheduling *scheduling, struct batch *none,
		 struct job *job, int64_t place)
{
	if (place < scheduling->engine->config->history_cleanup_degree_of_parallelism)
		set_minutes(scheduling, job, place);
	bound(&job->due_date, scheduling->now);
	bound(&job->retry_time, scheduling->now);
	return job_put(txn, none, job);
}

static int delete_surplus(struct txn *txn, const struct scheduling *scheduling, struct batch *none,
			  struct job *job)
{
	TRY(loose_job_log(txn, scheduling->engine, job, JOB_LOG_DELETION, scheduling->now));
	return job_end(txn, none, job, true, scheduling->now);
}

/* What becomes of the job at PLACE: scheduled anew, suspended or deleted. */
static int bring_in_line(struct txn *txn, const struct scheduling *scheduling, struct batch *none,
			 struct job *job, int64_t place)
{
	const struct config *config = scheduling->engine->config;

	if (place >= config->history_cleanup_degree_of_parallelism && is_schedulable(scheduling))
		return delete_surplus(txn, scheduling, none, job);
	if (goes_on(scheduling, job))
		return go_on(txn, scheduling, none, job, place);
	if (!is_schedulable(scheduling))
		return suspend_job(txn, none, job);
	TRY(schedule_job(txn, scheduling, none, job, place));
	return job_put(txn, none, job);
}

/* Behind those that are there; each takes the first index that is free. */
static int add_missing(struct txn *txn, const struct scheduling *scheduling, struct batch *none,
		       int64_t place)
{
	int64_t count = scheduling->engine->config->history_cleanup_degree_of_parallelism;
	uint64_t index;
	struct job job;

	for (index = 0; place < count && index < CLEANUP_JOBS_MAX; index++) {
		int code = job_get(txn, none, JOB_CLEANUP, index, &job);

		if (code && code != ERR_NOT_FOUND)
			return code;
		if (!code)
			continue;
		TRY(new_job(txn, scheduling, none, index, place++, &job));
		TRY(job_put(txn, none, &job));
	}
	return 0;
}

static int schedule_all(struct txn *txn, const struct scheduling *scheduling)
{
	struct job jobs[CLEANUP_JOBS_MAX];
	struct batch none;
	size_t i, count;

	TRY(batch_get(txn, 0, &none));
	TRY(cleanup_jobs_get(txn, jobs, &count));
	for (i = 0; i < count; i++)
		TRY(bring_in_line(txn, scheduling, &none, &jobs[i], (int64_t)i));
	if (is_schedulable(scheduling))
		TRY(add_missing(txn, scheduling, &none, (int64_t)count));
	TRY(cleanup_jobs_get(txn, jobs, &count));
	scheduling->first->id = NULL;
	if (count)
		*scheduling->first = jobs[0];
	return 0;
}

static int schedule_body(struct txn *txn, void *arg)
{
	const struct scheduling *scheduling = arg;
	struct logged_operation operation = {.type = "CreateHistoryCleanupJobs", .entity = "Job"};

	TRY(schedule_all(txn, scheduling));
	if (!scheduling->request)
		return 0;
	operation_add_flag(&operation, "immediatelyDue", scheduling->immediately);
	return operation_log_write(txn, scheduling->request, &operation);
}

int cleanup_jobs_schedule(struct request *request, bool immediately, struct job *ret_first)
{
	struct scheduling scheduling = {request->engine, request, immediately, clock_now(),
					ret_first};

	TRY(operation_log_run(request, TXN_DURABLE | TXN_FREES, schedule_body, &scheduling));
	return ret_first->id ? 0 : ERR_NOT_FOUND;
}

int cleanup_jobs_start(struct engine *engine, struct arena *arena)
{
	struct job first;
	struct scheduling scheduling = {engine, NULL, false, clock_now(), &first};

	return engine->config->history_cleanup_enabled
		       ? txn_run(engine->store, arena, TXN_LAZY, schedule_body, &scheduling)
		       : 0;
}

/* Batches whose time has come; running ones only by their removal time. */
static bool batch_is_due(const struct config *config, const struct history_batch *batch,
			 int64_t now)
{
	int64_t days;

	if (config->history_cleanup_strategy == CLEANUP_REMOVAL_TIME_BASED)
		return batch->removal_time != TIME_NULL && batch->removal_time <= now;
	days = history_batch_time_to_live(config, batch->type);
	return batch->end_time != TIME_NULL && batch->end_time < due_limit(now, days);
}

static int clean_batches(struct txn *txn, struct engine *engine, struct cleanup_run *run)
{
	struct history_batch batch;
	uint64_t number = 0;
	int code;

	while (!(code = history_batch_next(txn, number, &batch))) {
		number = (uint64_t)batch.number + 1;
		if (batch.hidden == 1 || !batch_is_due(engine->config, &batch, run->now))
			continue;
		TRY(history_batch_remove(txn, &batch));
		if (++run->batches == BATCHES_AT_ONCE) {
			run->more = true;
			return 0;
		}
	}
	return code == ERR_NOT_FOUND ? 0 : code;
}

int cleanup_count_batches(struct txn *reader, const struct engine *engine, int64_t now,
			  uint64_t *ret)
{
	struct arena_mark mark = arena_mark(reader->arena);
	struct history_batch batch;
	uint64_t number = 0;
	int code;

	*ret = 0;
	while (!(code = history_batch_next(reader, number, &batch))) {
		number = (uint64_t)batch.number + 1;
		*ret += batch.hidden != 1 && batch_is_due(engine->config, &batch, now);
		arena_rewind(reader->arena, mark);
	}
	return code == ERR_NOT_FOUND ? 0 : code;
}

static int64_t pause_after(int64_t times)
{
	int64_t pause = (int64_t)PAUSE_FIRST << (times < PAUSE_STEPS ? times : PAUSE_STEPS);

	return pause < PAUSE_MAX ? pause : PAUSE_MAX;
}

void cleanup_job_failed(struct job *job, int64_t now)
{
	int64_t failed = job->failed_runs < 0 ? 0 : job->failed_runs;

	job->failed_runs = failed + 1;
	job->retry_time = now + pause_after(failed);
}

/* When the next run is due; TIME_NULL: the job is suspended. */
static int64_t next_due(const struct config *config, const struct cleanup_run *run, struct job *job)
{
	int64_t pause = pause_after(job->count_empty_runs);
	struct cleanup_window window;

	if (run->more) {
		job->count_empty_runs = 0;
		return run->now;
	}
	if (cleanup_window_is_open(config, run->now) &&
	    cleanup_window_is_open(config, run->now + pause)) {
		job->count_empty_runs++;
		return run->now + pause;
	}
	job->count_empty_runs = 0;
	return cleanup_window_next(config, run->now, &window) ? window.start : TIME_NULL;
}

/* Where removal times decide, it is counted, too, that nothing went. */
static int count_removed(struct txn *txn, const struct config *config,
			 const struct cleanup_run *run)
{
	const struct {
		enum metric metric;
		uint64_t count;
	} counts[] = {
		{METRIC_REMOVED_PROCESS_INSTANCES,  run->processes},
		{METRIC_REMOVED_DECISION_INSTANCES, run->decisions},
		{METRIC_REMOVED_BATCH_OPERATIONS,   run->batches  },
	};
	bool zeros = config->history_cleanup_strategy == CLEANUP_REMOVAL_TIME_BASED;
	size_t i;

	for (i = 0; config->history_cleanup_metrics_enabled && i < ARRAY_SIZE(counts); i++)
		if (counts[i].count || zeros)
			TRY(metric_add(txn, counts[i].metric, (int64_t)counts[i].count, run->now));
	return 0;
}

/* Whether the job is the first one that is there: those before it may have been deleted. */
static int is_first(struct txn *txn, const struct job *job, bool *ret)
{
	struct job jobs[CLEANUP_JOBS_MAX];
	size_t count;

	TRY(cleanup_jobs_get(txn, jobs, &count));
	*ret = count && jobs[0].index == job->index;
	return 0;
}

/* Entries of no instance and no batch have nothing but a removal time. */
static int clean_job_logs(struct txn *txn, struct engine *engine, struct cleanup_run *run)
{
	if (engine->config->history_cleanup_strategy != CLEANUP_REMOVAL_TIME_BASED)
		return 0;
	TRY(job_log_clean_loose(txn, engine->history, run->now, LOGS_AT_ONCE, &run->job_logs));
	run->more |= run->job_logs == LOGS_AT_ONCE;
	return 0;
}

/* What is due goes; the first job does what is not split by minutes. */
static int clean(struct txn *txn, struct engine *engine, const struct job *job,
		 struct cleanup_run *run)
{
	bool first;

	TRY(cleanup(txn, engine, run));
	TRY(is_first(txn, job, &first));
	if (first) {
		TRY(clean_batches(txn, engine, run));
		TRY(clean_job_logs(txn, engine, run));
	}
	return count_removed(txn, engine->config, run);
}

/* After a run that went well. */
static int schedule_next(struct txn *txn, const struct engine *engine, struct batch *none,
			 struct job *job, const struct cleanup_run *run)
{
	int64_t due_date = next_due(engine->config, run, job);

	job->under_way = run->more;
	job->suspended = due_date == TIME_NULL; /* one that was run by hand is active again */
	if (!job->suspended)
		job->due_date = due_date;
	return job_put(txn, none, job);
}

/* What will not be better for waiting, and is no fault of the machine. */
static bool is_failure(int code)
{
	return code == ERR_CORRUPT || code == ERR_NOT_FOUND || code == ERR_EXISTS;
}

/* A run looks for what belongs to its instances at all rows: the more there are, the more it takes.
 */
static uint64_t least_at_once(const struct history *history)
{
	uint64_t rows = archive_visible(history->processes) + archive_visible(history->decisions);
	uint64_t least = rows / LOOKS;

	if (least < LEAST_AT_ONCE)
		return LEAST_AT_ONCE;
	return least < MOST_AT_ONCE ? least : MOST_AT_ONCE;
}

int cleanup_job_run(struct txn *txn, struct engine *engine, struct batch *none, struct job *job,
		    uint64_t most, int64_t now, struct job_failure *failure)
{
	uint64_t least = least_at_once(engine->history);
	struct cleanup_run run = {.now = now,
				  .most = most < least ? least : most,
				  .minute_from = (int)job->minute_from,
				  .minute_to = (int)job->minute_to};
	int code = 0;

	failure->job = (uint64_t)job->index;
	if (job->immediately_due || cleanup_window_is_open(engine->config, now))
		code = clean(txn, engine, job, &run);
	if (code && is_failure(code))
		return err_set(&failure->error, txn->arena, code, "history clean-up: %s",
			       err_text(code));
	TRY(code);
	TRY(loose_job_log(txn, engine, job, JOB_LOG_SUCCESS, now));
	TRY(forget_failure(txn, engine, none, job));
	return schedule_next(txn, engine, none, job, &run);
}
