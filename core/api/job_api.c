/* /job: lists, single jobs and what can be done to them. */
#include <stddef.h>
#include <string.h>

#include "core/api/handler.h"
#include "core/engine.h"
#include "core/history/job_log_entry.h"
#include "core/history/operation_log.h"
#include "core/id.h"
#include "core/job/job_definition.h"
#include "core/job/job_executor.h"
#include "core/job/job_run.h"
#include "core/job/loose_job.h"
#include "core/job/process_job_definition.h"
#include "core/record/row_json.h"
#include "core/runtime/command_log.h"
#include "core/runtime/instance_job.h"
#include "core/runtime/job_query.h"
#include "core/runtime/running_change.h"
#include "core/runtime/running_job.h"

static const struct list_source source = {&job_resource, job_query_check, job_query_offer, NULL};

int job_list(struct request *request)
{
	return list_answer_params(request, &source, false);
}

int job_query(struct request *request)
{
	return list_answer_body(request, &source, false);
}

int job_count(struct request *request)
{
	return list_answer_params(request, &source, true);
}

int job_query_count(struct request *request)
{
	return list_answer_body(request, &source, true);
}

static int find_job(struct request *request, struct job *ret)
{
	struct txn reader = txn_reader(request->engine->store, request->arena);

	return job_find_any(&reader, request->call->params[0], ret);
}

int job_get_by_id(struct request *request)
{
	struct job job;
	int code = find_job(request, &job);

	if (code == ERR_NOT_FOUND)
		return request_fail(request, ERR_INVALID_404, "Job with id %s does not exist",
				    request->call->params[0]);
	TRY(code);
	row_answer(request_answer(request), &job_row_kind, (union slot *)&job);
	return 0;
}

int job_stacktrace(struct request *request)
{
	struct job job;
	int code = find_job(request, &job);

	if (code == ERR_NOT_FOUND)
		return request_fail(request, ERR_INVALID_404,
				    "No job found with id %s: job is null",
				    request->call->params[0]);
	TRY(code);
	return job.stacktrace ? request_answer_text(request, "text/plain", job.stacktrace)
			      : request_answer_nothing(request);
}

/* A number of a job that can be set by itself. */
struct job_property {
	const char *operation, *name; /* in the user operation log */
	size_t in_job, in_instance_job;
};

static const struct job_property due_date_property = {"SetDueDate", "duedate",
						      offsetof(struct job, due_date),
						      offsetof(struct instance_job, due_date)};
static const struct job_property priority_property = {"SetPriority", "priority",
						      offsetof(struct job, priority),
						      offsetof(struct instance_job, priority)};

/* A change of one job. */
struct change {
	struct request *request;
	int64_t retries, due_date;
	const struct job_property *property;
	int64_t value; /* of the property */
	bool set_due_date, suspended;
	struct job_failure failure;
	const struct instance *instance; /* of a job of an instance, once it is found */
	const struct running_selection *selection;
};

static int run_change(struct change *change, txn_body body)
{
	struct request *request = change->request;

	TRY(operation_log_run(request, TXN_DURABLE, body, change));
	job_executor_wake(request->engine->executor);
	return 0;
}

/* A job of a batch is changed by BODY, one of an instance by RUNNING. */
static int run_either(struct change *change, txn_body body, command_body running)
{
	struct request *request = change->request;
	uint64_t serial;

	if (!instance_serial(request->engine->store, request->call->params[0], &serial))
		return run_change(change, body);
	return command_run(request, running, change);
}

/* The job of an instance that the path names. ERR_NOT_FOUND. */
static int find_running(struct command *command, struct change *change,
			struct instance **ret_instance, struct instance_job **ret)
{
	const char *id = command->request->call->params[0];

	TRY(command_find(command, id, ret_instance));
	change->instance = *ret_instance;
	*ret = instance_job(*ret_instance, id);
	return *ret ? 0 : ERR_NOT_FOUND;
}

/* The same job as a row, to log what was done. */
static struct job *row_of(struct command *command, const struct instance_job *job)
{
	struct job *row = arena_alloc(command->arena, sizeof(*row));

