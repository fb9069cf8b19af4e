#include "core/expression/operator.h"

#include <math.h>
#include <string.h>

#include "core/expression/coerce.h"
#include "core/expression/unicode.h"

static bool is_null(const struct expression_value *value)
{
	return value->type == EXPRESSION_NULL;
}

static bool is_integral(const struct expression_value *value)
{
	return value->type == EXPRESSION_SHORT || value->type == EXPRESSION_INTEGER ||
	       value->type == EXPRESSION_LONG;
}

static bool is_text(const struct expression_value *value)
{
	return value->type == EXPRESSION_STRING;
}

static bool is_double(const struct expression_value *value)
{
	return value->type == EXPRESSION_DOUBLE;
}

/* A double, or a text that looks like one to the original. */
static bool wants_double(const struct expression_value *value)
{
	return is_double(value) || (is_text(value) && strpbrk(value->as.text, ".eE"));
}

/* The two results that an arithmetic operator may have. */
struct arithmetic {
	int (*whole)(const struct operands *operands, int64_t left, int64_t right, int64_t *ret);
	double (*fraction)(double left, double right);
};

static int calculate(const struct operands *operands, const struct arithmetic *arithmetic,
		     struct expression_value *ret)
{
	const struct expression_value *left = operands->left, *right = operands->right;
	int64_t a, b, whole = 0;
	double x, y;

	if (is_null(left) && is_null(right)) {
		*ret = expression_long(0);
		return 0;
	}
	if (!arithmetic->whole || wants_double(left) || wants_double(right)) {
		TRY(coerce_double(operands->arena, left, &x, operands->error));
		TRY(coerce_double(operands->arena, right, &y, operands->error));
		*ret = expression_double(arithmetic->fraction(x, y));
		return 0;
	}
	TRY(coerce_long(operands->arena, left, &a, operands->error));
	TRY(coerce_long(operands->arena, right, &b, operands->error));
	TRY(arithmetic->whole(operands, a, b, &whole));
	*ret = expression_long(whole);
	return 0;
}

/* Whole numbers overflow as Java's do. */
static int add_whole(const struct operands *operands, int64_t left, int64_t right, int64_t *ret)
{
	(void)operands;
	*ret = (int64_t)((uint64_t)left + (uint64_t)right);
	return 0;
}

static int subtract_whole(const struct operands *operands, int64_t left, int64_t right,
			  int64_t *ret)
{
	(void)operands;
	*ret = (int64_t)((uint64_t)left - (uint64_t)right);
	return 0;
}

static int multiply_whole(const struct operands *operands, int64_t left, int64_t right,
			  int64_t *ret)
{
	(void)operands;
	*ret = (int64_t)((uint64_t)left * (uint64_t)right);
	return 0;
}

static int modulo_whole(const struct operands *operands, int64_t left, int64_t right, int64_t *ret)
{
	if (!right)
		return err_set(operands->error, operands->arena, ERR_INPUT, "/ by zero");
	*ret = right == -1 ? 0 : left % right;
	return 0;
}

static double add_fraction(double left, double right)
{
	return left + right;
}

static double subtract_fraction(double left, double right)
{
	return left - right;
}

static double multiply_fraction(double left, double right)
{
	return left * right;
}

/* By zero too: infinity, or no number. */
static double divide_fraction(double left, double right)
{
	if (right == 0)
		return left == 0 || isnan(left)          ? (double)NAN
		       : signbit(left) == signbit(right) ? (double)INFINITY
							 : -(double)INFINITY;
	return left / right;
}

int operator_add(const struct operands *operands, struct expression_value *ret)
{
	static const struct arithmetic add = {add_whole, add_fraction};

	return calculate(operands, &add, ret);
}

int operator_subtract(const struct operands *operands, struct expression_value *ret)
{
	static const struct arithmetic subtract = {subtract_whole, subtract_fraction};

	return calculate(operands, &subtract, ret);
}

int operator_multiply(const struct operands *operands, struct expression_value *ret)
{
	static const struct arithmetic multiply = {multiply_whole, multiply_fraction};

	return calculate(operands, &multiply, ret);
}

int operator_divide(const struct operands *operands, struct expression_value *ret)
{
	static const struct arithmetic divide = {NULL, divide_fraction};

	return calculate(operands, &divide, ret);
}

int operator_modulo(const struct operands *operands, struct expression_value *ret)
{
	static const struct arithmetic modulo = {modulo_whole, fmod};

	return calculate(operands, &modulo, ret);
}

int operator_negate(const struct operands *operands, struct expression_value *ret)
{
	const struct expression_value *value = operands->left;
	int64_t whole;
	double fraction;

	if (wants_double(value)) {
		TRY(coerce_double(operands->arena, value, &fraction, operands->error));
		*ret = expression_double(-fraction);
		return 0;
	}
	if (is_null(value) || is_text(value)) {
		TRY(coerce_long(operands->arena, value, &whole, operands->error));
		*ret = expression_long((int64_t)(0 - (uint64_t)whole));
		return 0;
	}
	if (!is_integral(value))
		return err_set(operands->error, operands->arena, ERR_INPUT,
			       "Cannot negate 'class %s'", expression_class_name(value));
	*ret = *value;
	ret->as.number = (int64_t)(0 - (uint64_t)value->as.number);
	if (value->type == EXPRESSION_SHORT)
		ret->as.number = (int16_t)ret->as.number;
	if (value->type == EXPRESSION_INTEGER)
		ret->as.number = (int32_t)ret->as.number;
	return 0;
}

