/* What DMN 1.3 demands of its elements; 1.1 and 1.2 do not demand anything else of what we know. */
#include "core/decision/dmn_schema.h"

static const struct schema_element elements[] = {
	SCHEMA_ELEMENT("DMNElement", NULL, "tDMNElement"),
	SCHEMA_ELEMENT("artifact", "DMNElement", "tArtifact"),
	SCHEMA_ELEMENT("association", "artifact", "tAssociation"),
	SCHEMA_ELEMENT("authorityRequirement", "DMNElement", "tAuthorityRequirement"),
	SCHEMA_ELEMENT("businessContextElement", NULL, "tBusinessContextElement"),
	SCHEMA_ELEMENT("businessKnowledgeModel", "invocable", "tBusinessKnowledgeModel"),
	SCHEMA_ELEMENT("context", "expression", "tContext"),
	SCHEMA_ELEMENT("contextEntry", "DMNElement", "tContextEntry"),
	SCHEMA_ELEMENT("decision", "drgElement", "tDecision"),
	SCHEMA_ELEMENT("decisionService", "invocable", "tDecisionService"),
	SCHEMA_ELEMENT("decisionTable", "expression", "tDecisionTable"),
	SCHEMA_ELEMENT("definitions", "namedElement", "tDefinitions"),
	SCHEMA_ELEMENT("drgElement", "namedElement", "tDRGElement"),
	SCHEMA_ELEMENT("elementCollection", "namedElement", "tElementCollection"),
	SCHEMA_ELEMENT("expression", NULL, "tExpression"),
	SCHEMA_ELEMENT("functionDefinition", "expression", "tFunctionDefinition"),
	SCHEMA_ELEMENT("functionItem", "DMNElement", "tFunctionItem"),
	SCHEMA_ELEMENT("group", "artifact", "tGroup"),
	SCHEMA_ELEMENT("import", "namedElement", "tImport"),
	SCHEMA_ELEMENT("informationItem", "namedElement", "tInformationItem"),
	SCHEMA_ELEMENT("informationRequirement", "DMNElement", "tInformationRequirement"),
	SCHEMA_ELEMENT("inputData", "drgElement", "tInputData"),
	SCHEMA_ELEMENT("invocable", "drgElement", "tInvocable"),
	SCHEMA_ELEMENT("invocation", "expression", "tInvocation"),
	SCHEMA_ELEMENT("itemDefinition", "namedElement", "tItemDefinition"),
	SCHEMA_ELEMENT("knowledgeRequirement", "DMNElement", "tKnowledgeRequirement"),
	SCHEMA_ELEMENT("knowledgeSource", "drgElement", "tKnowledgeSource"),
	SCHEMA_ELEMENT("list", "expression", "tList"),
	SCHEMA_ELEMENT("literalExpression", "expression", "tLiteralExpression"),
	SCHEMA_ELEMENT("namedElement", "DMNElement", "tNamedElement"),
	SCHEMA_ELEMENT("organizationUnit", "businessContextElement", "tOrganizationUnit"),
	SCHEMA_ELEMENT("performanceIndicator", "businessContextElement", "tPerformanceIndicator"),
	SCHEMA_ELEMENT("relation", "expression", "tRelation"),
	SCHEMA_ELEMENT("textAnnotation", "artifact", "tTextAnnotation"),
};

