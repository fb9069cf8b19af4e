/*
 * What process-set-removal-time and decision-set-removal-time do (semantics.md 2.3, 2.4).
 *
 * New values are found from the columns: of the items themselves, or, hierarchically, of their
 * roots and then of everything that has one of these roots. Records and summaries stay as they
 * are: the values lie over what they say. All is computed, and may fail, before anything is
 * written.
 */
#include <stdlib.h>
#include <string.h>

#include "core/request/api_error.h"
#include "core/batch/table_counts.h"
#include "core/batch/types.h"
#include "core/history/hash_map.h"
#include "core/history/history.h"
#include "core/history/removal_time.h"
#include "core/job/batch.h"
#include "core/process/definition.h"
#include "storage/uuid.h"

enum { DAYS_NO_DEFINITION = -3 };

/* What differs between the two kinds of instances. */
struct subject {
	struct columns *columns;
	struct kin *kin;
	struct dictionary *definitions;
	const struct kind *definition_kind;
	const char *noun; /* of messages */
};

/* Numbers and what becomes of them. */
struct times {
	uint64_t *numbers; /* malloced, as are the times */
	int64_t *values;
	size_t count, room;
};

struct update {
	struct batch_run *run;
	struct history *history;
	const struct subject *subject;
	struct removal_time wanted;
	int64_t *days; /* time to live by dictionary number; malloced */
	uint32_t definition_count;
	struct times times;
	struct hash_map roots;
};

static void add_time(struct times *times, uint64_t number, int64_t value)
{
	if (times->count == times->room) {
		times->room = times->room * 2 + 256;
		times->numbers = memory_resize(times->numbers, times->room * sizeof(uint64_t));
		times->values = memory_resize(times->values, times->room * sizeof(int64_t));
	}
	times->numbers[times->count] = number;
	times->values[times->count++] = value;
}

static void times_clear(struct times *times)
{
	free(times->numbers);
	free(times->values);
	memset(times, 0, sizeof(*times));
}

static int read_days(struct update *update, uint32_t definition, int64_t *ret)
{
	struct txn *txn = update->run->txn;
	const struct subject *subject = update->subject;
	struct arena_mark mark = arena_mark(txn->arena);
	const char *id = dictionary_part(subject->definitions, txn->arena, definition, 0);
	union slot *row;
	int code = id ? definition_get(txn, subject->definition_kind, id, &row) : ERR_NOT_FOUND;

	*ret = DAYS_NO_DEFINITION;
	if (!code)
		*ret = row[DEFINITION_TIME_TO_LIVE].i == INT_NULL ? SETTING_NULL
								  : row[DEFINITION_TIME_TO_LIVE].i;
	arena_rewind(txn->arena, mark);
	return code == ERR_NOT_FOUND ? 0 : code;
}

/* Times to live of all definitions that have instances, so that none is looked up twice. */
static int read_all_days(struct update *update)
{
	uint32_t number;

	update->definition_count = dictionary_count(update->subject->definitions) + 1;
	update->days = memory_alloc(update->definition_count * sizeof(int64_t));
	update->days[0] = SETTING_NULL;
	for (number = 1; number < update->definition_count; number++)
		TRY(read_days(update, number, &update->days[number]));
	return 0;
}

/* What has not ended has no removal time by its end, whatever its definition says. */
static bool needs_definition(const struct update *update, const struct summary *summary)
{
	int strategy = update->run->engine->config->history_removal_time_strategy;

	return update->wanted.mode == REMOVAL_TIME_CALCULATED && strategy != REMOVAL_TIME_NONE &&
	       (strategy != REMOVAL_TIME_END || summary->end_time != TIME_NULL);
}

/* The new value for one with that summary; fails when its definition is wanted and gone. */
static int calculate(struct update *update, const struct summary *summary, int64_t *ret)
{
	struct batch_run *run = update->run;
	uint32_t definition = summary->definition;
	int64_t days = SETTING_NULL;

	if (needs_definition(update, summary))
		days = definition < update->definition_count ? update->days[definition]
							     : DAYS_NO_DEFINITION;
	if (days == DAYS_NO_DEFINITION)
		return err_set(&run->error, run->txn->arena, ERR_NO_DEFINITION,
			       "no deployed %s definition found with id '%s': %sDefinition is null",
			       update->subject->noun,
			       dictionary_part(update->subject->definitions, run->txn->arena,
					       definition, 0),
			       update->subject->noun);
	*ret = removal_time_value(&update->wanted, run->engine->config, summary->start_time,
				  summary->end_time, days);
	return 0;
}

