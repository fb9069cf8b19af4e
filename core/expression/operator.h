/*
 * Arithmetic and comparison of values, by the original's rules. null counts as 0; a text with a
 * point or an e is a double.
 *
 * ERR_INPUT and words of coerce.h, "/ by zero" and the like when the operands do not fit.
 */
#ifndef CORE_EXPRESSION_OPERATOR_H
#define CORE_EXPRESSION_OPERATOR_H

#include "core/expression/value.h"

struct operands {
	struct arena *arena;
	const struct expression_value *left, *right;
	struct error *error;
};

typedef int (*expression_operator)(const struct operands *operands, struct expression_value *ret);

int operator_add(const struct operands *operands, struct expression_value *ret);
int operator_subtract(const struct operands *operands, struct expression_value *ret);
int operator_multiply(const struct operands *operands, struct expression_value *ret);
int operator_divide(const struct operands *operands, struct expression_value *ret);
int operator_modulo(const struct operands *operands, struct expression_value *ret);
int operator_equal(const struct operands *operands, struct expression_value *ret);
int operator_unequal(const struct operands *operands, struct expression_value *ret);
int operator_less(const struct operands *operands, struct expression_value *ret);
int operator_less_equal(const struct operands *operands, struct expression_value *ret);
int operator_greater(const struct operands *operands, struct expression_value *ret);
int operator_greater_equal(const struct operands *operands, struct expression_value *ret);

/* Of operands->left. */
int operator_negate(const struct operands *operands, struct expression_value *ret);
int operator_not(const struct operands *operands, struct expression_value *ret);
int operator_empty(const struct operands *operands, struct expression_value *ret);

/* As Java's equals(): of the same type and with the same content. */
bool expression_same(const struct expression_value *left, const struct expression_value *right);

/* Texts as Java orders them, by UTF-16 units; the result is the difference that Java gives. */
int compare_texts(const char *left, const char *right);

#endif
