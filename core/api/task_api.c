/* /task: lists of user tasks that wait, and single ones. */
#include <string.h>

#include "core/api/handler.h"
#include "core/api/task_rows.h"
#include "core/engine.h"
#include "core/history/history.h"
#include "core/record/row_json.h"
#include "core/runtime/task.h"
#include "core/runtime/task_log.h"
#include "core/runtime/task_query.h"
#include "core/runtime/task_resource.h"
#include "core/runtime/typed_value.h"

enum { PRIORITY_NORMAL = 50 }; /* of a task that nobody has given one */

static const char *id_of(const struct request *request)
{
	return request->call->params[0];
}

static bool has_row_of(const struct rows *rows, int field, const char *task_id)
{
	size_t i;

	for (i = 0; i < rows->count; i++)
		if (rows->row[i][field].s && !strcmp(rows->row[i][field].s, task_id))
			return true;
	return false;
}

/* Whether there are comments and attachments stands in the history. */
static int write_annotations(struct request *request, const struct task *task)
{
	struct txn reader = txn_reader(request->engine->store, request->arena);
	struct rows rows[ROW_MAX] = {0};
	uint64_t number;
	struct history *history = request->engine->history;
	int code =
		task->process_instance_id
			? history_find_process(&reader, history, task->process_instance_id, &number)
			: history_find_standalone(&reader, history, task->id, &number);

	if (!code)
		code = history_read_process(&reader, history, number,
					    1u << ROW_COMMENT | 1u << ROW_ATTACHMENT, rows);
	if (code && code != ERR_NOT_FOUND)
		return code;
	json_key_bool(&request->writer, "attachment",
		      has_row_of(&rows[ROW_ATTACHMENT], ATTACHMENT_TASK_ID, task->id));
	json_key_bool(&request->writer, "comment",
		      has_row_of(&rows[ROW_COMMENT], COMMENT_TASK_ID, task->id));
	return 0;
}

/* Those that the task sees, or only its own; none are not mentioned. */
static int write_variables(struct request *request, const struct task *task, bool local)
{
	struct txn reader = txn_reader(request->engine->store, request->arena);
	const struct variable *variable;
	struct list variables;
	struct scope scope;
	int code = task_read_scope(&reader, task->id, &scope);

	if (code) /* it may have gone meanwhile */
		return code == ERR_NOT_FOUND ? 0 : code;
	variables_visible(&scope, request->arena, local, &variables);
	if (!variables.count)
		return 0;
	json_key(&request->writer, "variables");
	json_open_object(&request->writer);
	LIST_EACH(&variables, variable)
	{
		json_key(&request->writer, variable->name);
		TRY(typed_value_write(&request->writer, request->arena, variable, true,
				      &request->error));
	}
	json_close_object(&request->writer);
	return 0;
}

/* What is told of a task beside itself. */
struct extras {
	bool variables, local_variables, annotations;
};

static int write_extras(struct request *request, const struct task *task,
			const struct extras *extras)
{
	if (extras->variables || extras->local_variables)
		TRY(write_variables(request, task, !extras->variables));
	return extras->annotations ? write_annotations(request, task) : 0;
}

static int write_task(struct request *request, const struct task *task, const struct extras *extras)
{
	int code;

	json_open_object(&request->writer);
	row_answer_members(&request->writer, &running_task_kind, (const union slot *)task);
	code = write_extras(request, task, extras);
	json_close_object(&request->writer);
	return code;
}

static void write_row(struct listing *listing, const union slot *row)
{
	const struct query *query = listing->query;
	const struct extras extras = {
		query_criterion(query, "withTaskVariablesInReturn") != NULL,
		query_criterion(query, "withTaskLocalVariablesInReturn") != NULL,
		query_criterion(query, "withCommentAttachmentInfo") != NULL,
	};
	int code = write_task(listing->request, (const struct task *)row, &extras);

	if (code && !listing->code)
		listing->code = code;
}

static const struct list_source source = {&running_task_resource, task_query_check,
					  task_query_offer, write_row};

int task_list(struct request *request)
{
	return list_answer_params(request, &source, false);
}

int task_count(struct request *request)
{
	return list_answer_params(request, &source, true);
}

int task_query(struct request *request)
{
	return list_answer_body(request, &source, false);
}

int task_query_count(struct request *request)
{
	return list_answer_body(request, &source, true);
}

static int fail_missing(struct request *request)
{
	return request_fail(request, ERR_INVALID_404, "No matching task with id %s",
			    id_of(request));
}

int task_get(struct request *request)
{
	struct txn reader = txn_reader(request->engine->store, request->arena);
	struct instance *instance;
	struct extras extras;
	struct task *task;
	int code = task_read(&reader, id_of(request), &instance, &task);

	if (code == ERR_NOT_FOUND)
		return fail_missing(request);
	TRY(code);
	extras = (struct extras){
		request_flag(request, "withTaskVariablesInReturn", false),
		request_flag(request, "withTaskLocalVariablesInReturn", false),
		request_flag(request, "withCommentAttachmentInfo", false),
	};
	request_answer(request);
	return write_task(request, task, &extras);
}

/* What PUT sets: members that are missing become null. */
struct update {
	struct request *request;
	struct task task;
};

