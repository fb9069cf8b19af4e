#include "core/bpmn/parser.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Namespaces of what is added to BPMN, the first one first. */
static const char *const spaces[] = {
	"http://camunda.org/schema/1.0/bpmn",
	"http://activiti.org/bpmn",
	"http://www.camunda.com/fox",
};
enum { SPACES = sizeof(spaces) / sizeof(spaces[0]) };

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

	if (!text || !*text)
		return NULL;
	if (!is_expression(text)) {
		(void)strtoll(text, &end, 10);
		if (*end || isspace((unsigned char)*text)) {
			problem_add(parser->problems, element,
				    "Value '%s' for attribute '%s' is not a valid number", text,
				    name);
			return NULL;
		}
	}
	return read_expression(parser, text);
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
	if (!cycle)
		return;
	text = xml_trim(parser->scratch, cycle->text);
	if (*text)
		to->retry_cycle = read_expression(parser, text);
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
	static const char *const attributes[] = {"class", "delegateExpression", NULL};
	const struct xml_element *script = extension_of(listener, "script");
	size_t i;

	for (i = 0; attributes[i]; i++)
		if (xml_attribute(listener, attributes[i]))
			return keep(parser, xml_attribute(listener, attributes[i]));
	return script ? keep(parser, script->text) : NULL;
}

static void parse_listener(struct parser *parser, const struct xml_element *element,
			   struct listener *ret)
{
	const char *expression = xml_attribute(element, "expression");

	ret->event = keep(parser, xml_attribute(element, "event"));
	ret->source = expression ? keep(parser, expression) : source_of(parser, element);
	if (!ret->source)
		problem_add(parser->problems, element,
			    "Element 'class', 'expression', 'delegateExpression' or 'script' is "
			    "mandatory on %s",
			    !strcmp(element->name, "taskListener") ? "taskListener"
								   : "executionListener");
	else if (expression)
		ret->expression = read_expression(parser, expression);
}

void parse_listeners(struct parser *parser, const struct xml_element *element, const char *tag,
		     const struct listener **ret, size_t *ret_count)
{
	size_t count = count_extensions(element, tag), i = 0;
	const struct xml_element *child;
	struct listener *listeners;

	*ret = NULL;
	*ret_count = count;
	if (!count)
		return;
	listeners = arena_array(parser->arena, count, sizeof(*listeners));
	for (child = extension_child(element, tag); child; child = extension_next(child))
		parse_listener(parser, child, &listeners[i++]);
	*ret = listeners;
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
			struct parameter *ret);

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

static void parse_list(struct parser *parser, const struct xml_element *list, struct parameter *ret)
{
	struct parameter *entries =
		arena_array(parser->arena, count_children(list) + 1, sizeof(*entries));
	const struct xml_element *child;

	ret->type = PARAMETER_LIST;
	for (child = list->first; child; child = child->next) {
		if (!strcmp(child->name, "script"))
			refuse_element(parser, child, "a script in a list");
		entries[ret->count].value =
			read_expression(parser, xml_trim(parser->scratch, child->text));
		ret->count++;
	}
	ret->entries = entries;
}

static void parse_map(struct parser *parser, const struct xml_element *map, struct parameter *ret)
{
	const struct xml_element *child = extension_of(map, "entry");
	struct parameter *entries =
		arena_array(parser->arena, count_children(map) + 1, sizeof(*entries));

	ret->type = PARAMETER_MAP;
	for (; child; child = extension_next(child)) {
		struct parameter *entry = &entries[ret->count++];

		entry->name = keep(parser, xml_attribute(child, "key"));
		if (!entry->name || !*entry->name)
			problem_add(parser->problems, child, "Missing attribute 'key' for 'entry'");
		parse_value(parser, child, entry);
	}
	ret->entries = entries;
}

static void parse_value(struct parser *parser, const struct xml_element *element,
			struct parameter *ret)
{
	const struct xml_element *child = value_child(element);
	const char *text = xml_trim(parser->scratch, element->text);

	if (child && !strcmp(child->name, "list"))
		parse_list(parser, child, ret);
	else if (child && !strcmp(child->name, "map"))
		parse_map(parser, child, ret);
	else if (child)
		refuse_element(parser, child,
			       !strcmp(child->name, "script") ? "a script in a mapping"
							      : child->name);
	else if (*text)
		ret->value = read_expression(parser, text);
}

static const struct parameter *parse_parameters(struct parser *parser,
						const struct xml_element *mapping, const char *tag,
						size_t *ret_count)
{
	const struct xml_element *child = extension_of(mapping, tag);
	struct parameter *parameters =
		arena_array(parser->arena, count_children(mapping) + 1, sizeof(*parameters));

	*ret_count = 0;
	for (; child; child = extension_next(child)) {
		struct parameter *parameter = &parameters[(*ret_count)++];

		parameter->name = keep(parser, xml_attribute(child, "name"));
		if (!parameter->name || !*parameter->name)
			problem_add(parser->problems, child, "Missing attribute 'name' for '%s'",
				    tag);
		parse_value(parser, child, parameter);
	}
	return parameters;
}

void parse_input_output(struct parser *parser, int node, const struct xml_element *element)
{
	const struct xml_element *mapping = extension_child(element, "inputOutput");
	struct node *to = &parser->nodes[node];

	if (!mapping)
		return;
	to->inputs = parse_parameters(parser, mapping, "inputParameter", &to->input_count);
	to->outputs = parse_parameters(parser, mapping, "outputParameter", &to->output_count);
	if (to->input_count || to->output_count)
		to->flags |= NODE_IS_SCOPE;
}
