#include "fcgi/json_check.h"

#include <stdlib.h>

#include "storage/arena.h"

static int token_end(void *arg)
{
	((struct json_check *)arg)->token = 0;
	return 1;
}

static int token_value(void *arg, const unsigned char *text, size_t size)
{
	(void)text;
	(void)size;
	return token_end(arg);
}

static int token_number(void *arg, const char *text, size_t size)
{
	(void)text;
	(void)size;
	return token_end(arg);
}

static int token_boolean(void *arg, int value)
{
	(void)value;
	return token_end(arg);
}

static int open_bracket(void *arg)
{
	struct json_check *check = arg;

	return ++check->depth <= JSON_DEPTH_MAX && token_end(arg);
}

static int close_bracket(void *arg)
{
	((struct json_check *)arg)->depth--;
	return token_end(arg);
}

static const yajl_callbacks callbacks = {
	.yajl_null = token_end,
	.yajl_boolean = token_boolean,
	.yajl_number = token_number,
	.yajl_string = token_value,
	.yajl_map_key = token_value,
	.yajl_start_map = open_bracket,
	.yajl_end_map = close_bracket,
	.yajl_start_array = open_bracket,
	.yajl_end_array = close_bracket,
};

static void *parser_alloc(void *arg, size_t size)
{
	(void)arg;
	return memory_alloc(size);
}

static void *parser_resize(void *arg, void *old, size_t size)
{
	(void)arg;
	return memory_resize(old, size);
}

static void parser_free(void *arg, void *old)
{
	(void)arg;
	free(old);
}

void json_check_init(struct json_check *check)
{
	static yajl_alloc_funcs memory = {parser_alloc, parser_resize, parser_free, NULL};

	*check = (struct json_check){.parser = yajl_alloc(&callbacks, &memory, check)};
	/* its own check lets overlong forms and surrogates pass: utf8_feed() is the strict one */
	yajl_config(check->parser, yajl_dont_validate_strings, 1);
}

void json_check_clear(struct json_check *check)
{
	yajl_free(check->parser);
	check->parser = NULL;
}

bool json_check_feed(struct json_check *check, const void *bytes, size_t size)
{
	check->token += size;
	return utf8_feed(&check->utf8, bytes, size) &&
	       yajl_parse(check->parser, bytes, size) == yajl_status_ok;
}

bool json_check_finish(struct json_check *check)
{
	return utf8_complete(&check->utf8) && yajl_complete_parse(check->parser) == yajl_status_ok;
}

bool json_check_too_large(const struct json_check *check)
{
	return check->token > JSON_TOKEN_MAX;
}
