/* Batch windows of history clean-up: which one holds a moment, which one comes next. */
#include "core/history/cleanup_window.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

enum { DAY = 86400 * 1000, HOUR = 3600 * 1000 };

/* Monday, 5 January 2026, midnight UTC. */
static const int64_t monday = 1767571200000;

static int set_zone(const char *zone)
{
	setenv("TZ", zone, 1);
	tzset();
	return 0;
}

static int in_utc(void **state)
{
	(void)state;
	return set_zone("UTC");
}

static struct config config_of(const char *start, const char *end)
{
	struct config config = {.history_cleanup_batch_window_start_time = start,
				.history_cleanup_batch_window_end_time = end};

	return config;
}

static void without_a_start_there_is_none(void **state)
{
	struct config config = config_of(NULL, "00:00");
	struct cleanup_window window;

	(void)state;
	assert_false(cleanup_window_configured(&config));
	assert_false(cleanup_window_current_or_next(&config, monday, &window));
	assert_false(cleanup_window_is_open(&config, monday));
}

static void the_start_is_in_it_and_the_end_is_not(void **state)
{
	struct config config = config_of("02:00", "04:00");
	struct cleanup_window window;

	(void)state;
	assert_false(cleanup_window_is_open(&config, monday + 2 * HOUR - 1));
	assert_true(cleanup_window_is_open(&config, monday + 2 * HOUR));
	assert_true(cleanup_window_is_open(&config, monday + 4 * HOUR - 1));
	assert_false(cleanup_window_is_open(&config, monday + 4 * HOUR));
	assert_true(cleanup_window_current_or_next(&config, monday + 4 * HOUR, &window));
	assert_int_equal(window.start, monday + DAY + 2 * HOUR);
	assert_true(cleanup_window_next(&config, monday + 2 * HOUR, &window));
	assert_int_equal(window.start, monday + DAY + 2 * HOUR);
}

static void a_window_goes_over_midnight(void **state)
{
	struct config config = config_of("23:00", "01:00");
	struct cleanup_window window;

	(void)state;
	assert_true(cleanup_window_is_open(&config, monday + HOUR - 1));
	assert_true(cleanup_window_current_or_next(&config, monday, &window));
	assert_int_equal(window.start, monday - HOUR);
	assert_int_equal(window.end, monday + HOUR);
	assert_false(cleanup_window_is_open(&config, monday + HOUR));
}

static void a_window_from_midnight_to_midnight_is_always_open(void **state)
{
	struct config config = config_of("00:00", "00:00");

	(void)state;
	assert_true(cleanup_window_is_open(&config, monday));
	assert_true(cleanup_window_is_open(&config, monday + DAY - 1));
}

static void a_day_of_its_own_replaces_the_default(void **state)
{
	struct config config = config_of("02:00", "04:00");
	struct cleanup_window window;

	(void)state;
	config.weekday_batch_window_start_time[MONDAY] = "10:00";
	config.weekday_batch_window_end_time[MONDAY] = "11:00";
	assert_false(cleanup_window_is_open(&config, monday + 3 * HOUR));
	assert_true(cleanup_window_is_open(&config, monday + 10 * HOUR));
	config = config_of(NULL, NULL);
	config.weekday_batch_window_start_time[SUNDAY] = "10:00";
	assert_true(cleanup_window_configured(&config));
	assert_true(cleanup_window_current_or_next(&config, monday, &window));
	assert_int_equal(window.start, monday + (int64_t)6 * DAY + 10 * HOUR);
	assert_int_equal(window.end, monday + (int64_t)7 * DAY);
}

static void a_time_with_a_zone_is_one_of_the_servers(void **state)
{
	struct config config = config_of("03:00+0200", "05:30+0200");

	(void)state;
	assert_false(cleanup_window_is_open(&config, monday + HOUR - 1));
	assert_true(cleanup_window_is_open(&config, monday + HOUR));
	assert_false(cleanup_window_is_open(&config, monday + 3 * HOUR + HOUR / 2));
}

