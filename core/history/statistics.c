#include "core/history/statistics.h"

#include <stddef.h>
#include <string.h>

#include "core/history/incident_kind.h"

static const struct field activity_fields[] = {
	{"id",		0, FIELD_STRING, 0, NULL},
	{"instances",         0, FIELD_LONG,   0, NULL},
	{"canceled",          0, FIELD_LONG,   0, NULL},
	{"finished",          0, FIELD_LONG,   0, NULL},
	{"completeScope",     0, FIELD_LONG,   0, NULL},
	{"openIncidents",     0, FIELD_LONG,   0, NULL},
	{"resolvedIncidents", 0, FIELD_LONG,   0, NULL},
	{"deletedIncidents",  0, FIELD_LONG,   0, NULL},
};
const struct kind activity_statistics_kind = KIND("statistics", 0, activity_fields);

_Static_assert(sizeof(struct activity_tally) == ARRAY_SIZE(activity_fields) * sizeof(union slot),
	       "a tally is a row");

static const struct field decision_fields[] = {
	{"decisionDefinitionKey", 0, FIELD_STRING, 0, NULL},
	{"evaluations",           0, FIELD_LONG,   0, NULL},
};
const struct kind decision_statistics_kind = KIND("statistics", 0, decision_fields);

_Static_assert(sizeof(struct decision_tally) == ARRAY_SIZE(decision_fields) * sizeof(union slot),
	       "a tally is a row");

#define COLUMN(name) offsetof(struct column_set, name)

struct visit {
	void (*take)(void *arg, const struct rows *rows);
	void *arg;
};

/* A condition that looks at every record and lets none pass: nothing is gathered. */
static bool visit_match(const struct condition *condition, const struct rows *rows)
{
	const struct visit *visit = condition->object;

	visit->take(visit->arg, rows);
	return false;
}

static bool take_none(void *arg, uint32_t segment, const uint8_t *mask, uint32_t count)
{
	(void)arg;
	(void)segment;
	(void)mask;
	(void)count;
	return true;
}

int statistics_running(struct request *request, const uint8_t *table, uint8_t flags, uint64_t want,
		       void (*take)(void *arg, const struct rows *rows), void *arg)
{
	struct history *history = request->engine->history;
	struct visit visit = {take, arg};
	struct plan plan;

	plan_init(&plan, history, history->process_columns, request->arena);
	plan.caller = request->running;
	plan.unpack = history_unpack_process;
	condition_range(plan_add(&plan, &plan.all), COLUMN(end_time), TIME_NULL, TIME_NULL);
	if (table)
		condition_table(plan_add(&plan, &plan.all), COLUMN(definition), table);
	if (flags)
		condition_flags(plan_add(&plan, &plan.all), flags, flags);
	condition_records(plan_add(&plan, &plan.all), visit_match, want, &visit);
	return plan_run(&plan, take_none, NULL);
}

/* The same definition may stand in the dictionary several times, with other names. */
const uint8_t *statistics_definition(struct history *history, struct arena *arena, const char *id)
{
	struct dictionary *dictionary = history->definitions;
	uint32_t number, count = dictionary_count(dictionary);
	/* numbers that come up meanwhile belong to what came later than the question */
	uint8_t *table = arena_alloc(arena, count + 65536);
	size_t length = strlen(id);

	for (number = 1; number <= count; number++) {
		const char *text = dictionary_text(dictionary, number);

		table[number] = !strncmp(text, id, length) && text[length] == '\x1f';
	}
	return table;
}

/* A number of the dictionary that rows hold; those that came after it was counted are left out. */
struct counting {
	struct columns *columns;
	uint32_t most;
	int64_t *counts;
	uint64_t *first; /* a number of the archive for each, or NULL */
};

static bool count_definitions(void *arg, uint32_t segment, const uint8_t *mask, uint32_t count)
{
	struct counting *counting = arg;
	struct archive *archive = columns_archive(counting->columns);
	const struct column_set *set;
	uint32_t row;

	archive_lock_shared(archive);
	set = columns_set(counting->columns, segment);
	for (row = 0; row < count && !set->absent; row++) {
		uint32_t number = set->definition[row];

		if (!mask[row] || number > counting->most)
			continue;
		if (counting->first && !counting->counts[number])
			counting->first[number] = (uint64_t)segment * ARCHIVE_SEGMENT + row;
		counting->counts[number]++;
	}
	archive_unlock(archive);
	return true;
}

