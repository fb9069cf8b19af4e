#include "core/bpmn/model.h"

#include <string.h>

int model_node(const struct model *model, const char *id)
{
	size_t i;

	for (i = 0; i < model->node_count; i++)
		if (!strcmp(model->nodes[i].id, id))
			return (int)i;
	return NODE_NONE;
}

int model_flow(const struct model *model, const char *id)
{
	size_t i;

	for (i = 0; i < model->flow_count; i++)
		if (model->flows[i].id && !strcmp(model->flows[i].id, id))
			return (int)i;
	return FLOW_NONE;
}
