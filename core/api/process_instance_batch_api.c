/* Creation of batches over running process instances (semantics.md 2.7 to 2.9, 2.12, 2.13). */
#include <stdlib.h>
#include <string.h>

#include "core/api/handler.h"
#include "core/api/process_instance_sources.h"
#include "core/api/retries_body.h"
#include "core/job/batch.h"
#include "core/batch/select.h"
#include "core/engine.h"
#include "core/history/id_list.h"
#include "core/history/process_query.h"
#include "core/batch/job_target.h"
#include "core/runtime/process_instance_query.h"
#include "core/runtime/running_scan.h"
#include "core/runtime/typed_value.h"

static void take_id(void *arg, const char *id)
{
	id_list_add(arg, id, strlen(id));
}

/* They were streamed out of the body, unless they are no list. */
static int check_ids(const struct request *request, const char *key)
{
	const struct json *node = json_present(request->body, key);

	return node && node->type != JSON_ARRAY ? ERR_INPUT : 0;
}

int process_instances_select(struct request *request, const struct sources *sources,
			     struct instances *ret)
{
	const struct json *query =
		sources->query ? json_present(request->body, "processInstanceQuery") : NULL;
	const struct json *history =
		sources->history ? json_present(request->body, "historicProcessInstanceQuery")
				 : NULL;
	const struct selection_rules rules = {sources->ids, true, sources->refusal, true};

	TRY(check_ids(request, sources->ids));
	ret->queried = query || history;
	ret->given = ret->queried || json_present(request->body, sources->ids);
	ret->nulls = request->diverted->nulls > 0;
	if (query)
		TRY(running_instance_select(request, query, sources->refusal, take_id,
					    request->diverted));
	return history_select_processes(request, history, &rules, &ret->target);
}

static int body_text(const struct request *request, const char *key, const char **ret)
{
	const struct json *node = json_present(request->body, key);

	*ret = NULL;
	return node ? json_to_string(node, ret) : 0;
}

static int body_flag(const struct request *request, const char *key, bool *ret)
{
	const struct json *node = json_member(request->body, key);

	*ret = false;
	return node ? json_to_bool(node, false, ret) : 0;
}

/* What was written, as a text in the request's arena. */
static const char *finish_text(struct request *request, struct json_writer *writer)
{
	const char *text = arena_strndup(request->arena, (const char *)writer->buffer.data,
					 writer->buffer.length);

	json_writer_clear(writer);
	return text;
}

struct deletion {
	const char *reason;
	bool skip_listeners, skip_subprocesses, skip_mappings;
};

/* A query that this operation makes nothing of has to be one all the same. */
static int check_query(struct request *request, const char *key, const struct resource *resource)
{
	const struct json *object = json_present(request->body, key);
	struct query query;

	return object && query_bind_object(request, resource, object, &query) == ERR_INPUT
		       ? ERR_INPUT
		       : 0;
}

static int read_deletion(struct request *request, struct deletion *ret)
{
	const struct json *subprocesses = json_member(request->body, "skipSubprocesses");
	bool otherwise;

	TRY(body_text(request, "deleteReason", &ret->reason));
	if (ret->reason && !*ret->reason)
		ret->reason = NULL;
	TRY(body_flag(request, "skipCustomListeners", &ret->skip_listeners));
	TRY(body_flag(request, "skipSubprocesses", &ret->skip_subprocesses));
	if (subprocesses &&
	    (json_to_bool(subprocesses, true, &otherwise) || otherwise != ret->skip_subprocesses))
		return ERR_INPUT; /* null is no flag here */
	TRY(body_flag(request, "skipIoMappings", &ret->skip_mappings));
	TRY(check_query(request, "processInstanceQuery", &running_instance_resource));
	return check_query(request, "historicProcessInstanceQuery", &process_instance_resource);
}

