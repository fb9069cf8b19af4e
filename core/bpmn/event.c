#include "core/bpmn/parser.h"

#include <string.h>

/* Where an event's definition may stand. */
enum place {
	PLACE_START,       /* of a process */
	PLACE_INNER_START, /* of a subprocess */
	PLACE_END,
	PLACE_THROW,
	PLACE_CATCH,
	PLACE_BOUNDARY,
	PLACE_MAX,
};

enum treatment {
	PASS,      /* as if it were not there */
	RUN,       /* we run it */
	LATER,     /* we do not run it yet */
	UNKNOWN,   /* the original does not know it there */
	FORBIDDEN, /* it allows it in no subprocess */
	EVENT_SUB, /* it allows it in event subprocesses alone */
};

static const struct definition {
	const char *tag;
	enum treatment at[PLACE_MAX];
} definitions[] = {
	{"cancelEventDefinition",      {PASS, PASS, LATER, PASS, UNKNOWN, LATER}      },
	{"compensateEventDefinition",  {PASS, FORBIDDEN, LATER, LATER, UNKNOWN, LATER}},
	{"conditionalEventDefinition", {LATER, FORBIDDEN, PASS, PASS, LATER, LATER}   },
	{"errorEventDefinition",       {PASS, EVENT_SUB, LATER, PASS, UNKNOWN, RUN}   },
	{"escalationEventDefinition",  {PASS, FORBIDDEN, LATER, LATER, UNKNOWN, LATER}},
	{"linkEventDefinition",        {PASS, PASS, PASS, RUN, RUN, UNKNOWN}          },
	{"messageEventDefinition",     {LATER, EVENT_SUB, RUN, RUN, LATER, LATER}     },
	{"signalEventDefinition",      {LATER, EVENT_SUB, LATER, LATER, LATER, LATER} },
	{"terminateEventDefinition",   {PASS, PASS, RUN, PASS, UNKNOWN, UNKNOWN}      },
	{"timerEventDefinition",       {LATER, FORBIDDEN, PASS, PASS, LATER, LATER}   },
};
enum { DEFINITIONS = ARRAY_SIZE(definitions) };

/* An event while it is read: its definition that counts, if any. */
struct event {
	const struct xml_element *element;
	const struct xml_element *definition;
	enum treatment treatment; /* PASS without a definition */
	bool defined;             /* it has some definition, which may not count */
};

static const struct definition *find_definition(const struct xml_element *element)
{
	size_t i;

	for (i = 0; i < DEFINITIONS; i++)
		if (is_bpmn(element, definitions[i].tag))
			return &definitions[i];
	return NULL;
}

static struct event read_event(const struct xml_element *element, enum place place)
{
	struct event event = {.element = element};
	const struct xml_element *child;

	for (child = element->first; child && event.treatment == PASS; child = child->next) {
		const struct definition *definition = find_definition(child);

		if (!definition)
			continue;
		event.defined = true;
		event.treatment = definition->at[place];
		event.definition = event.treatment == PASS ? NULL : child;
	}
	return event;
}

static bool is_of(const struct event *event, const char *tag)
{
	return event->definition && is_bpmn(event->definition, tag);
}

static void complain(struct parser *parser, const struct event *event, const char *message)
{
	problem_in(parser, event->definition, event->element, message);
}

static void check_message(struct parser *parser, const struct event *event, enum place place)
{
	const char *reference = xml_attribute(event->definition, "messageRef"), *name;
	const struct xml_element *message = element_by_id(parser, reference);

	if (place == PLACE_END || place == PLACE_THROW)
		return;
	if (!reference)
		complain(parser, event, "attribute 'messageRef' is required");
	if (!message || !is_bpmn(message, "message")) {
		complain(parser, event,
			 arena_printf(parser->scratch,
				      "Invalid 'messageRef': no message with id '%s' found.",
				      reference ? reference : "null"));
		return;
	}
	name = xml_attribute(message, "name");
	if (!name || !*name)
		complain(parser, event,
			 "Cannot have a message event subscription with an empty or missing name");
}