	job_of_instance(job, row);
	return row;
}

/* What is logged of a change of JOB: TYPE, and one property, or NULL. */
/* BATCH: whose job it is, when it is none of an instance. */
static struct logged_operation operation_of(const struct change *change, const struct batch *batch,
					    const struct job *job, const char *type,
					    const char *property)
{
	struct logged_operation operation = {.type = type,
					     .entity = "Job",
					     .job_id = job->id,
					     .job_definition_id = job->job_definition_id};

	if (change->instance)
		operation_of_instance(&operation, change->instance);
	else
		operation.deployment_id = job_deployment_id(batch, job);
	if (!change->instance && job->process_instance_id)
		operation_place(&operation, "processInstanceId", job->process_instance_id);
	if (property)
		operation_add(&operation, property, NULL);
	return operation;
}

static int write_log(struct txn *txn, const struct change *change,
		     const struct logged_operation *operation)
{
	return change->instance ? command_log(change->instance->command, operation)
				: operation_log_write(txn, change->request, operation);
}

/* A number or time as a property's value: NULL when there is none. */
static const char *value_text(struct arena *arena, int64_t value)
{
	return value == INT_NULL || value == TIME_NULL
		       ? NULL
		       : arena_printf(arena, "%lld", (long long)value);
}

static int64_t *number_at(void *row, size_t offset)
{
	return (int64_t *)((char *)row + offset);
}

static int log_property(struct txn *txn, const struct change *change, const struct batch *batch,
			const struct job *job, int64_t before)
{
	const struct job_property *property = change->property;
	struct logged_operation operation =
		operation_of(change, batch, job, property->operation, property->name);

	operation.changes[0].old_value = value_text(txn->arena, before);
	operation.changes[0].new_value = value_text(txn->arena, change->value);
	return write_log(txn, change, &operation);
}

static bool is_of_instance(const struct request *request, struct id *ret)
{
	return id_decode(request->engine->store, request->call->params[0], ret) &&
	       ret->kind == ID_RUNNING;
}

static int execute_body(struct txn *txn, void *arg)
{
	struct change *change = arg;
	struct request *request = change->request;
	struct engine *engine = request->engine;
	struct logged_operation operation;
	struct batch batch;
	struct job job;
	struct id id;

	memset(&change->failure, 0, sizeof(change->failure));
	if (is_of_instance(request, &id))
		return running_job_execute(txn, engine, id.number, id.ordinal, request,
					   &change->failure);
	TRY(job_find(txn, request->call->params[0], &batch, &job));
	operation = operation_of(change, &batch, &job, "Execute", NULL);
	TRY(job_run(txn, engine, &batch, &job, clock_now(), &change->failure));
	return operation_log_write(txn, request, &operation);
}

static int failure_body(struct txn *txn, void *arg)
{
	struct change *change = arg;
	struct request *request = change->request;
	struct engine *engine = request->engine;
	struct batch batch;
	struct job job;
	struct id id;

	if (is_of_instance(request, &id))
		return running_job_fail(txn, engine, id.number, id.ordinal, &change->failure);
	TRY(job_find(txn, request->call->params[0], &batch, &job));
	TRY(job_fail(txn, engine, &batch, &job, &change->failure.error, clock_now()));
	return batch_put(txn, &batch);
}

int job_execute(struct request *request)
{
	struct change change = {.request = request};
	int code = run_change(&change, execute_body);

	if (code == ERR_NOT_FOUND)
		return request_fail(request, ERR_INVALID_404,
				    "ENGINE-14026 No job found with id '%s'",
				    request->call->params[0]);
	if (!code)
		return request_answer_nothing(request);
	if (!change.failure.error.message)
		return code;
	code = run_change(&change, failure_body);
	if (code && code != ERR_NOT_FOUND)
		return code;
	return request_fail(request, ERR_INVALID_404, "%s", change.failure.error.message);
}

