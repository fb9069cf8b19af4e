/*
 * Expressions as tokens: text between ${ }, and within them names, numbers, strings, operators.
 */
#ifndef CORE_EXPRESSION_SCANNER_H
#define CORE_EXPRESSION_SCANNER_H

#include <stdbool.h>
#include <stddef.h>

#include "storage/arena.h"
#include "storage/error.h"

enum token_type {
	TOKEN_END,
	TOKEN_TEXT,
	TOKEN_EVAL, /* ${ or #{ */
	TOKEN_EVAL_END,
	TOKEN_IDENTIFIER,
	TOKEN_STRING,
	TOKEN_INTEGER,
	TOKEN_FLOAT,
	TOKEN_TRUE,
	TOKEN_FALSE,
	TOKEN_NULL,
	TOKEN_INSTANCEOF, /* reserved, and good for nothing */
	TOKEN_NOT,
	TOKEN_EMPTY,
	TOKEN_PLUS,
	TOKEN_MINUS,
	TOKEN_TIMES,
	TOKEN_DIVIDE,
	TOKEN_MODULO,
	TOKEN_EQUAL,
	TOKEN_UNEQUAL,
	TOKEN_LESS,
	TOKEN_LESS_EQUAL,
	TOKEN_GREATER,
	TOKEN_GREATER_EQUAL,
	TOKEN_AND,
	TOKEN_OR,
	TOKEN_QUESTION,
	TOKEN_COLON,
	TOKEN_COMMA,
	TOKEN_DOT,
	TOKEN_PAREN,
	TOKEN_PAREN_END,
	TOKEN_BRACKET,
	TOKEN_BRACKET_END,
	TOKEN_MAX
};

struct token {
	enum token_type type;
	size_t at;        /* bytes before it */
	const char *text; /* as it was written; a string's or a text's content; NULL at the end */
};

struct scanner {
	struct arena *arena;
	struct error *error;
	const char *text;
	size_t at;
	bool inside; /* between ${ and } */
};

/* Reads the next token. ERR_INPUT and "lexical error at …" when there is none. */
int scanner_next(struct scanner *scanner, struct token *ret);

/* Where byte AT of the text is for those who count UTF-16 units, as the words do. */
size_t scanner_position(const struct scanner *scanner, size_t at);

#endif