int operator_not(const struct operands *operands, struct expression_value *ret)
{
	bool truth;

	TRY(coerce_boolean(operands->arena, operands->left, &truth, operands->error));
	*ret = expression_boolean(!truth);
	return 0;
}

int operator_empty(const struct operands *operands, struct expression_value *ret)
{
	const struct expression_value *value = operands->left;

	*ret = expression_boolean(
		is_null(value) || (is_text(value) && !*value->as.text) ||
		((value->type == EXPRESSION_LIST || value->type == EXPRESSION_ARRAY) &&
		 !value->as.list->count) ||
		(value->type == EXPRESSION_MAP && !value->as.map->count));
	return 0;
}

int compare_texts(const char *left, const char *right)
{
	const char *start = left;

	while (*left && *left == *right) {
		left++;
		right++;
	}
	/* back to where the character begins in which they differ */
	while (left > start &&
	       (((unsigned char)*left & 0xc0) == 0x80 || ((unsigned char)*right & 0xc0) == 0x80)) {
		left--;
		right--;
	}
	if (!*left || !*right)
		return (int)utf16_length(left, SIZE_MAX) - (int)utf16_length(right, SIZE_MAX);
	return utf16_unit(utf8_read(left), utf8_read(right)) -
	       utf16_unit(utf8_read(right), utf8_read(left));
}

static int compare_numbers(int64_t left, int64_t right)
{
	return (left > right) - (left < right);
}

/* As Double.compareTo(): -0.0 before 0.0, what is no number last and equal to itself. */
static int compare_doubles(double left, double right)
{
	if (left < right || left > right)
		return left < right ? -1 : 1;
	if (isnan(left) || isnan(right))
		return !!isnan(left) - !!isnan(right);
	return !!signbit(right) - !!signbit(left);
}

static int fail_cast(const struct operands *operands)
{
	return err_set(
		operands->error, operands->arena, ERR_INPUT, "class %s cannot be cast to class %s",
		expression_class_name(operands->right), expression_class_name(operands->left));
}

/* Values of types that have an order of their own. */
static int compare_own(const struct operands *operands, int *ret)
{
	const struct expression_value *left = operands->left, *right = operands->right;

	if (left->type == EXPRESSION_BOOLEAN || left->type == EXPRESSION_DATE ||
	    left->type == EXPRESSION_DATE_TIME) {
		if (left->type != right->type)
			return fail_cast(operands);
		*ret = left->type == EXPRESSION_BOOLEAN
			       ? left->as.truth - right->as.truth
			       : compare_numbers(left->as.number, right->as.number);
		return 0;
	}
	if (right->type == EXPRESSION_BOOLEAN || right->type == EXPRESSION_DATE ||
	    right->type == EXPRESSION_DATE_TIME) {
		const struct operands turned = {operands->arena, right, left, operands->error};

		return fail_cast(&turned);
	}
	return err_set(operands->error, operands->arena, ERR_INPUT,
		       "Cannot compare 'class %s' and 'class %s'", expression_class_name(left),
		       expression_class_name(right));
}

/* *RET is below, at or above 0. Neither operand is null, and they are not the same object. */
static int compare(const struct operands *operands, int *ret)
{
	const struct expression_value *left = operands->left, *right = operands->right;
	int64_t a, b;
	double x, y;

	if (is_double(left) || is_double(right)) {
		TRY(coerce_double(operands->arena, left, &x, operands->error));
		TRY(coerce_double(operands->arena, right, &y, operands->error));
		*ret = compare_doubles(x, y);
		return 0;
	}
	if (is_integral(left) || is_integral(right)) {
		TRY(coerce_long(operands->arena, left, &a, operands->error));
		TRY(coerce_long(operands->arena, right, &b, operands->error));
		*ret = compare_numbers(a, b);
		return 0;
	}
	if (is_text(left) || is_text(right)) {
		*ret = compare_texts(expression_text(operands->arena, left),
				     expression_text(operands->arena, right));
		return 0;
	}
	return compare_own(operands, ret);
}

static bool same_lists(const struct expression_list *left, const struct expression_list *right)
{
	size_t i;

	if (left == right)
		return true;
	for (i = 0; left->count == right->count && i < left->count; i++)
		if (!expression_same(&left->values[i], &right->values[i]))
			return false;
	return left->count == right->count;
}

static bool same_maps(const struct expression_map *left, const struct expression_map *right)
{
	struct expression_value value;
	size_t i;

	if (left == right)
		return true;
	for (i = 0; left->count == right->count && i < left->count; i++) {
		value = expression_map_get(right, left->entries[i].key);
		if (!expression_same(&left->entries[i].value, &value))
			return false;
	}
	return left->count == right->count;
}

