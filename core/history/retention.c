#include "core/history/retention.h"

#include <stdlib.h>
#include <string.h>

#include "core/history/hash_map.h"
#include "core/history/history.h"
#include "core/history/removal_time.h"
#include "core/history/tally.h"
#include "core/json/date.h"
#include "core/process/definition.h"

enum {
	REPAIR_ROWS = 32 * ARCHIVE_SEGMENT, /* looked at in a transaction */
	REPAIR_MOST = 16 * 1024,            /* changed in it */
	REPAIR_RECORDS = 2048,              /* the same where each record is read */
	ROOTS_AT_ONCE = 512 * 1024,         /* compared in a pass */
	DAYS_UNREAD = -3,
	DAYS_NO_DEFINITION = -4,
};

/* Where instances of a subject are, and what they are defined by. */
struct subject {
	struct columns *columns;
	struct dictionary *definitions; /* NULL: none */
	const struct kind *definition_kind;
	const struct kind *kind; /* of its records, where they name their process instance */
};

static struct subject subject_of(struct history *h, enum due_subject subject)
{
	const struct subject subjects[DUE_SUBJECT_MAX] = {
		[DUE_PROCESSES] = {h->process_columns,   h->definitions,          &process_definition_kind,
				   NULL											    },
		[DUE_DECISIONS] = {h->decision_columns,  h->decision_definitions,
				   &decision_definition_kind,                                               &decision_instance_kind},
		[DUE_OPERATIONS] = {h->operation_columns, NULL,                    NULL,                     &user_operation_kind   },
	};

	return subjects[subject];
}

/* Times to live by dictionary number, read when they are wanted. */
struct lives {
	struct txn *txn;
	const struct subject *subject;
	uint32_t count;
	int64_t *days;
};

static struct lives lives_of(struct txn *txn, const struct subject *subject)
{
	struct lives lives = {txn, subject, 0, NULL};
	uint32_t i;

	if (!subject->definitions)
		return lives;
	lives.count = dictionary_count(subject->definitions) + 1;
	lives.days = arena_array(txn->arena, lives.count, sizeof(*lives.days));
	for (i = 0; i < lives.count; i++)
		lives.days[i] = DAYS_UNREAD;
	return lives;
}

static int days_of(struct lives *lives, uint32_t definition, int64_t *ret)
{
	const char *id;
	union slot *row;
	int code;

	*ret = DAYS_NO_DEFINITION;
	if (!definition || definition >= lives->count)
		return 0;
	if (lives->days[definition] == DAYS_UNREAD) {
		id = dictionary_part(lives->subject->definitions, lives->txn->arena, definition, 0);
		code = definition_get(lives->txn, lives->subject->definition_kind, id, &row);
		if (code && code != ERR_NOT_FOUND)
			return code;
		lives->days[definition] = code ? DAYS_NO_DEFINITION
					  : row[DEFINITION_TIME_TO_LIVE].i == INT_NULL
						  ? SETTING_NULL
						  : row[DEFINITION_TIME_TO_LIVE].i;
	}
	*ret = lives->days[definition];
	return 0;
}

typedef void (*take_row)(void *arg, const struct column_set *set, uint32_t row, uint64_t number);

/* Calls TAKE with every visible row, under the lock; it is let go between segments. */
static void for_each_row(struct columns *columns, take_row take, void *arg)
{
	struct archive *archive = columns_archive(columns);
	uint64_t number = 0, end = archive_visible(archive);

	while (number < end) {
		uint32_t segment = (uint32_t)(number / ARCHIVE_SEGMENT);
		const struct column_set *set;
		const uint8_t *dead;

		archive_lock_shared(archive);
		set = columns_set(columns, segment);
		dead = archive_dead_bits(archive, segment);
		for (; number < end && number / ARCHIVE_SEGMENT == segment; number++) {
			uint32_t row = (uint32_t)(number % ARCHIVE_SEGMENT);

			if (!(dead[row / 8] >> row % 8 & 1) && columns_counts(set, row))
				take(arg, set, row, number);
		}
		archive_unlock(archive);
	}
}

/* What one pass counts, by dictionary number: those known when it began, all others as the last. */
struct counting {
	uint32_t numbers;
	int64_t *without, *ended; /* a removal time; an end, too, with or without */
	int64_t running;          /* without one, and without an end */
	int64_t cleared;          /* without one, as a batch has wanted */
	bool ended_only;          /* what runs need not have one */
	size_t kin;               /* rows that have another root */
};

