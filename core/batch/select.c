#include "core/batch/select.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/history/decision_query.h"
#include "core/history/history.h"
#include "core/history/id_list.h"
#include "core/history/process_query.h"
#include "core/id.h"
#include "core/process/definition.h"
#include "storage/uuid.h"

enum { JOIN_FROM = 20000 }; /* ids from which on one scan is quicker than looking each up */

/* Where a kind of instance is kept. */
struct source {
	struct columns *columns;
	struct dictionary *definitions;
	const struct kind *definition_kind;
	enum id_kind id;
	int (*plan)(struct request *request, const struct query *query, bool dates,
		    struct plan *ret);
	const struct resource *resource;
};

struct selection {
	struct request *request;
	const struct source *source;
	uint64_t *numbers; /* malloced; sorted and unique in the end */
	size_t count, room;
	union target_name *names; /* malloced */
	size_t name_count, name_room;
	const struct selection_rules *rules;
};

static void add_number(struct selection *selection, uint64_t number)
{
	if (selection->count == selection->room) {
		selection->room = selection->room * 2 + 1024;
		selection->numbers =
			memory_resize(selection->numbers, selection->room * sizeof(uint64_t));
	}
	selection->numbers[selection->count++] = number;
}

static void add_name(struct selection *selection, union target_name name)
{
	if (selection->name_count == selection->name_room) {
		selection->name_room = selection->name_room * 2 + 64;
		selection->names = memory_resize(selection->names,
						 selection->name_room * sizeof(*selection->names));
	}
	selection->names[selection->name_count++] = name;
}

/* Adds the instance with that id, if there is one. Looking it up takes no memory that lasts. */
static int add_known(struct selection *selection, struct txn *reader, const char *text,
		     bool *ret_known)
{
	struct arena_mark mark = arena_mark(reader->arena);
	struct id found;
	int code = id_find(reader, text, &found);

	arena_rewind(reader->arena, mark);
	if (code && code != ERR_NOT_FOUND)
		return code;
	*ret_known = !code && found.kind == selection->source->id &&
		     !archive_hidden(columns_archive(selection->source->columns), found.number);
	if (*ret_known)
		add_number(selection, found.number);
	return 0;
}

static int select_text(struct selection *selection, struct txn *reader, const char *text)
{
	bool known;

	TRY(add_known(selection, reader, text, &known));
	if (!known && selection->rules->keep_unknown)
		add_name(selection, target_name_of(text));
	return 0;
}

static int compare_uuids(const void *left, const void *right)
{
	return memcmp(left, right, UUID_SIZE);
}

/* A UUID whose first half is 0 does not do as a name: it is one as a text. */
static union target_name name_of_uuid(struct selection *selection, const uint8_t *uuid)
{
	union target_name name;
	char text[UUID_TEXT + 1];

	memcpy(name.uuid, uuid, sizeof(name.uuid));
	if (name.other.high)
		return name;
	uuid_format(uuid, text);
	name.other.text = arena_strdup(selection->request->arena, text);
	return name;
}

/* Few ids: each is looked up. */
static int look_up(struct selection *selection, const struct id_list *ids)
{
	struct txn reader =
		txn_reader(selection->request->engine->store, selection->request->arena);
	char text[UUID_TEXT + 1];
	size_t i;

	for (i = 0; i < ids->uuid_count; i++) {
		bool known;

		uuid_format(ids->uuids[i], text);
		TRY(add_known(selection, &reader, text, &known));
		if (!known && selection->rules->keep_unknown)
			add_name(selection, name_of_uuid(selection, ids->uuids[i]));
	}
	return 0;
}

/* Ids by the first half of their key, for a join: open addressing, SIZE_MAX = free. */
struct id_table {
	const struct id_list *ids;
	uint32_t *slots;
	size_t mask;
	uint8_t *seen; /* a bit an id */
};

static void table_build(struct id_table *table, const struct id_list *ids)
{
	size_t i, size = 1024;

	while (size < ids->uuid_count * 2)
		size *= 2;
	table->ids = ids;
	table->mask = size - 1;
	table->slots = memory_alloc(size * sizeof(uint32_t));
	memset(table->slots, 0xff, size * sizeof(uint32_t));
	table->seen = memory_alloc(ids->uuid_count / 8 + 1);
	memset(table->seen, 0, ids->uuid_count / 8 + 1);
	for (i = 0; i < ids->uuid_count; i++) {
		size_t at = (be64_read(ids->uuids[i]) * 0x9e3779b97f4a7c15u >> 20) & table->mask;

		while (table->slots[at] != UINT32_MAX)
			at = (at + 1) & table->mask;
		table->slots[at] = (uint32_t)i;
	}
}

