#include <stdlib.h>
#include <string.h>

#include "core/expression/coerce.h"
#include "core/expression/program.h"
#include "storage/buffer.h"

/*
 * Instructions are put out as the text is read, so what stands for a part of it is only known by
 * where its instructions begin and by DESCRIBED: how the original's words call the part before.
 */
struct parser {
	struct arena *arena;
	struct error *error;
	struct scanner scanner;
	struct token token;      /* the one to be read next */
	struct buffer output;    /* instructions */
	struct buffer functions; /* names and numbers of arguments, looked up at the end */
	const char *described;
	int depth, deepest; /* of the stack */
	unsigned nesting;
	size_t parts; /* texts and ${ } */
};

struct called {
	const char *name;
	size_t arguments;
	size_t instruction;
};

static const char value_first[] = "<IDENTIFIER>|<STRING>|<FLOAT>|<INTEGER>|'true'|'false'|'null'|"
				  "'-'|'!'|'not'|'empty'|'('";

static const char *const expected[TOKEN_MAX] = {
	[TOKEN_EVAL_END] = "'}'",      [TOKEN_IDENTIFIER] = "<IDENTIFIER>",
	[TOKEN_INTEGER] = "<INTEGER>", [TOKEN_COLON] = "':'",
	[TOKEN_PAREN_END] = "')'",     [TOKEN_BRACKET_END] = "']'",
};

static int fail(struct parser *parser, const char *wanted)
{
	return err_set(parser->error, parser->arena, ERR_INPUT,
		       "Error parsing '%s': syntax error at position %zu, encountered '%s', "
		       "expected %s.",
		       parser->scanner.text, scanner_position(&parser->scanner, parser->token.at),
		       parser->token.text ? parser->token.text : "null", wanted);
}

static int fail_too_deep(struct parser *parser)
{
	return err_set(parser->error, parser->arena, ERR_INPUT,
		       "Error parsing '%s': it is nested deeper than %d at position %zu.",
		       parser->scanner.text, EXPRESSION_DEPTH_MAX,
		       scanner_position(&parser->scanner, parser->token.at));
}

static int advance(struct parser *parser)
{
	return scanner_next(&parser->scanner, &parser->token);
}

static int skip(struct parser *parser, enum token_type type)
{
	if (parser->token.type != type)
		return fail(parser, expected[type]);
	return advance(parser);
}

static struct instruction *instruction_at(struct parser *parser, size_t index)
{
	return (struct instruction *)(void *)parser->output.data + index;
}

static size_t emitted(const struct parser *parser)
{
	return parser->output.length / sizeof(struct instruction);
}

/* GROWTH: by how much the stack is higher afterwards. */
static size_t emit(struct parser *parser, enum operation operation, uint32_t number, int growth)
{
	const struct instruction instruction = {.operation = operation, .number = number};
	size_t index = emitted(parser);

	buffer_put(&parser->output, &instruction, sizeof(instruction));
	parser->depth += growth;
	if (parser->depth > parser->deepest)
		parser->deepest = parser->depth;
	return index;
}

static void emit_value(struct parser *parser, enum operation operation,
		       struct expression_value value, int growth)
{
	instruction_at(parser, emit(parser, operation, 0, growth))->value = value;
}

/* Lets the jump at INDEX lead to what comes next. */
static void land(struct parser *parser, size_t index)
{
	instruction_at(parser, index)->number = (uint32_t)emitted(parser);
}

static int parse_choice(struct parser *parser);

/* Every way into a deeper level leads through here. */
static int parse_nested(struct parser *parser, int (*parse)(struct parser *parser))
{
	if (parser->nesting >= EXPRESSION_DEPTH_MAX)
		return fail_too_deep(parser);
	parser->nesting++;
	TRY(parse(parser));
	parser->nesting--;
	return 0;
}

