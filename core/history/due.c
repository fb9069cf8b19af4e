#include "core/history/due.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/history/history.h"
#include "core/history/scan.h"
#include "core/json/date.h"
#include "core/process/definition.h"
#include "storage/uuid.h"

enum {
	HOUR_MINUTES = 60,
	MINUTE_MS = 60 * 1000,
	DAY_MS = 24 * HOUR_MINUTES * MINUTE_MS,
	DAYS_KEPT = 4096,      /* whose zone is remembered */
	FILTER_BITS = 1 << 20, /* of the roots that rows ahead are compared with first */
};

/* Minutes of the hour; by day how far the zone is off, in minutes of the hour. */
struct due_minutes {
	int from, to;
	int64_t day[DAYS_KEPT];
	int8_t offset[DAYS_KEPT]; /* -1: it changes within the day */
};

static int local_minute(int64_t time)
{
	time_t seconds = (time_t)(time / 1000 - (time % 1000 < 0));
	struct tm local;

	return localtime_r(&seconds, &local) ? local.tm_min : 0;
}

static int8_t offset_of_day(int64_t day)
{
	int begin = local_minute(day * DAY_MS), end = local_minute((day + 1) * DAY_MS - MINUTE_MS);

	return (int8_t)(begin == (end + 1) % HOUR_MINUTES ? begin : -1);
}

/* Many rows are asked for, and the zone is slow to ask. */
static bool in_minutes(struct due_minutes *minutes, int64_t time)
{
	int64_t day = time / DAY_MS - (time % DAY_MS < 0);
	size_t at = (size_t)day % DAYS_KEPT;
	int minute;

	if (minutes->day[at] != day) {
		minutes->day[at] = day;
		minutes->offset[at] = offset_of_day(day);
	}
	if (minutes->offset[at] < 0)
		minute = local_minute(time);
	else
		minute = (int)((time - day * DAY_MS) / MINUTE_MS + minutes->offset[at]) %
			 HOUR_MINUTES;
	return minute >= minutes->from && minute <= minutes->to;
}

static struct due_minutes *make_minutes(struct arena *arena, int from, int to)
{
	struct due_minutes *minutes;
	size_t i;

	if (from == 0 && to == HOUR_MINUTES - 1)
		return NULL;
	minutes = arena_alloc(arena, sizeof(*minutes));
	minutes->from = from;
	minutes->to = to;
	for (i = 0; i < DAYS_KEPT; i++)
		minutes->day[i] = INT64_MIN;
	return minutes;
}

/* When the calendar day began that is DAYS behind the one of NOW. */
static int64_t begin_of_day(int64_t now, int64_t days)
{
	struct date_fields fields;

	date_split(now, &fields);
	fields.day += days;
	fields.hour = fields.minute = fields.second = fields.millisecond = 0;
	return date_join(&fields);
}

int64_t due_limit(int64_t now, int64_t days)
{
	if (days == SETTING_NULL)
		return INT64_MIN;
	return days ? begin_of_day(now, 1 - days) : now + 1;
}

static int read_days(struct txn *txn, struct dictionary *dictionary, const struct kind *kind,
		     uint32_t number, int64_t *ret)
{
	const char *id = number ? dictionary_part(dictionary, txn->arena, number, 0) : NULL;
	union slot *row;
	int code = id ? definition_get(txn, kind, id, &row) : ERR_NOT_FOUND;

	*ret = SETTING_NULL;
	if (!code && row[DEFINITION_TIME_TO_LIVE].i != INT_NULL)
		*ret = row[DEFINITION_TIME_TO_LIVE].i;
	return code == ERR_NOT_FOUND ? 0 : code;
}

static int make_limits(struct txn *txn, struct dictionary *dictionary, const struct kind *kind,
		       struct due_rule *rule)
{
	static const uint8_t hash_key[16] = "times to live";
	uint32_t number, count = dictionary_count(dictionary) + 1;
	int64_t *limits = arena_array(txn->arena, count, sizeof(*limits));
	uint8_t *immediate = arena_array(txn->arena, count, 1);
	int64_t today = begin_of_day(rule->now, 0), days;

