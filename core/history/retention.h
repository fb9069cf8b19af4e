/*
 * What keeps history for longer than somebody meant to: instances without a removal time, or with
 * another one than their root's. What is said of it, and what is mended.
 */
#ifndef CORE_HISTORY_RETENTION_H
#define CORE_HISTORY_RETENTION_H

#include "core/engine.h"
#include "core/history/due.h"
#include "storage/txn.h"

/* What of one definition stays for ever. */
struct retention_gap {
	const char *definition; /* id; "" where none is named */
	int64_t count;
	int64_t days; /* time to live of the definition; SETTING_NULL = none */
	bool known;   /* the definition is there */
};

struct retention {
	struct retention_gap *gaps; /* in order of definition */
	size_t gap_count;
	int64_t running;     /* get a removal time when they end */
	int64_t cleared;     /* a batch took it, or calculated none: no gap, and not repaired */
	int64_t contradicts; /* have another one than the root that is there */
};

/*
 * Looks at all instances of SUBJECT; *RET is in the reader's arena. By removal time the gaps are
 * those without one, by end those whose definition has no time to live.
 */
int retention_look(struct txn *reader, struct engine *engine, enum due_subject subject,
		   struct retention *ret);

/* A repair under way. */
struct retention_repair {
	enum due_subject subject;
	uint64_t next;       /* number at which it goes on */
	uint64_t end;        /* number at which it ends */
	uint64_t set, unset; /* of those looked at last: got one, must stay without */
};

/*
 * Gives instances without a removal time the one that they would have been given: their root's or,
 * of decisions and user operations, that of their process instance; else by their definition's time
 * to live and the strategy. Some thousand in the transaction; go on while next < end.
 */
int retention_repair(struct txn *txn, struct engine *engine, struct retention_repair *repair);

#endif