static int count_plan(struct plan *plan, struct dictionary *dictionary, bool first,
		      struct counting *ret)
{
	ret->columns = plan->columns;
	ret->most = dictionary_count(dictionary);
	ret->counts = arena_array(plan->arena, ret->most + 1, sizeof(*ret->counts));
	ret->first = first ? arena_array(plan->arena, ret->most + 1, sizeof(*ret->first)) : NULL;
	return plan_run(plan, count_definitions, ret);
}

int statistics_count_running(struct request *request, int64_t **ret, uint32_t *ret_count)
{
	struct history *history = request->engine->history;
	struct counting counting;
	struct plan plan;

	plan_init(&plan, history, history->process_columns, request->arena);
	plan.caller = request->running;
	condition_range(plan_add(&plan, &plan.all), COLUMN(end_time), TIME_NULL, TIME_NULL);
	TRY(count_plan(&plan, history->definitions, false, &counting));
	*ret = counting.counts;
	*ret_count = counting.most;
	return 0;
}

struct activity_counting {
	const char *definition;
	const struct activity_asked *asked;
	struct tallies *tallies;
	size_t canceled, complete_scope; /* slots */
};

static struct activity_counting counting_of(const char *id, const struct activity_asked *asked,
					    struct tallies *tallies)
{
	struct activity_counting counting = {
		.definition = id,
		.asked = asked,
		.tallies = tallies,
		.canceled = kind_slot(&activity_instance_kind, "canceled"),
		.complete_scope = kind_slot(&activity_instance_kind, "completeScope"),
	};

	return counting;
}

static void count_activity(const struct activity_counting *counting, const union slot *row)
{
	const struct activity_asked *asked = counting->asked;
	bool open = row[ACTIVITY_END_TIME].i == TIME_NULL;
	bool canceled = asked->canceled && !open && row[counting->canceled].i == 1;
	bool complete = asked->complete_scope && !open && row[counting->complete_scope].i == 1;
	bool finished = asked->finished && !open;
	struct activity_tally *entry;

	if (!row[ACTIVITY_ACTIVITY_ID].s || !(open || canceled || complete || finished))
		return;
	entry = tally(counting->tallies, row[ACTIVITY_ACTIVITY_ID].s);
	entry->instances += open;
	entry->canceled += canceled;
	entry->finished += finished;
	entry->complete_scope += complete;
}

static void count_incident(const struct activity_counting *counting, const union slot *row)
{
	struct activity_tally *entry;

	if (!row[INCIDENT_ACTIVITY_ID].s)
		return;
	entry = tally(counting->tallies, row[INCIDENT_ACTIVITY_ID].s);
	if (row[INCIDENT_DELETED].i == 1)
		entry->deleted_incidents++;
	else if (row[INCIDENT_RESOLVED].i == 1)
		entry->resolved_incidents++;
	else
		entry->open_incidents++;
}

/* Where an instance was migrated, what it did before belongs to another definition. */
static bool is_of(const struct activity_counting *counting, const struct rows *rows,
		  const char *definition)
{
	if (!definition)
		definition = rows[ROW_INSTANCE].row[0][INSTANCE_DEFINITION_ID].s;
	return definition && !strcmp(definition, counting->definition);
}

static void count_activities(void *arg, const struct rows *rows)
{
	const struct activity_counting *counting = arg;
	size_t i;

	for (i = 0; i < rows[ROW_ACTIVITY].count; i++)
		if (is_of(counting, rows, rows[ROW_ACTIVITY].row[i][ACTIVITY_DEFINITION_ID].s))
			count_activity(counting, rows[ROW_ACTIVITY].row[i]);
	for (i = 0; counting->asked->incidents && i < rows[ROW_INCIDENT].count; i++)
		if (is_of(counting, rows,
			  rows[ROW_INCIDENT].row[i][INCIDENT_PROCESS_DEFINITION_ID].s))
			count_incident(counting, rows[ROW_INCIDENT].row[i]);
}

