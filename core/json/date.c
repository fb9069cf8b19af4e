#include "core/json/date.h"

#include <ctype.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "storage/arena.h"

/* Days since 1970-01-01 of a date in the proleptic Gregorian calendar; MONTH may be any number. */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
	int64_t era, year_of_era, day_of_year;

	year += (month - 1) / 12;
	month = (month - 1) % 12;
	if (month < 0) {
		month += 12;
		year--;
	}
	year -= month < 2; /* years begin in March here */
	era = (year >= 0 ? year : year - 399) / 400;
	year_of_era = year - era * 400;
	day_of_year = (153 * ((month + 10) % 12) + 2) / 5;
	return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 +
	       day_of_year + day - 1 - 719468;
}

static void date_of(int64_t days, int *year, int *month, int *day)
{
	int64_t z = days + 719468, era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;

	*day = (int)(doy - (153 * mp + 2) / 5 + 1);
	*month = (int)(mp < 10 ? mp + 3 : mp - 9);
	*year = (int)(yoe + era * 400 + (*month <= 2));
}

enum { QUARTER = 900, SINCE_1973 = 94694400 };

/*
 * The zone is read once: tzset() takes a lock of the whole process, and looks at a file. What it
 * says is kept for a quarter of an hour: since 1973 clocks were only changed between two of them.
 */
static int64_t zone_offset(int64_t seconds)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	static _Thread_local int64_t quarter, offset;
	time_t at = (time_t)seconds;
	struct tm local;

	pthread_once(&once, tzset);
	if (!timezone && !daylight)
		return 0;
	if (seconds >= SINCE_1973 && seconds / QUARTER == quarter)
		return offset;
	quarter = seconds >= SINCE_1973 ? seconds / QUARTER : 0;
	offset = localtime_r(&at, &local) ? local.tm_gmtoff : 0;
	return offset;
}

/* Times in a list are mostly of the day that came before. */
static void day_of(int64_t days, int *year, int *month, int *day)
{
	static _Thread_local int64_t known = INT64_MIN;
	static _Thread_local int y, m, d;

	if (days != known)
		date_of(days, &y, &m, &d);
	known = days;
	*year = y;
	*month = m;
	*day = d;
}

static void digits(char *at, int width, int64_t value)
{
	while (width--) {
		at[width] = (char)('0' + value % 10);
		value /= 10;
	}
}

void date_split(int64_t time, struct date_fields *ret)
{
	int64_t ms = time % 1000, seconds = time / 1000, days, of_day;
	int year, month, day;

	if (ms < 0) {
		ms += 1000;
		seconds--;
	}
	ret->offset = (int)zone_offset(seconds);
	seconds += ret->offset;
	days = seconds / 86400 - (seconds % 86400 < 0);
	of_day = seconds - days * 86400;
	day_of(days, &year, &month, &day);
	ret->year = year;
	ret->month = month;
	ret->day = day;
	ret->hour = of_day / 3600;
	ret->minute = of_day / 60 % 60;
	ret->second = of_day % 60;
	ret->millisecond = ms;
}

int date_format(int64_t time, char *text)
{
	struct date_fields fields;
	int offset;

	date_split(time, &fields);
	offset = fields.offset < 0 ? -fields.offset : fields.offset;
	if (fields.year < 0 || fields.year > 9999) /* rare, and wider than four digits */
		return snprintf(text, DATE_SIZE, "%d-%02d-%02dT%02d:%02d:%02d.%03d%c%02d%02d",
				(int)fields.year, (int)fields.month, (int)fields.day,
				(int)fields.hour, (int)fields.minute, (int)fields.second,
				(int)fields.millisecond, fields.offset < 0 ? '-' : '+',
				offset / 3600, offset / 60 % 60);
	memcpy(text, "0000-00-00T00:00:00.000+0000", 29);
	digits(text, 4, fields.year);
	digits(text + 5, 2, fields.month);
	digits(text + 8, 2, fields.day);
	digits(text + 11, 2, fields.hour);
	digits(text + 14, 2, fields.minute);
	digits(text + 17, 2, fields.second);
	digits(text + 20, 3, fields.millisecond);
	text[23] = fields.offset < 0 ? '-' : '+';
	digits(text + 24, 2, offset / 3600);
	digits(text + 26, 2, offset / 60 % 60);
	return 28;
}

/* Each field may have space before it. */
static void pass_space(const char **at)
{
	while (**at == ' ' || **at == '\t')
		(*at)++;
}

/*
 * Any field may be negative: it then counts backwards. It is as long as it likes, but what counts
 * are 32 bits of it; a field beyond 64 bits is the least or most that fits.
 */
static bool take_number(const char **at, int64_t *ret)
{
	uint64_t value = 0;
	bool negative;
	int length = 0;

	pass_space(at);
	negative = **at == '-';
	*at += negative;
	for (; isdigit((unsigned char)**at); (*at)++, length++)
		value = value > INT64_MAX / 10 - 1 ? INT64_MAX
						   : value * 10 + (uint64_t)(**at - '0');
	if (value >= INT64_MAX / 10)
		*ret = negative ? INT32_MIN : INT32_MAX;
	else
		*ret = (int32_t)(uint32_t)(negative ? 0 - value : value);
	return length > 0;
}

