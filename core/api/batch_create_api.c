/*
 * Creation of batches over jobs, external tasks and running process instances (semantics.md 2.7 to
 * 2.13). None of the latter two can exist yet: what is known of them are ids.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/api/handler.h"
#include "core/batch/batch.h"
#include "core/batch/select.h"
#include "core/history/id_list.h"
#include "core/job/job_query.h"
#include "core/job/job_target.h"
#include "core/json/date.h"
#include "storage/uuid.h"

/* Names that become a target. */
struct names {
	struct arena *arena; /* of texts that are no UUIDs */
	size_t count, room;
	union target_name *items; /* malloced */
};

static void names_clear(struct names *names)
{
	free(names->items);
	names->items = NULL;
}

static void add_name(struct names *names, union target_name name)
{
	if (names->count == names->room) {
		names->room = names->room ? names->room * 2 : 64;
		names->items = memory_resize(names->items, names->room * sizeof(*names->items));
	}
	names->items[names->count++] = name;
}

static void take_name(void *arg, const char *id)
{
	struct names *names = arg;
	union target_name name = target_name_of(id);

	if (!name.other.high)
		name.other.text = arena_strdup(names->arena, id);
	add_name(names, name);
}

/* The ids that were streamed out of the body. */
static void read_names(struct request *request, struct names *ret)
{
	const struct id_list *ids = request->diverted;
	char text[UUID_TEXT + 1];
	size_t i;

	*ret = (struct names){.arena = request->arena};
	for (i = 0; i < ids->uuid_count; i++) {
		uuid_format(ids->uuids[i], text);
		take_name(ret, text);
	}
	for (i = 0; i < ids->text_count; i++)
		add_name(ret, target_name_of(ids->texts[i]));
	if (ids->nulls)
		add_name(ret, target_name_of(NULL));
}

/* They were streamed out of the body, unless they are no list. */
static int check_ids(const struct request *request, const char *key)
{
	const struct json *node = json_present(request->body, key);

	return node && node->type != JSON_ARRAY ? ERR_INPUT : 0;
}

/* INT_NULL when absent. */
static int read_retries(struct request *request, int64_t *ret)
{
	const struct json *retries = json_present(request->body, "retries");

	*ret = INT_NULL;
	return retries ? json_to_int(retries, INT_NULL, true, ret) : 0;
}

static const char *retries_configuration(struct request *request, int64_t retries)
{
	const struct json *due_date = json_member(request->body, "dueDate");
	int64_t time = TIME_NULL;

	if (!due_date)
		return arena_printf(request->arena, "{\"retries\":%lld}", (long long)retries);
	if (json_to_time(due_date, &time))
		return NULL;
	if (time == TIME_NULL)
		return arena_printf(request->arena, "{\"retries\":%lld,\"dueDate\":null}",
				    (long long)retries);
	return arena_printf(request->arena, "{\"retries\":%lld,\"dueDate\":%lld}",
			    (long long)retries, (long long)time);
}

static bool is_empty(const struct target *target)
{
	return !target->number_count && !target->name_count;
}

/* Ids of the body and of what its jobQuery finds: the batch's target, by deployment. */
static int select_jobs(struct request *request, const struct query *query, struct target *ret)
{
	struct txn reader = txn_reader(request->engine->store, request->arena);
	struct names names;
	int code = 0;

	read_names(request, &names);
	if (query)
		code = job_query_ids(request, query, take_name, &names);
	names.count = target_names_unique(names.items, names.count);
	if (!code)
		code = job_target(&reader, names.items, names.count, ret);
	names_clear(&names);
	return code;
}

static int bind_job_query(struct request *request, const struct json *nested, struct query *ret)
{
	if (nested->type != JSON_OBJECT)
		return ERR_INPUT;
	TRY(query_bind_object(request, &job_resource, nested, ret));
	TRY(job_query_check(request, ret));
	return query_check_direction(request, ret, ERR_INVALID);
}

