#include <string.h>

#include "core/expression/expression.h"

int expression_evaluate_boolean(const struct expression *expression,
				const struct expression_context *context, struct arena *arena,
				bool *ret, struct error *error)
{
	struct expression_value value;

	*ret = false;
	TRY(expression_evaluate(expression, context, arena, &value, error));
	if (value.type == EXPRESSION_NULL)
		return err_set(error, arena, ERR_INPUT,
			       "condition expression returns null: result is null");
	if (value.type != EXPRESSION_BOOLEAN)
		return err_set(error, arena, ERR_INPUT,
			       "condition expression returns non-Boolean: result has class %s and "
			       "not java.lang.Boolean",
			       expression_class_name(&value));
	*ret = value.as.truth;
	return 0;
}

static int fail_cast(struct arena *arena, const struct expression_value *value, struct error *error)
{
	const char *class = expression_class_name(value);

	return err_set(error, arena, ERR_CAST,
		       "class %s cannot be cast to class java.lang.String (%s and java.lang.String "
		       "are in module java.base of loader 'bootstrap')",
		       class, class);
}

int expression_evaluate_name(const struct expression *expression,
			     const struct expression_context *context, struct arena *arena,
			     const char **ret, struct error *error)
{
	struct expression_value value;

	*ret = NULL;
	TRY(expression_evaluate(expression, context, arena, &value, error));
	if (value.type == EXPRESSION_NULL)
		return 0;
	if (value.type != EXPRESSION_STRING)
		return fail_cast(arena, &value, error);
	*ret = value.as.text;
	return 0;
}

static int names_of_list(const struct expression_list *list, struct arena *arena,
			 const char *const **ret, size_t *ret_count, struct error *error)
{
	const char **names = arena_array(arena, list->count, sizeof(*names));
	size_t i;

	for (i = 0; i < list->count; i++) {
		if (list->values[i].type != EXPRESSION_STRING)
			return fail_cast(arena, &list->values[i], error);
		names[i] = list->values[i].as.text;
	}
	*ret = names;
	*ret_count = list->count;
	return 0;
}

/* Space around commas goes, and so do empty names at the end, but no others. */
static void names_of_text(const char *text, struct arena *arena, const char *const **ret,
			  size_t *ret_count)
{
	static const char space[] = " \t\n\v\f\r";
	const char **names = arena_array(arena, strlen(text) + 1, sizeof(*names)), *end;
	size_t count = 0, size;

	for (;; text = end + 1 + strspn(end + 1, space)) {
		end = text + strcspn(text, ",");
		for (size = (size_t)(end - text); *end && size && strchr(space, text[size - 1]);)
			size--;
		names[count++] = arena_strndup(arena, text, size);
		if (!*end)
			break;
	}
	while (count > 1 && !*names[count - 1])
		count--;
	*ret = names;
	*ret_count = count;
}

int expression_evaluate_names(const struct expression *expression,
			      const struct expression_context *context, struct arena *arena,
			      const char *const **ret, size_t *ret_count, struct error *error)
{
	struct expression_value value;

	*ret = NULL;
	*ret_count = 0;
	TRY(expression_evaluate(expression, context, arena, &value, error));
	if (value.type == EXPRESSION_LIST)
		return names_of_list(value.as.list, arena, ret, ret_count, error);
	if (value.type != EXPRESSION_STRING)
		return err_set(error, arena, ERR_INPUT,
			       "Expression did not resolve to a string or collection of strings");
	names_of_text(value.as.text, arena, ret, ret_count);
	return 0;
}