/* Half past ten at +01:00 is half past eleven in Berlin while there is summer time. */
static void a_time_with_a_zone_is_taken_as_of_today(void **state)
{
	struct config config = config_of("22:30+0100", "23:30+0100");
	const int64_t summer = 1782900000000; /* Wednesday, 1 July 2026, 12:00 in Berlin */
	const int64_t winter = 1768474800000; /* Thursday, 15 January 2026, 12:00 in Berlin */
	struct cleanup_window window;

	(void)state;
	set_zone("CET-1CEST,M3.5.0,M10.5.0/3");
	assert_true(cleanup_window_next(&config, summer, &window));
	assert_int_equal(window.start - summer, 11 * HOUR + HOUR / 2);
	assert_true(cleanup_window_next(&config, winter, &window));
	assert_int_equal(window.start - winter, 10 * HOUR + HOUR / 2);
	set_zone("UTC");
}

static void midnight_may_be_the_end_of_a_day(void **state)
{
	struct config config = config_of("6:00", "24:00");
	struct cleanup_window window;

	(void)state;
	assert_true(cleanup_window_next(&config, monday, &window));
	assert_int_equal(window.start, monday + 6 * HOUR);
	assert_int_equal(window.end, monday + DAY);
	config = config_of("24:00", "1:00");
	assert_true(cleanup_window_current_or_next(&config, monday, &window));
	assert_int_equal(window.start, monday);
	assert_int_equal(window.end, monday + HOUR);
}

static void times_of_day_stay_over_a_change_of_the_clock(void **state)
{
	struct config config = config_of("04:00", "05:00");
	const int64_t before = 1774688400000; /* Saturday, 28 March 2026, 10:00 in Berlin */
	struct cleanup_window window;

	(void)state;
	set_zone("CET-1CEST,M3.5.0,M10.5.0/3");
	assert_true(cleanup_window_next(&config, before, &window));
	assert_int_equal(window.start - before, 17 * HOUR); /* one hour is missing that night */
	set_zone("UTC");
}

static int64_t hours_of_night(const char *from, const char *to, int64_t before)
{
	struct config config = config_of(from, to);
	struct cleanup_window window;

	assert_true(cleanup_window_next(&config, before, &window));
	assert_true(cleanup_window_is_open(&config, window.start));
	assert_true(cleanup_window_is_open(&config, window.end - 1));
	assert_false(cleanup_window_is_open(&config, window.end));
	return (window.end - window.start) / HOUR;
}

static void a_night_is_longer_or_shorter_when_the_clock_changes(void **state)
{
	const int64_t spring = 1774688400000; /* Saturday, 28 March 2026, 10:00 in Berlin */
	const int64_t autumn = 1792828800000; /* Saturday, 24 October 2026, 10:00 in Berlin */

	(void)state;
	set_zone("CET-1CEST,M3.5.0,M10.5.0/3");
	assert_int_equal(hours_of_night("22:00", "06:00", spring), 7);
	assert_int_equal(hours_of_night("22:00", "06:00", spring - DAY), 8);
	assert_int_equal(hours_of_night("22:00", "06:00", autumn), 9);
	set_zone("UTC");
}

/* What begins within the hour that is missing that night is open on the next one. */
static void a_window_in_the_missing_hour_is_not_lost_for_good(void **state)
{
	const int64_t spring = 1774688400000; /* Saturday, 28 March 2026, 10:00 in Berlin */
	struct config config = config_of("02:15", "02:45");
	int64_t minute, open = 0;

	(void)state;
	set_zone("CET-1CEST,M3.5.0,M10.5.0/3");
	for (minute = 0; minute < (int64_t)48 * 60; minute++)
		open += cleanup_window_is_open(&config, spring + minute * HOUR / 60);
	assert_in_range(open, 30, 60);
	set_zone("UTC");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_start_there_is_none),
		cmocka_unit_test(the_start_is_in_it_and_the_end_is_not),
		cmocka_unit_test(a_window_goes_over_midnight),
		cmocka_unit_test(a_window_from_midnight_to_midnight_is_always_open),
		cmocka_unit_test(a_day_of_its_own_replaces_the_default),
		cmocka_unit_test(a_time_with_a_zone_is_one_of_the_servers),
		cmocka_unit_test(a_time_with_a_zone_is_taken_as_of_today),
		cmocka_unit_test(midnight_may_be_the_end_of_a_day),
		cmocka_unit_test(times_of_day_stay_over_a_change_of_the_clock),
		cmocka_unit_test(a_night_is_longer_or_shorter_when_the_clock_changes),
		cmocka_unit_test(a_window_in_the_missing_hour_is_not_lost_for_good),
	};

	return cmocka_run_group_tests(tests, in_utc, NULL);
}
