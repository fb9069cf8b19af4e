#include "core/runtime/instance_job.h"

#include <string.h>

#include "core/id.h"
#include "core/job/job.h"
#include "core/job/job_executor.h"
#include "core/job/job_queue.h"
#include "core/job/process_job_definition.h"
#include "core/runtime/due_date.h"
#include "core/runtime/evaluate.h"
#include "core/runtime/execution.h"
#include "core/runtime/history_event.h"
#include "core/runtime/incident.h"
#include "core/runtime/step.h"

static const char *const configurations[] = {
	[CONTINUE_BEFORE] = CONFIGURATION_BEFORE,
	[CONTINUE_AFTER] = CONFIGURATION_AFTER,
};

int instance_job_note(struct instance *instance, const struct instance_job *job)
{
	struct job_entry entry = {SOURCE_RUNNING, 0, instance->serial, (uint64_t)job->ordinal};

	instance->changed = true;
	instance->command->has_jobs = true;
	return job_queue_note(instance->command->txn, &entry);
}

/* The priority that the activity asks for, or else its process. */
static int priority_of(struct instance *instance, struct execution *execution, int64_t *ret)
{
	const struct node *node = &instance->model->nodes[execution->node];
	const struct expression *expression =
		node->job_priority ? node->job_priority : instance->model->job_priority;
	struct scope scope = scope_at(instance, execution);
	const char *about;

	*ret = 0;
	if (!expression || !instance->command->engine->config->produce_prioritized_jobs)
		return 0;
	about = arena_printf(instance->command->arena,
			     "Job %s/async-continuation instantiated in context of %s[%s]",
			     node->id, execution->parent_id ? "Execution" : "ProcessInstance",
			     execution->id);
	return evaluate_priority(&scope, expression, about, ret);
}

/*
 * The cycle of the activity, else of the settings, of a job that has RETRIES left. False when there
 * is none, or none that can be read: then the common rule holds.
 */
static bool find_cycle(struct instance *instance, const struct instance_job *job, int64_t retries,
		       int64_t *ret_attempts, int64_t *ret_due)
{
	struct command *command = instance->command;
	int node = model_node(instance->model, job->activity_id);
	const struct expression *cycle =
		node == NODE_NONE ? NULL : instance->model->nodes[node].retry_cycle;
	struct scope scope = scope_at(instance, instance_execution(instance, job->execution_id));
	const char *text = command->engine->config->failed_job_retry_time_cycle;
	struct error before = *command->error;

	if (cycle && evaluate_text(&scope, cycle, &text)) {
		*command->error = before; /* it does not matter why */
		return false;
	}
	return text && retry_cycle_parse(text, retries, command->now, ret_attempts, ret_due);
}

static struct instance_job *new_job(struct instance *instance, struct execution *execution,
				    enum async_kind kind)
{
	const struct config *config = instance->command->engine->config;
	struct instance_job *job = arena_alloc(instance->arena, sizeof(*job));

	job->ordinal = instance->row->next_ordinal;
	job->id = command_id(instance);
	job->process_instance_id = instance->row->id;
	job->process_definition_id = instance->row->definition_id;
	job->process_definition_key = instance->row->definition_key;
	job->execution_id = execution->id;
	job->retries = config->default_number_of_retries;
	job->due_date =
		config->ensure_job_due_date_not_null || config->job_executor_acquire_by_due_date
			? instance->command->now
			: TIME_NULL;
	job->suspended = instance->row->suspended;
	job->tenant_id = instance->row->tenant_id;
	job->create_time = instance->command->now;
	job->handler = JOB_TYPE_ASYNC;
	job->configuration = configurations[kind];
	job->activity_id = execution->activity_id;
	list_add(instance->arena, &instance->jobs, job);
	return job;
}

/* What the definition says of its jobs: its id, suspension, overriding priority. */
static int apply_definition(struct instance *instance, struct instance_job *job)
{
	struct job_definition definition;
	int code = process_job_definition_find(instance->command->txn, job->process_definition_id,
					       job->activity_id, job->configuration, &definition);

	if (code)
		return code == ERR_NOT_FOUND ? 0 : code;
	job->job_definition_id = definition.id;
	job->suspended |= definition.suspended;
	if (definition.overriding_job_priority != INT_NULL &&
	    instance->command->engine->config->produce_prioritized_jobs)
		job->priority = definition.overriding_job_priority;
	return 0;
}

