#include <stdlib.h>
#include <string.h>

#include "core/expression/class.h"
#include "core/expression/date_time.h"
#include "core/json/date.h"

#define SECOND ((int64_t)1000)
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)

static struct date_fields fields_of(const struct expression_call *call)
{
	struct date_fields fields;

	date_split(call->self.as.number, &fields);
	return fields;
}

/* What is asked of a date and of a dateTime, by name. */
enum part {
	PART_TIME,
	PART_YEAR,
	PART_YEAR_OF_CENTURY,
	PART_CENTURY,
	PART_ERA,
	PART_WEEKYEAR,
	PART_MONTH,
	PART_WEEK,
	PART_DAY,
	PART_DAY_OF_WEEK,
	PART_DAY_OF_YEAR,
	PART_HOUR,
	PART_MINUTE,
	PART_SECOND,
	PART_MILLISECOND,
	PART_MINUTE_OF_DAY,
	PART_SECOND_OF_DAY,
	PART_MILLISECOND_OF_DAY,
	PART_ZONE, /* minutes west of Greenwich */
};

static int64_t part_of(int64_t time, enum part part)
{
	struct date_fields fields;
	int64_t of_day;

	date_split(time, &fields);
	of_day = ((fields.hour * 60 + fields.minute) * 60 + fields.second) * SECOND +
		 fields.millisecond;
	switch (part) {
	case PART_TIME:
		return time;
	case PART_YEAR:
		return fields.year;
	case PART_YEAR_OF_CENTURY:
		return llabs(fields.year) % 100;
	case PART_CENTURY:
		return llabs(fields.year) / 100;
	case PART_ERA:
		return fields.year > 0;
	case PART_WEEKYEAR:
		return iso_weekyear(&fields);
	case PART_MONTH:
		return fields.month;
	case PART_WEEK:
		return iso_week(&fields);
	case PART_DAY:
		return fields.day;
	case PART_DAY_OF_WEEK:
		return iso_weekday(&fields);
	case PART_DAY_OF_YEAR:
		return day_of_year(&fields);
	case PART_HOUR:
		return fields.hour;
	case PART_MINUTE:
		return fields.minute;
	case PART_SECOND:
		return fields.second;
	case PART_MILLISECOND:
		return fields.millisecond;
	case PART_MINUTE_OF_DAY:
		return of_day / MINUTE;
	case PART_SECOND_OF_DAY:
		return of_day / SECOND;
	case PART_MILLISECOND_OF_DAY:
		return of_day;
	case PART_ZONE:
		return -fields.offset / 60;
	}
	return 0;
}

#define GETTER(name, part, shift)                                                                  \
	static int name(struct expression_call *call, struct expression_value *ret)                \
	{                                                                                          \
		*ret = expression_integer(part_of(call->self.as.number, part) + (shift));          \
		return 0;                                                                          \
	}

GETTER(get_year, PART_YEAR, 0)
GETTER(get_year_of_century, PART_YEAR_OF_CENTURY, 0)
GETTER(get_century, PART_CENTURY, 0)
GETTER(get_era, PART_ERA, 0)
GETTER(get_weekyear, PART_WEEKYEAR, 0)
GETTER(get_month, PART_MONTH, 0)
GETTER(get_week, PART_WEEK, 0)
GETTER(get_day, PART_DAY, 0)
GETTER(get_day_of_week, PART_DAY_OF_WEEK, 0)
GETTER(get_day_of_year, PART_DAY_OF_YEAR, 0)
GETTER(get_hour, PART_HOUR, 0)
GETTER(get_minute, PART_MINUTE, 0)
GETTER(get_second, PART_SECOND, 0)
GETTER(get_millisecond, PART_MILLISECOND, 0)
GETTER(get_minute_of_day, PART_MINUTE_OF_DAY, 0)
GETTER(get_second_of_day, PART_SECOND_OF_DAY, 0)
GETTER(get_millisecond_of_day, PART_MILLISECOND_OF_DAY, 0)
GETTER(get_zone_offset, PART_ZONE, 0)
/* java.util.Date counts years from 1900 and months from 0 */
GETTER(get_old_year, PART_YEAR, -1900)
GETTER(get_old_month, PART_MONTH, -1)

