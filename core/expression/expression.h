/*
 * Expressions of process models: ${amount > 1000}, Hello ${name}, #{task.setAssignee(boss)}.
 *
 * A text with ${} or #{} is parsed once, into a program that is never changed and may be evaluated
 * by several threads at once. It is the original's dialect of JUEL: operators, properties, [ ],
 * methods, and the functions now(), dateTime(), currentUser(), currentUserGroups(), JSON(). A name
 * that nobody knows is an error, not null. A single ${} gives its value, mixed text a string.
 *
 * Words are the original's. Errors of the expression itself have the code ERR_INPUT; its words are
 * what a client reads behind "Cannot complete task …: " and the like. Other codes are those of the
 * caller's own functions, which pass through with their words.
 *
 * Parsing and evaluation are bounded: the text, the nesting, and the work of one evaluation.
 */
#ifndef CORE_EXPRESSION_EXPRESSION_H
#define CORE_EXPRESSION_EXPRESSION_H

#include "core/expression/value.h"

enum {
	EXPRESSION_TEXT_MAX = 64 * 1024, /* bytes of an expression's text */
	EXPRESSION_DEPTH_MAX = 200,      /* brackets, calls and unary operators within each other */
	EXPRESSION_WORK_MAX = 1 << 24,   /* steps, and bytes of texts made, in one evaluation */
};

struct expression;

/* What an expression is evaluated in. */
struct expression_context {
	/*
	 * Sets *RET to what NAME stands for: execution, task, authenticatedUserId, a variable …. It
	 * may keep things in ARENA. ERR_NOT_FOUND when there is no such name; any other code ends
	 * the evaluation with the words that it left in ERROR.
	 */
	int (*resolve)(void *arg, const char *name, struct arena *arena,
		       struct expression_value *ret, struct error *error);
	void *arg;
	const char *user;          /* currentUser(); NULL = nobody */
	const char *const *groups; /* currentUserGroups(); NULL = null */
	size_t group_count;
	int64_t now; /* now() and dateTime(); TIME_NULL = the clock */
};

/*
 * Parses TEXT into *RET, which lives in ARENA with a copy of the text. ERR_INPUT and the original's
 * words ("Error parsing '${': …", "Could not resolve function 'f'.") when it is malformed; they
 * stand behind "ENGINE-01009 Error while parsing process. " in the answer to a deployment.
 */
int expression_parse(struct arena *arena, const char *text, struct expression **ret,
		     struct error *error);

/* The text that was parsed. */
const char *expression_source(const struct expression *expression);

/* Whether the text has no ${} or #{}: its value is known without a context. */
bool expression_is_literal(const struct expression *expression);

/* The value, in ARENA or in what the context's functions gave. CONTEXT may be NULL: no names. */
int expression_evaluate(const struct expression *expression,
			const struct expression_context *context, struct arena *arena,
			struct expression_value *ret, struct error *error);

/*
 * What must be a text or null, such as an assignee, a topic, a name: ERR_CAST for anything else,
 * with words that the original gives to a client as a ClassCastException, without others before.
 */
int expression_evaluate_name(const struct expression *expression,
			     const struct expression_context *context, struct arena *arena,
			     const char **ret, struct error *error);

/*
 * Candidates: a list of texts, or one text with commas. ERR_INPUT when the value is neither,
 * ERR_CAST when the list has something else.
 */
int expression_evaluate_names(const struct expression *expression,
			      const struct expression_context *context, struct arena *arena,
			      const char *const **ret, size_t *ret_count, struct error *error);

/* A condition: ERR_INPUT when the value is null or not a boolean. */
int expression_evaluate_boolean(const struct expression *expression,
				const struct expression_context *context, struct arena *arena,
				bool *ret, struct error *error);

#endif
