/* /job-definition: lists, single definitions, suspension, retries, priority. */
#include "core/api/handler.h"
#include "core/history/operation_log.h"
#include "core/engine.h"
#include "core/process/latest_definition.h"
#include "core/job/job_definition.h"
#include "core/job/job_executor.h"
#include "core/job/process_job_definition.h"
#include "core/repository/suspension_job.h"
#include "core/json/iso_date.h"
#include "core/query/query.h"
#include "core/record/row_json.h"
#include "core/runtime/running_change.h"

enum { OP_ACTIVE = OP_OWN, OP_TENANTS };

static const struct filter filters[] = {
	FILTER("jobDefinitionId", STRING, OP_EQ, JOB_DEFINITION_FIELD_ID),
	{"activityIdIn", PARAM_ARRAY, OP_IN,      JOB_DEFINITION_FIELD_ACTIVITY_ID, "Activity ids", 0,
								     NULL},
	FILTER("processDefinitionId", STRING, OP_EQ, JOB_DEFINITION_FIELD_PROCESS_DEFINITION_ID),
	FILTER("processDefinitionKey", STRING, OP_EQ, JOB_DEFINITION_FIELD_PROCESS_DEFINITION_KEY),
	FILTER("jobType", STRING, OP_EQ, JOB_DEFINITION_FIELD_JOB_TYPE),
	FILTER("jobConfiguration", STRING, OP_EQ, JOB_DEFINITION_FIELD_JOB_CONFIGURATION),
	FILTER("active", BOOL, OP_ACTIVE, JOB_DEFINITION_FIELD_SUSPENDED),
	FILTER("suspended", BOOL, OP_IF_TRUE, JOB_DEFINITION_FIELD_SUSPENDED),
	FILTER("withOverridingJobPriority", BOOL, OP_PRESENT,
	       JOB_DEFINITION_FIELD_OVERRIDING_JOB_PRIORITY),
	{"tenantIdIn",   PARAM_LIST,  OP_TENANTS, JOB_DEFINITION_FIELD_TENANT_ID,   "tenantIds",    0,
								     NULL},
	FILTER("withoutTenantId", BOOL, OP_ABSENT, JOB_DEFINITION_FIELD_TENANT_ID),
	FILTER("includeJobDefinitionsWithoutTenantId", BOOL, OP_NONE,
	       JOB_DEFINITION_FIELD_TENANT_ID),
};

static const struct sort_key sorts[] = {
	{"jobDefinitionId",      JOB_DEFINITION_FIELD_ID                    },
	{"activityId",           JOB_DEFINITION_FIELD_ACTIVITY_ID           },
	{"processDefinitionId",  JOB_DEFINITION_FIELD_PROCESS_DEFINITION_ID },
	{"processDefinitionKey", JOB_DEFINITION_FIELD_PROCESS_DEFINITION_KEY},
	{"jobType",              JOB_DEFINITION_FIELD_JOB_TYPE              },
	{"jobConfiguration",     JOB_DEFINITION_FIELD_JOB_CONFIGURATION     },
	{"tenantId",             JOB_DEFINITION_FIELD_TENANT_ID             },
};

static const struct resource resource = {
	.kind = &job_definition_kind,
	.filters = filters,
	.filter_count = ARRAY_SIZE(filters),
	.sorts = sorts,
	.sort_count = ARRAY_SIZE(sorts),
};

/* Of active and suspended the last one set counts: suspended. */
static bool matches(const struct query *query, const struct job_definition *definition)
{
	const struct criterion *tenants = query_criterion(query, "tenantIdIn");

	if (query_criterion(query, "active") && !query_criterion(query, "suspended") &&
	    definition->suspended)
		return false;
	if (tenants && tenants->list.count) {
		struct filter in = {"",   PARAM_LIST, OP_IN, JOB_DEFINITION_FIELD_TENANT_ID,
				    NULL, 0,          NULL};
		struct criterion criterion = *tenants;

		criterion.filter = &in;
		if (!(definition->tenant_id
			      ? criterion_matches(&criterion, &job_definition_kind.fields[in.field],
						  ((const union slot *)definition)[in.field])
			      : query_criterion(query, "includeJobDefinitionsWithoutTenantId") !=
					NULL))
			return false;
	}
	return query_matches(query, (const union slot *)definition);
}

/* Those of processes; *RET_FULL: no more are wanted. */
static int offer_process_definitions(struct txn *reader, struct arena *arena,
				     struct listing *listing, bool *ret_full)
{
	const struct criterion *process = query_criterion(listing->query, "processDefinitionId");
	struct job_definition *definition;
	struct scan scan;
	int code;

