#include "core/bpmn/parser.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/request/api_error.h"

/* Namespaces of what is added to BPMN, the first one first. */
static const char *const spaces[] = {
	"http://camunda.org/schema/1.0/bpmn",
	"http://activiti.org/bpmn",
	"http://www.camunda.com/fox",
};
enum { SPACES = ARRAY_SIZE(spaces) };

const char *extension_attribute(const struct xml_element *element, const char *name)
{
	const char *value = NULL;
	size_t i;

	for (i = 0; i < SPACES && !value; i++)
		value = xml_attribute_of(element, spaces[i], name);
	return value;
}

static bool is_extension(const struct xml_element *element)
{
	size_t i;

	for (i = 0; i < SPACES; i++)
		if (!strcmp(element->space, spaces[i]))
			return true;
	return false;
}

static const struct xml_element *find(const struct xml_element *from, const char *name)
{
	while (from && (strcmp(from->name, name) != 0 || !is_extension(from)))
		from = from->next;
	return from;
}

const struct xml_element *extension_of(const struct xml_element *parent, const char *name)
{
	return find(parent->first, name);
}

const struct xml_element *extension_child(const struct xml_element *element, const char *name)
{
	const struct xml_element *extensions = bpmn_child(element, "extensionElements");

	return extensions ? extension_of(extensions, name) : NULL;
}

const struct xml_element *extension_next(const struct xml_element *child)
{
	return find(child->next, child->name);
}

bool is_true(const char *text, bool absent)
{
	return text ? !strcasecmp(text, "true") : absent;
}

static bool is_expression(const char *text)
{
	return strstr(text, "${") || strstr(text, "#{");
}

const struct expression *parse_priority(struct parser *parser, const struct xml_element *element,
					const char *name)
{
	const char *text = extension_attribute(element, name);
	char *end;

	if (!text)
		return NULL;
	if (!is_expression(text)) {
		errno = 0;
		(void)strtoll(text, &end, 10);
		if (errno || !*text || *end || isspace((unsigned char)*text)) {
			problem_add(parser->problems, element,
				    "Value '%s' for attribute '%s' is not a valid number", text,
				    name);
			return NULL;
		}
	}
	return read_expression(parser, text);
}

/* One that cannot be read is no problem before it is needed: it stands for itself then. */
static const struct expression *cycle_expression(struct parser *parser, const char *text)
{
	const struct expression *expression;

	if (parser->code)
		return NULL;
	expression = read_expression(parser, text);
	if (parser->code != ERR_ENGINE)
		return expression;
	parser->code = 0;
	return literal_expression(parser, text);
}

void parse_continuation(struct parser *parser, int node, const struct xml_element *element)
{
	const struct xml_element *cycle = extension_child(element, "failedJobRetryTimeCycle");
	struct node *to = &parser->nodes[node];
	const char *text;

	if (is_true(extension_attribute(element, "async"), false) ||
	    is_true(extension_attribute(element, "asyncBefore"), false))
		to->flags |= NODE_ASYNC_BEFORE;
	if (is_true(extension_attribute(element, "asyncAfter"), false))
		to->flags |= NODE_ASYNC_AFTER;
	if (is_true(extension_attribute(element, "exclusive"), true))
		to->flags |= NODE_EXCLUSIVE_JOBS;
	to->job_priority = parse_priority(parser, element, "jobPriority");
	if (!cycle || !strcmp(element->name, "manualTask")) /* as the original has it */
		return;
	text = xml_trim(parser->scratch, cycle->text);
	if (*text)
		to->retry_cycle = cycle_expression(parser, text);
}

/* How many children of NAME the extensionElements of ELEMENT have. */
static size_t count_extensions(const struct xml_element *element, const char *name)
{
	const struct xml_element *child = extension_child(element, name);
	size_t count = 0;

	for (; child; child = extension_next(child))
		count++;
	return count;
}

/* What a listener would call, as it is written. */
static const char *source_of(struct parser *parser, const struct xml_element *listener)
{
	static const char *const attributes[] = {"expression", "class", "delegateExpression", NULL};
	const struct xml_element *script = extension_of(listener, "script");
	size_t i;

	for (i = 0; attributes[i]; i++)
		if (xml_attribute(listener, attributes[i]))
			return keep(parser, xml_attribute(listener, attributes[i]));
	return script ? keep(parser, script->text) : NULL;
}

static void check_script(struct parser *parser, const struct xml_element *listener,
			 const struct xml_element *owner)
{
	const struct xml_element *script = extension_of(listener, "script");

	if (script && !xml_attribute(script, "scriptFormat"))
		problem_in(parser, script, owner,
			   "Missing attribute 'scriptFormat' for 'script' element");
}

