/*
 * Plans: what a query asks of an archive, as conditions over columns, postings and records.
 *
 * A plan is a conjunction of conditions and of groups, of which one condition must hold
 * (orQueries). It runs segment by segment: postings first, then columns under the archive's lock,
 * then, for what is left and only if a condition needs it, the records.
 */
#ifndef CORE_HISTORY_PLAN_H
#define CORE_HISTORY_PLAN_H

#include "core/request/running.h"
#include "core/history/history.h"

struct condition;

/* Conditions on a column. */
typedef void (*condition_scan)(const struct condition *condition, const struct column_set *set,
			       uint32_t segment, uint32_t count, uint8_t *out);

/* Conditions on postings: sets out[ordinal] of what qualifies. */
typedef int (*condition_find)(const struct condition *condition, struct txn *txn,
			      struct archive *archive, uint32_t segment, uint8_t *out);

/* Conditions on a record. */
typedef bool (*condition_match)(const struct condition *condition, const struct rows *rows);

struct condition {
	condition_scan scan; /* one of scan, find; or NULL */
	condition_find find;
	condition_match match; /* besides them: what they let pass is looked at in the record */
	uint64_t want;         /* kinds of rows that match() looks at */
	bool negated;          /* of scan */
	uint16_t unless;       /* of find: rows without this flag of children qualify anyway */
	size_t column;         /* offset in struct column_set */
	int64_t low, high;
	uint64_t value;
	uint8_t bits;
	const uint8_t *table;    /* by dictionary number */
	const uint64_t *numbers; /* ascending */
	size_t number_count;
	const void *object; /* the condition's own */
};

struct condition_group {
	struct condition *conditions;
	size_t count, room;
	bool always; /* an element without filters: no restriction */
};

struct plan {
	struct history *history;
	struct columns *columns;
	struct arena *arena;
	struct condition_group all;  /* every one must hold */
	struct condition_group *any; /* of each group, one must hold */
	size_t any_count;
	bool nothing;                /* no row can match */
	bool tasks_too;              /* also the history of tasks without a process instance */
	struct running_call *caller; /* asks; may stop it. NULL: nobody in particular */
	uint64_t visible;            /* numbers from here on came later than the plan */
	bool backwards;              /* the last segment first: where late rows are wanted */
	/*
	 * Under the lock, for one who wants the best rows only: whether a segment can have one of
	 * them, and which of a mask's rows may be. NULL: all count.
	 */
	bool (*worth)(void *arg, const struct column_set *set);
	void (*narrow)(void *arg, const struct column_set *set, uint32_t count, uint8_t *mask);
	void *narrow_arg;
	/* decodes a record into rows (an array for kinds) for match() */
	int (*unpack)(struct arena *arena, struct history *history, uint64_t number,
		      struct bytes record, uint64_t want, struct rows *rows);
};

void plan_init(struct plan *plan, struct history *history, struct columns *columns,
	       struct arena *arena);

/* The caller looks at the records itself: what the plan finds without them is handed on. */
void plan_leave_records(struct plan *plan);

/* Whether it looks into records: then a second run costs as much as the first. */
bool plan_reads_records(const struct plan *plan);

/* Adds an empty condition to GROUP. */
struct condition *plan_add(struct plan *plan, struct condition_group *group);

/* A new group of which one condition must hold. */
struct condition_group *plan_add_group(struct plan *plan);

/* The usual conditions. Columns by offsetof(struct column_set, …). */
void condition_range(struct condition *condition, size_t column, int64_t low, int64_t high);
void condition_equal(struct condition *condition, size_t column, uint64_t value);

/* One of the business keys KEYS, by their hashes; NULL is none. */
void condition_business_keys(struct condition *condition, const struct plan *plan,
			     const char *const *keys, size_t count);
void condition_table(struct condition *condition, size_t column, const uint8_t *table);
void condition_flags(struct condition *condition, uint8_t flags, uint8_t value);
void condition_states(struct condition *condition, uint32_t set);
void condition_numbers(struct condition *condition, struct arena *arena, const uint64_t *numbers,
		       size_t count);
void condition_never(struct condition *condition);
void condition_records(struct condition *condition, condition_match match, uint64_t want,
		       const void *object);

/* A segment's rows that match: mask[ordinal] is 1. Return false to stop. */
typedef bool (*plan_take)(void *arg, uint32_t segment, const uint8_t *mask, uint32_t count);

/* Runs the plan over all that is visible. TAKE is called without the lock, for segments with hits.
 */
int plan_run(struct plan *plan, plan_take take, void *arg);

/* How many rows match. */
int plan_count(struct plan *plan, int64_t *ret);

/* Numbers of all rows that match, ascending; malloced. */
int plan_numbers(struct plan *plan, uint64_t **ret, size_t *ret_count);

#endif
