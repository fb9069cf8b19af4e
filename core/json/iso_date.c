#include "core/json/iso_date.h"

#include <ctype.h>
#include <string.h>

#include "core/json/date.h"

enum { YEAR_DIGITS = 9, FRACTION_DIGITS = 9, ABSENT = INT32_MIN };

enum { YEAR_MIN = -292275055, YEAR_MAX = 292278994 };

/* Where a date of a text is being read. */
struct reading {
	const char *at;
	struct date_fields fields;
	int64_t day_of_year, week, weekday; /* ABSENT: not by these */
	int64_t fraction_ms;
	bool has_offset;
	int64_t offset_minutes;
};

/* Up to MOST digits. False, and nothing read, when there are none. */
static bool take_digits(const char **at, int most, int64_t *ret)
{
	const char *start = *at;
	int64_t number = 0;

	for (; *at < start + most && isdigit((unsigned char)**at); (*at)++)
		number = number * 10 + (**at - '0');
	if (*at == start)
		return false;
	*ret = number;
	return true;
}

static bool take_letter(const char **at, char letter)
{
	if (toupper((unsigned char)**at) != letter)
		return false;
	(*at)++;
	return true;
}

/* SEPARATOR and a number behind it; both or neither. */
static bool take_part(struct reading *reading, char separator, int most, int64_t *ret)
{
	const char *at = reading->at;

	if (!take_letter(&at, separator) || !take_digits(&at, most, ret))
		return false;
	reading->at = at;
	return true;
}

static bool take_year(struct reading *reading)
{
	const char *at = reading->at;
	bool negative = *at == '-';

	at += *at == '-' || *at == '+';
	if (!take_digits(&at, YEAR_DIGITS, &reading->fields.year))
		return false;
	if (negative)
		reading->fields.year = -reading->fields.year;
	reading->at = at;
	return true;
}

/* Behind the year: the day of the year, a week, or month and day; the one that reads on furthest.
 */
static void take_day(struct reading *reading)
{
	struct reading month = *reading, ordinal = *reading, week = *reading;

	month.fields.month = 1;
	if (take_part(&month, '-', 2, &month.fields.month))
		take_part(&month, '-', 2, &month.fields.day);
	take_part(&ordinal, '-', 3, &ordinal.day_of_year);
	if (*week.at == '-') {
		week.at++;
		if (take_part(&week, 'W', 2, &week.week))
			take_part(&week, '-', 1, &week.weekday);
		else
			week.at--;
	}
	*reading = month;
	if (ordinal.at > reading->at)
		*reading = ordinal;
	if (week.at > reading->at)
		*reading = week;
}

/* A fraction of a unit of UNIT_MS. */
static bool take_fraction(struct reading *reading, int64_t unit_ms)
{
	const char *at = reading->at;
	double value = 0, scale = 1;
	int digits;

	if (*at != '.' && *at != ',')
		return false;
	at++;
	for (digits = 0; digits < FRACTION_DIGITS && isdigit((unsigned char)*at); digits++, at++) {
		scale /= 10;
		value += (*at - '0') * scale;
	}
	if (!digits)
		return false;
	reading->fraction_ms = (int64_t)(value * (double)unit_ms + 1e-6);
	reading->at = at;
	return true;
}

static bool take_time(struct reading *reading)
{
	struct date_fields *fields = &reading->fields;

	if (!take_digits(&reading->at, 2, &fields->hour))
		return false;
	if (take_fraction(reading, 3600 * 1000) || !take_part(reading, ':', 2, &fields->minute))
		return true;
	if (take_fraction(reading, 60 * 1000) || !take_part(reading, ':', 2, &fields->second))
		return true;
	take_fraction(reading, 1000);
	return true;
}

static bool two_digits(const char **at, int64_t most, int64_t *ret)
{
	const char *start = *at;

	if (take_digits(at, 2, ret) && *at == start + 2 && *ret <= most)
		return true;
	*at = start;
	return false;
}

static void take_offset(struct reading *reading)
{
	const char *at = reading->at;
	int64_t hours, minutes = 0;
	bool negative = *at == '-';

	if (take_letter(&at, 'Z')) {
		reading->has_offset = true;
	} else if ((*at == '+' || *at == '-') && (at++, two_digits(&at, 23, &hours))) {
		const char *behind = at + (*at == ':');

		if (two_digits(&behind, 59, &minutes))
			at = behind;
		reading->has_offset = true;
		reading->offset_minutes = (negative ? -1 : 1) * (hours * 60 + minutes);
	}
	if (reading->has_offset)
		reading->at = at;
}