/* The summary of a visible row. False when it is gone. */
static bool visible_summary(const struct update *update, uint64_t number, struct summary *ret)
{
	struct columns *columns = update->subject->columns;
	struct archive *archive = columns_archive(columns);

	if (number == UINT64_MAX || archive_hidden(archive, number))
		return false;
	archive_lock_shared(archive);
	columns_row(columns, number, ret);
	archive_unlock(archive);
	return true;
}

/* A root that is an item itself tells its value at once. */
static int take_root_item(struct update *update, uint64_t number, const struct summary *summary)
{
	size_t at = hash_map_at(&update->roots, summary->root);

	TRY(calculate(update, summary, &update->roots.values[at]));
	update->roots.found[at] = 1;
	add_time(&update->times, number, update->roots.values[at]);
	return 0;
}

/* Each item by itself, or its root for later. */
static int take_items(struct update *update)
{
	struct batch_run *run = update->run;
	struct summary summary;
	int64_t value;
	uint64_t i;

	for (i = 0; i < run->items.count; i++) {
		run->failed_item = i;
		if (!visible_summary(update, run->items.numbers[i], &summary))
			continue;
		if (update->wanted.hierarchical && summary.root) {
			size_t at = hash_map_at(&update->roots, summary.root);

			if (!update->roots.hashes[at])
				hash_map_put(&update->roots, summary.root, update->wanted.time);
			if (summary.flags & SUMMARY_ROOT)
				TRY(take_root_item(update, run->items.numbers[i], &summary));
			continue;
		}
		TRY(calculate(update, &summary, &value));
		add_time(&update->times, run->items.numbers[i], value);
	}
	return 0;
}

static int take_root(struct update *update, uint64_t number, size_t at,
		     const struct summary *summary)
{
	if (update->roots.found[at])
		return 0; /* an item */
	update->roots.found[at] = 1;
	TRY(calculate(update, summary, &update->roots.values[at]));
	add_time(&update->times, number, update->roots.values[at]);
	return 0;
}

/* Lock shared. The visible roots of a segment that are wanted. */
static int take_roots_of_segment(struct update *update, uint32_t segment, uint32_t count)
{
	struct columns *columns = update->subject->columns;
	const struct column_set *set = columns_set(columns, segment);
	const uint8_t *dead = archive_dead_bits(columns_archive(columns), segment);
	const struct hash_map *roots = &update->roots;
	struct summary summary;
	uint32_t row;

	for (row = 0; row < count; row++) {
		uint64_t number = (uint64_t)segment * ARCHIVE_SEGMENT + row;
		size_t at;

		if (!(set->flags[row] & SUMMARY_ROOT) || !set->root[row])
			continue;
		at = hash_map_at(roots, set->root[row]);
		if (!roots->hashes[at] || dead[row / 8] >> row % 8 & 1)
			continue;
		columns_row(columns, number, &summary);
		TRY(take_root(update, number, at, &summary));
	}
	return 0;
}

/* Those that are no items. */
static int take_other_roots(struct update *update)
{
	struct archive *archive = columns_archive(update->subject->columns);
	uint64_t first, end = archive_visible(archive);
	int code = 0;

	archive_lock_shared(archive);
	for (first = 0; first < end && !code; first += ARCHIVE_SEGMENT) {
		uint32_t segment = (uint32_t)(first / ARCHIVE_SEGMENT);
		uint64_t count = end - first < ARCHIVE_SEGMENT ? end - first : ARCHIVE_SEGMENT;

		if (!archive_gone(archive, segment))
			code = take_roots_of_segment(update, segment, (uint32_t)count);
	}
	archive_unlock(archive);
	return code;
}

static void add_kin(struct update *update, struct kin *kin)
{
	const struct hash_map *roots = &update->roots;
	uint64_t number;
	size_t at;

	for (at = 0; at <= roots->mask; at++) {
		struct kin_walk walk;

		if (!roots->hashes[at])
			continue;
		walk = kin_of(kin, roots->hashes[at]);
		while (kin_next(&walk, &number))
			add_time(&update->times, number, roots->values[at]);
	}
}

