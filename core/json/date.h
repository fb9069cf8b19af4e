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
 * Reads a date as leniently as the engine: fields out of range roll over, text after the date is
 * ignored, the fraction counts milliseconds whatever its length; the zone is +hhmm, GMT+hh:mm or a
 * common abbreviation. False when TEXT is no date.
 */
bool date_parse(const char *text, int64_t *ret_time);

/* TIME plus DAYS by the calendar: the wall clock's time of day stays (semantics.md 4.7). */
int64_t date_add_days(int64_t time, int64_t days);

#endif
