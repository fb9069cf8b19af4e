#include "core/job/job_run.h"

#include <string.h>

#include "core/job/history_batch.h"
#include "core/job/cleanup_job.h"
#include "core/job/job_log.h"
#include "core/job/loose_job.h"
#include "storage/clock.h"

enum { ROUNDS_AT_ONCE = 256 };
enum { LONG_US = 15 * 1000 }; /* jobs that fail are slow: after that, no further ones are begun */

/* Whether the job executor may take a job with these values now; due dates aside (7.1). */
static bool job_is_acquirable(const struct config *config, const struct job_values *values)
{
	if (values->retries <= 0 || values->suspended)
		return false;
	return !config->job_executor_acquire_by_priority ||
	       (values->priority >= config->job_executor_priority_range_min &&
		values->priority <= config->job_executor_priority_range_max);
}

/* A range that grows in memory while what is added to it is alike: written once. */
struct growing {
	struct txn *txn;
	uint64_t batch;
	enum job_kind kind;
	enum job_range_list list;
	struct job_range range; /* count 0 = none yet */
};

static int growing_flush(struct growing *growing)
{
	if (!growing->range.count)
		return 0;
	TRY(job_range_add(growing->txn, growing->batch, growing->kind, growing->list,
			  &growing->range));
	growing->range.count = 0;
	return 0;
}

/* All that is added in one run is alike; only gaps need a range of their own. */
static int growing_add(struct growing *growing, uint64_t first, uint64_t count)
{
	if (growing->range.count && growing->range.first + growing->range.count != first)
		TRY(growing_flush(growing));
	if (!growing->range.count)
		growing->range.first = first;
	growing->range.count += count;
	return 0;
}

static struct growing growing_of(struct txn *txn, const struct batch *batch, enum job_kind kind,
				 enum job_range_list list, struct job_values values, int64_t now)
{
	struct growing growing = {txn, (uint64_t)batch->number, kind, list, {.time = now}};

	growing.range.values = growing.range.now = values;
	growing.range.sequence = list == RANGE_ENDED ? 2 : 0;
	return growing;
}

static int create_monitor(struct txn *txn, struct engine *engine, struct batch *batch,
			  int64_t due_date, int64_t now)
{
	struct job_range range = {
		.first = (uint64_t)batch->monitor_jobs_created, .count = 1, .time = now};

	range.values = range.now = job_initial_values(engine, batch, JOB_MONITOR, due_date, now);
	batch->monitor_jobs_created++;
	return job_range_add(txn, (uint64_t)batch->number, JOB_MONITOR, RANGE_CREATED, &range);
}

/* What a run of seed jobs brings into being. */
struct seeding {
	struct growing jobs;  /* execution jobs created */
	struct growing seeds; /* seed jobs created */
	struct growing done;  /* seed jobs done; the first one is not among them */
	uint64_t created;
};

static int seed_once(struct batch *batch, const struct layout *layout, struct seeding *seeding,
		     uint64_t seed, bool *ret_last)
{
	uint64_t first, count, ignored;

	if (!layout_seed_jobs(layout, seed, &first, &count))
		return ERR_CORRUPT;
	TRY(growing_add(&seeding->jobs, first, count));
	batch->jobs_created += (int64_t)count;
	batch->jobs += (int64_t)count;
	if (!seeding->jobs.range.values.retries)
		batch->jobs_failed += (int64_t)count;
	seeding->created += count;
	*ret_last = !layout_seed_jobs(layout, seed + 1, &ignored, &ignored);
	if (*ret_last)
		return 0;
	batch->seed_jobs_created++;
	return growing_add(&seeding->seeds, seed + 1, 1);
}

