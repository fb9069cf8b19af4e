/* What DMN 1.3 demands of its elements; 1.1 and 1.2 do not demand anything else of what we know. */
#include "core/decision/dmn_schema.h"

#define ELEMENT(name, group, type)                                                                 \
	{                                                                                          \
		name, group, type                                                                  \
	}
#define TYPE(name, base, flags, attributes, content)                                               \
	{                                                                                          \
		name, base, flags, attributes, content                                             \
	}
#define VALUES(name, values)                                                                       \
	{                                                                                          \
		name, values                                                                       \
	}

static const struct schema_element elements[] = {
	ELEMENT("DMNElement", NULL, "tDMNElement"),
	ELEMENT("artifact", "DMNElement", "tArtifact"),
	ELEMENT("association", "artifact", "tAssociation"),
	ELEMENT("authorityRequirement", "DMNElement", "tAuthorityRequirement"),
	ELEMENT("businessContextElement", NULL, "tBusinessContextElement"),
	ELEMENT("businessKnowledgeModel", "invocable", "tBusinessKnowledgeModel"),
	ELEMENT("context", "expression", "tContext"),
	ELEMENT("contextEntry", "DMNElement", "tContextEntry"),
	ELEMENT("decision", "drgElement", "tDecision"),
	ELEMENT("decisionService", "invocable", "tDecisionService"),
	ELEMENT("decisionTable", "expression", "tDecisionTable"),
	ELEMENT("definitions", "namedElement", "tDefinitions"),
	ELEMENT("drgElement", "namedElement", "tDRGElement"),
	ELEMENT("elementCollection", "namedElement", "tElementCollection"),
	ELEMENT("expression", NULL, "tExpression"),
	ELEMENT("functionDefinition", "expression", "tFunctionDefinition"),
	ELEMENT("functionItem", "DMNElement", "tFunctionItem"),
	ELEMENT("group", "artifact", "tGroup"),
	ELEMENT("import", "namedElement", "tImport"),
	ELEMENT("informationItem", "namedElement", "tInformationItem"),
	ELEMENT("informationRequirement", "DMNElement", "tInformationRequirement"),
	ELEMENT("inputData", "drgElement", "tInputData"),
	ELEMENT("invocable", "drgElement", "tInvocable"),
	ELEMENT("invocation", "expression", "tInvocation"),
	ELEMENT("itemDefinition", "namedElement", "tItemDefinition"),
	ELEMENT("knowledgeRequirement", "DMNElement", "tKnowledgeRequirement"),
	ELEMENT("knowledgeSource", "drgElement", "tKnowledgeSource"),
	ELEMENT("list", "expression", "tList"),
	ELEMENT("literalExpression", "expression", "tLiteralExpression"),
	ELEMENT("namedElement", "DMNElement", "tNamedElement"),
	ELEMENT("organizationUnit", "businessContextElement", "tOrganizationUnit"),
	ELEMENT("performanceIndicator", "businessContextElement", "tPerformanceIndicator"),
	ELEMENT("relation", "expression", "tRelation"),
	ELEMENT("textAnnotation", "artifact", "tTextAnnotation"),
};

