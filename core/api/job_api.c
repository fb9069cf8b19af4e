/* /job: lists, single jobs and what can be done to them. */
#include "core/api/handler.h"
#include "core/history/operation_log.h"
#include "core/engine.h"
#include "core/job/job_definition.h"
#include "core/job/job_executor.h"
#include "core/job/job_log.h"
#include "core/job/loose_job.h"
#include "core/job/job_query.h"
#include "core/job/job_run.h"
#include "core/record/row_json.h"

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
	struct batch batch;

	return job_find(&reader, request->call->params[0], &batch, ret);
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

/* A change of one job. */
struct change {
	struct request *request;
	int64_t retries, due_date, priority;
	bool set_due_date, suspended;
	struct job_failure failure;
};

static int run_change(struct change *change, txn_body body)
{
	struct request *request = change->request;

	TRY(operation_log_run(request, TXN_SYNC, body, change));
	job_executor_wake(request->engine->executor);
	return 0;
}

/* What is logged of a change of JOB: TYPE, and one property, or NULL. */
static struct logged_operation operation_of(const struct job *job, const char *type,
					    const char *property)
{
	struct logged_operation operation = {.type = type,
					     .entity = "Job",
					     .job_id = job->id,
					     .job_definition_id = job->job_definition_id};

	if (property)
		operation_add(&operation, property, NULL);
	return operation;
}

/* A number or time as a property's value: NULL when there is none. */
static const char *value_text(struct arena *arena, int64_t value)
{
	return value == INT_NULL || value == TIME_NULL
		       ? NULL
		       : arena_printf(arena, "%lld", (long long)value);
}

static int log_number(struct txn *txn, struct request *request, const struct job *job,
		      const char *type, const char *property, int64_t before, int64_t after)
{
	struct logged_operation operation = operation_of(job, type, property);

	operation.changes[0].old_value = value_text(txn->arena, before);
	operation.changes[0].new_value = value_text(txn->arena, after);
	return operation_log_write(txn, request, &operation);
}

static int execute_body(struct txn *txn, void *arg)
{
	struct change *change = arg;
	struct engine *engine = change->request->engine;
	struct batch batch;
	struct job job;

	TRY(job_find(txn, change->request->call->params[0], &batch, &job));
	return job_run(txn, engine, &batch, &job, clock_now(), &change->failure);
}