int seed_job_run(struct txn *txn, struct engine *engine, struct batch *batch, struct job *job,
		 int64_t now, uint64_t limit)
{
	struct job_values jobs = job_initial_values(engine, batch, JOB_EXECUTION, TIME_NULL, now);
	struct job_values seeds = job_initial_values(engine, batch, JOB_SEED, TIME_NULL, now);
	struct seeding seeding = {
		growing_of(txn, batch, JOB_EXECUTION, RANGE_CREATED, jobs, now),
		growing_of(txn, batch, JOB_SEED, RANGE_CREATED, seeds, now),
		growing_of(txn, batch, JOB_SEED, RANGE_ENDED, seeds, now),
		0,
	};
	struct layout layout = batch_layout(batch);
	uint64_t seed = (uint64_t)job->index;
	bool last;

	TRY(job_end(txn, batch, job, false, now));
	for (;; seed++) {
		if (seed != (uint64_t)job->index)
			TRY(growing_add(&seeding.done, seed, 1));
		TRY(seed_once(batch, &layout, &seeding, seed, &last));
		if (last || seeding.created >= limit || !job_is_acquirable(engine->config, &seeds))
			break;
	}
	TRY(growing_flush(&seeding.jobs));
	TRY(growing_flush(&seeding.seeds));
	TRY(growing_flush(&seeding.done));
	if (last)
		TRY(create_monitor(txn, engine, batch, TIME_NULL, now));
	return batch_put(txn, batch);
}

static int monitor_job_run(struct txn *txn, struct engine *engine, struct batch *batch,
			   struct job *job, int64_t now)
{
	int64_t due_date = now + engine->config->batch_poll_time * 1000;

	TRY(job_end(txn, batch, job, false, now));
	if (batch_may_end(engine, batch))
		return batch_complete(txn, engine, batch, now);
	TRY(create_monitor(txn, engine, batch, due_date, now));
	return batch_put(txn, batch);
}

static int begin_execution(struct txn *txn, const struct engine *engine, struct batch *batch,
			   uint64_t first_job, int64_t now)
{
	struct history_batch history;
	int code;

	if (batch->execution_start_time != TIME_NULL)
		return 0;
	batch->execution_start_time = now;
	code = history_batch_get(txn, (uint64_t)batch->number, &history);
	if (code)
		return code;
	history.execution_start_time = now;
	if (engine->config->history_removal_time_strategy == REMOVAL_TIME_START)
		history.first_job = (int64_t)first_job + 1;
	return history_batch_put(txn, &history);
}

static int parse_configuration(struct arena *arena, const char *text, const struct json **ret)
{
	struct json *node = NULL;

	if (text && json_parse(arena, text, strlen(text), &node))
		return ERR_CORRUPT;
	*ret = node;
	return 0;
}

/* The items of some jobs of a batch, to be handed to its type. */
struct execution {
	struct txn *txn;
	struct engine *engine;
	struct batch *batch;
	const struct batch_type *type;
	const struct json *configuration;
	struct layout layout;
	uint64_t first_item; /* the first of `items` */
	struct target_items items;
	int64_t now;
	const uint32_t *rounds; /* of the items handed over last; NULL = one each */
	bool alone; /* a job was done by itself: those behind it may not be alike any more */
};

static int read_items(struct execution *execution, uint64_t first, uint64_t count)
{
	struct batch *batch = execution->batch;
	struct txn *txn = execution->txn;
	uint64_t end;

	execution->type = batch_type_find(batch->type);
	execution->layout = batch_layout(batch);
	execution->first_item = layout_first_item(&execution->layout, first);
	end = layout_first_item(&execution->layout, first + count);
	TRY(parse_configuration(txn->arena, batch->configuration, &execution->configuration));
	return target_get(txn, (uint64_t)batch->number, execution->first_item,
			  end - execution->first_item, &execution->items);
}

static struct target_items slice(const struct execution *execution, uint64_t from, uint64_t to)
{
	uint64_t skip = from - execution->first_item;
	struct target_items items = execution->items;

	items.count = to - from;
	items.numbers += skip;
	if (items.texts)
		items.texts += skip;
	return items;
}

