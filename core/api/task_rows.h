/*
 * Rows of history that hang on a task, as /task/{id}/comment and /attachment show and change them.
 */
#ifndef CORE_API_TASK_ROWS_H
#define CORE_API_TASK_ROWS_H

#include "core/history/kinds.h"
#include "core/request/request.h"
#include "core/runtime/command.h"

/* Whether history knows a task ID: 0 or ERR_NOT_FOUND. */
int task_was(struct request *request, const char *id);

/*
 * The rows of KIND of the task ID, which may have ended, in order of creation; *RET_COUNT of them
 * in *RET, in the request's arena. ERR_NOT_FOUND when there is no such task in history.
 */
int task_rows_read(struct request *request, enum process_row kind, const char *id,
		   union slot ***ret, size_t *ret_count);

/* The row of KIND with that id, of that task. ERR_NOT_FOUND. */
int task_row_read(struct request *request, enum process_row kind, const char *task_id,
		  const char *id, union slot **ret);

/* The row of KIND with that id in the history of INSTANCE, or NULL; of TASK_ID, unless it is NULL.
 */
union slot *task_row_find(const struct instance *instance, enum process_row kind,
			  const char *task_id, const char *id);

/* Writes "links": [a link to the row, if it is just created]. */
void task_row_write_links(struct request *request, const char *noun, const union slot *row,
			  const char *task_id, bool created);

/* "No task found for task id …" with the error CODE. */
int task_fail_unknown(struct request *request, int code);

#endif
