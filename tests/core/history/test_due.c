/* When what has ended is due, by the calendar. */
#include "core/history/due.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "core/json/date.h"

/* Chile's clocks go from midnight to one o'clock. */
#define SANTIAGO "<-04>4<-03>,M9.1.6/24,M4.1.6/24"
#define BERLIN   "CET-1CEST,M3.5.0,M10.5.0/3"

static void expect_limit(const char *zone, const char *now, int64_t days, const char *limit)
{
	int64_t time, expected;

	setenv("TZ", zone, 1);
	tzset();
	assert_true(date_parse(now, &time) && date_parse(limit, &expected));
	assert_true(due_limit(time, days) == expected);
}

static void days_are_those_of_the_calendar(void **state)
{
	(void)state;
	expect_limit(BERLIN, "2024-01-10T00:30:00.000+0100", 1, "2024-01-10T00:00:00.000+0100");
	expect_limit(BERLIN, "2024-01-10T23:30:00.000+0100", 1, "2024-01-10T00:00:00.000+0100");
	expect_limit(BERLIN, "2024-04-02T12:00:00.000+0200", 4, "2024-03-30T00:00:00.000+0100");
	expect_limit(SANTIAGO, "2024-09-08T12:00:00.000-0300", 1, "2024-09-08T01:00:00.000-0300");
	expect_limit(SANTIAGO, "2024-09-08T12:00:00.000-0300", 2, "2024-09-07T00:00:00.000-0400");
	expect_limit(SANTIAGO, "2024-09-10T12:00:00.000-0300", 3, "2024-09-08T01:00:00.000-0300");
}

static void no_days_are_now_and_none_is_never(void **state)
{
	(void)state;
	expect_limit("UTC", "2024-01-10T00:30:00.000+0000", 0, "2024-01-10T00:30:00.001+0000");
	assert_true(due_limit(0, SETTING_NULL) == INT64_MIN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(days_are_those_of_the_calendar),
		cmocka_unit_test(no_days_are_now_and_none_is_never),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