/* Marks the ids that are (HIGH, LOW); true when there is one. */
static bool table_mark(struct id_table *table, uint64_t high, uint64_t low)
{
	size_t at = (high * 0x9e3779b97f4a7c15u >> 20) & table->mask;
	bool found = false;

	for (; table->slots[at] != UINT32_MAX; at = (at + 1) & table->mask) {
		uint32_t i = table->slots[at];
		const uint8_t *uuid = table->ids->uuids[i];

		if (be64_read(uuid) != high || be64_read(uuid + 8) != low)
			continue;
		table->seen[i / 8] |= (uint8_t)(1u << i % 8);
		found = true;
	}
	return found;
}

static void join_segment(struct selection *selection, struct id_table *table, uint32_t segment)
{
	struct archive *archive = columns_archive(selection->source->columns);
	const struct column_set *set;
	const uint8_t *dead;
	uint64_t first = (uint64_t)segment * ARCHIVE_SEGMENT;
	uint32_t row;

	archive_lock_shared(archive);
	set = columns_set(selection->source->columns, segment);
	dead = archive_dead_bits(archive, segment);
	for (row = 0; row < set->count && first + row < archive_visible(archive); row++) {
		if (dead[row / 8] >> row % 8 & 1 || set->flags[row] & SUMMARY_TEXT_ID)
			continue;
		if (table_mark(table, set->order[row], set->low[row]))
			add_number(selection, first + row);
	}
	archive_unlock(archive);
}

/* Many ids: one pass over the columns finds all that are there. */
static void join(struct selection *selection, const struct id_list *ids)
{
	struct columns *columns = selection->source->columns;
	uint32_t segment, segments;
	struct id_table table;
	size_t i;

	archive_lock_shared(columns_archive(columns));
	segments = columns_count(columns);
	archive_unlock(columns_archive(columns));
	table_build(&table, ids);
	for (segment = 0; segment < segments; segment++)
		join_segment(selection, &table, segment);
	for (i = 0; i < ids->uuid_count && selection->rules->keep_unknown; i++)
		if (!(table.seen[i / 8] >> i % 8 & 1))
			add_name(selection, name_of_uuid(selection, ids->uuids[i]));
	free(table.slots);
	free(table.seen);
}

static int select_ids(struct selection *selection, const struct id_list *ids)
{
	struct txn reader =
		txn_reader(selection->request->engine->store, selection->request->arena);
	size_t i;

	if (ids->uuid_count < JOIN_FROM) {
		if (ids->uuid_count)
			qsort(ids->uuids, ids->uuid_count, UUID_SIZE, compare_uuids);
		TRY(look_up(selection, ids));
	} else {
		join(selection, ids);
	}
	for (i = 0; i < ids->text_count; i++)
		TRY(select_text(selection, &reader, ids->texts[i]));
	if (ids->nulls && selection->rules->keep_unknown)
		add_name(selection, target_name_of("")); /* an item that names nothing */
	return 0;
}

static bool take_mask(void *arg, uint32_t segment, const uint8_t *mask, uint32_t count)
{
	struct selection *selection = arg;
	uint64_t first = (uint64_t)segment * ARCHIVE_SEGMENT;
	uint32_t row;

	for (row = 0; row < count; row++)
		if (mask[row])
			add_number(selection, first + row);
	return true;
}

static int select_query(struct selection *selection, const struct json *object)
{
	struct request *request = selection->request;
	struct query query;
	struct plan plan;

	TRY(query_bind_object(request, selection->source->resource, object, &query));
	TRY(query_check_direction(request, &query, selection->rules->refusal));
	TRY(selection->source->plan(request, &query, false, &plan));
	return plan_run(&plan, take_mask, selection);
}

static int compare_numbers(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return (a > b) - (a < b);
}

static void make_unique(struct selection *selection)
{
	size_t i, kept = 0;

	for (i = 1; i < selection->count; i++)
		if (selection->numbers[i] < selection->numbers[i - 1])
			break;
	if (i < selection->count)
		qsort(selection->numbers, selection->count, sizeof(uint64_t), compare_numbers);
	for (i = 0; i < selection->count; i++)
		if (!kept || selection->numbers[kept - 1] != selection->numbers[i])
			selection->numbers[kept++] = selection->numbers[i];
	selection->count = kept;
	selection->name_count = target_names_unique(selection->names, selection->name_count);
}

