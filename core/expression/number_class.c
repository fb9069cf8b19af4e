#include <math.h>
#include <stdlib.h>

#include "core/expression/class.h"
#include "core/expression/coerce.h"
#include "core/expression/operator.h"

static bool is_double(const struct expression_call *call)
{
	return call->self.type == EXPRESSION_DOUBLE;
}

static int64_t whole(const struct expression_call *call)
{
	return is_double(call) ? long_of_double(call->self.as.fraction) : call->self.as.number;
}

static int long_value(struct expression_call *call, struct expression_value *ret)
{
	*ret = expression_long(whole(call));
	return 0;
}

static int int_value(struct expression_call *call, struct expression_value *ret)
{
	*ret = expression_integer(is_double(call) ? int_of_double(call->self.as.fraction)
						  : call->self.as.number);
	return 0;
}

static int short_value(struct expression_call *call, struct expression_value *ret)
{
	TRY(int_value(call, ret));
	ret->type = EXPRESSION_SHORT;
	ret->as.number = (int16_t)ret->as.number;
	return 0;
}

static int double_value(struct expression_call *call, struct expression_value *ret)
{
	*ret = expression_double(is_double(call) ? call->self.as.fraction
						 : (double)call->self.as.number);
	return 0;
}

/* Only values of the same type can be compared so; null is 0, or false. */
static int compare_to(struct expression_call *call, struct expression_value *ret)
{
	struct expression_value other = call->arguments[0], less, more;
	const struct operands operands = {call->arena, &call->self, &other, call->error};
	const char *mine = expression_class_name(&call->self),
		   *theirs = expression_class_name(&other);

	if (other.type == EXPRESSION_NULL)
		other = (struct expression_value){.type = call->self.type};
	if (call->self.type != other.type)
		return class_throw(call,
				   "java.lang.ClassCastException: class %s cannot be cast to class "
				   "%s (%s and %s are in module java.base of loader 'bootstrap')",
				   theirs, mine, theirs, mine);
	TRY(operator_less(&operands, &less));
	TRY(operator_greater(&operands, &more));
	*ret = expression_integer(more.as.truth - less.as.truth);
	return 0;
}

static int hash_code(struct expression_call *call, struct expression_value *ret)
{
	union {
		double fraction;
		uint64_t bits;
	} number;
	uint64_t bits = (uint64_t)call->self.as.number;

	if (is_double(call)) {
		number.fraction =
			isnan(call->self.as.fraction) ? (double)NAN : call->self.as.fraction;
		bits = number.bits;
	}
	if (is_double(call) || call->self.type == EXPRESSION_LONG)
		bits ^= bits >> 32;
	*ret = expression_integer((int32_t)bits);
	return 0;
}

static const struct expression_method number_methods[] = {
	{"intValue",    "",  int_value   },
        {"longValue",   "",  long_value  },
	{"shortValue",  "",  short_value },
        {"doubleValue", "",  double_value},
	{"compareTo",   "o", compare_to  },
        {"hashCode",    "",  hash_code   },
};

static const struct expression_class number_class =
	EXPRESSION_CLASS("java.lang.Number", number_methods, &object_class);

static int same(struct expression_call *call, struct expression_value *ret)
{
	*ret = call->arguments[0];
	return 0;
}

/* The larger and the smaller of two arguments, and their sum. */
static int maximum(struct expression_call *call, struct expression_value *ret)
{
	const struct operands operands = {call->arena, &call->arguments[0], &call->arguments[1],
					  call->error};

	TRY(operator_less(&operands, ret));
	*ret = call->arguments[ret->as.truth];
	return 0;
}

static int minimum(struct expression_call *call, struct expression_value *ret)
{
	const struct operands operands = {call->arena, &call->arguments[0], &call->arguments[1],
					  call->error};

	TRY(operator_greater(&operands, ret));
	*ret = call->arguments[ret->as.truth];
	return 0;
}

