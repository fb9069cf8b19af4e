/*
 * Pages that no SIGKILL tears.
 *
 * A process that is killed within write() leaves what the kernel had copied so far: a whole number
 * of its pages of 4 KB. Pages of a database are 8 KB and 32 KB, so one may be left with a new
 * beginning, which says that it is up to date, and an old end; recovery believes it, and the
 * database is damaged. Here each page is first put into a slot of a file that is mapped into
 * memory, and taken out again when it has been written: what is in memory that way survives the
 * process. At the next start the pages of slots that are still taken are written again.
 *
 * A power cut is another matter: what it leaves in the file counts for nothing (the boot it belongs
 * to is noted there).
 */
#ifndef STORAGE_PAGE_GUARD_H
#define STORAGE_PAGE_GUARD_H

#include <sys/types.h>

/*
 * Writes again what a kill interrupted in the directory HOME, which no other process uses, then
 * guards what this process writes to databases there. 0 or errno; without room for its file nothing
 * is guarded, which is no failure.
 */
int page_guard_begin(const char *home);

/* Berkeley DB has ended. */
void page_guard_end(void);

/* pwrite(), guarded while page_guard_begin() is in force. */
ssize_t page_guard_write(int fd, const void *bytes, size_t size, off_t offset);

/*
 * write(), of which what may be a page is guarded. For a hook that takes all that Berkeley DB
 * writes: with one it does not call pwrite() any more.
 */
ssize_t page_guard_write_here(int fd, const void *bytes, size_t size);

#endif