	for (number = 0; number < count; number++) {
		TRY(read_days(txn, dictionary, kind, number, &days));
		immediate[number] = days == 0;
		limits[number] = immediate[number] ? today : due_limit(rule->now, days);
	}
	rule->key = hash64(hash_key, limits, count * sizeof(*limits)) ^
		    hash64(hash_key, immediate, count) << 1;
	for (number = 0; number < count; number++)
		if (immediate[number])
			limits[number] = due_limit(rule->now, 0);
	rule->limits = limits;
	rule->immediate = immediate;
	rule->definitions = count;
	return 0;
}

int due_rule_make(struct txn *txn, struct engine *engine, enum due_subject subject, int64_t now,
		  int from, int to, struct due_rule *ret)
{
	struct history *h = engine->history;
	const struct {
		struct columns *columns;
		struct dictionary *definitions;
		const struct kind *kind;
	} subjects[DUE_SUBJECT_MAX] = {
		[DUE_PROCESSES] = {h->process_columns,   h->definitions,          &process_definition_kind},
		[DUE_DECISIONS] = {h->decision_columns,  h->decision_definitions,
				   &decision_definition_kind                                              },
		[DUE_OPERATIONS] = {h->operation_columns, NULL,                    NULL                    },
	};

	memset(ret, 0, sizeof(*ret));
	ret->columns = subjects[subject].columns;
	ret->now = now;
	ret->minutes = make_minutes(txn->arena, from, to);
	if (engine->config->history_cleanup_strategy == CLEANUP_REMOVAL_TIME_BASED)
		return 0;
	ret->never = !subjects[subject].definitions;
	return ret->never ? 0
			  : make_limits(txn, subjects[subject].definitions, subjects[subject].kind,
					ret);
}

/* A segment looked at. */
struct look {
	const struct column_set *set;
	uint32_t segment;
	uint32_t count;                 /* rows that are visible */
	uint8_t alive[ARCHIVE_SEGMENT]; /* a byte a row */
	uint8_t due[ARCHIVE_SEGMENT];
};

/* Lock shared. Whether something in the segment may be due. */
static bool may_be_due(const struct due_rule *rule, const struct column_set *set)
{
	if (!rule->limits)
		return set->bounds[BOUND_REMOVAL_TIME].low <= rule->now;
	return set->idle_key != rule->key || set->idle_changes != set->changes ||
	       set->idle_until <= rule->now;
}

static void look_by_end(const struct due_rule *rule, struct look *look)
{
	const struct column_set *set = look->set;
	uint32_t row;

	for (row = 0; row < look->count; row++)
		look->due[row] = set->end_time[row] != TIME_NULL &&
				 set->definition[row] < rule->definitions &&
				 set->end_time[row] < rule->limits[set->definition[row]];
}

/* Lock shared. Fills LOOK; false when nothing in it is due. */
static bool look_at(const struct due_rule *rule, uint32_t segment, uint32_t count,
		    struct look *look)
{
	const int64_t *times;
	uint32_t row;

	look->set = columns_set(rule->columns, segment);
	look->segment = segment;
	look->count = count;
	scan_alive(archive_dead_bits(columns_archive(rule->columns), segment), count, look->alive);
	times = rule->limits ? look->set->end_time : look->set->removal_time;
	if (rule->limits)
		look_by_end(rule, look);
	else
		scan_range(times, count, TIME_NULL + 1, rule->now, look->due);
	mask_and(look->due, look->alive, count);
	for (row = 0; rule->minutes && (row = mask_next(look->due, row, count)) < count; row++)
		look->due[row] = in_minutes(rule->minutes, times[row]);
	return mask_any(look->due, count);
}

/* What a segment remembers once the transaction has committed. */
struct memory {
	struct columns *columns;
	uint32_t segment;
	bool by_end;
	uint64_t key;
	int64_t time;
};

static void apply_memory(void *arg)
{
	const struct memory *memory = arg;

	if (memory->by_end)
		columns_note_idle(memory->columns, memory->segment, memory->key, memory->time);
	else
		columns_note_least(memory->columns, memory->segment, memory->time);
}