	*ret_full = false;
	process_job_definition_scan(&scan, reader, process ? process->text : NULL);
	for (;;) {
		definition = arena_alloc(arena, sizeof(*definition));
		code = process_job_definition_next(&scan, arena, definition);
		if (code)
			return code == ERR_NOT_FOUND ? 0 : code;
		if (matches(listing->query, definition) &&
		    !listing_offer(listing, (union slot *)definition)) {
			*ret_full = true;
			return 0;
		}
	}
}

static int offer_definitions(struct request *request, struct arena *arena, struct listing *listing)
{
	struct txn reader = txn_reader(request->engine->store, request->arena);
	struct batch batch;
	uint64_t number = 0;
	int kind, code;
	bool full;

	TRY(offer_process_definitions(&reader, arena, listing, &full));
	if (full)
		return 0;

	while (!(code = batch_next(&reader, number, &batch))) {
		number = (uint64_t)batch.number + 1;
		for (kind = 0; kind < JOB_KIND_MAX; kind++) {
			struct job_definition *definition = arena_alloc(arena, sizeof(*definition));

			job_definition_of(&batch, (enum job_kind)kind, definition);
			if (matches(listing->query, definition) &&
			    !listing_offer(listing, (union slot *)definition))
				return 0;
		}
	}
	return code == ERR_NOT_FOUND ? 0 : code;
}

static const struct list_source source = {&resource, NULL, offer_definitions, NULL};

int job_definition_list(struct request *request)
{
	return list_answer_params(request, &source, false);
}

int job_definition_query(struct request *request)
{
	return list_answer_body(request, &source, false);
}

int job_definition_count(struct request *request)
{
	return list_answer_params(request, &source, true);
}

int job_definition_query_count(struct request *request)
{
	return list_answer_body(request, &source, true);
}

int job_definition_get(struct request *request)
{
	struct txn reader = txn_reader(request->engine->store, request->arena);
	const char *id = request->call->params[0];
	struct job_definition definition;
	struct batch batch;
	enum job_kind kind;
	int code = job_definition_find(&reader, id, &batch, &kind);

	if (!code)
		job_definition_of(&batch, kind, &definition);
	else if (code == ERR_NOT_FOUND)
		code = process_job_definition_get(&reader, id, &definition);
	if (code == ERR_NOT_FOUND)
		return request_fail(request, ERR_INVALID_404,
				    "Job Definition with id %s does not exist", id);
	TRY(code);
	row_answer(request_answer(request), &job_definition_kind, (union slot *)&definition);
	return 0;
}

/* A change of a definition, and perhaps of its jobs. */
struct change {
	struct request *request;
	const char *id;
	bool include_jobs, suspended, set_due_date;
	int64_t retries, priority, due_date;
	const char *process_definition_id, *process_definition_key; /* for the log */
};

static int run_change(struct request *request, txn_body body, struct change *change)
{
	change->request = request;
	TRY(operation_log_run(request, TXN_DURABLE, body, change));
	job_executor_wake(request->engine->executor);
	return 0;
}

/* What becomes of the jobs of instances that have the definition. */
static int change_jobs(struct request *request, const struct change *change,
		       const struct running_change *jobs)
{
	struct running_selection selection = {.job_definition_id = change->id};

	return running_change_all(request, &selection, jobs);
}

/* What is logged of a change of the definition, or of its jobs. */
static struct logged_operation operation_of(const struct change *change, const char *type,
					    const char *entity)
{
	struct logged_operation operation = {.type = type,
					     .entity = entity,
					     .job_definition_id = change->id,
					     .process_definition_id = change->process_definition_id,
					     .process_definition_key =
						     change->process_definition_key};

	return operation;
}

static int log_suspension(struct txn *txn, const struct change *change)
{
	struct logged_operation operation = operation_of(
		change, change->suspended ? "SuspendJobDefinition" : "ActivateJobDefinition",
		"JobDefinition");

	operation_add(&operation, "suspensionState", change->suspended ? "suspended" : "active");
	return operation_log_write(txn, change->request, &operation);
}

static int suspend_body(struct txn *txn, void *arg)
{
	struct change *change = arg;
	struct batch batch;
	enum job_kind kind;

	TRY(job_definition_find(txn, change->id, &batch, &kind));
	batch.definition_suspended[kind] = change->suspended;
	if (change->include_jobs)
		TRY(jobs_set_suspended(txn, &batch, kind, change->suspended));
	TRY(batch_put(txn, &batch));
	return log_suspension(txn, change);
}

