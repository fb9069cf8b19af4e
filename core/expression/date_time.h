/*
 * Dates as texts of Java, and reckoning with them by the calendar of the server's zone.
 */
#ifndef CORE_EXPRESSION_DATE_TIME_H
#define CORE_EXPRESSION_DATE_TIME_H

#include <stdint.h>

#include "core/json/date.h"
#include "storage/arena.h"

enum { DATE_TIME_SIZE = 64 };

/* As java.util.Date says it: Thu Feb 29 12:34:56 UTC 2024. TEXT has room for DATE_TIME_SIZE. */
void java_date_format(int64_t time, char *text);

/* As org.joda.time.DateTime says it: 2024-02-29T12:34:56.789Z, or +01:00 for Z. */
void date_time_format(int64_t time, char *text);

/*
 * As DateTime.toString() says it by a PATTERN such as dd.MM.yyyy HH:mm: letters of parts of a date,
 * and quoted text. NULL when there is another letter: *UNKNOWN.
 */
const char *date_time_pattern(struct arena *arena, int64_t time, const char *pattern,
			      const char **unknown);

int64_t month_days(int64_t year, int64_t month);
int64_t day_of_year(const struct date_fields *fields);

/* 1 = Monday. */
int64_t iso_weekday(const struct date_fields *fields);

/* The week that has the year's first Thursday is the first. */
int64_t iso_week(const struct date_fields *fields);
int64_t iso_weekyear(const struct date_fields *fields);

#endif