static const struct schema_type types[] = {
	TYPE("tArtifact", "tDMNElement", 0, "", ""),
	TYPE("tAssociation", "tArtifact", 0, "associationDirection:tAssociationDirection",
	     "sourceRef:tDMNElementReference targetRef:tDMNElementReference"),
	TYPE("tAuthorityRequirement", "tDMNElement", 0, "",
	     "requiredDecision:tDMNElementReference|requiredInput:tDMNElementReference|"
	     "requiredAuthority:tDMNElementReference"),
	TYPE("tBinding", NULL, 0, "", "parameter:tInformationItem expression?"),
	TYPE("tBusinessContextElement", "tNamedElement", 0, "URI:anyURI", ""),
	TYPE("tBusinessKnowledgeModel", "tInvocable", 0, "",
	     "encapsulatedLogic:tFunctionDefinition? knowledgeRequirement:tKnowledgeRequirement* "
	     "authorityRequirement:tAuthorityRequirement*"),
	TYPE("tContext", "tExpression", 0, "", "contextEntry*"),
	TYPE("tContextEntry", "tDMNElement", 0, "", "variable:tInformationItem? expression"),
	TYPE("tDMNElement", NULL, 0, "id:ID label:string #other",
	     "description:string? extensionElements?"),
	TYPE("tDMNElementReference", NULL, 0, "href:anyURI!", ""),
	TYPE("tDRGElement", "tNamedElement", 0, "", ""),
	TYPE("tDecision", "tDRGElement", 0, "",
	     "question:string? allowedAnswers:string? variable:tInformationItem? "
	     "informationRequirement:tInformationRequirement* "
	     "knowledgeRequirement:tKnowledgeRequirement* "
	     "authorityRequirement:tAuthorityRequirement* supportedObjective:tDMNElementReference* "
	     "impactedPerformanceIndicator:tDMNElementReference* "
	     "decisionMaker:tDMNElementReference* decisionOwner:tDMNElementReference* "
	     "usingProcess:tDMNElementReference* usingTask:tDMNElementReference* expression?"),
	TYPE("tDecisionRule", "tDMNElement", 0, "",
	     "inputEntry:tUnaryTests* outputEntry:tLiteralExpression+ "
	     "annotationEntry:tRuleAnnotation*"),
	TYPE("tDecisionService", "tInvocable", 0, "",
	     "outputDecision:tDMNElementReference* encapsulatedDecision:tDMNElementReference* "
	     "inputDecision:tDMNElementReference* inputData:tDMNElementReference*"),
	TYPE("tDecisionTable", "tExpression", 0,
	     "hitPolicy:tHitPolicy aggregation:tBuiltinAggregator "
	     "preferredOrientation:tDecisionTableOrientation outputLabel:string",
	     "input:tInputClause* output:tOutputClause+ annotation:tRuleAnnotationClause* "
	     "rule:tDecisionRule*"),
	TYPE("tDefinitions", "tNamedElement", 0,
	     "expressionLanguage:anyURI typeLanguage:anyURI namespace:anyURI! exporter:string "
	     "exporterVersion:string",
	     "import* itemDefinition:tItemDefinition* drgElement* artifact* "
	     "elementCollection:tElementCollection* businessContextElement* #DMNDI?"),
	TYPE("tElementCollection", "tNamedElement", 0, "", "drgElement:tDMNElementReference*"),
	TYPE("tExpression", "tDMNElement", 0, "typeRef:string", ""),
	TYPE("tFunctionDefinition", "tExpression", 0, "kind:tFunctionKind",
	     "formalParameter:tInformationItem* expression?"),
	TYPE("tFunctionItem", "tDMNElement", 0, "outputTypeRef:string",
	     "parameters:tInformationItem*"),
	TYPE("tGroup", "tArtifact", 0, "name:string", ""),
	TYPE("tImport", "tNamedElement", 0,
	     "namespace:anyURI! locationURI:anyURI importType:anyURI!", ""),
	TYPE("tImportedValues", "tImport", 0, "expressionLanguage:anyURI",
	     "importedElement:string"),
	TYPE("tInformationItem", "tNamedElement", 0, "typeRef:string", ""),
	TYPE("tInformationRequirement", "tDMNElement", 0, "",
	     "requiredDecision:tDMNElementReference|requiredInput:tDMNElementReference"),
	TYPE("tInputClause", "tDMNElement", 0, "",
	     "inputExpression:tLiteralExpression inputValues:tUnaryTests?"),
	TYPE("tInputData", "tDRGElement", 0, "", "variable:tInformationItem?"),
	TYPE("tInvocable", "tDRGElement", 0, "", "variable:tInformationItem?"),
	TYPE("tInvocation", "tExpression", 0, "", "expression? binding:tBinding*"),
	TYPE("tItemDefinition", "tNamedElement", 0, "typeLanguage:anyURI isCollection:boolean",
	     "typeRef:string? allowedValues:tUnaryTests? itemComponent:tItemDefinition* "
	     "functionItem:tFunctionItem?"),
	TYPE("tKnowledgeRequirement", "tDMNElement", 0, "",
	     "requiredKnowledge:tDMNElementReference"),
	TYPE("tKnowledgeSource", "tDRGElement", 0, "locationURI:anyURI",
	     "authorityRequirement:tAuthorityRequirement* type:string? "
	     "owner:tDMNElementReference?"),
	TYPE("tList", "tExpression", 0, "", "expression*"),
	TYPE("tLiteralExpression", "tExpression", 0, "expressionLanguage:anyURI",
	     "text:string|importedValues:tImportedValues?"),
	TYPE("tNamedElement", "tDMNElement", 0, "name:string!", ""),
	TYPE("tOrganizationUnit", "tBusinessContextElement", 0, "",
	     "decisionMade:tDMNElementReference* decisionOwned:tDMNElementReference*"),
	TYPE("tOutputClause", "tDMNElement", 0, "name:string typeRef:string",
	     "outputValues:tUnaryTests? defaultOutputEntry:tLiteralExpression?"),
	TYPE("tPerformanceIndicator", "tBusinessContextElement", 0, "",
	     "impactingDecision:tDMNElementReference*"),
	TYPE("tRelation", "tExpression", 0, "", "column:tInformationItem* row:tList*"),
	TYPE("tRuleAnnotation", NULL, 0, "", "text:string?"),
	TYPE("tRuleAnnotationClause", NULL, 0, "name:string", ""),
	TYPE("tTextAnnotation", "tArtifact", 0, "textFormat:string", "text:string?"),
	TYPE("tUnaryTests", "tDMNElement", 0, "expressionLanguage:anyURI", "text:string"),
};

static const struct schema_values values[] = {
	VALUES("tAssociationDirection", "None|One|Both"),
	VALUES("tBuiltinAggregator", "SUM|COUNT|MIN|MAX"),
	VALUES("tDecisionTableOrientation", "Rule-as-Row|Rule-as-Column|CrossTable"),
	VALUES("tFunctionKind", "FEEL|Java|PMML"),
	VALUES("tHitPolicy", "UNIQUE|FIRST|PRIORITY|ANY|COLLECT|RULE ORDER|OUTPUT ORDER"),
};

const struct schema dmn_schema = {
	elements,
	ARRAY_SIZE(elements),
	types,
	ARRAY_SIZE(types),
	values,
	ARRAY_SIZE(values),
	"https://www.omg.org/spec/DMN/20191111/DMNDI/",
};