static int find_of_process(struct txn *txn, struct change *change, struct job_definition *ret)
{
	TRY(process_job_definition_get(txn, change->id, ret));
	change->process_definition_id = ret->process_definition_id;
	change->process_definition_key = ret->process_definition_key;
	return 0;
}

static int suspend_process_body(struct txn *txn, void *arg)
{
	struct change *change = arg;
	struct job_definition definition;

	TRY(find_of_process(txn, change, &definition));
	definition.suspended = change->suspended;
	TRY(process_job_definition_put(txn, &definition));
	return log_suspension(txn, change);
}

static int suspend(struct request *request, struct change *change)
{
	struct running_change jobs = {.type = CHANGE_JOBS_SUSPENDED,
				      .suspended = change->suspended};
	int code = run_change(request, suspend_body, change);

	if (code != ERR_NOT_FOUND)
		return code;
	TRY(run_change(request, suspend_process_body, change));
	return change->include_jobs ? change_jobs(request, change, &jobs) : 0;
}

/* Definitions of processes that a selection means. */
struct suspending {
	struct change change;
	const struct running_selection *selection;
};

static int suspend_selected_body(struct txn *txn, void *arg)
{
	struct suspending *suspending = arg;
	struct job_definition definition;
	struct scan scan;
	int code;

	process_job_definition_scan(&scan, txn, suspending->selection->process_definition_id);
	while (!(code = process_job_definition_next(&scan, txn->arena, &definition))) {
		if (!running_selection_means(
			    suspending->selection, definition.process_definition_id,
			    definition.process_definition_key, definition.tenant_id))
			continue;
		definition.suspended = suspending->change.suspended;
		TRY(process_job_definition_put(txn, &definition));
	}
	if (code != ERR_NOT_FOUND)
		return code;
	return log_suspension(txn, &suspending->change);
}

static int suspend_selected(struct request *request, const struct change *change,
			    const struct running_selection *selection)
{
	struct running_change jobs = {.type = CHANGE_JOBS_SUSPENDED,
				      .suspended = change->suspended};
	struct suspending suspending = {*change, selection};

	suspending.change.request = request;
	suspending.change.process_definition_id = selection->process_definition_id;
	suspending.change.process_definition_key = selection->process_definition_key;
	TRY(operation_log_run(request, TXN_DURABLE, suspend_selected_body, &suspending));
	return change->include_jobs ? running_change_all(request, selection, &jobs) : 0;
}

static int read_flag(struct request *request, const char *name, bool *ret)
{
	const struct json *node = json_member(request->body, name);

	*ret = false;
	return node ? json_to_bool(node, false, ret) : 0;
}

/* The date at which it is to happen; TIME_NULL = at once. WHAT begins the words for a bad one. */
static int read_execution_date(struct request *request, const char *what, int64_t *ret)
{
	const struct json *node = json_present(request->body, "executionDate");
	const char *text = NULL, *why;

	*ret = TIME_NULL;
	if (node)
		TRY(json_to_string(node, &text));
	if (text && *text && !iso_date_parse(request->arena, text, ret, &why))
		return request_fail(request, ERR_INVALID, "%s due to: %s", what, why);
	return 0;
}

/* A suspension at a date. */
struct scheduling {
	struct change change;
	struct suspension suspension;
	const char *deployment_id; /* of the definition, for the job's log */
	int64_t date;
};

/* The process definition that a change is about, or NULL: that of the key is the latest one. */
static int find_process(struct txn *txn, const struct change *change,
			const struct running_selection *selection, const char **ret)
{
	struct job_definition definition;
	int code = 0;

	*ret = selection->process_definition_id;
	if (change->id) {
		code = process_job_definition_get(txn, change->id, &definition);
		*ret = code ? NULL : definition.process_definition_id;
	} else if (selection->process_definition_key) {
		code = latest_definition_find(txn, &process_definition_kind,
					      selection->process_definition_key,
					      selection->tenant_id, ret);
		*ret = code ? NULL : *ret;
	}
	return code == ERR_NOT_FOUND ? 0 : code;
}

static int schedule_body(struct txn *txn, void *arg)
{
	const struct scheduling *scheduling = arg;

	TRY(suspension_job_create(txn, scheduling->change.request->engine, &scheduling->suspension,
				  scheduling->deployment_id, scheduling->date));
	return log_suspension(txn, &scheduling->change);
}

