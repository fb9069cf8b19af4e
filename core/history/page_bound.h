/*
 * What lies behind a page's end, by the columns: rows of an archive whose place no page can want
 * any more need not be read.
 *
 * Known for pages in order of ids (ascending) or of the time in column start_time. Rows whose place
 * ties with the page's last one are wanted.
 */
#ifndef CORE_HISTORY_PAGE_BOUND_H
#define CORE_HISTORY_PAGE_BOUND_H

#include "core/history/column.h"
#include "core/query/query.h"

struct page_bound {
	const struct listing *listing;
	struct columns *columns;
	bool by_time, by_id;
	bool descending; /* by time: the last come first */
	bool asked;      /* where the page ends; */
	bool ends;       /* it does, here: */
	int64_t last_time;
	uint64_t last_id;
	uint64_t *places; /* of the rows of the segment in hand */
};

/* The slots of the kind by which LISTING is sorted in order of ids and times. */
void page_bound_init(struct page_bound *bound, const struct listing *listing,
		     struct columns *columns, int id, int time);
void page_bound_clear(struct page_bound *bound);

/*
 * Takes the lock for a moment. Calls TAKE with the numbers of those rows of MASK, of which SEGMENT
 * has COUNT, that may belong to the page, in its direction, until TAKE says false; then false.
 */
bool page_bound_walk(struct page_bound *bound, uint32_t segment, const uint8_t *mask,
		     uint32_t count, bool (*take)(void *arg, uint64_t number), void *arg);

/* A row was offered to the listing. */
void page_bound_offered(struct page_bound *bound);

#endif
