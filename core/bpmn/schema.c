#include "core/bpmn/parser.h"

#include <stdlib.h>
#include <string.h>

/* All elements of the BPMN namespace, in the order of strcmp(). */
static const char *const known[] = {
	"activationCondition",
	"activityRef",
	"adHocSubProcess",
	"artifact",
	"assignment",
	"association",
	"auditing",
	"boundaryEvent",
	"businessRuleTask",
	"callActivity",
	"callChoreography",
	"callConversation",
	"callableElement",
	"cancelEventDefinition",
	"catchEvent",
	"category",
	"categoryValue",
	"categoryValueRef",
	"childLaneSet",
	"choreography",
	"choreographyRef",
	"choreographyTask",
	"collaboration",
	"compensateEventDefinition",
	"completionCondition",
	"complexBehaviorDefinition",
	"complexGateway",
	"condition",
	"conditionExpression",
	"conditionalEventDefinition",
	"conversation",
	"conversationAssociation",
	"conversationLink",
	"conversationNode",
	"conversationRef",
	"correlationKey",
	"correlationKeyRef",
	"correlationProperty",
	"correlationPropertyBinding",
	"correlationPropertyRef",
	"correlationPropertyRetrievalExpression",
	"correlationSubscription",
	"dataAssociation",
	"dataInput",
	"dataInputAssociation",
	"dataInputRefs",
	"dataObject",
	"dataObjectReference",
	"dataOutput",
	"dataOutputAssociation",
	"dataOutputRefs",
	"dataPath",
	"dataState",
	"dataStore",
	"dataStoreReference",
	"definitions",
	"documentation",
	"endEvent",
	"endPoint",
	"endPointRef",
	"error",
	"errorEventDefinition",
	"errorRef",
	"escalation",
	"escalationEventDefinition",
	"event",
	"eventBasedGateway",
	"eventDefinition",
	"eventDefinitionRef",
	"exclusiveGateway",
	"expression",
	"extension",
	"extensionElements",
	"flowElement",
	"flowNode",
	"flowNodeRef",
	"formalExpression",
	"from",
	"gateway",
	"globalBusinessRuleTask",
	"globalChoreographyTask",
	"globalConversation",
	"globalManualTask",
	"globalScriptTask",
	"globalTask",
	"globalUserTask",
	"group",
	"humanPerformer",
	"implicitThrowEvent",
	"import",
	"inMessageRef",
	"inclusiveGateway",
	"incoming",
	"innerConversationNodeRef",
	"innerMessageFlowRef",
	"innerParticipantRef",
	"inputDataItem",
	"inputSet",
	"inputSetRefs",
	"interface",
	"interfaceRef",
	"intermediateCatchEvent",
	"intermediateThrowEvent",
	"ioBinding",
	"ioSpecification",
	"itemDefinition",
	"lane",
	"laneSet",
	"linkEventDefinition",
	"loopCardinality",
	"loopCharacteristics",
	"loopCondition",
	"loopDataInputRef",
	"loopDataOutputRef",
	"manualTask",
	"message",
	"messageEventDefinition",
	"messageFlow",
	"messageFlowAssociation",
	"messageFlowRef",
	"messagePath",
	"messageRef",
	"monitoring",
	"multiInstanceLoopCharacteristics",
	"operation",
	"operationRef",
	"optionalInputRefs",
	"optionalOutputRefs",
	"outMessageRef",
	"outerConversationNodeRef",
	"outerMessageFlowRef",
	"outerParticipantRef",
	"outgoing",
	"outputDataItem",
	"outputSet",
	"outputSetRefs",
	"parallelGateway",
	"participant",
	"participantAssociation",
	"participantMultiplicity",
	"participantRef",
	"partitionElement",
	"partnerEntity",
	"partnerRole",
	"performer",
	"potentialOwner",
	"process",
	"property",
	"receiveTask",
	"relationship",
	"rendering",
	"resource",
	"resourceAssignmentExpression",
	"resourceParameter",
	"resourceParameterBinding",
	"resourceRef",
	"resourceRole",
	"rootElement",
	"script",
	"scriptTask",
	"sendTask",
	"sequenceFlow",
	"serviceTask",
	"signal",
	"signalEventDefinition",
	"source",
	"sourceRef",
	"standardLoopCharacteristics",
	"startEvent",
	"subChoreography",
	"subConversation",
	"subProcess",
	"supportedInterfaceRef",
	"supports",
	"target",
	"targetRef",
	"task",
	"terminateEventDefinition",
	"text",
	"textAnnotation",
	"throwEvent",
	"timeCycle",
	"timeDate",
	"timeDuration",
	"timerEventDefinition",
	"to",
	"transaction",
	"transformation",
	"userTask",
	"whileExecutingInputRefs",
	"whileExecutingOutputRefs",
};

