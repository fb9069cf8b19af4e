#include "core/expression/class.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "core/expression/coerce.h"
#include "core/expression/expression.h"
#include "core/expression/operator.h"

static const struct expression_class *const classes[EXPRESSION_TYPE_MAX] = {
	[EXPRESSION_BOOLEAN] = &boolean_class, [EXPRESSION_SHORT] = &short_class,
	[EXPRESSION_INTEGER] = &integer_class, [EXPRESSION_LONG] = &long_class,
	[EXPRESSION_DOUBLE] = &double_class,   [EXPRESSION_STRING] = &string_class,
	[EXPRESSION_DATE] = &date_class,       [EXPRESSION_DATE_TIME] = &date_time_class,
	[EXPRESSION_LIST] = &list_class,       [EXPRESSION_ARRAY] = &object_class,
	[EXPRESSION_MAP] = &map_class,         [EXPRESSION_JSON] = &json_class,
	[EXPRESSION_CLASS] = &class_class,     [EXPRESSION_STORED] = &object_class,
	[EXPRESSION_NULL] = &object_class,
};

static const struct expression_class *class_of(const struct expression_value *value)
{
	return value->type == EXPRESSION_OBJECT ? value->as.object->class : classes[value->type];
}

/* The class that comes next in the search for a method; all end in object_class. */
static const struct expression_class *next_class(const struct expression_class *class)
{
	return class->base ? class->base : class == &object_class ? NULL : &object_class;
}

/* How well an argument fits a parameter: not at all, by conversion, …, as it is. */
enum fit { FIT_NOT, FIT_CONVERTED, FIT_NUMBER, FIT_ANY, FIT_EXACT };

static bool is_number(const struct expression_value *value)
{
	return value->type >= EXPRESSION_SHORT && value->type <= EXPRESSION_DOUBLE;
}

static enum fit fit_type(const struct expression_value *from, enum expression_type type)
{
	return from->type == type ? FIT_EXACT : from->type == EXPRESSION_NULL ? FIT_ANY : FIT_NOT;
}

static enum fit fit_string(struct arena *arena, const struct expression_value *from,
			   struct expression_value *ret)
{
	*ret = expression_string(expression_text(arena, from));
	return from->type == EXPRESSION_STRING ? FIT_EXACT
	       : from->type == EXPRESSION_NULL ? FIT_ANY
					       : FIT_CONVERTED;
}

static enum fit fit_number(struct arena *arena, const struct expression_value *from, char letter,
			   struct expression_value *ret)
{
	static const enum expression_type types[] = {
		['i'] = EXPRESSION_INTEGER, ['l'] = EXPRESSION_LONG, ['d'] = EXPRESSION_DOUBLE};
	const enum expression_type type = types[(unsigned char)letter];
	struct error ignored = {0};
	int64_t whole;
	double fraction;

	if (type == EXPRESSION_DOUBLE) {
		if (coerce_double(arena, from, &fraction, &ignored))
			return FIT_NOT;
		*ret = expression_double(fraction);
	} else {
		if (coerce_long(arena, from, &whole, &ignored))
			return FIT_NOT;
		*ret = type == EXPRESSION_LONG ? expression_long(whole) : expression_integer(whole);
		if (type == EXPRESSION_INTEGER && from->type == EXPRESSION_DOUBLE)
			*ret = expression_integer(int_of_double(from->as.fraction));
		if (type == EXPRESSION_INTEGER && from->type == EXPRESSION_STRING &&
		    ret->as.number != whole)
			return FIT_NOT;
	}
	return from->type == type ? FIT_EXACT : is_number(from) ? FIT_NUMBER : FIT_CONVERTED;
}

static enum fit fit_boolean(struct arena *arena, const struct expression_value *from,
			    struct expression_value *ret)
{
	struct error ignored = {0};
	bool truth;

	if (coerce_boolean(arena, from, &truth, &ignored))
		return FIT_NOT;
	*ret = expression_boolean(truth);
	return from->type == EXPRESSION_BOOLEAN ? FIT_EXACT : FIT_CONVERTED;
}

/* A point in time of the library that dateTime() comes from. */
static enum fit fit_instant(const struct expression_call *call, const struct expression_value *from,
			    struct expression_value *ret)
{
	if (from->type == EXPRESSION_NULL) {
		*ret = expression_long(class_now(call));
		return FIT_ANY;
	}
	*ret = expression_long(from->as.number);
	return from->type == EXPRESSION_DATE_TIME || from->type == EXPRESSION_LONG ? FIT_EXACT
	       : from->type == EXPRESSION_INTEGER                                  ? FIT_NUMBER
										   : FIT_NOT;
}

