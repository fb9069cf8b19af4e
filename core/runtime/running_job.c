#include "core/runtime/running_job.h"

#include "core/runtime/command_log.h"
#include "core/runtime/instance_job.h"
#include "core/runtime/step.h"

/* The job ORDINAL of INSTANCE, or NULL. */
static struct instance_job *running_job(const struct instance *instance, uint64_t ordinal)
{
	struct instance_job *job;

	LIST_EACH(&instance->jobs, job)
	{
		if ((uint64_t)job->ordinal == ordinal)
			return job;
	}
	return NULL;
}

static int execute(struct command *command, struct instance *instance, uint64_t ordinal)
{
	struct logged_operation operation = {.type = "Execute", .entity = "Job"};
	struct instance_job *job = running_job(instance, ordinal);

	if (!job)
		return ERR_NOT_FOUND;
	operation.job_id = job->id;
	operation.job_definition_id = job->job_definition_id;
	operation_of_instance(&operation, instance);
	TRY(instance_job_continue(instance, job));
	TRY(steps_run(command));
	instance_job_succeed(instance);
	TRY(command_log(command, &operation));
	return command_write(command);
}

static const char *user_of(const struct request *request)
{
	return request->call->user && request->call->user[0] ? request->call->user : NULL;
}

int running_job_execute(struct txn *txn, struct engine *engine, uint64_t serial, uint64_t ordinal,
			struct request *request, struct job_failure *failure)
{
	struct instance *instance;
	struct command command;
	int code;

	failure->job = ordinal;
	failure->next_ordinal = 0;
	command_init(&command, engine, txn, &failure->error);
	if (request) {
		command.user = user_of(request);
		command.request = request;
		command.operation_id = operation_log_id(request);
	}
	code = command_instance(&command, serial, &instance);
	if (!code) {
		code = execute(&command, instance, ordinal);
		failure->next_ordinal = instance->row->next_ordinal;
	}
	failure->activity_id = command.failed_activity_id;
	command_end(&command);
	return code;
}

static int keep_failure(struct command *command, uint64_t serial, uint64_t ordinal,
			const struct job_failure *failure)
{
	struct instance *instance;
	struct instance_job *job;

	TRY(command_instance(command, serial, &instance));
	job = running_job(instance, ordinal);
	if (!job)
		return ERR_NOT_FOUND;
	if (failure->next_ordinal > instance->row->next_ordinal)
		instance->row->next_ordinal = failure->next_ordinal;
	TRY(instance_job_fail(instance, job, &failure->error, failure->activity_id));
	return command_write(command);
}

int running_job_fail(struct txn *txn, struct engine *engine, uint64_t serial, uint64_t ordinal,
		     const struct job_failure *failure)
{
	struct command command;
	struct error error = {0, NULL};
	int code;

	command_init(&command, engine, txn, &error);
	code = keep_failure(&command, serial, ordinal, failure);
	command_end(&command);
	return code == ERR_NOT_FOUND ? 0 : code;
}

static int look(struct txn *txn, struct engine *engine, struct job_entry *entry,
		struct job_standing *ret, bool *ret_later)
{
	const struct instance_job *job;
	struct instance *instance;

	(void)engine;
	*ret_later = false;
	TRY(instance_read(txn, entry->owner, &instance));
	job = running_job(instance, entry->index);
	if (!job || job->retries <= 0 || job->suspended)
		return ERR_NOT_FOUND;
	ret->priority = job->priority;
	ret->due = job->due_date;
	return 0;
}

static int take(struct txn *txn, struct job_turn *turn)
{
	turn->first = turn->entry.index;
	turn->count = 1;
	return running_job_execute(txn, turn->engine, turn->entry.owner, turn->entry.index, NULL,
				   &turn->failure);
}

static int fail(struct txn *txn, struct job_turn *turn)
{
	return running_job_fail(txn, turn->engine, turn->entry.owner, turn->failure.job,
				&turn->failure);
}

/* No store had running instances before it had a queue. */
static int note(struct txn *txn, uint64_t *owner)
{
	(void)txn;
	(void)owner;
	return ERR_NOT_FOUND;
}

static bool frees(struct txn *txn, const struct job_entry *entry)
{
	(void)txn;
	(void)entry;
	return false;
}

const struct job_source running_job_source = {
	"process instance", false, look, take, fail, note, frees};