/* Until when what is left of the segment is not due by its end. */
static int64_t idle_until(const struct due_rule *rule, const struct look *look)
{
	int64_t until = INT64_MAX;
	uint32_t row;

	for (row = 0; row < look->count; row++) {
		int64_t end = look->set->end_time[row];

		if (look->alive[row] && end != TIME_NULL && end > rule->now && end < until &&
		    look->set->definition[row] < rule->definitions &&
		    rule->immediate[look->set->definition[row]])
			until = end;
	}
	return until;
}

/* All that is due in the segment goes: the rest tells when to look again. */
static void remember(struct txn *txn, const struct due_rule *rule, struct look *look)
{
	struct memory memory = {rule->columns, look->segment, rule->limits != NULL, rule->key, 0};

	mask_not(look->due, look->count);
	mask_and(look->alive, look->due, look->count);
	if (look->count < look->set->count)
		return; /* the rest of it is on its way in */
	if (memory.by_end && rule->minutes)
		return; /* other minutes may be due */
	memory.time = memory.by_end ? idle_until(rule, look)
				    : scan_least(look->set->removal_time, look->alive, look->count);
	txn_on_commit(txn, apply_memory, arena_copy(txn->arena, &memory, sizeof(memory)));
}

static void add(struct due *due, uint64_t number)
{
	if (due->count == due->room) {
		due->room = due->room * 2 + 1024;
		due->numbers = memory_resize(due->numbers, due->room * sizeof(uint64_t));
	}
	due->numbers[due->count++] = number;
}

/* Roots of what is taken: a filter before a table of hashes, 0 = free. */
struct roots {
	uint64_t *filter, *hashes;
	size_t mask;
};

static bool roots_have(const struct roots *roots, uint64_t hash)
{
	size_t bit = hash % FILTER_BITS, at = hash >> 20 & roots->mask;

	if (!(roots->filter[bit / 64] >> bit % 64 & 1))
		return false;
	while (roots->hashes[at] && roots->hashes[at] != hash)
		at = (at + 1) & roots->mask;
	return roots->hashes[at] != 0;
}

static void roots_add(struct roots *roots, uint64_t hash)
{
	size_t bit = hash % FILTER_BITS, at = hash >> 20 & roots->mask;

	roots->filter[bit / 64] |= (uint64_t)1 << bit % 64;
	while (roots->hashes[at] && roots->hashes[at] != hash)
		at = (at + 1) & roots->mask;
	roots->hashes[at] = hash;
}

static struct roots roots_of(const struct due_rule *rule, const struct due *due)
{
	size_t size = 64, i;
	struct roots roots;

	while (size < due->count * 2)
		size *= 2;
	roots.mask = size - 1;
	roots.hashes = memory_alloc(size * sizeof(uint64_t));
	memset(roots.hashes, 0, size * sizeof(uint64_t));
	roots.filter = memory_alloc(FILTER_BITS / 8);
	memset(roots.filter, 0, FILTER_BITS / 8);
	for (i = 0; i < due->count; i++) {
		const struct column_set *set =
			columns_set(rule->columns, (uint32_t)(due->numbers[i] / ARCHIVE_SEGMENT));
		uint64_t root = set->root[due->numbers[i] % ARCHIVE_SEGMENT];

		if (root)
			roots_add(&roots, root);
	}
	return roots;
}

/* A search under way; lock shared. */
struct search {
	struct txn *txn;
	const struct due_rule *rule;
	size_t most;
	struct due *due;
	struct look look;
	bool kin; /* a row with another root than itself was passed: roots must be compared */
};

static uint32_t count_visible(const struct due_rule *rule, uint32_t segment)
{
	uint64_t first = (uint64_t)segment * ARCHIVE_SEGMENT;
	uint64_t end = archive_visible(columns_archive(rule->columns));

	if (segment >= columns_count(rule->columns) || end <= first)
		return 0;
	return end - first < ARCHIVE_SEGMENT ? (uint32_t)(end - first) : ARCHIVE_SEGMENT;
}