static void check_signal(struct parser *parser, const struct event *event, enum place place)
{
	const char *reference = xml_attribute(event->definition, "signalRef");
	const struct xml_element *signal = element_by_id(parser, reference);

	(void)place;
	if (!reference)
		complain(parser, event,
			 "signalEventDefinition does not have required property 'signalRef'");
	else if (!signal || !is_bpmn(signal, "signal"))
		complain(parser, event,
			 arena_printf(parser->scratch, "Could not find signal with id '%s'",
				      reference));
}

static void check_timer(struct parser *parser, const struct event *event, enum place place)
{
	(void)place;
	if (!bpmn_child(event->definition, "timeDate") &&
	    !bpmn_child(event->definition, "timeCycle") &&
	    !bpmn_child(event->definition, "timeDuration"))
		complain(parser, event,
			 "Timer needs configuration (either timeDate, timeCycle or timeDuration is "
			 "needed).");
}

static void check_condition(struct parser *parser, const struct event *event, enum place place)
{
	(void)place;
	if (!bpmn_child(event->definition, "condition"))
		complain(parser, event,
			 "Conditional event must contain an expression for evaluation.");
}

static void check_escalation(struct parser *parser, const struct event *event, enum place place)
{
	const char *reference = xml_attribute(event->definition, "escalationRef");
	const struct xml_element *escalation = element_by_id(parser, reference);

	if (!reference && place != PLACE_BOUNDARY)
		complain(parser, event,
			 "escalationEventDefinition does not have required attribute "
			 "'escalationRef'");
	else if (reference && (!escalation || !is_bpmn(escalation, "escalation")))
		complain(parser, event,
			 arena_printf(parser->scratch, "could not find escalation with id '%s'",
				      reference));
}

static void check_error(struct parser *parser, const struct event *event, enum place place)
{
	const char *reference = xml_attribute(event->definition, "errorRef");

	if (place == PLACE_END && (!reference || !*reference))
		complain(parser, event, "'errorRef' attribute is mandatory on error end event");
}

static void check_cancel(struct parser *parser, const struct event *event, enum place place)
{
	const struct xml_element *host =
		element_by_id(parser, xml_attribute(event->element, "attachedToRef"));

	if (place == PLACE_END && !is_bpmn(event->element->parent, "transaction"))
		complain(parser, event,
			 "end event with cancelEventDefinition only supported inside transaction "
			 "subprocess");
	if (place == PLACE_BOUNDARY && host && !is_bpmn(host, "transaction"))
		complain(parser, event,
			 "boundary event with cancelEventDefinition only supported on transaction "
			 "subprocesses");
}

/* What the original wants of a definition. */
static const struct {
	const char *tag;
	void (*check)(struct parser *parser, const struct event *event, enum place place);
} checks[] = {
	{"cancelEventDefinition",      check_cancel    },
        {"conditionalEventDefinition", check_condition },
	{"errorEventDefinition",       check_error     },
        {"escalationEventDefinition",  check_escalation},
	{"messageEventDefinition",     check_message   },
        {"signalEventDefinition",      check_signal    },
	{"timerEventDefinition",       check_timer     },
};

static void check_definition(struct parser *parser, const struct event *event, enum place place)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(checks); i++)
		if (is_of(event, checks[i].tag))
			checks[i].check(parser, event, place);
	if (event->treatment == LATER)
		refuse_element(parser, event->element, event->definition->name);
}

static void parse_start_form(struct parser *parser, int node, const struct xml_element *element)
{
	struct form_definition *form = arena_alloc(parser->arena, sizeof(*form));

	check_form(parser, element);
	form->key = keep(parser, extension_attribute(element, "formKey"));
	form->ref = keep(parser, extension_attribute(element, "formRef"));
	form->ref_binding = keep(parser, extension_attribute(element, "formRefBinding"));
	form->ref_version = keep(parser, extension_attribute(element, "formRefVersion"));
	form->generated = extension_child(element, "formData") != NULL;
	parser->nodes[node].form = form;
}

