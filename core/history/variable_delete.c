#include "core/history/variable_delete.h"

#include <string.h>

#include "core/history/item.h"

bool variable_is_deleted(const union slot *row)
{
	return row[VARIABLE_STATE].s && !strcmp(row[VARIABLE_STATE].s, "DELETED");
}

/* Drops the rows whose SLOT is ID, or all when ID is NULL; the last one of them, or NULL. */
static const union slot *drop_rows(struct rows *rows, size_t slot, const char *id)
{
	const union slot *dropped = NULL;
	size_t i, kept = 0;

	for (i = 0; i < rows->count; i++) {
		const char *text = rows->row[i][slot].s;

		if (id && (!text || strcmp(text, id)))
			rows->row[kept++] = rows->row[i];
		else
			dropped = rows->row[i];
	}
	rows->count = kept;
	return dropped;
}

static int drop_variables(struct rows rows[ROW_MAX], const char *id, const union slot **ret_row)
{
	const union slot *dropped = drop_rows(&rows[ROW_VARIABLE], VARIABLE_ID, id);

	drop_rows(&rows[ROW_DETAIL], kind_slot(&detail_kind, "variableInstanceId"), id);
	*ret_row = id ? dropped : rows[ROW_INSTANCE].row[0];
	return *ret_row ? 0 : ERR_NOT_FOUND;
}

int variable_delete(struct txn *txn, struct history *history, uint64_t number, const char *id,
		    const union slot **ret_row)
{
	struct record_writer *writer;
	struct rows rows[ROW_MAX];
	struct bytes record, old;
	struct item *item = arena_alloc(txn->arena, sizeof(*item));
	int code;

	if (archive_hidden(history->processes, number))
		return ERR_NOT_FOUND;
	TRY(archive_read(txn, history->processes, number, &record));
	TRY(postings_of_process(history, txn->arena, record, &old));
	TRY(record_decode(txn->arena, record.data, record.size, process_kinds, ROW_MAX, UINT64_MAX,
			  rows));
	history_lay_removal_time(history, number, rows);
	history_adopt(rows);
	TRY(drop_variables(rows, id, ret_row));
	writer = record_writer_new();
	code = item_of_process(history, txn->arena, writer, rows, item);
	record_writer_free(writer);
	TRY(code);
	TRY(columns_follow(txn, history->process_columns, number, &item->summary, 1));
	return archive_rewrite(txn, history->processes, number, &item->stored, old, false);
}