static void count_row(void *arg, const struct column_set *set, uint32_t row, uint64_t number)
{
	struct counting *counting = arg;
	uint32_t definition = set->definition[row];
	bool ended = set->end_time[row] != TIME_NULL, without = set->removal_time[row] == TIME_NULL;
	bool cleared = without && set->removal_time_set[row];

	(void)number;
	definition = definition < counting->numbers ? definition : counting->numbers;
	counting->without[definition] += without && !cleared && (ended || !counting->ended_only);
	counting->cleared += cleared;
	counting->ended[definition] += ended;
	counting->running += without && !ended;
	counting->kin += set->root[row] && !(set->flags[row] & SUMMARY_ROOT);
}

/* Some of the roots, by their hashes, so that a pass takes bounded memory. */
struct comparison {
	struct hash_map roots;
	uint64_t pass, passes;
	int64_t differ;
};

static bool is_kin(const struct comparison *comparison, const struct column_set *set, uint32_t row)
{
	return set->root[row] && !(set->flags[row] & SUMMARY_ROOT) &&
	       (set->root[row] >> 40) % comparison->passes == comparison->pass;
}

static void want_root(void *arg, const struct column_set *set, uint32_t row, uint64_t number)
{
	struct comparison *comparison = arg;
	struct hash_map *roots = &comparison->roots;

	(void)number;
	/* rows that came since they were counted may have no room */
	if (is_kin(comparison, set, row) && roots->count < roots->mask - roots->mask / 4)
		hash_map_put(roots, set->root[row], TIME_NULL);
}

static void find_root(void *arg, const struct column_set *set, uint32_t row, uint64_t number)
{
	struct hash_map *roots = &((struct comparison *)arg)->roots;
	size_t at;

	(void)number;
	if (!set->root[row] || !(set->flags[row] & SUMMARY_ROOT))
		return;
	at = hash_map_at(roots, set->root[row]);
	if (!roots->hashes[at])
		return;
	roots->found[at] = 1;
	roots->values[at] = set->removal_time[row];
}

static void compare_root(void *arg, const struct column_set *set, uint32_t row, uint64_t number)
{
	struct comparison *comparison = arg;
	const struct hash_map *roots = &comparison->roots;
	size_t at;

	(void)number;
	if (!is_kin(comparison, set, row) || set->removal_time[row] == TIME_NULL)
		return;
	at = hash_map_at(roots, set->root[row]);
	comparison->differ += roots->hashes[at] && roots->found[at] &&
			      roots->values[at] != set->removal_time[row];
}

static int64_t count_contradictions(struct columns *columns, size_t kin)
{
	struct comparison comparison = {.passes = kin / ROOTS_AT_ONCE + 1};

	for (; kin && comparison.pass < comparison.passes; comparison.pass++) {
		hash_map_init(&comparison.roots, kin < ROOTS_AT_ONCE ? kin : ROOTS_AT_ONCE);
		for_each_row(columns, want_root, &comparison);
		for_each_row(columns, find_root, &comparison);
		for_each_row(columns, compare_root, &comparison);
		hash_map_clear(&comparison.roots);
	}
	return comparison.differ;
}

/* The gaps of all numbers of the dictionary that stand for the same definition are one. */
static int collect_gaps(struct lives *lives, const int64_t *counts, bool by_end,
			struct retention *ret)
{
	const struct subject *subject = lives->subject;
	struct arena *arena = lives->txn->arena;
	struct tallies tallies;
	uint32_t number;
	int64_t days;
	size_t i;

	tallies_init(&tallies, arena, sizeof(struct retention_gap));
	for (number = 0; number <= lives->count; number++) {
		bool named = number && number < lives->count;
		struct retention_gap *gap;

		TRY(days_of(lives, number, &days));
		if (!counts[number] || (by_end && days >= 0))
			continue;
		gap = tally(&tallies,
			    named ? dictionary_part(subject->definitions, arena, number, 0) : "");
		gap->count += counts[number];
		gap->known = days != DAYS_NO_DEFINITION;
		gap->days = gap->known ? days : SETTING_NULL;
	}
	ret->gap_count = tallies.count;
	ret->gaps = arena_array(arena, tallies.count, sizeof(*ret->gaps));
	for (i = 0; i < tallies.count; i++)
		ret->gaps[i] = *(const struct retention_gap *)tallies.entries[i];
	return 0;
}