/* A deployment among those of the selected, and how many of them it has. */
struct group {
	const char *deployment_id;
	uint64_t count, next;
};

struct grouping {
	struct group *groups;
	size_t count;
	uint32_t *of_definition; /* group by dictionary number */
};

static int compare_groups(const void *left, const void *right)
{
	const struct group *a = left, *b = right;

	if (!a->deployment_id || !b->deployment_id)
		return !a->deployment_id - !b->deployment_id;
	return strcasecmp(a->deployment_id, b->deployment_id);
}

static uint32_t find_group(struct grouping *grouping, const char *deployment_id)
{
	uint32_t i;

	for (i = 0; i < grouping->count; i++) {
		const char *other = grouping->groups[i].deployment_id;

		if (other == deployment_id ||
		    (other && deployment_id && !strcmp(other, deployment_id)))
			return i;
	}
	grouping->groups[grouping->count].deployment_id = deployment_id;
	grouping->groups[grouping->count].count = 0;
	return (uint32_t)grouping->count++;
}

/* Which deployment each definition belongs to; sorted, so that groups stand in their order. */
static int make_groups(struct selection *selection, struct grouping *grouping)
{
	struct arena *arena = selection->request->arena;
	struct dictionary *definitions = selection->source->definitions;
	struct txn reader = txn_reader(selection->request->engine->store, arena);
	uint32_t number, count = dictionary_count(definitions);
	const char **deployments = arena_array(arena, count + 1, sizeof(char *));

	grouping->groups = arena_array(arena, count + 2, sizeof(struct group));
	grouping->count = 0;
	grouping->of_definition = arena_array(arena, count + 65536, sizeof(uint32_t));
	find_group(grouping, NULL);
	for (number = 1; number <= count; number++) {
		TRY(definition_deployment(&reader, selection->source->definition_kind,
					  dictionary_part(definitions, arena, number, 0),
					  &deployments[number]));
		find_group(grouping, deployments[number]);
	}
	qsort(grouping->groups, grouping->count, sizeof(struct group), compare_groups);
	for (number = 0; number < count + 65536; number++)
		grouping->of_definition[number] = (uint32_t)grouping->count - 1;
	for (number = 1; number <= count; number++)
		grouping->of_definition[number] = find_group(grouping, deployments[number]);
	return 0;
}

static uint32_t group_of(const struct selection *selection, const struct grouping *grouping,
			 uint64_t number)
{
	const struct column_set *set =
		columns_set(selection->source->columns, (uint32_t)(number / ARCHIVE_SEGMENT));

	return grouping->of_definition[set->definition[number % ARCHIVE_SEGMENT]];
}

/* Puts the numbers in order of deployment, ascending within each: a counting sort. */
static void sort_by_group(const struct selection *selection, struct grouping *grouping,
			  struct target *ret)
{
	struct archive *archive = columns_archive(selection->source->columns);
	uint64_t next = 0;
	size_t i;

	archive_lock_shared(archive);
	for (i = 0; i < selection->count; i++)
		grouping->groups[group_of(selection, grouping, selection->numbers[i])].count++;
	for (i = 0; i < grouping->count; i++) {
		grouping->groups[i].next = next;
		next += grouping->groups[i].count;
	}
	for (i = 0; i < selection->count; i++) {
		uint32_t group = group_of(selection, grouping, selection->numbers[i]);

		ret->numbers[grouping->groups[group].next++] = selection->numbers[i];
	}
	archive_unlock(archive);
}

/* The id of an instance that was selected by its number. */
static int name_of_number(struct selection *selection, uint64_t number, union target_name *ret)
{
	struct request *request = selection->request;
	struct txn reader = txn_reader(request->engine->store, request->arena);
	struct archive *archive = columns_archive(selection->source->columns);
	struct rows rows[ROW_MAX];
	struct summary summary;
	bool gone;
	int code;

	archive_lock_shared(archive);
	gone = archive_gone(archive, (uint32_t)(number / ARCHIVE_SEGMENT));
	columns_row(selection->source->columns, number, &summary);
	archive_unlock(archive);
	if (!gone && !(summary.flags & SUMMARY_TEXT_ID)) {
		*ret = name_of_uuid(selection, summary.key);
		return 0;
	}
	code = history_read_process(&reader, request->engine->history, number, 0, rows);
	*ret = target_name_of(code ? NULL : rows[ROW_INSTANCE].row[0][INSTANCE_ID].s);
	return code == ERR_NOT_FOUND ? 0 : code; /* gone meanwhile */
}

