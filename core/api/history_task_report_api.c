/* /history/task/report: completed tasks counted by name or definition, their durations by period
 * (semantics.md 5.9). */
#include <string.h>
#include <strings.h>
#include <time.h>

#include "core/api/handler.h"
#include "core/engine.h"
#include "core/history/child_list.h"
#include "core/json/writer.h"
#include "core/process/definition.h"
#include "storage/uuid.h"

enum { PERIODS = 12 };

static int type_bind(struct request *request, struct criterion *criterion, const char *text,
		     const struct json *node)
{
	(void)node;
	if (strcmp(text, "count") != 0 && strcmp(text, "duration") != 0)
		return request_fail(request, ERR_INVALID,
				    "Cannot set query parameter 'reportType' to value '%s'", text);
	criterion->text = text;
	return 0;
}

static int unit_bind(struct request *request, struct criterion *criterion, const char *text,
		     const struct json *node)
{
	(void)node;
	if (strcasecmp(text, "month") != 0 && strcasecmp(text, "quarter") != 0)
		return request_fail(request, ERR_INVALID,
				    "Cannot set query parameter 'periodUnit' to value '%s': "
				    "Cannot convert value %s to java enum type "
				    "org.camunda.bpm.engine.query.PeriodUnit",
				    text, text);
	criterion->text = text;
	return 0;
}

static const struct filter filters[] = {
	{"reportType",      PARAM_OBJECT, OP_NONE,   0,             NULL, 0, type_bind},
	{"periodUnit",      PARAM_OBJECT, OP_NONE,   0,             NULL, 0, unit_bind},
	{"groupBy",         PARAM_STRING, OP_NONE,   0,             NULL, 0, NULL     },
	{"completedBefore", PARAM_DATE,   OP_BEFORE, TASK_END_TIME, NULL, 0, NULL     },
	{"completedAfter",  PARAM_DATE,   OP_AFTER,  TASK_END_TIME, NULL, 0, NULL     },
};
static const struct resource resource = {
	.kind = &task_kind,
	.filters = filters,
	.filter_count = ARRAY_SIZE(filters),
	.ignores_sorting = true,
};

/* The latest version of a definition, by key and tenant. */
struct definition {
	const char *id, *name;
	int64_t version;
};

/* Tasks of one definition, with one name if they are told apart by it. */
struct group {
	const struct definition *definition;
	const char *key, *tenant, *name;
	int64_t count;
};

/* Things by text: open addressing in an arena. */
struct table {
	struct arena *arena;
	struct {
		const char *text;
		void *thing;
	} * slots;
	size_t room, count;
};

static size_t slot_of(const struct table *table, const char *text)
{
	static const uint8_t hash_key[16] = "task report";
	size_t at = hash64(hash_key, text, strlen(text)) & (table->room - 1);

	while (table->slots[at].text && strcmp(table->slots[at].text, text) != 0)
		at = (at + 1) & (table->room - 1);
	return at;
}

static void grow_table(struct table *table)
{
	struct table old = *table;
	size_t i;

	table->room = old.room ? old.room * 2 : 64;
	table->slots = arena_array(table->arena, table->room, sizeof(*table->slots));
	for (i = 0; i < old.room; i++)
		if (old.slots[i].text)
			table->slots[slot_of(table, old.slots[i].text)] = old.slots[i];
}

/* The thing of TEXT; a new one of SIZE zeroed bytes when there is none yet. */
static void *table_get(struct table *table, const char *text, size_t size)
{
	size_t at;

	if (2 * table->count >= table->room)
		grow_table(table);
	at = slot_of(table, text);
	if (!table->slots[at].text) {
		table->slots[at].text = arena_strdup(table->arena, text);
		table->slots[at].thing = arena_alloc(table->arena, size);
		table->count++;
	}
	return table->slots[at].thing;
}

struct report {
	struct request *request;
	bool by_name;
	struct table definitions, groups;
	struct {
		int64_t count, sum, least, most;
	} periods[PERIODS];
	int months; /* in a period */
};

static const char *definition_text(struct arena *arena, const char *key, const char *tenant)
{
	return arena_printf(arena, "%s\x1f%s", key, tenant ? tenant : "\x1f");
}

static int read_definitions(struct report *report)
{
	struct arena *arena = report->request->arena;
	struct txn reader = txn_reader(report->request->engine->store, arena);
	struct bytes key, value;
	struct scan scan;
	int code;

	definition_scan(&scan, &reader, &process_definition_kind);
	while (!(code = scan_next(&scan, &key, &value))) {
		struct definition *definition;
		union slot *row;

		TRY(row_decode(arena, value.data, value.size, &process_definition_kind, &row));
		definition = table_get(
			&report->definitions,
			definition_text(arena, row[DEFINITION_KEY].s, row[DEFINITION_TENANT_ID].s),
			sizeof(*definition));
		if (definition->id && definition->version >= row[DEFINITION_VERSION].i)
			continue;
		definition->id = row[DEFINITION_ID].s;
		definition->name = row[DEFINITION_NAME].s;
		definition->version = row[DEFINITION_VERSION].i;
	}
	return code == ERR_NOT_FOUND ? 0 : code;
}

