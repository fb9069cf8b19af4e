#include "core/batch/table_counts.h"

#include "core/history/kinds.h"
#include "storage/error.h"

enum { RUNS_MAX = 60000 };

static void add_rows(struct table_counts *counts, size_t kind, const struct rows *rows,
		     int64_t value)
{
	int slot = kind_field(process_kinds[kind], "removalTime");
	size_t i;

	for (i = 0; slot >= 0 && i < rows->count; i++)
		counts->rows[kind] += rows->row[i][slot].i != value;
}

int table_counts_add_process(struct txn *txn, struct history *history, uint64_t number,
			     int64_t value, struct table_counts *counts)
{
	struct arena_mark mark = arena_mark(txn->arena);
	struct rows rows[ROW_MAX];
	size_t kind;
	int code = history_read_process(txn, history, number, UINT64_MAX, rows);

	for (kind = ROW_INSTANCE; !code && kind < ROW_MAX; kind++)
		add_rows(counts, kind, &rows[kind], value);
	arena_rewind(txn->arena, mark);
	return code == ERR_NOT_FOUND ? 0 : code;
}

int table_counts_add_decision(struct txn *txn, struct history *history, uint64_t number,
			      int64_t value, struct table_counts *counts)
{
	struct arena_mark mark = arena_mark(txn->arena);
	union slot *row;
	int code = history_read_row(txn, history->decision_columns, number, &decision_instance_kind,
				    &row);

	if (!code && row[DECISION_REMOVAL_TIME].i != value) {
		const struct rows *inputs = row[DECISION_INPUTS].r;
		const struct rows *outputs = row[DECISION_OUTPUTS].r;

		counts->rows[TABLE_DECISION]++;
		counts->rows[TABLE_DECISION_INPUT] += inputs ? (uint32_t)inputs->count : 0;
		counts->rows[TABLE_DECISION_OUTPUT] += outputs ? (uint32_t)outputs->count : 0;
	}
	arena_rewind(txn->arena, mark);
	return code == ERR_NOT_FOUND ? 0 : code;
}

int table_counts_add_operation(struct txn *txn, struct history *history, uint64_t number,
			       int64_t value, struct table_counts *counts)
{
	struct arena_mark mark = arena_mark(txn->arena);
	union slot *row;
	int code = history_read_row(txn, history->operation_columns, number, &user_operation_kind,
				    &row);

	counts->rows[TABLE_OPERATION] += !code && row[OPERATION_REMOVAL_TIME].i != value;
	arena_rewind(txn->arena, mark);
	return code == ERR_NOT_FOUND ? 0 : code;
}

uint32_t table_counts_runs(const struct table_counts *counts, uint32_t chunk)
{
	uint32_t most = 0, instances = counts->rows[ROW_INSTANCE] / chunk;
	size_t table;

	for (table = ROW_INSTANCE + 1; table < TABLE_COUNT; table++)
		if (counts->rows[table] / chunk > most)
			most = counts->rows[table] / chunk;
	return most + 1 + instances + 1 < RUNS_MAX ? most + 1 + instances + 1 : RUNS_MAX;
}
