/*
 * The purger: a thread that deletes the bytes of what was buried, when nobody waits for it, and
 * saves the columns for the next start (core/history/column.h) when that is done.
 */
#ifndef CORE_HISTORY_PURGER_H
#define CORE_HISTORY_PURGER_H

#include "core/history/history.h"

/*
 * The thread that purges. DONE(ARG) is called in it whenever nothing is left to be purged; it is
 * stopped before what DONE needs is closed.
 */
int purger_start(struct history *history, void (*done)(void *arg), void *arg);
void purger_stop(struct history *history);

/* Tells the purger that something was buried. To be left with txn_on_commit() after the burial. */
void purger_wake(void *history);

/* True while bytes of what was buried are still there. */
bool purger_has_work(struct history *history);

/* Tells the purger that a request came: while they come often, it works in small
 * pieces and takes a tenth of the time. */
void purger_note_request(struct history *history);

#endif