static int get_old_day_of_week(struct expression_call *call, struct expression_value *ret)
{
	*ret = expression_integer(part_of(call->self.as.number, PART_DAY_OF_WEEK) % 7);
	return 0;
}

static int get_time(struct expression_call *call, struct expression_value *ret)
{
	*ret = expression_long(call->self.as.number);
	return 0;
}

static int hash_code(struct expression_call *call, struct expression_value *ret)
{
	uint64_t time = (uint64_t)call->self.as.number;

	*ret = expression_integer((int32_t)(time ^ time >> 32));
	return 0;
}

static int itself(struct expression_call *call, struct expression_value *ret)
{
	*ret = call->self;
	return 0;
}

/* The other date of a comparison; where the original wants one, it must be there. */
static int other_time(struct expression_call *call, int64_t *ret)
{
	*ret = call->arguments[0].as.number;
	if (call->arguments[0].type == EXPRESSION_NULL)
		return class_throw(call, "java.lang.NullPointerException: Cannot invoke "
					 "\"Object.getClass()\" because \"date\" is null");
	return 0;
}

static int after(struct expression_call *call, struct expression_value *ret)
{
	int64_t other;

	TRY(other_time(call, &other));
	*ret = expression_boolean(call->self.as.number > other);
	return 0;
}

static int before(struct expression_call *call, struct expression_value *ret)
{
	int64_t other;

	TRY(other_time(call, &other));
	*ret = expression_boolean(call->self.as.number < other);
	return 0;
}

static int at_once(struct expression_call *call, struct expression_value *ret)
{
	int64_t other;

	TRY(other_time(call, &other));
	*ret = expression_boolean(call->self.as.number == other);
	return 0;
}

static int compare_to(struct expression_call *call, struct expression_value *ret)
{
	int64_t mine = call->self.as.number, other;

	TRY(other_time(call, &other));
	*ret = expression_integer((mine > other) - (mine < other));
	return 0;
}

static const struct expression_method date_methods[] = {
	{"getTime",           "",  get_time           },
	{"getYear",           "",  get_old_year       },
	{"getMonth",          "",  get_old_month      },
	{"getDate",           "",  get_day            },
	{"getDay",            "",  get_old_day_of_week},
	{"getHours",          "",  get_hour           },
	{"getMinutes",        "",  get_minute         },
	{"getSeconds",        "",  get_second         },
	{"getTimezoneOffset", "",  get_zone_offset    },
	{"after",             "t", after              },
	{"before",            "t", before             },
	{"compareTo",         "t", compare_to         },
	{"clone",             "",  itself             },
	{"hashCode",          "",  hash_code          },
};

const struct expression_class date_class =
	EXPRESSION_CLASS("java.util.Date", date_methods, &object_class);

static int after_now(struct expression_call *call, struct expression_value *ret)
{
	*ret = expression_boolean(call->self.as.number > class_now(call));
	return 0;
}

static int before_now(struct expression_call *call, struct expression_value *ret)
{
	*ret = expression_boolean(call->self.as.number < class_now(call));
	return 0;
}

static int at_now(struct expression_call *call, struct expression_value *ret)
{
	*ret = expression_boolean(call->self.as.number == class_now(call));
	return 0;
}

static int to_date(struct expression_call *call, struct expression_value *ret)
{
	*ret = expression_date(call->self.as.number);
	return 0;
}