static int read_update(struct request *request, struct task *ret)
{
	const struct {
		const char *key;
		const char **text;
	} texts[] = {
		{"name",            &ret->name            },
		{"description",     &ret->description     },
		{"assignee",        &ret->assignee        },
		{"owner",           &ret->owner           },
		{"parentTaskId",    &ret->parent_task_id  },
		{"caseInstanceId",  &ret->case_instance_id},
		{"tenantId",        &ret->tenant_id       },
		{"delegationState", &ret->delegation_state},
	};
	const struct {
		const char *key;
		int64_t *time;
	} times[] = {
		{"due",      &ret->due      },
		{"followUp", &ret->follow_up},
	};
	const struct json *node;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(texts); i++)
		if ((node = json_present(request->body, texts[i].key)))
			TRY(json_to_string(node, texts[i].text));
	for (i = 0; i < ARRAY_SIZE(times); i++) {
		*times[i].time = TIME_NULL;
		if ((node = json_present(request->body, times[i].key)))
			TRY(json_to_time(node, times[i].time));
	}
	if ((node = json_present(request->body, "priority")))
		TRY(json_to_int(node, 0, true, &ret->priority));
	return 0;
}

static int check_delegation(struct command *command, struct task *task)
{
	const char *upper;

	if (!task->delegation_state)
		return 0;
	upper = text_upper(command->arena, task->delegation_state);
	if (strcmp(upper, "PENDING") != 0 && strcmp(upper, "RESOLVED") != 0)
		return command_fail(command, ERR_INVALID,
				    "Valid values for property 'delegationState' are 'PENDING' or "
				    "'RESOLVED', but was '%s'",
				    task->delegation_state);
	task->delegation_state = upper;
	return 0;
}

static int check_tenant(struct command *command, const struct task *task, const char *tenant)
{
	const char *old = task->tenant_id ? task->tenant_id : "null";

	tenant = tenant ? tenant : "null";
	if (!strcmp(old, tenant))
		return 0;
	return command_fail(command, ERR_ENGINE,
			    "ENGINE-03072 Cannot change tenantId of Task '%s'. Current tenant id "
			    "'%s', Tenant id to set '%s'",
			    task->id, old, tenant);
}

static int update_body(struct command *command, void *arg)
{
	const struct update *update = arg;
	struct task wanted = update->task, before;
	struct instance *instance;
	struct task *task;

	TRY(task_find(command, id_of(update->request), &instance, &task));
	TRY(check_delegation(command, &wanted));
	TRY(check_tenant(command, task, wanted.tenant_id));
	TRY(task_check_active(command, task));
	before = *task;
	task->name = wanted.name;
	task->description = wanted.description;
	task_set_assignee(instance, task, wanted.assignee);
	task_set_owner(instance, task, wanted.owner);
	task->parent_task_id = wanted.parent_task_id;
	task->case_instance_id = wanted.case_instance_id;
	task->delegation_state = wanted.delegation_state;
	task->due = wanted.due;
	task->follow_up = wanted.follow_up;
	task->priority = wanted.priority;
	TRY(task_changed(instance, task, &before));
	return task_log_changes(instance, task, &before, "Update");
}

int task_update(struct request *request)
{
	struct update update = {.request = request};
	int code;

	TRY(read_update(request, &update.task));
	code = command_run(request, update_body, &update);
	if (code == ERR_NOT_FOUND)
		return fail_missing(request);
	TRY(code);
	return request_answer_nothing(request);
}

struct creation {
	struct request *request;
	struct task task;
};

static int create_body(struct command *command, void *arg)
{
	const struct creation *creation = arg;
	struct task *task = arena_copy(command->arena, &creation->task, sizeof(*task));
	struct task before = {.priority = PRIORITY_NORMAL};
	struct instance *instance;

	before.due = before.follow_up = TIME_NULL;
	TRY(check_delegation(command, task));
	TRY(task_create_standalone(command, task, &instance));
	return task_log_changes(instance, task, &before, "Create");
}

/* Ids of tasks of imported instances are not at hand in a transaction. */
static int check_imported(struct request *request, const char *id)
{
	int code = id ? task_was(request, id) : ERR_NOT_FOUND;

	if (!code)
		return request_fail(request, ERR_BAD_USER_REQUEST,
				    "A task with id '%s' cannot be created: the id is taken", id);
	return code == ERR_NOT_FOUND ? 0 : code;
}

int task_create_by_user(struct request *request)
{
	struct creation creation = {.request = request};
	const struct json *id = json_present(request->body, "id");

	TRY(read_update(request, &creation.task));
	if (id)
		TRY(json_to_string(id, &creation.task.id));
	TRY(check_imported(request, creation.task.id));
	TRY(command_run(request, create_body, &creation));
	return request_answer_nothing(request);
}

/* A task of a process goes with its token alone; there being none is no failure. */
static int delete_body(struct command *command, void *arg)
{
	struct request *request = arg;
	struct instance *instance;
	struct task *task;
	int code = task_find(command, id_of(request), &instance, &task);

	if (code)
		return code == ERR_NOT_FOUND ? 0 : code;
	if (task->execution_id)
		return command_fail(command, ERR_ENGINE,
				    "The task cannot be deleted because is part of a running "
				    "process");
	TRY(task_log_property(instance, task, "Delete", "Task", "delete", "false", "true"));
	return task_delete(instance, task, "deleted");
}

int task_delete_by_id(struct request *request)
{
	TRY(command_run(request, delete_body, request));
	return request_answer_nothing(request);
}
