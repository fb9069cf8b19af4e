/*
 * What set-job-retries and set-external-task-retries do, and batches over process instances of
 * which none can be running here (semantics.md 2.7 to 2.13).
 */
#include "core/api/api_error.h"
#include "core/job/job.h"

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

static int set_retries(struct batch_run *run, const char *id, const struct retries *to)
{
	struct batch batch;
	struct job job;
	int code = id ? job_find(run->txn, id, &batch, &job) : ERR_NOT_FOUND;

	if (code == ERR_NOT_FOUND)
		return err_set(&run->error, run->txn->arena, ERR_ENGINE,
			       "ENGINE-13053 No job found with id '%s'.'", id ? id : "null");
	if (code)
		return code;
	TRY(job_set_retries(run->txn, run->engine, &batch, &job, to->retries));
	if (to->set_due_date)
		job.due_date = to->due_date;
	TRY(job_put(run->txn, &batch, &job));
	return batch_put(run->txn, &batch);
}

int job_retries_execute(struct batch_run *run)
{
	struct retries to;
	uint64_t i;

	if (read_retries(run->configuration, &to) || !run->items.texts)
		return ERR_CORRUPT;
	for (i = 0; i < run->items.count; i++) {
		run->failed_item = i;
		TRY(set_retries(run, run->items.texts[i], &to));
	}
	return 0;
}

int external_task_retries_execute(struct batch_run *run)
{
	struct retries to;

	if (read_retries(run->configuration, &to) || !run->items.texts)
		return ERR_CORRUPT;
	if (to.retries < 0)
		return err_set(&run->error, run->txn->arena, ERR_BAD_USER_REQUEST,
			       "The number of retries cannot be negative: retries is not greater "
			       "than or equal to 0");
	return err_set(&run->error, run->txn->arena, ERR_BAD_USER_REQUEST,
		       "Cannot find external task with id %s: externalTask is null",
		       run->items.texts[0]);
}

int nothing_execute(struct batch_run *run)
{
	(void)run;
	return 0;
}