static int to_pattern(struct expression_call *call, struct expression_value *ret)
{
	const char *text, *unknown;

	if (!*argument_text(call, 0))
		return class_throw(call, "java.lang.IllegalArgumentException: Invalid pattern "
					 "specification");
	text = date_time_pattern(call->arena, call->self.as.number, argument_text(call, 0),
				 &unknown);
	if (!text)
		return class_throw(call,
				   "java.lang.IllegalArgumentException: Illegal pattern "
				   "component: %s",
				   unknown);
	*ret = expression_string(text);
	return 0;
}

static int check(struct expression_call *call, const char *field, int64_t value, int64_t low,
		 int64_t high)
{
	if (value >= low && value <= high)
		return 0;
	return class_throw(call,
			   "org.joda.time.IllegalFieldValueException: Value %lld for %s must be in "
			   "the range [%lld,%lld]",
			   (long long)value, field, (long long)low, (long long)high);
}

/* Years whose every millisecond can be counted. */
#define YEAR_MIN (-292275054)
#define YEAR_MAX 292278993

static int give(struct expression_call *call, struct date_fields *fields,
		struct expression_value *ret)
{
	TRY(check(call, "year", fields->year, YEAR_MIN, YEAR_MAX));
	*ret = expression_date_time(date_join(fields));
	return 0;
}

static int fail_overflow(struct expression_call *call, int64_t amount)
{
	return class_throw(call,
			   "java.lang.ArithmeticException: The calculation caused an overflow: "
			   "%lld + %lld",
			   (long long)call->self.as.number, (long long)amount);
}

static int64_t argument(const struct expression_call *call, size_t index)
{
	return call->arguments[index].as.number;
}

/* Days that the month does not have are cut off. */
static int give_clamped(struct expression_call *call, struct date_fields *fields,
			struct expression_value *ret)
{
	if (fields->day > month_days(fields->year, fields->month))
		fields->day = month_days(fields->year, fields->month);
	return give(call, fields, ret);
}

static int with_year(struct expression_call *call, struct expression_value *ret)
{
	struct date_fields fields = fields_of(call);

	fields.year = argument(call, 0);
	return give_clamped(call, &fields, ret);
}

static int with_month(struct expression_call *call, struct expression_value *ret)
{
	struct date_fields fields = fields_of(call);

	TRY(check(call, "monthOfYear", argument(call, 0), 1, 12));
	fields.month = argument(call, 0);
	return give_clamped(call, &fields, ret);
}

static int with_day(struct expression_call *call, struct expression_value *ret)
{
	struct date_fields fields = fields_of(call);

	TRY(check(call, "dayOfMonth", argument(call, 0), 1, month_days(fields.year, fields.month)));
	fields.day = argument(call, 0);
	return give(call, &fields, ret);
}

static int with_day_of_week(struct expression_call *call, struct expression_value *ret)
{
	struct date_fields fields = fields_of(call);

	TRY(check(call, "dayOfWeek", argument(call, 0), 1, 7));
	fields.day += argument(call, 0) - iso_weekday(&fields);
	return give(call, &fields, ret);
}

static int with_day_of_year(struct expression_call *call, struct expression_value *ret)
{
	struct date_fields fields = fields_of(call);

	TRY(check(call, "dayOfYear", argument(call, 0), 1,
		  month_days(fields.year, 2) == 29 ? 366 : 365));
	fields.month = 1;
	fields.day = argument(call, 0);
	return give(call, &fields, ret);
}

static int with_date(struct expression_call *call, struct expression_value *ret)
{
	struct date_fields fields = fields_of(call);
	int64_t last;

	fields.year = argument(call, 0);
	fields.month = argument(call, 1);
	fields.day = argument(call, 2);
	TRY(check(call, "monthOfYear", fields.month, 1, 12));
	last = month_days(fields.year, fields.month);
	if (fields.day < 1 || fields.day > last)
		return class_throw(
			call,
			"org.joda.time.IllegalFieldValueException: Value %lld for "
			"dayOfMonth must be in the range [1,%lld]: year: %lld month: %lld",
			(long long)fields.day, (long long)last, (long long)fields.year,
			(long long)fields.month);
	return give(call, &fields, ret);
}

