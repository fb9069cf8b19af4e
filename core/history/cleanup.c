#include "core/history/cleanup.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/history/history.h"
#include "core/json/date.h"
#include "core/process/definition.h"

enum { HOUR_MINUTES = 60 };

/* The archives that are cleaned, and how the end-time strategy knows what is due. */
struct stock {
	struct archive *archive;
	const struct columns *columns;
	struct dictionary *definitions;     /* NULL: it never is by its end */
	const struct kind *definition_kind; /* of the time to live */
	uint64_t *removed;
};

/* Numbers due so far. */
struct due {
	const struct cleanup_run *run;
	const int64_t *limits; /* by definition: ended before = due; NULL: by removal time */
	uint32_t definitions;
	uint64_t *numbers; /* malloced */
	size_t count, room;
};

/* Minutes are those of the server's zone. */
static bool in_minutes(const struct cleanup_run *run, int64_t time)
{
	time_t seconds = (time_t)(time / 1000);
	struct tm local;

	if (run->minute_from == 0 && run->minute_to == HOUR_MINUTES - 1)
		return true;
	localtime_r(&seconds, &local);
	return local.tm_min >= run->minute_from && local.tm_min <= run->minute_to;
}

static bool is_due(const struct due *due, const struct column_set *set, uint32_t row)
{
	int64_t time = set->removal_time[row];

	if (!due->limits)
		return time != TIME_NULL && time <= due->run->now && in_minutes(due->run, time);
	time = set->end_time[row];
	return time != TIME_NULL && set->definition[row] < due->definitions &&
	       time < due->limits[set->definition[row]] && in_minutes(due->run, time);
}

static void add(struct due *due, uint64_t number)
{
	if (due->count == due->room) {
		due->room = due->room * 2 + 1024;
		due->numbers = memory_resize(due->numbers, due->room * sizeof(uint64_t));
	}
	due->numbers[due->count++] = number;
}

/* Visible rows that are due, in order, as many as a run takes. */
static void find_due(const struct stock *stock, struct due *due)
{
	uint64_t number, end;
	const struct column_set *set = NULL;
	const uint8_t *dead = NULL;

	archive_lock_shared(stock->archive);
	end = archive_visible(stock->archive);
	for (number = 0; number < end && due->count < CLEANUP_MOST; number++) {
		uint32_t row = (uint32_t)(number % ARCHIVE_SEGMENT);

		if (!row) {
			set = columns_set(stock->columns, (uint32_t)(number / ARCHIVE_SEGMENT));
			dead = archive_dead_bits(stock->archive,
						 (uint32_t)(number / ARCHIVE_SEGMENT));
		}
		if (!(dead[row / 8] >> row % 8 & 1) && is_due(due, set, row))
			add(due, number);
	}
	archive_unlock(stock->archive);
}

/* The time before which what ended is due after DAYS: whole days of the calendar. */
static int64_t limit_of(int64_t now, int64_t days)
{
	time_t seconds = (time_t)(now / 1000);
	struct tm today;

	if (!days)
		return now + 1;
	localtime_r(&seconds, &today);
	today.tm_hour = today.tm_min = today.tm_sec = 0;
	today.tm_isdst = -1;
	return date_add_days((int64_t)mktime(&today) * 1000, 1 - days);
}

/* For each definition; INT64_MIN = never. */
static int read_limits(struct txn *txn, const struct stock *stock, int64_t now, struct due *due)
{
	uint32_t number, count = dictionary_count(stock->definitions) + 1;
	int64_t *limits = arena_array(txn->arena, count, sizeof(*limits));
	union slot *row;

	for (number = 0; number < count; number++) {
		const char *id = dictionary_part(stock->definitions, txn->arena, number, 0);
		int code =
			id ? definition_get(txn, stock->definition_kind, id, &row) : ERR_NOT_FOUND;

		if (code && code != ERR_NOT_FOUND)
			return code;
		limits[number] = code || row[DEFINITION_TIME_TO_LIVE].i == INT_NULL
					 ? INT64_MIN
					 : limit_of(now, row[DEFINITION_TIME_TO_LIVE].i);
	}
	due->limits = limits;
	due->definitions = count;
	return 0;
}

static int clean_stock(struct txn *txn, const struct stock *stock, bool by_end,
		       struct cleanup_run *run)
{
	struct due due = {.run = run};
	size_t buried = 0;
	int code = 0;

	if (by_end && !stock->definitions)
		return 0;
	if (by_end)
		TRY(read_limits(txn, stock, run->now, &due));
	find_due(stock, &due);
	if (due.count)
		code = archive_bury(txn, stock->archive, due.numbers, due.count, &buried);
	*stock->removed = buried;
	run->more |= due.count == CLEANUP_MOST;
	free(due.numbers);
	return code;
}

int cleanup(struct txn *txn, struct engine *engine, struct cleanup_run *run)
{
	struct history *h = engine->history;
	bool by_end = engine->config->history_cleanup_strategy == CLEANUP_END_TIME_BASED;
	const struct stock stocks[] = {
		{h->processes,  h->process_columns,   h->definitions,          &process_definition_kind,
		 &run->processes											 },
		{h->decisions,  h->decision_columns,  h->decision_definitions,
		 &decision_definition_kind,							      &run->decisions },
		{h->operations, h->operation_columns, NULL,                    NULL,                     &run->operations},
	};
	size_t i;

	for (i = 0; i < sizeof(stocks) / sizeof(stocks[0]); i++)
		TRY(clean_stock(txn, &stocks[i], by_end, run));
	if (run->processes || run->decisions || run->operations)
		txn_on_commit(txn, history_purge_wake, h);
	return 0;
}
