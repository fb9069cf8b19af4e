/*
 * A tree of JSON values on its way: what a parser finds, in the order of the text, becomes nodes in
 * an arena.
 */
#ifndef CORE_JSON_BUILDER_H
#define CORE_JSON_BUILDER_H

#include "core/json/json.h"

struct json_builder {
	struct arena *arena;
	struct json *root;
	struct json *open[JSON_DEPTH_MAX]; /* arrays and objects not yet closed */
	struct json *last[JSON_DEPTH_MAX]; /* their last members */
	size_t depth;
	const char *key; /* of the value to come */
	bool complete;   /* the root has ended */
};

static inline struct json *json_builder_add(struct json_builder *builder, enum json_type type)
{
	struct json *node = arena_alloc(builder->arena, sizeof(*node));

	node->type = type;
	node->key = builder->key;
	builder->key = NULL;
	if (!builder->depth) {
		builder->root = node;
		builder->complete = type < JSON_ARRAY;
		return node;
	}
	if (builder->last[builder->depth - 1])
		builder->last[builder->depth - 1]->next = node;
	else
		builder->open[builder->depth - 1]->first = node;
	builder->last[builder->depth - 1] = node;
	builder->open[builder->depth - 1]->count++;
	return node;
}

/* Adds an array or object, of which the members come. False: too deep. */
static inline bool json_builder_open(struct json_builder *builder, enum json_type type)
{
	struct json *node;

	if (builder->depth == JSON_DEPTH_MAX)
		return false;
	node = json_builder_add(builder, type);
	builder->open[builder->depth] = node;
	builder->last[builder->depth++] = NULL;
	return true;
}

static inline void json_builder_close(struct json_builder *builder)
{
	builder->complete = --builder->depth == 0;
}

#endif
