#include "core/history/history.h"

#include <stdlib.h>
#include <string.h>

#include "core/history/child_totals.h"
#include "core/history/key_index.h"
#include "core/id.h"
#include "core/schema.h"
#include "storage/clock.h"
#include "storage/snapshot.h"
#include "storage/uuid.h"

bool history_takes_instances(const struct history *history)
{
	return archive_next(history->processes) == archive_visible(history->processes);
}

uint64_t history_hash(const struct history *history, const char *text)
{
	uint64_t hash = text ? hash64(store_tag(history->store), text, strlen(text)) : 0;

	return text && !hash ? 1 : hash;
}

static const struct archive_tables process_tables = {TABLE_PROCESS_SEGMENT, TABLE_PROCESS_DEAD,
						     TABLE_PROCESS_MARK};
static const struct archive_tables decision_tables = {TABLE_DECISION_SEGMENT, TABLE_DECISION_DEAD,
						      TABLE_DECISION_MARK};
static const struct archive_tables operation_tables = {TABLE_OPERATION_SEGMENT,
						       TABLE_OPERATION_DEAD, TABLE_OPERATION_MARK};

static int open_archives(struct history *history, struct store *store, struct arena *arena)
{
	TRY(archive_open(&history->processes, store, arena, "process", process_tables));
	TRY(archive_open(&history->decisions, store, arena, "decision", decision_tables));
	TRY(archive_open(&history->operations, store, arena, "operation", operation_tables));
	TRY(snapshot_drop_prepared(store));
	TRY(columns_open(&history->process_columns, store, history->processes, "process", arena));
	TRY(columns_open(&history->decision_columns, store, history->decisions, "decision", arena));
	TRY(columns_open(&history->operation_columns, store, history->operations, "operation",
			 arena));
	history->process_kin = kin_new(history->process_columns, KIN_MOST);
	history->decision_kin = kin_new(history->decision_columns, KIN_MOST);
	return 0;
}

static int open_dictionaries(struct history *history, struct store *store, struct arena *arena)
{
	TRY(dictionary_open(&history->definitions, store, arena, DICTIONARY_DEFINITION));
	TRY(dictionary_open(&history->decision_definitions, store, arena, DICTIONARY_DECISION));
	TRY(dictionary_open(&history->tenants, store, arena, DICTIONARY_TENANT));
	TRY(dictionary_open(&history->users, store, arena, DICTIONARY_USER));
	TRY(dictionary_open(&history->variables, store, arena, DICTIONARY_VARIABLE));
	TRY(dictionary_open(&history->shapes, store, arena, DICTIONARY_SHAPE));
	return deleted_definitions_open(&history->deleted_definitions, store, arena);
}

int history_open(struct history **ret, struct store *store, struct arena *arena)
{
	struct history *history = memory_alloc(sizeof(*history));

	memset(history, 0, sizeof(*history));
	history->loose_logs_due = TIME_NULL;
	history->store = store;
	pthread_mutex_init(&history->import_mutex, NULL);
	pthread_mutex_init(&history->purge_mutex, NULL);
	clock_condition_init(&history->purge_wake);
	history->activity_totals = activity_totals_new();
	history->child_totals = child_totals_new();
	history->key_index = key_index_new();
	*ret = history; /* a failed start ends the process: nothing is taken down */
	TRY(open_dictionaries(history, store, arena));
	return open_archives(history, store, arena);
}

void history_close(struct history *history)
{
	kin_free(history->process_kin);
	kin_free(history->decision_kin);
	columns_close(history->process_columns);
	columns_close(history->decision_columns);
	columns_close(history->operation_columns);
	archive_close(history->processes);
	archive_close(history->decisions);
	archive_close(history->operations);
	activity_totals_free(history->activity_totals);
	child_totals_free(history->child_totals);
	key_index_free(history->key_index);
	dictionary_close(history->definitions);
	dictionary_close(history->decision_definitions);
	dictionary_close(history->tenants);
	dictionary_close(history->users);
	dictionary_close(history->variables);
	dictionary_close(history->shapes);
	deleted_definitions_close(history->deleted_definitions);
	free(history);
}

static int find_visible(struct txn *txn, struct archive *archive, enum id_kind kind, const char *id,
			uint64_t *ret)
{
	struct id found;

	TRY(id_find(txn, id, &found));
	if (found.kind != kind || archive_hidden(archive, found.number))
		return ERR_NOT_FOUND;
	*ret = found.number;
	return 0;
}

int history_find_process(struct txn *txn, struct history *history, const char *id, uint64_t *ret)
{
	return find_visible(txn, history->processes, ID_PROCESS_INSTANCE, id, ret);
}

int history_find_standalone(struct txn *txn, struct history *history, const char *task_id,
			    uint64_t *ret)
{
	return find_visible(txn, history->processes, ID_STANDALONE_TASK,
			    history_standalone_id(txn->arena, task_id), ret);
}