/* The one where an instance begins: none or a timer; another alone will do. */
static bool may_begin(const struct xml_element *element)
{
	struct event event = read_event(element, PLACE_START);

	return !event.definition || is_of(&event, "timerEventDefinition");
}

static void choose_initial(struct parser *parser, int scope, int node,
			   const struct xml_element *element)
{
	int initial = parser->nodes[scope].initial;

	if (initial == NODE_NONE || !may_begin(parser->elements[initial]))
		parser->nodes[scope].initial =
			initial == NODE_NONE || may_begin(element) ? node : initial;
	else if (may_begin(element))
		problem_add_for(parser->problems, parser->elements[scope],
				keep(parser, xml_attribute(element, "id")), NULL,
				"multiple none start events or timer start events not supported on "
				"process definition");
}

/* Of a subprocess that no event starts. */
static void check_inner_start(struct parser *parser, int scope, int node, const struct event *event)
{
	if (parser->nodes[scope].initial != NODE_NONE)
		problem_add_for(parser->problems, parser->elements[scope],
				keep(parser, xml_attribute(event->element, "id")), NULL,
				"multiple start events not supported for subprocess");
	else
		parser->nodes[scope].initial = node;
	if (event->treatment == FORBIDDEN)
		complain(parser, event,
			 arena_printf(parser->scratch,
				      "%s is not allowed on start event within a subprocess",
				      event->definition->name));
	if (event->treatment == EVENT_SUB)
		complain(parser, event,
			 arena_printf(parser->scratch,
				      "%s only allowed on start event if subprocess is an event "
				      "subprocess",
				      is_of(event, "signalEventDefinition")
					      ? "signalEventDefintion" /* the original's spelling */
					      : event->definition->name));
}

void parse_start_event(struct parser *parser, int scope, const struct xml_element *element)
{
	struct event event = read_event(element, scope ? PLACE_INNER_START : PLACE_START);
	int node = add_node(parser, element, scope, NODE_START_EVENT, "startEvent");

	parser->nodes[node].initiator = keep(parser, extension_attribute(element, "initiator"));
	if (scope && is_true(xml_attribute(parser->elements[scope], "triggeredByEvent"), false)) {
		parser->nodes[scope].initial = node; /* which is refused anyway */
	} else if (scope) {
		check_inner_start(parser, scope, node, &event);
	} else {
		check_definition(parser, &event, PLACE_START);
		choose_initial(parser, scope, node, element);
		parse_start_form(parser, node, element);
	}
	refuse_mapping(parser, element);
	parse_node_listeners(parser, node);
}

/* A message that is thrown: an implementation may do it, else nothing does. */
static void parse_thrown_message(struct parser *parser, int node, const struct event *event)
{
	if (is_service(event->definition))
		parse_service(parser, node, event->definition, event->definition->name);
}

void parse_end_event(struct parser *parser, int scope, const struct xml_element *element)
{
	struct event event = read_event(element, PLACE_END);
	bool message = is_of(&event, "messageEventDefinition");
	const char *type = is_of(&event, "terminateEventDefinition") ? "terminateEndEvent"
			   : !message                                ? "noneEndEvent"
			   : is_service(event.definition)            ? "messageEndEvent"
								     : "endEvent";
	int node = add_node(parser, element, scope,
			    is_of(&event, "terminateEventDefinition") ? NODE_TERMINATE_END
								      : NODE_END_EVENT,
			    type);

	if (message && is_service(event.definition))
		parser->nodes[node].flags |= NODE_ENDS;
	if (event.definition)
		check_definition(parser, &event, PLACE_END);
	if (message)
		parse_thrown_message(parser, node, &event);
	parse_input_output(parser, node, element);
	parse_node_listeners(parser, node);
}