/* What must be there. */
static const struct {
	const char *element;
	const char *attribute;
} required[] = {
	{"definitions",         "targetNamespace"},
	{"sequenceFlow",        "sourceRef"      },
	{"sequenceFlow",        "targetRef"      },
	{"boundaryEvent",       "attachedToRef"  },
	{"association",         "sourceRef"      },
	{"association",         "targetRef"      },
	{"messageFlow",         "sourceRef"      },
	{"messageFlow",         "targetRef"      },
	{"operation",           "name"           },
	{"linkEventDefinition", "name"           },
};

/* What names an element of the document; `default` of every one. */
static const struct {
	const char *element;
	const char *attribute;
} references[] = {
	{"sequenceFlow", "sourceRef"},
	{"sequenceFlow", "targetRef"},
	{NULL,           "default"  },
};

/* Attributes that name something by its qualified name. */
static const char *const names[] = {"errorRef",      "messageRef",    "signalRef",
				    "escalationRef", "attachedToRef", "activityRef",
				    "itemSubjectRef"};

/* What every activity may have. */
#define ACTIVITY "isForCompensation", "startQuantity", "completionQuantity", "default"

/* Attributes of elements that a process consists of, besides id and name; NULL at the end. */
static const struct {
	const char *element;
	const char *attributes[8];
} allowed[] = {
	{"boundaryEvent",          {"parallelMultiple", "cancelActivity", "attachedToRef"}                    },
	{"businessRuleTask",       {ACTIVITY, "implementation"}                                               },
	{"callActivity",           {ACTIVITY, "calledElement"}                                                },
	{"endEvent",               {NULL}								     },
	{"eventBasedGateway",      {"gatewayDirection", "instantiate", "eventGatewayType"}                    },
	{"exclusiveGateway",       {"gatewayDirection", "default"}                                            },
	{"inclusiveGateway",       {"gatewayDirection", "default"}                                            },
	{"intermediateCatchEvent", {"parallelMultiple"}						       },
	{"intermediateThrowEvent", {NULL}								     },
	{"manualTask",             {ACTIVITY}								 },
	{"parallelGateway",        {"gatewayDirection"}						       },
	{"process",                {"processType", "isClosed", "isExecutable", "definitionalCollaborationRef"}},
	{"receiveTask",            {ACTIVITY, "implementation", "messageRef", "instantiate", "operationRef"}  },
	{"scriptTask",             {ACTIVITY, "scriptFormat"}						 },
	{"sendTask",               {ACTIVITY, "implementation", "messageRef", "operationRef"}                 },
	{"sequenceFlow",           {"sourceRef", "targetRef", "isImmediate"}                                  },
	{"serviceTask",            {ACTIVITY, "implementation", "operationRef"}                               },
	{"startEvent",             {"parallelMultiple", "isInterrupting"}                                     },
	{"subProcess",             {ACTIVITY, "triggeredByEvent"}                                             },
	{"task",		   {ACTIVITY}								 },
	{"transaction",            {ACTIVITY, "triggeredByEvent", "method"}                                   },
	{"userTask",               {ACTIVITY, "implementation"}                                               },
};
enum { ALLOWED = sizeof(allowed) / sizeof(allowed[0]) };

static int compare_names(const void *name, const void *row)
{
	return strcmp(name, *(const char *const *)row);
}

static int compare_ids(const void *left, const void *right)
{
	const struct xml_element *a = *(const struct xml_element *const *)left;
	const struct xml_element *b = *(const struct xml_element *const *)right;
	int order = strcmp(xml_attribute(a, "id"), xml_attribute(b, "id"));

	return order ? order : (a->number > b->number) - (a->number < b->number);
}