int job_retries_async(struct request *request)
{
	const struct json *nested = json_present(request->body, "jobQuery");
	const struct id_list *ids = request->diverted;
	struct batch_plan plan = {.type = "set-job-retries"};
	struct query query;
	int64_t retries;

	TRY(read_retries(request, &retries));
	plan.configuration = retries_configuration(request, retries);
	TRY(check_ids(request, "jobIds"));
	if (!plan.configuration || (nested && nested->type != JSON_OBJECT))
		return ERR_INPUT;
	if (retries == INT_NULL)
		return request_fail(request, ERR_INVALID, "retries is null");
	if (nested)
		TRY(bind_job_query(request, nested, &query));
	if (!nested && !ids->uuid_count && !ids->text_count && !ids->nulls)
		return request_fail(request, ERR_ENGINE,
				    "ENGINE-13050 You must specify at least one of jobIds or "
				    "jobQuery.");
	TRY(select_jobs(request, nested ? &query : NULL, &plan.target));
	if (is_empty(&plan.target))
		return request_fail(request, ERR_INVALID, "jobIds is empty");
	if (retries < 0)
		return request_fail(request, ERR_ENGINE,
				    "Retries count is not greater than or equal to 0");
	batch_plan_operation(&plan, request->arena, "SetJobRetries", "Job");
	operation_add_number(&plan.operation, request->arena, "retries", retries);
	return batch_create(request, &plan);
}

/* Whether the array of ids under KEY holds null. */
static int find_nulls(struct request *request, const char *key, bool *ret)
{
	const struct json *node = json_present(request->body, key), *member;
	const char *text;

	*ret = false;
	if (node && node->type != JSON_ARRAY)
		return ERR_INPUT;
	for (member = node ? node->first : NULL; member; member = member->next) {
		TRY(json_to_string(member, &text));
		*ret |= !text;
	}
	return 0;
}

int external_task_retries_async(struct request *request)
{
	const struct id_list *ids = request->diverted;
	struct batch_plan plan = {.type = "set-external-task-retries"};
	struct target_mapping mapping = {NULL, 0};
	struct names names;
	int64_t retries;
	bool instance_nulls;
	int code;

	TRY(read_retries(request, &retries));
	TRY(check_ids(request, "externalTaskIds"));
	TRY(find_nulls(request, "processInstanceIds", &instance_nulls));
	if (retries == INT_NULL)
		return request_fail(request, ERR_INVALID, "The number of retries cannot be null.");
	if (instance_nulls)
		return request_fail(request, ERR_NULL_VALUE,
				    "processInstanceIdIn contains null value");
	if (!ids->uuid_count && !ids->text_count && !ids->nulls)
		return request_fail(request, ERR_INVALID, "externalTaskIds is empty");
	if (ids->nulls)
		return request_fail(request, ERR_INVALID,
				    "External task id cannot be null: externalTaskIds contains "
				    "null value");
	plan.configuration = arena_printf(request->arena, "{\"retries\":%lld}", (long long)retries);
	read_names(request, &names);
	names.count = target_names_unique(names.items, names.count);
	mapping.count = names.count;
	plan.target = (struct target){1, &mapping, 0, NULL, names.count, names.items};
	batch_plan_operation(&plan, request->arena, "SetExternalTaskRetries", "ExternalTask");
	operation_add_number(&plan.operation, request->arena, "retries", retries);
	code = batch_create(request, &plan);
	names_clear(&names);
	return code;
}

/*
 * The query of running instances, of which there are none: only what is wrong with it shows.
 */
static int check_variables(struct request *request, const struct json *list)
{
	static const char *const comparators[] = {"eq", "neq",  "gt",   "gteq",
						  "lt", "lteq", "like", "notLike"};
	const struct json *member;

	for (member = list ? list->first : NULL; member; member = member->next) {
		const struct json *node = json_member(member, "operator");
		const char *operator= NULL;
		size_t i;

		if (member->type != JSON_OBJECT || (node && json_to_string(node, &operator)))
			return ERR_INPUT;
		for (i = 0; i < ARRAY_SIZE(comparators); i++)
			if (operator&& !strcmp(comparators[i], operator))
				break;
		if (i == ARRAY_SIZE(comparators))
			return request_fail(request, ERR_INVALID,
					    "Invalid variable comparator specified: %s",
					    operator ? operator : "null");
	}
	return 0;
}

static int check_instance_query(struct request *request, const struct json *nested, int refusal)
{
	static const struct sort_key sorts[] = {
		{"instanceId",    0},
		{"definitionKey", 0},
		{"definitionId",  0},
		{"tenantId",      0},
		{"businessKey",   0}
        };
	static const struct resource resource = {&job_row_kind,     NULL,  0,   sorts,
						 ARRAY_SIZE(sorts), false, NULL};
	const struct json *ids = json_present(nested, "processInstanceIds");
	struct query query;
	bool roots = false;

	if (!nested)
		return 0;
	TRY(query_bind_object(request, &resource, nested, &query));
	if (ids && ids->type != JSON_ARRAY)
		return ERR_INPUT;
	if (ids && !ids->count)
		return request_fail(request, ERR_ENGINE, "Set of process instance ids is empty");
	if (json_present(nested, "rootProcessInstances"))
		TRY(json_to_bool(json_present(nested, "rootProcessInstances"), false, &roots));
	if (roots && json_present(nested, "superProcessInstance"))
		return request_fail(request, ERR_ENGINE,
				    "Invalid query usage: cannot set both rootProcessInstances and "
				    "superProcessInstanceId");
	TRY(check_variables(request, json_present(nested, "variables")));
	return query_check_direction(request, &query, refusal);
}

