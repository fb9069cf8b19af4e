/* /metrics: sums, and lists by interval (semantics.md 3.9). */
#include <stdlib.h>
#include <string.h>

#include "core/api/handler.h"
#include "core/engine.h"
#include "core/job/job_log.h"
#include "core/metric/metric.h"
#include "core/query/query.h"
#include "storage/clock.h"

enum { ROWS_MAX = 200, INTERVAL_SECONDS = 900 };

static int bind_times(struct request *request, struct metric_query *ret)
{
	TRY(query_param_number(request, "startDate", PARAM_DATE, TIME_NULL, &ret->from));
	return query_param_number(request, "endDate", PARAM_DATE, TIME_NULL, &ret->to);
}

int metrics_sum(struct request *request)
{
	struct txn reader = txn_reader(request->engine->store, request->arena);
	struct metric_query query = {.name = request->call->params[0]};
	int64_t sum;

	TRY(bind_times(request, &query));
	TRY(metric_sum(&reader, &query, &sum));
	json_open_object(request_answer(request));
	json_key_int(&request->writer, "result", sum);
	json_close_object(&request->writer);
	return 0;
}

/* A listing: which intervals, and which of them. */
struct listing_wanted {
	struct metric_query query;
	int64_t first, most;
	bool aggregate;
};

static int bind_listing(struct request *request, struct listing_wanted *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->query.name = request_param(request, "name");
	TRY(bind_times(request, &ret->query));
	TRY(query_param_number(request, "firstResult", PARAM_INT, 0, &ret->first));
	TRY(query_param_number(request, "maxResults", PARAM_INT, ROWS_MAX, &ret->most));
	TRY(query_param_number(request, "interval", PARAM_LONG, INTERVAL_SECONDS,
			       &ret->query.interval));
	ret->aggregate = request_flag(request, "aggregateByReporter", false);
	if (ret->most > ROWS_MAX)
		return request_fail(request, ERR_ENGINE,
				    "Metrics interval query row limit can't be set larger than "
				    "%d.",
				    ROWS_MAX);
	if (ret->first < 0)
		return request_fail(request, ERR_INVALID, "firstResult must not be negative");
	if (!ret->query.interval || ret->query.interval > INT64_MAX / 1000 ||
	    ret->query.interval < -INT64_MAX / 1000)
		return request_fail(request, ERR_INVALID,
				    "interval must be a number of seconds other than 0");
	ret->query.interval = llabs(ret->query.interval) * 1000; /* the sign has no effect */
	return 0;
}

static void write_interval(struct json_writer *writer, const struct metric_interval *interval,
			   const char *reporter)
{
	json_open_object(writer);
	json_key_time(writer, "timestamp", interval->time);
	json_key_string(writer, "name", interval->name);
	json_key_string(writer, "reporter", reporter);
	json_key_int(writer, "value", interval->value);
	json_close_object(writer);
}

/* There is one reporter: this engine. */
int metrics_list(struct request *request)
{
	struct txn reader = txn_reader(request->engine->store, request->arena);
	const char *reporter = request_param(request, "reporter");
	struct metric_interval *intervals = NULL;
	struct listing_wanted wanted;
	size_t i, end, count = 0;

	TRY(bind_listing(request, &wanted));
	if (!reporter || !strcmp(reporter, job_log_hostname()))
		TRY(metric_intervals(&reader, &wanted.query, &intervals, &count));
	end = wanted.most < 0 ? 0 : (size_t)(wanted.first + wanted.most);
	end = end < count ? end : count;
	json_open_array(request_answer(request));
	for (i = (size_t)wanted.first; i < end; i++)
		write_interval(&request->writer, &intervals[i],
			       wanted.aggregate ? NULL : job_log_hostname());
	json_close_array(&request->writer);
	return 0;
}

/* Nothing counts by task worker: there is nothing to delete. */
int metrics_delete_task_workers(struct request *request)
{
	int64_t date;

	TRY(query_param_number(request, "date", PARAM_DATE, TIME_NULL, &date));
	return request_answer_nothing(request);
}
