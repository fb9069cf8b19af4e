#include "core/api/task_rows.h"

#include <string.h>

#include "core/api/links.h"
#include "core/engine.h"
#include "core/history/child_list.h"
#include "core/history/history.h"
#include "core/id.h"
#include "core/record/kind.h"

/* Where rows of a kind name their task. */
static int task_field(enum process_row kind)
{
	return kind == ROW_COMMENT ? COMMENT_TASK_ID : ATTACHMENT_TASK_ID;
}

int task_was(struct request *request, const char *id)
{
	uint64_t number;
	union slot *row;

	return child_find(request, ROW_TASK, id, &row, &number);
}

/* Number of the history that the task is in. ERR_NOT_FOUND. */
static int find_history(struct request *request, struct txn *txn, const char *id, uint64_t *ret)
{
	struct store *store = request->engine->store;
	int code = history_find_standalone(txn, request->engine->history, id, ret);
	uint64_t serial;
	union slot *row;

	if (code != ERR_NOT_FOUND)
		return code;
	if (!instance_serial(store, id, &serial))
		return child_find(request, ROW_TASK, id, &row, ret);
	return history_find_process(txn, request->engine->history,
				    id_text(request->arena, store, ID_RUNNING, serial, 0), ret);
}

static bool has_task(const struct rows *tasks, const char *id)
{
	size_t i;

	for (i = 0; i < tasks->count; i++)
		if (texts_match(tasks->row[i][TASK_ID].s, id))
			return true;
	return false;
}

int task_rows_read(struct request *request, enum process_row kind, const char *id,
		   union slot ***ret, size_t *ret_count)
{
	struct txn reader = txn_reader(request->engine->store, request->arena);
	struct rows rows[ROW_MAX] = {0};
	uint64_t number;
	size_t i;

	TRY(find_history(request, &reader, id, &number));
	TRY(history_read_process(&reader, request->engine->history, number,
				 1u << ROW_TASK | 1u << kind, rows));
	if (!has_task(&rows[ROW_TASK], id))
		return ERR_NOT_FOUND;
	*ret = arena_array(request->arena, rows[kind].count + 1, sizeof(**ret));
	*ret_count = 0;
	for (i = 0; i < rows[kind].count; i++)
		if (texts_match(rows[kind].row[i][task_field(kind)].s, id))
			(*ret)[(*ret_count)++] = rows[kind].row[i];
	return 0;
}

int task_row_read(struct request *request, enum process_row kind, const char *task_id,
		  const char *id, union slot **ret)
{
	union slot **rows;
	size_t count, i;

	TRY(task_rows_read(request, kind, task_id, &rows, &count));
	for (i = 0; i < count; i++) {
		*ret = rows[i];
		if (texts_match(rows[i][0].s, id))
			return 0;
	}
	return ERR_NOT_FOUND;
}

union slot *task_row_find(const struct instance *instance, enum process_row kind,
			  const char *task_id, const char *id)
{
	union slot *row = instance_find_history(instance, kind, id);

	if (row && task_id && !texts_match(row[task_field(kind)].s, task_id))
		return NULL;
	return row;
}

void task_row_write_links(struct request *request, const char *noun, const union slot *row,
			  const char *task_id, bool created)
{
	struct json_writer *writer = &request->writer;

	if (!created) {
		links_write_none(writer);
		return;
	}
	links_write_self(request, writer,
			 arena_printf(request->arena, "/task/%s/%s/%s",
				      uri_encode(request->arena, task_id), noun,
				      uri_encode(request->arena, row[0].s)));
}

int task_fail_unknown(struct request *request, int code)
{
	return request_fail(request, code, "No task found for task id %s",
			    request->call->params[0]);
}
