#include "core/expression/coerce.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define LONG    "java.lang.Long"
#define DOUBLE  "java.lang.Double"
#define BOOLEAN "java.lang.Boolean"

static int fail_class(struct arena *arena, const struct expression_value *value, const char *class,
		      struct error *error)
{
	return err_set(error, arena, ERR_INPUT, "Cannot coerce from class %s to class %s",
		       expression_class_name(value), class);
}

static int fail_text(struct arena *arena, const struct expression_value *value, const char *class,
		     struct error *error)
{
	return err_set(error, arena, ERR_INPUT, "Cannot coerce '%s' to class %s", value->as.text,
		       class);
}

int64_t long_of_double(double fraction)
{
	if (isnan(fraction))
		return 0;
	if (fraction >= 9223372036854775808.0)
		return INT64_MAX;
	return fraction < -9223372036854775808.0 ? INT64_MIN : (int64_t)fraction;
}

int64_t int_of_double(double fraction)
{
	int64_t whole = long_of_double(fraction);

	return whole > INT32_MAX ? INT32_MAX : whole < INT32_MIN ? INT32_MIN : whole;
}

bool long_of_text(const char *text, int64_t *ret)
{
	const bool minus = *text == '-';
	uint64_t value = 0, limit = minus ? (uint64_t)INT64_MAX + 1 : INT64_MAX;

	text += minus || *text == '+';
	if (!*text)
		return false;
	for (; *text; text++) {
		unsigned digit = (unsigned)(*text - '0');

		if (digit > 9 || value > (limit - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	*ret = (int64_t)(minus ? 0 - value : value);
	return true;
}

/* Length of a decimal number without its sign; 0 = it is none. */
static size_t decimal_length(const char *text)
{
	static const char digits[] = "0123456789";
	size_t whole = strspn(text, digits), at = whole, part = 0, sign, power;

	if (text[at] == '.') {
		part = strspn(text + at + 1, digits);
		at += 1 + part;
	}
	if (!whole && !part)
		return 0;
	if (text[at] == 'e' || text[at] == 'E') {
		sign = text[at + 1] == '+' || text[at + 1] == '-';
		power = strspn(text + at + 1 + sign, digits);
		if (!power)
			return 0;
		at += 1 + sign + power;
	}
	return at + (text[at] && strchr("fFdD", text[at]) != NULL);
}

static bool blank(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text > ' ')
			return false;
	return true;
}

bool double_of_text(const char *text, double *ret)
{
	double sign = 1;
	size_t length;

	while (*text && (unsigned char)*text <= ' ')
		text++;
	if (*text == '-' || *text == '+')
		sign = *text++ == '-' ? -1 : 1;
	if (!strncmp(text, "NaN", 3) && blank(text + 3)) {
		*ret = NAN;
		return true;
	}
	if (!strncmp(text, "Infinity", 8) && blank(text + 8)) {
		*ret = sign * (double)INFINITY;
		return true;
	}
	length = decimal_length(text);
	if (!length || !blank(text + length))
		return false;
	*ret = sign * strtod(text, NULL);
	return true;
}

int coerce_long(struct arena *arena, const struct expression_value *value, int64_t *ret,
		struct error *error)
{
	*ret = 0;
	switch ((int)value->type) {
	case EXPRESSION_NULL:
		return 0;
	case EXPRESSION_SHORT:
	case EXPRESSION_INTEGER:
	case EXPRESSION_LONG:
		*ret = value->as.number;
		return 0;
	case EXPRESSION_DOUBLE:
		*ret = long_of_double(value->as.fraction);
		return 0;
	case EXPRESSION_STRING:
		if (!*value->as.text || long_of_text(value->as.text, ret))
			return 0;
		return fail_text(arena, value, LONG, error);
	default:
		return fail_class(arena, value, LONG, error);
	}
}

int coerce_double(struct arena *arena, const struct expression_value *value, double *ret,
		  struct error *error)
{
	*ret = 0;
	switch ((int)value->type) {
	case EXPRESSION_NULL:
		return 0;
	case EXPRESSION_SHORT:
	case EXPRESSION_INTEGER:
	case EXPRESSION_LONG:
		*ret = (double)value->as.number;
		return 0;
	case EXPRESSION_DOUBLE:
		*ret = value->as.fraction;
		return 0;
	case EXPRESSION_STRING:
		if (!*value->as.text || double_of_text(value->as.text, ret))
			return 0;
		return fail_text(arena, value, DOUBLE, error);
	default:
		return fail_class(arena, value, DOUBLE, error);
	}
}

int coerce_boolean(struct arena *arena, const struct expression_value *value, bool *ret,
		   struct error *error)
{
	*ret = false;
	switch ((int)value->type) {
	case EXPRESSION_NULL:
		return 0;
	case EXPRESSION_BOOLEAN:
		*ret = value->as.truth;
		return 0;
	case EXPRESSION_STRING:
		*ret = !strcasecmp(value->as.text, "true");
		return 0;
	default:
		return fail_class(arena, value, BOOLEAN, error);
	}
}