/* What a batch over process instances is given. */
struct instances {
	const struct json *query;   /* of running instances */
	const struct json *history; /* historicProcessInstanceQuery */
	bool given;                 /* any of the three sources */
	bool nulls;
	struct target target;
};

static int select_instances(struct request *request, bool with_history, int refusal, bool as_names,
			    struct instances *ret)
{
	const struct selection_rules rules = {"processInstanceIds", true, refusal, as_names};

	ret->query = json_present(request->body, "processInstanceQuery");
	ret->history =
		with_history ? json_present(request->body, "historicProcessInstanceQuery") : NULL;
	ret->given =
		json_present(request->body, "processInstanceIds") || ret->query || ret->history;
	ret->nulls = request->diverted->nulls > 0;
	TRY(check_ids(request, "processInstanceIds"));
	TRY(check_instance_query(request, ret->query, refusal));
	return history_select_processes(request, ret->history, &rules, &ret->target);
}

int process_instance_delete_async(struct request *request)
{
	struct batch_plan plan = {.type = "instance-deletion"};
	const struct json *reason = json_present(request->body, "deleteReason");
	struct instances instances;
	const char *text = NULL;

	if (reason)
		TRY(json_to_string(reason, &text));
	TRY(select_instances(request, false, ERR_INVALID, false, &instances));
	if (is_empty(&instances.target))
		return request_fail(request, ERR_INVALID, "processInstanceIds is empty");
	plan.target = instances.target;
	batch_plan_operation(&plan, request->arena, "Delete", "ProcessInstance");
	operation_add(&plan.operation, "deleteReason", text);
	return batch_create(request, &plan);
}

int process_instance_suspended_async(struct request *request)
{
	struct batch_plan plan = {.type = "instance-update-suspension-state"};
	const struct json *node = json_member(request->body, "suspended");
	struct instances instances;
	bool suspended = false;

	if (node)
		TRY(json_to_bool(node, false, &suspended));
	TRY(select_instances(request, true, ERR_INVALID, false, &instances));
	if (!instances.given)
		return request_fail(request, ERR_INVALID,
				    "Either processInstanceIds, processInstanceQuery or "
				    "historicProcessInstanceQuery should be set to update the "
				    "suspension state.");
	if (instances.nulls)
		return request_fail(request, ERR_INVALID,
				    "Cannot be null.: Process Instance ids contains null value");
	if (is_empty(&instances.target))
		return request_fail(request, ERR_INVALID,
				    "No process instance ids given: process Instance Ids is empty");
	plan.target = instances.target;
	batch_plan_operation(&plan, request->arena, suspended ? "SuspendJob" : "ActivateJob",
			     "ProcessInstance");
	return batch_create(request, &plan);
}

enum conversion { CONVERT_NONE, CONVERT_INTEGER, CONVERT_DOUBLE, CONVERT_DATE, CONVERT_TEXT };

/* The types of variables: how a value becomes one (semantics.md 10). */
static const struct variable_type {
	const char *name; /* its first letter in lower case */
	enum conversion conversion;
	int64_t least, most;
	const char *java;
} variable_types[] = {
	{"string",  CONVERT_NONE,    0,         0,         NULL               },
	{"boolean", CONVERT_NONE,    0,         0,         NULL               },
	{"null",    CONVERT_NONE,    0,         0,         NULL               },
	{"bytes",   CONVERT_NONE,    0,         0,         NULL               },
	{"file",    CONVERT_NONE,    0,         0,         NULL               },
	{"short",   CONVERT_INTEGER, INT16_MIN, INT16_MAX, "java.lang.Short"  },
	{"integer", CONVERT_INTEGER, INT32_MIN, INT32_MAX, "java.lang.Integer"},
	{"long",    CONVERT_INTEGER, INT64_MIN, INT64_MAX, "java.lang.Long"   },
	{"double",  CONVERT_DOUBLE,  0,         0,         "java.lang.Double" },
	{"date",    CONVERT_DATE,    0,         0,         "java.util.Date"   },
	{"object",  CONVERT_TEXT,    0,         0,         NULL               },
	{"json",    CONVERT_TEXT,    0,         0,         NULL               },
	{"xml",     CONVERT_TEXT,    0,         0,         NULL               },
};

