#include "core/bpmn/parser.h"

#include <string.h>
#include <strings.h>

/* The engine's words for attributes that say what a service does. */
#define NOTHING_TO_DO                                                                              \
	"One of the attributes 'class', 'delegateExpression', 'type', or 'expression' is "         \
	"mandatory on %s.%s"
#define CONNECTOR_HINT                                                                             \
	" If you are using a connector, make sure the connect process engine plugin is "           \
	"registered with the process engine."

static const struct xml_element *connector_of(const struct xml_element *element)
{
	return extension_child(element, "connector");
}

bool is_service(const struct xml_element *element)
{
	static const char *const names[] = {"class", "expression", "delegateExpression", "type",
					    NULL};
	size_t i;

	for (i = 0; names[i]; i++)
		if (extension_attribute(element, names[i]))
			return true;
	return connector_of(element);
}

static void add_property(struct parser *parser, struct service_definition *service,
			 const char *name, const char *value)
{
	struct property *properties;

	if (!value)
		return;
	properties = keep_growing(parser, service->properties, service->property_count,
				  sizeof(*properties));
	properties[service->property_count].name = keep(parser, name);
	properties[service->property_count].value = keep(parser, value);
	service->properties = properties;
	service->property_count++;
}

/* The values that would be injected into a delegate. */
static void add_fields(struct parser *parser, const struct xml_element *element,
		       struct service_definition *service)
{
	const struct xml_element *field = extension_child(element, "field"), *child;

	for (; field; field = extension_next(field)) {
		const char *value = xml_attribute(field, "stringValue");

		if (!value)
			value = xml_attribute(field, "expression");
		child = extension_of(field, "string");
		if (!child)
			child = extension_of(field, "expression");
		if (!value && child)
			value = xml_trim(parser->scratch, child->text);
		if (!value)
			problem_add(parser->problems, element,
				    "One of the following is mandatory on a field declaration: one "
				    "of attributes stringValue|expression or one of child elements "
				    "string|expression");
		if (xml_attribute(field, "name"))
			add_property(parser, service, xml_attribute(field, "name"), value);
	}
}

static const char *result_variable(const struct xml_element *element)
{
	const char *name = extension_attribute(element, "resultVariable");

	return name ? name : extension_attribute(element, "resultVariableName");
}

/* Turns what is bound to Java into an external task of that topic. */
static void bind_java(struct parser *parser, int node, const struct xml_element *element,
		      struct service_definition *service, const char *topic)
{
	parser->nodes[node].type = NODE_EXTERNAL_TASK;
	service->topic = literal_expression(parser, topic);
	add_fields(parser, element, service);
	add_property(parser, service, "resultVariable", result_variable(element));
}

static void parse_error_mappings(struct parser *parser, const struct xml_element *element,
				 struct service_definition *service)
{
	const struct xml_element *child = extension_child(element, "errorEventDefinition"), *next;
	struct error_mapping *errors;
	size_t count = 0, i = 0;

	for (next = child; next; next = extension_next(next))
		count++;
	errors = arena_array(parser->arena, count + 1, sizeof(*errors));
	for (; child; child = extension_next(child)) {
		const char *reference = xml_attribute(child, "errorRef");
		const struct xml_element *error = element_by_id(parser, reference);
		const char *condition = xml_attribute(child, "expression");

		if (!reference)
			continue;
		if (!condition) {
			problem_add(parser->problems, element,
				    "expression is mandatory on a camunda:errorEventDefinition");
			continue;
		}
		if (error && is_bpmn(error, "error")) {
			errors[i].error_code = keep(parser, xml_attribute(error, "errorCode"));
			errors[i].error_message =
				keep(parser, extension_attribute(error, "errorMessage"));
		} else {
			errors[i].error_code = keep(parser, reference);
		}
		errors[i++].condition = read_expression(parser, condition);
	}
	service->errors = errors;
	service->error_count = i;
}

