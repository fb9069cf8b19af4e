#include "core/history/delete.h"
#include "core/history/purger.h"

size_t history_find_running(struct history *history, const uint64_t *numbers, size_t count)
{
	struct archive *archive = history->processes;
	size_t i;

	archive_lock_shared(archive);
	for (i = 0; i < count; i++) {
		uint64_t number = numbers[i];
		uint32_t segment = (uint32_t)(number / ARCHIVE_SEGMENT);
		uint32_t row = (uint32_t)(number % ARCHIVE_SEGMENT);

		if (number == UINT64_MAX || number >= archive_visible(archive))
			continue;
		if (columns_set(history->process_columns, segment)->end_time[row] == TIME_NULL &&
		    !(archive_dead_bits(archive, segment)[row / 8] >> row % 8 & 1))
			break;
	}
	archive_unlock(archive);
	return i;
}

int history_delete_one(struct txn *txn, struct history *history, const char *id)
{
	uint64_t number;
	size_t buried;

	TRY(history_find_process(txn, history, id, &number));
	if (!history_find_running(history, &number, 1))
		return ERR_STILL_RUNNING;
	TRY(archive_bury(txn, history->processes, &number, 1, &buried));
	txn_on_commit(txn, purger_wake, history);
	return 0;
}