static void collect_ids(struct parser *parser)
{
	const struct xml_element *element;
	struct xml_ids *ids = &parser->ids;

	ids->elements =
		arena_array(parser->scratch, parser->document->count, sizeof(*ids->elements));
	for (element = parser->document->root; element; element = element->following)
		if (!strcmp(element->space, BPMN_SPACE) && xml_attribute(element, "id"))
			ids->elements[ids->count++] = element;
	qsort(ids->elements, ids->count, sizeof(*ids->elements), compare_ids);
}

static int compare_id(const void *id, const void *row)
{
	return strcmp(id, xml_attribute(*(const struct xml_element *const *)row, "id"));
}

const struct xml_element *element_by_id(const struct parser *parser, const char *id)
{
	const struct xml_element **found = NULL;

	if (id && parser->ids.count)
		found = bsearch(id, parser->ids.elements, parser->ids.count, sizeof(*found),
				compare_id);
	return found ? *found : NULL;
}

/* Whether an element before this one has its id. */
static bool id_is_taken(const struct parser *parser, const struct xml_element *element)
{
	const struct xml_element *const *place =
		bsearch(&element, parser->ids.elements, parser->ids.count,
			sizeof(*parser->ids.elements), compare_ids);

	return place && place > parser->ids.elements &&
	       !strcmp(xml_attribute(place[-1], "id"), xml_attribute(element, "id"));
}

static void report(struct parser *parser, const struct xml_element *element, const char *text)
{
	problem_add_at(parser->problems, element->line, element->column, "%s", text);
}

static void check_id(struct parser *parser, const struct xml_element *element)
{
	const char *id = xml_attribute(element, "id");

	if (!id || !id_is_taken(parser, element))
		return;
	report(parser, element,
	       arena_printf(parser->scratch,
			    "cvc-id.2: There are multiple occurrences of ID value '%s'.", id));
	report(parser, element,
	       arena_printf(parser->scratch,
			    "cvc-attribute.3: The value '%s' of attribute 'id' on element '%s' is "
			    "not valid with respect to its type, 'ID'.",
			    id, element->name));
}

static bool is_name_character(unsigned char c, bool first)
{
	return c >= 0x80 || c == '_' || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       (!first && (c == '-' || c == '.' || (c >= '0' && c <= '9')));
}

/* A name without a colon; of a qualified one either part. */
static bool is_name(const char *text, bool qualified)
{
	bool first = true;

	if (!*text)
		return false;
	for (; *text; text++) {
		if (qualified && *text == ':' && !first && text[1]) {
			qualified = false;
			first = true;
			continue;
		}
		if (!is_name_character((unsigned char)*text, first))
			return false;
		first = false;
	}
	return true;
}

static void check_name(struct parser *parser, const struct xml_element *element,
		       const char *attribute, bool qualified)
{
	const char *value = xml_attribute(element, attribute);

	if (!value || is_name(xml_trim(parser->scratch, value), qualified))
		return;
	report(parser, element,
	       arena_printf(parser->scratch,
			    "cvc-datatype-valid.1.2.1: '%s' is not a valid value for '%s'.", value,
			    qualified ? "QName" : "NCName"));
	report(parser, element,
	       arena_printf(parser->scratch,
			    "cvc-attribute.3: The value '%s' of attribute '%s' on element '%s' is "
			    "not valid with respect to its type, '%s'.",
			    value, attribute, element->name, qualified ? "QName" : "ID"));
}

static void check_names(struct parser *parser, const struct xml_element *element)
{
	size_t i;

	check_name(parser, element, "id", false);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		check_name(parser, element, names[i], true);
}

static void refuse_content(struct parser *parser, const struct xml_element *element)
{
	report(parser, element,
	       arena_printf(parser->scratch,
			    "cvc-complex-type.2.4.a: Invalid content was found starting with "
			    "element '{\"%s\":%s}'.",
			    element->space, element->name));
}

static bool is_one_of(const char *name, const char *const *list, size_t count)
{
	return bsearch(name, list, count, sizeof(*list), compare_names);
}

/* Documentation comes first, then extensionElements, then all else. */
static bool is_out_of_place(const struct xml_element *before, const struct xml_element *child)
{
	if (!before || strcmp(child->space, BPMN_SPACE) != 0)
		return false;
	if (!strcmp(child->name, "documentation"))
		return strcmp(before->name, "documentation") != 0;
	return !strcmp(child->name, "extensionElements") &&
	       strcmp(before->name, "documentation") != 0;
}

