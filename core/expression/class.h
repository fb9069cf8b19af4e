/*
 * Objects' properties and methods: which class a value has, and which of its methods is meant.
 */
#ifndef CORE_EXPRESSION_CLASS_H
#define CORE_EXPRESSION_CLASS_H

#include "core/expression/value.h"

/* The classes of values that are not the caller's. */
extern const struct expression_class object_class; /* the base of all, the callers' too */
extern const struct expression_class boolean_class;
extern const struct expression_class short_class;
extern const struct expression_class integer_class;
extern const struct expression_class long_class;
extern const struct expression_class double_class;
extern const struct expression_class string_class;
extern const struct expression_class date_class;
extern const struct expression_class date_time_class;
extern const struct expression_class list_class;
extern const struct expression_class map_class;
extern const struct expression_class json_class;
extern const struct expression_class class_class;

/*
 * Method NAME of call->self that takes COUNT arguments, or NULL. The call then holds the arguments
 * as the method wants them.
 */
const struct expression_method *class_method(struct expression_call *call, const char *name,
					     const struct expression_value *arguments,
					     size_t count);

/* The method that reads property NAME of call->self, getNAME() or isNAME(), or NULL. */
const struct expression_method *class_getter(struct expression_call *call, const char *name);

/* For methods: ERR_INPUT with the words of what Java would throw. */
int class_throw(struct expression_call *call, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#ifdef __clang_analyzer__ /* as in storage/error.h */
#define class_throw(call, ...) ((class_throw)(call, __VA_ARGS__), ERR_INPUT)
#endif

/* Counts SIZE bytes as work. ERR_INPUT when the evaluation has done too much. */
int class_charge(struct expression_call *call, size_t size);

/* What now() is to this call. */
int64_t class_now(const struct expression_call *call);

/* Text of an argument for an s or q. */
static inline const char *argument_text(const struct expression_call *call, size_t index)
{
	return call->arguments[index].as.text;
}

#endif