static const char *deletion_configuration(struct request *request, const struct deletion *deletion)
{
	struct json_writer writer;

	json_writer_init(&writer, 0, NULL, NULL);
	json_open_object(&writer);
	json_key_string(&writer, "deleteReason", deletion->reason);
	json_key_bool(&writer, "skipCustomListeners", deletion->skip_listeners);
	json_key_bool(&writer, "skipSubprocesses", deletion->skip_subprocesses);
	json_key_bool(&writer, "skipIoMappings", deletion->skip_mappings);
	json_close_object(&writer);
	return finish_text(request, &writer);
}

static int create_deletion(struct request *request, const struct sources *sources)
{
	struct batch_plan plan = {.type = "instance-deletion"};
	struct instances instances;
	struct deletion deletion;

	TRY(read_deletion(request, &deletion));
	TRY(process_instances_select(request, sources, &instances));
	if (!target_count(&instances.target))
		return request_fail(request, ERR_INVALID, "processInstanceIds is empty");
	plan.target = instances.target;
	plan.configuration = deletion_configuration(request, &deletion);
	batch_plan_operation(&plan, request->arena, "Delete", "ProcessInstance");
	operation_add(&plan.operation, "deleteReason", deletion.reason);
	return batch_create(request, &plan);
}

int process_instance_delete_async(struct request *request)
{
	return create_deletion(request,
			       &(struct sources){"processInstanceIds", true, false, ERR_INVALID});
}

int process_instance_delete_historic_query_based(struct request *request)
{
	return create_deletion(request,
			       &(struct sources){"processInstanceIds", false, true, ERR_INVALID});
}

int process_instance_suspended_async(struct request *request)
{
	static const struct sources sources = {"processInstanceIds", true, true, ERR_INVALID};
	struct batch_plan plan = {.type = "instance-update-suspension-state"};
	struct instances instances;
	bool suspended;
	int code;

	TRY(body_flag(request, "suspended", &suspended));
	code = process_instances_select(request, &sources, &instances);
	if (code == ERR_NOT_VALID || code == ERR_BAD_USER_REQUEST)
		code = request->error.code = ERR_INVALID; /* whatever the queries refuse */
	TRY(code);
	if (!instances.given)
		return request_fail(request, ERR_INVALID,
				    "Either processInstanceIds, processInstanceQuery or "
				    "historicProcessInstanceQuery should be set to update the "
				    "suspension state.");
	if (instances.nulls)
		return request_fail(request, ERR_INVALID,
				    "Cannot be null.: Process Instance ids contains null value");
	if (!target_count(&instances.target))
		return request_fail(request, ERR_INVALID,
				    "No process instance ids given: process Instance Ids is empty");
	plan.target = instances.target;
	plan.configuration = suspended ? "{\"suspended\":true}" : "{\"suspended\":false}";
	batch_plan_operation(&plan, request->arena, suspended ? "SuspendJob" : "ActivateJob",
			     "ProcessInstance");
	return batch_create(request, &plan);
}

/* Ids of jobs that become a target. */
struct job_names {
	struct arena *arena; /* of texts that are no UUIDs */
	size_t count, room;
	union target_name *items; /* malloced */
};

static void add_job(struct job_names *names, const char *id)
{
	if (names->count == names->room) {
		names->room = names->room ? names->room * 2 : 64;
		names->items = memory_resize(names->items, names->room * sizeof(*names->items));
	}
	names->items[names->count++] = target_name_of(arena_strdup(names->arena, id));
}

/* The jobs that the instances of the target have now. */
static int find_jobs(struct request *request, const struct target *instances,
		     struct job_names *names)
{
	struct txn reader = txn_reader(request->engine->store, request->arena);
	struct rows rows[RUNNING_MAX];
	struct arena arena;
	uint64_t i;
	size_t k;
	int code = 0;

