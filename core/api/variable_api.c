/*
 * Variables of process instances, executions and tasks, by the names that their owner sees: one set
 * of handlers, which find the owner by the operation's path (semantics.md 10).
 */
#include <assert.h>
#include <string.h>
#include <strings.h>

#include "core/api/handler.h"
#include "core/api/value_answer.h"
#include "core/link/operation.h"
#include "core/engine.h"
#include "core/history/variable_value.h"
#include "core/query/query.h"
#include "core/request/multipart.h"
#include "core/runtime/command.h"
#include "core/runtime/step.h"
#include "core/runtime/task.h"
#include "core/runtime/task_log.h"
#include "core/runtime/task_query.h"
#include "core/runtime/typed_value.h"

/* Where variables hang. */
struct owner {
	const char *path;  /* begins with this */
	const char *words; /* in messages */
	const char *noun;
	bool local; /* only what the owner itself has */
	bool of_task;
};

static const struct owner owners[] = {
	{"/process-instance/{id}/variables", "process instance", "execution", false, false},
	{"/execution/{id}/localVariables",   "execution",        "execution", true,  false},
	{"/task/{id}/variables",             "task",             "task",      false, true },
	{"/task/{id}/localVariables",        "task",             "task",      true,  true },
};

static const struct owner *owner_of(const struct request *request)
{
	size_t count, i;
	const char *path = operation_table(&count)[request->call->operation].path;

	for (i = 0; strncmp(owners[i].path, path, strlen(owners[i].path)) != 0; i++)
		assert(i + 1 < ARRAY_SIZE(owners));
	return &owners[i];
}

static const char *id_of(const struct request *request)
{
	return request->call->params[0];
}

static const char *name_of(const struct request *request)
{
	return request->call->params[1];
}

static int fail_missing(struct request *request, const struct owner *owner)
{
	return request_fail(request, ERR_NULL_VALUE, "%s %s doesn't exist: %s is null", owner->noun,
			    id_of(request), owner->noun);
}

/* In INSTANCE the execution ID. ERR_NOT_FOUND. */
static int place(struct instance *instance, const char *id, struct scope *ret)
{
	*ret = scope_at(instance, instance_execution(instance, id));
	return ret->execution ? 0 : ERR_NOT_FOUND;
}

/* The owner as it is stored. ERR_NOT_FOUND. */
static int read_owner(struct request *request, const struct owner *owner, struct scope *ret)
{
	struct txn reader = txn_reader(request->engine->store, request->arena);
	const char *id = id_of(request);
	struct instance *instance;
	uint64_t serial;

	if (owner->of_task)
		return task_read_scope(&reader, id, ret);
	if (!instance_serial(request->engine->store, id, &serial))
		return ERR_NOT_FOUND;
	TRY(instance_read(&reader, serial, &instance));
	return place(instance, id, ret);
}

/* The owner to be changed. ERR_NOT_FOUND. */
static int find_owner(struct command *command, const struct owner *owner, const char *id,
		      struct scope *ret)
{
	struct instance *instance;
	struct task *task;

	if (owner->of_task) {
		TRY(task_find(command, id, &instance, &task));
		return task_scope(command, instance, task, ret);
	}
	TRY(command_find(command, id, &instance));
	return place(instance, id, ret);
}

/* What is seen, in the request's arena. */
static int read_scope(struct request *request, const struct owner *owner, struct scope *ret)
{
	int code = read_owner(request, owner, ret);

	return code == ERR_NOT_FOUND ? fail_missing(request, owner) : code;
}

int variable_list(struct request *request)
{
	bool deserialised = request_flag(request, "deserializeValues", true);
	const struct owner *owner = owner_of(request);
	const struct variable *variable;
	struct list variables = {0};
	struct json_writer *writer;
	struct scope scope;

	TRY(read_scope(request, owner, &scope));
	variables_visible(&scope, request->arena, owner->local, &variables);
	writer = request_answer(request);
	json_open_object(writer);
	LIST_EACH(&variables, variable)
	{
		json_key(writer, variable->name);
		TRY(typed_value_write(writer, request->arena, variable, deserialised,
				      &request->error));
	}
	json_close_object(writer);
	return 0;
}

/* The variable that the path names. */
static int read_variable(struct request *request, const struct owner *owner, struct variable **ret)
{
	struct scope scope;
	int code = read_scope(request, owner, &scope);

	if (code)
		return request_wrap(request, code, "Cannot get %s variable %s", owner->words,
				    name_of(request));
	*ret = owner->local ? variable_find_local(&scope, name_of(request))
			    : variable_find(&scope, name_of(request));
	if (!*ret)
		return request_fail(request, ERR_INVALID_404,
				    "%s variable with name %s does not exist", owner->words,
				    name_of(request));
	return 0;
}

