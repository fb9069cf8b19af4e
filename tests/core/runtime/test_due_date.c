/* Dates, periods and retry cycles as models write them. */
#include "core/runtime/due_date.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "storage/arena.h"

enum { MINUTE = 60 * 1000, HOUR = 60 * MINUTE, DAY = 24 * HOUR };

/* 2026-01-31T12:00:00Z */
static const int64_t now = 1769860800000;

static int64_t due(const char *text)
{
	int64_t time = -1;

	assert_true(due_date_parse(text, now, &time));
	return time;
}

static void periods_are_counted_from_now_on(void **state)
{
	(void)state;
	assert_int_equal(due("PT10M"), now + 10 * MINUTE);
	assert_int_equal(due("P1DT2H3M4S"), now + DAY + 2 * HOUR + 3 * MINUTE + 4000);
	assert_int_equal(due("P2W"), now + 14 * (int64_t)DAY);
	assert_int_equal(due("PT0S"), now);
}

/* Months go by the calendar: the 31st of February is the 3rd of March. */
static void months_and_years_go_by_the_calendar(void **state)
{
	(void)state;
	assert_int_equal(due("P1M"), now + 31 * (int64_t)DAY);
	assert_int_equal(due("P2M"), now + 59 * (int64_t)DAY);
	assert_int_equal(due("P1Y"), now + 365 * (int64_t)DAY);
}

static void dates_are_of_the_zone_or_of_their_own(void **state)
{
	(void)state;
	assert_int_equal(due("2026-01-31T12:00:00"), now);
	assert_int_equal(due("2026-01-31T12:00"), now);
	assert_int_equal(due("2026-01-31"), now - 12 * HOUR);
	assert_int_equal(due("2026-01-31T12:00:00Z"), now);
	assert_int_equal(due("2026-01-31T14:00:00+02:00"), now);
	assert_int_equal(due("2026-01-31T10:30:00-01:30"), now);
	assert_int_equal(due("2026-01-31T13:00:00.250+0100"), now + 250);
	assert_int_equal(due("2026-02"), now + 12 * HOUR);
	assert_int_equal(due("2026-02T13+01"), now + DAY);
	assert_int_equal(due("2026-01-31T"), now - 12 * HOUR);
}

static void what_is_no_date_is_refused(void **state)
{
	static const char *const bad[] = {"",
					  "P",
					  "PT",
					  "often",
					  "P1X",
					  "PT1D",
					  "P1TM",
					  "10M",
					  "P-1D",
					  "2026-01-31T12:00:00 or so",
					  "2026-02-30",
					  "2026-13-01",
					  "2026-01-31T24:00",
					  "2026-01-31T12:00+1"};
	int64_t time;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		if (due_date_parse(bad[i], now, &time))
			fail_msg("'%s' is taken for a date", bad[i]);
}

/* Attempts and the due date after a failure with RETRIES left. */
static void check_cycle(const char *text, int64_t retries, int64_t attempts, int64_t due_in)
{
	int64_t ret_attempts = -1, ret_due = -1;

	assert_true(retry_cycle_parse(text, retries, now, &ret_attempts, &ret_due));
	assert_int_equal(ret_attempts, attempts);
	assert_int_equal(ret_due, now + due_in);
}

static void cycles_repeat_at_one_interval(void **state)
{
	(void)state;
	check_cycle("R4/P2D", 4, 4, 2 * DAY);
	check_cycle("R4/P2D", 1, 4, 2 * DAY);
	check_cycle("R/PT1M", 7, INT32_MAX, MINUTE);
	check_cycle("R0/PT1M", 1, 1, MINUTE);
}

static void a_cycle_may_begin_later(void **state)
{
	(void)state;
	check_cycle("R2/2026-02-01T12:00:00/PT1M", 2, 2, DAY);
	check_cycle("R2/2026-01-01T12:00:00/PT1M", 2, 2, MINUTE);
}

static void intervals_follow_each_other_and_the_last_stays(void **state)
{
	(void)state;
	check_cycle("P1D,P5D", 3, 3, DAY);
	check_cycle("P1D,P5D", 2, 3, 5 * (int64_t)DAY);
	check_cycle("P1D,P5D", 1, 3, 5 * (int64_t)DAY);
	check_cycle("P1D , P5D", 99, 3, DAY); /* somebody gave it more */
	check_cycle("PT5M", 2, 2, 5 * MINUTE);
}

static void what_is_no_cycle_is_refused(void **state)
{
	static const char *const bad[] = {
		"often",   "R3",    "R3/",       "R3/often", "R-1/PT1M",
		"Rx/PT1M", "PT1M,", "PT1M;PT2M", "",         "R2/tomorrow/PT1M"};
	int64_t attempts, time;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		if (retry_cycle_parse(bad[i], 3, now, &attempts, &time))
			fail_msg("'%s' is taken for a cycle", bad[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(periods_are_counted_from_now_on),
		cmocka_unit_test(months_and_years_go_by_the_calendar),
		cmocka_unit_test(dates_are_of_the_zone_or_of_their_own),
		cmocka_unit_test(what_is_no_date_is_refused),
		cmocka_unit_test(cycles_repeat_at_one_interval),
		cmocka_unit_test(a_cycle_may_begin_later),
		cmocka_unit_test(intervals_follow_each_other_and_the_last_stays),
		cmocka_unit_test(what_is_no_cycle_is_refused),
	};

	setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
