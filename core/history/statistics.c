#include "core/history/statistics.h"

#include <stddef.h>
#include <string.h>

#include "core/job/incident.h"

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

_Static_assert(sizeof(struct activity_tally) ==
		       sizeof(activity_fields) / sizeof(activity_fields[0]) * sizeof(union slot),
	       "a tally is a row");

static const struct field decision_fields[] = {
	{"decisionDefinitionKey", 0, FIELD_STRING, 0, NULL},
	{"evaluations",           0, FIELD_LONG,   0, NULL},
};
const struct kind decision_statistics_kind = KIND("statistics", 0, decision_fields);

_Static_assert(sizeof(struct decision_tally) ==
		       sizeof(decision_fields) / sizeof(decision_fields[0]) * sizeof(union slot),
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

int statistics_running(struct history *history, struct arena *arena, const uint8_t *table,
		       uint8_t flags, uint64_t want,
		       void (*take)(void *arg, const struct rows *rows), void *arg)
{
	struct visit visit = {take, arg};
	struct plan plan;

	plan_init(&plan, history, history->process_columns, arena);
	plan.read = history_read_process;
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
	for (row = 0; row < count; row++) {
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

int statistics_count_running(struct history *history, struct arena *arena, int64_t **ret,
			     uint32_t *ret_count)
{
	struct counting counting;
	struct plan plan;

	plan_init(&plan, history, history->process_columns, arena);
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

/* Unless all have to be looked at: those with open activities, or with incidents. */
static void narrow(struct plan *plan, const struct activity_asked *asked)
{
	struct condition_group *group;

	if (asked->canceled || asked->finished || asked->complete_scope)
		return;
	group = plan_add_group(plan);
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

int statistics_activities(struct plan *plan, const char *id, const struct activity_asked *asked,
			  struct tallies *ret)
{
	struct activity_counting counting = {
		.definition = id,
		.asked = asked,
		.tallies = ret,
		.canceled = kind_slot(&activity_instance_kind, "canceled"),
		.complete_scope = kind_slot(&activity_instance_kind, "completeScope"),
	};
	struct visit visit = {count_activities, &counting};
	uint64_t want = 1u << ROW_ACTIVITY | (asked->incidents ? 1u << ROW_INCIDENT : 0u);

	select_definition(plan, id);
	narrow(plan, asked);
	plan->read = history_read_process;
	condition_records(plan_add(plan, &plan->all), visit_match, want, &visit);
	return plan_run(plan, take_none, NULL);
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

int statistics_decisions(struct history *history, struct arena *arena, const char *requirements,
			 const char *instance, struct tallies *ret)
{
	struct counting counting;
	struct plan plan;
	const char *key;
	uint32_t number;

	plan_init(&plan, history, history->decision_columns, arena);
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

	for (i = 0; type && i < sizeof(scopes) / sizeof(scopes[0]); i++)
		if (!strcmp(scopes[i], type))
			return true;
	return false;
}