static bool begins_value(enum token_type type)
{
	return type == TOKEN_PAREN || (type >= TOKEN_IDENTIFIER && type <= TOKEN_NULL) ||
	       unary_operators[type];
}

/* ( up to ), with its arguments. */
static int parse_arguments(struct parser *parser, size_t *ret_count)
{
	*ret_count = 0;
	TRY(advance(parser));
	if (parser->token.type == TOKEN_PAREN_END)
		return advance(parser);
	if (!begins_value(parser->token.type))
		return fail(parser, expected[TOKEN_PAREN_END]);
	for (;;) {
		TRY(parse_nested(parser, parse_choice));
		++*ret_count;
		if (parser->token.type != TOKEN_COMMA)
			return skip(parser, TOKEN_PAREN_END);
		TRY(advance(parser));
	}
}

static int parse_function(struct parser *parser, const char *name)
{
	struct called called = {.name = name};

	TRY(parse_arguments(parser, &called.arguments));
	called.instruction = emit(parser, OP_FUNCTION, 0, 1 - (int)called.arguments);
	buffer_put(&parser->functions, &called, sizeof(called));
	parser->described = name;
	return 0;
}

/* Whether what follows is :name( of a function with a prefix. */
static bool prefixed(const struct parser *parser)
{
	struct scanner ahead = parser->scanner;
	struct error ignored = {0};
	struct token name, paren;

	ahead.error = &ignored;
	return parser->token.type == TOKEN_COLON && !scanner_next(&ahead, &name) &&
	       name.type == TOKEN_IDENTIFIER && !scanner_next(&ahead, &paren) &&
	       paren.type == TOKEN_PAREN;
}

static int parse_name(struct parser *parser)
{
	const char *name = parser->token.text;

	TRY(advance(parser));
	if (prefixed(parser)) {
		TRY(advance(parser));
		name = arena_printf(parser->arena, "%s:%s", name, parser->token.text);
		TRY(advance(parser));
	}
	if (parser->token.type == TOKEN_PAREN)
		return parse_function(parser, name);
	emit_value(parser, OP_NAME, expression_string(name), 1);
	parser->described = name;
	return 0;
}

static int parse_paren(struct parser *parser)
{
	TRY(advance(parser));
	TRY(parse_nested(parser, parse_choice));
	parser->described = "(...)";
	return skip(parser, TOKEN_PAREN_END);
}

static int parse_literal(struct parser *parser)
{
	const char *text = parser->token.text;
	struct expression_value value = expression_null();
	int64_t number;

	switch ((int)parser->token.type) {
	case TOKEN_INTEGER:
		if (!long_of_text(text, &number))
			return fail(parser, expected[TOKEN_INTEGER]);
		value = expression_long(number);
		break;
	case TOKEN_FLOAT:
		value = expression_double(strtod(text, NULL));
		break;
	case TOKEN_STRING:
		value = expression_string(text);
		break;
	case TOKEN_TRUE:
	case TOKEN_FALSE:
		value = expression_boolean(parser->token.type == TOKEN_TRUE);
		break;
	case TOKEN_NULL:
		break;
	default:
		return fail(parser, value_first);
	}
	emit_value(parser, OP_PUSH, value, 1);
	parser->described = text;
	return advance(parser);
}

static int parse_property_name(struct parser *parser)
{
	const char *name;

	if (parser->token.type == TOKEN_DOT) {
		TRY(advance(parser));
		name = parser->token.text;
		TRY(skip(parser, TOKEN_IDENTIFIER));
		emit_value(parser, OP_PUSH, expression_string(name), 1);
		parser->described = arena_printf(parser->arena, ". %s", name);
		return 0;
	}
	TRY(advance(parser));
	TRY(parse_nested(parser, parse_choice));
	parser->described = "[...]";
	return skip(parser, TOKEN_BRACKET_END);
}

/*
 * What is behind a value: .name or [ ], and a call if a ( follows. Only then is it known what is to
 * be done if the value before is null.
 */