/* What a parameter of LETTER makes of an argument. */
static enum fit fit(const struct expression_call *call, char letter,
		    const struct expression_value *from, struct expression_value *ret)
{
	*ret = *from;
	switch (letter) {
	case 's':
		return fit_string(call->arena, from, ret);
	case 'q':
		return from->type == EXPRESSION_STRING ? FIT_EXACT : FIT_NOT;
	case 'b':
		return fit_boolean(call->arena, from, ret);
	case 'i':
	case 'l':
	case 'd':
		return fit_number(call->arena, from, letter, ret);
	case 't':
		return fit_type(from, EXPRESSION_DATE);
	case 'r':
		return fit_instant(call, from, ret);
	case 'c':
		return fit_type(from, EXPRESSION_LIST);
	case 'm':
		return fit_type(from, EXPRESSION_MAP);
	default:
		return FIT_ANY;
	}
}

/* How well arguments fit all parameters; 0 = they do not. *RET is what the method gets. */
static unsigned fit_all(const struct expression_call *call, const char *parameters,
			const struct expression_value *arguments, size_t count,
			struct expression_value *ret)
{
	unsigned total = 1;
	enum fit one;
	size_t i;

	for (i = 0; i < count; i++) {
		one = *parameters ? fit(call, *parameters, &arguments[i], &ret[i]) : FIT_NOT;
		if (one == FIT_NOT)
			return 0;
		total += one;
		parameters += *parameters != '*';
	}
	return *parameters && *parameters != '*' ? 0 : total;
}

static const struct expression_method *choose(struct expression_call *call, const char *name,
					      const struct expression_value *arguments,
					      size_t count, struct expression_value *converted)
{
	const struct expression_class *class;
	const struct expression_method *best = NULL;
	unsigned total, most = 0;
	size_t i;

	for (class = class_of(&call->self); class; class = next_class(class)) {
		for (i = 0; i < class->count; i++) {
			if (strcmp(class->methods[i].name, name) != 0)
				continue;
			total = fit_all(call, class->methods[i].parameters, arguments, count,
					converted);
			if (total <= most)
				continue;
			most = total;
			best = &class->methods[i];
		}
	}
	return best;
}

const struct expression_method *class_method(struct expression_call *call, const char *name,
					     const struct expression_value *arguments, size_t count)
{
	struct expression_value *converted = arena_array(call->arena, count, sizeof(*converted));
	const struct expression_method *method = choose(call, name, arguments, count, converted);

	if (method)
		fit_all(call, method->parameters, arguments, count, converted);
	call->arguments = converted;
	call->count = count;
	return method;
}

/* Whether METHOD is "get" or "is" and NAME with a capital. */
static bool reads(const char *method, const char *name)
{
	if (!strncmp(method, "get", 3))
		method += 3;
	else if (!strncmp(method, "is", 2))
		method += 2;
	else
		return false;
	return *method && *method == toupper((unsigned char)*name) && !strcmp(method + 1, name + 1);
}

const struct expression_method *class_getter(struct expression_call *call, const char *name)
{
	const struct expression_class *class;
	size_t i;

	call->count = 0;
	for (class = class_of(&call->self); *name && class; class = next_class(class))
		for (i = 0; i < class->count; i++)
			if (!*class->methods[i].parameters && reads(class->methods[i].name, name))
				return &class->methods[i];
	return NULL;
}

int class_charge(struct expression_call *call, size_t size)
{
	if (!call->work)
		return 0;
	if (size > *call->work)
		return class_throw(call, "The expression takes more work than one may");
	*call->work -= size;
	return 0;
}

int64_t class_now(const struct expression_call *call)
{
	return call->context && call->context->now != TIME_NULL ? call->context->now : clock_now();
}

int(class_throw)(struct expression_call *call, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	call->error->message = arena_vprintf(call->arena, format, args);
	va_end(args);
	call->error->code = ERR_INPUT;
	return ERR_INPUT;
}

static int to_string(struct expression_call *call, struct expression_value *ret)
{
	*ret = expression_string(expression_text(call->arena, &call->self));
	return 0;
}

static int equals(struct expression_call *call, struct expression_value *ret)
{
	*ret = expression_boolean(expression_same(&call->self, &call->arguments[0]));
	return 0;
}

static int get_class(struct expression_call *call, struct expression_value *ret)
{
	*ret = expression_string(expression_class_name(&call->self));
	ret->type = EXPRESSION_CLASS;
	return 0;
}

static const struct expression_method object_methods[] = {
	{"toString", "",  to_string},
	{"equals",   "o", equals   },
	{"getClass", "",  get_class},
};

const struct expression_class object_class =
	EXPRESSION_CLASS("java.lang.Object", object_methods, NULL);

static int class_name(struct expression_call *call, struct expression_value *ret)
{
	*ret = expression_string(call->self.as.text);
	return 0;
}

static int simple_name(struct expression_call *call, struct expression_value *ret)
{
	const char *dot = strrchr(call->self.as.text, '.');

	*ret = expression_string(dot ? dot + 1 : call->self.as.text);
	return 0;
}

static const struct expression_method class_methods[] = {
	{"getName",       "", class_name },
	{"getSimpleName", "", simple_name},
	{"getTypeName",   "", class_name },
};

const struct expression_class class_class =
	EXPRESSION_CLASS("java.lang.Class", class_methods, NULL);
