/*
 * Rows in the order of a query, however many: a few megabytes of them lie in memory, the rest in a
 * file without a name.
 *
 * Rows are copied as they come. Of a page only as many are kept as it has rows before its end.
 * Absent values come before all others; what the sort keys leave open is in order of the kind's
 * first field, the id. Texts sort bytewise.
 */
#ifndef CORE_QUERY_SORTER_H
#define CORE_QUERY_SORTER_H

#include "core/query/query.h"

struct sorter;

/* At most LIMIT rows are wanted (UINT64_MAX = all). DIRECTORY: where the file goes; NULL = /tmp. */
struct sorter *sorter_new(const struct query *query, uint64_t limit, const char *directory);
void sorter_free(struct sorter *sorter);

/* Takes a copy of ROW, unless it cannot be among those wanted. ERR_FULL, or errno of the file. */
int sorter_add(struct sorter *sorter, const union slot *row);

/*
 * The first sort key, a number, of the last row that still counts: rows behind it are not wanted.
 * False as long as any row may be.
 */
bool sorter_last_number(const struct sorter *sorter, int64_t *ret);

/* The same of a first sort key that is a text in ascending order; NULL as long as any may be. */
const char *sorter_last_text(const struct sorter *sorter);

/* No more rows: from now on sorter_next() hands them out. */
int sorter_finish(struct sorter *sorter);

/* The next row, in ARENA, valid until the next call. ERR_NOT_FOUND behind the last. */
int sorter_next(struct sorter *sorter, struct arena *arena, union slot **ret);

#endif