/* One job, which anybody may run, looks for itself; the executor's look is good for many runs. */
static int take_kin(struct update *update)
{
	struct batch_run *run = update->run;
	struct kin *kin = update->subject->kin;
	struct target_items ahead = {0};
	uint64_t left = run->item_count - run->next_item, most;

	if (run->single) {
		kin = kin_new(update->subject->columns, KIN_MOST);
		kin_know(kin, &update->roots, NULL, 0);
		add_kin(update, kin);
		kin_free(kin);
		return 0;
	}
	most = kin_ahead(kin, &update->roots);
	if (left && most)
		TRY(target_get(run->txn, (uint64_t)run->batch->number, run->next_item,
			       left < most ? left : most, &ahead));
	kin_know(kin, &update->roots, ahead.numbers, ahead.count);
	add_kin(update, kin);
	return 0;
}

/* The first item whose root is HASH: its job is to blame. */
static void blame_root(struct update *update, uint64_t hash)
{
	struct batch_run *run = update->run;
	struct summary summary;

	for (run->failed_item = 0; run->failed_item + 1 < run->items.count; run->failed_item++)
		if (visible_summary(update, run->items.numbers[run->failed_item], &summary) &&
		    summary.root == hash)
			break;
}

/* Whether roots are not among the items; the place of one of them. */
static bool misses_roots(const struct update *update, size_t *ret)
{
	for (*ret = 0; *ret <= update->roots.mask; (*ret)++)
		if (update->roots.hashes[*ret] && !update->roots.found[*ret])
			return true;
	return false;
}

/* Roots tell the value of all that have them. */
static int take_roots(struct update *update)
{
	struct batch_run *run = update->run;
	size_t at;

	if (!update->roots.count)
		return 0;
	run->failed_item = 0;
	if (misses_roots(update, &at))
		TRY(take_other_roots(update));
	if (update->wanted.mode == REMOVAL_TIME_CALCULATED && misses_roots(update, &at)) {
		blame_root(update, update->roots.hashes[at]);
		return err_set(&run->error, run->txn->arena, ERR_NULL_POINTER,
			       "the root instance is gone: its removal time cannot be "
			       "calculated");
	}
	return take_kin(update);
}

struct numbered {
	uint64_t number;
	int64_t value;
};

static int compare_pairs(const void *left, const void *right)
{
	const struct numbered *a = left, *b = right;

	return (a->number > b->number) - (a->number < b->number);
}

/* Items come in ascending runs, one for each deployment; now all ascend, each once. */
static void sort_times(struct times *times)
{
	struct numbered *pairs;
	size_t i, kept = 0;

	for (i = 1; i < times->count; i++)
		if (times->numbers[i] <= times->numbers[i - 1])
			break;
	if (i >= times->count)
		return;
	pairs = memory_alloc(times->count * sizeof(*pairs));
	for (i = 0; i < times->count; i++)
		pairs[i] = (struct numbered){times->numbers[i], times->values[i]};
	qsort(pairs, times->count, sizeof(*pairs), compare_pairs);
	for (i = 0; i < times->count; i++) {
		if (kept && times->numbers[kept - 1] == pairs[i].number)
			continue;
		times->numbers[kept] = pairs[i].number;
		times->values[kept++] = pairs[i].value;
	}
	times->count = kept;
	free(pairs);
}

static int put_times(struct txn *txn, struct columns *columns, struct times *times)
{
	sort_times(times);
	return removal_times_write(txn, columns, times->numbers, times->values, times->count);
}

/* The hash by which columns know the process instance NUMBER. */
static int hash_of_instance(struct update *update, uint64_t number, uint64_t *ret)
{
	struct history *history = update->history;
	struct rows rows[ROW_MAX];
	struct arena_mark mark;
	char text[UUID_TEXT + 1];
	struct summary summary;
	struct txn *txn = update->run->txn;

	*ret = 0;
	if (!visible_summary(update, number, &summary))
		return 0;
	if (!(summary.flags & SUMMARY_TEXT_ID)) {
		uuid_format(summary.key, text);
		*ret = history_hash(history, text);
		return 0;
	}
	mark = arena_mark(txn->arena);
	TRY(history_read_process(txn, history, number, 0, rows));
	*ret = history_hash(history, rows[ROW_INSTANCE].row[0][INSTANCE_ID].s);
	arena_rewind(txn->arena, mark);
	return 0;
}

