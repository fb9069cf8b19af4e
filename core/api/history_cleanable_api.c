/* Cleanable reports of process, decision and case definitions (semantics.md 3.12). */
#include "core/api/handler.h"
#include "core/engine.h"
#include "core/history/due.h"
#include "core/history/history.h"
#include "core/process/definition.h"
#include "core/query/query.h"
#include "core/record/codec.h"

enum { ASK_COMPACT = OP_OWN, ASK_NO_TENANT };

/* The rows of a report; the members of both kinds stand in the same order. */
enum report_field {
	REPORT_ID,
	REPORT_KEY,
	REPORT_NAME,
	REPORT_VERSION,
	REPORT_TIME_TO_LIVE,
	REPORT_FINISHED,
	REPORT_CLEANABLE,
	REPORT_TENANT_ID,
};

#define REPORT_FIELDS(noun, instances)                                                             \
	{noun "DefinitionId", 0, FIELD_STRING, 0, NULL},                                           \
		{noun "DefinitionKey", 0, FIELD_STRING, 0, NULL},                                  \
		{noun "DefinitionName", 0, FIELD_STRING, 0, NULL},                                 \
		{noun "DefinitionVersion", 0, FIELD_INT, 0, NULL},                                 \
		{"historyTimeToLive", 0, FIELD_INT, 0, NULL},                                      \
		{"finished" instances "Count", 0, FIELD_LONG, 0, NULL},                            \
		{"cleanable" instances "Count", 0, FIELD_LONG, 0, NULL},                           \
	{                                                                                          \
		"tenantId", 0, FIELD_STRING, 0, NULL                                               \
	}

static const struct field process_fields[] = {REPORT_FIELDS("process", "ProcessInstance")};
static const struct kind process_report_kind = KIND("report", 0, process_fields);
static const struct field case_fields[] = {REPORT_FIELDS("case", "CaseInstance")};
static const struct kind case_report_kind = KIND("report", 0, case_fields);
static const struct field decision_fields[] = {REPORT_FIELDS("decision", "DecisionInstance")};
static const struct kind decision_report_kind = KIND("report", 0, decision_fields);

#define REPORT_FILTERS(noun)                                                                       \
	{noun "DefinitionIdIn", PARAM_ARRAY,   OP_IN, REPORT_ID,                                   \
	 noun "DefinitionIdIn", ERR_NOT_VALID, NULL},                                              \
		{noun "DefinitionKeyIn", PARAM_ARRAY,   OP_IN, REPORT_KEY,                         \
		 noun "DefinitionKeyIn", ERR_NOT_VALID, NULL},                                     \
		{"tenantIdIn", PARAM_ARRAY, OP_IN, REPORT_TENANT_ID, "tenantIds", 0, NULL},        \
		{"withoutTenantId", PARAM_BOOL, ASK_NO_TENANT, REPORT_TENANT_ID, NULL, 0, NULL},   \
	{                                                                                          \
		"compact", PARAM_BOOL, ASK_COMPACT, 0, NULL, 0, NULL                               \
	}

static const struct filter process_filters[] = {REPORT_FILTERS("process")};
static const struct filter decision_filters[] = {REPORT_FILTERS("decision")};
static const struct filter case_filters[] = {REPORT_FILTERS("case")};
static const struct sort_key report_sorts[] = {
	{"finished", REPORT_FINISHED}
};

static const struct resource process_report = {
	.kind = &process_report_kind,
	.filters = process_filters,
	.filter_count = ARRAY_SIZE(process_filters),
	.sorts = report_sorts,
	.sort_count = ARRAY_SIZE(report_sorts),
};

static const struct resource decision_report = {
	.kind = &decision_report_kind,
	.filters = decision_filters,
	.filter_count = ARRAY_SIZE(decision_filters),
	.sorts = report_sorts,
	.sort_count = ARRAY_SIZE(report_sorts),
};

static const struct resource case_report = {
	.kind = &case_report_kind,
	.filters = case_filters,
	.filter_count = ARRAY_SIZE(case_filters),
	.sorts = report_sorts,
	.sort_count = ARRAY_SIZE(report_sorts),
};

