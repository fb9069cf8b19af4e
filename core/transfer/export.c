#include "core/transfer/export.h"

#include <string.h>

#include "core/history/history.h"
#include "core/history/job_log_entry.h"
#include "core/job/history_batch.h"
#include "core/process/definition.h"
#include "core/process/deployment.h"
#include "core/record/row_json.h"
#include "storage/archive_reader.h"

static void write_line(struct json_writer *writer, const struct kind *kind, const union slot *row)
{
	json_open_object(writer);
	json_key(writer, kind->name);
	row_export(writer, kind, row);
	json_close_object(writer);
	json_newline(writer);
}

static int export_definitions(struct engine *engine, struct json_writer *writer,
			      const struct kind *kind)
{
	struct bytes key, value;
	struct arena arena;
	struct txn reader;
	struct scan scan;
	int code;

	arena_init(&arena);
	reader = txn_reader(engine->store, &arena);
	definition_scan(&scan, &reader, kind);
	while (!(code = scan_next(&scan, &key, &value))) {
		struct arena_mark mark = arena_mark(&arena);
		union slot *row;

		code = row_decode(&arena, value.data, value.size, kind, &row);
		if (!code && kind == &deployment_kind)
			code = deployment_fill(&reader, row);
		if (code)
			break;
		write_line(writer, kind, row);
		arena_rewind(&arena, mark);
	}
	arena_clear(&arena);
	return code == ERR_NOT_FOUND ? writer->code : code;
}

static int export_process(struct arena *arena, struct history *history, uint64_t number,
			  struct bytes record, struct json_writer *writer)
{
	struct rows rows[ROW_MAX];
	size_t kind, first = ROW_INSTANCE;

	TRY(record_decode(arena, record.data, record.size, process_kinds, ROW_MAX, UINT64_MAX,
			  rows));
	if (rows[ROW_INSTANCE].count != 1)
		return ERR_CORRUPT;
	history_lay_over(history, number, rows);
	if (history_is_standalone(rows[ROW_INSTANCE].row[0]))
		first = ROW_TASK;
	if (rows[first].count != 1)
		return ERR_CORRUPT;
	json_open_object(writer);
	json_key(writer, first == ROW_TASK ? "task" : process_kinds[first]->name);
	row_export(writer, process_kinds[first], rows[first].row[0]);
	for (kind = first + 1; kind < ROW_MAX; kind++)
		rows_export(writer, process_kinds[kind], &rows[kind]);
	json_close_object(writer);
	json_newline(writer);
	return 0;
}

static int export_row(struct arena *arena, const struct columns *columns, const struct kind *kind,
		      const char *name, uint64_t number, struct bytes record,
		      struct json_writer *writer)
{
	union slot *row;

	TRY(history_unpack_row(arena, columns, number, record, kind, &row));
	json_open_object(writer);
	json_key(writer, name);
	row_export(writer, kind, row);
	json_close_object(writer);
	json_newline(writer);
	return 0;
}

static int export_number(struct arena *arena, struct history *history, struct archive *archive,
			 uint64_t number, struct bytes record, struct json_writer *writer)
{
	if (archive == history->processes)
		return export_process(arena, history, number, record, writer);
	if (archive == history->decisions)
		return export_row(arena, history->decision_columns, &decision_instance_kind,
				  "decisionInstance", number, record, writer);
	return export_row(arena, history->operation_columns, &user_operation_kind, "userOperation",
			  number, record, writer);
}

static int export_archive(struct engine *engine, struct archive *archive,
			  struct json_writer *writer)
{
	uint64_t number, end = archive_visible(archive);
	struct archive_reader records;
	struct bytes record;
	struct arena arena;
	int code = 0;

	arena_init(&arena);
	archive_reader_init(&records, engine->store, archive);
	for (number = 0; number < end && !code && !writer->code; number++) {
		if (archive_hidden(archive, number))
			continue;
		code = archive_reader_get(&records, number, &record);
		if (!code)
			code = export_number(&arena, engine->history, archive, number, record,
					     writer);
		if (code == ERR_NOT_FOUND)
			code = 0; /* deleted meanwhile */
		arena_reset(&arena);
	}
	archive_reader_clear(&records);
	arena_clear(&arena);
	return code ? code : writer->code;
}

int export_all(struct engine *engine, struct json_writer *writer)
{
	TRY(export_definitions(engine, writer, &deployment_kind));
	TRY(export_definitions(engine, writer, &process_definition_kind));
	TRY(export_definitions(engine, writer, &requirements_definition_kind));
	TRY(export_definitions(engine, writer, &decision_definition_kind));
	TRY(export_archive(engine, engine->history->processes, writer));
	TRY(export_archive(engine, engine->history->decisions, writer));
	TRY(history_batch_export(engine, writer));
	TRY(job_log_export_loose(engine, writer));
	return export_archive(engine, engine->history->operations, writer);
}
