/*
 * /history/process-definition/{id}/statistics and
 * /history/decision-requirements-definition/{id}/statistics.
 */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "core/api/handler.h"
#include "core/engine.h"
#include "core/history/statistics.h"
#include "core/query/query.h"

enum {
	ASK_STARTED_BEFORE = OP_OWN,
	ASK_STARTED_AFTER,
	ASK_FINISHED_BEFORE,
	ASK_FINISHED_AFTER,
	ASK_IDS,
};

#define ROW(name, type, op)                                                                        \
	{                                                                                          \
		name, PARAM_##type, op, 0, NULL, 0, NULL                                           \
	}

static const struct filter filters[] = {
	ROW("canceled", BOOL, OP_NONE),
	ROW("finished", BOOL, OP_NONE),
	ROW("completeScope", BOOL, OP_NONE),
	ROW("incidents", BOOL, OP_NONE),
	ROW("startedBefore", DATE, ASK_STARTED_BEFORE),
	ROW("startedAfter", DATE, ASK_STARTED_AFTER),
	ROW("finishedBefore", DATE, ASK_FINISHED_BEFORE),
	ROW("finishedAfter", DATE, ASK_FINISHED_AFTER),
	ROW("processInstanceIdIn", ARRAY, ASK_IDS),
};

static const struct sort_key sorts[] = {
	{"activityId", 0},
};

static const struct resource resource = {
	.kind = &activity_statistics_kind,
	.filters = filters,
	.filter_count = ARRAY_SIZE(filters),
	.sorts = sorts,
	.sort_count = ARRAY_SIZE(sorts),
};

#define COLUMN(name) offsetof(struct column_set, name)

/* Bounds on a time: each filter is one of a column. */
static const struct {
	int op;
	size_t column;
	bool upper;
} bounds[] = {
	{ASK_STARTED_BEFORE,  COLUMN(start_time), true },
	{ASK_STARTED_AFTER,   COLUMN(start_time), false},
	{ASK_FINISHED_BEFORE, COLUMN(end_time),   true },
	{ASK_FINISHED_AFTER,  COLUMN(end_time),   false},
};

static void add_bound(struct plan *plan, const struct criterion *criterion)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bounds); i++)
		if (bounds[i].op == criterion->filter->op)
			condition_range(plan_add(plan, &plan->all), bounds[i].column,
					bounds[i].upper ? TIME_NULL + 1 : criterion->number,
					bounds[i].upper ? criterion->number : INT64_MAX);
}

static int add_ids(struct plan *plan, const struct strings *list)
{
	struct txn reader = txn_reader(plan->history->store, plan->arena);
	uint64_t *numbers = arena_array(plan->arena, list->count + 1, sizeof(*numbers));
	size_t i, found = 0;

	for (i = 0; i < list->count; i++) {
		int code = history_find_process(&reader, plan->history, list->items[i],
						&numbers[found]);

		if (code && code != ERR_NOT_FOUND)
			return code;
		found += !code;
	}
	condition_numbers(plan_add(plan, &plan->all), plan->arena, numbers, found);
	return 0;
}

static int make_plan(struct request *request, const struct query *query, struct plan *plan)
{
	struct history *history = request->engine->history;
	size_t i;

	plan_init(plan, history, history->process_columns, request->arena);
	plan->caller = request->running;
	for (i = 0; i < query->count; i++) {
		add_bound(plan, &query->criteria[i]);
		if (query->criteria[i].filter->op == ASK_IDS)
			TRY(add_ids(plan, &query->criteria[i].list));
	}
	return 0;
}

/* An entry's members are a row's slots. */
static int answer_tallies(struct request *request, const struct query *query,
			  const struct tallies *tallies)
{
	struct listing listing;
	size_t i;

	listing_begin(&listing, request, query, NULL);
	for (i = 0; i < tallies->count; i++)
		listing_offer(&listing, tallies->entries[i]);
	return listing_end(&listing);
}

int history_process_definition_statistics(struct request *request)
{
	struct activity_asked asked;
	struct tallies tallies;
	struct query query;
	struct plan plan;

	TRY(query_bind_params(request, &resource, false, &query));
	asked.canceled = query_criterion(&query, "canceled");
	asked.finished = query_criterion(&query, "finished");
	asked.complete_scope = query_criterion(&query, "completeScope");
	asked.incidents = query_criterion(&query, "incidents");
	TRY(make_plan(request, &query, &plan));
	tallies_init(&tallies, request->arena, sizeof(struct activity_tally));
	TRY(statistics_activities(&plan, request->call->params[0], &asked, &tallies));
	return answer_tallies(request, &query, &tallies);
}

static const struct resource decision_resource = {
	.kind = &decision_statistics_kind,
};

int history_decision_requirements_definition_statistics(struct request *request)
{
	struct query query = {.resource = &decision_resource, .max = -1};
	struct tallies tallies;

	tallies_init(&tallies, request->arena, sizeof(struct decision_tally));
	TRY(statistics_decisions(request, request->call->params[0],
				 request_param(request, "decisionInstanceId"), &tallies));
	return answer_tallies(request, &query, &tallies);
}
