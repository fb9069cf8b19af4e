/*
 * What the files of the BPMN parser share: the state of a parse, and how its parts are read.
 *
 * parse.c knows resources and processes, scope.c what lies in a process or subprocess, activity.c
 * tasks and gateways, event.c events, extension.c what Camunda adds to all of them, schema.c what
 * the XML schema demands.
 */
#ifndef CORE_BPMN_PARSER_H
#define CORE_BPMN_PARSER_H

#include "core/bpmn/parse.h"

#define BPMN_SPACE "http://www.omg.org/spec/BPMN/20100524/MODEL"

/* Link catch events of a process; flows look through all of them. */
enum { LINKS_MAX = 1000 };

/* Elements with ids, sorted by them. */
struct xml_ids {
	size_t count;
	const struct xml_element **elements;
};

struct parser {
	struct arena *arena;   /* of the models */
	struct arena *scratch; /* of the parse */
	const struct bpmn_options *options;
	const struct xml_document *document;
	struct xml_ids ids;
	struct problems *problems; /* the original's */
	struct problems refusals;  /* ours */
	struct error *error;
	int code;      /* what ends the parse; its words are in error */
	size_t told;   /* problems before that, or before the first element without an id */
	bool nameless; /* there is one: the original ends there, and tells what it has */
	/* by number of element: its node, or NODE_NONE */
	int *node_of;
	/* the process that is being read */
	struct model *model;
	struct node *nodes;
	const struct xml_element **elements; /* of the nodes */
	size_t node_count, node_room;
	struct flow *flows;
	size_t flow_count, flow_room;
	int links[LINKS_MAX]; /* its link catch events */
	size_t link_count;
};

/* schema.c: finds ids and reports what the schema does not allow. */
void schema_check(struct parser *parser);
const struct xml_element *element_by_id(const struct parser *parser, const char *id);
/* The first with that id directly in PARENT: ids may stand twice in a document that is refused. */
const struct xml_element *element_in(const struct parser *parser, const char *id,
				     const struct xml_element *parent);

/* scope.c: all that lies in the element of node SCOPE. */
void parse_scope(struct parser *parser, int scope);
int add_node(struct parser *parser, const struct xml_element *element, int parent,
	     enum node_type type, const char *activity_type);
/* Its execution listeners: where the original reads them. */
void parse_node_listeners(struct parser *parser, int node);
/* The node of the element ID that lies directly in SCOPE, or NODE_NONE. */
int node_in_scope(const struct parser *parser, int scope, const char *id);

/* activity.c: an element that lies in SCOPE; others are passed over. */
void parse_activity(struct parser *parser, int scope, const struct xml_element *element);
/* What works on a task: ELEMENT carries the attributes, and may be an event's definition. */
void parse_service(struct parser *parser, int node, const struct xml_element *element,
		   const char *tag);
bool is_service(const struct xml_element *element);

/* What the original wants of a form's attributes. */
void check_form(struct parser *parser, const struct xml_element *element);

/* event.c */
void parse_start_event(struct parser *parser, int scope, const struct xml_element *element);
void parse_end_event(struct parser *parser, int scope, const struct xml_element *element);
void parse_boundary_event(struct parser *parser, int scope, const struct xml_element *element);
void parse_catch_event(struct parser *parser, int scope, const struct xml_element *element);
void parse_throw_event(struct parser *parser, int scope, const struct xml_element *element);
/* The link catch event in SCOPE that the link throw event THROWER leads to, or NODE_NONE. */
int link_target(const struct parser *parser, int scope, const struct xml_element *thrower);
bool is_link_throw(const struct xml_element *element);
const char *link_name(const struct xml_element *event);

/* extension.c */
void parse_continuation(struct parser *parser, int node, const struct xml_element *element);
/* Of executions: of a scope or activity, or, on a flow, of its being taken. */
void parse_listeners(struct parser *parser, const struct xml_element *element, bool flow,
		     const struct listener **ret, size_t *ret_count);
void parse_task_listeners(struct parser *parser, const struct xml_element *element,
			  struct task_definition *task);
void parse_input_output(struct parser *parser, int node, const struct xml_element *element);
/* The parameters of MAPPING (camunda:inputOutput), added to those of the node. */
void add_mapping(struct parser *parser, int node, const struct xml_element *owner,
		 const struct xml_element *mapping);
/* Says that an element may have no mapping, if it has one. */
void refuse_mapping(struct parser *parser, const struct xml_element *element);
void parse_properties(struct parser *parser, const struct xml_element *element,
		      struct service_definition *service);
const struct expression *parse_priority(struct parser *parser, const struct xml_element *element,
					const char *name);

/* An attribute, or a child of extensionElements, in one of Camunda's namespaces; or NULL. */
const char *extension_attribute(const struct xml_element *element, const char *name);
const struct xml_element *extension_child(const struct xml_element *element, const char *name);
const struct xml_element *extension_next(const struct xml_element *child);
const struct xml_element *extension_of(const struct xml_element *parent, const char *name);

const struct xml_element *bpmn_child(const struct xml_element *element, const char *name);
bool is_bpmn(const struct xml_element *element, const char *name);

/* A copy of TEXT that lives as long as the model; NULL stays NULL. */
const char *keep(struct parser *parser, const char *text);

/*
 * Room in the model's arena for one more behind COUNT items of SIZE bytes, which are moved when
 * there is none: capacities are powers of two.
 */
void *keep_growing(struct parser *parser, const void *items, size_t count, size_t size);

/* TEXT as an expression; NULL stays NULL. One that cannot be read ends the parse. */
const struct expression *read_expression(struct parser *parser, const char *text);

/* TEXT as it is, whatever is in it. */
const struct expression *literal_expression(struct parser *parser, const char *text);

/* A problem at ELEMENT, part of OWNER. */
void problem_in(struct parser *parser, const struct xml_element *element,
		const struct xml_element *owner, const char *message);

/* Says that we do not run WHAT at ELEMENT. */
void refuse_element(struct parser *parser, const struct xml_element *element, const char *what);

/* As Java reads a boolean; NULL is ABSENT. */
bool is_true(const char *text, bool absent);

#endif