int retention_look(struct txn *reader, struct engine *engine, enum due_subject subject,
		   struct retention *ret)
{
	const struct config *config = engine->config;
	bool by_end = config->history_cleanup_strategy == CLEANUP_END_TIME_BASED;
	struct subject at = subject_of(engine->history, subject);
	struct lives lives = lives_of(reader, &at);
	struct counting counting = {.numbers = lives.count};

	memset(ret, 0, sizeof(*ret));
	counting.without = arena_array(reader->arena, lives.count + 1, sizeof(int64_t));
	counting.ended = arena_array(reader->arena, lives.count + 1, sizeof(int64_t));
	counting.ended_only = !by_end && subject == DUE_PROCESSES &&
			      config->history_removal_time_strategy == REMOVAL_TIME_END;
	for_each_row(at.columns, count_row, &counting);
	if (counting.ended_only)
		ret->running = counting.running;
	ret->cleared = by_end ? 0 : counting.cleared;
	if (!by_end && subject != DUE_OPERATIONS)
		ret->contradicts = count_contradictions(at.columns, counting.kin);
	return collect_gaps(&lives, by_end ? counting.ended : counting.without, by_end, ret);
}

/* Rows of a repair's transaction, and what becomes of them. */
struct mending {
	struct txn *txn;
	struct engine *engine;
	struct subject subject;
	struct lives lives;
	struct retention_repair *repair;
	uint64_t *numbers; /* ascending */
	struct summary *summaries;
	int64_t *values;
	size_t count;
	struct hash_map roots; /* wanted ones, and their removal times */
};

/* The next rows that lack a removal time and ought to have one: none that a batch has cleared. */
static void collect_missing(struct mending *mending, size_t most)
{
	struct retention_repair *repair = mending->repair;
	struct archive *archive = columns_archive(mending->subject.columns);
	bool ended_only =
		mending->engine->config->history_removal_time_strategy == REMOVAL_TIME_END &&
		repair->subject == DUE_PROCESSES;
	uint64_t stop = repair->next + REPAIR_ROWS;

	repair->end = archive_visible(archive);
	stop = stop < repair->end ? stop : repair->end;
	archive_lock_shared(archive);
	for (; repair->next < stop && mending->count < most; repair->next++) {
		uint32_t segment = (uint32_t)(repair->next / ARCHIVE_SEGMENT);
		uint32_t row = (uint32_t)(repair->next % ARCHIVE_SEGMENT);
		const struct column_set *set = columns_set(mending->subject.columns, segment);

		if (archive_dead_bits(archive, segment)[row / 8] >> row % 8 & 1 ||
		    set->removal_time[row] != TIME_NULL || set->removal_time_set[row] ||
		    !columns_counts(set, row) || (ended_only && set->end_time[row] == TIME_NULL))
			continue;
		mending->numbers[mending->count] = repair->next;
		columns_row(mending->subject.columns, repair->next,
			    &mending->summaries[mending->count++]);
	}
	archive_unlock(archive);
}

/* By its own definition, as if it were alone: the one that it would have been given. */
static int calculate(struct mending *mending, const struct summary *summary, int64_t *ret)
{
	int strategy = mending->engine->config->history_removal_time_strategy;
	int64_t days, base;

	TRY(days_of(&mending->lives, summary->definition, &days));
	base = strategy == REMOVAL_TIME_START ? summary->start_time : summary->end_time;
	*ret = days < 0 || strategy == REMOVAL_TIME_NONE || base == TIME_NULL
		       ? TIME_NULL
		       : date_add_days(base, days);
	return 0;
}

/* A root that has none itself gets one in its own turn: its summary tells which. */
struct root_search {
	struct mending *mending;
	struct summary *summaries; /* of roots without one, in order of `places` */
	size_t *places;
	size_t count;
};

static void find_own_root(void *arg, const struct column_set *set, uint32_t row, uint64_t number)
{
	struct root_search *search = arg;
	struct hash_map *roots = &search->mending->roots;
	size_t at;

	if (!set->root[row] || !(set->flags[row] & SUMMARY_ROOT))
		return;
	at = hash_map_at(roots, set->root[row]);
	if (!roots->hashes[at] || roots->found[at])
		return;
	roots->found[at] = 1;
	roots->values[at] = set->removal_time[row];
	if (set->removal_time[row] != TIME_NULL || set->removal_time_set[row])
		return;
	search->places[search->count] = at;
	columns_row(search->mending->subject.columns, number, &search->summaries[search->count++]);
}