static int log_retries(struct txn *txn, const struct change *change, const struct batch *batch,
		       const struct job *job)
{
	struct logged_operation operation =
		operation_of(change, batch, job, "SetJobRetries", "retries");

	operation.changes[0].old_value = value_text(txn->arena, job->retries);
	operation.changes[0].new_value = value_text(txn->arena, change->retries);
	if (change->set_due_date) {
		operation_add(&operation, "dueDate", value_text(txn->arena, change->due_date));
		operation.changes[1].old_value = value_text(txn->arena, job->due_date);
	}
	return write_log(txn, change, &operation);
}

static int retries_body(struct txn *txn, void *arg)
{
	struct change *change = arg;
	struct batch batch;
	struct job job;

	TRY(job_find(txn, change->request->call->params[0], &batch, &job));
	TRY(log_retries(txn, change, &batch, &job));
	TRY(job_set_retries(txn, change->request->engine, &batch, &job, change->retries));
	if (change->set_due_date)
		job.due_date = change->due_date;
	TRY(job_put(txn, &batch, &job));
	return batch_put(txn, &batch);
}

static int running_retries_body(struct command *command, void *arg)
{
	struct change *change = arg;
	struct instance *instance;
	struct instance_job *job;

	TRY(find_running(command, change, &instance, &job));
	TRY(log_retries(command->txn, change, NULL, row_of(command, job)));
	if (change->set_due_date)
		job->due_date = change->due_date;
	return instance_job_set_retries(instance, job, change->retries);
}

int job_set_retries_by_id(struct request *request)
{
	const struct json *retries = json_present(request->body, "retries");
	const struct json *due_date = json_member(request->body, "dueDate");
	struct change change = {.request = request, .retries = INT_NULL};
	int code;

	if (retries)
		TRY(json_to_int(retries, INT_NULL, true, &change.retries));
	if (due_date)
		TRY(json_to_time(due_date, &change.due_date));
	change.set_due_date = due_date != NULL;
	if (change.retries == INT_NULL)
		return request_fail(request, ERR_NULL_POINTER, "retries is null");
	if (change.retries < 0)
		return request_fail(request, ERR_INVALID_500,
				    "ENGINE-13054 The number of job retries must be a non-negative "
				    "Integer, but '%lld' has been provided.",
				    (long long)change.retries);
	code = run_either(&change, retries_body, running_retries_body);
	if (code == ERR_NOT_FOUND)
		return request_fail(request, ERR_INVALID_500,
				    "ENGINE-13053 No job found with id '%s'.'",
				    request->call->params[0]);
	TRY(code);
	return request_answer_nothing(request);
}

static int property_body(struct txn *txn, void *arg)
{
	struct change *change = arg;
	struct batch batch;
	struct job job;
	int64_t *value;

	TRY(job_find(txn, change->request->call->params[0], &batch, &job));
	value = number_at(&job, change->property->in_job);
	TRY(log_property(txn, change, &batch, &job, *value));
	*value = change->value;
	return job_put(txn, &batch, &job);
}

static int running_property_body(struct command *command, void *arg)
{
	struct change *change = arg;
	struct instance *instance;
	struct instance_job *job;
	int64_t *value;

	TRY(find_running(command, change, &instance, &job));
	value = number_at(job, change->property->in_instance_job);
	TRY(log_property(command->txn, change, NULL, row_of(command, job), *value));
	*value = change->value;
	return instance_job_note(instance, job);
}

int job_set_duedate(struct request *request)
{
	const struct json *due_date = json_present(request->body, "duedate");
	const struct json *cascade = json_member(request->body, "cascade");
	struct change change = {
		.request = request, .property = &due_date_property, .value = TIME_NULL};
	bool ignored;
	int code;

	if (due_date)
		TRY(json_to_time(due_date, &change.value));
	if (cascade)
		TRY(json_to_bool(cascade, false, &ignored));
	code = run_either(&change, property_body, running_property_body);
	if (code == ERR_NOT_FOUND)
		return request_fail(request, ERR_INVALID_500, "No job found with id '%s'.",
				    request->call->params[0]);
	TRY(code);
	return request_answer_nothing(request);
}