static void check_content(struct parser *parser, const struct xml_element *element)
{
	const struct xml_element *child, *before = NULL;

	for (child = element->first; child; before = child, child = child->next)
		if (strcmp(child->space, BPMN_SPACE) != 0 || is_out_of_place(before, child))
			refuse_content(parser, child);
}

static bool is_allowed(const char *const *attributes, const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(allowed[0].attributes) / sizeof(*attributes) && attributes[i]; i++)
		if (!strcmp(attributes[i], name))
			return true;
	return !strcmp(name, "id") || !strcmp(name, "name");
}

/* Content and attributes of what a process consists of: nothing foreign outside extensions. */
static void check_flow_element(struct parser *parser, const struct xml_element *element)
{
	const struct xml_attribute *attribute;
	size_t i = 0;

	while (i < ALLOWED && strcmp(allowed[i].element, element->name) != 0)
		i++;
	if (i == ALLOWED)
		return;
	for (attribute = element->attributes; attribute; attribute = attribute->next)
		if (!*attribute->space && !is_allowed(allowed[i].attributes, attribute->name))
			report(parser, element,
			       arena_printf(parser->scratch,
					    "cvc-complex-type.3.2.2: Attribute '%s' is not allowed "
					    "to appear in element '%s'.",
					    attribute->name, element->name));
	check_content(parser, element);
}

#define CONTENT "{\"" BPMN_SPACE "\":"

static void check_conditional(struct parser *parser, const struct xml_element *element)
{
	if (!strcmp(element->name, "conditionalEventDefinition") && !element->first)
		report(parser, element,
		       "cvc-complex-type.2.4.b: The content of element "
		       "'conditionalEventDefinition' is not complete. One of '" CONTENT
		       "documentation, \"" BPMN_SPACE "\":extensionElements, \"" BPMN_SPACE
		       "\":condition}' is expected.");
}

static void check_required(struct parser *parser, const struct xml_element *element)
{
	size_t i;

	for (i = 0; i < sizeof(required) / sizeof(required[0]); i++)
		if (!strcmp(required[i].element, element->name) &&
		    !xml_attribute(element, required[i].attribute))
			report(parser, element,
			       arena_printf(parser->scratch,
					    "cvc-complex-type.4: Attribute '%s' must appear on "
					    "element '%s'.",
					    required[i].attribute, element->name));
}

static void check_element(struct parser *parser, const struct xml_element *element)
{
	if (strcmp(element->space, BPMN_SPACE) != 0)
		return;
	if (!is_one_of(element->name, known, sizeof(known) / sizeof(known[0])))
		refuse_content(parser, element);
	check_flow_element(parser, element);
	check_conditional(parser, element);
	check_required(parser, element);
	check_names(parser, element);
	check_id(parser, element);
}

static void check_reference(struct parser *parser, const char *id)
{
	if (!element_by_id(parser, id))
		problem_add_at(parser->problems, parser->document->line, parser->document->column,
			       "cvc-id.1: There is no ID/IDREF binding for IDREF '%s'.", id);
}

static void check_references(struct parser *parser, const struct xml_element *element)
{
	size_t i;

	for (i = 0; i < sizeof(references) / sizeof(references[0]); i++) {
		const char *id = xml_attribute(element, references[i].attribute);

		if (!id || (references[i].element && strcmp(references[i].element, element->name)))
			continue;
		check_reference(parser, id);
	}
	if (!strcmp(element->name, "flowNodeRef"))
		check_reference(parser, xml_trim(parser->scratch, element->text));
}

void schema_check(struct parser *parser)
{
	const struct xml_element *root = parser->document->root, *element;

	collect_ids(parser);
	if (!is_bpmn(root, "definitions")) {
		problem_add_at(parser->problems, root->line, root->column,
			       "cvc-elt.1.a: Cannot find the declaration of element '%s'.",
			       root->name);
		return;
	}
	for (element = root; element; element = element->following)
		check_element(parser, element);
	for (element = root; element; element = element->following)
		if (!strcmp(element->space, BPMN_SPACE))
			check_references(parser, element);
}
