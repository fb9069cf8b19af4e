/*
 * What a value is as a number, a boolean, a text: the original's rules (JUEL's type conversion).
 *
 * A value that cannot be converted is ERR_INPUT with words that say so and nothing else, such as
 * "Cannot coerce 'x' to class java.lang.Long".
 */
#ifndef CORE_EXPRESSION_COERCE_H
#define CORE_EXPRESSION_COERCE_H

#include "core/expression/value.h"

/* null is 0, false, "". */
int coerce_long(struct arena *arena, const struct expression_value *value, int64_t *ret,
		struct error *error);
int coerce_double(struct arena *arena, const struct expression_value *value, double *ret,
		  struct error *error);
int coerce_boolean(struct arena *arena, const struct expression_value *value, bool *ret,
		   struct error *error);

/* A number's value as 64 bits, as Java casts it: cut off, and no further than the ends. */
int64_t long_of_double(double fraction);

/* The same for 32 bits. */
int64_t int_of_double(double fraction);

/* Texts as Java's Long.valueOf() and Double.valueOf() read them. */
bool long_of_text(const char *text, int64_t *ret);
bool double_of_text(const char *text, double *ret);

#endif
