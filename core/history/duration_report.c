#include "core/history/duration_report.h"

#include <stddef.h>
#include <string.h>
#include <time.h>

/* Months whose bounds are computed beforehand; the others are asked for one by one. */
enum { FIRST_YEAR = 1970, YEARS = 130, MONTHS = YEARS * 12 };

struct reporting {
	struct plan *plan;
	enum period_unit unit;
	struct duration_period *periods;
	int64_t starts[MONTHS + 1]; /* of each month */
	size_t month;               /* of the row before: the next is mostly in the same */
};

static void compute_months(struct reporting *reporting)
{
	size_t i;

	for (i = 0; i <= MONTHS; i++) {
		struct tm tm = {.tm_year = (int)(FIRST_YEAR - 1900 + i / 12),
				.tm_mon = (int)(i % 12),
				.tm_mday = 1,
				.tm_isdst = -1};

		reporting->starts[i] = (int64_t)mktime(&tm) * 1000;
	}
}

/* The month of the calendar, 0 to 11, of a time beyond the computed ones. */
static unsigned month_beyond(int64_t time)
{
	time_t seconds = (time_t)(time >= 0 ? time / 1000 : (time - 999) / 1000);
	struct tm tm;

	return localtime_r(&seconds, &tm) ? (unsigned)tm.tm_mon : 0;
}

static unsigned month_of(struct reporting *reporting, int64_t time)
{
	size_t low = 0, high = MONTHS;

	if (time < reporting->starts[0] || time >= reporting->starts[MONTHS])
		return month_beyond(time);
	if (time >= reporting->starts[reporting->month] &&
	    time < reporting->starts[reporting->month + 1])
		return (unsigned)(reporting->month % 12);
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (time < reporting->starts[middle])
			high = middle;
		else
			low = middle;
	}
	reporting->month = low;
	return (unsigned)(low % 12);
}

static void add(struct duration_period *period, int64_t duration)
{
	if (!period->count || duration < period->minimum)
		period->minimum = duration;
	if (!period->count || duration > period->maximum)
		period->maximum = duration;
	period->count++;
	period->total += duration;
}

static bool take(void *arg, uint32_t segment, const uint8_t *mask, uint32_t count)
{
	struct reporting *reporting = arg;
	struct archive *archive = columns_archive(reporting->plan->columns);
	const struct column_set *set;
	uint32_t row;

	archive_lock_shared(archive);
	set = columns_set(reporting->plan->columns, segment);
	for (row = 0; row < count && !set->absent; row++) {
		unsigned month;

		if (!mask[row] || set->start_time[row] == TIME_NULL)
			continue;
		month = month_of(reporting, set->start_time[row]);
		add(&reporting->periods[reporting->unit == PERIOD_MONTH ? month : month / 3],
		    set->end_time[row] - set->start_time[row]);
	}
	archive_unlock(archive);
	return true;
}

int duration_report(struct plan *plan, enum period_unit unit,
		    struct duration_period periods[PERIODS_MAX])
{
	struct reporting *reporting = arena_alloc(plan->arena, sizeof(*reporting));

	memset(periods, 0, PERIODS_MAX * sizeof(*periods));
	reporting->plan = plan;
	reporting->unit = unit;
	reporting->periods = periods;
	compute_months(reporting);
	condition_range(plan_add(plan, &plan->all), offsetof(struct column_set, end_time),
			TIME_NULL + 1, INT64_MAX);
	return plan_run(plan, take, reporting);
}

int64_t duration_average(const struct duration_period *period)
{
	return (period->total + period->count / 2) / period->count;
}