int history_find_decision(struct txn *txn, struct history *history, const char *id, uint64_t *ret)
{
	return find_visible(txn, history->decisions, ID_DECISION_INSTANCE, id, ret);
}

static const char standalone_prefix[] = "task ";

const char *history_standalone_id(struct arena *arena, const char *task_id)
{
	return arena_printf(arena, "%s%s", standalone_prefix, task_id);
}

bool history_is_standalone(const union slot *instance)
{
	return texts_match(instance[INSTANCE_STATE].s, state_names[STATE_STANDALONE_TASK]);
}

void history_adopt(struct rows rows[ROW_MAX])
{
	const union slot *instance = rows[ROW_INSTANCE].row[0];
	size_t kind, i;

	if (history_is_standalone(instance))
		return;
	for (kind = ROW_INSTANCE + 1; kind < ROW_MAX; kind++) {
		int slot = common_slot((enum process_row)kind, COMMON_INSTANCE_ID);

		for (i = 0; slot >= 0 && i < rows[kind].count; i++)
			if (!rows[kind].row[i][slot].s)
				rows[kind].row[i][slot].s = instance[INSTANCE_ID].s;
	}
}

int history_read_process(struct txn *txn, struct history *history, uint64_t number, uint64_t want,
			 struct rows rows[ROW_MAX])
{
	struct bytes record;

	TRY(archive_read(txn, history->processes, number, &record));
	return history_unpack_process(txn->arena, history, number, record, want, rows);
}

int history_unpack_process(struct arena *arena, struct history *history, uint64_t number,
			   struct bytes record, uint64_t want, struct rows rows[ROW_MAX])
{
	TRY(record_decode(arena, record.data, record.size, process_kinds, ROW_MAX,
			  want | 1u << ROW_INSTANCE, rows));
	if (rows[ROW_INSTANCE].count != 1)
		return ERR_CORRUPT;
	history_adopt(rows);
	history_lay_over(history, number, rows);
	return 0;
}

/* Sets the removal time of ROW, and of the rows in it. */
static void set_removal_time(const struct kind *kind, union slot *row, int64_t time)
{
	int slot = kind_field(kind, "removalTime");
	size_t i, k;

	if (slot >= 0)
		row[slot].i = time;
	for (i = 0; i < kind->count; i++) {
		const struct rows *inner = kind->fields[i].type == FIELD_ROWS ? row[i].r : NULL;

		for (k = 0; inner && k < inner->count; k++)
			set_removal_time(kind->fields[i].of, inner->row[k], time);
	}
}

/* Name and version are the definition's: they go with it. */
static void forget_definition(const struct history *history, union slot *instance)
{
	if (!deleted_definitions_have(history->deleted_definitions,
				      instance[INSTANCE_DEFINITION_ID].s))
		return;
	instance[INSTANCE_DEFINITION_NAME].s = NULL;
	instance[INSTANCE_DEFINITION_VERSION].i = INT_NULL;
}

const char *history_part(const struct history *history, struct dictionary *dictionary,
			 struct arena *arena, uint32_t number, unsigned index)
{
	if (dictionary == history->definitions && index >= DEFINITION_PART_NAME &&
	    deleted_definitions_have(history->deleted_definitions,
				     dictionary_part(dictionary, arena, number, 0)))
		return "";
	return dictionary_part(dictionary, arena, number, index);
}

void history_lay_over(const struct history *history, uint64_t number, struct rows rows[ROW_MAX])
{
	forget_definition(history, rows[ROW_INSTANCE].row[0]);
	history_lay_removal_time(history, number, rows);
}

void history_lay_removal_time(const struct history *history, uint64_t number,
			      struct rows rows[ROW_MAX])
{
	size_t kind, i;
	int64_t time;

	if (!columns_removal_time(history->process_columns, number, &time))
		return;
	for (kind = 0; kind < ROW_MAX; kind++)
		for (i = 0; i < rows[kind].count; i++)
			set_removal_time(process_kinds[kind], rows[kind].row[i], time);
}

int history_read_row(struct txn *txn, const struct columns *columns, uint64_t number,
		     const struct kind *kind, union slot **ret)
{
	struct bytes record;

	TRY(archive_read(txn, columns_archive(columns), number, &record));
	return history_unpack_row(txn->arena, columns, number, record, kind, ret);
}

int history_unpack_row(struct arena *arena, const struct columns *columns, uint64_t number,
		       struct bytes record, const struct kind *kind, union slot **ret)
{
	int64_t time;

	TRY(row_decode(arena, record.data, record.size, kind, ret));
	if (columns_removal_time(columns, number, &time))
		set_removal_time(kind, *ret, time);
	return 0;
}
