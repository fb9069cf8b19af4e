#include "core/expression/scanner.h"

#include <ctype.h>
#include <string.h>

#include "core/expression/unicode.h"
#include "storage/buffer.h"

/* Longer ones before those that they begin with. */
static const struct {
	const char *text;
	enum token_type type;
} symbols[] = {
	{"==", TOKEN_EQUAL        },
        {"!=", TOKEN_UNEQUAL      },
        {"<=", TOKEN_LESS_EQUAL   },
	{">=", TOKEN_GREATER_EQUAL},
        {"&&", TOKEN_AND          },
        {"||", TOKEN_OR           },
	{"<",  TOKEN_LESS         },
        {">",  TOKEN_GREATER      },
        {"!",  TOKEN_NOT          },
	{"+",  TOKEN_PLUS         },
        {"-",  TOKEN_MINUS        },
        {"*",  TOKEN_TIMES        },
	{"/",  TOKEN_DIVIDE       },
        {"%",  TOKEN_MODULO       },
        {"?",  TOKEN_QUESTION     },
	{":",  TOKEN_COLON        },
        {",",  TOKEN_COMMA        },
        {".",  TOKEN_DOT          },
	{"(",  TOKEN_PAREN        },
        {")",  TOKEN_PAREN_END    },
        {"[",  TOKEN_BRACKET      },
	{"]",  TOKEN_BRACKET_END  },
};

static const struct {
	const char *text;
	enum token_type type;
} keywords[] = {
	{"null",       TOKEN_NULL         },
        {"true",       TOKEN_TRUE         },
	{"false",      TOKEN_FALSE        },
        {"empty",      TOKEN_EMPTY        },
	{"div",        TOKEN_DIVIDE       },
        {"mod",        TOKEN_MODULO       },
	{"not",        TOKEN_NOT          },
        {"and",        TOKEN_AND          },
	{"or",         TOKEN_OR           },
        {"le",         TOKEN_LESS_EQUAL   },
	{"lt",         TOKEN_LESS         },
        {"eq",         TOKEN_EQUAL        },
	{"ne",         TOKEN_UNEQUAL      },
        {"ge",         TOKEN_GREATER_EQUAL},
	{"gt",         TOKEN_GREATER      },
        {"instanceof", TOKEN_INSTANCEOF   },
};

size_t scanner_position(const struct scanner *scanner, size_t at)
{
	return utf16_length(scanner->text, at);
}

static int fail(const struct scanner *scanner, const char *encountered, const char *expected)
{
	return err_set(scanner->error, scanner->arena, ERR_INPUT,
		       "Error parsing '%s': lexical error at position %zu, encountered %s, "
		       "expected %s.",
		       scanner->text, scanner_position(scanner, scanner->at), encountered,
		       expected);
}

static bool begins_eval(const char *at)
{
	return (*at == '$' || *at == '#') && at[1] == '{';
}

static int give(struct scanner *scanner, enum token_type type, size_t length, struct token *ret)
{
	ret->type = type;
	ret->at = scanner->at;
	ret->text = arena_strndup(scanner->arena, scanner->text + scanner->at, length);
	scanner->at += length;
	return 0;
}

/*
 * Text up to the next ${ or #{ that has no backslash before it. A backslash before another is kept
 * and does not protect it, as in the original.
 */
static int scan_text(struct scanner *scanner, struct token *ret)
{
	const char *at = scanner->text + scanner->at;
	struct buffer content;
	bool escaped = false;

	buffer_init(&content);
	for (; *at; at++) {
		if (begins_eval(at) && !escaped)
			break;
		if (*at == '\\' && !escaped) {
			escaped = true;
			continue;
		}
		if (escaped && !begins_eval(at))
			buffer_put_u8(&content, '\\');
		if (*at == '\\')
			continue;
		buffer_put_u8(&content, (uint8_t)*at);
		escaped = false;
	}
	if (escaped)
		buffer_put_u8(&content, '\\');
	ret->type = TOKEN_TEXT;
	ret->at = scanner->at;
	ret->text = arena_strndup(scanner->arena, (const char *)content.data, content.length);
	buffer_clear(&content);
	scanner->at = (size_t)(at - scanner->text);
	return 0;
}

