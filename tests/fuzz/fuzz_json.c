/* batchd's reading of a body: any bytes, in pieces, give a tree or an error; trees can be walked.
 */
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "core/json/json.h"

static void walk(const struct json *node, unsigned depth)
{
	const struct json *child;
	const char *text;
	int64_t number;
	size_t count = 0;
	bool truth;

	MUST(depth <= JSON_DEPTH_MAX);
	json_to_string(node, &text);
	json_to_int(node, 0, true, &number);
	json_to_bool(node, false, &truth);
	json_to_time(node, &number);
	if (node->type != JSON_ARRAY && node->type != JSON_OBJECT)
		return;
	for (child = node->first; child; child = child->next, count++) {
		MUST(node->type == JSON_ARRAY || json_member(node, child->key));
		walk(child, depth + 1);
	}
	MUST(count == node->count);
}

static void take(void *arg, const char *text, size_t length)
{
	size_t *total = arg;

	*total += text ? strnlen(text, length) : 0;
}

static void reset(void *arg)
{
	*(size_t *)arg = 0;
}

static void parse_in_pieces(const uint8_t *data, size_t size)
{
	struct arena arena;
	struct json_parser *parser;
	struct json *tree = NULL;
	size_t at, total = 0;
	int code = 0;

	arena_init(&arena);
	parser = json_parser_begin(&arena);
	json_parser_divert(parser, "ids", take, reset, &total);
	for (at = 0; !code && at < size; at += 5)
		code = json_parser_feed(parser, data + at, size - at < 5 ? size - at : 5);
	if (!json_parser_end(parser, &tree) && !code && tree)
		walk(tree, 0);
	MUST(total <= size * 3);
	arena_clear(&arena);
}

static void parse_in_place(const uint8_t *data, size_t size)
{
	char *bytes = memory_alloc(size + JSON_SLACK);
	struct json *tree = NULL;
	struct arena arena;

	arena_init(&arena);
	memcpy(bytes, data, size);
	if (!json_parse_in_place(&arena, bytes, size, &tree))
		walk(tree, 0);
	arena_clear(&arena);
	free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena;
	struct json *tree = NULL;

	arena_init(&arena);
	if (!json_parse(&arena, data, size, &tree))
		walk(tree, 0);
	arena_clear(&arena);
	parse_in_pieces(data, size);
	parse_in_place(data, size);
	return 0;
}