/* The unknown become names; with rules.as_names the known ones do, too, before them. */
static int make_names(struct selection *selection, struct target *ret)
{
	struct arena *arena = selection->request->arena;
	uint64_t i, known = selection->rules->as_names ? ret->number_count : 0;

	ret->name_count = known + selection->name_count;
	ret->names = arena_alloc(arena, ret->name_count * sizeof(*ret->names));
	for (i = 0; i < known; i++)
		TRY(name_of_number(selection, ret->numbers[i], &ret->names[i]));
	if (known)
		ret->number_count = 0;
	if (selection->name_count)
		memcpy(ret->names + known, selection->names,
		       selection->name_count * sizeof(*ret->names));
	return 0;
}

static int make_target(struct selection *selection, struct target *ret)
{
	struct arena *arena = selection->request->arena;
	struct grouping grouping;
	size_t i;

	TRY(make_groups(selection, &grouping));
	ret->number_count = selection->count;
	ret->numbers = arena_alloc(arena, selection->count * sizeof(uint64_t));
	sort_by_group(selection, &grouping, ret);
	TRY(make_names(selection, ret));
	grouping.groups[grouping.count - 1].count += selection->name_count; /* the null group */
	ret->mappings = arena_array(arena, grouping.count, sizeof(*ret->mappings));
	ret->mapping_count = 0;
	for (i = 0; i < grouping.count; i++) {
		if (!grouping.groups[i].count)
			continue;
		ret->mappings[ret->mapping_count].deployment_id = grouping.groups[i].deployment_id;
		ret->mappings[ret->mapping_count++].count = grouping.groups[i].count;
	}
	return 0;
}

/* The ids of the body: already streamed out of it, or still in its tree. */
static int ids_of_body(struct request *request, const char *key, struct id_list *ids)
{
	const struct json *array = json_present(request->body, key), *member;

	if (!array)
		return 0;
	if (array->type != JSON_ARRAY)
		return ERR_INPUT;
	for (member = array->first; member; member = member->next) {
		const char *text;

		TRY(json_to_string(member, &text));
		id_list_add(ids, text, text ? strlen(text) : 0);
	}
	return 0;
}

static int select_all(struct selection *selection, const struct json *query, struct target *ret)
{
	struct request *request = selection->request;
	struct id_list ids;
	int code;

	id_list_init(&ids, request->arena);
	code = ids_of_body(request, selection->rules->ids_key, &ids);
	if (!code && query)
		code = select_query(selection, query);
	if (!code)
		code = select_ids(selection, &ids);
	if (!code && request->diverted)
		code = select_ids(selection, request->diverted);
	id_list_clear(&ids);
	if (code)
		return code;
	make_unique(selection);
	return make_target(selection, ret);
}

static int run_selection(struct request *request, const struct source *source,
			 const struct json *query, const struct selection_rules *rules,
			 struct target *ret)
{
	struct selection selection = {.request = request, .source = source, .rules = rules};
	int code;

	memset(ret, 0, sizeof(*ret));
	code = select_all(&selection, query, ret);
	free(selection.numbers);
	free(selection.names);
	return code;
}

int history_select_processes(struct request *request, const struct json *query,
			     const struct selection_rules *rules, struct target *ret)
{
	struct history *history = request->engine->history;
	const struct source source = {
		.columns = history->process_columns,
		.definitions = history->definitions,
		.definition_kind = &process_definition_kind,
		.id = ID_PROCESS_INSTANCE,
		.plan = process_query_plan,
		.resource = &process_instance_resource,
	};

	return run_selection(request, &source, query, rules, ret);
}

int history_select_decisions(struct request *request, const struct json *query,
			     const struct selection_rules *rules, struct target *ret)
{
	struct history *history = request->engine->history;
	const struct source source = {
		.columns = history->decision_columns,
		.definitions = history->decision_definitions,
		.definition_kind = &decision_definition_kind,
		.id = ID_DECISION_INSTANCE,
		.plan = decision_query_plan,
		.resource = &decision_instance_resource,
	};

	return run_selection(request, &source, query, rules, ret);
}
