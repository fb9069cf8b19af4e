/*
 * The queue: which jobs the executor may take, in which order (semantics.md 7.1, 7.2).
 *
 * One table on disk, so that neither memory nor the cost of an acquisition grows with the number of
 * jobs that wait. An entry stands for a job, or for a run of jobs alike from some index on, and is
 * a hint: its source (core/job/job_source.h) is asked again before anything is done, so whoever
 * changes a job need not find its old entry. There are three lists:
 *
 *   new      what was noted, in no order: the executor asks its source and moves it
 *   ready    in order of rank, then source, owner, sort, index
 *   waiting  by due date
 *
 * The rank is of what the settings order by: priority, timers first, due date; without them all are
 * equal. A job that must not run (suspended, no retries) has no entry: changing it notes it again.
 */
#ifndef CORE_JOB_JOB_QUEUE_H
#define CORE_JOB_JOB_QUEUE_H

#include "core/config.h"
#include "storage/txn.h"

/* On disk: never renumbered. The order is that of lanes in a round. */
enum job_source_id {
	SOURCE_BATCH = 3,
	SOURCE_CLEANUP = 4,
	SOURCE_RUNNING = 5,
	SOURCE_SUSPENSION = 6,
	SOURCE_MAX = 8
};

struct job_entry {
	uint8_t source; /* enum job_source_id */
	uint8_t sort;   /* the source's own */
	uint64_t owner; /* whose turn it is: a batch … */
	uint64_t index;
};

/* How a job stands: what orders it. */
struct job_standing {
	int64_t priority;
	int64_t due; /* or TIME_NULL: at once */
};

enum { JOB_RANK_SIZE = 17 };

/* An entry's place among the ready. */
struct job_place {
	uint8_t rank[JOB_RANK_SIZE];
	struct job_entry entry;
};

/* Something about the job changed: the executor is to look at it. Wake the executor, too. */
int job_queue_note(struct txn *txn, const struct job_entry *entry);

/* Puts ENTRY where its standing wants it. *RET_READY: among the ready, at *RET; else it waits. */
int job_queue_place(struct txn *txn, const struct config *config, const struct job_entry *entry,
		    const struct job_standing *standing, int64_t now, struct job_place *ret,
		    bool *ret_ready);

/* Puts, and takes away, a ready entry as it is. */
int job_queue_put(struct txn *txn, const struct job_place *place);
int job_queue_remove(struct txn *txn, const struct job_place *place);

/* Lets ENTRY be looked at again at TIME. */
int job_queue_defer(struct txn *txn, const struct job_entry *entry, int64_t time);

/* Takes at most MAX entries that are new, or waited and are due, out of the queue. */
int job_queue_take_unsorted(struct txn *txn, int64_t now, struct job_entry *ret, size_t max,
			    size_t *ret_count);

/* Whether the next job_queue_take_unsorted() finds one. */
int job_queue_has_unsorted(struct txn *txn, int64_t now, bool *ret);

/* When the first of the waiting is due; INT64_MAX = none waits. */
int job_queue_next_due(struct txn *txn, int64_t *ret);

/*
 * The first ready entry, or the first of a worse rank than AFTER's, within the priorities that the
 * settings allow. ERR_NOT_FOUND.
 */
int job_queue_first(struct txn *txn, const struct config *config, const struct job_place *after,
		    struct job_place *ret);

/*
 * The first ready entry of RANK and SOURCE whose owner is OWNER or a later one. ERR_NOT_FOUND.
 */
int job_queue_find(struct txn *txn, const uint8_t rank[JOB_RANK_SIZE], uint8_t source,
		   uint64_t owner, struct job_place *ret);

/*
 * Makes the order that of the settings: what was sorted otherwise becomes new. *RET_MORE: call it
 * again, in another transaction. *RET_FRESH: there has never been a queue in this store; the
 * sources are to note all that they have, and then job_queue_begin() says that it is there.
 */
int job_queue_adopt(struct txn *txn, const struct config *config, bool *ret_more, bool *ret_fresh);
int job_queue_begin(struct txn *txn, const struct config *config);

#endif