	arena_init(&arena);
	reader.arena = &arena;
	for (i = 0; i < instances->name_count && !code; i++) {
		const char *id = target_name_text(&arena, &instances->names[i]);

		code = id ? running_get(&reader, id, 1u << RUNNING_JOB, rows) : ERR_NOT_FOUND;
		for (k = 0; !code && k < rows[RUNNING_JOB].count; k++)
			add_job(names, rows[RUNNING_JOB].row[k][0].s);
		arena_clear(&arena);
		code = code == ERR_NOT_FOUND ? 0 : code;
	}
	return code;
}

static int select_jobs(struct request *request, const struct target *instances, struct target *ret)
{
	struct txn reader = txn_reader(request->engine->store, request->arena);
	struct job_names names = {.arena = request->arena};
	int code = find_jobs(request, instances, &names);

	names.count = target_names_unique(names.items, names.count);
	if (!code)
		code = job_target(&reader, names.items, names.count, ret);
	free(names.items);
	return code;
}

static int create_job_retries(struct request *request, const struct sources *sources)
{
	struct batch_plan plan = {.type = "set-job-retries"};
	struct instances instances;
	int64_t retries;

	TRY(retries_read(request, &retries));
	plan.configuration = retries_configuration(request, retries);
	if (!plan.configuration)
		return ERR_INPUT;
	TRY(process_instances_select(request, sources, &instances));
	if (retries == INT_NULL)
		return request_fail(request, ERR_INVALID, "retries is null");
	if (!instances.queried && !instances.nulls && !request->diverted->uuid_count &&
	    !request->diverted->text_count)
		return request_fail(request, ERR_ENGINE,
				    "ENGINE-13051 You must specify at least one of or one of "
				    "processInstanceIds, processInstanceQuery, or "
				    "historicProcessInstanceQuery.");
	TRY(select_jobs(request, &instances.target, &plan.target));
	return retries_create_batch(request, &plan, retries);
}

int process_instance_job_retries(struct request *request)
{
	return create_job_retries(request,
				  &(struct sources){"processInstances", true, false, ERR_INVALID});
}

int process_instance_job_retries_historic_query_based(struct request *request)
{
	return create_job_retries(request,
				  &(struct sources){"processInstances", false, true, ERR_INVALID});
}

/* Only what runs stays in the target. */
static int keep_running(struct request *request, struct target *target)
{
	struct txn reader = txn_reader(request->engine->store, request->arena);
	uint64_t from = 0, kept = 0, left;
	size_t i, mappings = 0;

	for (i = 0; i < target->mapping_count; i++) {
		struct target_mapping mapping = {target->mappings[i].deployment_id, 0};

		for (left = target->mappings[i].count; left; left--, from++) {
			struct arena_mark mark = arena_mark(request->arena);
			const char *id = target_name_text(request->arena, &target->names[from]);
			struct rows rows[RUNNING_MAX];
			int code = id ? running_get(&reader, id, 0, rows) : ERR_NOT_FOUND;

			arena_rewind(request->arena, mark);
			if (code && code != ERR_NOT_FOUND)
				return code;
			if (!code)
				target->names[kept++] = target->names[from];
			mapping.count += !code;
		}
		if (mapping.count)
			target->mappings[mappings++] = mapping;
	}
	target->name_count = kept;
	target->mapping_count = mappings;
	return 0;
}

/* The first variable that comes as a serialised Java object, or NULL. */
static const char *find_java_object(const struct json *variables)
{
	const struct json *variable = variables ? variables->first : NULL;

	for (; variable; variable = variable->next) {
		const struct json *info = json_present(variable, "valueInfo");
		const struct json *format = json_present(info, "serializationDataFormat");

		if (format && format->text &&
		    !strcmp(format->text, "application/x-java-serialized-object"))
			return variable->key;
	}
	return NULL;
}

/* The variables of a body, with the words of what does not convert. */
static int read_variables(struct request *request, struct named_values *ret)
{
	const struct json *variables = json_present(request->body, "variables");
	int code = typed_values_read(request->arena, variables, ret, &request->error);

	if (code && find_java_object(variables)) {
		ret->count = variables->count; /* refused once there are instances */
		ret->items = arena_array(request->arena, ret->count, sizeof(*ret->items));
		return 0;
	}
	return code ? request_wrap(request, code, "Cannot set variables") : 0;
}