static void parse_external(struct parser *parser, int node, const struct xml_element *element,
			   struct service_definition *service)
{
	const char *topic = extension_attribute(element, "topic");

	parser->nodes[node].type = NODE_EXTERNAL_TASK;
	service->priority = parse_priority(parser, element, "taskPriority");
	if (!service->priority)
		service->priority = parse_priority(parser, parser->elements[0], "taskPriority");
	if (!topic) {
		problem_add(parser->problems, element,
			    "External tasks must specify a 'topic' attribute in the camunda "
			    "namespace");
		return;
	}
	service->topic = read_expression(parser, topic);
	parse_error_mappings(parser, element, service);
}

/* Whether one of the NAMES, NULL at the end, is a field. */
static bool has_field(const struct xml_element *element, const char *const *names)
{
	const struct xml_element *field = extension_child(element, "field");
	size_t i;

	for (; field; field = extension_next(field)) {
		const char *name = xml_attribute(field, "name");

		for (i = 0; name && names[i]; i++)
			if (!strcmp(name, names[i]))
				return true;
	}
	return false;
}

static void parse_mail(struct parser *parser, int node, const struct xml_element *element,
		       struct service_definition *service)
{
	static const char *const recipients[] = {"to", "cc", "bcc", NULL};
	static const char *const bodies[] = {"text", "html", NULL};

	if (!has_field(element, recipients))
		problem_add(parser->problems, element,
			    "No recipient is defined on the mail activity");
	if (!has_field(element, bodies))
		problem_add(parser->problems, element, "Text or html field should be provided");
	bind_java(parser, node, element, service, "camunda:mail");
}

static void refuse_shell(struct parser *parser, const struct xml_element *element)
{
	static const char *const command[] = {"command", NULL};

	if (!has_field(element, command))
		problem_add(parser->problems, element,
			    "No shell command is defined on the shell activity");
	refuse_element(parser, element, "a shell task");
}

/* What a task that names nothing is told. */
static void refuse_empty(struct parser *parser, const struct xml_element *element, const char *tag)
{
	problem_add(parser->problems, element, NOTHING_TO_DO, tag,
		    !strcmp(tag, "sendTask") ? "" : CONNECTOR_HINT);
}

static void parse_typed(struct parser *parser, int node, const struct xml_element *element,
			const char *tag, struct service_definition *service)
{
	const char *type = extension_attribute(element, "type");

	if (!strcasecmp(type, "external")) {
		parse_external(parser, node, element, service);
	} else if (!strcasecmp(type, "mail")) {
		parse_mail(parser, node, element, service);
	} else if (!strcasecmp(type, "shell")) {
		refuse_shell(parser, element);
	} else {
		problem_add(parser->problems, element,
			    "Invalid usage of type attribute on %s: '%s'", tag, type);
		refuse_empty(parser, element, tag);
	}
}

static void refuse_result(struct parser *parser, const struct xml_element *element, const char *tag,
			  const char *attribute)
{
	if (result_variable(element))
		problem_add(parser->problems, element,
			    "'resultVariableName' not supported for %s elements using '%s'", tag,
			    attribute);
}

/* What the connector would be given becomes variables of the task, and the other way round. */
static void parse_connector(struct parser *parser, int node, const struct xml_element *element,
			    struct service_definition *service)
{
	const struct xml_element *connector = connector_of(element);
	const struct xml_element *id = extension_of(connector, "connectorId");
	const struct xml_element *mapping = extension_of(connector, "inputOutput");
	const char *name = id ? xml_trim(parser->scratch, id->text) : "";

	if (!*name) {
		problem_add(parser->problems, element, "No connectorId defined for connector");
		return;
	}
	bind_java(parser, node, element, service,
		  arena_printf(parser->scratch, "connector:%s", name));
	if (mapping)
		add_mapping(parser, node, element, mapping);
}