static const struct variable_type *find_variable_type(struct arena *arena, const char *name)
{
	char *lower = arena_strdup(arena, name);
	size_t i;

	if (*lower >= 'A' && *lower <= 'Z')
		*lower = (char)(*lower + 'a' - 'A');
	for (i = 0; i < ARRAY_SIZE(variable_types); i++)
		if (!strcmp(variable_types[i].name, lower))
			return &variable_types[i];
	return NULL;
}

static bool converts(const struct variable_type *type, const char *text)
{
	long long number;
	int64_t time;
	char *end;

	switch (type->conversion) {
	case CONVERT_INTEGER:
		errno = 0;
		number = strtoll(text, &end, 10);
		return *text && !*end && !errno && number >= type->least && number <= type->most;
	case CONVERT_DOUBLE:
		strtod(text, &end);
		return *text && !*end;
	case CONVERT_DATE:
		return date_parse(text, &time);
	default:
		return true;
	}
}

static int check_variable(struct request *request, const struct json *variable)
{
	const struct json *value = json_present(variable, "value");
	const struct json *name = json_present(variable, "type");
	const struct variable_type *type;
	const char *type_name, *text;

	if (variable->type != JSON_OBJECT)
		return ERR_INPUT;
	if (!name)
		return 0;
	TRY(json_to_string(name, &type_name));
	type = find_variable_type(request->arena, type_name);
	if (!type)
		return request_fail(request, ERR_INVALID,
				    "Cannot set variables: Unsupported value type '%s'", type_name);
	if (type->conversion == CONVERT_TEXT && value && value->type != JSON_STRING)
		return request_fail(request, ERR_INVALID,
				    "Cannot set variables: Must provide 'null' or String value for "
				    "value of SerializableValue type '%s'.",
				    type_name);
	if (!value || json_to_string(value, &text) || converts(type, text))
		return 0;
	return request_fail(request, ERR_INVALID,
			    "Cannot set variables: Cannot convert value '%s' of type '%s' to java "
			    "type %s",
			    text, type_name, type->java);
}

static int check_values(struct request *request, const struct json *variables)
{
	const struct json *variable;

	if (variables && variables->type != JSON_OBJECT)
		return ERR_INPUT;
	for (variable = variables ? variables->first : NULL; variable; variable = variable->next)
		TRY(check_variable(request, variable));
	return 0;
}

static int check_transient(struct request *request, const struct json *variables)
{
	const struct json *variable;

	for (variable = variables ? variables->first : NULL; variable; variable = variable->next) {
		const struct json *info = json_present(variable, "valueInfo");
		bool transient = false;

		if (info && json_present(info, "transient"))
			TRY(json_to_bool(json_present(info, "transient"), false, &transient));
		if (transient)
			return request_fail(request, ERR_BAD_USER_REQUEST,
					    "ENGINE-13044 Setting transient variable '%s' "
					    "asynchronously is currently not supported.",
					    variable->key);
	}
	return 0;
}

static void log_message(struct request *request, struct batch_plan *plan, const char *name,
			const struct json *variables)
{
	struct logged_operation *operation = &plan->operation;

	operation->type = "CorrelateMessage";
	operation->entity = "ProcessInstance";
	operation_add(operation, "messageName", name);
	operation_add_number(operation, request->arena, "nrOfInstances",
			     (int64_t)target_count(&plan->target));
	operation_add_number(operation, request->arena, "nrOfVariables",
			     variables ? (int64_t)variables->count : 0);
	operation_add_flag(operation, "async", true);
}

int process_instance_message_async(struct request *request)
{
	const struct json *variables = json_present(request->body, "variables");
	const struct json *node = json_present(request->body, "messageName");
	struct batch_plan plan = {.type = "correlate-message"};
	struct instances instances;
	const char *name = NULL;

	if (node)
		TRY(json_to_string(node, &name));
	TRY(check_values(request, variables));
	TRY(select_instances(request, true, ERR_NOT_VALID, true, &instances));
	if (!instances.given)
		return request_fail(request, ERR_INVALID, "No process instances found.");
	if (is_empty(&instances.target))
		return request_fail(request, ERR_BAD_USER_REQUEST,
				    "Process instance ids cannot be empty: process instance ids is "
				    "empty");
	TRY(check_transient(request, variables));
	plan.target = instances.target;
	log_message(request, &plan, name, variables);
	return batch_create(request, &plan);
}