static int check_java_objects(struct request *request, int refusal)
{
	const char *name = find_java_object(json_present(request->body, "variables"));

	return name ? request_fail(request, refusal,
				   "ENGINE-17007 Cannot set variable with name %s. Java "
				   "serialization format is prohibited",
				   name)
		    : 0;
}

static int check_transient(struct request *request, const struct named_values *values)
{
	size_t i;

	for (i = 0; i < values->count; i++)
		if (values->items[i].value.transient)
			return request_fail(request, ERR_BAD_USER_REQUEST,
					    "ENGINE-13044 Setting transient variable '%s' "
					    "asynchronously is currently not supported.",
					    values->items[i].name);
	return 0;
}

/* The variables as they came, for when the jobs run. */
static const char *variables_configuration(struct request *request)
{
	struct json_writer writer;

	json_writer_init(&writer, 0, NULL, NULL);
	json_open_object(&writer);
	json_key(&writer, "variables");
	json_tree(&writer, json_present(request->body, "variables"));
	json_close_object(&writer);
	return finish_text(request, &writer);
}

static void log_variables(struct request *request, struct batch_plan *plan, int64_t variables)
{
	struct logged_operation *operation = &plan->operation;

	operation_add_number(operation, request->arena, "nrOfInstances",
			     (int64_t)target_count(&plan->target));
	operation_add_number(operation, request->arena, "nrOfVariables", variables);
	operation_add_flag(operation, "async", true);
}

int process_instance_variables_async(struct request *request)
{
	static const struct sources sources = {"processInstanceIds", true, true, ERR_NOT_VALID};
	struct batch_plan plan = {.type = "set-variables"};
	struct named_values values = {0, NULL};
	struct instances instances;

	TRY(read_variables(request, &values));
	if (!json_present(request->body, "variables"))
		return request_fail(request, ERR_INVALID, "variables is null");
	if (!values.count)
		return request_fail(request, ERR_BAD_USER_REQUEST, "variables is empty");
	TRY(process_instances_select(request, &sources, &instances));
	if (!instances.given)
		return request_fail(request, ERR_INVALID, "No process instances found.");
	TRY(keep_running(request, &instances.target));
	if (!target_count(&instances.target))
		return request_fail(request, ERR_BAD_USER_REQUEST, "processInstanceIds is empty");
	TRY(check_transient(request, &values));
	TRY(check_java_objects(request, ERR_INVALID));
	plan.target = instances.target;
	plan.configuration = variables_configuration(request);
	plan.operation.type = "SetVariables";
	plan.operation.entity = "ProcessInstance";
	log_variables(request, &plan, (int64_t)values.count);
	return batch_create(request, &plan);
}

int process_instance_message_async(struct request *request)
{
	static const struct sources sources = {"processInstanceIds", true, true, ERR_NOT_VALID};
	struct batch_plan plan = {.type = "correlate-message"};
	struct named_values values = {0, NULL};
	struct instances instances;
	const char *name;

	TRY(body_text(request, "messageName", &name));
	TRY(read_variables(request, &values));
	TRY(process_instances_select(request, &sources, &instances));
	if (!instances.given)
		return request_fail(request, ERR_INVALID, "No process instances found.");
	if (!target_count(&instances.target))
		return request_fail(request, ERR_BAD_USER_REQUEST,
				    "Process instance ids cannot be empty: process instance ids is "
				    "empty");
	TRY(check_transient(request, &values));
	TRY(check_java_objects(request, ERR_ENGINE));
	plan.target = instances.target;
	if (values.count)
		plan.configuration = variables_configuration(request);
	plan.operation.type = "CorrelateMessage";
	plan.operation.entity = "ProcessInstance";
	operation_add(&plan.operation, "messageName", name);
	log_variables(request, &plan, (int64_t)values.count);
	return batch_create(request, &plan);
}
