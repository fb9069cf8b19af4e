/*
 * Business keys in memory, for questions that no range of postings answers: LIKE
 * with a wildcard first.
 *
 * A segment's keys are gathered from its postings when they are first asked for, and kept as long
 * as nothing in the segment changes: sorted, each without what it shares with the one before, which
 * takes some 6 bytes a key where keys are numbered. At most 64 MB are kept; segments for which
 * there is no room are asked for in their postings each time.
 */
#ifndef CORE_HISTORY_KEY_INDEX_H
#define CORE_HISTORY_KEY_INDEX_H

#include "core/history/column.h"

struct key_index;

struct key_index *key_index_new(void);
void key_index_free(struct key_index *index);

enum key_match { KEY_UNLIKE, KEY_LIKE, KEY_CUT };

/*
 * Sets out[row] of every row of SEGMENT whose business key is like PATTERN, or is too long to be in
 * the postings as a whole: the record must tell. ERR_NOT_FOUND: ask the postings.
 */
int key_index_find(struct key_index *index, struct txn *txn, const struct columns *columns,
		   uint32_t segment, const char *pattern, uint8_t *out);

/* Gives back what is kept of segments that are gone. */
void key_index_trim(struct key_index *index, const struct columns *columns);

#endif