static int parse_property(struct parser *parser)
{
	const char *before = parser->described;
	size_t check = emit(parser, OP_SKIP_NULL, 0, 0), arguments;

	TRY(parse_property_name(parser));
	if (parser->token.type != TOKEN_PAREN) {
		emit(parser, OP_PROPERTY, 0, -1);
		land(parser, check);
		return 0;
	}
	instruction_at(parser, check)->operation = OP_REQUIRE;
	instruction_at(parser, check)->value = expression_string(before);
	emit(parser, OP_SELECT, 0, 0);
	TRY(parse_arguments(parser, &arguments));
	emit(parser, OP_CALL, (uint32_t)arguments, -1 - (int)arguments);
	parser->described = "<method>";
	return 0;
}

static int parse_value(struct parser *parser)
{
	if (parser->token.type == TOKEN_IDENTIFIER)
		TRY(parse_name(parser));
	else if (parser->token.type == TOKEN_PAREN)
		TRY(parse_paren(parser));
	else
		TRY(parse_literal(parser));
	while (parser->token.type == TOKEN_DOT || parser->token.type == TOKEN_BRACKET)
		TRY(parse_property(parser));
	return 0;
}

static int parse_unary(struct parser *parser)
{
	enum token_type type = parser->token.type;

	if (!unary_operators[type])
		return parse_value(parser);
	TRY(advance(parser));
	TRY(parse_nested(parser, parse_unary));
	emit(parser, OP_UNARY, type, 0);
	return 0;
}

/* Binary operators, from those that bind least; each level's are taken from left to right. */
static const enum token_type levels[][6] = {
	{TOKEN_EQUAL,       TOKEN_UNEQUAL},
	{		    TOKEN_LESS, TOKEN_LESS_EQUAL, TOKEN_GREATER, TOKEN_GREATER_EQUAL},
	{ TOKEN_PLUS,        TOKEN_MINUS  },
	{		   TOKEN_TIMES,     TOKEN_DIVIDE,  TOKEN_MODULO},
};

enum { LEVELS = ARRAY_SIZE(levels) };

static bool of_level(enum token_type type, size_t level)
{
	size_t i;

	for (i = 0; levels[level][i]; i++)
		if (levels[level][i] == type)
			return true;
	return false;
}

static int parse_binary(struct parser *parser, size_t level)
{
	enum token_type type;

	if (level == LEVELS)
		return parse_unary(parser);
	TRY(parse_binary(parser, level + 1));
	while (of_level(type = parser->token.type, level)) {
		TRY(advance(parser));
		TRY(parse_binary(parser, level + 1));
		emit(parser, OP_BINARY, type, -1);
	}
	return 0;
}

static int parse_comparison(struct parser *parser)
{
	return parse_binary(parser, 0);
}

static int parse_and(struct parser *parser);

/* The right side of && and || is only looked at if the left one leaves the matter open. */
static int parse_shortcut(struct parser *parser, enum token_type type, enum operation operation,
			  int (*parse)(struct parser *parser))
{
	size_t jump;

	TRY(parse(parser));
	while (parser->token.type == type) {
		TRY(advance(parser));
		jump = emit(parser, operation, 0, -1);
		TRY(parse(parser));
		emit(parser, OP_BOOLEAN, 0, 0);
		land(parser, jump);
	}
	return 0;
}

static int parse_and(struct parser *parser)
{
	return parse_shortcut(parser, TOKEN_AND, OP_AND, parse_comparison);
}

/* a ? b : c, which may stand anywhere in brackets. */
static int parse_choice(struct parser *parser)
{
	size_t otherwise, end;

	TRY(parse_shortcut(parser, TOKEN_OR, OP_OR, parse_and));
	if (parser->token.type != TOKEN_QUESTION)
		return 0;
	TRY(advance(parser));
	otherwise = emit(parser, OP_UNLESS, 0, -1);
	TRY(parse_nested(parser, parse_choice));
	TRY(skip(parser, TOKEN_COLON));
	end = emit(parser, OP_JUMP, 0, -1);
	land(parser, otherwise);
	TRY(parse_nested(parser, parse_choice));
	land(parser, end);
	return 0;
}