/*
 * Where the value of a row comes from that has a record of its own and outlives its instance: an
 * index of the times, or, hierarchically, behind them all a place of the roots. -1: from nowhere.
 */
static int64_t source_of(const struct update *update, const struct hash_map *instances,
			 const struct column_set *set, uint32_t row)
{
	uint64_t instance = set->business_key[row], root = set->super[row];
	size_t at;

	if (instance) {
		at = hash_map_at(instances, instance);
		if (instances->hashes[at])
			return instances->values[at];
	}
	if (!update->wanted.hierarchical || !root)
		return -1;
	at = hash_map_at(&update->roots, root);
	return update->roots.hashes[at] ? (int64_t)(update->times.count + at) : -1;
}

static int64_t value_at(const struct update *update, int64_t source)
{
	size_t at = (size_t)source, count = update->times.count;

	return at < count ? update->times.values[at] : update->roots.values[at - count];
}

/* What belongs to the instances: *RET has each one's number and source. */
static void find_outliving(const struct update *update, const struct hash_map *instances,
			   struct columns *columns, struct times *ret)
{
	struct archive *archive = columns_archive(columns);
	uint64_t number, end = archive_visible(archive);

	archive_lock_shared(archive);
	for (number = 0; number < end; number++) {
		uint32_t segment = (uint32_t)(number / ARCHIVE_SEGMENT);
		uint32_t row = (uint32_t)(number % ARCHIVE_SEGMENT);
		int64_t source;

		/* of a segment that is gone there are no columns */
		if (archive_dead_bits(archive, segment)[row / 8] >> row % 8 & 1)
			continue;
		source = source_of(update, instances, columns_set(columns, segment), row);
		if (source >= 0)
			add_time(ret, number, source);
	}
	archive_unlock(archive);
}

/* Which of the process instances' times, by index, an id's hash stands for. */
static int index_times(struct update *update, struct hash_map *ret)
{
	size_t i;

	hash_map_init(ret, update->times.count);
	for (i = 0; i < update->times.count; i++) {
		uint64_t hash;

		TRY(hash_of_instance(update, update->times.numbers[i], &hash));
		if (hash)
			hash_map_put(ret, hash, (int64_t)i);
	}
	return 0;
}

static int put_outliving(struct update *update, const struct hash_map *instances,
			 struct columns *columns)
{
	struct times times = {NULL, NULL, 0, 0};
	size_t i;
	int code;

	find_outliving(update, instances, columns, &times);
	for (i = 0; i < times.count; i++)
		times.values[i] = value_at(update, times.values[i]);
	code = put_times(update->run->txn, columns, &times);
	times_clear(&times);
	return code;
}

static bool has_outliving(const struct history *history)
{
	return archive_visible(history->decisions) || archive_visible(history->operations);
}

/* Decisions and user operations of the process instances take their values. */
static int follow_instances(struct update *update)
{
	struct history *history = update->history;
	struct hash_map instances;
	int code;

	if (!has_outliving(history))
		return 0;
	code = index_times(update, &instances);
	if (!code)
		code = put_outliving(update, &instances, history->decision_columns);
	if (!code)
		code = put_outliving(update, &instances, history->operation_columns);
	hash_map_clear(&instances);
	return code;
}

/* Whether the number's value comes from its root, and where that is in the table. */
static bool at_root(struct update *update, uint64_t number, size_t *ret)
{
	struct summary summary;

	if (!update->wanted.hierarchical || !visible_summary(update, number, &summary) ||
	    !summary.root)
		return false;
	*ret = hash_map_at(&update->roots, summary.root);
	return true;
}

/* What is changed for an instance: all that has its root counts together. */
struct counting {
	struct update *update;
	size_t *places;              /* in `counts`, by index of the times */
	struct table_counts *counts; /* by place of the root, then by item without one */
};

static int count_processes(struct counting *counting)
{
	struct update *update = counting->update;
	const struct times *times = &update->times;
	size_t i, alone = update->roots.mask + 1;

	for (i = 0; i < times->count; i++) {
		if (!at_root(update, times->numbers[i], &counting->places[i]))
			counting->places[i] = alone++;
		TRY(table_counts_add_process(update->run->txn, update->history, times->numbers[i],
					     times->values[i],
					     &counting->counts[counting->places[i]]));
	}
	return 0;
}

