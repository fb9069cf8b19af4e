/*
 * Metrics: how often things happened, by time (semantics.md 3.9).
 *
 * A metric is counted in the transaction in which it happens, so that its counts survive whatever
 * the transaction survives, and are as exact. Rows are numbers by metric and time. Those of history
 * clean-up have the time of their run, as in the original; what happens all the time is added up by
 * quarters of an hour, as the original reports it, and counts as of the quarter's end: who asks
 * from a time on gets what has happened since, never less.
 */
#ifndef CORE_METRIC_METRIC_H
#define CORE_METRIC_METRIC_H

#include "storage/txn.h"

/* On disk: never renumbered. */
enum metric {
	METRIC_ACTIVITY_INSTANCE_START = 1,
	METRIC_ACTIVITY_INSTANCE_END,
	METRIC_ROOT_PROCESS_INSTANCE_START,
	METRIC_EXECUTED_DECISION_INSTANCES,
	METRIC_EXECUTED_DECISION_ELEMENTS,
	METRIC_JOB_SUCCESSFUL,
	METRIC_JOB_FAILED,
	METRIC_REMOVED_PROCESS_INSTANCES,
	METRIC_REMOVED_CASE_INSTANCES,
	METRIC_REMOVED_DECISION_INSTANCES,
	METRIC_REMOVED_BATCH_OPERATIONS,
	METRIC_REMOVED_TASK_METRICS,
	METRIC_MAX,
};

/* COUNT more of METRIC at NOW; of clean-up 0 is a row, too. */
int metric_add(struct txn *txn, enum metric metric, int64_t count, int64_t now);

/* What is asked of metrics. */
struct metric_query {
	const char *name; /* as the API calls it; NULL = all */
	int64_t from, to; /* inclusive, exclusive; TIME_NULL = unbounded */
	int64_t interval; /* milliseconds, of a listing */
};

/* The sum; 0 for names that nothing is counted under. */
int metric_sum(struct txn *txn, const struct metric_query *query, int64_t *ret);

/* The counts of one metric in one interval. */
struct metric_interval {
	const char *name; /* as the API shows it */
	int64_t time;     /* at which the interval begins */
	int64_t value;
};

/* All intervals with rows, in the arena: the latest first, then in order of the engine's names. */
int metric_intervals(struct txn *txn, const struct metric_query *query,
		     struct metric_interval **ret, size_t *ret_count);

#endif
