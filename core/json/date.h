/*
 * Dates as the API writes and reads them: 2013-01-23T13:42:42.000+0200 (semantics.md 0.3).
 */
#ifndef CORE_JSON_DATE_H
#define CORE_JSON_DATE_H

#include <stdbool.h>
#include <stdint.h>

enum { DATE_SIZE = 48 };

/* TIME in the server's time zone; TEXT has room for DATE_SIZE bytes. Returns the length. */
int date_format(int64_t time, char *text);

/*
 * Reads a date as leniently as the engine: fields out of range roll over, negative ones too; space
 * before a field and text after the date are ignored; the fraction counts milliseconds whatever
 * its length; the zone is +hhmm, GMT+hh:mm or a common abbreviation. False when TEXT is no date.
 */
bool date_parse(const char *text, int64_t *ret_time);

/*
 * TIME plus DAYS by the calendar: the wall clock's time of day stays (semantics.md 4.7), or is an
 * hour later when the clock leaves it out.
 */
int64_t date_add_days(int64_t time, int64_t days);

/* A time as the calendar and the clock on the wall of the server's time zone have it. */
struct date_fields {
	int64_t year;
	int64_t month, day; /* from 1 */
	int64_t hour, minute, second, millisecond;
	int offset; /* of the zone then: seconds east of Greenwich */
};

void date_split(int64_t time, struct date_fields *ret);

/*
 * The time that FIELDS mean; fields out of range roll over, and the offset is not looked at. A time
 * that the clock leaves out is one that it shows an hour later, one that it shows twice the first.
 */
int64_t date_join(const struct date_fields *fields);

/* The same where the clocks show the time of Greenwich. */
int64_t date_join_utc(const struct date_fields *fields);

#endif