/* The original has one object for a variable; here it may be read more than once. */
static bool same_json(const struct json *left, const struct json *right)
{
	if (left == right)
		return true;
	if (left->type != right->type || left->count != right->count ||
	    left->truth != right->truth || !left->text != !right->text ||
	    (left->text && strcmp(left->text, right->text) != 0))
		return false;
	left = left->first;
	right = right->first;
	while (left && right && !left->key == !right->key &&
	       (!left->key || !strcmp(left->key, right->key)) && same_json(left, right)) {
		left = left->next;
		right = right->next;
	}
	return !left && !right;
}

/* Whether both are one object of Java, as far as can be told. */
static bool identical(const struct expression_value *left, const struct expression_value *right)
{
	if (left->type != right->type)
		return false;
	if (left->type == EXPRESSION_OBJECT)
		return left->as.object->self == right->as.object->self &&
		       left->as.object->class == right->as.object->class;
	if (left->type == EXPRESSION_STORED)
		return left->as.stored == right->as.stored ||
		       left->as.stored->value == right->as.stored->value;
	return left->type == EXPRESSION_JSON && same_json(left->as.json, right->as.json);
}

bool expression_same(const struct expression_value *left, const struct expression_value *right)
{
	if (left->type != right->type)
		return false;
	switch ((int)left->type) {
	case EXPRESSION_NULL:
		return true;
	case EXPRESSION_BOOLEAN:
		return left->as.truth == right->as.truth;
	case EXPRESSION_DOUBLE:
		return !compare_doubles(left->as.fraction, right->as.fraction);
	case EXPRESSION_STRING:
	case EXPRESSION_CLASS:
		return !strcmp(left->as.text, right->as.text);
	case EXPRESSION_LIST:
		return same_lists(left->as.list, right->as.list);
	case EXPRESSION_MAP:
		return same_maps(left->as.map, right->as.map);
	case EXPRESSION_ARRAY:
		return left->as.list == right->as.list;
	case EXPRESSION_JSON:
	case EXPRESSION_STORED:
	case EXPRESSION_OBJECT:
		return identical(left, right);
	default:
		return left->as.number == right->as.number;
	}
}

static int equal_booleans(const struct operands *operands, bool *ret)
{
	bool left, right;

	TRY(coerce_boolean(operands->arena, operands->left, &left, operands->error));
	TRY(coerce_boolean(operands->arena, operands->right, &right, operands->error));
	*ret = left == right;
	return 0;
}

static int equal(const struct operands *operands, bool *ret)
{
	const struct expression_value *left = operands->left, *right = operands->right;
	int order;

	if (is_null(left) || is_null(right)) {
		*ret = is_null(left) && is_null(right);
		return 0;
	}
	if (is_double(left) || is_double(right) || is_integral(left) || is_integral(right)) {
		TRY(compare(operands, &order));
		*ret = !order;
		return 0;
	}
	if (left->type == EXPRESSION_BOOLEAN || right->type == EXPRESSION_BOOLEAN)
		return equal_booleans(operands, ret);
	if (is_text(left) || is_text(right))
		*ret = !strcmp(expression_text(operands->arena, left),
			       expression_text(operands->arena, right));
	else
		*ret = expression_same(left, right);
	return 0;
}

int operator_equal(const struct operands *operands, struct expression_value *ret)
{
	bool truth;

	TRY(equal(operands, &truth));
	*ret = expression_boolean(truth);
	return 0;
}

int operator_unequal(const struct operands *operands, struct expression_value *ret)
{
	bool truth;

	TRY(equal(operands, &truth));
	*ret = expression_boolean(!truth);
	return 0;
}

/* *RET is null when *ORDER decides; else it is the result. */
static int ordered(const struct operands *operands, bool with_equal, int *order,
		   struct expression_value *ret)
{
	const struct expression_value *left = operands->left, *right = operands->right;

	*ret = expression_null();
	*order = 0;
	if (identical(left, right) || (is_null(left) && is_null(right)))
		*ret = expression_boolean(with_equal);
	else if (is_null(left) || is_null(right))
		*ret = expression_boolean(false);
	else
		return compare(operands, order);
	return 0;
}

#define ORDER_OPERATOR(name, with_equal, test)                                                     \
	int name(const struct operands *operands, struct expression_value *ret)                    \
	{                                                                                          \
		int order;                                                                         \
                                                                                                   \
		TRY(ordered(operands, with_equal, &order, ret));                                   \
		if (is_null(ret))                                                                  \
			*ret = expression_boolean(order test);                                     \
		return 0;                                                                          \
	}

ORDER_OPERATOR(operator_less, false, < 0)
ORDER_OPERATOR(operator_less_equal, true, <= 0)
ORDER_OPERATOR(operator_greater, false, > 0)
ORDER_OPERATOR(operator_greater_equal, true, >= 0)
