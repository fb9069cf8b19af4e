/*
 * Postings that are put later than the items they lead to: those of thousands of items at once and
 * in key order, which takes a fraction of the work of putting each handful where it belongs.
 *
 * What waits lies in memory: whoever appends items without their postings keeps on disk from which
 * number on they are missing, and gathers them again after a kill. One thread at a time.
 */
#ifndef STORAGE_ARCHIVE_BACKLOG_H
#define STORAGE_ARCHIVE_BACKLOG_H

#include "storage/archive.h"

struct archive_backlog;

struct archive_backlog *archive_backlog_new(struct archive *archive);
void archive_backlog_free(struct archive_backlog *backlog);

/*
 * Gathers copies of the postings of ITEMS, which have been appended from FIRST on. They lie in one
 * segment, that of what waits already. SCRATCH is used meanwhile. ERR_CORRUPT.
 */
int archive_backlog_add(struct archive_backlog *backlog, struct arena *scratch, uint64_t first,
			const struct archive_item *items, size_t count);

/* Whether all that waits is to be put before anything of NUMBER is added: there is enough of it, or
 * NUMBER lies in another segment. */
bool archive_backlog_due(const struct archive_backlog *backlog, uint64_t number);

/* Whether anything waits, and in which segment. */
bool archive_backlog_waits(const struct archive_backlog *backlog, uint32_t *ret_segment);

/*
 * Puts the next piece of what waits, as much as a short transaction takes; *RET_MORE says whether
 * more does. After a commit it waits no longer.
 */
int archive_backlog_put(struct txn *txn, struct archive_backlog *backlog, bool *ret_more);

#endif
