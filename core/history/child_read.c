#include "core/history/child_read.h"

#include <string.h>

#include "core/history/incident_kind.h"
#include "core/history/job_log_entry.h"

void child_reader_init(struct child_reader *reader, struct request *request,
		       const struct child_query *query)
{
	memset(reader, 0, sizeof(*reader));
	reader->request = request;
	reader->query = query;
	arena_init(&reader->arena);
	archive_reader_init(&reader->records, request->engine->history->store,
			    request->engine->history->processes);
}

void child_reader_clear(struct child_reader *reader)
{
	archive_reader_clear(&reader->records);
	arena_clear(&reader->arena);
}

/* Fields that no record holds. */
static void derive_fields(struct arena *arena, enum process_row kind, const struct rows *rows)
{
	size_t i;

	if (kind == ROW_JOB_LOG)
		job_log_number(arena, rows);
	for (i = 0; kind == ROW_ACTIVITY && i < rows->count; i++)
		rows->row[i][ACTIVITY_OCCURRENCE].i = (int64_t)i;
	for (i = 0; kind == ROW_INCIDENT && i < rows->count; i++)
		rows->row[i][INCIDENT_STATE].i = incident_state_of(rows->row[i]);
}

int child_reader_read(struct child_reader *reader, uint64_t number)
{
	enum process_row kind = reader->query->kind;
	struct bytes record;
	int code;

	arena_reset(&reader->arena);
	reader->rows[kind].count = 0;
	TRY(request_stopped(reader->request));
	code = archive_reader_get(&reader->records, number, &record);
	if (code)
		return code == ERR_NOT_FOUND ? 0 : code; /* deleted meanwhile */
	TRY(history_unpack_process(&reader->arena, reader->request->engine->history, number, record,
				   reader->query->want, reader->rows));
	derive_fields(&reader->arena, kind, &reader->rows[kind]);
	return 0;
}