static int failure_body(struct txn *txn, void *arg)
{
	struct change *change = arg;
	struct engine *engine = change->request->engine;
	struct batch batch;
	struct job job;

	TRY(job_find(txn, change->request->call->params[0], &batch, &job));
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

static int retries_body(struct txn *txn, void *arg)
{
	struct change *change = arg;
	struct logged_operation operation;
	struct batch batch;
	struct job job;

	TRY(job_find(txn, change->request->call->params[0], &batch, &job));
	operation = operation_of(&job, "SetJobRetries", "retries");
	operation.changes[0].old_value = value_text(txn->arena, job.retries);
	operation.changes[0].new_value = value_text(txn->arena, change->retries);
	TRY(job_set_retries(txn, change->request->engine, &batch, &job, change->retries));
	if (change->set_due_date) {
		operation_add(&operation, "dueDate", value_text(txn->arena, change->due_date));
		operation.changes[1].old_value = value_text(txn->arena, job.due_date);
		job.due_date = change->due_date;
	}
	TRY(job_put(txn, &batch, &job));
	TRY(batch_put(txn, &batch));
	return operation_log_write(txn, change->request, &operation);
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
	code = run_change(&change, retries_body);
	if (code == ERR_NOT_FOUND)
		return request_fail(request, ERR_INVALID_500,
				    "ENGINE-13053 No job found with id '%s'.'",
				    request->call->params[0]);
	TRY(code);
	return request_answer_nothing(request);
}

static int duedate_body(struct txn *txn, void *arg)
{
	struct change *change = arg;
	struct batch batch;
	struct job job;

	TRY(job_find(txn, change->request->call->params[0], &batch, &job));
	TRY(log_number(txn, change->request, &job, "SetDueDate", "duedate", job.due_date,
		       change->due_date));
	job.due_date = change->due_date;
	return job_put(txn, &batch, &job);
}

int job_set_duedate(struct request *request)
{
	const struct json *due_date = json_present(request->body, "duedate");
	const struct json *cascade = json_member(request->body, "cascade");
	struct change change = {.request = request, .due_date = TIME_NULL};
	bool ignored;
	int code;

	if (due_date)
		TRY(json_to_time(due_date, &change.due_date));
	if (cascade)
		TRY(json_to_bool(cascade, false, &ignored));
	code = run_change(&change, duedate_body);
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
	struct job_definition definition;
	struct batch batch;
	struct job job;
	int code = job_find(&reader, id, &batch, &job);

	if (code == ERR_NOT_FOUND)
		return request_fail(request, ERR_INVALID_404_0,
				    "No job found with id '%s': job is null", id);
	TRY(code);
	job_definition_of(&batch, (enum job_kind)job.kind, &definition);
	return request_fail(request, ERR_INVALID_500,
			    "Only timer jobs can be recalculated, but the job with id '%s' is of "
			    "type '%s'.",
			    id, definition.job_type);
}

static int priority_body(struct txn *txn, void *arg)
{
	struct change *change = arg;
	struct batch batch;
	struct job job;

	TRY(job_find(txn, change->request->call->params[0], &batch, &job));
	TRY(log_number(txn, change->request, &job, "SetPriority", "priority", job.priority,
		       change->priority));
	job.priority = change->priority;
	return job_put(txn, &batch, &job);
}

int job_set_priority(struct request *request)
{
	const struct json *priority = json_present(request->body, "priority");
	struct change change = {.request = request, .priority = INT_NULL};
	const char *id = request->call->params[0];
	int code;

	if (priority)
		TRY(json_to_int(priority, INT_NULL, false, &change.priority));
	if (change.priority == INT_NULL)
		return request_fail(request, ERR_REST_400, "Priority for job '%s' cannot be null.",
				    id);
	code = run_change(&change, priority_body);
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
	operation_add(&operation, "suspensionState", change->suspended ? "suspended" : "active");
	return operation_log_write(txn, change->request, &operation);
}

static int suspended_body(struct txn *txn, void *arg)
{
	struct change *change = arg;
	struct batch batch;
	struct job job;

	TRY(job_find(txn, change->request->call->params[0], &batch, &job));
	job.suspended = change->suspended;
	TRY(job_put(txn, &batch, &job));
	return log_suspension(
		txn, change,
		&(struct logged_operation){.job_id = job.id,
					   .job_definition_id = job.job_definition_id});
}

int job_set_suspended(struct request *request)
{
	const struct json *suspended = json_member(request->body, "suspended");
	struct change change = {.request = request};
	int code;

	if (suspended)
		TRY(json_to_bool(suspended, false, &change.suspended));
	code = run_change(&change, suspended_body);
	return code && code != ERR_NOT_FOUND ? code : request_answer_nothing(request);
}

static int delete_body(struct txn *txn, void *arg)
{
	struct change *change = arg;
	struct logged_operation operation;
	struct batch batch;
	struct job job;

	TRY(job_find(txn, change->request->call->params[0], &batch, &job));
	operation = operation_of(&job, "Delete", NULL);
	if (job.kind == JOB_SUSPENSION)
		TRY(loose_job_log(txn, change->request->engine, &job, JOB_LOG_DELETION,
				  clock_now()));
	TRY(job_end(txn, &batch, &job, true, clock_now()));
	TRY(batch_put(txn, &batch));
	return operation_log_write(txn, change->request, &operation);
}

int job_delete(struct request *request)
{
	struct change change = {.request = request};
	int code = run_change(&change, delete_body);

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

#define KEYS "jobDefinitionId, processInstanceId, processDefinitionId or processDefinitionKey"

/* Which of the keys that name jobs are given: exactly one must be, and not jobId. */
static int check_keys(struct request *request)
{
	static const char *const keys[] = {"jobDefinitionId", "processInstanceId",
					   "processDefinitionId", "processDefinitionKey"};
	size_t i, given = 0;

	if (json_present(request->body, "jobId"))
		return request_fail(request, ERR_INVALID,
				    "Either " KEYS " can be set to update the suspension state.");
	for (i = 0; i < ARRAY_SIZE(keys); i++)
		given += json_present(request->body, keys[i]) != NULL;
	if (given > 1)
		return request_fail(request, ERR_INVALID,
				    "Only one of jobId, " KEYS
				    " should be set to update the suspension state.");
	if (!given)
		return request_fail(request, ERR_INVALID,
				    "Either jobId, " KEYS
				    " should be set to update the suspension state.");
	return 0;
}

int job_set_suspended_by(struct request *request)
{
	const struct json *suspended = json_member(request->body, "suspended");
	struct change change = {.request = request};
	int code;

	if (suspended)
		TRY(json_to_bool(suspended, false, &change.suspended));
	TRY(check_keys(request));
	if (!json_present(request->body, "jobDefinitionId"))
		return request_answer_nothing(request); /* no job here is of a process */
	code = run_change(&change, suspend_all_body);
	return code && code != ERR_NOT_FOUND ? code : request_answer_nothing(request);
}