int variable_get(struct request *request)
{
	const struct owner *owner = owner_of(request);
	struct variable *variable;
	int code;

	TRY(read_variable(request, owner, &variable));
	code = typed_value_write(request_answer(request), request->arena, variable,
				 request_flag(request, "deserializeValue", true), &request->error);
	return code ? request_wrap(request, code, "Cannot get %s variable %s", owner->words,
				   name_of(request))
		    : 0;
}

int variable_data(struct request *request)
{
	struct variable *variable;

	TRY(read_variable(request, owner_of(request), &variable));
	return value_answer_bytes(request, &running_variable_kind, (union slot *)variable,
				  id_of(request));
}

/* A change: values that are set, then names that are removed. */
struct change {
	struct request *request;
	const struct owner *owner;
	struct named_values values;
	const struct json *names; /* an array, or NULL */
	const char *name;         /* one more, or NULL */
	const char *logged;       /* as the user operation log calls it */
};

static void remove_name(const struct change *change, const struct scope *scope, const char *name)
{
	if (change->owner->local)
		variable_remove_local(scope, name);
	else
		variable_remove(scope, name);
}

/* A task that has such a variable of its own was changed with it. */
static int touch_task(const struct change *change, const struct scope *scope)
{
	struct task before;
	size_t i;

	for (i = 0; scope->task && i < change->values.count; i++) {
		if (!variable_find_local(scope, change->values.items[i].name))
			continue;
		before = *scope->task;
		return task_changed(scope->instance, scope->task, &before);
	}
	return 0;
}

static int log_change(struct command *command, const struct change *change,
		      const struct scope *scope)
{
	struct logged_operation operation = {.type = change->logged, .entity = "Variable"};

	if (scope->task)
		operation_of_task(&operation, scope->instance, scope->task);
	else
		operation_of_instance(&operation, scope->instance);
	return command_log(command, &operation);
}

static int change_body(struct command *command, void *arg)
{
	struct change *change = arg;
	const struct json *name = change->names ? change->names->first : NULL;
	struct scope scope;

	TRY(find_owner(command, change->owner, id_of(change->request), &scope));
	TRY(named_values_set(&scope, &change->values, change->owner->local));
	TRY(touch_task(change, &scope));
	for (; name; name = name->next)
		if (name->text)
			remove_name(change, &scope, name->text);
	if (change->name)
		remove_name(change, &scope, change->name);
	TRY(log_change(command, change, &scope));
	return steps_run(command);
}

static int run_change(struct change *change)
{
	int code = command_run(change->request, change_body, change);

	return code == ERR_NOT_FOUND ? fail_missing(change->request, change->owner) : code;
}

/* Sets one variable, whose value was read with CODE. */
static int set_value(struct request *request, const struct typed_value *value, int code)
{
	const struct owner *owner = owner_of(request);
	struct named_value named = {.name = name_of(request), .value = *value};
	struct change change = {
		.request = request, .owner = owner, .values = {1, &named},
                        .logged = "SetVariable"
        };

	if (!code)
		code = run_change(&change);
	if (code)
		return request_wrap(request, code, "Cannot put %s variable %s", owner->words,
				    name_of(request));
	return request_answer_nothing(request);
}

int variable_set_by_name(struct request *request)
{
	struct typed_value value;
	int code = typed_value_read(request->arena, request->body, name_of(request), &value,
				    &request->error);

	return set_value(request, &value, code);
}

int variable_delete_by_name(struct request *request)
{
	const struct owner *owner = owner_of(request);
	struct change change = {.request = request,
				.owner = owner,
				.name = name_of(request),
				.logged = "RemoveVariable"};
	int code = command_run(request, change_body, &change);

	if (code == ERR_NOT_FOUND && owner->of_task)
		code = request_fail(request, ERR_NULL_VALUE,
				    "Cannot find %s with id %s: %s is null", owner->noun,
				    id_of(request), owner->noun);
	else if (code == ERR_NOT_FOUND)
		code = fail_missing(request, owner);
	if (code)
		return request_wrap(request, code, "Cannot delete %s variable %s", owner->words,
				    name_of(request));
	return request_answer_nothing(request);
}

/* Failures of the engine come with the owner's id, those of the request without. */
static int wrap_modify(struct request *request, const struct owner *owner, int code, bool with_id)
{
	return request_wrap(request, code, "Cannot modify variables for %s%s%s", owner->words,
			    with_id ? " " : "", with_id ? id_of(request) : "");
}

