#include "core/history/cleanup_window.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { DAYS_AHEAD = 7, DAY_MINUTES = 24 * 60 };

/* Minutes of the day in the server's zone; one that names a zone is taken as of TODAY. */
static int minutes_of(const char *text, const struct tm *today)
{
	int hours = 0, minutes = 0, zone_hours = 0, zone_minutes = 0;
	char sign = 0;
	struct tm day = {
		.tm_year = today->tm_year, .tm_mon = today->tm_mon, .tm_mday = today->tm_mday};
	struct tm local;
	time_t time;

	if (sscanf(text, "%2d:%2d%c%2d%2d", &hours, &minutes, &sign, &zone_hours, &zone_minutes) <
	    5)
		return (hours * 60 + minutes) % DAY_MINUTES; /* 24:00 is 00:00 */
	minutes += hours * 60 - (sign == '-' ? -1 : 1) * (zone_hours * 60 + zone_minutes);
	time = timegm(&day) + (time_t)minutes * 60;
	localtime_r(&time, &local);
	return local.tm_hour * 60 + local.tm_min;
}

static int64_t time_on(const struct tm *day, int add_days, int minutes)
{
	struct tm at = {.tm_year = day->tm_year,
			.tm_mon = day->tm_mon,
			.tm_mday = day->tm_mday + add_days,
			.tm_hour = minutes / 60,
			.tm_min = minutes % 60,
			.tm_isdst = -1};

	return (int64_t)mktime(&at) * 1000;
}

/* The window that starts OFFSET days from today. */
static bool window_on(const struct config *config, const struct tm *today, int offset,
		      struct cleanup_window *ret)
{
	int weekday = ((today->tm_wday + 6 + offset) % WEEKDAYS + WEEKDAYS) % WEEKDAYS;
	const char *start = config->weekday_batch_window_start_time[weekday];
	const char *end = config->weekday_batch_window_end_time[weekday];
	int from, to;

	if (!start || !*start) {
		start = config->history_cleanup_batch_window_start_time;
		end = config->history_cleanup_batch_window_end_time;
	}
	if (!start || !*start)
		return false;
	from = minutes_of(start, today);
	to = minutes_of(end && *end ? end : "00:00", today);
	ret->start = time_on(today, offset, from);
	ret->end = time_on(today, to <= from ? offset + 1 : offset, to);
	return true;
}

static struct tm today_of(int64_t now)
{
	time_t seconds = (time_t)(now / 1000);
	struct tm today;

	localtime_r(&seconds, &today);
	return today;
}

bool cleanup_window_configured(const struct config *config)
{
	struct cleanup_window ignored;
	struct tm today = today_of(0);
	int day;

	for (day = 0; day < WEEKDAYS; day++)
		if (window_on(config, &today, day, &ignored))
			return true;
	return false;
}

bool cleanup_window_current_or_next(const struct config *config, int64_t now,
				    struct cleanup_window *ret)
{
	struct tm today = today_of(now);

	if (window_on(config, &today, -1, ret) && ret->start <= now && now < ret->end)
		return true;
	if (window_on(config, &today, 0, ret) && now < ret->end)
		return true;
	return cleanup_window_next(config, now, ret);
}

bool cleanup_window_next(const struct config *config, int64_t now, struct cleanup_window *ret)
{
	struct tm today = today_of(now);
	int day;

	for (day = 0; day <= DAYS_AHEAD; day++)
		if (window_on(config, &today, day, ret) && now < ret->start)
			return true;
	return false;
}

bool cleanup_window_is_open(const struct config *config, int64_t now)
{
	struct cleanup_window window;

	return cleanup_window_current_or_next(config, now, &window) && window.start <= now &&
	       now < window.end;
}