/* Hands the items of jobs FIRST to FIRST + COUNT - 1 to the batch's type. */
static int execute_items(struct execution *execution, uint64_t first, uint64_t count,
			 struct job_failure *failure)
{
	const struct layout *layout = &execution->layout;
	uint64_t item = layout_first_item(layout, first);
	uint64_t end = layout_first_item(layout, first + count);
	struct batch_run run = {.engine = execution->engine,
				.txn = execution->txn,
				.batch = execution->batch,
				.single = count == 1,
				.configuration = execution->configuration,
				.items = slice(execution, item, end),
				.next_item = end,
				.item_count = layout_first_item(layout, UINT64_MAX)};
	int code;

	failure->job = first;
	if (!execution->type || !execution->type->execute)
		return err_set(&failure->error, execution->txn->arena, ERR_ENGINE,
			       "batchd does not execute batches of type '%s' yet",
			       execution->batch->type);
	code = execution->type->execute(&run);
	execution->rounds = run.rounds;
	if (code && run.error.code == code) {
		failure->error = run.error;
		failure->job = layout_job_of_item(layout, item + run.failed_item);
	}
	return code;
}

/* A job that ran several times is deleted after its last run: it has an entry for each, and was due
 * when the one before had ended. */
static int end_rounds(struct execution *execution, struct job *job, uint32_t rounds)
{
	uint64_t batch = (uint64_t)execution->batch->number;

	for (; rounds; rounds--) {
		TRY(job_log_put_success(execution->txn, batch, job, (uint64_t)++job->sequence,
					execution->now));
		if (rounds > 1)
			job->due_date = execution->now;
	}
	return job_end(execution->txn, execution->batch, job, true, execution->now);
}

static int end_each(struct execution *execution, uint64_t first, uint64_t count)
{
	struct arena *arena = execution->txn->arena;
	struct job job;
	uint64_t i;

	TRY(begin_execution(execution->txn, execution->engine, execution->batch, first,
			    execution->now));
	for (i = 0; i < count; i++) {
		struct arena_mark mark = arena_mark(arena);

		TRY(job_get(execution->txn, execution->batch, JOB_EXECUTION, first + i, &job));
		TRY(end_rounds(execution, &job, execution->rounds[i]));
		arena_rewind(arena, mark);
	}
	return 0;
}

/* COUNT undisturbed jobs are done, VALUES being theirs. */
static int end_range(struct execution *execution, uint64_t first, uint64_t count,
		     struct job_values values)
{
	struct batch *batch = execution->batch;
	struct job_range range = {.first = first,
				  .count = count,
				  .time = execution->now,
				  .values = values,
				  .now = values,
				  .sequence = 2};

	if (execution->rounds)
		return end_each(execution, first, count);
	TRY(begin_execution(execution->txn, execution->engine, batch, first, execution->now));
	TRY(job_range_add(execution->txn, (uint64_t)batch->number, JOB_EXECUTION, RANGE_ENDED,
			  &range));
	batch->jobs -= (int64_t)count;
	if (!values.retries)
		batch->jobs_failed -= (int64_t)count;
	return 0;
}

static int execution_job_run(struct txn *txn, struct engine *engine, struct batch *batch,
			     struct job *job, int64_t now, struct job_failure *failure)
{
	struct execution execution = {.txn = txn, .engine = engine, .batch = batch, .now = now};
	int code;

	TRY(read_items(&execution, (uint64_t)job->index, 1));
	TRY(execute_items(&execution, (uint64_t)job->index, 1, failure));
	/* the item may have been this very job: read it anew */
	code = job_get(txn, batch, JOB_EXECUTION, (uint64_t)job->index, job);
	if (code)
		return code;
	TRY(begin_execution(txn, engine, batch, (uint64_t)job->index, now));
	if (execution.rounds)
		TRY(end_rounds(&execution, job, *execution.rounds));
	else
		TRY(job_end(txn, batch, job, false, now));
	return batch_put(txn, batch);
}