/* {"modifications": {…}, "deletions": […]}. */
static int bind_change(struct request *request, struct change *change)
{
	const struct json *names = json_present(request->body, "deletions"), *name;
	int code = typed_values_read(request->arena, json_present(request->body, "modifications"),
				     &change->values, &request->error);

	if (code)
		return wrap_modify(request, change->owner, code,
				   api_error_wrapped(code) == ERR_REST_500_0);
	if (names && names->type != JSON_ARRAY)
		return ERR_INPUT;
	for (name = names ? names->first : NULL; name; name = name->next)
		if (name->type >= JSON_ARRAY)
			return ERR_INPUT;
	change->names = names;
	return 0;
}

int variable_modify(struct request *request)
{
	const struct owner *owner = owner_of(request);
	struct change change = {.request = request, .owner = owner, .logged = "ModifyVariable"};
	int code;

	TRY(bind_change(request, &change));
	code = run_change(&change);
	if (code)
		return wrap_modify(request, owner, code, true);
	return request_answer_nothing(request);
}

/* Parameter NAME of a media type, or NULL. */
static const char *media_parameter(struct arena *arena, const char *type, const char *name)
{
	const char *at = type;

	while ((at = strchr(at, ';'))) {
		size_t length;

		at += 1 + strspn(at + 1, " \t");
		length = strcspn(at, "=;");
		if (length != strlen(name) || strncasecmp(at, name, length) || at[length] != '=')
			continue;
		at += length + 1;
		at += *at == '"';
		return arena_strndup(arena, at, strcspn(at, "\"; \t"));
	}
	return NULL;
}

static int read_file(struct request *request, const struct part *data, struct typed_value *ret)
{
	const char *type = data->type ? data->type : "application/octet-stream";
	size_t length = strcspn(type, "; \t");
	const char *transient = media_parameter(request->arena, type, "transient");

	if (!memchr(type, '/', length))
		return request_fail(request, ERR_REST_400, "Invalid mime type given");
	if (!data->filename)
		return request_fail(request, ERR_ILLEGAL_ARGUMENT,
				    "Cannot create file without filename! Please set a name into "
				    "ValueInfo with key filename");
	typed_value_file(request->arena, data->filename,
			 arena_strndup(request->arena, type, length),
			 media_parameter(request->arena, type, "encoding"), data->content.data,
			 data->content.size, ret);
	ret->transient = transient && !strcasecmp(transient, "true");
	return 0;
}

/* A part of JSON that is an object of class CLASS: one of Java's own, as we have no others. */
static int read_object(struct request *request, const struct part *data, const char *class,
		       struct typed_value *ret)
{
	struct json *tree;

	if (!data->type || !strcasestr(data->type, "application/json"))
		return request_fail(request, ERR_INVALID,
				    "Unrecognized content type for serialized java type: %s",
				    data->type ? data->type : "null");
	if (strncmp(class, "java.", 5) != 0)
		return request_fail(request, ERR_INVALID,
				    "Could not deserialize JSON object: Failed to parse type '%s' "
				    "(remaining: ''): Cannot locate class '%s', problem: %s",
				    class, class, class);
	if (json_parse(request->arena, data->content.data, data->content.size, &tree))
		return request_fail(request, ERR_INVALID,
				    "Could not deserialize JSON object: the part is no JSON");
	typed_value_object(
		request->arena, arena_strndup(request->arena, class, strcspn(class, "<")),
		arena_strndup(request->arena, (const char *)data->content.data, data->content.size),
		ret);
	return 0;
}

/* Files and bytes; types that are texts come as JSON, not as an upload. */
static int read_part(struct request *request, const struct part *data, const char *type,
		     struct typed_value *ret)
{
	if (!type || !strcasecmp(type, "Bytes")) {
		typed_value_bytes(request->arena, data->content.data, data->content.size, ret);
		return 0;
	}
	if (!strcasecmp(type, "File"))
		return read_file(request, data, ret);
	if (!strcasecmp(type, "Object") || !strcasecmp(type, "Json"))
		return request_fail(request, ERR_INVALID,
				    "Must provide 'null' or String value for value of "
				    "SerializableValue type '%s'.",
				    type);
	return request_fail(request, ERR_REST_400, "Unsupported value type '%s'", type);
}

int variable_upload(struct request *request)
{
	struct typed_value value;
	struct multipart form;
	const struct part *data;
	const char *class;

	TRY(multipart_parse(request->arena, request->call->type, request->upload, &form,
			    &request->error));
	data = multipart_find(&form, "data");
	if (!data)
		return request_fail(request, ERR_INVALID, "The form has no part 'data'");
	class = multipart_text(request->arena, &form, "type");
	if (class)
		TRY(read_object(request, data, class, &value));
	else
		TRY(read_part(request, data, multipart_text(request->arena, &form, "valueType"),
			      &value));
	return set_value(request, &value, 0);
}
