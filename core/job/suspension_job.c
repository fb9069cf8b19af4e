#include "core/job/suspension_job.h"

#include <string.h>

#include "core/id.h"
#include "core/job/job_log.h"
#include "core/runtime/suspension.h"
#include "core/schema.h"

/* What does it, as the job log calls it. */
static const char *handler_of(const struct suspension *suspension)
{
	return suspension->suspended ? "suspend-processdefinition" : "activate-processdefinition";
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
	job.handler_type = handler_of(suspension);
	job.target_id = suspension->definition_id;
	job.target_key = suspension->key;
	job.includes_instances = suspension->include_instances;
	job.deployment_id = deployment_id;
	TRY(loose_job_log(txn, engine, &job, JOB_LOG_CREATION, job.create_time));
	return job_put(txn, &none, &job);
}

/* Some hundred of the instances; another job does the rest. */
static int suspend_instances(struct txn *txn, struct engine *engine,
			     const struct suspension *suspension, const struct job *job)
{
	struct suspension_lot lot = {.definition_id = suspension->definition_id,
				     .definition_key = suspension->key,
				     .suspended = suspension->suspended};
	struct command command;
	struct error error = {0};
	int code;

	command_init(&command, engine, txn, &error);
	code = suspension_lot_run(&command, &lot);
	if (!code)
		code = command_write(&command);
	command_end(&command);
	TRY(code);
	return lot.more ? suspension_job_create(txn, engine, suspension, job->deployment_id,
						clock_now())
			: 0;
}

int suspension_job_run(struct txn *txn, struct engine *engine, struct batch *none, struct job *job,
		       int64_t now)
{
	struct suspension suspension = {
		.definition_id = job->target_id,
		.key = job->target_key,
		.suspended = job->handler_type && *job->handler_type == 's',
		.include_instances = job->includes_instances == 1,
	};

	TRY(suspension_apply(txn, engine, &suspension));
	if (suspension.include_instances)
		TRY(suspend_instances(txn, engine, &suspension, job));
	TRY(loose_job_log(txn, engine, job, JOB_LOG_SUCCESS, now));
	return job_end(txn, none, job, false, now);
}

void suspension_job_scan(struct scan *scan, struct txn *txn)
{
	const uint8_t prefix[9] = {[8] = JOB_SUSPENSION};

	scan_prefix(scan, txn, TABLE_JOB, prefix, sizeof(prefix));
}

int suspension_job_next(struct scan *scan, struct txn *txn, struct arena *arena, struct job *ret)
{
	struct txn rows = *txn;
	struct bytes key, value;
	struct batch none;

	TRY(scan_next(scan, &key, &value));
	if (key.size != 17)
		return ERR_CORRUPT;
	rows.arena = arena;
	TRY(batch_get(&rows, 0, &none));
	return job_get(&rows, &none, JOB_SUSPENSION, be64_read(key.data + 9), ret);
}