/* What a report is made of. */
struct report {
	const struct resource *resource;
	const struct kind *definitions;
	struct columns *columns;
	struct dictionary *dictionary;
	bool counts_cleanable_in_compact; /* compact keeps rows with nothing finished, too */
};

/* Numbers that a dictionary may hand out while a report is made. */
enum { ROOM = 65536 };

struct tally {
	int64_t finished, cleanable;
};

/*
 * One pass over the columns: finished and cleanable instances by dictionary number. LIMITS says by
 * definition what is old enough; NULL: removal times do.
 */
static void count_set(const struct column_set *set, const uint8_t *dead, uint32_t count,
		      const int64_t *limits, int64_t now, struct tally *tallies)
{
	uint32_t row;

	for (row = 0; row < count; row++) {
		uint32_t definition = set->definition[row];
		bool ended = set->end_time[row] != TIME_NULL;

		if (dead[row / 8] >> row % 8 & 1)
			continue;
		tallies[definition].finished += ended;
		if (!limits)
			tallies[definition].cleanable += set->removal_time[row] != TIME_NULL &&
							 set->removal_time[row] <= now;
		else
			tallies[definition].cleanable +=
				ended && set->end_time[row] < limits[definition];
	}
}

static void count_all(const struct report *report, const int64_t *limits, struct tally *tallies)
{
	struct archive *archive = columns_archive(report->columns);
	uint64_t visible = archive_visible(archive);
	int64_t now = clock_now();
	uint32_t segment;

	for (segment = 0; (uint64_t)segment * ARCHIVE_SEGMENT < visible; segment++) {
		uint64_t left = visible - (uint64_t)segment * ARCHIVE_SEGMENT;
		const struct column_set *set;

		archive_lock_shared(archive);
		set = columns_set(report->columns, segment);
		count_set(set, archive_dead_bits(archive, segment),
			  left < set->count ? (uint32_t)left : set->count, limits, now, tallies);
		archive_unlock(archive);
	}
}

/* By dictionary number what ended before it is cleanable, or NULL when removal times decide. */
static const int64_t *find_limits(struct request *request, const struct report *report,
				  const struct definitions *definitions, uint32_t count)
{
	int64_t *limits, now = clock_now();
	uint32_t number;

	if (request->engine->config->history_cleanup_strategy == CLEANUP_REMOVAL_TIME_BASED)
		return NULL;
	/* numbers that come up meanwhile have no time to live */
	limits = arena_array(request->arena, count + ROOM, sizeof(*limits));
	for (number = 0; number < count + ROOM; number++)
		limits[number] = due_limit(now, SETTING_NULL);
	for (number = 1; number <= count; number++) {
		size_t i =
			definitions_find(definitions, dictionary_text(report->dictionary, number));
		int64_t days = i < definitions->count
				       ? definitions->rows[i][DEFINITION_TIME_TO_LIVE].i
				       : INT_NULL;

		if (days != INT_NULL)
			limits[number] = due_limit(now, days);
	}
	return limits;
}

/* By definition: the dictionary may hold one several times, with other names. */
static struct tally *sum_up(struct request *request, const struct report *report,
			    const struct definitions *definitions, const struct tally *tallies,
			    uint32_t count)
{
	struct tally *sums = arena_array(request->arena, definitions->count + 1, sizeof(*sums));
	uint32_t number;

	for (number = 1; number <= count; number++) {
		size_t i =
			definitions_find(definitions, dictionary_text(report->dictionary, number));

		sums[i].finished += tallies[number].finished;
		sums[i].cleanable += tallies[number].cleanable;
	}
	return sums;
}

static union slot *report_row(struct request *request, const struct report *report,
			      const union slot *definition, struct tally tally)
{
	union slot *row = row_new(request->arena, report->resource->kind);

	row[REPORT_ID] = definition[DEFINITION_ID];
	row[REPORT_KEY] = definition[DEFINITION_KEY];
	row[REPORT_NAME] = definition[DEFINITION_NAME];
	row[REPORT_VERSION] = definition[DEFINITION_VERSION];
	row[REPORT_TIME_TO_LIVE] = definition[DEFINITION_TIME_TO_LIVE];
	row[REPORT_FINISHED].i = tally.finished;
	row[REPORT_CLEANABLE].i = tally.cleanable;
	row[REPORT_TENANT_ID] = definition[DEFINITION_TENANT_ID];
	return row;
}

