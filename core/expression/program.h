/*
 * Parsed expressions: instructions for a machine with a stack of values.
 *
 * Instructions run in order, jumps only lead forwards, and the parser has counted how deep the
 * stack gets; so running one needs no recursion and always ends.
 */
#ifndef CORE_EXPRESSION_PROGRAM_H
#define CORE_EXPRESSION_PROGRAM_H

#include "core/expression/expression.h"
#include "core/expression/operator.h"
#include "core/expression/scanner.h"

enum operation {
	OP_PUSH,      /* value */
	OP_NAME,      /* pushes what the name (value) stands for */
	OP_UNARY,     /* by unary_operators[number] */
	OP_BINARY,    /* by binary_operators[number] */
	OP_BOOLEAN,   /* the top as a boolean */
	OP_AND,       /* top false: false stays, jumps to number; else it goes */
	OP_OR,        /* top true: true stays, jumps to number; else it goes */
	OP_UNLESS,    /* takes the top, jumps to number if it is false */
	OP_JUMP,      /* to number */
	OP_SKIP_NULL, /* top null: it stays, jumps to number */
	OP_PROPERTY,  /* takes name and object, pushes the object's property */
	OP_REQUIRE,   /* top null: the error that value describes it in */
	OP_SELECT,    /* top null: there is no such method */
	OP_CALL,      /* takes number arguments, name and object; pushes the result */
	OP_FUNCTION,  /* takes the arguments of builtins[number], pushes its result */
	OP_APPEND,    /* takes the top and appends its text to the result */
};

struct instruction {
	enum operation operation;
	uint32_t number;
	struct expression_value value;
};

struct expression {
	const char *source;
	const struct instruction *instructions;
	size_t count;
	size_t depth;         /* of the stack at its deepest */
	bool literal, single; /* no ${}; nothing but one ${} */
};

/* Unary and binary operators by token type; NULL for other tokens. */
extern const expression_operator unary_operators[TOKEN_MAX];
extern const expression_operator binary_operators[TOKEN_MAX];

/* A function: its arguments come as they are. */
struct expression_builtin {
	const char *name;
	size_t arguments;
	expression_function call;
};

/* Ends with a NULL name. */
extern const struct expression_builtin builtins[];

#endif