void parse_service(struct parser *parser, int node, const struct xml_element *element,
		   const char *tag)
{
	struct service_definition *service = arena_alloc(parser->arena, sizeof(*service));
	const char *class_name = extension_attribute(element, "class");
	const char *delegate = extension_attribute(element, "delegateExpression");
	const char *expression = extension_attribute(element, "expression");

	parser->nodes[node].service = service;
	if (extension_attribute(element, "type")) {
		parse_typed(parser, node, element, tag, service);
	} else if (class_name && *xml_trim(parser->scratch, class_name)) {
		refuse_result(parser, element, tag, "class");
		bind_java(parser, node, element, service, class_name);
	} else if (delegate) {
		refuse_result(parser, element, tag, "delegateExpression");
		bind_java(parser, node, element, service, delegate);
	} else if (expression && *xml_trim(parser->scratch, expression)) {
		parser->nodes[node].type = NODE_EXPRESSION_TASK;
		service->expression = read_expression(parser, expression);
		service->result_variable = keep(parser, result_variable(element));
	} else if (connector_of(element)) {
		parse_connector(parser, node, element, service);
	} else {
		refuse_empty(parser, element, tag);
	}
	parse_properties(parser, element, service);
	if (parser->nodes[node].type == NODE_EXTERNAL_TASK)
		parser->nodes[node].flags |= NODE_IS_SCOPE;
}

static void parse_service_task(struct parser *parser, int node, const struct xml_element *element)
{
	parse_service(parser, node, element, element->name);
}

static void parse_rule_task(struct parser *parser, int node, const struct xml_element *element)
{
	if (extension_attribute(element, "decisionRef"))
		refuse_element(parser, element, "a decision of a businessRuleTask");
	else
		parse_service(parser, node, element, element->name);
}

static void parse_script_task(struct parser *parser, int node, const struct xml_element *element)
{
	struct service_definition *service = arena_alloc(parser->arena, sizeof(*service));
	const struct xml_element *script = bpmn_child(element, "script");
	const char *language = xml_attribute(element, "scriptFormat");
	const char *resource = extension_attribute(element, "resource");

	parser->nodes[node].service = service;
	if (!script && !resource)
		problem_add_at(parser->problems, 0, 0,
			       "Unable to process ScriptTask: No script source or resource was "
			       "given");
	else if (language && !*language)
		problem_add_at(parser->problems, script ? script->line : element->line,
			       script ? script->column : element->column,
			       "Unable to process ScriptTask: Script language is empty");
	bind_java(parser, node, element, service,
		  arena_printf(parser->scratch, "script:%s",
			       language && *language ? language : "juel"));
	add_property(parser, service, "script", script ? script->text : NULL);
	add_property(parser, service, "resource", resource);
	parse_properties(parser, element, service);
	parser->nodes[node].flags |= NODE_IS_SCOPE;
}

static void parse_receive_task(struct parser *parser, int node, const struct xml_element *element)
{
	const char *reference = xml_attribute(element, "messageRef");
	const struct xml_element *message = element_by_id(parser, reference);

	if (!reference)
		return;
	if (!message || !is_bpmn(message, "message"))
		problem_name(problem_add(parser->problems, element,
					 "Invalid 'messageRef': no message with id '%s' found.",
					 reference),
			     parser->nodes[node].id);
	refuse_element(parser, element, "a receiveTask with a message");
}

/* Splits TEXT at commas outside of braces. */
static size_t split_list(struct parser *parser, const char *text, const char **ret)
{
	const char *start = text;
	size_t count = 0;
	int depth = 0;

	for (;; text++) {
		if (*text == '{')
			depth++;
		else if (*text == '}')
			depth--;
		if (*text && (*text != ',' || depth > 0))
			continue;
		ret[count] = xml_trim(parser->scratch, arena_strndup(parser->scratch, start,
								     (size_t)(text - start)));
		count += *ret[count] != '\0';
		if (!*text)
			return count;
		start = text + 1;
	}
}

static size_t count_commas(const char *text)
{
	size_t count = 0;

	for (; *text; text++)
		count += *text == ',';
	return count;
}