/* Where nothing of ended activities is asked: instances with open ones, or with incidents. */
static void narrow(struct plan *plan, const struct activity_asked *asked)
{
	struct condition_group *group = plan_add_group(plan);

	condition_flags(plan_add(plan, group), SUMMARY_OPEN_ACTIVITIES, SUMMARY_OPEN_ACTIVITIES);
	if (asked->incidents)
		condition_flags(plan_add(plan, group), SUMMARY_INCIDENTS, SUMMARY_INCIDENTS);
}

/* Instances of the definition, and those that may once have been. */
static void select_definition(struct plan *plan, const char *id)
{
	struct condition_group *group = plan_add_group(plan);

	condition_table(plan_add(plan, group), COLUMN(definition),
			statistics_definition(plan->history, plan->arena, id));
	condition_flags(plan_add(plan, group), SUMMARY_MIGRATED, SUMMARY_MIGRATED);
}

/* Every instance that PLAN selects, a record each. */
static int count_records(struct plan *plan, struct activity_counting *counting)
{
	struct visit visit = {count_activities, counting};
	uint64_t want = 1u << ROW_ACTIVITY | (counting->asked->incidents ? 1u << ROW_INCIDENT : 0u);

	select_definition(plan, counting->definition);
	plan->unpack = history_unpack_process;
	condition_records(plan_add(plan, &plan->all), visit_match, want, &visit);
	return plan_run(plan, take_none, NULL);
}

/*
 * Ended instances, segment by segment: what is known of one is added, what is not is counted with
 * everything that can be asked for, and kept.
 */
struct totalling {
	struct plan *plan;
	struct activity_counting counting; /* of the segment in hand */
	struct tallies tallies;
	struct arena arena;
	bool open; /* a segment is in hand */
	uint32_t segment;
	struct segment_state state;
	const struct activity_asked *asked;
	struct tallies *ret;
};

static void add_total(void *arg, const struct activity_tally *of)
{
	const struct totalling *totalling = arg;
	const struct activity_asked *asked = totalling->asked;
	int64_t incidents = of->open_incidents + of->resolved_incidents + of->deleted_incidents;
	struct activity_tally *entry;

	if (!of->instances && !(asked->canceled && of->canceled) &&
	    !(asked->finished && of->finished) && !(asked->complete_scope && of->complete_scope) &&
	    !(asked->incidents && incidents))
		return;
	entry = tally(totalling->ret, of->id);
	entry->instances += of->instances;
	entry->canceled += asked->canceled ? of->canceled : 0;
	entry->finished += asked->finished ? of->finished : 0;
	entry->complete_scope += asked->complete_scope ? of->complete_scope : 0;
	if (!asked->incidents)
		return;
	entry->open_incidents += of->open_incidents;
	entry->resolved_incidents += of->resolved_incidents;
	entry->deleted_incidents += of->deleted_incidents;
}

static void close_segment(struct totalling *totalling)
{
	size_t i;

	if (totalling->open && totalling->tallies.count) {
		activity_totals_keep(totalling->plan->history->activity_totals, totalling->segment,
				     totalling->counting.definition, totalling->state,
				     &totalling->tallies);
		for (i = 0; i < totalling->tallies.count; i++)
			add_total(totalling, totalling->tallies.entries[i]);
	}
	totalling->open = false;
	arena_clear(&totalling->arena);
	tallies_init(&totalling->tallies, &totalling->arena, sizeof(struct activity_tally));
}

/* A condition that lets a segment pass unless its totals are known; the plan goes in order. */
static void totals_scan(const struct condition *condition, const struct column_set *set,
			uint32_t segment, uint32_t count, uint8_t *out)
{
	struct totalling *totalling = (void *)(uintptr_t)condition->object;
	struct history *history = totalling->plan->history;
	bool known;

	close_segment(totalling);
	totalling->segment = segment;
	totalling->state =
		segment_state_of(set, archive_dead_bits(history->processes, segment), count);
	known = activity_totals_get(history->activity_totals, segment,
				    totalling->counting.definition, totalling->state, add_total,
				    totalling);
	totalling->open = !known;
	memset(out, !known, count);
}

static bool totals_match(const struct condition *condition, const struct rows *rows)
{
	struct totalling *totalling = (void *)(uintptr_t)condition->object;

	count_activities(&totalling->counting, rows);
	return false;
}