/* Of the definition that CHANGE names, or those of a process. */
static int schedule(struct request *request, const struct change *change,
		    const struct running_selection *selection, int64_t date)
{
	struct scheduling scheduling = {
		.change = *change,
		.suspension = {.definition_id = selection->process_definition_id,
			       .key = selection->process_definition_key,
			       .suspended = change->suspended,
			       .of_jobs = true,
			       .job_definition_id = change->id,
			       .include_jobs = change->include_jobs},
		.date = date,
	};

	struct txn reader = txn_reader(request->engine->store, request->arena);
	const char *definition;

	TRY(find_process(&reader, change, selection, &definition));
	if (definition)
		TRY(definition_deployment(&reader, &process_definition_kind, definition,
					  &scheduling.deployment_id));
	scheduling.change.request = request;
	scheduling.change.process_definition_id = selection->process_definition_id;
	scheduling.change.process_definition_key = selection->process_definition_key;
	TRY(operation_log_run(request, TXN_DURABLE, schedule_body, &scheduling));
	job_executor_wake(request->engine->executor);
	return request_answer_nothing(request);
}

static const char only_one_key[] = "Only one of jobDefinitionId, processDefinitionId or "
				   "processDefinitionKey should be set to update the suspension "
				   "state.";

int job_definition_set_suspended(struct request *request)
{
	struct change change = {.id = request->call->params[0]};
	const struct running_selection none = {NULL};
	int64_t date;
	int code;

	TRY(read_flag(request, "suspended", &change.suspended));
	TRY(read_flag(request, "includeJobs", &change.include_jobs));
	if (json_present(request->body, "processDefinitionId") ||
	    json_present(request->body, "processDefinitionKey"))
		return request_fail(request, ERR_INVALID, "%s", only_one_key);
	TRY(read_execution_date(request,
				arena_printf(request->arena,
					     "The suspension state of Job Definition with id %s "
					     "could not be updated",
					     change.id),
				&date));
	if (date != TIME_NULL)
		return schedule(request, &change, &none, date);
	code = suspend(request, &change);
	return code && code != ERR_NOT_FOUND ? code : request_answer_nothing(request);
}

int job_definition_set_suspended_by(struct request *request)
{
	static const char either[] = "Either jobDefinitionId, processDefinitionId or "
				     "processDefinitionKey should be set to update the suspension "
				     "state.";
	bool definition = json_present(request->body, "jobDefinitionId");
	bool process = json_present(request->body, "processDefinitionId");
	bool key = json_present(request->body, "processDefinitionKey");
	struct running_selection selection;
	struct change change = {.id = NULL};
	int64_t date;

	TRY(read_flag(request, "suspended", &change.suspended));
	TRY(read_flag(request, "includeJobs", &change.include_jobs));
	TRY(running_selection_read(request->body, &selection));
	if (definition)
		return request_fail(request, ERR_INVALID,
				    "Either processDefinitionId or processDefinitionKey can be set "
				    "to update the suspension state.");
	if (process && key)
		return request_fail(request, ERR_INVALID, "%s", only_one_key);
	if (!process && !key)
		return request_fail(request, ERR_INVALID, "%s", either);
	TRY(read_execution_date(request, "Could not update the suspension state of Job Definitions",
				&date));
	if (date != TIME_NULL)
		return schedule(request, &change, &selection, date);
	TRY(suspend_selected(request, &change, &selection));
	return request_answer_nothing(request);
}

static struct logged_operation priority_operation(struct arena *arena, const struct change *change,
						  int64_t before)
{
	struct logged_operation operation = operation_of(change, "SetPriority", "JobDefinition");

	operation_add(&operation, "overridingPriority", NULL);
	if (before != INT_NULL)
		operation.changes[0].old_value = arena_printf(arena, "%lld", (long long)before);
	if (change->priority == INT_NULL)
		return operation;
	operation_add_number(&operation, arena, "priority", change->priority);
	operation.changes[0].new_value = operation.changes[1].new_value;
	operation.changes[1].entity = "Job";
	if (!change->include_jobs)
		operation.count = 1;
	return operation;
}

static int priority_body(struct txn *txn, void *arg)
{
	struct change *change = arg;
	struct logged_operation operation;
	struct batch batch;
	enum job_kind kind;

	TRY(job_definition_find(txn, change->id, &batch, &kind));
	operation = priority_operation(txn->arena, change, batch.definition_priority[kind]);
	batch.definition_priority[kind] = change->priority;
	/* the engine does so whether includeJobs is set or not */
	if (change->priority != INT_NULL)
		TRY(jobs_set_priority(txn, &batch, kind, change->priority));
	TRY(batch_put(txn, &batch));
	return operation_log_write(txn, change->request, &operation);
}