/* Adds the names in TEXT to a list of expressions. */
static void add_names(struct parser *parser, const char *text, const struct expression ***list,
		      size_t *count)
{
	const char **parts;
	size_t more, i;

	if (!text)
		return;
	parts = arena_array(parser->scratch, count_commas(text) + 1, sizeof(*parts));
	more = split_list(parser, text, parts);
	for (i = 0; i < more; i++) {
		*list = keep_growing(parser, *list, *count, sizeof(**list));
		(*list)[(*count)++] = read_expression(parser, parts[i]);
	}
}

/* user(a), group(b), or a group alone. */
static void add_owner(struct parser *parser, const char *text, struct task_definition *task)
{
	size_t length = strlen(text);

	if (!strncmp(text, "user(", 5) && text[length - 1] == ')')
		add_names(parser, arena_strndup(parser->scratch, text + 5, length - 6),
			  &task->candidate_users, &task->candidate_user_count);
	else if (!strncmp(text, "group(", 6) && text[length - 1] == ')')
		add_names(parser, arena_strndup(parser->scratch, text + 6, length - 7),
			  &task->candidate_groups, &task->candidate_group_count);
	else
		add_names(parser, text, &task->candidate_groups, &task->candidate_group_count);
}

/* The expression of who is to work on it: humanPerformer, potentialOwner. */
static const char *resource_text(struct parser *parser, const struct xml_element *element)
{
	const struct xml_element *assignment = bpmn_child(element, "resourceAssignmentExpression");
	const struct xml_element *formal =
		assignment ? bpmn_child(assignment, "formalExpression") : NULL;

	return formal ? xml_trim(parser->scratch, formal->text) : NULL;
}

static void parse_resources(struct parser *parser, const struct xml_element *element,
			    struct task_definition *task)
{
	const struct xml_element *child = bpmn_child(element, "humanPerformer");
	const char *text = child ? resource_text(parser, child) : NULL;
	const char **owners;
	size_t count, i;

	if (child && xml_next(child)) {
		text = xml_attribute(element, "name");
		problem_add(parser->problems, element,
			    "Invalid task definition: multiple humanPerformer sub elements defined "
			    "for %s",
			    text ? text : "null");
		return;
	}
	if (text)
		task->assignee = read_expression(parser, text);
	for (child = bpmn_child(element, "potentialOwner"); child; child = xml_next(child)) {
		text = resource_text(parser, child);
		if (!text)
			continue;
		owners = arena_array(parser->scratch, count_commas(text) + 1, sizeof(*owners));
		count = split_list(parser, text, owners);
		for (i = 0; i < count; i++)
			add_owner(parser, owners[i], task);
	}
}

static const struct expression *
attribute_expression(struct parser *parser, const struct xml_element *element, const char *name)
{
	return read_expression(parser, extension_attribute(element, name));
}

static void check_constraints(struct parser *parser, const struct xml_element *field)
{
	static const char *const names[] = {"validator", "required",  "readonly", "min",
					    "max",       "minlength", "maxlength"};
	const struct xml_element *validation = extension_of(field, "validation"), *constraint;

	for (constraint = validation ? extension_of(validation, "constraint") : NULL; constraint;
	     constraint = extension_next(constraint)) {
		const char *name = xml_attribute(constraint, "name");
		size_t i = 0;

		while (name && i < ARRAY_SIZE(names) && strcmp(name, names[i]) != 0)
			i++;
		if (name && i == ARRAY_SIZE(names))
			problem_add(parser->problems, constraint,
				    "Cannot find validator implementation for name '%s'.", name);
	}
}

static void check_field(struct parser *parser, const struct xml_element *field)
{
	static const char *const types[] = {"string", "long", "boolean", "date", "enum"};
	const char *id = xml_attribute(field, "id"), *type = xml_attribute(field, "type");
	size_t i = 0;

	if (!id || !*id)
		problem_add(parser->problems, field,
			    "attribute id must be set for FormFieldGroup and must have a non-empty "
			    "value");
	while (type && i < ARRAY_SIZE(types) && strcmp(type, types[i]) != 0)
		i++;
	if (!type)
		problem_add(parser->problems, field, "form field must have a 'type' attribute");
	else if (i == ARRAY_SIZE(types))
		problem_add(parser->problems, field, "unknown type '%s'", type);
	check_constraints(parser, field);
}