int job_recalculate_duedate(struct request *request)
{
	struct txn reader = txn_reader(request->engine->store, request->arena);
	const char *id = request->call->params[0];
	struct job_definition definition = {.job_type = JOB_TYPE_ASYNC};
	struct batch batch;
	struct job job;
	int code = job_find_any(&reader, id, &job);

	if (code == ERR_NOT_FOUND)
		return request_fail(request, ERR_INVALID_404_0,
				    "No job found with id '%s': job is null", id);
	TRY(code);
	if (job.kind == JOB_CLEANUP || job.kind == JOB_SUSPENSION) {
		definition.job_type = loose_job_type(&job);
	} else if (job.kind != JOB_INSTANCE) {
		TRY(job_find(&reader, id, &batch, &job));
		job_definition_of(&batch, (enum job_kind)job.kind, &definition);
	}
	return request_fail(request, ERR_INVALID_500,
			    "Only timer jobs can be recalculated, but the job with id '%s' is of "
			    "type '%s'.",
			    id, definition.job_type);
}

int job_set_priority(struct request *request)
{
	const struct json *priority = json_present(request->body, "priority");
	struct change change = {
		.request = request, .property = &priority_property, .value = INT_NULL};
	const char *id = request->call->params[0];
	int code;

	if (priority)
		TRY(json_to_int(priority, INT_NULL, false, &change.value));
	if (change.value == INT_NULL)
		return request_fail(request, ERR_REST_400, "Priority for job '%s' cannot be null.",
				    id);
	code = run_either(&change, property_body, running_property_body);
	if (code == ERR_NOT_FOUND)
		return request_fail(request, ERR_INVALID_404,
				    "No job found with id '%s': job is null", id);
	TRY(code);
	return request_answer_nothing(request);
}

static int log_suspension(struct txn *txn, const struct change *change,
			  const struct logged_operation *whose)
{
	struct logged_operation operation = *whose;

	operation.type = change->suspended ? "SuspendJob" : "ActivateJob";
	operation.entity = "Job";
	if (change->instance)
		operation_of_instance(&operation, change->instance);
	operation_add(&operation, "suspensionState", change->suspended ? "suspended" : "active");
	return write_log(txn, change, &operation);
}

static int suspended_body(struct txn *txn, void *arg)
{
	struct change *change = arg;
	struct logged_operation operation;
	struct batch batch;
	struct job job;

	TRY(job_find(txn, change->request->call->params[0], &batch, &job));
	job.suspended = change->suspended;
	TRY(job_put(txn, &batch, &job));
	operation = operation_of(change, &batch, &job, NULL, NULL);
	return log_suspension(txn, change, &operation);
}

static int running_suspended_body(struct command *command, void *arg)
{
	struct change *change = arg;
	struct instance *instance;
	struct instance_job *job;

	TRY(find_running(command, change, &instance, &job));
	job->suspended = change->suspended;
	TRY(instance_job_note(instance, job));
	return log_suspension(
		command->txn, change,
		&(struct logged_operation){.job_id = job->id,
					   .job_definition_id = job->job_definition_id});
}

#define KEYS "jobDefinitionId, processInstanceId, processDefinitionId or processDefinitionKey"

/* How many of the keys that name jobs are given. */
static size_t count_keys(const struct request *request)
{
	static const char *const keys[] = {"jobDefinitionId", "processInstanceId",
					   "processDefinitionId", "processDefinitionKey"};
	size_t i, given = 0;

	for (i = 0; i < ARRAY_SIZE(keys); i++)
		given += json_present(request->body, keys[i]) != NULL;
	return given;
}

static int refuse_keys(struct request *request)
{
	return request_fail(request, ERR_INVALID,
			    "Only one of jobId, " KEYS
			    " should be set to update the suspension state.");
}

