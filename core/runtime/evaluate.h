/*
 * Expressions of a process, evaluated where a token stands.
 *
 * They see the variables of their scope, `execution`, and `task` in a task's listeners. Failures
 * are ERR_ENGINE with the original's words.
 */
#ifndef CORE_RUNTIME_EVALUATE_H
#define CORE_RUNTIME_EVALUATE_H

#include "core/expression/expression.h"
#include "core/runtime/variable.h"

int evaluate(const struct scope *scope, const struct expression *expression,
	     struct expression_value *ret);

/* The value as a variable NAME holds it. */
int evaluate_typed(const struct scope *scope, const struct expression *expression, const char *name,
		   struct typed_value *ret);

/* A text, or NULL for null; ERR_CLASS_CAST for other values. EXPRESSION may be NULL, too. */
int evaluate_text(const struct scope *scope, const struct expression *expression, const char **ret);

/* Candidates: a list of texts, or a text with commas. */
int evaluate_names(const struct scope *scope, const struct expression *expression,
		   const char *const **ret, size_t *ret_count);

/* The truth of a condition. */
int evaluate_condition(const struct scope *scope, const struct expression *expression, bool *ret);

/* Any number, also as a text. INT_NULL when EXPRESSION is NULL or its value is. */
int evaluate_task_priority(const struct scope *scope, const struct expression *expression,
			   int64_t *ret);

/*
 * The priority of a job or an external task: a whole number. INT_NULL when EXPRESSION is NULL.
 * ABOUT stands before the words.
 */
int evaluate_priority(const struct scope *scope, const struct expression *expression,
		      const char *about, int64_t *ret);

/*
 * A date, or a text in ISO 8601. TIME_NULL when EXPRESSION is NULL or its value is. FIELD ("Due
 * date") is for the words.
 */
int evaluate_date(const struct scope *scope, const struct expression *expression, const char *field,
		  int64_t *ret);

/* The value of a variable for expressions, and the other way. */
int variable_to_expression(struct arena *arena, const struct variable *variable,
			   struct expression_value *ret);

int typed_of_expression(struct arena *arena, const struct expression_value *value, const char *name,
			struct typed_value *ret, struct error *error);

/* `execution` and `task` as expressions see them: core/runtime/host_object.c. */
extern const struct expression_class execution_class;
extern const struct expression_class task_class;

#endif
