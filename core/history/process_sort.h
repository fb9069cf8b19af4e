/*
 * What process instances are sorted by, made ready: by each key, every row of a segment's columns
 * has a number, and rows in order of their numbers are in order of the key. Absent values come
 * first. Where numbers cannot tell the order, texts decide between equal ones.
 */
#ifndef CORE_HISTORY_PROCESS_SORT_H
#define CORE_HISTORY_PROCESS_SORT_H

#include "core/history/process_query.h"

enum { PROCESS_SORT_KEYS = 12 }; /* that count */

struct process_sort_key {
	enum process_sort sort;
	bool descending;
	bool needs_text; /* business keys: their numbers tell those without one from others */
	uint32_t *ranks; /* by dictionary number; in the arena */
};

void process_sort_key_init(struct process_sort_key *key, struct history *history,
			   struct arena *arena, enum process_sort sort, bool descending);

/* Lock shared. */
uint64_t process_sort_number(const struct process_sort_key *key, const struct column_set *set,
			     uint32_t row);

/* Of a number by KEY: in the order wanted, lower places come first. */
static inline uint64_t process_sort_place(const struct process_sort_key *key, uint64_t number)
{
	return key->descending ? ~number : number;
}

/*
 * Between which numbers those of the segment lie, as far as the columns' bounds tell: false =
 * unknown. Lock shared.
 */
bool process_sort_bounds(const struct process_sort_key *key, const struct column_set *set,
			 uint64_t *ret_low, uint64_t *ret_high);

/* Lock shared. out[row] = the row's number lies between LOW and HIGH. Not for business keys. */
void process_sort_scan(const struct process_sort_key *key, const struct column_set *set,
		       uint32_t count, uint64_t low, uint64_t high, uint8_t *out);

#endif
