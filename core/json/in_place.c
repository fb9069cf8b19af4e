/*
 * JSON where it lies: an import reads gigabytes of it, and copying each key and text cost more than
 * all else about them. Accepts what json_parse() does.
 */
#include <endian.h>
#include <string.h>

#include "core/json/builder.h"
#include "storage/error.h"

enum { UNICODE_SIZE = 6 }; /* of \u and four digits */

struct scanner {
	struct json_builder builder;
	char *at; /* zeros follow the end: nothing accepts them */
};

static void skip_space(struct scanner *scanner)
{
	while (*scanner->at == ' ' || (*scanner->at >= '\t' && *scanner->at <= '\r'))
		scanner->at++;
}

/* The first byte from AT on that is no plain one: a quote, a backslash, control, or not ASCII. */
static char *plain_end(char *at)
{
	const uint64_t ones = 0x0101010101010101u, highs = 0x8080808080808080u;

	for (;; at += sizeof(uint64_t)) {
		uint64_t word, quote, backslash, found;

		memcpy(&word, at, sizeof(word));
		word = le64toh(word);
		quote = word ^ ones * '"';
		backslash = word ^ ones * '\\';
		/* the lowest bit of FOUND is never a false one */
		found = ((quote - ones) & ~quote) | ((backslash - ones) & ~backslash) |
			((word - ones * 0x20) & ~word) | word;
		if (found & highs)
			return at + __builtin_ctzll(found & highs) / 8;
	}
}

/* How many bytes the character beyond ASCII takes; 0: it is none. */
static size_t character_size(const char *at)
{
	static const struct {
		uint8_t mask, lead;
	} forms[] = {
		{0xe0, 0xc0},
                {0xf0, 0xe0},
                {0xf8, 0xf0}
        };
	size_t i, size = 0;

	for (i = 0; i < ARRAY_SIZE(forms) && !size; i++)
		if (((uint8_t)*at & forms[i].mask) == forms[i].lead)
			size = i + 2;
	for (i = 1; i < size; i++)
		if (((uint8_t)at[i] & 0xc0) != 0x80)
			return 0;
	return size;
}

/* Four hexadecimal digits; -1: they are none. */
static int32_t hex_value(const char *at)
{
	int32_t value = 0;
	int i;

	for (i = 0; i < 4; i++) {
		char c = at[i], lower = (char)(c | 0x20);

		if (c >= '0' && c <= '9')
			value = value << 4 | (c - '0');
		else if (lower >= 'a' && lower <= 'f')
			value = value << 4 | (lower - 'a' + 10);
		else
			return -1;
	}
	return value;
}

/* Less than what it was written as. */
static char *put_character(char *out, int32_t code)
{
	if (code < 0x80) {
		*out++ = (char)code;
		return out;
	}
	if (code < 0x800) {
		*out++ = (char)(0xc0 | code >> 6);
	} else {
		if (code < 0x10000) {
			*out++ = (char)(0xe0 | code >> 12);
		} else {
			*out++ = (char)(0xf0 | code >> 18);
			*out++ = (char)(0x80 | (code >> 12 & 0x3f));
		}
		*out++ = (char)(0x80 | (code >> 6 & 0x3f));
	}
	*out++ = (char)(0x80 | (code & 0x3f));
	return out;
}

/* \uXXXX, or a pair of them; half a pair becomes a question mark. */
static bool take_unicode(struct scanner *scanner, char **out)
{
	const char *next = scanner->at + UNICODE_SIZE;
	int32_t code = hex_value(scanner->at + 2), low;

	if (code <= 0)
		return false;
	if ((code & 0xfc00) == 0xd800) {
		low = next[0] == '\\' && next[1] == 'u' ? hex_value(next + 2) : -1;
		if (low >= 0 && (low & 0xfc00) == 0xdc00) {
			code = 0x10000 + ((code & 0x3ff) << 10 | (low & 0x3ff));
			next += UNICODE_SIZE;
		} else {
			code = '?';
		}
	} else if ((code & 0xfc00) == 0xdc00) {
		code = '?';
	}
	scanner->at += next - scanner->at;
	*out = put_character(*out, code);
	return true;
}

