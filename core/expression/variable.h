/*
 * Variables as values of expressions, and results of expressions as variables.
 */
#ifndef CORE_EXPRESSION_VARIABLE_H
#define CORE_EXPRESSION_VARIABLE_H

#include "core/expression/value.h"

/*
 * A variable's value (core/record/kind.h; NULL is null) of TYPE ("String", "Long" …) with its INFO
 * (JSON or NULL). Texts are not copied. Json comes as a tree in ARENA; objects whose class is one
 * of Java's own, kept as JSON or as Java writes them, as lists and maps there; other objects, files
 * and bytes pass through as they are. ERR_CORRUPT when the value does not fit its type.
 */
int expression_from_variable(struct arena *arena, const char *type, const struct value *value,
			     const char *info, struct expression_value *ret);

/*
 * The other way, in ARENA: the type's name, the value (NULL for null) and its info (NULL: none).
 * Lists and maps become an Object that is kept as Java writes it. ERR_INPUT when no variable can
 * hold it, as for a host object; NAME is the variable's, for the words.
 */
int expression_to_variable(struct arena *arena, const struct expression_value *from,
			   const char *name, const char **ret_type, const struct value **ret,
			   const char **ret_info, struct error *error);

/* The text that INFO, a value's info as JSON or NULL, has as NAME, in ARENA; NULL: none. */
const char *value_info_text(struct arena *arena, const char *info, const char *name);

/* An info in ARENA: NAMES[0] is TEXTS[0], and so on, without those that are NULL. */
const char *value_info_of(struct arena *arena, const char *const names[], const char *const texts[],
			  size_t count);

/* VALUE as JSON, in ARENA, as the API shows an object. */
const char *expression_shown(struct arena *arena, const struct expression_value *value);

/* A tree as Java's own values: lists, maps, texts, numbers. In ARENA. */
struct expression_value expression_from_json(struct arena *arena, const struct json *json);

#endif
