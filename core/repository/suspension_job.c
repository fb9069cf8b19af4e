#include "core/repository/suspension_job.h"

#include <string.h>

#include "core/history/job_log_entry.h"
#include "core/id.h"
#include "core/runtime/running_change.h"
#include "core/runtime/suspension.h"

/* What does it, as the job log calls it. */
static const char *const handlers[2][2] = {
	{"activate-processdefinition", "suspend-processdefinition"},
	{"activate-job-definition",    "suspend-job-definition"   },
};

static struct suspension suspension_of(const struct job *job)
{
	struct suspension suspension = {
		.definition_id = job->target_id,
		.key = job->target_key,
		.job_definition_id = job->target_job_definition,
		.suspended = job->handler_type && *job->handler_type == 's',
		.of_jobs = job->handler_type && (!strcmp(job->handler_type, handlers[1][0]) ||
						 !strcmp(job->handler_type, handlers[1][1])),
	};
	bool includes = job->includes_instances == 1;

	*(suspension.of_jobs ? &suspension.include_jobs : &suspension.include_instances) = includes;
	return suspension;
}

int suspension_job_create(struct txn *txn, const struct engine *engine,
			  const struct suspension *suspension, const char *deployment_id,
			  int64_t due_date)
{
	struct batch none;
	struct job job;
	uint64_t index;

	TRY(batch_get(txn, 0, &none));
	TRY(id_next_number(txn, "suspension-job", &index));
	memcpy(&job, row_new(txn->arena, &job_row_kind), sizeof(job));
	job.id = job_id(txn->arena, txn->store, 0, JOB_SUSPENSION, index);
	job.kind = JOB_SUSPENSION;
	job.index = (int64_t)index;
	job.retries = engine->config->default_number_of_retries;
	job.due_date = due_date;
	job.create_time = clock_now();
	job.priority = job.suspended = 0;
	job.sequence = job.incident = job.last_failure = 0;
	job.handler_type = handlers[suspension->of_jobs][suspension->suspended];
	job.target_id = suspension->definition_id;
	job.target_key = suspension->key;
	job.target_job_definition = suspension->job_definition_id;
	job.next_serial = 0;
	job.includes_instances = suspension->include_instances || suspension->include_jobs;
	job.deployment_id = deployment_id;
	TRY(loose_job_log(txn, engine, &job, JOB_LOG_CREATION, job.create_time));
	return job_put(txn, &none, &job);
}

/* The next lot of the instances that are there. */
static int suspend_instances(struct txn *txn, struct engine *engine,
			     const struct suspension *suspension, struct job *job, bool *ret_more,
			     struct error *error)
{
	struct suspension_lot lot = {.definition_id = suspension->definition_id,
				     .definition_key = suspension->key,
				     .suspended = suspension->suspended,
				     .from = (uint64_t)job->next_serial};
	struct command command;
	int code;

	command_init(&command, engine, txn, error);
	code = suspension_lot_run(&command, &lot);
	if (!code)
		code = command_write(&command);
	command_end(&command);
	TRY(code);
	job->next_serial = (int64_t)lot.next;
	*ret_more = lot.more;
	return 0;
}

/* The next lot of the jobs that are there. */
static int suspend_jobs(struct txn *txn, struct engine *engine, const struct suspension *suspension,
			struct job *job, bool *ret_more, struct error *error)
{
	const struct running_selection selection = {
		.job_definition_id = suspension->job_definition_id,
		.process_definition_id = suspension->definition_id,
		.process_definition_key = suspension->key,
	};
	const struct running_change change = {.type = CHANGE_JOBS_SUSPENDED,
					      .suspended = suspension->suspended};
	uint64_t next = (uint64_t)job->next_serial;

	TRY(running_change_some(txn, engine, &selection, &change, &next, ret_more, error));
	job->next_serial = (int64_t)next;
	return 0;
}

static int suspension_job_run(struct txn *txn, struct engine *engine, struct batch *none,
			      struct job *job, int64_t now, struct error *error)
{
	struct suspension suspension = suspension_of(job);
	bool more = false;

	if (job->next_serial == INT_NULL)
		job->next_serial = 0; /* of an earlier version */
	if (!job->next_serial)
		TRY(suspension_apply(txn, engine, &suspension));
	if (suspension.include_instances)
		TRY(suspend_instances(txn, engine, &suspension, job, &more, error));
	if (suspension.include_jobs)
		TRY(suspend_jobs(txn, engine, &suspension, job, &more, error));
	if (more)
		return job_put(txn, none, job);
	TRY(loose_job_log(txn, engine, job, JOB_LOG_SUCCESS, now));
	return job_end(txn, none, job, false, now);
}

const struct job_handler suspension_job_handler = {suspension_job_run};
