/*
 * Statistics: what many process instances add up to, told from the columns where they can tell, and
 * from the records, one after the other, where they cannot.
 */
#ifndef CORE_HISTORY_STATISTICS_H
#define CORE_HISTORY_STATISTICS_H

#include "core/history/history.h"

/*
 * Calls TAKE with the rows (by enum process_row; kinds of WANT) of every running instance whose
 * summary has one of FLAGS (0 = any), and whose definition's place in TABLE is not 0 (NULL = any;
 * by number of history->definitions). Rows are there during the call only.
 */
int statistics_running(struct history *history, struct arena *arena, const uint8_t *table,
		       uint8_t flags, uint64_t want,
		       void (*take)(void *arg, const struct rows *rows), void *arg);

#endif