static const struct schema_type types[] = {
	SCHEMA_TYPE("tArtifact", "tDMNElement", 0, "", ""),
	SCHEMA_TYPE("tAssociation", "tArtifact", 0, "associationDirection:tAssociationDirection",
		    "sourceRef:tDMNElementReference targetRef:tDMNElementReference"),
	SCHEMA_TYPE("tAuthorityRequirement", "tDMNElement", 0, "",
		    "requiredDecision:tDMNElementReference|requiredInput:tDMNElementReference|"
		    "requiredAuthority:tDMNElementReference"),
	SCHEMA_TYPE("tBinding", NULL, 0, "", "parameter:tInformationItem expression?"),
	SCHEMA_TYPE("tBusinessContextElement", "tNamedElement", 0, "URI:anyURI", ""),
	SCHEMA_TYPE("tBusinessKnowledgeModel", "tInvocable", 0, "",
		    "encapsulatedLogic:tFunctionDefinition? "
		    "knowledgeRequirement:tKnowledgeRequirement* "
		    "authorityRequirement:tAuthorityRequirement*"),
	SCHEMA_TYPE("tContext", "tExpression", 0, "", "contextEntry*"),
	SCHEMA_TYPE("tContextEntry", "tDMNElement", 0, "", "variable:tInformationItem? expression"),
	SCHEMA_TYPE("tDMNElement", NULL, 0, "id:ID label:string #other",
		    "description:string? extensionElements?"),
	SCHEMA_TYPE("tDMNElementReference", NULL, 0, "href:anyURI!", ""),
	SCHEMA_TYPE("tDRGElement", "tNamedElement", 0, "", ""),
	SCHEMA_TYPE(
		"tDecision", "tDRGElement", 0, "",
		"question:string? allowedAnswers:string? variable:tInformationItem? "
		"informationRequirement:tInformationRequirement* "
		"knowledgeRequirement:tKnowledgeRequirement* "
		"authorityRequirement:tAuthorityRequirement* "
		"supportedObjective:tDMNElementReference* "
		"impactedPerformanceIndicator:tDMNElementReference* "
		"decisionMaker:tDMNElementReference* decisionOwner:tDMNElementReference* "
		"usingProcess:tDMNElementReference* usingTask:tDMNElementReference* expression?"),
	SCHEMA_TYPE("tDecisionRule", "tDMNElement", 0, "",
		    "inputEntry:tUnaryTests* outputEntry:tLiteralExpression+ "
		    "annotationEntry:tRuleAnnotation*"),
	SCHEMA_TYPE(
		"tDecisionService", "tInvocable", 0, "",
		"outputDecision:tDMNElementReference* encapsulatedDecision:tDMNElementReference* "
		"inputDecision:tDMNElementReference* inputData:tDMNElementReference*"),
	SCHEMA_TYPE("tDecisionTable", "tExpression", 0,
		    "hitPolicy:tHitPolicy aggregation:tBuiltinAggregator "
		    "preferredOrientation:tDecisionTableOrientation outputLabel:string",
		    "input:tInputClause* output:tOutputClause+ annotation:tRuleAnnotationClause* "
		    "rule:tDecisionRule*"),
	SCHEMA_TYPE(
		"tDefinitions", "tNamedElement", 0,
		"expressionLanguage:anyURI typeLanguage:anyURI namespace:anyURI! exporter:string "
		"exporterVersion:string",
		"import* itemDefinition:tItemDefinition* drgElement* artifact* "
		"elementCollection:tElementCollection* businessContextElement* #DMNDI?"),
	SCHEMA_TYPE("tElementCollection", "tNamedElement", 0, "",
		    "drgElement:tDMNElementReference*"),
	SCHEMA_TYPE("tExpression", "tDMNElement", 0, "typeRef:string", ""),
	SCHEMA_TYPE("tFunctionDefinition", "tExpression", 0, "kind:tFunctionKind",
		    "formalParameter:tInformationItem* expression?"),
	SCHEMA_TYPE("tFunctionItem", "tDMNElement", 0, "outputTypeRef:string",
		    "parameters:tInformationItem*"),
	SCHEMA_TYPE("tGroup", "tArtifact", 0, "name:string", ""),
	SCHEMA_TYPE("tImport", "tNamedElement", 0,
		    "namespace:anyURI! locationURI:anyURI importType:anyURI!", ""),
	SCHEMA_TYPE("tImportedValues", "tImport", 0, "expressionLanguage:anyURI",
		    "importedElement:string"),
	SCHEMA_TYPE("tInformationItem", "tNamedElement", 0, "typeRef:string", ""),
	SCHEMA_TYPE("tInformationRequirement", "tDMNElement", 0, "",
		    "requiredDecision:tDMNElementReference|requiredInput:tDMNElementReference"),
	SCHEMA_TYPE("tInputClause", "tDMNElement", 0, "",
		    "inputExpression:tLiteralExpression inputValues:tUnaryTests?"),
	SCHEMA_TYPE("tInputData", "tDRGElement", 0, "", "variable:tInformationItem?"),
	SCHEMA_TYPE("tInvocable", "tDRGElement", 0, "", "variable:tInformationItem?"),
	SCHEMA_TYPE("tInvocation", "tExpression", 0, "", "expression? binding:tBinding*"),
	SCHEMA_TYPE("tItemDefinition", "tNamedElement", 0,
		    "typeLanguage:anyURI isCollection:boolean",
		    "typeRef:string? allowedValues:tUnaryTests? itemComponent:tItemDefinition* "
		    "functionItem:tFunctionItem?"),
	SCHEMA_TYPE("tKnowledgeRequirement", "tDMNElement", 0, "",
		    "requiredKnowledge:tDMNElementReference"),
	SCHEMA_TYPE("tKnowledgeSource", "tDRGElement", 0, "locationURI:anyURI",
		    "authorityRequirement:tAuthorityRequirement* type:string? "
		    "owner:tDMNElementReference?"),
	SCHEMA_TYPE("tList", "tExpression", 0, "", "expression*"),
	SCHEMA_TYPE("tLiteralExpression", "tExpression", 0, "expressionLanguage:anyURI",
		    "text:string|importedValues:tImportedValues?"),
	SCHEMA_TYPE("tNamedElement", "tDMNElement", 0, "name:string!", ""),
	SCHEMA_TYPE("tOrganizationUnit", "tBusinessContextElement", 0, "",
		    "decisionMade:tDMNElementReference* decisionOwned:tDMNElementReference*"),
	SCHEMA_TYPE("tOutputClause", "tDMNElement", 0, "name:string typeRef:string",
		    "outputValues:tUnaryTests? defaultOutputEntry:tLiteralExpression?"),
	SCHEMA_TYPE("tPerformanceIndicator", "tBusinessContextElement", 0, "",
		    "impactingDecision:tDMNElementReference*"),
	SCHEMA_TYPE("tRelation", "tExpression", 0, "", "column:tInformationItem* row:tList*"),
	SCHEMA_TYPE("tRuleAnnotation", NULL, 0, "", "text:string?"),
	SCHEMA_TYPE("tRuleAnnotationClause", NULL, 0, "name:string", ""),
	SCHEMA_TYPE("tTextAnnotation", "tArtifact", 0, "textFormat:string", "text:string?"),
	SCHEMA_TYPE("tUnaryTests", "tDMNElement", 0, "expressionLanguage:anyURI", "text:string"),
};

static const struct schema_values values[] = {
	SCHEMA_VALUES("tAssociationDirection", "None|One|Both"),
	SCHEMA_VALUES("tBuiltinAggregator", "SUM|COUNT|MIN|MAX"),
	SCHEMA_VALUES("tDecisionTableOrientation", "Rule-as-Row|Rule-as-Column|CrossTable"),
	SCHEMA_VALUES("tFunctionKind", "FEEL|Java|PMML"),
	SCHEMA_VALUES("tHitPolicy", "UNIQUE|FIRST|PRIORITY|ANY|COLLECT|RULE ORDER|OUTPUT ORDER"),
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
