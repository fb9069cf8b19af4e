#include "core/expression/coerce.h"
#include "core/expression/variable.h"
#include "core/runtime/evaluate.h"

#include <stdlib.h>
#include <string.h>

#include "core/runtime/due_date.h"
#include "core/runtime/external_task.h"

int variable_to_expression(struct arena *arena, const struct variable *variable,
			   struct expression_value *ret)
{
	return expression_from_variable(arena, variable->type, variable->value,
					variable->value_info, ret);
}

int typed_of_expression(struct arena *arena, const struct expression_value *value, const char *name,
			struct typed_value *ret, struct error *error)
{
	memset(ret, 0, sizeof(*ret));
	TRY(expression_to_variable(arena, value, name, &ret->type, &ret->value, &ret->info, error));
	ret->info = ret->info ? ret->info : "{}";
	return 0;
}

static int resolve(void *arg, const char *name, struct arena *arena, struct expression_value *ret,
		   struct error *error)
{
	struct scope *scope = arg;
	const struct variable *variable;

	(void)error;
	if (!strcmp(name, "execution")) {
		*ret = expression_object(arena, &execution_class, scope);
		return 0;
	}
	if (!strcmp(name, "task") && scope->task) {
		*ret = expression_object(arena, &task_class, scope);
		return 0;
	}
	if (!strcmp(name, "externalTask") && scope->instance->command->external_task) {
		*ret = external_task_object(arena, scope->instance->command->external_task);
		return 0;
	}
	if (!strcmp(name, "authenticatedUserId")) {
		*ret = expression_string(scope->instance->command->user);
		return 0;
	}
	variable = variable_find(scope, name);
	return variable ? variable_to_expression(arena, variable, ret) : ERR_NOT_FOUND;
}

static void context_of(const struct scope *scope, struct scope *copy,
		       struct expression_context *ret)
{
	*copy = *scope;
	memset(ret, 0, sizeof(*ret));
	ret->resolve = resolve;
	ret->arg = copy;
	ret->user = scope->instance->command->user;
	ret->now = scope->instance->command->now;
}

/* An expression's words are the engine's; those of other failures are kept as they are. */
static int failed(struct command *command, int code)
{
	if (code == ERR_INPUT)
		command->error->code = code = ERR_ENGINE;
	if (code == ERR_CAST)
		command->error->code = code = ERR_CLASS_CAST;
	return code;
}

int evaluate(const struct scope *scope, const struct expression *expression,
	     struct expression_value *ret)
{
	struct command *command = scope->instance->command;
	struct scope *copy = arena_alloc(command->arena, sizeof(*copy));
	struct expression_context context;

	context_of(scope, copy, &context);
	return failed(command, expression_evaluate(expression, &context, command->arena, ret,
						   command->error));
}

int evaluate_typed(const struct scope *scope, const struct expression *expression, const char *name,
		   struct typed_value *ret)
{
	struct command *command = scope->instance->command;
	struct expression_value value;

	TRY(evaluate(scope, expression, &value));
	return failed(command,
		      typed_of_expression(command->arena, &value, name, ret, command->error));
}

int evaluate_text(const struct scope *scope, const struct expression *expression, const char **ret)
{
	struct command *command = scope->instance->command;
	struct expression_context context;
	struct scope copy;

	*ret = NULL;
	if (!expression)
		return 0;
	context_of(scope, &copy, &context);
	return failed(command, expression_evaluate_name(expression, &context, command->arena, ret,
							command->error));
}

int evaluate_names(const struct scope *scope, const struct expression *expression,
		   const char *const **ret, size_t *ret_count)
{
	struct command *command = scope->instance->command;
	struct expression_context context;
	struct scope copy;

	context_of(scope, &copy, &context);
	return failed(command, expression_evaluate_names(expression, &context, command->arena, ret,
							 ret_count, command->error));
}

int evaluate_condition(const struct scope *scope, const struct expression *expression, bool *ret)
{
	struct command *command = scope->instance->command;
	struct expression_context context;
	struct scope copy;

	context_of(scope, &copy, &context);
	return failed(command, expression_evaluate_boolean(expression, &context, command->arena,
							   ret, command->error));
}

/* Any number, or a text of one; fractions are cut off. */
static bool to_task_priority(const struct expression_value *value, int64_t *ret)
{
	if (value->type == EXPRESSION_DOUBLE)
		*ret = int_of_double(value->as.fraction);
	else if (value->type >= EXPRESSION_SHORT && value->type <= EXPRESSION_LONG)
		*ret = (int32_t)value->as.number;
	else
		return value->type == EXPRESSION_STRING && long_of_text(value->as.text, ret) &&
		       *ret == (int32_t)*ret;
	return true;
}

int evaluate_task_priority(const struct scope *scope, const struct expression *expression,
			   int64_t *ret)
{
	struct expression_value value;

	*ret = INT_NULL;
	if (!expression)
		return 0;
	TRY(evaluate(scope, expression, &value));
	if (value.type == EXPRESSION_NULL || to_task_priority(&value, ret))
		return 0;
	if (value.type == EXPRESSION_STRING)
		return command_fail(scope->instance->command, ERR_ENGINE,
				    "Priority does not resolve to a number: %s", value.as.text);
	return command_fail(scope->instance->command, ERR_ENGINE,
			    "Priority expression does not resolve to a number: %s",
			    expression_source(expression));
}

int evaluate_priority(const struct scope *scope, const struct expression *expression,
		      const char *about, int64_t *ret)
{
	struct command *command = scope->instance->command;
	struct error before = *command->error;
	struct expression_value value;
	int code;

	*ret = INT_NULL;
	if (!expression)
		return 0;
	code = evaluate(scope, expression, &value);
	if (code == ERR_ENGINE) {
		*command->error = before; /* as the original: the usual one, and on */
		*ret = 0;
		return 0;
	}
	TRY(code);
	if (value.type >= EXPRESSION_SHORT && value.type <= EXPRESSION_LONG) {
		*ret = value.as.number;
		return 0;
	}
	if (expression_is_literal(expression) && long_of_text(value.as.text, ret))
		return 0;
	return command_fail(scope->instance->command, ERR_ENGINE, "%s: %s", about,
			    value.type == EXPRESSION_DOUBLE
				    ? "Priority value must be either Short, Integer, or Long"
				    : "Priority value is not an Integer");
}

int evaluate_date(const struct scope *scope, const struct expression *expression, const char *field,
		  int64_t *ret)
{
	struct command *command = scope->instance->command;
	struct expression_value value;

	*ret = TIME_NULL;
	if (!expression)
		return 0;
	TRY(evaluate(scope, expression, &value));
	if (value.type == EXPRESSION_NULL)
		return 0;
	if (value.type == EXPRESSION_DATE) {
		*ret = value.as.number;
		return 0;
	}
	if (value.type != EXPRESSION_STRING)
		return command_fail(command, ERR_ENGINE,
				    "%s expression does not resolve to a Date or Date string: %s",
				    field, expression_source(expression));
	if (due_date_parse(value.as.text, command->now, ret))
		return 0;
	return command_fail(command, ERR_ENGINE,
			    "ENGINE-09027 Exception while resolving duedate '%s': Invalid format: "
			    "\"%s\"",
			    value.as.text, value.as.text);
}