static void parse_listener(struct parser *parser, const struct xml_element *element,
			   const struct xml_element *owner, const char *event, struct listener *ret)
{
	ret->event = keep(parser, event);
	ret->source = source_of(parser, element);
	if (!ret->source)
		problem_in(parser, element, owner,
			   arena_printf(parser->scratch,
					"Element 'class', 'expression', 'delegateExpression' or "
					"'script' is mandatory on %s",
					element->name));
	else if (xml_attribute(element, "expression"))
		ret->expression = read_expression(parser, xml_attribute(element, "expression"));
	check_script(parser, element, owner);
}

/* The event that an execution listener waits for, or NULL with a problem. */
static const char *listener_event(struct parser *parser, const struct xml_element *listener,
				  const struct xml_element *owner)
{
	const char *event = xml_attribute(listener, "event");

	if (event && (!strcmp(event, "start") || !strcmp(event, "end")))
		return event;
	problem_in(parser, listener, owner,
		   event && *event ? "Attribute 'event' must be one of {start|end}"
				   : "Attribute 'event' is mandatory on listener");
	return NULL;
}

void parse_listeners(struct parser *parser, const struct xml_element *element, bool flow,
		     const struct listener **ret, size_t *ret_count)
{
	size_t count = count_extensions(element, "executionListener"), i = 0;
	const struct xml_element *child = extension_child(element, "executionListener");
	struct listener *listeners;

	if (!count)
		return;
	listeners = arena_array(parser->arena, count, sizeof(*listeners));
	for (; child; child = extension_next(child)) {
		const char *event = flow ? "take" : listener_event(parser, child, element);

		if (event)
			parse_listener(parser, child, element, event, &listeners[i++]);
	}
	*ret = listeners;
	*ret_count = i;
}

/* Timers of tasks are run by nobody here; what the original wants of them comes first. */
static void refuse_timeout(struct parser *parser, const struct xml_element *listener,
			   const struct xml_element *owner)
{
	if (!xml_attribute(listener, "id"))
		problem_in(parser, listener, owner,
			   "Element 'id' is mandatory on taskListener of type 'timeout'");
	if (!bpmn_child(listener, "timerEventDefinition"))
		problem_in(parser, listener, owner,
			   "Element 'timerEventDefinition' is mandatory on taskListener of type "
			   "'timeout'");
	refuse_element(parser, owner, "a timeout listener");
}

static bool is_task_event(const char *event)
{
	static const char *const events[] = {"create", "assignment", "complete",
					     "update", "delete",     "timeout"};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(events); i++)
		if (!strcmp(event, events[i]))
			return true;
	return false;
}

static bool check_task_event(struct parser *parser, const struct xml_element *listener,
			     const struct xml_element *owner)
{
	const char *event = xml_attribute(listener, "event");

	if (!event)
		problem_add(parser->problems, owner,
			    "Attribute 'event' is mandatory on taskListener");
	else if (!is_task_event(event))
		problem_add(parser->problems, owner,
			    "Attribute 'event' must be one of "
			    "{create|assignment|complete|update|delete|timeout}");
	return event && is_task_event(event);
}

void parse_task_listeners(struct parser *parser, const struct xml_element *element,
			  struct task_definition *task)
{
	size_t count = count_extensions(element, "taskListener"), i = 0;
	const struct xml_element *child = extension_child(element, "taskListener");
	struct listener *listeners;

	if (!count)
		return;
	listeners = arena_array(parser->arena, count, sizeof(*listeners));
	for (; child; child = extension_next(child)) {
		if (!check_task_event(parser, child, element))
			continue;
		if (!strcmp(xml_attribute(child, "event"), "timeout"))
			refuse_timeout(parser, child, element);
		parse_listener(parser, child, element, xml_attribute(child, "event"),
			       &listeners[i++]);
	}
	task->listeners = listeners;
	task->listener_count = i;
}

void parse_properties(struct parser *parser, const struct xml_element *element,
		      struct service_definition *service)
{
	const struct xml_element *list = extension_child(element, "properties"), *child;
	struct property *properties;
	size_t count = 0, i = 0;

	for (child = list ? extension_of(list, "property") : NULL; child;
	     child = extension_next(child))
		count++;
	if (!count)
		return;
	properties =
		arena_array(parser->arena, service->property_count + count, sizeof(*properties));
	for (; i < service->property_count; i++)
		properties[i] = service->properties[i];
	for (child = extension_of(list, "property"); child; child = extension_next(child), i++) {
		properties[i].name = keep(parser, xml_attribute(child, "name"));
		properties[i].value = keep(parser, xml_attribute(child, "value"));
	}
	service->properties = properties;
	service->property_count = i;
}

static void parse_value(struct parser *parser, const struct xml_element *element,
			const struct xml_element *owner, struct parameter *ret);

/* The first child that gives a value of its own kind. */
static const struct xml_element *value_child(const struct xml_element *element)
{
	const struct xml_element *child = element->first;

	while (child && !is_extension(child))
		child = child->next;
	return child;
}

static size_t count_children(const struct xml_element *element)
{
	const struct xml_element *child;
	size_t count = 0;

	for (child = element->first; child; child = child->next)
		count++;
	return count;
}