/* Looks at the segments from *SEGMENT on, up to the next with something due. False: none. */
static bool next_look(struct search *search, uint32_t *segment)
{
	const struct due_rule *rule = search->rule;
	uint32_t count;

	for (; (count = count_visible(rule, *segment)); (*segment)++) {
		const struct column_set *set = columns_set(rule->columns, *segment);

		if (archive_gone(columns_archive(rule->columns), *segment) ||
		    !may_be_due(rule, set))
			continue;
		search->kin |= set->bounds[BOUND_KIN].high;
		if (look_at(rule, *segment, count, &search->look))
			return true;
		remember(search->txn, rule, &search->look);
	}
	return false;
}

/* Takes what is due in the segment, up to MOST in all. *RET_ROW: where it stopped. */
static bool take_all(struct search *search, uint32_t *ret_row)
{
	uint32_t row, count = search->look.count;
	uint64_t first = (uint64_t)search->look.segment * ARCHIVE_SEGMENT;

	for (row = 0; (row = mask_next(search->look.due, row, count)) < count; row++) {
		if (search->due->count >= search->most) {
			*ret_row = row;
			return false;
		}
		add(search->due, first + row);
	}
	return true;
}

/* Of the rows ahead, those that belong to a root of what is taken; the others are left. */
static void take_kin(struct search *search, const struct roots *roots, uint32_t row)
{
	const struct look *look = &search->look;
	uint64_t first = (uint64_t)look->segment * ARCHIVE_SEGMENT;

	for (; (row = mask_next(look->due, row, look->count)) < look->count; row++)
		if (look->set->root[row] && roots_have(roots, look->set->root[row]))
			add(search->due, first + row);
		else
			search->due->more = true;
}

static bool has_kin_ahead(const struct search *search, uint32_t segment)
{
	for (; count_visible(search->rule, segment); segment++)
		if (columns_set(search->rule->columns, segment)->bounds[BOUND_KIN].high)
			return true;
	return false;
}

static void complete_roots(struct search *search, uint32_t row)
{
	uint32_t segment = search->look.segment;
	struct roots roots;

	if (!search->kin && !has_kin_ahead(search, segment))
		return;
	roots = roots_of(search->rule, search->due);
	search->due->more = false;
	take_kin(search, &roots, row);
	for (segment++; next_look(search, &segment); segment++)
		take_kin(search, &roots, 0);
	free(roots.hashes);
	free(roots.filter);
}

void due_find(struct txn *txn, const struct due_rule *rule, size_t most, struct due *ret)
{
	struct archive *archive = columns_archive(rule->columns);
	struct search *search = memory_alloc(sizeof(*search));
	uint32_t segment = 0, row = 0;

	memset(ret, 0, sizeof(*ret));
	search->txn = txn;
	search->rule = rule;
	search->most = most;
	search->due = ret;
	search->kin = false;
	archive_lock_shared(archive);
	for (; !rule->never && !ret->more && next_look(search, &segment); segment++) {
		ret->more = !take_all(search, &row);
		if (!ret->more)
			remember(txn, rule, &search->look);
	}
	if (ret->more)
		complete_roots(search, row);
	archive_unlock(archive);
	free(search);
}

void due_clear(struct due *due)
{
	free(due->numbers);
	memset(due, 0, sizeof(*due));
}

uint64_t due_count(const struct due_rule *rule, int64_t *ret_next)
{
	struct archive *archive = columns_archive(rule->columns);
	struct look *look = memory_alloc(sizeof(*look));
	int64_t next = INT64_MAX;
	uint64_t found = 0;
	uint32_t segment, count;

	for (segment = 0; !rule->never; segment++) {
		int64_t least;
		bool gone;

		archive_lock_shared(archive);
		count = count_visible(rule, segment);
		gone = archive_gone(archive, segment);
		if (count && !gone && look_at(rule, segment, count, look))
			found += mask_count(look->due, count);
		mask_not(look->due, count);
		mask_and(look->alive, look->due, count);
		least = rule->limits || !count || gone
				? INT64_MAX
				: scan_least(look->set->removal_time, look->alive, count);
		archive_unlock(archive);
		next = least < next ? least : next;
		if (!count)
			break;
	}
	free(look);
	*ret_next = next == INT64_MAX ? TIME_NULL : next;
	return found;
}