static bool take_char(const char **at, char c)
{
	if (**at != c)
		return false;
	(*at)++;
	return true;
}

static const struct {
	const char *name;
	int minutes;
} zones[] = {
	{"UTC",  0   },
        {"GMT",  0   },
        {"CEST", 120 },
        {"CET",  60  },
        {"EEST", 180 },
	{"EET",  120 },
        {"WEST", 60  },
        {"WET",  0   },
        {"MSK",  180 },
        {"BST",  60  },
	{"EST",  -300},
        {"EDT",  -240},
        {"CST",  -360},
        {"CDT",  -300},
        {"MST",  -420},
	{"MDT",  -360},
        {"PST",  -480},
        {"PDT",  -420},
        {"JST",  540 },
};

static bool take_sign(const char **at, int *sign)
{
	*sign = **at == '-' ? -1 : 1;
	return take_char(at, '+') || take_char(at, '-');
}

static bool two_digits(const char **at, int *ret)
{
	if (!isdigit((unsigned char)(*at)[0]) || !isdigit((unsigned char)(*at)[1]))
		return false;
	*ret = ((*at)[0] - '0') * 10 + (*at)[1] - '0';
	*at += 2;
	return true;
}

/* Behind GMT one digit is enough. */
static bool take_hours(const char **at, int *ret)
{
	if (two_digits(at, ret))
		return true;
	if (!isdigit((unsigned char)**at))
		return false;
	*ret = *(*at)++ - '0';
	return true;
}

/* Minutes east of Greenwich. */
static bool take_zone(const char **at, int *minutes)
{
	int sign, hours, rest;
	size_t i;

	pass_space(at);
	if (take_sign(at, &sign)) {
		if (!two_digits(at, &hours) || !two_digits(at, &rest))
			return false;
		*minutes = sign * (hours * 60 + rest);
		return rest < 60 && hours < 24;
	}
	if (!strncasecmp(*at, "GMT", 3) && ((*at)[3] == '+' || (*at)[3] == '-')) {
		*at += 3;
		take_sign(at, &sign);
		if (!take_hours(at, &hours) || !take_char(at, ':') || !two_digits(at, &rest))
			return false;
		*minutes = sign * (hours * 60 + rest);
		return rest < 60 && hours < 24;
	}
	for (i = 0; i < ARRAY_SIZE(zones); i++) {
		if (!strncasecmp(*at, zones[i].name, strlen(zones[i].name))) {
			*minutes = zones[i].minutes;
			return true;
		}
	}
	return false;
}

bool date_parse(const char *text, int64_t *ret_time)
{
	int64_t year, month, day, hour, minute, second, ms, days;
	const char *at = text;
	int zone;

	if (!take_number(&at, &year) || !take_char(&at, '-') || !take_number(&at, &month) ||
	    !take_char(&at, '-') || !take_number(&at, &day) || !take_char(&at, 'T') ||
	    !take_number(&at, &hour) || !take_char(&at, ':') || !take_number(&at, &minute) ||
	    !take_char(&at, ':') || !take_number(&at, &second) || !take_char(&at, '.') ||
	    !take_number(&at, &ms) || !take_zone(&at, &zone))
		return false;
	/* fields have 32 bits, so that only the days may be too many for milliseconds of 64 */
	return !__builtin_mul_overflow(days_of(year, month, day), 86400000LL, &days) &&
	       !__builtin_add_overflow(
		       days, ((hour * 60 + minute - zone) * 60 + second) * 1000 + ms, ret_time);
}

/* Of local seconds, rounded down. */
static int64_t day_number(int64_t seconds)
{
	return seconds / 86400 - (seconds % 86400 < 0);
}

int64_t date_add_days(int64_t time, int64_t days)
{
	int64_t ms = time % 1000, seconds = time / 1000, offset, change, there;

	if (ms < 0) {
		ms += 1000;
		seconds--;
	}
	offset = zone_offset(seconds);
	seconds = (int64_t)((uint64_t)seconds + (uint64_t)days * 86400);
	change = offset - zone_offset(seconds);
	there = seconds + change;
	/* a clock that leaves midnight out would show the day before */
	if (change && day_number(there + zone_offset(there)) == day_number(seconds + offset))
		seconds = there;
	return (int64_t)((uint64_t)seconds * 1000 + (uint64_t)ms);
}

static int64_t seconds_of(const struct date_fields *fields)
{
	int64_t days = days_of(fields->year, fields->month, fields->day);

	return ((days * 24 + fields->hour) * 60 + fields->minute) * 60 + fields->second;
}

int64_t date_join_utc(const struct date_fields *fields)
{
	return seconds_of(fields) * 1000 + fields->millisecond;
}

int64_t date_join(const struct date_fields *fields)
{
	int64_t seconds = seconds_of(fields), before, after;

	/* the zone changes at most once within these two days */
	before = zone_offset(seconds - 86400);
	after = zone_offset(seconds + 86400);
	if (zone_offset(seconds - before) != before && zone_offset(seconds - after) == after)
		before = after;
	return (seconds - before) * 1000 + fields->millisecond;
}
