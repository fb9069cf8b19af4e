#include "core/bpmn/parser.h"

#include <string.h>

/* Room for one more of SIZE bytes in an array of the scratch arena. */
static void *grow(struct parser *parser, void *items, size_t count, size_t *room, size_t size)
{
	void *grown;

	if (count < *room)
		return items;
	grown = arena_array(parser->scratch, count * 2 + 32, size);
	if (count)
		memcpy(grown, items, count * size);
	*room = count * 2 + 32;
	return grown;
}

int add_node(struct parser *parser, const struct xml_element *element, int parent,
	     enum node_type type, const char *activity_type)
{
	size_t at = parser->node_count, room = parser->node_room;
	struct node *node;

	parser->elements = grow(parser, parser->elements, at, &room, sizeof(*parser->elements));
	parser->nodes = grow(parser, parser->nodes, at, &parser->node_room, sizeof(*node));
	parser->node_count++;
	node = &parser->nodes[at];
	memset(node, 0, sizeof(*node));
	parser->elements[at] = element;
	parser->node_of[element->number] = (int)at;
	node->id = keep(parser, xml_attribute(element, "id"));
	node->name = keep(parser, xml_attribute(element, "name"));
	node->activity_type = activity_type;
	node->type = type;
	node->parent = parent;
	node->attached_to = node->initial = NODE_NONE;
	node->default_flow = FLOW_NONE;
	node->line = element->line;
	if (!node->id) {
		if (!parser->nameless && !parser->code)
			parser->told = parser->problems->count;
		parser->nameless = true;
		refuse_element(parser, element, "an element without an id");
		node->id = "";
	}
	if (parent != NODE_NONE)
		parse_continuation(parser, (int)at, element);
	return (int)at;
}

int node_in_scope(const struct parser *parser, int scope, const char *id)
{
	const struct xml_element *element = element_in(parser, id, parser->elements[scope]);
	int node = element ? parser->node_of[element->number] : NODE_NONE;

	return node != NODE_NONE && parser->nodes[node].parent == scope ? node : NODE_NONE;
}

/* *RET is NULL when every token may pass. */
static void parse_condition(struct parser *parser, const struct xml_element *element,
			    struct flow *flow)
{
	const struct xml_element *condition = bpmn_child(element, "conditionExpression");
	const char *language, *type, *text;

	if (!condition)
		return;
	text = xml_trim(parser->scratch, condition->text);
	type = xml_attribute_of(condition, "http://www.w3.org/2001/XMLSchema-instance", "type");
	language = xml_attribute(condition, "language");
	if (type) {
		const char *colon = strchr(type, ':');

		if (strcmp(colon ? colon + 1 : type, "tFormalExpression") != 0)
			problem_name(
				problem_add(parser->problems, condition,
					    "Invalid type, only tFormalExpression is currently "
					    "supported"),
				flow->id);
	}
	if (language || extension_attribute(condition, "resource"))
		refuse_element(parser, element, "a script as a condition");
	else
		flow->condition = read_expression(parser, text);
}

static void add_flow(struct parser *parser, const struct xml_element *element, int source,
		     int target)
{
	struct flow *flow;

	parser->flows =
		grow(parser, parser->flows, parser->flow_count, &parser->flow_room, sizeof(*flow));
	flow = &parser->flows[parser->flow_count++];
	memset(flow, 0, sizeof(*flow));
	flow->id = keep(parser, xml_attribute(element, "id"));
	flow->name = keep(parser, xml_attribute(element, "name"));
	flow->source = source;
	flow->target = target;
	parse_condition(parser, element, flow);
	parse_listeners(parser, element, true, &flow->listeners, &flow->listener_count);
}

/* Where the flow leads; through a link, to where that leads. False: a problem was reported. */
static bool find_target(struct parser *parser, int scope, const struct xml_element *flow, int *ret)
{
	const char *id = xml_attribute(flow, "targetRef");
	const struct xml_element *target = element_by_id(parser, id);

	*ret = node_in_scope(parser, scope, id);
	if (!target || !is_link_throw(target) || target->parent != flow->parent)
		return true;
	*ret = link_target(parser, scope, target);
	if (*ret != NODE_NONE)
		return true;
	problem_add(parser->problems, flow,
		    "sequence flow points to link event source with name '%s' but no event target "
		    "with that name exists. Most probably your link events are not configured "
		    "correctly.",
		    link_name(target) ? link_name(target) : "null");
	return false;
}

static void parse_flow(struct parser *parser, int scope, const struct xml_element *element)
{
	const char *source_id = xml_attribute(element, "sourceRef");
	const char *target_id = xml_attribute(element, "targetRef");
	const char *id = xml_attribute(element, "id");
	int source = node_in_scope(parser, scope, source_id), target;

	if (!find_target(parser, scope, element, &target))
		return;
	if (source == NODE_NONE)
		problem_add(parser->problems, element, "Invalid source '%s' of sequence flow '%s'",
			    source_id ? source_id : "null", id ? id : "null");
	else if (target == NODE_NONE)
		problem_add(parser->problems, element,
			    "Invalid destination '%s' of sequence flow '%s'",
			    target_id ? target_id : "null", id ? id : "null");
	else
		add_flow(parser, element, source, target);
}

static void check_association(struct parser *parser, int scope, const struct xml_element *element)
{
	(void)scope;
	if (!xml_attribute(element, "sourceRef"))
		problem_add(parser->problems, element,
			    "association element missing attribute 'sourceRef'");
	if (!xml_attribute(element, "targetRef"))
		problem_add(parser->problems, element,
			    "association element missing attribute 'targetRef'");
}

void parse_node_listeners(struct parser *parser, int node)
{
	parse_listeners(parser, parser->elements[node], false, &parser->nodes[node].listeners,
			&parser->nodes[node].listener_count);
}

static void for_each(struct parser *parser, int scope, const char *tag,
		     void (*parse)(struct parser *parser, int scope,
				   const struct xml_element *element))
{
	const struct xml_element *child = bpmn_child(parser->elements[scope], tag);

	for (; child; child = xml_next(child))
		parse(parser, scope, child);
}

static void parse_activities(struct parser *parser, int scope)
{
	const struct xml_element *child;

	for (child = parser->elements[scope]->first; child; child = child->next) {
		if (is_bpmn(child, "intermediateThrowEvent"))
			parse_throw_event(parser, scope, child);
		else
			parse_activity(parser, scope, child);
	}
}

/* In the order in which the original finds problems. */
void parse_scope(struct parser *parser, int scope)
{
	const struct xml_element *element = parser->elements[scope];

	for_each(parser, scope, "startEvent", parse_start_event);
	if (!bpmn_child(element, "startEvent"))
		problem_add(parser->problems, element, "%s must define a startEvent element",
			    element->name);
	parse_activities(parser, scope);
	for_each(parser, scope, "intermediateCatchEvent", parse_catch_event);
	for_each(parser, scope, "endEvent", parse_end_event);
	for_each(parser, scope, "boundaryEvent", parse_boundary_event);
	for_each(parser, scope, "sequenceFlow", parse_flow);
	parse_node_listeners(parser, scope);
	for_each(parser, scope, "association", check_association);
}