static int process_priority_body(struct txn *txn, void *arg)
{
	struct change *change = arg;
	struct logged_operation operation;
	struct job_definition definition;

	TRY(find_of_process(txn, change, &definition));
	operation = priority_operation(txn->arena, change, definition.overriding_job_priority);
	definition.overriding_job_priority = change->priority;
	TRY(process_job_definition_put(txn, &definition));
	return operation_log_write(txn, change->request, &operation);
}

static int set_priority(struct request *request, struct change *change)
{
	struct running_change jobs = {.type = CHANGE_JOBS_PRIORITY, .priority = change->priority};
	int code = run_change(request, priority_body, change);

	if (code != ERR_NOT_FOUND)
		return code;
	TRY(run_change(request, process_priority_body, change));
	return change->priority != INT_NULL ? change_jobs(request, change, &jobs) : 0;
}

int job_definition_set_job_priority(struct request *request)
{
	const struct json *priority = json_present(request->body, "priority");
	struct change change = {.id = request->call->params[0], .priority = INT_NULL};
	int code;

	TRY(read_flag(request, "includeJobs", &change.include_jobs));
	if (priority)
		TRY(json_to_int(priority, INT_NULL, false, &change.priority));
	if (change.priority == INT_NULL && change.include_jobs)
		return request_fail(request, ERR_INVALID,
				    "Cannot reset priority for job definition %s with "
				    "includeJobs=true",
				    change.id);
	code = set_priority(request, &change);
	if (code == ERR_NOT_FOUND)
		return request_fail(request, ERR_INVALID_404,
				    "Job definition with id '%s' does not exist: jobDefinition is "
				    "null",
				    change.id);
	TRY(code);
	return request_answer_nothing(request);
}

static int log_retries(struct txn *txn, const struct change *change,
		       struct logged_operation *operation)
{
	operation_add_number(operation, txn->arena, "retries", change->retries);
	if (change->set_due_date && change->due_date == TIME_NULL)
		operation_add(operation, "dueDate", NULL);
	else if (change->set_due_date)
		operation_add_number(operation, txn->arena, "dueDate", change->due_date);
	return operation_log_write(txn, change->request, operation);
}

static int retries_body(struct txn *txn, void *arg)
{
	struct change *change = arg;
	struct logged_operation operation = operation_of(change, "SetJobRetries", "Job");
	struct batch batch;
	enum job_kind kind;

	TRY(job_definition_find(txn, change->id, &batch, &kind));
	TRY(jobs_set_retries(txn, &batch, kind, change->retries, change->set_due_date,
			     change->due_date));
	TRY(batch_put(txn, &batch));
	return log_retries(txn, change, &operation);
}

static int process_retries_body(struct txn *txn, void *arg)
{
	struct change *change = arg;
	struct logged_operation operation;
	struct job_definition definition;

	TRY(find_of_process(txn, change, &definition));
	operation = operation_of(change, "SetJobRetries", "Job");
	return log_retries(txn, change, &operation);
}

static int set_retries(struct request *request, struct change *change)
{
	struct running_change jobs = {.type = CHANGE_JOBS_RETRIES,
				      .retries = change->retries,
				      .set_due_date = change->set_due_date,
				      .due_date = change->due_date};
	int code = run_change(request, retries_body, change);

	if (code != ERR_NOT_FOUND)
		return code;
	TRY(run_change(request, process_retries_body, change));
	return change_jobs(request, change, &jobs);
}

int job_definition_set_retries(struct request *request)
{
	const struct json *retries = json_present(request->body, "retries");
	const struct json *due_date = json_member(request->body, "dueDate");
	struct change change = {.id = request->call->params[0], .due_date = TIME_NULL};
	int code;

	if (retries)
		TRY(json_to_int(retries, INT_NULL, true, &change.retries));
	if (due_date)
		TRY(json_to_time(due_date, &change.due_date));
	change.set_due_date = due_date != NULL;
	if (!retries || change.retries == INT_NULL)
		return request_fail(request, ERR_NULL_POINTER, "retries is null");
	if (change.retries < 0)
		return request_fail(request, ERR_INVALID_500,
				    "ENGINE-13054 The number of job retries must be a non-negative "
				    "Integer, but '%lld' has been provided.",
				    (long long)change.retries);
	code = set_retries(request, &change);
	return code && code != ERR_NOT_FOUND ? code : request_answer_nothing(request);
}
