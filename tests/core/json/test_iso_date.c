/* Dates of execution: what the engine's calendar takes, and its words for what it does not. */
#include "core/json/iso_date.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "core/json/date.h"

static int set_up(void **state)
{
	static struct arena arena;

	setenv("TZ", "UTC", 1);
	tzset();
	arena_init(&arena);
	*state = &arena;
	return 0;
}

static int tear_down(void **state)
{
	arena_clear(*state);
	return 0;
}

/* clang-format off */

/* All of these were seen at the original. */
static void what_is_left_out_is_the_lowest(void **state)
{
	static const struct {
		const char *text, *wanted;
	} cases[] = {
		{"2031",                       "2031-01-01T00:00:00.000+0000"},
		{"2031-04",                    "2031-04-01T00:00:00.000+0000"},
		{"2031-4-5",                   "2031-04-05T00:00:00.000+0000"},
		{"2031-095",                   "2031-04-05T00:00:00.000+0000"},
		{"2031-W14-6",                 "2031-04-05T00:00:00.000+0000"},
		{"2031-W01",                   "2030-12-30T00:00:00.000+0000"},
		{"2031-04-05T",                "2031-04-05T00:00:00.000+0000"},
		{"2031-04-05t10",              "2031-04-05T10:00:00.000+0000"},
		{"2031-04-05T10.5",            "2031-04-05T10:30:00.000+0000"},
		{"2031-04-05T10:20",           "2031-04-05T10:20:00.000+0000"},
		{"2031-04-05T10:20:30",        "2031-04-05T10:20:30.000+0000"},
		{"2031-04-05T10:20:30,25",     "2031-04-05T10:20:30.250+0000"},
		{"2031-04-05T10:20:30.5Z",     "2031-04-05T10:20:30.500+0000"},
		{"2031-04-05T10:20+02",        "2031-04-05T08:20:00.000+0000"},
		{"2031-04-05T10:20:00.0-0230", "2031-04-05T12:50:00.000+0000"},
		{"2031-04-05T10:20+02:00",     "2031-04-05T08:20:00.000+0000"},
		{"T10:20",                     "1970-01-01T10:20:00.000+0000"},
	};
	char text[DATE_SIZE];
	const char *why;
	int64_t time;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		if (!iso_date_parse(*state, cases[i].text, &time, &why))
			fail_msg("%s: %s", cases[i].text, why);
		date_format(time, text);
		assert_string_equal(text, cases[i].wanted);
	}
}

static void what_is_no_date_is_told_where(void **state)
{
	static const struct {
		const char *text, *wanted;
	} cases[] = {
		{"x",                              "Invalid format: \"x\""                                            },
		{" 2031-01-01",                    "Invalid format: \" 2031-01-01\""                                  },
		{"true",                           "Invalid format: \"true\" is malformed at \"rue\""                 },
		{"10:20",                          "Invalid format: \"10:20\" is malformed at \":20\""                },
		{"2031-01-01Z",                    "Invalid format: \"2031-01-01Z\" is malformed at \"Z\""            },
		{"2031-01-01 10:00",
		 "Invalid format: \"2031-01-01 10:00\" is malformed at \" 10:00\""				      },
		{"2031-01-01T10:00:00.000+0000zz",
		 "Invalid format: \"2031-01-01T10:00:00.000+0000zz\" is malformed at \"zz\""			      },
		{"2031-01-01T10:20:30.000+99:00",
		 "Invalid format: \"2031-01-01T10:20:30.000+99:00\" is malformed at \"+99:00\""			      },
		{"99999999999999",
		 "Invalid format: \"99999999999999\" is malformed at \"99999\""					      },
		{"2031-13-01",
		 "Cannot parse \"2031-13-01\": Value 13 for monthOfYear must be in the range [1,12]"		      },
		{"2031-02-30",
		 "Cannot parse \"2031-02-30\": Value 30 for dayOfMonth must be in the range [1,28]"		      },
		{"2031-W60",
		 "Cannot parse \"2031-W60\": Value 60 for weekOfWeekyear must be in the range [1,52]"		      },
		{"2031-400",
		 "Cannot parse \"2031-400\": Value 400 for dayOfYear must be in the range [1,365]"		      },
		{"2031-01-01T24:00",
		 "Cannot parse \"2031-01-01T24:00\": Value 24 for hourOfDay must be in the range [0,23]"		      },
		{"2031-01-01T10:61",
		 "Cannot parse \"2031-01-01T10:61\": Value 61 for minuteOfHour must be in the range "
		 "[0,59]"											      },
	};
	const char *why;
	int64_t time;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_false(iso_date_parse(*state, cases[i].text, &time, &why));
		assert_string_equal(why, cases[i].wanted);
	}
}

/* clang-format on */

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_left_out_is_the_lowest, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_is_no_date_is_told_where, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
