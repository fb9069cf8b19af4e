/* /task/{id}/attachment: files and links that belong to tasks. */
#include <string.h>

#include "core/api/handler.h"
#include "core/api/task_rows.h"
#include "core/record/row_json.h"
#include "core/request/multipart.h"
#include "core/runtime/task.h"
#include "core/runtime/task_log.h"
#include "storage/base64.h"

static const char *id_of(const struct request *request)
{
	return request->call->params[0];
}

static const char *attachment_of(const struct request *request)
{
	return request->call->params[1];
}

static void write_attachment(struct request *request, const union slot *row, bool created)
{
	struct json_writer *writer = &request->writer;

	json_open_object(writer);
	task_row_write_links(request, "attachment", row, row[ATTACHMENT_TASK_ID].s, created);
	row_answer_members(writer, &attachment_kind, row);
	json_close_object(writer);
}

int task_attachment_list(struct request *request)
{
	union slot **rows;
	size_t count, i;
	int code = task_rows_read(request, ROW_ATTACHMENT, id_of(request), &rows, &count);

	if (code == ERR_NOT_FOUND)
		return task_fail_unknown(request, ERR_INVALID_404);
	TRY(code);
	json_open_array(request_answer(request));
	for (i = 0; i < count; i++)
		write_attachment(request, rows[i], false);
	json_close_array(&request->writer);
	return 0;
}

int task_attachment_get(struct request *request)
{
	union slot *row;
	int code = task_row_read(request, ROW_ATTACHMENT, id_of(request), attachment_of(request),
				 &row);

	if (code == ERR_NOT_FOUND)
		return request_fail(request, ERR_INVALID_404,
				    "Task attachment with id %s does not exist for task id '%s'.",
				    attachment_of(request), id_of(request));
	TRY(code);
	request_answer(request);
	write_attachment(request, row, false);
	return 0;
}

static int fail_content(struct request *request)
{
	return request_fail(request, ERR_INVALID_404,
			    "Attachment content for attachment with id '%s' does not exist for "
			    "task id '%s'.",
			    attachment_of(request), id_of(request));
}

int task_attachment_data(struct request *request)
{
	union slot *row;
	uint8_t *bytes;
	size_t size;
	int code = task_row_read(request, ROW_ATTACHMENT, id_of(request), attachment_of(request),
				 &row);

	if (code == ERR_NOT_FOUND || (!code && !row[ATTACHMENT_DATA].s))
		return fail_content(request);
	TRY(code);
	bytes = arena_alloc(request->arena, strlen(row[ATTACHMENT_DATA].s) + 1);
	if (!base64_decode(row[ATTACHMENT_DATA].s, bytes, &size))
		return ERR_CORRUPT;
	request_answer(request);
	request->head.type = "application/octet-stream";
	buffer_put(&request->writer.buffer, bytes, size);
	return 0;
}

struct change {
	struct request *request;
	const char *name, *description, *type, *url, *data;
	union slot *row; /* as created */
};

static int log_change(struct instance *instance, const struct task *task, const char *type,
		      const union slot *row)
{
	return task_log_property(instance, task, type, "Attachment", "name", NULL,
				 row[ATTACHMENT_NAME].s);
}

static int create_body(struct command *command, void *arg)
{
	struct change *change = arg;
	struct instance *instance;
	struct task *task, before;
	union slot *row;

	TRY(task_find(command, id_of(change->request), &instance, &task));
	row = instance_add_history(instance, ROW_ATTACHMENT);
	row[ATTACHMENT_ID].s = command_id(instance);
	row[ATTACHMENT_NAME].s = change->name;
	row[ATTACHMENT_DESCRIPTION].s = change->description;
	row[ATTACHMENT_TASK_ID].s = task->id;
	row[ATTACHMENT_TYPE].s = change->type;
	row[ATTACHMENT_URL].s = change->url;
	row[ATTACHMENT_DATA].s = change->data;
	row[ATTACHMENT_CREATE_TIME].i = command->now;
	row[ATTACHMENT_ROOT_ID].s = instance->row->root_id;
	if (instance->history[ROW_INSTANCE].count)
		row[ATTACHMENT_REMOVAL_TIME].i =
			instance->history[ROW_INSTANCE].row[0][INSTANCE_REMOVAL_TIME].i;
	change->row = row;
	before = *task;
	TRY(task_changed(instance, task, &before));
	return log_change(instance, task, "AddAttachment", row);
}

static int read_form(struct request *request, struct change *ret)
{
	struct arena *arena = request->arena;
	const struct part *content;
	struct multipart form;

	TRY(multipart_parse(arena, request->call->type, request->upload, &form, &request->error));
	ret->name = multipart_text(arena, &form, "attachment-name");
	ret->description = multipart_text(arena, &form, "attachment-description");
	ret->type = multipart_text(arena, &form, "attachment-type");
	content = multipart_find(&form, "content");
	if (content)
		ret->data = base64_encode(arena, content->content.data, content->content.size);
	else /* content needs no address */
		ret->url = multipart_text(arena, &form, "url");
	if (!content && !ret->url)
		return request_fail(request, ERR_INVALID,
				    "No content or url to remote content exists to create the task "
				    "attachment.");
	return 0;
}

int task_attachment_create(struct request *request)
{
	struct change change = {.request = request};
	int code;

	TRY(read_form(request, &change));
	code = command_run(request, create_body, &change);
	if (code == ERR_NOT_FOUND)
		return task_fail_unknown(request, ERR_INVALID);
	TRY(code);
	request_answer(request);
	write_attachment(request, change.row, true);
	return 0;
}

static int delete_body(struct command *command, void *arg)
{
	const struct change *change = arg;
	struct instance *instance;
	struct task *task, before;
	union slot *row;

	TRY(task_find(command, id_of(change->request), &instance, &task));
	row = task_row_find(instance, ROW_ATTACHMENT, task->id, attachment_of(change->request));
	if (!row)
		return ERR_NOT_FOUND;
	instance_drop_history(instance, ROW_ATTACHMENT, row);
	before = *task;
	TRY(task_changed(instance, task, &before));
	return log_change(instance, task, "DeleteAttachment", row);
}

int task_attachment_delete(struct request *request)
{
	struct change change = {.request = request};
	int code = command_run(request, delete_body, &change);

	if (code == ERR_NOT_FOUND)
		return request_fail(request, ERR_INVALID_404,
				    "Deletion is not possible. No attachment exists for task id "
				    "'%s' and attachment id '%s'.",
				    id_of(request), attachment_of(request));
	TRY(code);
	return request_answer_nothing(request);
}
