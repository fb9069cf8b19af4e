/* /task/{id}/comment and /process-instance/{id}/comment: what people say about tasks. */
#include <assert.h>
#include <string.h>

#include "core/api/handler.h"
#include "core/api/task_rows.h"
#include "core/engine.h"
#include "core/history/history.h"
#include "core/query/query.h"
#include "core/record/row_json.h"
#include "core/runtime/task.h"

static const char *id_of(const struct request *request)
{
	return request->call->params[0];
}

static void write_comment(struct request *request, const union slot *row, bool created)
{
	struct json_writer *writer = &request->writer;
	bool of_task = row[COMMENT_OF_TASK].i == 1;

	json_open_object(writer);
	task_row_write_links(request, "comment", row, row[COMMENT_TASK_ID].s, created);
	json_key_string(writer, "id", row[COMMENT_ID].s);
	json_key_string(writer, "userId", row[COMMENT_USER_ID].s);
	json_key_time(writer, "time", row[COMMENT_TIME].i);
	json_key_string(writer, "taskId", row[COMMENT_TASK_ID].s);
	json_key_string(writer, "message", row[COMMENT_MESSAGE].s);
	json_key_time(writer, "removalTime", row[COMMENT_REMOVAL_TIME].i);
	json_key_string(writer, "rootProcessInstanceId", row[COMMENT_ROOT_ID].s);
	json_key_string(writer, "processInstanceId", of_task ? NULL : row[COMMENT_INSTANCE_ID].s);
	json_close_object(writer);
}

/* The newest one first. */
static void answer_comments(struct request *request, union slot *const *rows, size_t count)
{
	json_open_array(request_answer(request));
	while (count-- > 0)
		write_comment(request, rows[count], false);
	json_close_array(&request->writer);
}

int task_comment_list(struct request *request)
{
	union slot **rows;
	size_t count;
	int code = task_rows_read(request, ROW_COMMENT, id_of(request), &rows, &count);

	if (code == ERR_NOT_FOUND)
		return task_fail_unknown(request, ERR_INVALID_404);
	TRY(code);
	answer_comments(request, rows, count);
	return 0;
}

int task_comment_get(struct request *request)
{
	const char *id = request->call->params[1];
	union slot *row;
	int code = task_row_read(request, ROW_COMMENT, id_of(request), id, &row);

	if (code == ERR_NOT_FOUND)
		return request_fail(request, ERR_INVALID_404,
				    "Task comment with id %s does not exist for task id '%s'.", id,
				    id_of(request));
	TRY(code);
	request_answer(request);
	write_comment(request, row, false);
	return 0;
}

/* What is done to comments of a task or an instance. */
struct change {
	struct request *request;
	const char *id, *message; /* of a comment; NULL = all */
	bool of_instance;         /* asked for the process instance, not a task */
	const char *instance_id;  /* the comment is the instance's, too; or NULL */
	union slot *row;
};

/* The instance, and the task unless it is asked for the instance. ERR_NOT_FOUND. */
static int find(struct command *command, const struct change *change,
		struct instance **ret_instance, struct task **ret)
{
	const char *id = id_of(change->request);

	*ret = NULL;
	if (!change->of_instance)
		return task_find(command, id, ret_instance, ret);
	TRY(command_find(command, id, ret_instance));
	return strcmp((*ret_instance)->row->id, id) ? ERR_NOT_FOUND : 0;
}

static int touch(struct instance *instance, struct task *task)
{
	struct task before;

	instance->changed = true;
	if (!task)
		return 0;
	before = *task;
	return task_changed(instance, task, &before);
}

static int create_body(struct command *command, void *arg)
{
	struct change *change = arg;
	struct instance *instance;
	struct task *task;
	union slot *row;

	TRY(find(command, change, &instance, &task));
	assert(task);
	row = instance_add_history(instance, ROW_COMMENT);
	row[COMMENT_ID].s = command_id(instance);
	row[COMMENT_USER_ID].s = command->user;
	row[COMMENT_TASK_ID].s = task->id;
	row[COMMENT_INSTANCE_ID].s = instance->row->id;
	row[COMMENT_TIME].i = command->now;
	row[COMMENT_MESSAGE].s = change->message;
	row[COMMENT_ROOT_ID].s = instance->row->root_id;
	row[COMMENT_OF_TASK].i =
		!change->instance_id || !text_same(change->instance_id, instance->row->id);
	if (instance->history[ROW_INSTANCE].count)
		row[COMMENT_REMOVAL_TIME].i =
			instance->history[ROW_INSTANCE].row[0][INSTANCE_REMOVAL_TIME].i;
	change->row = row;
	return touch(instance, task);
}

static int read_text(struct request *request, const char *key, const char **ret)
{
	const struct json *node = json_present(request->body, key);

	*ret = NULL;
	return node ? json_to_string(node, ret) : 0;
}