static bool take_escape(struct scanner *scanner, char **out)
{
	static const char escapes[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
	const char *escape;

	if (scanner->at[1] == 'u')
		return take_unicode(scanner, out);
	escape = scanner->at[1] ? strchr(escapes, scanner->at[1]) : NULL;
	if (!escape)
		return false;
	*(*out)++ = meanings[escape - escapes];
	scanner->at += 2;
	return true;
}

/* Behind its opening quote. NULL: it is none. */
static const char *take_string(struct scanner *scanner)
{
	char *text = scanner->at, *out = text;

	for (;;) {
		const char *special = plain_end(scanner->at);
		size_t size = (size_t)(special - scanner->at);
		char which = *special;

		if (which != '"' && which != '\\')
			size += character_size(special);
		if (out != scanner->at)
			memmove(out, scanner->at, size);
		out += size;
		scanner->at += size;
		if (which == '"') {
			*out = '\0';
			scanner->at++;
			return text;
		}
		if (which == '\\' ? !take_escape(scanner, &out) : scanner->at == special)
			return NULL;
	}
}

static bool take_digits(struct scanner *scanner)
{
	const char *first = scanner->at;

	while (*scanner->at >= '0' && *scanner->at <= '9')
		scanner->at++;
	return scanner->at > first;
}

static bool take_one_of(struct scanner *scanner, char a, char b)
{
	if (*scanner->at != a && *scanner->at != b)
		return false;
	scanner->at++;
	return true;
}

/* Moved over what stands before it, to make room for a NUL: nobody needs that any more. */
static const char *take_number(struct scanner *scanner)
{
	char *first = scanner->at;
	size_t size;

	take_one_of(scanner, '-', '-');
	if (!take_one_of(scanner, '0', '0') && !take_digits(scanner))
		return NULL;
	if (take_one_of(scanner, '.', '.') && !take_digits(scanner))
		return NULL;
	if (take_one_of(scanner, 'e', 'E')) {
		take_one_of(scanner, '+', '-');
		if (!take_digits(scanner))
			return NULL;
	}
	size = (size_t)(scanner->at - first);
	if (!scanner->builder.depth)
		return arena_strndup(scanner->builder.arena, first, size);
	memmove(first - 1, first, size);
	first[size - 1] = '\0';
	return first - 1;
}

static bool take_word(struct scanner *scanner, const char *word)
{
	size_t length = strlen(word);

	if (strncmp(scanner->at, word, length) != 0)
		return false;
	scanner->at += length;
	return true;
}

static bool take_scalar(struct scanner *scanner)
{
	struct json_builder *builder = &scanner->builder;
	char first = *scanner->at;
	const char *text;

	if (first == 'n' && take_word(scanner, "null")) {
		json_builder_add(builder, JSON_NULL);
		return true;
	}
	if ((first == 't' && take_word(scanner, "true")) ||
	    (first == 'f' && take_word(scanner, "false"))) {
		json_builder_add(builder, JSON_BOOL)->truth = first == 't';
		return true;
	}
	scanner->at += first == '"';
	text = first == '"' ? take_string(scanner) : take_number(scanner);
	if (text)
		json_builder_add(builder, first == '"' ? JSON_STRING : JSON_NUMBER)->text = text;
	return text != NULL;
}

/* The key of the next member, and its colon. */
static bool take_key(struct scanner *scanner)
{
	skip_space(scanner);
	if (!take_one_of(scanner, '"', '"'))
		return false;
	scanner->builder.key = take_string(scanner);
	if (!scanner->builder.key)
		return false;
	skip_space(scanner);
	return take_one_of(scanner, ':', ':');
}

static bool in_object(const struct json_builder *builder)
{
	return builder->open[builder->depth - 1]->type == JSON_OBJECT;
}

static bool at_close(const struct scanner *scanner)
{
	return *scanner->at == (in_object(&scanner->builder) ? '}' : ']');
}

/* An array or object; whether it has ended at once. */
static bool take_opening(struct scanner *scanner, bool *ret_ended)
{
	struct json_builder *builder = &scanner->builder;

	if (!json_builder_open(builder, *scanner->at++ == '{' ? JSON_OBJECT : JSON_ARRAY))
		return false;
	skip_space(scanner);
	*ret_ended = at_close(scanner);
	if (!*ret_ended)
		return !in_object(builder) || take_key(scanner);
	scanner->at++;
	json_builder_close(builder);
	return true;
}

/* What follows a value, up to the next one if there is one. */
static bool take_end(struct scanner *scanner)
{
	struct json_builder *builder = &scanner->builder;

	while (builder->depth) {
		skip_space(scanner);
		if (take_one_of(scanner, ',', ','))
			return !in_object(builder) || take_key(scanner);
		if (!at_close(scanner))
			return false;
		scanner->at++;
		json_builder_close(builder);
	}
	return true;
}

static int parse(struct arena *arena, char *bytes, size_t size, bool whole, struct json **ret)
{
	struct scanner scanner = {.builder = {.arena = arena}, .at = bytes};

	memset(bytes + size, 0, JSON_SLACK);
	while (!scanner.builder.complete) {
		bool ended = true;

		skip_space(&scanner);
		if (*scanner.at == '{' || *scanner.at == '[') {
			if (!take_opening(&scanner, &ended))
				return ERR_INPUT;
		} else if (!take_scalar(&scanner)) {
			return ERR_INPUT;
		}
		if (ended && !take_end(&scanner))
			return ERR_INPUT;
	}
	skip_space(&scanner);
	if (whole && scanner.at != bytes + size)
		return ERR_INPUT; /* something stands behind the value */
	*ret = scanner.builder.root;
	return 0;
}

int json_parse_in_place(struct arena *arena, char *bytes, size_t size, struct json **ret)
{
	return parse(arena, bytes, size, false, ret);
}

int json_parse_all_in_place(struct arena *arena, char *bytes, size_t size, struct json **ret)
{
	return parse(arena, bytes, size, true, ret);
}
