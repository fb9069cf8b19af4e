#include "core/bpmn/parser.h"

#include <string.h>

/* What an event may wait for or throw. */
static const struct {
	const char *tag;
	const char *what; /* as refusals name it; NULL = we run it */
} definitions[] = {
	{"cancelEventDefinition",      "cancelEventDefinition"     },
	{"compensateEventDefinition",  "compensateEventDefinition" },
	{"conditionalEventDefinition", "conditionalEventDefinition"},
	{"errorEventDefinition",       NULL                        },
	{"escalationEventDefinition",  "escalationEventDefinition" },
	{"linkEventDefinition",        NULL                        },
	{"messageEventDefinition",     NULL                        },
	{"signalEventDefinition",      "signalEventDefinition"     },
	{"terminateEventDefinition",   NULL                        },
	{"timerEventDefinition",       "timerEventDefinition"      },
};
enum { DEFINITIONS = sizeof(definitions) / sizeof(definitions[0]) };

/* The event's definition TAG, or, if TAG is NULL, its first one of any kind. */
static const struct xml_element *definition_of(const struct xml_element *event, const char *tag)
{
	const struct xml_element *child;
	size_t i;

	if (tag)
		return bpmn_child(event, tag);
	for (child = event->first; child; child = child->next)
		for (i = 0; i < DEFINITIONS; i++)
			if (is_bpmn(child, definitions[i].tag))
				return child;
	return NULL;
}

/* Whether the one kind of timer that there is to be is there. */
static void check_timer(struct parser *parser, const struct xml_element *event,
			const struct xml_element *timer)
{
	if (!bpmn_child(timer, "timeDate") && !bpmn_child(timer, "timeCycle") &&
	    !bpmn_child(timer, "timeDuration"))
		problem_add(parser->problems, timer,
			    "Timer needs configuration (either timeDate, timeCycle or timeDuration "
			    "is needed).");
	(void)event;
}

static void check_message(struct parser *parser, const struct xml_element *event,
			  const struct xml_element *definition)
{
	const char *reference = xml_attribute(definition, "messageRef");
	const struct xml_element *message = element_by_id(parser, reference);

	(void)event;
	if (!reference)
		problem_add(parser->problems, definition, "attribute 'messageRef' is required");
	else if (!message || !is_bpmn(message, "message"))
		problem_add(parser->problems, definition,
			    "Invalid 'messageRef': no message with id '%s' found.", reference);
}

/* What is refused of an event that waits; what the original refuses comes first. */
static void refuse_definition(struct parser *parser, const struct xml_element *event,
			      const struct xml_element *definition)
{
	struct problem *last = NULL;
	size_t before = parser->problems->count;

	if (is_bpmn(definition, "timerEventDefinition"))
		check_timer(parser, event, definition);
	else if (is_bpmn(definition, "messageEventDefinition"))
		check_message(parser, event, definition);
	if (parser->problems->count > before) {
		for (last = parser->problems->first; last->next; last = last->next)
			;
		problem_name(last, arena_strdup(parser->scratch, xml_attribute(event, "id")));
	}
	refuse_element(parser, event, definition->name);
}

static void parse_start_form(struct parser *parser, int node, const struct xml_element *element)
{
	struct form_definition *form = arena_alloc(parser->arena, sizeof(*form));

	form->key = keep(parser, extension_attribute(element, "formKey"));
	form->ref = keep(parser, extension_attribute(element, "formRef"));
	form->ref_binding = keep(parser, extension_attribute(element, "formRefBinding"));
	form->ref_version = keep(parser, extension_attribute(element, "formRefVersion"));
	form->generated = extension_child(element, "formData") != NULL;
	parser->nodes[node].form = form;
}

void parse_start_event(struct parser *parser, int scope, const struct xml_element *element)
{
	const struct xml_element *definition = definition_of(element, NULL);
	int node = add_node(parser, element, scope, NODE_START_EVENT, "startEvent");

	parser->nodes[node].initiator = keep(parser, extension_attribute(element, "initiator"));
	if (!scope)
		parse_start_form(parser, node, element);
	if (definition)
		refuse_definition(parser, element, definition);
	if (parser->nodes[scope].initial == NODE_NONE)
		parser->nodes[scope].initial = node;
	else if (scope)
		problem_add(parser->problems, element,
			    "multiple start events not supported for subprocess");
	else
		problem_add_for(parser->problems, parser->elements[0],
				keep(parser, xml_attribute(element, "id")), NULL,
				"multiple none start events or timer start events not supported on "
				"process definition");
}

/* A message that is thrown: an implementation may do it, else nothing does. */
static void parse_thrown_message(struct parser *parser, int node,
				 const struct xml_element *definition)
{
	if (!is_service(definition))
		return;
	parser->nodes[node].flags |= NODE_ENDS;
	parse_service(parser, node, definition, definition->name);
}