static void check_fields(struct parser *parser, const struct xml_element *element)
{
	const struct xml_element *data = extension_child(element, "formData"), *field;

	for (field = data ? extension_of(data, "formField") : NULL; field;
	     field = extension_next(field))
		check_field(parser, field);
}

void check_form(struct parser *parser, const struct xml_element *element)
{
	const char *binding = extension_attribute(element, "formRefBinding");

	check_fields(parser, element);
	if (!extension_attribute(element, "formRef"))
		return;
	if (extension_attribute(element, "formKey"))
		problem_add(parser->problems, element,
			    "Invalid element definition: only one of the attributes formKey and "
			    "formRef is allowed.");
	if (!binding || (strcmp(binding, "deployment") && strcmp(binding, "latest") &&
			 strcmp(binding, "version")))
		problem_add(parser->problems, element,
			    "Invalid element definition: value for formRefBinding attribute has to "
			    "be one of [deployment, latest, version] but was %s",
			    binding ? binding : "null");
	else if (!strcmp(binding, "version") && !extension_attribute(element, "formRefVersion"))
		problem_add(parser->problems, element,
			    "Invalid element definition: formRefVersion is missing");
}

static void parse_form(struct parser *parser, const struct xml_element *element,
		       struct task_definition *task)
{
	check_form(parser, element);
	task->form_key = attribute_expression(parser, element, "formKey");
	task->form_ref = keep(parser, extension_attribute(element, "formRef"));
	task->form_ref_binding = keep(parser, extension_attribute(element, "formRefBinding"));
	task->form_ref_version = attribute_expression(parser, element, "formRefVersion");
}

static void parse_task_attributes(struct parser *parser, const struct xml_element *element,
				  struct task_definition *task)
{
	const struct xml_element *documentation = bpmn_child(element, "documentation");

	task->name = read_expression(parser, xml_attribute(element, "name"));
	if (documentation)
		task->description =
			read_expression(parser, xml_trim(parser->scratch, documentation->text));
	if (extension_attribute(element, "assignee"))
		task->assignee = attribute_expression(parser, element, "assignee");
	task->due_date = attribute_expression(parser, element, "dueDate");
	task->follow_up_date = attribute_expression(parser, element, "followUpDate");
	task->priority = attribute_expression(parser, element, "priority");
	add_names(parser, extension_attribute(element, "candidateUsers"), &task->candidate_users,
		  &task->candidate_user_count);
	add_names(parser, extension_attribute(element, "candidateGroups"), &task->candidate_groups,
		  &task->candidate_group_count);
}

static void parse_user_task(struct parser *parser, int node, const struct xml_element *element)
{
	struct task_definition *task = arena_alloc(parser->arena, sizeof(*task));

	parser->nodes[node].task = task;
	parse_resources(parser, element, task);
	parse_task_attributes(parser, element, task);
	parse_form(parser, element, task);
	parse_task_listeners(parser, element, task);
}

static void parse_sub_process(struct parser *parser, int node, const struct xml_element *element)
{
	parser->nodes[node].flags |= NODE_IS_SCOPE;
	if (is_true(xml_attribute(element, "triggeredByEvent"), false))
		refuse_element(parser, element, "an event subprocess");
	if (strcmp(element->name, "subProcess") != 0)
		refuse_element(parser, element, element->name);
	parse_scope(parser, node);
}

