/*
 * How long process instances took, by the month or quarter in which they started.
 *
 * As in the original a period is a number of the calendar, whatever the year: the Januaries of all
 * years are one period. The server's time zone decides.
 */
#ifndef CORE_HISTORY_DURATION_REPORT_H
#define CORE_HISTORY_DURATION_REPORT_H

#include "core/history/plan.h"

enum period_unit { PERIOD_NONE, PERIOD_MONTH, PERIOD_QUARTER };

enum { PERIODS_MAX = 12 };

struct duration_period {
	int64_t count;                   /* of instances; 0 = not in the report */
	int64_t minimum, maximum, total; /* milliseconds */
};

/* PERIODS[0] is the first month or quarter. Instances that run are left out of the PLAN given. */
int duration_report(struct plan *plan, enum period_unit unit,
		    struct duration_period periods[PERIODS_MAX]);

/* Rounded to the nearest, as the original's database does; of a period that counts something. */
int64_t duration_average(const struct duration_period *period);

#endif