int task_comment_create(struct request *request)
{
	struct change change = {.request = request};
	int code;

	TRY(read_text(request, "message", &change.message));
	TRY(read_text(request, "processInstanceId", &change.instance_id));
	if (!change.message)
		return request_fail(request, ERR_INVALID_0, "Not enough parameters submitted");
	code = command_run(request, create_body, &change);
	if (code == ERR_NOT_FOUND)
		return task_fail_unknown(request, ERR_INVALID);
	TRY(code);
	request_answer(request);
	write_comment(request, change.row, true);
	return 0;
}

/* Whether ROW is one that CHANGE is about. */
static bool is_meant(const struct change *change, const union slot *row, const struct task *task)
{
	if (change->id && strcmp(row[COMMENT_ID].s, change->id) != 0)
		return false;
	if (!task)
		return row[COMMENT_OF_TASK].i != 1;
	return row[COMMENT_TASK_ID].s && !strcmp(row[COMMENT_TASK_ID].s, task->id);
}

static int update_body(struct command *command, void *arg)
{
	const struct change *change = arg;
	struct instance *instance;
	struct task *task;
	union slot *row;

	TRY(find(command, change, &instance, &task));
	if (!change->id || !change->message)
		return command_fail(command, ERR_INVALID, "%s is null",
				    change->id ? "message" : "commentId");
	row = task_row_find(instance, ROW_COMMENT, NULL, change->id);
	if (!row || !is_meant(change, row, task))
		return command_fail(command, ERR_INVALID,
				    "No comment exists with commentId: %s and %s: %s: comment is "
				    "null",
				    change->id, task ? "taskId" : "processInstanceId",
				    id_of(change->request));
	row[COMMENT_MESSAGE].s = change->message;
	row[COMMENT_TIME].i = command->now;
	return touch(instance, task);
}

static int fail_unknown(struct request *request, bool of_instance)
{
	if (!of_instance)
		return task_fail_unknown(request, ERR_INVALID_404);
	return request_fail(request, ERR_INVALID_404, "No process instance found for id %s",
			    id_of(request));
}

static int update(struct request *request, bool of_instance)
{
	struct change change = {.request = request, .of_instance = of_instance};
	int code;

	TRY(read_text(request, "id", &change.id));
	TRY(read_text(request, "message", &change.message));
	code = command_run(request, update_body, &change);
	if (code == ERR_NOT_FOUND)
		return fail_unknown(request, of_instance);
	TRY(code);
	return request_answer_nothing(request);
}

int task_comment_update(struct request *request)
{
	return update(request, false);
}

int process_instance_comment_update(struct request *request)
{
	return update(request, true);
}

static int delete_body(struct command *command, void *arg)
{
	const struct change *change = arg;
	struct instance *instance;
	struct rows *rows;
	struct task *task;
	size_t i;

	TRY(find(command, change, &instance, &task));
	rows = &instance->history[ROW_COMMENT];
	for (i = rows->count; i-- > 0;)
		if (is_meant(change, rows->row[i], task))
			instance_drop_history(instance, ROW_COMMENT, rows->row[i]);
	return touch(instance, task);
}

static int delete_comments(struct request *request, const char *id, bool of_instance)
{
	struct change change = {.request = request, .id = id, .of_instance = of_instance};
	int code = command_run(request, delete_body, &change);

	if (code == ERR_NOT_FOUND)
		return fail_unknown(request, of_instance);
	TRY(code);
	return request_answer_nothing(request);
}

int task_comment_delete(struct request *request)
{
	return delete_comments(request, request->call->params[1], false);
}

int task_comment_delete_all(struct request *request)
{
	return delete_comments(request, NULL, false);
}

int process_instance_comment_delete(struct request *request)
{
	return delete_comments(request, request->call->params[1], true);
}

int process_instance_comment_delete_all(struct request *request)
{
	return delete_comments(request, NULL, true);
}

int process_instance_comment_list(struct request *request)
{
	struct txn reader = txn_reader(request->engine->store, request->arena);
	struct history *history = request->engine->history;
	struct rows rows[ROW_MAX] = {0};
	size_t i, count = 0;
	uint64_t number;
	int code = history_find_process(&reader, history, id_of(request), &number);

	if (!code)
		code = history_read_process(&reader, history, number, 1u << ROW_COMMENT, rows);
	if (code == ERR_NOT_FOUND)
		return fail_unknown(request, true);
	TRY(code);
	for (i = 0; i < rows[ROW_COMMENT].count; i++)
		if (rows[ROW_COMMENT].row[i][COMMENT_OF_TASK].i != 1)
			rows[ROW_COMMENT].row[count++] = rows[ROW_COMMENT].row[i];
	answer_comments(request, rows[ROW_COMMENT].row, count);
	return 0;
}
