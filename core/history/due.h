/*
 * What is due for clean-up, found in the columns (semantics.md 3.7, 3.8).
 *
 * By removal time: rows whose removal time has come, running ones included. By end: ended rows
 * whose definition's time to live has passed, in days of the calendar.
 *
 * That nothing is due costs a look at each segment: it has the least removal time of its rows, and
 * remembers that, and until when, nothing in it is due by end.
 */
#ifndef CORE_HISTORY_DUE_H
#define CORE_HISTORY_DUE_H

#include "core/engine.h"
#include "storage/txn.h"

struct columns;
struct due_minutes;

/* What has removal times of its own. */
enum due_subject { DUE_PROCESSES, DUE_DECISIONS, DUE_OPERATIONS, DUE_SUBJECT_MAX };

/* What makes a row due. */
struct due_rule {
	struct columns *columns;
	int64_t now;
	bool never;                  /* nothing is: the subject has no time to live */
	const int64_t *limits;       /* by definition: ended before = due; NULL: by removal time */
	uint32_t definitions;        /* limits */
	uint64_t key;                /* the same for all rules by which the same is due, but for: */
	const uint8_t *immediate;    /* by definition: due when it ends */
	struct due_minutes *minutes; /* of the hour; NULL = all */
};

/*
 * The rule of the settings for SUBJECT. Only minutes FROM to TO of the hour of the removal time, or
 * end, in the server's zone; 0 to 59: all. It lies in the transaction's arena.
 */
int due_rule_make(struct txn *txn, struct engine *engine, enum due_subject subject, int64_t now,
		  int from, int to, struct due_rule *ret);

/*
 * By the end's strategy: what ended before it is due at NOW after DAYS, whole days of the server's
 * calendar. SETTING_NULL: nothing is.
 */
int64_t due_limit(int64_t now, int64_t days);

/* Rows that are due, ascending; malloced. */
struct due {
	uint64_t *numbers;
	size_t count, room;
	bool more; /* further ones are due */
};

/*
 * The first MOST rows that are due, and all due ones that share a root with one of them. In a
 * transaction that buries them: what segments remember of it follows the commit.
 */
void due_find(struct txn *txn, const struct due_rule *rule, size_t most, struct due *ret);
void due_clear(struct due *due);

/* How many rows are due, and when the next one will be, by removal time; TIME_NULL = none. */
uint64_t due_count(const struct due_rule *rule, int64_t *ret_next);

#endif