void parse_throw_event(struct parser *parser, int scope, const struct xml_element *element)
{
	struct event event = read_event(element, PLACE_THROW);
	int node;

	if (is_of(&event, "linkEventDefinition"))
		return;
	node = add_node(parser, element, scope, NODE_PASS,
			is_of(&event, "messageEventDefinition") && is_service(event.definition)
				? "intermediateMessageThrowEvent"
				: "intermediateNoneThrowEvent");
	if (event.definition)
		check_definition(parser, &event, PLACE_THROW);
	if (is_of(&event, "messageEventDefinition"))
		parse_thrown_message(parser, node, &event);
	parse_node_listeners(parser, node);
	parse_input_output(parser, node, element);
}

static void check_link(struct parser *parser, int scope, int node,
		       const struct xml_element *element)
{
	const char *name = xml_attribute(element, "name");

	if (link_target(parser, scope, element) != NODE_NONE)
		problem_add(parser->problems, element,
			    "Multiple Intermediate Catch Events with the same link event name "
			    "('%s') are not allowed.",
			    link_name(element));
	else if (link_name(element) && (!name || strcmp(name, link_name(element)) != 0))
		problem_warn(
			parser->problems, element,
			"Link Event named '%s' contains link event definition with name '%s' - it "
			"is recommended to use the same name for both.",
			name ? name : "null", link_name(element));
	if (parser->link_count == LINKS_MAX)
		refuse_element(parser, element, "more than 1000 link events");
	else
		parser->links[parser->link_count++] = node;
}

void parse_catch_event(struct parser *parser, int scope, const struct xml_element *element)
{
	struct event event = read_event(element, PLACE_CATCH);
	bool link = is_of(&event, "linkEventDefinition");
	int node = add_node(parser, element, scope, link ? NODE_LINK_CATCH : NODE_PASS,
			    link ? "intermediateLinkCatch" : "intermediateCatchEvent");

	if (link)
		check_link(parser, scope, node, element);
	else if (!event.definition || event.treatment == UNKNOWN)
		problem_add(parser->problems, element, "Unsupported intermediate catch event type");
	else
		check_definition(parser, &event, PLACE_CATCH);
	parse_node_listeners(parser, node);
	parse_input_output(parser, node, element);
}

bool is_link_throw(const struct xml_element *element)
{
	struct event event;

	if (!is_bpmn(element, "intermediateThrowEvent"))
		return false;
	event = read_event(element, PLACE_THROW);
	return is_of(&event, "linkEventDefinition");
}

const char *link_name(const struct xml_element *event)
{
	const struct xml_element *definition = bpmn_child(event, "linkEventDefinition");

	return definition ? xml_attribute(definition, "name") : NULL;
}

int link_target(const struct parser *parser, int scope, const struct xml_element *thrower)
{
	const char *name = link_name(thrower), *other;
	size_t i;

	for (i = 0; name && i < parser->link_count; i++) {
		int node = parser->links[i];

		if (parser->nodes[node].parent != scope)
			continue;
		other = link_name(parser->elements[node]);
		if (other && !strcmp(name, other))
			return node;
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
	struct event event = read_event(element, PLACE_BOUNDARY);
	int host = node_in_scope(parser, scope, attached), node;

	if (!attached || !*attached)
		problem_add(parser->problems, element,
			    "AttachedToRef is required when using a timerEventDefinition");
	if (host == NODE_NONE) {
		problem_add(parser->problems, element,
			    "Invalid reference in boundary event. Make sure that the referenced "
			    "activity is defined in the same scope as the boundary event");
		return;
	}
	node = add_node(parser, element, scope, NODE_BOUNDARY_ERROR, "boundaryError");
	parser->nodes[node].attached_to = host;
	parser->nodes[host].flags |= NODE_IS_SCOPE;
	if (!is_activity(&parser->nodes[host]))
		refuse_element(parser, element, "a boundary event of what is no activity");
	if (!event.definition || event.treatment == UNKNOWN)
		problem_add(parser->problems, element, "Unsupported boundary event type");
	else
		check_definition(parser, &event, PLACE_BOUNDARY);
	if (event.treatment == RUN)
		parse_error_catch(parser, node, event.definition);
	refuse_mapping(parser, element);
	parse_node_listeners(parser, node);
}