static int count_outliving(struct counting *counting, const struct hash_map *instances,
			   struct columns *columns,
			   int (*add)(struct txn *txn, struct history *history, uint64_t number,
				      int64_t value, struct table_counts *counts))
{
	struct update *update = counting->update;
	struct times found = {NULL, NULL, 0, 0};
	size_t i;
	int code = 0;

	find_outliving(update, instances, columns, &found);
	for (i = 0; i < found.count && !code; i++) {
		size_t at = (size_t)found.values[i];
		size_t place =
			at < update->times.count ? counting->places[at] : at - update->times.count;

		code = add(update->run->txn, update->history, found.numbers[i],
			   value_at(update, found.values[i]), &counting->counts[place]);
	}
	times_clear(&found);
	return code;
}

static int count_changes(struct counting *counting)
{
	struct history *history = counting->update->history;
	struct hash_map instances;
	int code;

	TRY(count_processes(counting));
	if (!has_outliving(history))
		return 0;
	code = index_times(counting->update, &instances);
	if (!code)
		code = count_outliving(counting, &instances, history->decision_columns,
				       table_counts_add_decision);
	if (!code)
		code = count_outliving(counting, &instances, history->operation_columns,
				       table_counts_add_operation);
	hash_map_clear(&instances);
	return code;
}

/*
 * How often each item's job runs, when a run updates CHUNK rows of each table at most. The values
 * of items without a root stand in the order of the items; of those with one root the first does
 * all, and leaves nothing to the others.
 */
static int count_rounds(struct update *update, uint32_t chunk)
{
	struct batch_run *run = update->run;
	struct arena *arena = run->txn->arena;
	const struct times *times = &update->times;
	uint32_t *rounds = arena_array(arena, run->items.count, sizeof(*rounds));
	struct counting counting = {update, arena_array(arena, times->count + 1, sizeof(size_t)),
				    NULL};
	size_t i, at, next = 0;

	counting.counts = arena_array(arena, update->roots.mask + 1 + run->items.count,
				      sizeof(*counting.counts));
	TRY(count_changes(&counting));
	for (i = 0; i < run->items.count; i++) {
		static const struct table_counts none;
		const struct table_counts *counts = &none;
		uint64_t number = run->items.numbers[i];
		bool follows = at_root(update, number, &at);

		if (next < times->count && times->numbers[next] == number)
			counts = &counting.counts[counting.places[next++]];
		if (follows)
			counts = &counting.counts[at];
		rounds[i] = table_counts_runs(counts, chunk);
		if (follows)
			memset(&counting.counts[at], 0, sizeof(*counts));
	}
	run->rounds = rounds;
	return 0;
}

static int set_times(struct update *update)
{
	const struct json *node = json_member(update->run->configuration, BATCH_IN_ROUNDS);
	int64_t chunk = 0;

	struct history *history = update->history;

	TRY(removal_time_read(update->run->configuration, &update->wanted));
	TRY(read_all_days(update));
	TRY(take_items(update));
	TRY(take_roots(update));
	if (node)
		TRY(json_to_int(node, 0, true, &chunk));
	if (chunk > 0)
		TRY(count_rounds(update, (uint32_t)chunk));
	TRY(put_times(update->run->txn, update->subject->columns, &update->times));
	return update->subject->columns == history->process_columns ? follow_instances(update) : 0;
}

static int execute(struct batch_run *run, const struct subject *subject)
{
	struct update update = {.run = run, .history = run->engine->history, .subject = subject};
	int code;

	hash_map_init(&update.roots, run->items.count);
	code = set_times(&update);
	hash_map_clear(&update.roots);
	times_clear(&update.times);
	free(update.days);
	return code;
}

int history_removal_time_execute(struct batch_run *run)
{
	const struct subject subject = {
		run->engine->history->process_columns,
		run->engine->history->process_kin,
		run->engine->history->definitions,
		&process_definition_kind,
		"process",
	};

	return execute(run, &subject);
}

int history_decision_removal_time_execute(struct batch_run *run)
{
	const struct subject subject = {
		run->engine->history->decision_columns,
		run->engine->history->decision_kin,
		run->engine->history->decision_definitions,
		&decision_definition_kind,
		"decision",
	};

	return execute(run, &subject);
}