static int count_ended(struct plan *plan, const char *id, const struct activity_asked *asked,
		       struct tallies *ret)
{
	static const struct activity_asked everything = {true, true, true, true};
	struct totalling totalling = {.plan = plan, .asked = asked, .ret = ret};
	struct condition *condition;
	int code;

	totalling.counting = counting_of(id, &everything, &totalling.tallies);
	arena_init(&totalling.arena);
	tallies_init(&totalling.tallies, &totalling.arena, sizeof(struct activity_tally));
	select_definition(plan, id);
	condition_range(plan_add(plan, &plan->all), COLUMN(end_time), TIME_NULL + 1, INT64_MAX);
	condition = plan_add(plan, &plan->all);
	condition->scan = totals_scan;
	condition_records(condition, totals_match, 1u << ROW_ACTIVITY | 1u << ROW_INCIDENT,
			  &totalling);
	plan->unpack = history_unpack_process;
	code = plan_run(plan, take_none, NULL);
	if (!code)
		close_segment(&totalling);
	arena_clear(&totalling.arena);
	return code;
}

int statistics_activities(struct plan *plan, const char *id, const struct activity_asked *asked,
			  struct tallies *ret)
{
	struct activity_counting counting = counting_of(id, asked, ret);
	bool ended = asked->canceled || asked->finished || asked->complete_scope;
	struct plan running;

	if (!ended)
		narrow(plan, asked);
	if (!ended || plan->all.count)
		return count_records(plan, &counting);
	plan_init(&running, plan->history, plan->columns, plan->arena);
	running.caller = plan->caller;
	condition_range(plan_add(&running, &running.all), COLUMN(end_time), TIME_NULL, TIME_NULL);
	TRY(count_ended(plan, id, asked, ret));
	return count_records(&running, &counting);
}

/* The evaluation ID, and those whose root it is. */
static int condition_evaluation(struct plan *plan, const char *id)
{
	struct history *history = plan->history;
	struct txn reader = txn_reader(history->store, plan->arena);
	struct condition_group *group = plan_add_group(plan);
	uint64_t number;
	int code = history_find_decision(&reader, history, id, &number);

	if (code && code != ERR_NOT_FOUND)
		return code;
	if (!code)
		condition_numbers(plan_add(plan, group), plan->arena, &number, 1);
	condition_equal(plan_add(plan, group), COLUMN(root), history_hash(history, id));
	return 0;
}

/* Whether the decision instance NUMBER belongs to REQUIREMENTS, and to which decision. */
static int key_of_decision(struct history *history, struct arena *arena, uint64_t number,
			   const char *requirements, const char **ret_key)
{
	struct txn reader = txn_reader(history->store, arena);
	union slot *row;
	int code = history_read_row(&reader, history->decision_columns, number,
				    &decision_instance_kind, &row);

	*ret_key = NULL;
	if (code)
		return code == ERR_NOT_FOUND ? 0 : code;
	if (row[DECISION_REQUIREMENTS_ID].s &&
	    !strcmp(row[DECISION_REQUIREMENTS_ID].s, requirements))
		*ret_key = row[DECISION_DEFINITION_KEY].s;
	return 0;
}

int statistics_decisions(struct request *request, const char *requirements, const char *instance,
			 struct tallies *ret)
{
	struct history *history = request->engine->history;
	struct arena *arena = request->arena;
	struct counting counting;
	struct plan plan;
	const char *key;
	uint32_t number;

	plan_init(&plan, history, history->decision_columns, arena);
	plan.caller = request->running;
	if (instance)
		TRY(condition_evaluation(&plan, instance));
	TRY(count_plan(&plan, history->decision_definitions, true, &counting));
	/* all evaluations of one definition belong to the same requirements: one tells */
	for (number = 1; number <= counting.most; number++) {
		if (!counting.counts[number])
			continue;
		TRY(key_of_decision(history, arena, counting.first[number], requirements, &key));
		if (key)
			((struct decision_tally *)tally(ret, key))->evaluations +=
				counting.counts[number];
	}
	return 0;
}

bool activity_is_scope(const char *type)
{
	static const char *const scopes[] = {"subProcess", "multiInstanceBody", "transaction",
					     "eventSubProcess", "adHocSubProcess"};
	size_t i;

	for (i = 0; type && i < ARRAY_SIZE(scopes); i++)
		if (!strcmp(scopes[i], type))
			return true;
	return false;
}
