/* Cleanable reports of process and decision definitions (semantics.md 3.12). */
#include <stdlib.h>
#include <string.h>

#include "core/api/handler.h"
#include "core/engine.h"
#include "core/history/history.h"
#include "core/process/definition.h"
#include "core/query/query.h"
#include "core/record/codec.h"

enum { ASK_COMPACT = OP_OWN };

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
static const struct field decision_fields[] = {REPORT_FIELDS("decision", "DecisionInstance")};
static const struct kind decision_report_kind = KIND("report", 0, decision_fields);

#define REPORT_FILTERS(noun)                                                                       \
	{noun "DefinitionIdIn", PARAM_ARRAY,   OP_IN, REPORT_ID,                                   \
	 noun "DefinitionIdIn", ERR_NOT_VALID, NULL},                                              \
		{noun "DefinitionKeyIn", PARAM_ARRAY,   OP_IN, REPORT_KEY,                         \
		 noun "DefinitionKeyIn", ERR_NOT_VALID, NULL},                                     \
		{"tenantIdIn", PARAM_LIST, OP_IN, REPORT_TENANT_ID, "tenantIds", 0, NULL},         \
		{"withoutTenantId", PARAM_BOOL, OP_ABSENT, REPORT_TENANT_ID, NULL, 0, NULL},       \
	{                                                                                          \
		"compact", PARAM_BOOL, ASK_COMPACT, 0, NULL, 0, NULL                               \
	}

static const struct filter process_filters[] = {REPORT_FILTERS("process")};
static const struct filter decision_filters[] = {REPORT_FILTERS("decision")};
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

/* What a report is made of. */
struct report {
	const struct resource *resource;
	const struct kind *definitions;
	struct columns *columns;
	struct dictionary *dictionary;
	bool counts_cleanable_in_compact; /* compact keeps rows with nothing finished, too */
};

struct tally {
	int64_t finished, cleanable;
};

/* Whether an ended instance is old enough by its definition's time to live, in calendar days. */
static bool is_past(int64_t end_time, int64_t days, int64_t now)
{
	enum { DAY_MS = 86400000 };

	return days == 0 || now / DAY_MS - end_time / DAY_MS >= days;
}

/* One pass over the columns: finished and cleanable instances by dictionary number. */
static void count_set(const struct column_set *set, const uint8_t *dead, uint32_t count,
		      const int64_t *days, int64_t now, struct tally *tallies)
{
	uint32_t row;

	for (row = 0; row < count; row++) {
		uint32_t definition = set->definition[row];
		bool ended = set->end_time[row] != TIME_NULL;

		if (dead[row / 8] >> row % 8 & 1)
			continue;
		tallies[definition].finished += ended;
		if (!days)
			tallies[definition].cleanable += set->removal_time[row] != TIME_NULL &&
							 set->removal_time[row] <= now;
		else if (ended && days[definition] != INT_NULL)
			tallies[definition].cleanable +=
				is_past(set->end_time[row], days[definition], now);
	}
}

static void count_all(const struct report *report, const int64_t *days, struct tally *tallies)
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
			  left < set->count ? (uint32_t)left : set->count, days, now, tallies);
		archive_unlock(archive);
	}
}

/* Times to live by dictionary number, or NULL when removal times decide. */
static int read_days(struct request *request, const struct report *report, uint32_t count,
		     int64_t **ret)
{
	struct txn reader = txn_reader(request->engine->store, request->arena);
	uint32_t number;

	*ret = NULL;
	if (request->engine->config->history_cleanup_strategy == CLEANUP_REMOVAL_TIME_BASED)
		return 0;
	*ret = arena_array(request->arena, count + 1, sizeof(**ret));
	(*ret)[0] = INT_NULL;
	for (number = 1; number <= count; number++) {
		union slot *row;
		int code = definition_get(
			&reader, report->definitions,
			dictionary_part(report->dictionary, request->arena, number, 0), &row);

		if (code && code != ERR_NOT_FOUND)
			return code;
		(*ret)[number] = code ? INT_NULL : row[DEFINITION_TIME_TO_LIVE].i;
	}
	return 0;
}

/* The dictionary may hold a definition several times, with other names. */
static struct tally tally_of(struct request *request, const struct report *report,
			     const struct tally *tallies, uint32_t count, const char *id)
{
	struct tally sum = {0, 0};
	uint32_t number;

	for (number = 1; number <= count; number++) {
		if (strcmp(dictionary_part(report->dictionary, request->arena, number, 0), id))
			continue;
		sum.finished += tallies[number].finished;
		sum.cleanable += tallies[number].cleanable;
	}
	return sum;
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

static int offer_definitions(struct request *request, const struct report *report,
			     const struct tally *tallies, uint32_t count, const struct query *query,
			     struct listing *listing)
{
	struct txn reader = txn_reader(request->engine->store, request->arena);
	bool compact = query_criterion(query, "compact") != NULL, more = true;
	struct bytes key, value;
	struct scan scan;
	int code = 0;

	definition_scan(&scan, &reader, report->definitions);
	while (more && !(code = scan_next(&scan, &key, &value))) {
		union slot *definition, *row;
		struct tally tally;

		TRY(row_decode(request->arena, value.data, value.size, report->definitions,
			       &definition));
		tally = tally_of(request, report, tallies, count, definition[DEFINITION_ID].s);
		row = report_row(request, report, definition, tally);
		if (compact && !tally.finished &&
		    !(report->counts_cleanable_in_compact && tally.cleanable))
			continue;
		if (query_matches(query, row))
			more = listing_offer(listing, row);
	}
	return code == ERR_NOT_FOUND ? 0 : code;
}

static int answer_report(struct request *request, const struct report *report, bool count_only)
{
	uint32_t count = dictionary_count(report->dictionary);
	struct tally *tallies;
	struct listing listing;
	struct query query;
	int64_t *days;

	TRY(query_bind_params(request, report->resource, !count_only, &query));
	TRY(read_days(request, report, count, &days));
	tallies = arena_array(request->arena, count + 65536, sizeof(*tallies));
	count_all(report, days, tallies);
	if (count_only)
		listing_begin_count(&listing, request, &query);
	else
		listing_begin(&listing, request, &query, NULL);
	TRY(offer_definitions(request, report, tallies, count, &query, &listing));
	return listing_end(&listing);
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
