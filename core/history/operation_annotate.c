#include "core/history/operation_annotate.h"

#include <string.h>

#include "core/history/item.h"

enum { PIECE = 500 }; /* entries in a transaction */

/* Entries of one operation, found by the hash in their columns. */
struct annotating {
	struct history *history;
	const char *operation, *annotation;
	uint64_t next; /* number to go on with */
	uint64_t numbers[PIECE];
	size_t count;
	bool found;
};

static void find_in_set(struct annotating *annotating, const struct column_set *set, uint64_t first,
			uint64_t end)
{
	uint64_t wanted = history_hash(annotating->history, annotating->operation);

	for (; annotating->next < end && annotating->count < PIECE; annotating->next++) {
		uint64_t hash = set->root[annotating->next - first];

		/* 0: written by an older batchd, the record tells */
		if (!hash || hash == wanted)
			annotating->numbers[annotating->count++] = annotating->next;
	}
}

/* The next entries that may be of the operation. */
static void find_piece(struct annotating *annotating)
{
	struct columns *columns = annotating->history->operation_columns;
	struct archive *archive = columns_archive(columns);
	uint64_t visible = archive_visible(archive);

	annotating->count = 0;
	archive_lock_shared(archive);
	while (annotating->next < visible && annotating->count < PIECE) {
		uint64_t first = annotating->next - annotating->next % ARCHIVE_SEGMENT;
		uint64_t end =
			first + ARCHIVE_SEGMENT < visible ? first + ARCHIVE_SEGMENT : visible;

		find_in_set(annotating, columns_set(columns, (uint32_t)(first / ARCHIVE_SEGMENT)),
			    first, end);
	}
	archive_unlock(archive);
}

static int annotate_entry(struct txn *txn, struct annotating *annotating, uint64_t number)
{
	struct history *history = annotating->history;
	struct bytes none = {NULL, 0};
	struct record_writer *writer;
	struct item *item = arena_alloc(txn->arena, sizeof(*item));
	union slot *row;
	int code;

	if (archive_hidden(history->operations, number))
		return 0;
	code = history_read_row(txn, history->operation_columns, number, &user_operation_kind,
				&row);
	if (code)
		return code == ERR_NOT_FOUND ? 0 : code;
	if (!row[OPERATION_OPERATION_ID].s ||
	    strcmp(row[OPERATION_OPERATION_ID].s, annotating->operation) != 0)
		return 0;
	annotating->found = true;
	row[OPERATION_ANNOTATION].s = annotating->annotation;
	writer = record_writer_new();
	code = item_of_operation(history, txn->arena, writer, row, item);
	record_writer_free(writer);
	TRY(code);
	TRY(columns_follow(txn, history->operation_columns, number, &item->summary, 1));
	return archive_rewrite(txn, history->operations, number, &item->stored, none, true);
}

static int annotate_piece(struct txn *txn, void *arg)
{
	struct annotating *annotating = arg;
	size_t i;

	for (i = 0; i < annotating->count; i++)
		TRY(annotate_entry(txn, annotating, annotating->numbers[i]));
	return 0;
}

int operation_annotate(struct history *history, struct arena *arena, const char *operation,
		       const char *annotation)
{
	struct annotating annotating = {
		.history = history, .operation = operation, .annotation = annotation};

	for (find_piece(&annotating); annotating.count; find_piece(&annotating)) {
		struct arena_mark mark = arena_mark(arena);

		TRY(txn_run(history->store, arena, TXN_DURABLE, annotate_piece, &annotating));
		arena_rewind(arena, mark);
	}
	return annotating.found ? 0 : ERR_NOT_FOUND;
}