void parse_end_event(struct parser *parser, int scope, const struct xml_element *element)
{
	const struct xml_element *definition = definition_of(element, NULL);
	int node;

	if (!definition) {
		add_node(parser, element, scope, NODE_END_EVENT, "noneEndEvent");
	} else if (is_bpmn(definition, "terminateEventDefinition")) {
		add_node(parser, element, scope, NODE_TERMINATE_END, "terminateEndEvent");
	} else if (is_bpmn(definition, "messageEventDefinition")) {
		node = add_node(parser, element, scope, NODE_END_EVENT, "messageEndEvent");
		parse_thrown_message(parser, node, definition);
	} else {
		add_node(parser, element, scope, NODE_END_EVENT, "endEvent");
		refuse_definition(parser, element, definition);
	}
}

void parse_throw_event(struct parser *parser, int scope, const struct xml_element *element)
{
	const struct xml_element *definition = definition_of(element, NULL);
	int node;

	if (!definition) {
		add_node(parser, element, scope, NODE_PASS, "intermediateNoneThrowEvent");
	} else if (is_bpmn(definition, "messageEventDefinition")) {
		node = add_node(parser, element, scope, NODE_PASS, "intermediateMessageThrowEvent");
		parse_thrown_message(parser, node, definition);
		parser->nodes[node].flags &= ~(unsigned)NODE_ENDS;
	} else if (!is_bpmn(definition, "linkEventDefinition")) {
		add_node(parser, element, scope, NODE_PASS, "intermediateThrowEvent");
		refuse_definition(parser, element, definition);
	}
}

void parse_catch_event(struct parser *parser, int scope, const struct xml_element *element)
{
	const struct xml_element *definition = definition_of(element, NULL);

	if (definition && is_bpmn(definition, "linkEventDefinition")) {
		add_node(parser, element, scope, NODE_LINK_CATCH, "intermediateLinkCatch");
		return;
	}
	add_node(parser, element, scope, NODE_PASS, "intermediateCatchEvent");
	if (definition)
		refuse_definition(parser, element, definition);
	else
		problem_add(parser->problems, element, "Unsupported intermediate catch event type");
}

bool is_link_throw(const struct xml_element *element)
{
	return is_bpmn(element, "intermediateThrowEvent") &&
	       definition_of(element, "linkEventDefinition");
}

const char *link_name(const struct xml_element *event)
{
	const struct xml_element *definition = definition_of(event, "linkEventDefinition");

	return definition ? xml_attribute(definition, "name") : NULL;
}

int link_target(const struct parser *parser, int scope, const struct xml_element *thrower)
{
	const char *name = link_name(thrower), *other;
	size_t i;

	for (i = 0; name && i < parser->node_count; i++) {
		if (parser->nodes[i].type != NODE_LINK_CATCH || parser->nodes[i].parent != scope)
			continue;
		other = link_name(parser->elements[i]);
		if (other && !strcmp(name, other))
			return (int)i;
	}
	return NODE_NONE;
}

/* The code of an error that the document declares, else the reference itself. */
static const char *error_code(struct parser *parser, const char *reference)
{
	const struct xml_element *declared = element_by_id(parser, reference);

	if (declared && is_bpmn(declared, "error"))
		return keep(parser, xml_attribute(declared, "errorCode"));
	return keep(parser, reference);
}

static void parse_error_catch(struct parser *parser, int node, const struct xml_element *definition)
{
	struct error_catch *caught = arena_alloc(parser->arena, sizeof(*caught));
	const char *reference = xml_attribute(definition, "errorRef");

	if (reference)
		caught->error_code = error_code(parser, reference);
	caught->code_variable = keep(parser, extension_attribute(definition, "errorCodeVariable"));
	caught->message_variable =
		keep(parser, extension_attribute(definition, "errorMessageVariable"));
	parser->nodes[node].error = caught;
}

static bool is_activity(const struct node *node)
{
	return node->type == NODE_SUB_PROCESS || node->type == NODE_PASS ||
	       (node->type >= NODE_USER_TASK && node->type <= NODE_EXTERNAL_TASK);
}

void parse_boundary_event(struct parser *parser, int scope, const struct xml_element *element)
{
	const char *attached = xml_attribute(element, "attachedToRef");
	const struct xml_element *definition = definition_of(element, NULL);
	int host = node_in_scope(parser, scope, attached), node;

	if (!attached || !*attached) {
		problem_add(parser->problems, element,
			    "AttachedToRef is required when using a timerEventDefinition");
		return;
	}
	if (host == NODE_NONE) {
		problem_add(parser->problems, element,
			    "Invalid reference in boundary event. Make sure that the referenced "
			    "activity is defined in the same scope as the boundary event");
		return;
	}
	node = add_node(parser, element, scope, NODE_BOUNDARY_ERROR, "boundaryError");
	parser->nodes[node].attached_to = host;
	if (!is_activity(&parser->nodes[host]))
		refuse_element(parser, element, "a boundary event of what is no activity");
	if (!definition)
		problem_add(parser->problems, element, "Unsupported boundary event type");
	else if (!is_bpmn(definition, "errorEventDefinition"))
		refuse_definition(parser, element, definition);
	else
		parse_error_catch(parser, node, definition);
	parser->nodes[host].flags |= NODE_IS_SCOPE;
}
