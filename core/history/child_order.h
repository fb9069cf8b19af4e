/*
 * Children in order of their ids, by their postings, or by those of their instances: which
 * instances hold the next ones, without a look at any other.
 *
 * Each step finds the next postings of all segments, of each form of ids as many as were asked for:
 * forms sort among themselves only (core/history/item.h). Whether a page needs more is for the
 * caller to see, who reads the records.
 */
#ifndef CORE_HISTORY_CHILD_ORDER_H
#define CORE_HISTORY_CHILD_ORDER_H

#include "core/history/posting_key.h"

/* Which instances of a segment may have rows: a bit each. */
struct candidates {
	uint32_t segment;
	uint32_t count; /* of bits that are on */
	int64_t best;   /* bound of all of them */
	uint8_t bits[ARCHIVE_SEGMENT / 8];
};

static inline bool is_candidate(const struct candidates *candidates, uint32_t row)
{
	return candidates->bits[row / 8] >> row % 8 & 1;
}

struct id_place;

/* How far the ids of one form have been found. */
struct id_front {
	struct id_place *heap; /* the last in order on top */
	size_t count;
	struct id_place *passed;  /* the last one found in earlier steps; NULL = none */
	struct id_place *reached; /* and in this step */
	bool ended;               /* there are no others */
};

struct child_order {
	struct history *history;
	enum process_row kind;
	const char *const *names; /* of activities that are wanted; NULL = all */
	size_t name_count;
	bool told; /* by the ids of instances that were started here: their children have no
		      postings */
	enum id_own own;
	struct buffer prefix; /* what the postings begin with */
	struct buffer scratch;
	struct id_front fronts[ID_FORMS];
	size_t limit;
};

/* Of the children of KIND, or of the tasks of ASSIGNEE if that is not NULL. */
void child_order_init(struct child_order *order, struct history *history, enum process_row kind,
		      const char *assignee);
void child_order_clear(struct child_order *order);

/* Of activities, only those with one of the COUNT names (child_shapes_names()) are wanted. */
void child_order_by_names(struct child_order *order, const char *const *names, size_t count);

/*
 * Finds the next COUNT of each form among the COUNT_OF candidates in ITEMS. *RET_NUMBERS (malloced)
 * are the instances that hold them, ascending, each once.
 */
int child_order_step(struct child_order *order, struct candidates *const *items, size_t item_count,
		     size_t count, uint64_t **ret_numbers, size_t *ret_count);

/* Whether the child ROW of instance NUMBER was found in the last step; or, PASSED, ever. */
bool child_order_found(struct child_order *order, const union slot *row, uint64_t number,
		       bool passed);

/*
 * What has not been found yet comes behind every id that is before this text: up to its length, in
 * ARENA. NULL = all has been found.
 */
const char *child_order_bound(const struct child_order *order, struct arena *arena);

#endif
