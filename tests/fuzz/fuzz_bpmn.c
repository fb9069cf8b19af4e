/* BPMN and DMN: any bytes become models or words, and what is a model fits together. */
#include <string.h>

#include "core/bpmn/parse.h"
#include "core/decision/dmn.h"
#include "core/request/api_error.h"
#include "tests/fuzz/fuzz.h"

static void check_node(const struct model *model, int at)
{
	const struct node *node = &model->nodes[at];
	size_t i;

	MUST(node->id && node->parent < at && node->attached_to < (int)model->node_count);
	for (i = 0; i < node->outgoing_count; i++)
		MUST(model->flows[node->outgoing[i]].source == at);
	for (i = 0; i < node->incoming_count; i++)
		MUST(model->flows[node->incoming[i]].target == at);
	for (i = 0; i < node->boundary_count; i++)
		MUST(model->nodes[node->boundaries[i]].attached_to == at);
	MUST(node->type != NODE_USER_TASK || node->task);
	MUST(node->type != NODE_EXTERNAL_TASK || (node->service && node->service->topic));
	MUST(node->type != NODE_EXPRESSION_TASK || (node->service && node->service->expression));
	MUST(node->type != NODE_BOUNDARY_ERROR || (node->error && node->attached_to >= 0));
}

static void check_models(const struct bpmn_resource *resource)
{
	size_t i, j;

	if (resource->problems.count) {
		MUST(*problems_text(&resource->problems));
		return;
	}
	for (i = 0; i < resource->count; i++)
		for (j = 0; j < resource->models[i]->node_count; j++)
			check_node(resource->models[i], (int)j);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bpmn_options options = {0};
	struct bpmn_resource resource;
	struct dmn_resource decisions;
	struct error error = {0};
	const char *reason;
	struct arena arena;
	int code;

	arena_init(&arena);
	code = bpmn_parse(&arena, "a.bpmn", data, size, &options, &resource, &error);
	MUST(!code || (code == ERR_ENGINE && error.message));
	if (!code)
		check_models(&resource);
	code = dmn_parse(&arena, "a.dmn", data, size, &options, &decisions, &reason, &error);
	MUST(!code || (code == ERR_ENGINE && reason));
	arena_clear(&arena);
	return 0;
}
