#include "core/history/variable_delete.h"

#include <string.h>

#include "core/history/item.h"

struct deletion {
	struct history *history;
	uint64_t number;
	const char *id;
};

bool variable_is_deleted(const union slot *row)
{
	return row[VARIABLE_STATE].s && !strcmp(row[VARIABLE_STATE].s, "DELETED");
}

/* Drops the rows whose SLOT is ID, or all when ID is NULL; says how many. */
static size_t drop_rows(struct rows *rows, size_t slot, const char *id)
{
	size_t i, kept = 0, before = rows->count;

	for (i = 0; i < before; i++) {
		const char *text = rows->row[i][slot].s;

		if (id && (!text || strcmp(text, id)))
			rows->row[kept++] = rows->row[i];
	}
	rows->count = kept;
	return before - kept;
}

static int drop_variables(const struct deletion *deletion, struct rows rows[ROW_MAX])
{
	size_t dropped = drop_rows(&rows[ROW_VARIABLE], VARIABLE_ID, deletion->id);

	drop_rows(&rows[ROW_DETAIL], kind_slot(&detail_kind, "variableInstanceId"), deletion->id);
	return dropped || !deletion->id ? 0 : ERR_NOT_FOUND;
}

static int delete_body(struct txn *txn, void *arg)
{
	const struct deletion *deletion = arg;
	struct history *history = deletion->history;
	struct record_writer *writer;
	struct rows rows[ROW_MAX];
	struct bytes record, old;
	struct item *item = arena_alloc(txn->arena, sizeof(*item));
	int code;

	if (archive_hidden(history->processes, deletion->number))
		return ERR_NOT_FOUND;
	TRY(archive_read(txn, history->processes, deletion->number, &record));
	TRY(postings_of_process(history, txn->arena, record, &old));
	TRY(record_decode(txn->arena, record.data, record.size, process_kinds, ROW_MAX, UINT64_MAX,
			  rows));
	history_lay_over(history, deletion->number, rows);
	TRY(drop_variables(deletion, rows));
	writer = record_writer_new();
	code = item_of_process(history, txn->arena, writer, rows, item);
	record_writer_free(writer);
	TRY(code);
	TRY(columns_follow(txn, history->process_columns, deletion->number, &item->summary, 1));
	return archive_rewrite(txn, history->processes, deletion->number, &item->stored, old);
}

int variable_delete(struct history *history, struct arena *arena, uint64_t number, const char *id)
{
	struct deletion deletion = {history, number, id};

	return txn_run(history->store, arena, TXN_SYNC, delete_body, &deletion);
}
