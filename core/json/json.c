#include "core/json/json.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_parse.h>

#include "core/json/builder.h"
#include "core/json/date.h"
#include "storage/clock.h"
#include "storage/error.h"

struct json_parser {
	yajl_handle yajl;
	struct json_builder tree;
	const char *divert_key;
	void (*take)(void *arg, const char *text, size_t length);
	void (*reset)(void *arg);
	void *take_arg;
	bool diverting;
};

static bool hand_on(struct json_parser *parser, const char *text, size_t length)
{
	if (!parser->diverting)
		return false;
	parser->take(parser->take_arg, text, length);
	return true;
}

static int on_null(void *arg)
{
	if (!hand_on(arg, NULL, 0))
		json_builder_add(&((struct json_parser *)arg)->tree, JSON_NULL);
	return 1;
}

static int on_bool(void *arg, int truth)
{
	struct json_parser *parser = arg;

	if (!hand_on(parser, truth ? "true" : "false", truth ? 4 : 5))
		json_builder_add(&parser->tree, JSON_BOOL)->truth = truth;
	return 1;
}

static int on_number(void *arg, const char *text, size_t length)
{
	struct json_parser *parser = arg;

	if (hand_on(parser, text, length))
		return 1;
	json_builder_add(&parser->tree, JSON_NUMBER)->text =
		arena_strndup(parser->tree.arena, text, length);
	return 1;
}

static int on_string(void *arg, const unsigned char *text, size_t length)
{
	struct json_parser *parser = arg;

	if (memchr(text, 0, length))
		return 0;
	if (hand_on(parser, (const char *)text, length))
		return 1;
	json_builder_add(&parser->tree, JSON_STRING)->text =
		arena_strndup(parser->tree.arena, (const char *)text, length);
	return 1;
}

static int on_key(void *arg, const unsigned char *text, size_t length)
{
	struct json_parser *parser = arg;

	if (memchr(text, 0, length))
		return 0;
	parser->tree.key = arena_strndup(parser->tree.arena, (const char *)text, length);
	return 1;
}

static int open_node(struct json_parser *parser, enum json_type type)
{
	const struct json_builder *tree = &parser->tree;

	if (parser->diverting)
		return 0;
	parser->diverting = type == JSON_ARRAY && tree->depth == 1 && parser->divert_key &&
			    tree->key && !strcmp(tree->key, parser->divert_key);
	if (parser->diverting)
		parser->reset(parser->take_arg);
	return json_builder_open(&parser->tree, type);
}

static int on_open_object(void *arg)
{
	return open_node(arg, JSON_OBJECT);
}

static int on_open_array(void *arg)
{
	return open_node(arg, JSON_ARRAY);
}

static int on_close(void *arg)
{
	struct json_parser *parser = arg;

	parser->diverting = false;
	json_builder_close(&parser->tree);
	return 1;
}

static const yajl_callbacks callbacks = {
	.yajl_null = on_null,
	.yajl_boolean = on_bool,
	.yajl_number = on_number,
	.yajl_string = on_string,
	.yajl_start_map = on_open_object,
	.yajl_map_key = on_key,
	.yajl_end_map = on_close,
	.yajl_start_array = on_open_array,
	.yajl_end_array = on_close,
};

struct json_parser *json_parser_begin(struct arena *arena)
{
	struct json_parser *parser = arena_alloc(arena, sizeof(*parser));

	parser->tree.arena = arena;
	parser->yajl = yajl_alloc(&callbacks, NULL, parser);
	if (!parser->yajl)
		abort();
	yajl_config(parser->yajl, yajl_allow_trailing_garbage, 1);
	return parser;
}

void json_parser_divert(struct json_parser *parser, const char *key,
			void (*take)(void *arg, const char *text, size_t length),
			void (*reset)(void *arg), void *arg)
{
	parser->divert_key = key;
	parser->take = take;
	parser->reset = reset;
	parser->take_arg = arg;
}

int json_parser_feed(struct json_parser *parser, const void *bytes, size_t size)
{
	if (parser->tree.complete)
		return 0;
	return yajl_parse(parser->yajl, bytes, size) == yajl_status_ok ? 0 : ERR_INPUT;
}

int json_parser_end(struct json_parser *parser, struct json **ret)
{
	bool ok = yajl_complete_parse(parser->yajl) == yajl_status_ok || parser->tree.complete;

	yajl_free(parser->yajl);
	*ret = parser->tree.root;
	return ok && parser->tree.complete ? 0 : ERR_INPUT;
}

int json_parse(struct arena *arena, const void *bytes, size_t size, struct json **ret)
{
	struct json_parser *parser = json_parser_begin(arena);
	int code = json_parser_feed(parser, bytes, size), ended;

	ended = json_parser_end(parser, ret);
	return code ? code : ended;
}