static int find_roots(struct mending *mending)
{
	struct root_search search = {.mending = mending};
	struct arena *arena = mending->txn->arena;
	size_t i;

	for (i = 0; i < mending->count; i++)
		if (mending->summaries[i].root && !(mending->summaries[i].flags & SUMMARY_ROOT))
			hash_map_put(&mending->roots, mending->summaries[i].root, TIME_NULL);
	if (!mending->roots.count)
		return 0;
	search.summaries = arena_array(arena, mending->roots.count, sizeof(*search.summaries));
	search.places = arena_array(arena, mending->roots.count, sizeof(*search.places));
	for_each_row(mending->subject.columns, find_own_root, &search);
	for (i = 0; i < search.count; i++)
		TRY(calculate(mending, &search.summaries[i],
			      &mending->roots.values[search.places[i]]));
	return 0;
}

/* The removal time of the process instance that the record names. False: there is none. */
static int of_instance(struct mending *mending, size_t i, bool *ret_found, int64_t *ret)
{
	const struct kind *kind = mending->subject.kind;
	struct history *history = mending->engine->history;
	struct arena_mark mark = arena_mark(mending->txn->arena);
	struct summary summary;
	union slot *row;
	const char *id;
	uint64_t number;
	int code;

	*ret_found = false;
	if (!kind || !mending->summaries[i].business_key)
		return 0;
	code = history_read_row(mending->txn, mending->subject.columns, mending->numbers[i], kind,
				&row);
	if (code)
		return code == ERR_NOT_FOUND ? 0 : code;
	id = row[kind_slot(kind, "processInstanceId")].s;
	code = id ? history_find_process(mending->txn, history, id, &number) : ERR_NOT_FOUND;
	arena_rewind(mending->txn->arena, mark);
	if (code)
		return code == ERR_NOT_FOUND ? 0 : code;
	archive_lock_shared(history->processes);
	columns_row(history->process_columns, number, &summary);
	archive_unlock(history->processes);
	*ret_found = true;
	*ret = summary.removal_time;
	return 0;
}

static int value_of(struct mending *mending, size_t i, int64_t *ret)
{
	const struct summary *summary = &mending->summaries[i];
	bool found;
	size_t at;

	TRY(of_instance(mending, i, &found, ret));
	if (found)
		return 0;
	at = hash_map_at(&mending->roots, summary->root);
	if (summary->root && mending->roots.hashes[at] && mending->roots.found[at]) {
		*ret = mending->roots.values[at];
		return 0;
	}
	return calculate(mending, summary, ret);
}

static int mend(struct mending *mending)
{
	struct retention_repair *repair = mending->repair;
	size_t i, kept = 0;
	int64_t value;

	TRY(find_roots(mending));
	for (i = 0; i < mending->count; i++) {
		TRY(value_of(mending, i, &value));
		if (value == TIME_NULL)
			continue;
		mending->numbers[kept] = mending->numbers[i];
		mending->values[kept++] = value;
	}
	repair->set = kept;
	repair->unset = mending->count - kept;
	return removal_times_write(mending->txn, mending->subject.columns, mending->numbers,
				   mending->values, kept);
}

int retention_repair(struct txn *txn, struct engine *engine, struct retention_repair *repair)
{
	size_t most = repair->subject == DUE_PROCESSES ? REPAIR_MOST : REPAIR_RECORDS;
	struct mending mending = {
		.txn = txn,
		.engine = engine,
		.subject = subject_of(engine->history, repair->subject),
		.repair = repair,
		.numbers = arena_array(txn->arena, most, sizeof(uint64_t)),
		.summaries = arena_array(txn->arena, most, sizeof(struct summary)),
		.values = arena_array(txn->arena, most, sizeof(int64_t)),
	};
	int code;

	mending.lives = lives_of(txn, &mending.subject);
	collect_missing(&mending, most);
	hash_map_init(&mending.roots, mending.count);
	code = mend(&mending);
	hash_map_clear(&mending.roots);
	return code;
}