static void parse_call_activity(struct parser *parser, int node, const struct xml_element *element)
{
	const char *called = xml_attribute(element, "calledElement");
	const char *binding = extension_attribute(element, "calledElementBinding");

	(void)node;
	if (!called && !extension_attribute(element, "caseRef"))
		problem_add(parser->problems, element,
			    "Missing attribute 'calledElement' or 'caseRef'");
	else if (called && extension_attribute(element, "caseRef"))
		problem_add(parser->problems, element,
			    "The attributes 'calledElement' or 'caseRef' cannot be used together: "
			    "Use either 'calledElement' or 'caseRef'");
	else if (binding && !strcmp(binding, "version") &&
		 !extension_attribute(element, "calledElementVersion"))
		problem_add(parser->problems, element,
			    "Missing attribute 'calledElementVersion' when 'calledElementBinding' "
			    "has value 'version'");
	refuse_element(parser, element, element->name);
}

static void parse_event_gateway(struct parser *parser, int node, const struct xml_element *element)
{
	(void)node;
	refuse_element(parser, element, element->name);
}

static const struct activity_form {
	const char *tag;
	enum node_type type;
	void (*parse)(struct parser *parser, int node, const struct xml_element *element);
} forms[] = {
	{"exclusiveGateway",  NODE_EXCLUSIVE_GATEWAY, NULL               },
	{"inclusiveGateway",  NODE_INCLUSIVE_GATEWAY, NULL               },
	{"parallelGateway",   NODE_PARALLEL_GATEWAY,  NULL               },
	{"task",              NODE_PASS,              NULL               },
	{"manualTask",        NODE_PASS,              NULL               },
	{"userTask",          NODE_USER_TASK,         parse_user_task    },
	{"serviceTask",       NODE_EXTERNAL_TASK,     parse_service_task },
	{"sendTask",          NODE_EXTERNAL_TASK,     parse_service_task },
	{"businessRuleTask",  NODE_EXTERNAL_TASK,     parse_rule_task    },
	{"scriptTask",        NODE_EXTERNAL_TASK,     parse_script_task  },
	{"receiveTask",       NODE_RECEIVE_TASK,      parse_receive_task },
	{"subProcess",        NODE_SUB_PROCESS,       parse_sub_process  },
	{"transaction",       NODE_SUB_PROCESS,       parse_sub_process  },
	{"callActivity",      NODE_PASS,              parse_call_activity},
	{"eventBasedGateway", NODE_PASS,              parse_event_gateway},
};

static void refuse_loop(struct parser *parser, const struct xml_element *element)
{
	const struct xml_element *loop = bpmn_child(element, "multiInstanceLoopCharacteristics");

	if (!loop)
		return;
	if (!bpmn_child(loop, "loopCardinality") && !bpmn_child(loop, "loopDataInputRef") &&
	    !extension_attribute(loop, "collection"))
		problem_name(problem_add(parser->problems, loop,
					 "Either loopCardinality or "
					 "loopDataInputRef/activiti:collection must be set"),
			     arena_printf(parser->arena, "%s#multiInstanceBody",
					  xml_attribute(element, "id")
						  ? xml_attribute(element, "id")
						  : "null"));
	refuse_element(parser, element, "multiInstanceLoopCharacteristics");
}

void parse_activity(struct parser *parser, int scope, const struct xml_element *element)
{
	const struct activity_form *form = NULL;
	size_t i;
	int node;

	for (i = 0; i < ARRAY_SIZE(forms) && !form; i++)
		if (is_bpmn(element, forms[i].tag))
			form = &forms[i];
	if (!form) {
		if (is_bpmn(element, "adHocSubProcess") || is_bpmn(element, "complexGateway"))
			problem_warn(parser->problems, element,
				     "Ignoring unsupported activity type");
		return;
	}
	node = add_node(parser, element, scope, form->type, form->tag);
	refuse_loop(parser, element);
	if (is_true(xml_attribute(element, "isForCompensation"), false))
		refuse_element(parser, element, "isForCompensation");
	if (form->parse)
		form->parse(parser, node, element);
	/* of a subprocess they are read with what is in it */
	if (form->type != NODE_SUB_PROCESS)
		parse_node_listeners(parser, node);
	parse_input_output(parser, node, element);
}
