#include "core/runtime/due_date.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/json/iso_date.h"

/* Units of a period: before and behind its T. Months and years go by the calendar. */
enum unit { UNIT_YEAR, UNIT_MONTH, UNIT_MS };

static const struct {
	char letter;
	bool time;
	enum unit unit;
	int64_t ms;
} units[] = {
	{'Y', false, UNIT_YEAR,  0                 },
	{'M', false, UNIT_MONTH, 0                 },
	{'W', false, UNIT_MS,    7 * 86400 * 1000LL},
	{'D', false, UNIT_MS,    86400 * 1000LL    },
	{'H', true,  UNIT_MS,    3600 * 1000LL     },
	{'M', true,  UNIT_MS,    60 * 1000LL       },
	{'S', true,  UNIT_MS,    1000LL            },
};

enum { NUMBER_MAX = 1000000 };

static int64_t add_months(int64_t time, int months)
{
	time_t seconds = (time_t)(time / 1000);
	struct tm parts;

	localtime_r(&seconds, &parts);
	parts.tm_mon += months;
	parts.tm_isdst = -1;
	return (int64_t)mktime(&parts) * 1000 + time % 1000;
}

static bool add_unit(char letter, bool in_time, int64_t number, int64_t *time)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(units); i++)
		if (units[i].letter == letter && units[i].time == in_time)
			break;
	if (i == ARRAY_SIZE(units))
		return false;
	if (units[i].unit == UNIT_MS)
		*time += number * units[i].ms;
	else
		*time = add_months(*time, (int)(units[i].unit == UNIT_YEAR ? 12 * number : number));
	return true;
}

/* A period alone: *RET is BASE and so much. */
static bool period_add(const char *text, size_t length, int64_t base, int64_t *ret)
{
	const char *end = text + length;
	bool in_time = false, any = false;

	*ret = base;
	if (!length || *text++ != 'P')
		return false;
	while (text < end) {
		int64_t number = 0;
		const char *digits = text;

		if (*text == 'T' && !in_time) {
			in_time = true;
			text++;
			continue;
		}
		for (; text < end && isdigit((unsigned char)*text); text++)
			number = number < NUMBER_MAX ? 10 * number + (*text - '0') : NUMBER_MAX;
		if (text == digits || text == end || !add_unit(*text++, in_time, number, ret))
			return false;
		any = true;
	}
	return any;
}

static bool parse_date(const char *text, int64_t *ret)
{
	struct arena arena;
	const char *why;
	bool is_date;

	arena_init(&arena);
	is_date = iso_date_parse(&arena, text, ret, &why);
	arena_clear(&arena);
	return is_date;
}

bool due_date_parse(const char *text, int64_t now, int64_t *ret)
{
	if (*text == 'P')
		return period_add(text, strlen(text), now, ret);
	return parse_date(text, ret);
}

/* A date that is not all of a text. */
static bool parse_start(const char *text, size_t length, int64_t *ret)
{
	char room[64];

	if (length >= sizeof(room))
		return false;
	memcpy(room, text, length);
	room[length] = '\0';
	return parse_date(room, ret);
}

/* R[n]/[start/]period. Without a number it repeats for ever, and 0 is once. */
static bool parse_repeated(const char *text, int64_t now, int64_t *ret_attempts, int64_t *ret_due)
{
	const char *digits = text + 1, *slash;
	int64_t start;
	char *end;

	*ret_attempts = strtoll(digits, &end, 10);
	if (*end != '/' || *ret_attempts < 0)
		return false;
	if (end == digits || *ret_attempts > INT32_MAX)
		*ret_attempts = INT32_MAX;
	else if (!*ret_attempts)
		*ret_attempts = 1;
	slash = strchr(end + 1, '/');
	if (!slash)
		return period_add(end + 1, strlen(end + 1), now, ret_due);
	if (!period_add(slash + 1, strlen(slash + 1), now, ret_due) ||
	    !parse_start(end + 1, (size_t)(slash - end - 1), &start))
		return false;
	if (start > now)
		*ret_due = start;
	return true;
}

/* Takes an interval and the comma behind it; *TEXT is NULL behind the last. */
static bool take_interval(const char **text, int64_t now, int64_t *ret)
{
	const char *at = *text + strspn(*text, " ");
	size_t length = strcspn(at, ", ");

	if (!period_add(at, length, now, ret))
		return false;
	at += length;
	at += strspn(at, " ");
	*text = *at == ',' ? at + 1 : NULL;
	return !*at || *at == ',';
}

static bool parse_intervals(const char *text, int64_t retries, int64_t now, int64_t *ret_attempts,
			    int64_t *ret_due)
{
	const char *at = text;
	int64_t count, index, i;

	for (count = 0; at; count++)
		if (!take_interval(&at, now, ret_due))
			return false;
	*ret_attempts = count + 1;
	/* the last one counts for all that follow */
	index = count - (retries - 1);
	if (index > count - 1)
		index = count - 1;
	for (at = text, i = 0; at && i <= (index < 0 ? 0 : index); i++)
		take_interval(&at, now, ret_due);
	return true;
}

bool retry_cycle_parse(const char *text, int64_t retries, int64_t now, int64_t *ret_attempts,
		       int64_t *ret_due)
{
	if (*text == 'R')
		return parse_repeated(text, now, ret_attempts, ret_due);
	return parse_intervals(text, retries, now, ret_attempts, ret_due);
}