/* Its transaction keeps that JOB failed, so that nobody else is told. */
static int keep_failure(struct execution *execution, struct job *job, struct job_failure *failure)
{
	TRY(job_fail(execution->txn, execution->engine, execution->batch, job, &failure->error,
		     execution->now));
	memset(&failure->error, 0, sizeof(failure->error));
	return 0;
}

/* The job *FIRST alone: it may have been changed by one before it, or change itself. */
static int run_next(struct execution *execution, uint64_t *first, struct job_failure *failure)
{
	struct batch *batch = execution->batch;
	struct job job;
	int code;

	execution->alone = true;
	TRY(job_get(execution->txn, batch, JOB_EXECUTION, (*first)++, &job));
	code = execution_job_run(execution->txn, execution->engine, batch, &job, execution->now,
				 failure);
	return code && failure->error.message ? keep_failure(execution, &job, failure) : code;
}

/*
 * The jobs from *FIRST to END up to the one that fails, and its failure; *FIRST goes behind it.
 * Without a rollback: types that check first have not written anything.
 */
static int run_part(struct execution *execution, uint64_t *first, uint64_t end,
		    struct job_values values, struct job_failure *failure)
{
	struct txn *txn = execution->txn;
	struct job_failure again;
	struct job job;
	int code;

	memset(failure, 0, sizeof(*failure));
	code = execute_items(execution, *first, end - *first, failure);
	if (code == ERR_ONE_BY_ONE)
		return run_next(execution, first, failure);
	if (code && (!failure->error.message || !batch_type_checks_first(execution->type)))
		return code;
	if (!code)
		failure->job = end;
	else if (failure->job > *first)
		TRY(execute_items(execution, *first, failure->job - *first, &again));
	if (failure->job > *first)
		TRY(end_range(execution, *first, failure->job - *first, values));
	*first = failure->job + 1;
	if (!code)
		return 0;
	TRY(job_get(txn, execution->batch, JOB_EXECUTION, failure->job, &job));
	return keep_failure(execution, &job, failure);
}

/* How many of COUNT jobs go together in one transaction. */
static uint64_t jobs_at_once(const struct execution *execution, uint64_t count)
{
	bool in_rounds = json_member(execution->configuration, BATCH_IN_ROUNDS);

	return in_rounds && count > ROUNDS_AT_ONCE ? ROUNDS_AT_ONCE : count;
}

int execution_jobs_run(struct txn *txn, struct engine *engine, struct batch *batch,
		       const struct job *first, uint64_t count, int64_t now,
		       struct job_failure *failure, uint64_t *ret_done)
{
	struct execution execution = {.txn = txn, .engine = engine, .batch = batch, .now = now};
	int64_t stop = clock_monotonic_us() + LONG_US;
	uint64_t start = (uint64_t)first->index, at = start;
	struct job_values values = job_values_of(first);

	memset(failure, 0, sizeof(*failure));
	TRY(read_items(&execution, start, count));
	count = jobs_at_once(&execution, count);
	do
		TRY(run_part(&execution, &at, start + count, values, failure));
	while (at < start + count && !execution.alone && clock_monotonic_us() < stop);
	*ret_done = at < start + count ? at - start : count;
	return batch_put(txn, batch);
}

int job_run(struct txn *txn, struct engine *engine, struct batch *batch, struct job *job,
	    int64_t now, struct job_failure *failure)
{
	memset(failure, 0, sizeof(*failure));
	switch (job->kind) {
	case JOB_SEED:
		return seed_job_run(txn, engine, batch, job, now, 0);
	case JOB_MONITOR:
		return monitor_job_run(txn, engine, batch, job, now);
	case JOB_CLEANUP:
		return cleanup_job_run(txn, engine, batch, job, 0, now, failure);
	case JOB_SUSPENSION:
		failure->job = (uint64_t)job->index;
		return suspension_job_handler.run(txn, engine, batch, job, now, &failure->error);
	default:
		return execution_job_run(txn, engine, batch, job, now, failure);
	}
}