int job_set_suspended(struct request *request)
{
	const struct json *suspended = json_member(request->body, "suspended");
	struct change change = {.request = request};
	int code;

	if (suspended)
		TRY(json_to_bool(suspended, false, &change.suspended));
	if (count_keys(request))
		return refuse_keys(request);
	code = run_either(&change, suspended_body, running_suspended_body);
	return code && code != ERR_NOT_FOUND ? code : request_answer_nothing(request);
}

static int delete_body(struct txn *txn, void *arg)
{
	struct change *change = arg;
	struct logged_operation operation;
	struct batch batch;
	struct job job;

	TRY(job_find(txn, change->request->call->params[0], &batch, &job));
	operation = operation_of(change, &batch, &job, "Delete", NULL);
	if (job_kind_is_loose((enum job_kind)job.kind))
		TRY(loose_job_log(txn, change->request->engine, &job, JOB_LOG_DELETION,
				  clock_now()));
	TRY(job_end(txn, &batch, &job, true, clock_now()));
	TRY(batch_put(txn, &batch));
	return write_log(txn, change, &operation);
}

static int running_delete_body(struct command *command, void *arg)
{
	struct change *change = arg;
	struct logged_operation operation;
	struct instance *instance;
	struct instance_job *job;

	TRY(find_running(command, change, &instance, &job));
	operation = operation_of(change, NULL, row_of(command, job), "Delete", NULL);
	instance_job_delete(instance, job);
	return write_log(command->txn, change, &operation);
}

int job_delete(struct request *request)
{
	struct change change = {.request = request};
	int code = run_either(&change, delete_body, running_delete_body);

	if (code == ERR_NOT_FOUND)
		return request_fail(request, ERR_INVALID_404,
				    "No job found with id '%s': job is null",
				    request->call->params[0]);
	TRY(code);
	return request_answer_nothing(request);
}

static int suspend_all_body(struct txn *txn, void *arg)
{
	struct change *change = arg;
	const char *definition;
	struct batch batch;
	enum job_kind kind;

	TRY(json_to_string(json_member(change->request->body, "jobDefinitionId"), &definition));
	TRY(job_definition_find(txn, definition, &batch, &kind));
	TRY(jobs_set_suspended(txn, &batch, kind, change->suspended));
	return log_suspension(txn, change,
			      &(struct logged_operation){.job_definition_id = definition});
}

/* Of jobs of instances; they are changed in transactions of their own. */
static int suspend_log_body(struct txn *txn, void *arg)
{
	struct change *change = arg;
	const struct running_selection *selection = change->selection;
	struct logged_operation operation = {
		.job_definition_id = selection->job_definition_id,
		.process_definition_id = selection->process_definition_id,
		.process_definition_key = selection->process_definition_key,
	};

	operation_place(&operation, "processInstanceId", selection->process_instance_id);
	return log_suspension(txn, change, &operation);
}

/* Exactly one of the keys must be given, and not jobId. */
static int check_keys(struct request *request)
{
	size_t given = count_keys(request);

	if (json_present(request->body, "jobId"))
		return request_fail(request, ERR_INVALID,
				    "Either " KEYS " can be set to update the suspension state.");
	if (given > 1)
		return refuse_keys(request);
	return given ? 0
		     : request_fail(request, ERR_INVALID,
				    "Either jobId, " KEYS
				    " should be set to update the suspension state.");
}

int job_set_suspended_by(struct request *request)
{
	const struct json *suspended = json_member(request->body, "suspended");
	struct change change = {.request = request};
	struct running_change jobs = {.type = CHANGE_JOBS_SUSPENDED};
	struct running_selection selection;
	int code = 0;

	if (suspended)
		TRY(json_to_bool(suspended, false, &change.suspended));
	jobs.suspended = change.suspended;
	TRY(check_keys(request));
	TRY(running_selection_read(request->body, &selection));
	change.selection = &selection;
	code = selection.job_definition_id ? run_change(&change, suspend_all_body) : ERR_NOT_FOUND;
	if (code != ERR_NOT_FOUND)
		return code ? code : request_answer_nothing(request);
	TRY(run_change(&change, suspend_log_body));
	TRY(running_change_all(request, &selection, &jobs));
	return request_answer_nothing(request);
}