static int parse_eval(struct parser *parser)
{
	TRY(advance(parser));
	TRY(parse_choice(parser));
	return skip(parser, TOKEN_EVAL_END);
}

static int parse_text(struct parser *parser)
{
	emit_value(parser, OP_PUSH, expression_string(parser->token.text), 1);
	return advance(parser);
}

/* ${ } and #{ } are the same, but one text has one of them. */
static int parse_parts(struct parser *parser)
{
	const char *mark = NULL;

	while (parser->token.type != TOKEN_END) {
		if (parser->token.type == TOKEN_TEXT) {
			TRY(parse_text(parser));
		} else {
			if (mark && strcmp(mark, parser->token.text) != 0)
				return fail(parser, *mark == '$' ? "'${'" : "'#{'");
			mark = parser->token.text;
			TRY(parse_eval(parser));
		}
		emit(parser, OP_APPEND, 0, -1);
		parser->parts++;
	}
	return 0;
}

static int find_function(struct parser *parser, const struct called *called)
{
	uint32_t i;

	for (i = 0; builtins[i].name; i++) {
		if (strcmp(builtins[i].name, called->name) != 0)
			continue;
		if (called->arguments != builtins[i].arguments)
			return err_set(parser->error, parser->arena, ERR_INPUT,
				       "Parameters for function '%s' do not match.", called->name);
		instruction_at(parser, called->instruction)->number = i;
		return 0;
	}
	return err_set(parser->error, parser->arena, ERR_INPUT, "Could not resolve function '%s'.",
		       called->name);
}

static int find_functions(struct parser *parser)
{
	const struct called *called = (const void *)parser->functions.data;
	size_t count = parser->functions.length / sizeof(*called), i;

	for (i = 0; i < count; i++)
		TRY(find_function(parser, &called[i]));
	return 0;
}

static int parse(struct parser *parser, struct expression *expression)
{
	enum token_type first;

	TRY(advance(parser));
	first = parser->token.type;
	TRY(parse_parts(parser));
	TRY(find_functions(parser));
	expression->count = emitted(parser);
	expression->literal = first != TOKEN_EVAL && expression->count <= 2;
	expression->single = parser->parts == 1;
	/* one part is the value itself: nothing is appended */
	expression->count -= expression->single;
	expression->depth = (size_t)parser->deepest;
	expression->instructions =
		arena_copy(parser->arena, parser->output.data,
			   expression->count * sizeof(*expression->instructions));
	return 0;
}

int expression_parse(struct arena *arena, const char *text, struct expression **ret,
		     struct error *error)
{
	struct expression *expression;
	struct parser parser = {.arena = arena, .error = error};
	int code;

	*ret = NULL;
	if (strlen(text) > EXPRESSION_TEXT_MAX)
		return err_set(error, arena, ERR_INPUT,
			       "Error parsing an expression of %zu bytes: it has more than %d.",
			       strlen(text), EXPRESSION_TEXT_MAX);
	expression = arena_alloc(arena, sizeof(*expression));
	expression->source = arena_strdup(arena, text);
	parser.scanner =
		(struct scanner){.arena = arena, .error = error, .text = expression->source};
	buffer_init(&parser.output);
	buffer_init(&parser.functions);
	code = parse(&parser, expression);
	buffer_clear(&parser.output);
	buffer_clear(&parser.functions);
	if (!code)
		*ret = expression;
	return code;
}

const char *expression_source(const struct expression *expression)
{
	return expression->source;
}

bool expression_is_literal(const struct expression *expression)
{
	return expression->literal;
}