static int set_time(struct expression_call *call, struct date_fields *fields,
		    struct expression_value *ret)
{
	TRY(check(call, "hourOfDay", fields->hour, 0, 23));
	TRY(check(call, "minuteOfHour", fields->minute, 0, 59));
	TRY(check(call, "secondOfMinute", fields->second, 0, 59));
	TRY(check(call, "millisOfSecond", fields->millisecond, 0, 999));
	return give(call, fields, ret);
}

static int with_time(struct expression_call *call, struct expression_value *ret)
{
	struct date_fields fields = fields_of(call);

	fields.hour = argument(call, 0);
	fields.minute = argument(call, 1);
	fields.second = argument(call, 2);
	fields.millisecond = argument(call, 3);
	return set_time(call, &fields, ret);
}

#define WITH(name, field)                                                                          \
	static int name(struct expression_call *call, struct expression_value *ret)                \
	{                                                                                          \
		struct date_fields fields = fields_of(call);                                       \
                                                                                                   \
		fields.field = argument(call, 0);                                                  \
		return set_time(call, &fields, ret);                                               \
	}

WITH(with_hour, hour)
WITH(with_minute, minute)
WITH(with_second, second)
WITH(with_millisecond, millisecond)

static int at_start_of_day(struct expression_call *call, struct expression_value *ret)
{
	struct date_fields fields = fields_of(call);

	fields.hour = fields.minute = fields.second = fields.millisecond = 0;
	return give(call, &fields, ret);
}

static int with_millis(struct expression_call *call, struct expression_value *ret)
{
	*ret = expression_date_time(argument(call, 0));
	return 0;
}

static int add_months(struct expression_call *call, int64_t months, struct expression_value *ret)
{
	struct date_fields fields = fields_of(call);
	int64_t month = fields.year * 12 + fields.month - 1 + months;

	if (!months) {
		*ret = call->self;
		return 0;
	}
	fields.year = month / 12 - (month % 12 < 0);
	fields.month = month - fields.year * 12 + 1;
	return give_clamped(call, &fields, ret);
}

/* Days by the calendar: the clock's time stays, whatever the zone does. */
static int add_days(struct expression_call *call, int64_t days, struct expression_value *ret)
{
	const int64_t amount = days * 24 * HOUR;
	int64_t time;

	if (__builtin_add_overflow(call->self.as.number, amount, &time))
		return fail_overflow(call, amount);
	*ret = expression_date_time(date_add_days(call->self.as.number, days));
	return 0;
}

static int add_units(struct expression_call *call, int64_t count, int64_t unit,
		     struct expression_value *ret)
{
	int64_t amount, time;

	if (__builtin_mul_overflow(count, unit, &amount) ||
	    __builtin_add_overflow(call->self.as.number, amount, &time))
		return fail_overflow(call, count);
	*ret = expression_date_time(time);
	return 0;
}

/* Those that add and those that take away, by what. */
#define PLUS_MINUS(unit, ...)                                                                      \
	static int plus_##unit(struct expression_call *call, struct expression_value *ret)         \
	{                                                                                          \
		const int64_t count = argument(call, 0);                                           \
                                                                                                   \
		return __VA_ARGS__;                                                                \
	}                                                                                          \
                                                                                                   \
	static int minus_##unit(struct expression_call *call, struct expression_value *ret)        \
	{                                                                                          \
		const int64_t count =                                                              \
			argument(call, 0) == INT64_MIN ? INT64_MAX : -argument(call, 0);           \
                                                                                                   \
		return __VA_ARGS__;                                                                \
	}

