#include "core/metric/metric.h"

#include <stdlib.h>
#include <string.h>

#include "core/schema.h"
#include "storage/clock.h"

enum { KEY_SIZE = 9, QUARTER_MS = 15 * 60 * 1000 };

/* Names as they are sorted by; `shown` is what the API calls them, and they may be asked by both.
 */
static const struct {
	const char *name, *shown;
	bool by_run; /* a row for each run, even if it counts nothing */
} metrics[METRIC_MAX] = {
	[METRIC_ACTIVITY_INSTANCE_START] = {"activity-instance-start",                    "flow-node-instances",
					    false								     },
	[METRIC_ACTIVITY_INSTANCE_END] = {"activity-instance-end",                      NULL,                  false},
	[METRIC_ROOT_PROCESS_INSTANCE_START] = {"root-process-instance-start",                "process-instances",
                                            false								     },
	[METRIC_EXECUTED_DECISION_INSTANCES] = {"executed-decision-instances",                "decision-instances",
                                            false								     },
	[METRIC_EXECUTED_DECISION_ELEMENTS] = {"executed-decision-elements",                 NULL,                  false},
	[METRIC_JOB_SUCCESSFUL] = {"job-successful",                             NULL,                  false},
	[METRIC_JOB_FAILED] = {"job-failed",                                 NULL,                  false},
	[METRIC_REMOVED_PROCESS_INSTANCES] = {"history-cleanup-removed-process-instances",  NULL,
                                            true								      },
	[METRIC_REMOVED_CASE_INSTANCES] = {"history-cleanup-removed-case-instances",     NULL,                  true },
	[METRIC_REMOVED_DECISION_INSTANCES] = {"history-cleanup-removed-decision-instances", NULL,
                                            true								      },
	[METRIC_REMOVED_BATCH_OPERATIONS] = {"history-cleanup-removed-batch-operations",   NULL,
                                            true								      },
	[METRIC_REMOVED_TASK_METRICS] = {"history-cleanup-removed-task-metrics",       NULL,                  true },
};

static bool is_called(int metric, const char *name)
{
	return metrics[metric].name &&
	       (!strcmp(metrics[metric].name, name) ||
		(metrics[metric].shown && !strcmp(metrics[metric].shown, name)));
}

/* Times sort as bytes; the unbounded ends are 0 and all ones. */
static void write_key(uint8_t key[KEY_SIZE], int metric, uint64_t time)
{
	key[0] = (uint8_t)metric;
	be64_write(key + 1, time);
}

static uint64_t sortable(int64_t time)
{
	return (uint64_t)time ^ (uint64_t)1 << 63;
}

/* The last moment of the quarter of an hour that holds TIME. */
static int64_t end_of_quarter(int64_t time)
{
	int64_t rest = time % QUARTER_MS;

	return time - (rest < 0 ? rest + QUARTER_MS : rest) + QUARTER_MS - 1;
}

int metric_add(struct txn *txn, enum metric metric, int64_t count, int64_t now)
{
	struct bytes old;
	uint8_t key[KEY_SIZE], value[8];
	int code;

	if (!count && !metrics[metric].by_run)
		return 0;
	write_key(key, (int)metric, sortable(metrics[metric].by_run ? now : end_of_quarter(now)));
	code = txn_get(txn, TABLE_METRIC, key, sizeof(key), &old);
	if (code && code != ERR_NOT_FOUND)
		return code;
	if (!code && old.size != sizeof(value))
		return ERR_CORRUPT;
	be64_write(value, (uint64_t)count + (code ? 0 : be64_read(old.data)));
	return txn_put(txn, TABLE_METRIC, key, sizeof(key), value, sizeof(value));
}

typedef void (*take_row)(void *arg, int metric, int64_t time, int64_t value);

/* Calls TAKE with the rows of METRIC that QUERY wants, in order of time. */
static int for_each(struct txn *txn, const struct metric_query *query, int metric, take_row take,
		    void *arg)
{
	uint8_t from[KEY_SIZE], to[KEY_SIZE];
	struct bytes key, value;
	struct scan scan;
	int code;

	write_key(from, metric, query->from == TIME_NULL ? 0 : sortable(query->from));
	write_key(to, metric, query->to == TIME_NULL ? UINT64_MAX : sortable(query->to));
	if (memcmp(from, to, KEY_SIZE) >= 0)
		return 0;
	scan_start(&scan, txn, TABLE_METRIC, (struct bytes){from, sizeof(from)},
		   (struct bytes){to, sizeof(to)});
	while (!(code = scan_next(&scan, &key, &value))) {
		if (key.size != KEY_SIZE || value.size != 8)
			return ERR_CORRUPT;
		take(arg, metric, (int64_t)sortable((int64_t)be64_read(key.data + 1)),
		     (int64_t)be64_read(value.data));
	}
	return code == ERR_NOT_FOUND ? 0 : code;
}

static void add_up(void *arg, int metric, int64_t time, int64_t value)
{
	int64_t *sum = arg;

	(void)metric;
	(void)time;
	*sum += value;
}

int metric_sum(struct txn *txn, const struct metric_query *query, int64_t *ret)
{
	int metric;

	*ret = 0;
	for (metric = 0; metric < METRIC_MAX; metric++)
		if (query->name && is_called(metric, query->name))
			TRY(for_each(txn, query, metric, add_up, ret));
	return 0;
}

/* Intervals found so far, malloced. */
struct listing {
	const struct metric_query *query;
	struct metric_interval *intervals;
	size_t count, room;
};

static void list_row(void *arg, int metric, int64_t time, int64_t value)
{
	struct listing *listing = arg;
	int64_t rest = time % listing->query->interval;
	int64_t begin = time - (rest < 0 ? rest + listing->query->interval : rest);
	struct metric_interval *last =
		listing->count ? listing->intervals + listing->count - 1 : NULL;

	if (last && last->name == metrics[metric].name && last->time == begin) {
		last->value += value;
		return;
	}
	if (listing->count == listing->room) {
		listing->room = listing->room * 2 + 64;
		listing->intervals = memory_resize(listing->intervals,
						   listing->room * sizeof(*listing->intervals));
	}
	listing->intervals[listing->count++] =
		(struct metric_interval){metrics[metric].name, begin, value};
}

static int compare_intervals(const void *left, const void *right)
{
	const struct metric_interval *a = left, *b = right;

	return a->time == b->time ? strcmp(a->name, b->name) : a->time < b->time ? 1 : -1;
}

static const char *shown_name(const char *name)
{
	int metric;

	for (metric = 0; metric < METRIC_MAX; metric++)
		if (metrics[metric].name == name && metrics[metric].shown)
			return metrics[metric].shown;
	return name;
}

int metric_intervals(struct txn *txn, const struct metric_query *query,
		     struct metric_interval **ret, size_t *ret_count)
{
	struct listing listing = {.query = query};
	int metric, code = 0;
	size_t i;

	for (metric = 0; metric < METRIC_MAX && !code; metric++)
		if (metrics[metric].name && (!query->name || is_called(metric, query->name)))
			code = for_each(txn, query, metric, list_row, &listing);
	if (listing.count)
		qsort(listing.intervals, listing.count, sizeof(*listing.intervals),
		      compare_intervals);
	*ret_count = listing.count;
	*ret = arena_copy(txn->arena, listing.intervals,
			  listing.count * sizeof(*listing.intervals));
	free(listing.intervals);
	for (i = 0; i < *ret_count; i++)
		(*ret)[i].name = shown_name((*ret)[i].name);
	return code;
}
