#include "core/expression/date_time.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "storage/buffer.h"

static const char *const weekdays[] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
				       "Friday", "Saturday", "Sunday"};
static const char *const months[] = {"January",   "February", "March",    "April",
				     "May",       "June",     "July",     "August",
				     "September", "October",  "November", "December"};

void java_date_format(int64_t time, char *text)
{
	time_t seconds = (time_t)(time / 1000 - (time % 1000 < 0));
	struct date_fields fields;
	struct tm local;

	date_split(time, &fields);
	if (!localtime_r(&seconds, &local)) { /* a year beyond what C counts */
		snprintf(text, DATE_TIME_SIZE, "%lld", (long long)time);
		return;
	}
	snprintf(text, DATE_TIME_SIZE, "%.3s %.3s %02d %02d:%02d:%02d %s %lld",
		 weekdays[iso_weekday(&fields) - 1], months[fields.month - 1], (int)fields.day,
		 (int)fields.hour, (int)fields.minute, (int)fields.second, local.tm_zone,
		 (long long)fields.year);
}

void date_time_format(int64_t time, char *text)
{
	struct date_fields fields;
	int length;

	date_split(time, &fields);
	length = snprintf(text, DATE_TIME_SIZE, "%s%04lld-%02d-%02dT%02d:%02d:%02d.%03d",
			  fields.year < 0 ? "-" : "", llabs(fields.year), (int)fields.month,
			  (int)fields.day, (int)fields.hour, (int)fields.minute, (int)fields.second,
			  (int)fields.millisecond);
	if (!fields.offset)
		snprintf(text + length, DATE_TIME_SIZE - (size_t)length, "Z");
	else
		snprintf(text + length, DATE_TIME_SIZE - (size_t)length, "%c%02d:%02d",
			 fields.offset < 0 ? '-' : '+', abs(fields.offset) / 3600,
			 abs(fields.offset) / 60 % 60);
}

int64_t month_days(int64_t year, int64_t month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	if (month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0))
		return 29;
	return days[month - 1];
}

int64_t day_of_year(const struct date_fields *fields)
{
	int64_t days = fields->day, month;

	for (month = 1; month < fields->month; month++)
		days += month_days(fields->year, month);
	return days;
}

/* Sakamoto's way: the year begins in March, so that the leap day is its last. */
int64_t iso_weekday(const struct date_fields *fields)
{
	static const int shifts[] = {0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4};
	int64_t year = (fields->year - (fields->month < 3)) % 400 + 400, day;

	day = (year + year / 4 - year / 100 + year / 400 + shifts[fields->month - 1] +
	       fields->day) %
	      7;
	return day ? day : 7;
}

static int64_t weeks_in(int64_t year)
{
	const struct date_fields first = {.year = year, .month = 1, .day = 1};
	const struct date_fields last = {.year = year, .month = 12, .day = 31};

	return iso_weekday(&first) == 4 || iso_weekday(&last) == 4 ? 53 : 52;
}

/* Week within the date's own year, 0 and 53 or 54 when it is another year's. */
static int64_t own_week(const struct date_fields *fields)
{
	return (day_of_year(fields) - iso_weekday(fields) + 10) / 7;
}

int64_t iso_week(const struct date_fields *fields)
{
	int64_t week = own_week(fields);

	if (!week)
		return weeks_in(fields->year - 1);
	return week > weeks_in(fields->year) ? 1 : week;
}

int64_t iso_weekyear(const struct date_fields *fields)
{
	int64_t week = own_week(fields);

	return fields->year + (week > weeks_in(fields->year)) - !week;
}

/* The number that LETTER stands for. False: it is no such letter. */
static bool letter_number(const struct date_fields *fields, char letter, int count, int64_t *ret)
{
	const int64_t half = fields->hour % 12, ms = fields->millisecond;
	const struct {
		char letter;
		int64_t value;
	} parts[] = {
		{'y', count == 2 ? fields->year % 100 : fields->year},
		{'Y', fields->year				  },
		{'x', iso_weekyear(fields)                          },
		{'w', iso_week(fields)                              },
		{'e', iso_weekday(fields)                           },
		{'M', fields->month                                 },
		{'d', fields->day				   },
		{'D', day_of_year(fields)                           },
		{'H', fields->hour				  },
		{'k', fields->hour ? fields->hour : 24              },
		{'K', half					  },
		{'h', half ? half : 12                              },
		{'m', fields->minute                                },
		{'s', fields->second                                },
		{'S', count == 1   ? ms / 100
		      : count == 2 ? ms / 10
				   : ms        },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(parts); i++) {
		*ret = parts[i].value;
		if (parts[i].letter == letter)
			return true;
	}
	return false;
}

/* The word that LETTER stands for; NULL: none. */
static const char *letter_word(const struct date_fields *fields, char letter, int count)
{
	if (letter == 'E')
		return weekdays[iso_weekday(fields) - 1];
	if (letter == 'M' && count > 2)
		return months[fields->month - 1];
	return letter == 'a' ? fields->hour < 12 ? "AM" : "PM" : NULL;
}

/* What COUNT letters stand for; false: they have no meaning. */
static bool put_part(struct buffer *buffer, const struct date_fields *fields, char letter,
		     int count)
{
	const char *word = letter_word(fields, letter, count);
	char text[64];
	int64_t number;

	if (letter == 'Z')
		snprintf(text, sizeof(text), count == 1 ? "%c%02d%02d" : "%c%02d:%02d",
			 fields->offset < 0 ? '-' : '+', abs(fields->offset) / 3600,
			 abs(fields->offset) / 60 % 60);
	else if (word)
		snprintf(text, sizeof(text), "%.*s", count > 3 ? 16 : 3, word);
	else if (letter_number(fields, letter, count, &number))
		snprintf(text, sizeof(text), "%0*lld", count < 20 ? count : 20, (long long)number);
	else
		return false;
	buffer_put_text(buffer, text);
	return true;
}

/* What stands between quotes, from the first on; two quotes are one. Returns what is behind. */
static const char *put_quoted(struct buffer *buffer, const char *at)
{
	if (at[1] == '\'') {
		buffer_put_u8(buffer, '\'');
		return at + 2;
	}
	for (at++; *at && *at != '\''; at++)
		buffer_put_u8(buffer, (uint8_t)*at);
	return at + (*at != '\0');
}

/* Returns where letters stand that have no meaning, or NULL. */
static const char *put_pattern(struct buffer *buffer, const struct date_fields *fields,
			       const char *at)
{
	int count;

	while (*at) {
		if (*at == '\'') {
			at = put_quoted(buffer, at);
			continue;
		}
		if ((*at | 0x20) < 'a' || (*at | 0x20) > 'z') {
			buffer_put_u8(buffer, (uint8_t)*at++);
			continue;
		}
		for (count = 1; at[count] == *at;)
			count++;
		if (!put_part(buffer, fields, *at, count))
			return at;
		at += count;
	}
	return NULL;
}

const char *date_time_pattern(struct arena *arena, int64_t time, const char *pattern,
			      const char **unknown)
{
	const char *text, *wrong, *end;
	struct date_fields fields;
	struct buffer buffer;

	date_split(time, &fields);
	buffer_init(&buffer);
	wrong = put_pattern(&buffer, &fields, pattern);
	text = arena_strndup(arena, (const char *)buffer.data, buffer.length);
	buffer_clear(&buffer);
	for (end = wrong; end && *end == *wrong;)
		end++;
	*unknown = wrong ? arena_strndup(arena, wrong, (size_t)(end - wrong)) : NULL;
	return wrong ? NULL : text;
}
