/*
 * The instances of a segment whose ids come first: pages without an order wanted begin with them,
 * and ids say nothing about where an instance lies.
 *
 * They are found once for each segment and again when too many of them have died.
 */
#ifndef CORE_HISTORY_FIRST_IDS_H
#define CORE_HISTORY_FIRST_IDS_H

#include "core/history/column.h"

enum { FIRST_IDS = 64 };

/*
 * Archive's lock shared. Of MASK's rows, which are all that live among the first COUNT of the
 * segment, leaves at least the LIMIT (at most FIRST_IDS) first ones by id, or all if there are
 * fewer; and those of whom the columns do not tell that they come later. Of all these none that
 * comes behind HIGH, which is nothing to a page.
 */
void first_ids_leave(const struct column_set *set, uint32_t count, size_t limit, uint64_t high,
		     uint8_t *mask);

/* Archive's lock shared. Whether it is known that no id of the segment has an order below *RET. */
bool first_ids_least(const struct column_set *set, uint64_t *ret);

void first_ids_free(struct first_ids *first);

#endif