/* Tasks whose definition is gone are not counted. */
static bool count_task(void *arg, const union slot *row)
{
	struct report *report = arg;
	struct arena *arena = report->request->arena;
	struct arena_mark mark = arena_mark(arena);
	const char *name = report->by_name ? row[TASK_NAME].s : NULL;
	const char *definition;
	struct group *group;
	size_t known = report->groups.count;
	size_t at;

	if (row[TASK_END_TIME].i == TIME_NULL || !row[TASK_DEFINITION_KEY].s ||
	    (report->by_name && !name))
		return true;
	definition = definition_text(arena, row[TASK_DEFINITION_KEY].s, row[TASK_TENANT_ID].s);
	at = report->definitions.room ? slot_of(&report->definitions, definition) : 0;
	if (!report->definitions.room || !report->definitions.slots[at].text) {
		arena_rewind(arena, mark);
		return true;
	}
	group = table_get(&report->groups,
			  arena_printf(arena, "%s\x1f%s", definition, name ? name : "\x1f"),
			  sizeof(*group));
	if (report->groups.count == known) {
		group->count++;
		arena_rewind(arena, mark);
		return true;
	}
	*group = (struct group){report->definitions.slots[at].thing,
				arena_strdup(arena, row[TASK_DEFINITION_KEY].s),
				arena_strdup(arena, row[TASK_TENANT_ID].s),
				arena_strdup(arena, name), 1};
	return true;
}

static bool add_duration(void *arg, const union slot *row)
{
	struct report *report = arg;
	int64_t duration = row[TASK_DURATION].i;
	time_t seconds = (time_t)(row[TASK_END_TIME].i / 1000);
	struct tm local;
	size_t at;

	if (row[TASK_END_TIME].i == TIME_NULL || duration == INT_NULL)
		return true;
	localtime_r(&seconds, &local);
	at = (size_t)(local.tm_mon / report->months);
	if (!report->periods[at].count || duration < report->periods[at].least)
		report->periods[at].least = duration;
	if (!report->periods[at].count || duration > report->periods[at].most)
		report->periods[at].most = duration;
	report->periods[at].sum += duration;
	report->periods[at].count++;
	return true;
}

static void write_groups(const struct report *report)
{
	struct json_writer *writer = request_answer(report->request);
	size_t i;

	json_open_array(writer);
	for (i = 0; i < report->groups.room; i++) {
		const struct group *group = report->groups.slots[i].thing;

		if (!report->groups.slots[i].text)
			continue;
		json_open_object(writer);
		json_key_string(writer, "taskName", group->name);
		json_key_int(writer, "count", group->count);
		json_key_string(writer, "processDefinitionKey", group->key);
		json_key_string(writer, "processDefinitionId", group->definition->id);
		json_key_string(writer, "processDefinitionName", group->definition->name);
		json_key_string(writer, "tenantId", group->tenant);
		json_close_object(writer);
	}
	json_close_array(writer);
}

static void write_periods(const struct report *report)
{
	struct json_writer *writer = request_answer(report->request);
	size_t i;

	json_open_array(writer);
	for (i = 0; i < PERIODS; i++) {
		if (!report->periods[i].count)
			continue;
		json_open_object(writer);
		json_key_int(writer, "period", (int64_t)i + 1);
		json_key_string(writer, "periodUnit", report->months == 1 ? "MONTH" : "QUARTER");
		json_key_int(writer, "minimum", report->periods[i].least);
		json_key_int(writer, "maximum", report->periods[i].most);
		json_key_int(writer, "average",
			     (2 * report->periods[i].sum + report->periods[i].count) /
				     (2 * report->periods[i].count));
		json_close_object(writer);
	}
	json_close_array(writer);
}

static int answer_count(struct report *report, const struct query *query)
{
	const struct criterion *by = query_criterion(query, "groupBy");

	if (!by ||
	    (strcmp(by->text, "taskName") != 0 && strcmp(by->text, "processDefinition") != 0))
		return request_fail(report->request, ERR_INVALID,
				    "groupBy parameter has invalid value: %s",
				    by ? by->text : "null");
	report->by_name = !strcmp(by->text, "taskName");
	TRY(read_definitions(report));
	TRY(child_list_walk(report->request, ROW_TASK, query, count_task, report));
	write_groups(report);
	return 0;
}

static int answer_durations(struct report *report, const struct query *query)
{
	const struct criterion *unit = query_criterion(query, "periodUnit");

	if (!unit)
		return request_fail(report->request, ERR_INVALID, "periodUnit is null");
	report->months = strcasecmp(unit->text, "month") ? 3 : 1;
	TRY(child_list_walk(report->request, ROW_TASK, query, add_duration, report));
	write_periods(report);
	return 0;
}

int history_task_report(struct request *request)
{
	struct report report = {.request = request};
	const struct criterion *type;
	struct query query;

	report.definitions.arena = report.groups.arena = request->arena;
	TRY(query_bind_params(request, &resource, false, &query));
	type = query_criterion(&query, "reportType");
	if (!type)
		return request_fail(request, ERR_INVALID, "Parameter reportType is not set.");
	return strcmp(type->text, "count") ? answer_durations(&report, &query)
					   : answer_count(&report, &query);
}
