/* Stands in for core/expression/ until that is there: keeps the text. */
#include "core/bpmn/model.h"
#include "storage/arena.h"
#include "storage/error.h"

struct expression {
	const char *text;
};

int expression_parse(struct arena *arena, const char *text, const struct expression **ret,
		     struct error *error);

int expression_parse(struct arena *arena, const char *text, const struct expression **ret,
		     struct error *error)
{
	struct expression *expression = arena_alloc(arena, sizeof(*expression));

	(void)error;
	expression->text = text;
	*ret = expression;
	return 0;
}
