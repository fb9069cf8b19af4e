/*
 * What set-job-retries does (semantics.md 2.9), and
 * correlate-message, as nothing that runs here waits for a message.
 */
#include "core/request/api_error.h"
#include "core/batch/job_target.h"
#include "core/batch/types.h"
#include "core/runtime/instance_job.h"

struct retries {
	int64_t retries;
	bool set_due_date;
	int64_t due_date;
};

static int read_retries(const struct json *configuration, struct retries *ret)
{
	const struct json *due_date = json_member(configuration, "dueDate");

	ret->set_due_date = due_date != NULL;
	ret->due_date = TIME_NULL;
	TRY(json_to_int(json_member(configuration, "retries"), 0, true, &ret->retries));
	return due_date ? json_to_time(due_date, &ret->due_date) : 0;
}

/* The jobs that the items from FIRST on name, as far as they follow each other; none: no job. */
static struct job_run next_run(const struct batch_run *run, uint64_t first)
{
	struct job_run jobs = {.count = 0};

	while (first < run->items.count &&
	       job_run_add(&jobs, run->txn->store, run->items.texts[first]))
		first++;
	return jobs;
}

/* The batch of some jobs: the one that runs is in memory, with changes. */
static int batch_of_run(struct batch_run *run, const struct job_run *jobs, struct batch *room,
			struct batch **ret)
{
	*ret = run->batch;
	if (jobs->batch == (uint64_t)run->batch->number)
		return 0;
	*ret = room;
	return batch_get(run->txn, jobs->batch, room);
}

/* How many of the run's jobs, from the first on, exist without a gap. */
static int count_existing(struct batch_run *run, const struct job_run *jobs, uint64_t *ret)
{
	struct job_segment segment;
	struct job_walk walk;
	struct batch room, *batch;
	int code = batch_of_run(run, jobs, &room, &batch);

	*ret = 0;
	if (!code)
		code = job_walk_start(&walk, run->txn, run->txn->arena, batch, jobs->kind,
				      jobs->first);
	while (!code && *ret < jobs->count) {
		code = job_walk_next(&walk, &segment);
		if (code || (uint64_t)segment.job.index != jobs->first + *ret)
			break;
		*ret += segment.count;
	}
	return code == ERR_NOT_FOUND ? 0 : code;
}

/* The job of a process instance with that id; the instance joins the command. ERR_NOT_FOUND. */
static int find_instance_job(struct command *command, const char *id,
			     struct instance **ret_instance, struct instance_job **ret)
{
	TRY(command_find(command, id, ret_instance));
	*ret = instance_job(*ret_instance, id);
	return *ret ? 0 : ERR_NOT_FOUND;
}

/* Whether the id is that of a job of a process instance. */
static int check_instance_job(struct command *command, const char *id, bool *ret)
{
	struct instance *instance;
	struct instance_job *job;
	int code = id ? find_instance_job(command, id, &instance, &job) : ERR_NOT_FOUND;

	*ret = !code;
	return code == ERR_NOT_FOUND ? 0 : code;
}

/* Every item must be a job. Execution jobs of the batch itself may be among those being done now.
 */
static int check_items(struct batch_run *run, struct command *command)
{
	uint64_t i, existing = 0;

	for (i = 0; i < run->items.count; i += existing) {
		struct job_run jobs = next_run(run, i);
		bool of_instance;
		const char *text;

		TRY(check_instance_job(command, run->items.texts[i], &of_instance));
		if (of_instance) {
			existing = 1;
			continue;
		}

		if (!run->single && jobs.count && jobs.kind == JOB_EXECUTION &&
		    jobs.batch == (uint64_t)run->batch->number)
			return ERR_ONE_BY_ONE;
		if (jobs.count)
			TRY(count_existing(run, &jobs, &existing));
		if (jobs.count && existing >= jobs.count) {
			existing = jobs.count;
			continue;
		}
		run->failed_item = i + (jobs.count ? existing : 0);
		text = run->items.texts[run->failed_item];
		return err_set(&run->error, run->txn->arena, ERR_ENGINE,
			       "ENGINE-13053 No job found with id '%s'.'", text ? text : "null");
	}
	return 0;
}

static int set_record(struct batch_run *run, struct batch *batch, struct job *job,
		      const struct retries *to)
{
	TRY(job_set_retries(run->txn, run->engine, batch, job, to->retries));
	if (to->set_due_date)
		job->due_date = to->due_date;
	return job_put(run->txn, batch, job);
}

/* Undisturbed jobs stay a range, unless each of them gets an incident. */
static int set_range(struct batch_run *run, struct batch *batch, struct job_segment *segment,
		     uint64_t count, const struct retries *to)
{
	struct job *job = &segment->job;
	struct job_values values = job_values_of(job);
	uint64_t first = (uint64_t)job->index;

	if (!to->retries) {
		for (; count; count--) {
			TRY(job_get(run->txn, batch, (enum job_kind)job->kind, first++, job));
			TRY(set_record(run, batch, job, to));
		}
		return 0;
	}
	if (job->kind == JOB_EXECUTION && !values.retries)
		batch->jobs_failed -= (int64_t)count;
	values.retries = to->retries;
	if (to->set_due_date)
		values.due_date = to->due_date;
	return job_range_change(run->txn, (uint64_t)batch->number, (enum job_kind)job->kind, first,
				count, &values);
}

static int set_run(struct batch_run *run, const struct job_run *jobs, const struct retries *to)
{
	uint64_t at = jobs->first, end = jobs->first + jobs->count;
	struct job_segment segment;
	struct batch room, *batch;
	struct job_walk walk;

	TRY(batch_of_run(run, jobs, &room, &batch));
	while (at < end) {
		uint64_t count;

		TRY(job_walk_start(&walk, run->txn, run->txn->arena, batch, jobs->kind, at));
		TRY(job_walk_next(&walk, &segment));
		count = segment.count < end - at ? segment.count : end - at;
		at += count;
		if (segment.job.recorded)
			TRY(set_record(run, batch, &segment.job, to));
		else
			TRY(set_range(run, batch, &segment, count, to));
	}
	return batch == run->batch ? 0 : batch_put(run->txn, batch);
}

static int set_instance_job(struct command *command, const char *id, const struct retries *to)
{
	struct instance *instance;
	struct instance_job *job;

	TRY(find_instance_job(command, id, &instance, &job));
	if (to->set_due_date)
		job->due_date = to->due_date;
	return instance_job_set_retries(instance, job, to->retries);
}

static int set_items(struct batch_run *run, struct command *command, const struct retries *to)
{
	uint64_t i;

	for (i = 0; i < run->items.count;) {
		struct job_run jobs = next_run(run, i);

		if (jobs.count)
			TRY(set_run(run, &jobs, to));
		else
			TRY(set_instance_job(command, run->items.texts[i], to));
		i += jobs.count ? jobs.count : 1;
	}
	return 0;
}

int job_retries_execute(struct batch_run *run)
{
	struct command command;
	struct retries to;
	int code;

	if (read_retries(run->configuration, &to) || !run->items.texts)
		return ERR_CORRUPT;
	command_init(&command, run->engine, run->txn, &run->error);
	code = check_items(run, &command);
	if (!code)
		code = set_items(run, &command, &to);
	if (!code)
		code = command_write(&command);
	command_end(&command);
	return code;
}

int nothing_execute(struct batch_run *run)
{
	(void)run;
	return 0;
}