int instance_job_create(struct instance *instance, struct execution *execution,
			enum async_kind kind)
{
	struct instance_job *job = new_job(instance, execution, kind);
	int64_t attempts, due;

	if (find_cycle(instance, job, 0, &attempts, &due))
		job->retries = attempts;
	TRY(priority_of(instance, execution, &job->priority));
	TRY(apply_definition(instance, job));
	history_job_log(instance, job, JOB_CREATED);
	return instance_job_note(instance, job);
}

int instance_job_continue(struct instance *instance, struct instance_job *job)
{
	struct execution *execution = instance_execution(instance, job->execution_id);
	int flow = FLOW_NONE;

	if (!execution)
		return ERR_CORRUPT;
	incident_end(instance, incident_about(instance, INCIDENT_FAILED_JOB, job->id), false);
	list_remove(&instance->jobs, job);
	instance->running = job;
	if (!strcmp(job->configuration, configurations[CONTINUE_BEFORE])) {
		/* the instance has not begun before this */
		instance->starting =
			!execution->parent && execution->node == instance->model->nodes[0].initial;
		if (execution->flags & EXECUTION_UNBEGUN) {
			execution->flags &= ~EXECUTION_UNBEGUN;
			instance->starting = true;
			TRY(listeners_run(instance, execution, &instance->model->nodes[0],
					  "start"));
		}
		step_enter(instance, execution, true);
		return 0;
	}
	if (execution->transition_id)
		flow = model_flow(instance->model, execution->transition_id);
	if (flow == FLOW_NONE)
		step_end(instance, execution, true);
	else
		step_take(instance, execution, flow, true);
	return 0;
}

void instance_job_succeed(struct instance *instance)
{
	history_job_log(instance, instance->running, JOB_SUCCEEDED);
	instance->running = NULL;
}

void instance_job_delete(struct instance *instance, struct instance_job *job)
{
	history_job_log(instance, job, JOB_DELETED);
	incident_end(instance, incident_about(instance, INCIDENT_FAILED_JOB, job->id), true);
	list_remove(&instance->jobs, job);
}

static void open_incident(struct instance *instance, const struct instance_job *job)
{
	const struct incident_values values = {
		.type = INCIDENT_FAILED_JOB,
		.execution_id = job->execution_id,
		.activity_id = job->activity_id,
		.failed_activity_id = job->failed_activity_id,
		.configuration = job->id,
		.history_configuration = job->last_failure_log_id,
		.job_definition_id = job->job_definition_id,
		.message = job->exception_message,
	};

	union slot *open = incident_about(instance, INCIDENT_FAILED_JOB, job->id);

	if (!open)
		incident_create(instance, &values);
	else
		history_incident_again(instance, open, job->last_failure_log_id);
}

/* The first failure sets the retries by the cycle. */
static void apply_cycle(struct instance *instance, struct instance_job *job, bool first)
{
	int64_t attempts, due;

	if (!find_cycle(instance, job, job->retries, &attempts, &due))
		return;
	if (first) {
		job->retries = attempts;
		find_cycle(instance, job, job->retries, &attempts, &due);
	}
	job->due_date = due;
}

int instance_job_fail(struct instance *instance, struct instance_job *job,
		      const struct error *error, const char *activity_id)
{
	bool first = !job->exception_message;

	job->exception_message = exception_message_cut(instance->arena, error->message);
	job->stacktrace = error->message;
	job->failed_activity_id = activity_id ? activity_id : job->activity_id;
	job->last_failure_log_id = history_job_log(instance, job, JOB_FAILED);
	apply_cycle(instance, job, first);
	if (job->retries > 0 && !--job->retries)
		open_incident(instance, job);
	return instance_job_note(instance, job);
}

int instance_job_set_retries(struct instance *instance, struct instance_job *job, int64_t retries)
{
	if (retries > 0 && !job->retries)
		incident_end(instance, incident_about(instance, INCIDENT_FAILED_JOB, job->id),
			     false);
	else if (retries <= 0 && job->retries > 0)
		open_incident(instance, job);
	job->retries = retries;
	return instance_job_note(instance, job);
}