static enum json_type type_by(char first)
{
	static const struct {
		char first;
		enum json_type type;
	} types[] = {
		{'{', JSON_OBJECT},
                {'[', JSON_ARRAY },
                {'"', JSON_STRING},
		{'t', JSON_BOOL  },
                {'f', JSON_BOOL  },
                {'n', JSON_NULL  },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(types); i++)
		if (types[i].first == first)
			return types[i].type;
	return JSON_NUMBER;
}

int json_type_of(const void *bytes, size_t size, enum json_type *ret)
{
	yajl_handle yajl = yajl_alloc(NULL, NULL, NULL);
	const char *first = bytes, *end = first + size;
	bool ok;

	if (!yajl)
		abort();
	yajl_config(yajl, yajl_allow_trailing_garbage, 1);
	ok = yajl_parse(yajl, bytes, size) == yajl_status_ok &&
	     yajl_complete_parse(yajl) == yajl_status_ok;
	yajl_free(yajl);
	while (first < end && strchr(" \t\r\n", *first))
		first++;
	if (!ok || first == end)
		return ERR_INPUT;
	*ret = type_by(*first);
	return 0;
}

const struct json *json_member(const struct json *object, const char *key)
{
	const struct json *found = NULL, *member;

	if (!object || object->type != JSON_OBJECT)
		return NULL;
	for (member = object->first; member; member = member->next)
		if (!strcmp(member->key, key))
			found = member;
	return found;
}

const struct json *json_present(const struct json *object, const char *key)
{
	const struct json *member = json_member(object, key);

	return member && member->type != JSON_NULL ? member : NULL;
}

int json_to_string(const struct json *node, const char **ret)
{
	if (node->type >= JSON_ARRAY)
		return ERR_INPUT;
	*ret = node->type == JSON_NULL   ? NULL
	       : node->type == JSON_BOOL ? (node->truth ? "true" : "false")
					 : node->text;
	return 0;
}

static bool is_space(char c)
{
	return (unsigned char)c <= ' '; /* what Java trims */
}

/* The text of a scalar without the space around it, which the engine does not mind. */
static const char *trimmed(const struct json *node, size_t *ret_length)
{
	const char *text = node->text;
	size_t length;

	while (*text && is_space(*text))
		text++;
	length = strlen(text);
	while (length && is_space(text[length - 1]))
		length--;
	*ret_length = length;
	return text;
}

static bool text_is(const struct json *node, const char *const *words)
{
	size_t length;
	const char *text = node->type == JSON_STRING ? trimmed(node, &length) : NULL;

	for (; text && *words; words++)
		if (strlen(*words) == length && !memcmp(*words, text, length))
			return true;
	return false;
}

static bool blank(const struct json *node)
{
	static const char *const words[] = {"", "null", NULL};

	return node->type == JSON_NULL || text_is(node, words);
}

int json_to_int(const struct json *node, int64_t absent, bool int32, int64_t *ret)
{
	int64_t low = int32 ? INT32_MIN : INT64_MIN, high = int32 ? INT32_MAX : INT64_MAX;
	size_t length;
	char *end;

	if (blank(node)) {
		*ret = absent;
		return 0;
	}
	if (node->type != JSON_NUMBER && node->type != JSON_STRING)
		return ERR_INPUT;
	errno = 0;
	*ret = strtoll(node->text, &end, 10);
	if (*end && node->type == JSON_NUMBER) {
		double fraction = strtod(node->text, &end);

		if (!(fraction > -9.2e18 && fraction < 9.2e18))
			return ERR_INPUT;
		*ret = (int64_t)fraction;
	}
	return end != trimmed(node, &length) + length || end == node->text || errno || *ret < low ||
			       *ret > high
		       ? ERR_INPUT
		       : 0;
}

int json_to_bool(const struct json *node, bool absent, bool *ret)
{
	static const char *const yes[] = {"true", "True", "TRUE", NULL};
	static const char *const no[] = {"false", "False", "FALSE", NULL};

	*ret = absent;
	if (blank(node))
		return 0;
	if (node->type == JSON_BOOL)
		*ret = node->truth;
	else if (node->type == JSON_NUMBER && !strpbrk(node->text, ".eE"))
		*ret = strtod(node->text, NULL) != 0;
	else if (text_is(node, yes))
		*ret = true;
	else if (text_is(node, no))
		*ret = false;
	else
		return ERR_INPUT;
	return 0;
}

int json_to_time(const struct json *node, int64_t *ret)
{
	size_t length;

	*ret = TIME_NULL;
	if (blank(node))
		return 0;
	if (node->type == JSON_NUMBER)
		return strpbrk(node->text, ".eE") ? ERR_INPUT
						  : json_to_int(node, TIME_NULL, false, ret);
	return node->type == JSON_STRING && date_parse(trimmed(node, &length), ret) ? 0 : ERR_INPUT;
}
