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
	{"definitions",   "targetNamespace"},
	{"sequenceFlow",  "sourceRef"      },
	{"sequenceFlow",  "targetRef"      },
	{"boundaryEvent", "attachedToRef"  },
	{"association",   "sourceRef"      },
	{"association",   "targetRef"      },
	{"messageFlow",   "sourceRef"      },
	{"messageFlow",   "targetRef"      },
	{"operation",     "name"           },
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
	if (!bsearch(element->name, known, sizeof(known) / sizeof(known[0]), sizeof(known[0]),
		     compare_names))
		report(parser, element,
		       arena_printf(parser->scratch,
				    "cvc-complex-type.2.4.a: Invalid content was found starting "
				    "with element '{\"" BPMN_SPACE "\":%s}'.",
				    element->name));
	check_required(parser, element);
	check_id(parser, element);
}

static void check_references(struct parser *parser, const struct xml_element *element)
{
	size_t i;

	for (i = 0; i < sizeof(references) / sizeof(references[0]); i++) {
		const char *id = xml_attribute(element, references[i].attribute);

		if (!id || (references[i].element && strcmp(references[i].element, element->name)))
			continue;
		if (!element_by_id(parser, id))
			problem_add_at(
				parser->problems, parser->document->line, parser->document->column,
				"cvc-id.1: There is no ID/IDREF binding for IDREF '%s'.", id);
	}
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
