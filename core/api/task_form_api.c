/* /task/{id}/form and what belongs to it. */
#include <string.h>

#include "core/api/deployed_form.h"
#include "core/api/handler.h"
#include "core/engine.h"
#include "core/process/definition.h"
#include "core/runtime/task_query.h"
#include "core/runtime/typed_value.h"

static const char *id_of(const struct request *request)
{
	return request->call->params[0];
}

static int read_task(struct request *request, struct instance **ret_instance, struct task **ret)
{
	struct txn reader = txn_reader(request->engine->store, request->arena);

	return task_read(&reader, id_of(request), ret_instance, ret);
}

int task_form(struct request *request)
{
	struct json_writer *writer;
	struct instance *instance;
	struct task *task;
	int code = read_task(request, &instance, &task);

	if (code == ERR_NOT_FOUND)
		return request_fail(request, ERR_REST_400_0, "Cannot get form for task %s",
				    id_of(request));
	TRY(code);
	writer = request_answer(request);
	json_open_object(writer);
	json_key_string(writer, "key", task->form_key);
	json_key(writer, "camundaFormRef");
	if (task->form_ref)
		json_raw(writer, task->form_ref);
	else
		json_null(writer);
	json_key_string(writer, "contextPath", NULL);
	json_close_object(writer);
	return 0;
}

/* Whether NAME is one of LIST, names with commas between; all are when that is NULL. */
static bool is_wanted(const char *list, const char *name)
{
	size_t length = strlen(name);

	while (list) {
		size_t size = strcspn(list, ",");

		if (size == length && !strncmp(list, name, length))
			return true;
		if (!list[size])
			return false;
		list += size + 1;
	}
	return true;
}

static int write_variables(struct request *request, const struct list *variables)
{
	bool deserialised = request_flag(request, "deserializeValues", true);
	const char *names = request_param(request, "variableNames");
	struct json_writer *writer = request_answer(request);
	const struct variable *variable;

	json_open_object(writer);
	LIST_EACH(variables, variable)
	{
		if (!is_wanted(names, variable->name))
			continue;
		json_key(writer, variable->name);
		TRY(typed_value_write(writer, request->arena, variable, deserialised,
				      &request->error));
	}
	json_close_object(writer);
	return 0;
}

int task_form_variables(struct request *request)
{
	struct txn reader = txn_reader(request->engine->store, request->arena);
	struct list variables = {0};
	struct scope scope;
	int code = task_read_scope(&reader, id_of(request), &scope);

	if (code == ERR_NOT_FOUND)
		return request_fail(request, ERR_BAD_USER_REQUEST,
				    "Cannot find task with id '%s'.: task is null", id_of(request));
	TRY(code);
	variables_visible(&scope, request->arena, false, &variables);
	return write_variables(request, &variables);
}

/* Forms are not generated here. */
int task_rendered_form(struct request *request)
{
	struct instance *instance;
	struct task *task;
	int code = read_task(request, &instance, &task);

	if (code == ERR_NOT_FOUND)
		return request_fail(request, ERR_NULL_VALUE, "Task '%s' not found: task is null",
				    id_of(request));
	TRY(code);
	if (!task->task_definition_key)
		return request_fail(request, ERR_NULL_VALUE,
				    "Task form definition for '%s' not found: "
				    "task.getTaskDefinition() is null",
				    id_of(request));
	return request_fail(request, ERR_INVALID_404,
			    "No matching rendered form for task with the id %s found.",
			    id_of(request));
}

/* The form's own id, if TASK has one that refers so. */
static int ref_of(struct request *request, const struct task *task, const char **ret)
{
	struct json *tree;

	*ret = NULL;
	if (!task->form_ref)
		return 0;
	TRY(json_parse(request->arena, task->form_ref, strlen(task->form_ref), &tree));
	return json_present(tree, "key") ? json_to_string(json_present(tree, "key"), ret) : 0;
}

int task_deployed_form(struct request *request)
{
	struct txn reader = txn_reader(request->engine->store, request->arena);
	struct instance *instance;
	union slot *definition;
	struct task *task;
	const char *ref;
	int code = read_task(request, &instance, &task);

	if (code == ERR_NOT_FOUND)
		return request_fail(request, ERR_INVALID_404, "No matching task with id %s",
				    id_of(request));
	TRY(code);
	if (!task->process_definition_id)
		return request_fail(request, ERR_INVALID,
				    "Task '%s' belongs to no process: it has no form",
				    id_of(request));
	TRY(ref_of(request, task, &ref));
	TRY(definition_get(&reader, &process_definition_kind, task->process_definition_id,
			   &definition));
	return deployed_form_answer(request, task->form_key, ref,
				    definition[DEFINITION_DEPLOYMENT_ID].s);
}