static bool is_shown(const struct report *report, bool compact, struct tally tally)
{
	return !compact || tally.finished ||
	       (report->counts_cleanable_in_compact && tally.cleanable);
}

/* Of the two filters on tenants the list counts, unless it is empty. */
static bool tenant_fits(const struct query *query, const union slot *row)
{
	const struct criterion *tenants = query_criterion(query, "tenantIdIn");

	return !query_criterion(query, "withoutTenantId") || (tenants && tenants->list.count) ||
	       !row[REPORT_TENANT_ID].s;
}

static int offer_definitions(struct request *request, const struct report *report,
			     const struct query *query, struct listing *listing)
{
	struct txn reader = txn_reader(request->engine->store, request->arena);
	bool compact = query_criterion(query, "compact") != NULL;
	uint32_t count = dictionary_count(report->dictionary);
	struct tally *tallies = arena_array(request->arena, count + ROOM, sizeof(*tallies));
	struct definitions definitions;
	size_t i;

	TRY(definitions_read(&reader, report->definitions, &definitions));
	count_all(report, find_limits(request, report, &definitions, count), tallies);
	tallies = sum_up(request, report, &definitions, tallies, count);
	for (i = 0; i < definitions.count; i++) {
		union slot *row = report_row(request, report, definitions.rows[i], tallies[i]);

		if (is_shown(report, compact, tallies[i]) && query_matches(query, row) &&
		    tenant_fits(query, row) && !listing_offer(listing, row))
			break;
	}
	return 0;
}

static int answer_report(struct request *request, const struct report *report, bool count_only)
{
	struct listing listing;
	struct query query;
	int code;

	TRY(query_bind_params(request, report->resource, !count_only, &query));
	if (count_only)
		listing_begin_count(&listing, request, &query);
	else
		listing_begin(&listing, request, &query, NULL);
	code = offer_definitions(request, report, &query, &listing);
	return code ? listing_fail(&listing, code) : listing_end(&listing);
}

static struct report process_report_of(const struct request *request)
{
	struct history *history = request->engine->history;
	struct report report = {&process_report, &process_definition_kind, history->process_columns,
				history->definitions, true};

	report.counts_cleanable_in_compact =
		request->engine->config->history_cleanup_strategy == CLEANUP_REMOVAL_TIME_BASED;
	return report;
}

static struct report decision_report_of(const struct request *request)
{
	struct history *history = request->engine->history;
	struct report report = {&decision_report, &decision_definition_kind,
				history->decision_columns, history->decision_definitions, false};

	return report;
}

int history_cleanable_process_report(struct request *request)
{
	struct report report = process_report_of(request);

	return answer_report(request, &report, false);
}

int history_cleanable_process_report_count(struct request *request)
{
	struct report report = process_report_of(request);

	return answer_report(request, &report, true);
}

int history_cleanable_decision_report(struct request *request)
{
	struct report report = decision_report_of(request);

	return answer_report(request, &report, false);
}

int history_cleanable_decision_report_count(struct request *request)
{
	struct report report = decision_report_of(request);

	return answer_report(request, &report, true);
}

/* There are no cases here: only what is asked for is looked at. */
static int answer_case_report(struct request *request, bool count_only)
{
	struct listing listing;
	struct query query;

	TRY(query_bind_params(request, &case_report, !count_only, &query));
	if (count_only)
		listing_begin_count(&listing, request, &query);
	else
		listing_begin(&listing, request, &query, NULL);
	return listing_end(&listing);
}

int history_cleanable_case_report(struct request *request)
{
	return answer_case_report(request, false);
}

int history_cleanable_case_report_count(struct request *request)
{
	return answer_case_report(request, true);
}
