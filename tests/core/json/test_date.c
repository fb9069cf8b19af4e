/* Dates on the wire, and days added in the server's time zone. */
#include "core/json/date.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "storage/arena.h"

/* Zones told by their rules: a system may lack the database of names. */
/* whose clocks leave midnight out */
#define SANTIAGO     "<-04>4<-03>,M9.1.6/24,M4.1.6/24"
#define BERLIN       "CET-1CEST,M3.5.0,M10.5.0/3"
#define NEWFOUNDLAND "NST3:30NDT,M3.2.0,M11.1.0"

static void set_zone(const char *zone)
{
	setenv("TZ", zone, 1);
	tzset();
}

static int set_up(void **state)
{
	(void)state;
	set_zone("UTC");
	return 0;
}

static int64_t time_of(const char *text)
{
	int64_t time;

	if (!date_parse(text, &time))
		fail_msg("%s is no date", text);
	return time;
}

static void expect_text(int64_t time, const char *expected)
{
	char text[DATE_SIZE];

	assert_int_equal(date_format(time, text), strlen(expected));
	assert_string_equal(text, expected);
}

static void fields_out_of_range_roll_over(void **state)
{
	(void)state;
	expect_text(time_of("2023-13-01T00:00:00.000+0000"), "2024-01-01T00:00:00.000+0000");
	expect_text(time_of("2023-02-30T00:00:00.000+0000"), "2023-03-02T00:00:00.000+0000");
	expect_text(time_of("2024-00-10T00:00:00.000+0000"), "2023-12-10T00:00:00.000+0000");
	expect_text(time_of("2024-01-00T25:61:61.1000+0000"), "2024-01-01T02:02:02.000+0000");
	expect_text(time_of("2024-1-2T3:4:5.6+0000"), "2024-01-02T03:04:05.006+0000");
	expect_text(time_of("2024--1-01T00:00:00.000+0000"), "2023-11-01T00:00:00.000+0000");
	expect_text(time_of("2024-01--1T00:00:00.-1+0000"), "2023-12-29T23:59:59.999+0000");
}

static void the_fraction_is_a_number_of_milliseconds(void **state)
{
	(void)state;
	expect_text(time_of("2024-01-01T00:00:00.5+0000"), "2024-01-01T00:00:00.005+0000");
	expect_text(time_of("2024-01-01T00:00:00.50000+0000"), "2024-01-01T00:00:50.000+0000");
}

static void of_a_number_32_bits_count(void **state)
{
	(void)state;
	expect_text(time_of("2024-01-01T00:00:00.4294967301+0000"), "2024-01-01T00:00:00.005+0000");
	expect_text(time_of("4294969320-01-01T00:00:00.000+0000"), "2024-01-01T00:00:00.000+0000");
	expect_text(time_of("2024-01-01T00:00:00.99999999999999999999+0000"),
		    "2024-01-25T20:31:23.647+0000");
	expect_text(time_of("292278994-08-17T07:12:55.807+0000"),
		    "292278994-08-17T07:12:55.807+0000");
}

static void zones_come_as_numbers_and_as_names(void **state)
{
	static const char *const same[] = {
		"2024-01-01T12:00:00.000+0200",
		"2024-01-01T04:30:00.000-0530",
		"2024-01-01T12:00:00.000GMT+02:00",
		"2024-01-01T10:00:00.000UTC",
		"2024-01-01T10:00:00.000GMT",
		"2024-01-01T11:00:00.000CET",
		"2024-01-01T10:00:00.000+0000 and more",
		"2024-01-01T12:00:00.000gmt+2:00",
		" 2024- 01-\t01T 10:00: 00.000 +0000",
		"2024-01-01T10:01:-60.000+0000",
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(same); i++)
		expect_text(time_of(same[i]), "2024-01-01T10:00:00.000+0000");
}

static void what_is_no_date_is_refused(void **state)
{
	static const char *const others[] = {
		"2024-01-01",
		"2024-01-01T10:00:00",
		"2024-01-01T10:00:00+0000",
		"2024-01-01T10:00:00.000",
		"2024-01-01T10:00:00.000Z",
		"2024-01-01T10:00:00.000+02:00",
		"2024-01-01T10:00:00.000+02",
		"2024-01-01 10:00:00.000+0000",
		"2024-01-01T10:00:00.+0000",
		"-01-01T10:00:00.000+0000",
		"99999999999999999999-01-01T10:00:00.000+0000",
		"today",
	};
	int64_t time;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(others); i++)
		if (date_parse(others[i], &time))
			fail_msg("%s became a date", others[i]);
}

