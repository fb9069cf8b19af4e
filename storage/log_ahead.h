/*
 * The log file has room ahead of its records: zeros, that are written over.
 *
 * Berkeley DB makes log files with a hole as long as they may get. To sync what filled a part of it
 * costs twice the time of a sync that only writes data (220 and 140 us: measured here on ext4). So
 * a log that is synced gets zeros in pieces; one that is only written (imports, batches) does not.
 * Zeros behind the last record say to recovery what the hole says: the log ends here.
 */
#ifndef STORAGE_LOG_AHEAD_H
#define STORAGE_LOG_AHEAD_H

#include <stdbool.h>
#include <sys/types.h>

/* From now on, for the log files of the store in HOME, one in a process; none gets larger than
 * LIMIT by that. 0 or errno. After page_guard_begin(), whose calls it takes over. */
int log_ahead_begin(const char *home, off_t limit);

/* Whether FD is that of the log file which is written now. */
bool log_ahead_is_of(int fd);

/* The log is about to be synced. */
void log_ahead_want(void);

/* Syncs what is written of the log file, and nothing more: where Berkeley DB would write first what
 * waits behind it, and a full disk has no room for that. 0, or EBADF when there is no log. */
int log_ahead_sync(void);

/* The store is closed. */
void log_ahead_end(void);

#endif