PLUS_MINUS(years, add_months(call, count * 12, ret))
PLUS_MINUS(months, add_months(call, count, ret))
PLUS_MINUS(weeks, add_days(call, count * 7, ret))
PLUS_MINUS(days, add_days(call, count, ret))
PLUS_MINUS(hours, add_units(call, count, HOUR, ret))
PLUS_MINUS(minutes, add_units(call, count, MINUTE, ret))
PLUS_MINUS(seconds, add_units(call, count, SECOND, ret))
PLUS_MINUS(millis, add_units(call, count, 1, ret))

static const struct expression_method date_time_methods[] = {
	{"getMillis",            "",     get_time              },
	{"getYear",              "",     get_year              },
	{"getYearOfEra",         "",     get_year              },
	{"getYearOfCentury",     "",     get_year_of_century   },
	{"getCenturyOfEra",      "",     get_century           },
	{"getEra",               "",     get_era               },
	{"getWeekyear",          "",     get_weekyear          },
	{"getMonthOfYear",       "",     get_month             },
	{"getWeekOfWeekyear",    "",     get_week              },
	{"getDayOfMonth",        "",     get_day               },
	{"getDayOfWeek",         "",     get_day_of_week       },
	{"getDayOfYear",         "",     get_day_of_year       },
	{"getHourOfDay",         "",     get_hour              },
	{"getMinuteOfHour",      "",     get_minute            },
	{"getSecondOfMinute",    "",     get_second            },
	{"getMillisOfSecond",    "",     get_millisecond       },
	{"getMinuteOfDay",       "",     get_minute_of_day     },
	{"getSecondOfDay",       "",     get_second_of_day     },
	{"getMillisOfDay",       "",     get_millisecond_of_day},
	{"isAfter",              "r",    after                 },
	{"isBefore",             "r",    before                },
	{"isEqual",              "r",    at_once               },
	{"isAfterNow",           "",     after_now             },
	{"isBeforeNow",          "",     before_now            },
	{"isEqualNow",           "",     at_now                },
	{"compareTo",            "r",    compare_to            },
	{"toDate",               "",     to_date               },
	{"toDateTime",           "",     itself                },
	{"toString",             "s",    to_pattern            },
	{"withYear",             "i",    with_year             },
	{"withMonthOfYear",      "i",    with_month            },
	{"withDayOfMonth",       "i",    with_day              },
	{"withDayOfWeek",        "i",    with_day_of_week      },
	{"withDayOfYear",        "i",    with_day_of_year      },
	{"withDate",             "iii",  with_date             },
	{"withTime",             "iiii", with_time             },
	{"withHourOfDay",        "i",    with_hour             },
	{"withMinuteOfHour",     "i",    with_minute           },
	{"withSecondOfMinute",   "i",    with_second           },
	{"withMillisOfSecond",   "i",    with_millisecond      },
	{"withTimeAtStartOfDay", "",     at_start_of_day       },
	{"withMillis",           "l",    with_millis           },
	{"plusYears",            "i",    plus_years            },
	{"plusMonths",           "i",    plus_months           },
	{"plusWeeks",            "i",    plus_weeks            },
	{"plusDays",             "i",    plus_days             },
	{"plusHours",            "i",    plus_hours            },
	{"plusMinutes",          "i",    plus_minutes          },
	{"plusSeconds",          "i",    plus_seconds          },
	{"plusMillis",           "i",    plus_millis           },
	{"plus",		 "l",    plus_millis           },
	{"minusYears",           "i",    minus_years           },
	{"minusMonths",          "i",    minus_months          },
	{"minusWeeks",           "i",    minus_weeks           },
	{"minusDays",            "i",    minus_days            },
	{"minusHours",           "i",    minus_hours           },
	{"minusMinutes",         "i",    minus_minutes         },
	{"minusSeconds",         "i",    minus_seconds         },
	{"minusMillis",          "i",    minus_millis          },
	{"minus",                "l",    minus_millis          },
};

const struct expression_class date_time_class =
	EXPRESSION_CLASS("org.joda.time.DateTime", date_time_methods, &object_class);