/* All of the date that there is; whether it begins like one. */
static bool read_date(struct reading *reading)
{
	const char *behind;
	bool dated = take_year(reading);

	if (dated)
		take_day(reading);
	behind = reading->at;
	if (!take_letter(&behind, 'T'))
		return dated;
	reading->at = behind;
	if (!take_time(reading) && !dated)
		return false;
	take_offset(reading);
	return true;
}

static bool is_leap(int64_t year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int64_t days_of_month(int64_t year, int64_t month)
{
	static const int8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return days[month - 1] + (month == 2 && is_leap(year));
}

/* 1 = Monday, of 4 January: the week that it lies in is the year's first. */
static int64_t weekday_of_fourth(int64_t year)
{
	int64_t before = year - 1;
	int64_t days = before * 365 + (before >= 0 ? before / 4 - before / 100 + before / 400 : 0);

	return (days + 3) % 7 + 1;
}

static int64_t weeks_of(int64_t year)
{
	int64_t first = (weekday_of_fourth(year) + 3) % 7 + 1; /* of 1 January */

	return first == 4 || (first == 3 && is_leap(year)) ? 53 : 52;
}

/* Unless VALUE is there and out of its bounds: NULL, or WHY as it is. */
static const char *check_field(struct arena *arena, const char *why, const char *name,
			       int64_t value, int64_t least, int64_t most)
{
	if (why || value == ABSENT || (value >= least && value <= most))
		return why;
	return arena_printf(arena, "Value %lld for %s must be in the range [%lld,%lld]",
			    (long long)value, name, (long long)least, (long long)most);
}

/* NULL, or which field is out of its bounds: the largest one is looked at first. */
static const char *check_fields(struct arena *arena, const struct reading *reading)
{
	const struct date_fields *f = &reading->fields;
	const char *why = check_field(arena, NULL, "year", f->year, YEAR_MIN, YEAR_MAX);

	why = check_field(arena, why, "monthOfYear", f->month, 1, 12);
	why = check_field(arena, why, "weekOfWeekyear", reading->week, 1, weeks_of(f->year));
	why = check_field(arena, why, "dayOfYear", reading->day_of_year, 1, 365 + is_leap(f->year));
	if (!why)
		why = check_field(arena, why, "dayOfMonth", f->day, 1,
				  days_of_month(f->year, f->month));
	why = check_field(arena, why, "dayOfWeek", reading->weekday, 1, 7);
	why = check_field(arena, why, "hourOfDay", f->hour, 0, 23);
	why = check_field(arena, why, "minuteOfHour", f->minute, 0, 59);
	return check_field(arena, why, "secondOfMinute", f->second, 0, 59);
}

static int64_t join(struct reading *reading)
{
	struct date_fields *fields = &reading->fields;

	if (reading->day_of_year != ABSENT)
		fields->day = reading->day_of_year;
	if (reading->week != ABSENT)
		fields->day = 4 - (weekday_of_fourth(fields->year) - 1) + (reading->week - 1) * 7 +
			      (reading->weekday == ABSENT ? 0 : reading->weekday - 1);
	fields->millisecond = reading->fraction_ms;
	return reading->has_offset ? date_join_utc(fields) - reading->offset_minutes * 60 * 1000
				   : date_join(fields);
}

bool iso_date_parse(struct arena *arena, const char *text, int64_t *ret_time, const char **ret_why)
{
	struct reading reading = {
		.at = text,
		.fields = {.year = 1970, .month = 1, .day = 1},
		.day_of_year = ABSENT,
		.week = ABSENT,
		.weekday = ABSENT
        };
	bool begun = read_date(&reading);
	const char *bad;

	if (!begun || *reading.at) {
		*ret_why =
			reading.at == text ? arena_printf(arena, "Invalid format: \"%s\"", text)
			: *reading.at
				? arena_printf(arena,
					       "Invalid format: \"%s\" is malformed at "
					       "\"%s\"",
					       text, reading.at)
				: arena_printf(arena, "Invalid format: \"%s\" is too short", text);
		return false;
	}
	bad = check_fields(arena, &reading);
	if (bad) {
		*ret_why = arena_printf(arena, "Cannot parse \"%s\": %s", text, bad);
		return false;
	}
	*ret_time = join(&reading);
	return true;
}