static int scan_string(struct scanner *scanner, struct token *ret)
{
	const char *at = scanner->text + scanner->at;
	const char quote = *at++;
	char *content = arena_alloc(scanner->arena, strlen(at) + 1), *end = content;

	for (; *at && *at != quote; at++) {
		if (*at == '\\') {
			at++;
			if (*at && *at != '\\' && *at != quote)
				return fail(scanner,
					    arena_printf(scanner->arena,
							 "invalid escape sequence \\%.*s",
							 (int)utf8_size(at), at),
					    quote == '"' ? "\\\" or \\\\" : "\\' or \\\\");
			if (!*at)
				break;
		}
		*end++ = *at;
	}
	if (!*at)
		return fail(scanner, "unterminated string", quote == '"' ? "\"" : "'");
	ret->type = TOKEN_STRING;
	ret->at = scanner->at;
	ret->text = content;
	scanner->at = (size_t)(at + 1 - scanner->text);
	return 0;
}

static size_t digits(const char *at)
{
	return strspn(at, "0123456789");
}

static int scan_number(struct scanner *scanner, struct token *ret)
{
	const char *start = scanner->text + scanner->at, *at = start + digits(start);
	enum token_type type = TOKEN_INTEGER;
	size_t sign;

	if (*at == '.') {
		type = TOKEN_FLOAT;
		at += 1 + digits(at + 1);
	}
	if (*at == 'e' || *at == 'E') {
		sign = at[1] == '+' || at[1] == '-';
		if (digits(at + 1 + sign)) {
			type = TOKEN_FLOAT;
			at += 1 + sign + digits(at + 1 + sign);
		}
	}
	return give(scanner, type, (size_t)(at - start), ret);
}

/* Letters of all languages are letters: what lies beyond ASCII is one. */
static bool names(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '$' || (unsigned char)c >= 0x80;
}

static int scan_name(struct scanner *scanner, struct token *ret)
{
	const char *at = scanner->text + scanner->at;
	size_t length = 0, i;

	while (names(at[length]))
		length++;
	give(scanner, TOKEN_IDENTIFIER, length, ret);
	for (i = 0; i < ARRAY_SIZE(keywords); i++)
		if (!strcmp(ret->text, keywords[i].text))
			ret->type = keywords[i].type;
	return 0;
}

static int scan_symbol(struct scanner *scanner, struct token *ret)
{
	const char *at = scanner->text + scanner->at;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(symbols); i++)
		if (!strncmp(at, symbols[i].text, strlen(symbols[i].text)))
			return give(scanner, symbols[i].type, strlen(symbols[i].text), ret);
	return fail(
		scanner,
		arena_printf(scanner->arena, "invalid character '%.*s'", (int)utf8_size(at), at),
		"expression token");
}

static int scan_inside(struct scanner *scanner, struct token *ret)
{
	const char *at = scanner->text + scanner->at;

	if (*at == '}') {
		scanner->inside = false;
		return give(scanner, TOKEN_EVAL_END, 1, ret);
	}
	if (*at == '\'' || *at == '"')
		return scan_string(scanner, ret);
	if (digits(at) || (*at == '.' && digits(at + 1)))
		return scan_number(scanner, ret);
	return names(*at) ? scan_name(scanner, ret) : scan_symbol(scanner, ret);
}

int scanner_next(struct scanner *scanner, struct token *ret)
{
	if (scanner->inside)
		scanner->at += strspn(scanner->text + scanner->at, " \t\n\v\f\r\x1c\x1d\x1e\x1f");
	if (!scanner->text[scanner->at]) {
		*ret = (struct token){.type = TOKEN_END, .at = scanner->at};
		return 0;
	}
	if (scanner->inside)
		return scan_inside(scanner, ret);
	if (!begins_eval(scanner->text + scanner->at))
		return scan_text(scanner, ret);
	scanner->inside = true;
	return give(scanner, TOKEN_EVAL, 2, ret);
}