static void every_day_of_four_centuries_is_the_one_after_the_last(void **state)
{
	int64_t day, first = time_of("1799-12-31T23:59:59.999+0000");
	int days = 0;

	(void)state;
	for (day = first; days < 146097; days++, day += 86400000) {
		char text[DATE_SIZE];

		date_format(day, text);
		assert_true(time_of(text) == day);
	}
	expect_text(day, "2199-12-31T23:59:59.999+0000");
}

static void dates_are_written_in_the_server_s_zone(void **state)
{
	(void)state;
	set_zone(BERLIN);
	expect_text(time_of("2024-01-01T10:00:00.000+0000"), "2024-01-01T11:00:00.000+0100");
	expect_text(time_of("2024-07-01T10:00:00.000+0000"), "2024-07-01T12:00:00.000+0200");
	set_zone(NEWFOUNDLAND);
	expect_text(time_of("2024-01-01T10:00:00.000+0000"), "2024-01-01T06:30:00.000-0330");
}

static void a_day_added_keeps_the_time_of_day(void **state)
{
	(void)state;
	set_zone(BERLIN);
	expect_text(date_add_days(time_of("2024-03-30T12:00:00.001+0100"), 1),
		    "2024-03-31T12:00:00.001+0200");
	expect_text(date_add_days(time_of("2024-10-26T12:00:00.000+0200"), 1),
		    "2024-10-27T12:00:00.000+0100");
	expect_text(date_add_days(time_of("2024-01-31T23:30:00.000+0100"), 180),
		    "2024-07-29T23:30:00.000+0200");
	expect_text(date_add_days(time_of("2024-07-29T23:30:00.000+0200"), -180),
		    "2024-01-31T23:30:00.000+0100");
	set_zone(SANTIAGO);
	expect_text(date_add_days(time_of("2024-09-07T00:30:00.000-0400"), 1),
		    "2024-09-08T01:30:00.000-0300");
	set_zone("UTC");
	expect_text(date_add_days(time_of("2024-02-28T00:00:00.000+0000"), 1),
		    "2024-02-29T00:00:00.000+0000");
	expect_text(date_add_days(time_of("1969-12-31T23:59:59.999+0000"), 0),
		    "1969-12-31T23:59:59.999+0000");
}

/* The fields of a time, and the time that they mean. */
static void expect_fields(const char *text, int year, int hour, int offset)
{
	struct date_fields fields;
	int64_t time = time_of(text);

	date_split(time, &fields);
	assert_int_equal(fields.year, year);
	assert_int_equal(fields.hour, hour);
	assert_int_equal(fields.offset, offset);
	assert_int_equal(date_join(&fields), time);
}

static void times_have_fields_of_the_zone(void **state)
{
	(void)state;
	expect_fields("2024-02-29T12:34:56.789+0000", 2024, 12, 0);
	expect_fields("1969-12-31T23:59:59.999+0000", 1969, 23, 0);
	set_zone(BERLIN);
	expect_fields("2024-06-30T23:30:00.000+0000", 2024, 1, 7200);
	expect_fields("2023-12-31T23:30:00.001+0000", 2024, 0, 3600);
	/* an hour that comes twice: the first */
	expect_fields("2024-10-27T00:30:00.000+0000", 2024, 2, 7200);
	set_zone(NEWFOUNDLAND);
	expect_fields("2024-01-01T00:00:00.000+0000", 2023, 20, -12600);
}

static void fields_roll_over_and_hours_left_out_are_later(void **state)
{
	struct date_fields fields = {.year = 2023, .month = 14, .day = 31, .hour = 12};

	(void)state;
	expect_text(date_join(&fields), "2024-03-02T12:00:00.000+0000");
	set_zone(BERLIN);
	fields = (struct date_fields){.year = 2024, .month = 3, .day = 31, .hour = 2, .minute = 30};
	expect_text(date_join(&fields), "2024-03-31T03:30:00.000+0200");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(fields_out_of_range_roll_over, set_up),
		cmocka_unit_test_setup(the_fraction_is_a_number_of_milliseconds, set_up),
		cmocka_unit_test_setup(of_a_number_32_bits_count, set_up),
		cmocka_unit_test_setup(zones_come_as_numbers_and_as_names, set_up),
		cmocka_unit_test_setup(what_is_no_date_is_refused, set_up),
		cmocka_unit_test_setup(every_day_of_four_centuries_is_the_one_after_the_last,
				       set_up),
		cmocka_unit_test_setup(dates_are_written_in_the_server_s_zone, set_up),
		cmocka_unit_test_setup(a_day_added_keeps_the_time_of_day, set_up),
		cmocka_unit_test_setup(times_have_fields_of_the_zone, set_up),
		cmocka_unit_test_setup(fields_roll_over_and_hours_left_out_are_later, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