static void parse_list(struct parser *parser, const struct xml_element *list,
		       const struct xml_element *owner, struct parameter *ret)
{
	struct parameter *entries =
		arena_array(parser->arena, count_children(list) + 1, sizeof(*entries));
	const struct xml_element *child;

	ret->type = PARAMETER_LIST;
	for (child = list->first; child; child = child->next) {
		if (!strcmp(child->name, "script"))
			refuse_element(parser, owner, "a script in a list");
		entries[ret->count].value =
			read_expression(parser, xml_trim(parser->scratch, child->text));
		ret->count++;
	}
	ret->entries = entries;
}

static void parse_map(struct parser *parser, const struct xml_element *map,
		      const struct xml_element *owner, struct parameter *ret)
{
	const struct xml_element *child = extension_of(map, "entry");
	struct parameter *entries =
		arena_array(parser->arena, count_children(map) + 1, sizeof(*entries));

	ret->type = PARAMETER_MAP;
	for (; child; child = extension_next(child)) {
		struct parameter *entry = &entries[ret->count++];

		entry->name = keep(parser, xml_attribute(child, "key"));
		if (!entry->name || !*entry->name)
			problem_in(parser, child, owner,
				   "Missing attribute 'key' for 'entry' element");
		parse_value(parser, child, owner, entry);
	}
	ret->entries = entries;
}

static void parse_value(struct parser *parser, const struct xml_element *element,
			const struct xml_element *owner, struct parameter *ret)
{
	const struct xml_element *child = value_child(element);
	const char *text = xml_trim(parser->scratch, element->text);

	if (child && !strcmp(child->name, "list"))
		parse_list(parser, child, owner, ret);
	else if (child && !strcmp(child->name, "map"))
		parse_map(parser, child, owner, ret);
	else if (child)
		refuse_element(parser, owner,
			       !strcmp(child->name, "script") ? "a script in a mapping"
							      : child->name);
	else if (*text)
		ret->value = read_expression(parser, text);
}

/* Those of MAPPING behind the COUNT parameters in OLD. */
static const struct parameter *parse_parameters(struct parser *parser,
						const struct xml_element *owner,
						const struct xml_element *mapping, const char *tag,
						const struct parameter *old, size_t *count)
{
	const struct xml_element *child = extension_of(mapping, tag);
	struct parameter *parameters = arena_array(
		parser->arena, *count + count_children(mapping) + 1, sizeof(*parameters));

	if (*count)
		memcpy(parameters, old, *count * sizeof(*parameters));
	for (; child; child = extension_next(child)) {
		struct parameter *parameter = &parameters[(*count)++];

		parameter->name = keep(parser, xml_attribute(child, "name"));
		if (!parameter->name || !*parameter->name)
			problem_in(parser, child, owner,
				   arena_printf(parser->scratch, "Missing attribute 'name' for %s",
						tag));
		parse_value(parser, child, owner, parameter);
	}
	return parameters;
}

void add_mapping(struct parser *parser, int node, const struct xml_element *owner,
		 const struct xml_element *mapping)
{
	struct node *to = &parser->nodes[node];

	to->inputs = parse_parameters(parser, owner, mapping, "inputParameter", to->inputs,
				      &to->input_count);
	to->outputs = parse_parameters(parser, owner, mapping, "outputParameter", to->outputs,
				       &to->output_count);
	if (to->input_count || to->output_count)
		to->flags |= NODE_IS_SCOPE;
}

static void refuse_mapping_of(struct parser *parser, const struct xml_element *element,
			      const char *words)
{
	problem_add(parser->problems, element, "camunda:%s for element type '%s'%s.", words,
		    element->name,
		    is_true(xml_attribute(element, "triggeredByEvent"), false)
			    ? " with attribute 'triggeredByEvent = true'"
			    : "");
}

void refuse_mapping(struct parser *parser, const struct xml_element *element)
{
	if (extension_child(element, "inputOutput"))
		refuse_mapping_of(parser, element, "inputOutput mapping unsupported");
}

void parse_input_output(struct parser *parser, int node, const struct xml_element *element)
{
	const struct xml_element *mapping = extension_child(element, "inputOutput");
	enum node_type type = parser->nodes[node].type;

	if (!mapping)
		return;
	if (type == NODE_EXCLUSIVE_GATEWAY || type == NODE_PARALLEL_GATEWAY ||
	    type == NODE_INCLUSIVE_GATEWAY || is_bpmn(element, "eventBasedGateway") ||
	    is_true(xml_attribute(element, "triggeredByEvent"), false)) {
		refuse_mapping(parser, element);
		return;
	}
	parser->nodes[node].flags |= NODE_IS_SCOPE; /* even when it is empty */
	add_mapping(parser, node, element, mapping);
	if (is_bpmn(element, "endEvent") && extension_of(mapping, "outputParameter"))
		refuse_mapping_of(parser, element, "outputParameter not allowed");
}