static int sum(struct expression_call *call, struct expression_value *ret)
{
	const struct operands operands = {call->arena, &call->arguments[0], &call->arguments[1],
					  call->error};

	TRY(operator_add(&operands, ret));
	if (call->arguments[0].type == EXPRESSION_INTEGER)
		*ret = expression_integer(ret->as.number);
	return 0;
}

/* Texts that are no number of the kind. */
static int fail_format(struct expression_call *call, const char *text)
{
	return class_throw(call, "java.lang.NumberFormatException: For input string: \"%s\"", text);
}

static int parse_long(struct expression_call *call, struct expression_value *ret)
{
	int64_t number;

	if (!long_of_text(argument_text(call, 0), &number))
		return fail_format(call, argument_text(call, 0));
	*ret = expression_long(number);
	return 0;
}

static int parse_int(struct expression_call *call, struct expression_value *ret)
{
	TRY(parse_long(call, ret));
	if (ret->as.number != (int32_t)ret->as.number)
		return fail_format(call, argument_text(call, 0));
	*ret = expression_integer(ret->as.number);
	return 0;
}

static int parse_double(struct expression_call *call, struct expression_value *ret)
{
	double number;

	if (!double_of_text(argument_text(call, 0), &number))
		return fail_format(call, argument_text(call, 0));
	*ret = expression_double(number);
	return 0;
}

static int is_nan(struct expression_call *call, struct expression_value *ret)
{
	*ret = expression_boolean(isnan(call->self.as.fraction));
	return 0;
}

static int is_infinite(struct expression_call *call, struct expression_value *ret)
{
	*ret = expression_boolean(isinf(call->self.as.fraction));
	return 0;
}

static const struct expression_method integer_methods[] = {
	{"max",      "ii", maximum  },
        {"min",      "ii", minimum  },
        {"sum",      "ii", sum      },
	{"parseInt", "s",  parse_int},
        {"valueOf",  "s",  parse_int},
        {"valueOf",  "i",  same     },
};

static const struct expression_method long_methods[] = {
	{"max",       "ll", maximum   },
        {"min",       "ll", minimum   },
        {"sum",       "ll", sum       },
	{"parseLong", "s",  parse_long},
        {"valueOf",   "s",  parse_long},
        {"valueOf",   "l",  same      },
};

static const struct expression_method double_methods[] = {
	{"max",         "dd", maximum     },
	{"min",         "dd", minimum     },
	{"sum",         "dd", sum         },
	{"parseDouble", "s",  parse_double},
	{"valueOf",     "s",  parse_double},
	{"valueOf",     "d",  same        },
	{"isNaN",       "",   is_nan      },
	{"isInfinite",  "",   is_infinite },
};

const struct expression_class short_class =
	EXPRESSION_CLASS("java.lang.Short", number_methods, &object_class);
const struct expression_class integer_class =
	EXPRESSION_CLASS("java.lang.Integer", integer_methods, &number_class);
const struct expression_class long_class =
	EXPRESSION_CLASS("java.lang.Long", long_methods, &number_class);
const struct expression_class double_class =
	EXPRESSION_CLASS("java.lang.Double", double_methods, &number_class);

static int boolean_value(struct expression_call *call, struct expression_value *ret)
{
	*ret = call->self;
	return 0;
}

static int boolean_hash(struct expression_call *call, struct expression_value *ret)
{
	*ret = expression_integer(call->self.as.truth ? 1231 : 1237);
	return 0;
}

static const struct expression_method boolean_methods[] = {
	{"booleanValue", "",  boolean_value},
	{"compareTo",    "o", compare_to   },
	{"hashCode",     "",  boolean_hash },
	{"parseBoolean", "b", same         },
	{"valueOf",      "b", same         },
};

const struct expression_class boolean_class =
	EXPRESSION_CLASS("java.lang.Boolean", boolean_methods, &object_class);
