/* BPMN: what models say of a resource, what is refused in which words, and a thousand broken files.
 */
#include "core/bpmn/parse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/config.h"
#include "core/expression/expression.h"
#include "core/request/api_error.h"

#define HEAD                                                                                       \
	"<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL' "                        \
	"xmlns:camunda='http://camunda.org/schema/1.0/bpmn' targetNamespace='shop'>"
#define PROCESS(attributes, body)                                                                  \
	HEAD "<process id='p' isExecutable='true' " attributes ">" body "</process></definitions>"
#define START "<startEvent id='s'/>"
#define FLOW(from, to)                                                                             \
	"<sequenceFlow id='" from "_" to "' sourceRef='" from "' targetRef='" to "'/>"
#define EXTRA(body) "<extensionElements>" body "</extensionElements>"

struct fixture {
	struct arena arena;
	struct bpmn_options options;
	struct bpmn_resource resource;
	struct error error;
};

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	arena_init(&fixture->arena);
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	arena_clear(&fixture->arena);
	free(fixture);
	return 0;
}

static int parse(struct fixture *fixture, const char *text)
{
	memset(&fixture->error, 0, sizeof(fixture->error));
	return bpmn_parse(&fixture->arena, "a.bpmn", text, strlen(text), &fixture->options,
			  &fixture->resource, &fixture->error);
}

/* The one model of a resource without problems. */
static const struct model *model_of(struct fixture *fixture, const char *text)
{
	assert_int_equal(parse(fixture, text), 0);
	if (fixture->resource.problems.count)
		fail_msg("%s", problems_text(&fixture->resource.problems));
	assert_int_equal(fixture->resource.count, 1);
	return fixture->resource.models[0];
}

static const struct node *node_of(const struct model *model, const char *id)
{
	int node = model_node(model, id);

	assert_int_not_equal(node, NODE_NONE);
	return &model->nodes[node];
}

static const char *source(const struct expression *expression)
{
	return expression ? expression_source(expression) : NULL;
}

static void a_process_is_read_with_its_head(void **state)
{
	const struct model *model = model_of(
		*state,
		PROCESS("name='Order' camunda:versionTag='2' camunda:jobPriority='7' "
			"camunda:isStartableInTasklist='false' "
			"camunda:historyTimeToLive='P5D' camunda:candidateStarterUsers='a, b'",
			"<documentation> told </documentation>" START));

	assert_string_equal(model->key, "p");
	assert_string_equal(model->name, "Order");
	assert_string_equal(model->category, "shop");
	assert_string_equal(model->description, "told");
	assert_string_equal(model->version_tag, "2");
	assert_string_equal(source(model->job_priority), "7");
	assert_int_equal(model->time_to_live, 5);
	assert_false(model->startable_in_tasklist);
	assert_int_equal(model->candidate_user_count, 2);
	assert_string_equal(model->candidate_starter_users[1], "b");
	assert_int_equal(model->node_count, 2);
	assert_int_equal(model->nodes[0].type, NODE_PROCESS);
	assert_int_equal(model->nodes[0].initial, 1);
}

static void nodes_know_their_flows_in_order(void **state)
{
	const struct model *model = model_of(
		*state,
		PROCESS("", START
			"<exclusiveGateway id='g' default='b'/>"
			"<userTask id='u'/><userTask id='v'/>" FLOW(
				"s", "g") "<sequenceFlow id='a' sourceRef='g' targetRef='u'>"
					  "<conditionExpression>${x}</conditionExpression></"
					  "sequenceFlow>"
					  "<sequenceFlow id='b' sourceRef='g' targetRef='v'/>"));
	const struct node *gateway = node_of(model, "g");

	assert_int_equal(gateway->outgoing_count, 2);
	assert_string_equal(model->flows[gateway->outgoing[0]].id, "a");
	assert_string_equal(source(model->flows[gateway->outgoing[0]].condition), "${x}");
	assert_int_equal(gateway->default_flow, gateway->outgoing[1]);
	assert_int_equal(gateway->incoming_count, 1);
	assert_int_equal(model->flows[gateway->incoming[0]].source, model_node(model, "s"));
	assert_int_equal(node_of(model, "v")->incoming_count, 1);
	assert_int_equal(node_of(model, "v")->outgoing_count, 0);
	assert_int_equal(model_flow(model, "nothing"), FLOW_NONE);
}

static void a_subprocess_is_a_scope_of_its_own(void **state)
{
	const struct model *model = model_of(
		*state, PROCESS("", START "<subProcess id='sub' camunda:asyncBefore='true'>"
					  "<startEvent id='t'/><userTask id='in'/>" FLOW(
						  "t", "in") "<endEvent "
							     "id='e'><terminateEventDefinition/></"
							     "endEvent></subProcess>"));
	int sub = model_node(model, "sub");

	assert_true(model->nodes[sub].flags & NODE_IS_SCOPE);
	assert_true(model->nodes[sub].flags & NODE_ASYNC_BEFORE);
	assert_true(model->nodes[sub].flags & NODE_EXCLUSIVE_JOBS);
	assert_int_equal(model->nodes[sub].initial, model_node(model, "t"));
	assert_int_equal(node_of(model, "in")->parent, sub);
	assert_int_equal(node_of(model, "e")->type, NODE_TERMINATE_END);
	assert_int_equal(node_of(model, "s")->parent, 0);
}

static void what_java_did_becomes_an_external_task(void **state)
{
	static const struct {
		const char *task;
		const char *topic;
	} rows[] = {
		{"<serviceTask id='t' camunda:class='com.x.Ship'/>",                         "com.x.Ship"},
		{"<sendTask id='t' camunda:delegateExpression='${ship}'/>",                  "${ship}"   },
		{"<serviceTask id='t'>" EXTRA(
			 "<camunda:connector><camunda:connectorId>http</camunda:connectorId>"
			 "</camunda:connector>") "</serviceTask>",
		 "connector:http"									},
		{"<scriptTask id='t' scriptFormat='groovy'><script>1</script></scriptTask>",
		 "script:groovy"									 },
		{"<serviceTask id='t' camunda:type='mail'>" EXTRA(
			 "<camunda:field name='to' stringValue='a'/>"
			 "<camunda:field name='text'><camunda:string>b</camunda:string>"
			 "</camunda:field>") "</serviceTask>",
		 "camunda:mail"									  },
		{"<endEvent id='t'><messageEventDefinition camunda:class='M'/></endEvent>",  "M"         },
		{"<businessRuleTask id='t' camunda:type='external' camunda:topic='${a}'/>",  "${a}"      },
	};
	struct fixture *fixture = *state;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *text =
			arena_printf(&fixture->arena, PROCESS("", START "%s"), rows[i].task);
		const struct node *node = node_of(model_of(fixture, text), "t");
		bool literal = i != 6;

		assert_int_equal(node->type, NODE_EXTERNAL_TASK);
		assert_true(node->flags & NODE_IS_SCOPE);
		assert_int_equal(!!(node->flags & NODE_ENDS), i == 5);
		/* a delegate's expression is a name: it is not evaluated */
		if (literal) {
			const char *value;

			assert_int_equal(expression_evaluate_name(node->service->topic, NULL,
								  &fixture->arena, &value,
								  &fixture->error),
					 0);
			assert_string_equal(value, rows[i].topic);
		} else {
			assert_string_equal(source(node->service->topic), rows[i].topic);
		}
	}
}

static void a_message_that_nothing_throws_is_none(void **state)
{
#define MESSAGE(extra) "<messageEventDefinition " extra "/>"
#define THROW(extra)   "<intermediateThrowEvent id='t'>" MESSAGE(extra) "</intermediateThrowEvent>"
#define END(extra)     "<endEvent id='t'>" MESSAGE(extra) "</endEvent>"
	static const struct {
		const char *event, *type;
	} rows[] = {
		{THROW(""),                          "intermediateNoneThrowEvent"   },
		{THROW("camunda:expression='${1}'"), "intermediateMessageThrowEvent"},
		{END(""),			    "endEvent"                     },
		{END("camunda:expression='${1}'"),   "messageEndEvent"              },
		{"<endEvent id='t'/>",               "noneEndEvent"                 },
	};
	struct fixture *fixture = *state;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *text =
			arena_printf(&fixture->arena, PROCESS("", START "%s"), rows[i].event);

		assert_string_equal(node_of(model_of(fixture, text), "t")->activity_type,
				    rows[i].type);
	}
}

static void what_was_configured_is_offered_as_properties(void **state)
{
	const struct model *model = model_of(
		*state,
		PROCESS("", START "<serviceTask id='t' camunda:class='X' name='Do'>" EXTRA(
				    "<camunda:field name='a' stringValue='1'/>"
				    "<camunda:field name='b'><camunda:expression>${2}"
				    "</camunda:expression></camunda:field>"
				    "<camunda:properties><camunda:property name='c' value='3'/>"
				    "</camunda:properties>") "</serviceTask>"));
	const struct service_definition *service = node_of(model, "t")->service;

	assert_int_equal(service->property_count, 3);
	assert_string_equal(service->properties[0].value, "1");
	assert_string_equal(service->properties[1].value, "${2}");
	assert_string_equal(service->properties[2].name, "c");
}

static void a_user_task_takes_what_it_is_given(void **state)
{
	const struct model *model = model_of(
		*state, PROCESS("", START "<userTask id='t' camunda:assignee='ann' "
					  "camunda:candidateUsers='a, ${a.b(1, 2)} ,b' "
					  "camunda:dueDate='${d}'>"
					  "<documentation>Do it</documentation>" EXTRA(
						  "<camunda:taskListener event='create' "
						  "expression='${x}'/>"
						  "<camunda:taskListener event='complete' "
						  "class='L'/>") "<potentialOwner><"
								 "resourceAssignmentExpression><"
								 "formalExpression>user(c), "
								 "group(g), "
								 "h</formalExpression></"
								 "resourceAssignmentExpression>"
								 "</potentialOwner></userTask>"));
	const struct task_definition *task = node_of(model, "t")->task;

	assert_string_equal(source(task->assignee), "ann");
	assert_string_equal(source(task->due_date), "${d}");
	assert_string_equal(source(task->description), "Do it");
	assert_int_equal(task->candidate_user_count, 4);
	assert_string_equal(source(task->candidate_users[0]), "c");
	assert_string_equal(source(task->candidate_users[2]), "${a.b(1, 2)}");
	assert_int_equal(task->candidate_group_count, 2);
	assert_int_equal(task->listener_count, 2);
	assert_non_null(task->listeners[0].expression);
	assert_null(task->listeners[1].expression);
	assert_string_equal(task->listeners[1].source, "L");
}

static void mappings_and_boundary_events_make_scopes(void **state)
{
	const struct model *model = model_of(
		*state, PROCESS("", START "<userTask id='m'>" EXTRA(
					    "<camunda:inputOutput><camunda:inputParameter "
					    "name='a'>${1}"
					    "</"
					    "camunda:inputParameter><camunda:outputParameter "
					    "name='b'>"
					    "<camunda:map><camunda:entry "
					    "key='k'><camunda:list><camunda:value>v"
					    "</camunda:value></camunda:list></"
					    "camunda:entry></camunda:map>"
					    "</camunda:outputParameter></"
					    "camunda:inputOutput>") "</userTask>"
								    "<userTask "
								    "id='b'/><userTask "
								    "id='n'/>"
								    "<boundaryEvent id='c' "
								    "attachedToRef='b'><"
								    "errorEventDefinition "
								    "errorRef='gone'/></"
								    "boundaryEvent>"));
	const struct node *mapped = node_of(model, "m"), *bounded = node_of(model, "b");

	assert_true(mapped->flags & NODE_IS_SCOPE);
	assert_string_equal(mapped->outputs[0].entries[0].name, "k");
	assert_int_equal(mapped->outputs[0].entries[0].type, PARAMETER_LIST);
	assert_string_equal(source(mapped->outputs[0].entries[0].entries[0].value), "v");
	assert_true(bounded->flags & NODE_IS_SCOPE);
	assert_int_equal(bounded->boundary_count, 1);
	assert_string_equal(model->nodes[bounded->boundaries[0]].error->error_code, "gone");
	assert_false(node_of(model, "n")->flags & NODE_IS_SCOPE);
}

static void a_link_leads_to_its_target(void **state)
{
	const struct model *model = model_of(
		*state,
		PROCESS("",
			START FLOW(
				"s",
				"out") "<intermediateThrowEvent id='out'><linkEventDefinition "
				       "name='l'/>"
				       "</intermediateThrowEvent><intermediateCatchEvent id='in'>"
				       "<linkEventDefinition name='l'/></intermediateCatchEvent>"));

	assert_int_equal(model_node(model, "out"), NODE_NONE);
	assert_int_equal(model->flows[0].target, model_node(model, "in"));
}

static void only_what_is_executable_is_deployed(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(parse(fixture, HEAD "<process id='a'/><process id='b' "
					     "isExecutable='TRUE'><startEvent id='s'/></process>"
					     "</definitions>"),
			 0);
	assert_int_equal(fixture->resource.count, 1);
	assert_string_equal(fixture->resource.models[0]->key, "b");
}

#define QUOTED "\"http://www.omg.org/spec/BPMN/20100524/MODEL\":"

/* Each id that is missing is told once, in the order of the original's hash table. */
static void missing_ids_are_told_once(void **state)
{
	struct fixture *fixture = *state;
	const struct problem *problem;

	assert_int_equal(
		parse(fixture, PROCESS("", START
				       "<sequenceFlow id='f1' sourceRef='e2' targetRef='build'/>"
				       "<sequenceFlow id='f2' sourceRef='build' targetRef='e2'/>")),
		0);
	problem = fixture->resource.problems.first;
	assert_string_equal(problem->message,
			    "cvc-id.1: There is no ID/IDREF binding for IDREF 'build'.");
	problem = problem->next;
	assert_string_equal(problem->message,
			    "cvc-id.1: There is no ID/IDREF binding for IDREF 'e2'.");
	assert_non_null(strstr(problem->next->message, "Invalid source"));
}

/* What an element without an id would bring about is not told when there is something to tell. */
static void an_element_without_an_id_ends_the_problems(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(
		parse(fixture, PROCESS("", START "<userTask id='t' colour='red'/><userTask/>"
						 "<serviceTask id='x'/>")),
		0);
	assert_int_equal(fixture->resource.problems.count, 1);
}

static void problems_have_the_original_words(void **state)
{
	static const struct {
		const char *body;
		const char *words;
	} rows[] = {
		{"",								       "process must define a startEvent element"                 },
		{START START,							      "cvc-id.2: There are multiple occurrences of ID value 's'."},
		{START "<unheardOf/>",
		 "cvc-complex-type.2.4.a: Invalid content was found starting with element "
		 "'{" QUOTED "unheardOf}'. One of '{" QUOTED "flowElement, " QUOTED
		 "artifact, " QUOTED "resourceRole, " QUOTED "correlationSubscription, " QUOTED
		 "supports}' is expected."													    },
		{START "<serviceTask id='t' camunda:type='external'/>",
		 "External tasks must specify a 'topic' attribute in the camunda namespace"                                                           },
		{START "<userTask id='t'/><boundaryEvent id='b' attachedToRef='zz'>"
		       "<errorEventDefinition/></boundaryEvent>",         "Invalid reference in boundary event. Make sure that the referenced activity is "
		 "defined "
		 "in the same scope as the boundary event"          },
		{START "<userTask id='t' camunda:jobPriority='5.5'/>",
		 "Value '5.5' for attribute 'jobPriority' is not a valid number"                                                                      },
		{START "<userTask id='t'><incoming/></userTask>",
		 "cvc-datatype-valid.1.2.1: '' is not a valid value for 'QName'."                                                                     },
		{START "<sequenceFlow id='f' sourceRef='s'/>",
		 "cvc-complex-type.4: Attribute 'targetRef' must appear on element "
		 "'sequenceFlow'."														    },
		{START "<userTask id='t' isForCompensation='maybe'/>",
		 "cvc-datatype-valid.1.2.1: 'maybe' is not a valid value for 'boolean'."                                                              },
		{START "<task id='t'>words</task>",
		 "cvc-complex-type.2.3: Element 'task' cannot have character [children], because "
		 "the type's content type is element-only."											   },
		{START "<userTask id='t'><extensionElements/><documentation/></userTask>",
		 "cvc-complex-type.2.4.a: Invalid content was found starting with element '{" QUOTED
		 "documentation}'. One of '{" QUOTED "auditing, " QUOTED "monitoring, " QUOTED
		 "categoryValueRef, " QUOTED "incoming, " QUOTED "outgoing, " QUOTED
		 "ioSpecification, " QUOTED "property, " QUOTED "dataInputAssociation, " QUOTED
		 "dataOutputAssociation, " QUOTED "resourceRole, " QUOTED
		 "loopCharacteristics, " QUOTED "rendering}' is expected."									    },
		{START "<userTask id='t' colour='red'/>",
		 "cvc-complex-type.3.2.2: Attribute 'colour' is not allowed to appear in element "
		 "'userTask'."															},
	};
	struct fixture *fixture = *state;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(parse(fixture, arena_printf(&fixture->arena, PROCESS("", "%s"),
							     rows[i].body)),
				 0);
		assert_true(fixture->resource.problems.count > 0);
		assert_string_equal(fixture->resource.problems.first->message, rows[i].words);
	}
}

static void warnings_refuse_nothing(void **state)
{
	struct fixture *fixture = *state;
	const struct problem *warning;

	assert_int_equal(parse(fixture, PROCESS("", START "<complexGateway id='g'/>")), 0);
	assert_int_equal(fixture->resource.problems.count, 0);
	warning = fixture->resource.problems.first_warning;
	assert_string_equal(warning->message, "Ignoring unsupported activity type");
	assert_string_equal(warning->main_element_id, "g");
	assert_null(warning->next);
}

/* After the original's own problems, and only if there are none. */
static void what_is_not_run_yet_is_refused_by_name(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(
		parse(fixture,
		      PROCESS("", START "<callActivity id='c' calledElement='x'/>"
					"<intermediateCatchEvent id='w'><timerEventDefinition>"
					"<timeDuration>PT1S</timeDuration></timerEventDefinition>"
					"</intermediateCatchEvent>")),
		0);
	assert_int_equal(fixture->resource.problems.count, 2);
	assert_string_equal(fixture->resource.problems.first->message,
			    "batchd does not run this yet: callActivity of 'c'");
	assert_string_equal(fixture->resource.problems.first->next->message,
			    "batchd does not run this yet: timerEventDefinition of 'w'");
	assert_int_equal(parse(fixture, PROCESS("", START "<callActivity id='c'/>")), 0);
	assert_int_equal(fixture->resource.problems.count, 1);
	assert_string_equal(fixture->resource.problems.first->message,
			    "Missing attribute 'calledElement' or 'caseRef'");
}

static void a_broken_expression_ends_the_parse(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(parse(fixture, PROCESS("", START "<userTask id='t' "
							  "camunda:assignee='${a +}'/>")),
			 ERR_ENGINE);
	assert_non_null(strstr(fixture->error.message,
			       "ENGINE-01009 Error while parsing process. Error parsing '${a +}'"));
}

static void times_to_live_are_days(void **state)
{
	static const struct {
		const char *text;
		int64_t days;
		const char *words;
	} rows[] = {
		{NULL,   SETTING_NULL, NULL							   },
		{"",     SETTING_NULL, NULL							   },
		{"0",    0,            NULL							   },
		{"P30D", 30,           NULL							   },
		{"-1",   0,            "Cannot parse historyTimeToLive: negative value is not allowed"},
		{"soon", 0,            "Cannot parse historyTimeToLive: For input string: \"soon\""   },
		{"P5W",  0,            "Cannot parse historyTimeToLive: For input string: \"P5W\""    },
		{"1 ",   0,            "Cannot parse historyTimeToLive: For input string: \"1 \""     },
	};
	struct fixture *fixture = *state;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		int64_t days;
		int code = bpmn_time_to_live(&fixture->arena, rows[i].text, &days, &fixture->error);

		assert_int_equal(code, rows[i].words ? ERR_INPUT : 0);
		if (rows[i].words)
			assert_string_equal(fixture->error.message, rows[i].words);
		else
			assert_int_equal(days, rows[i].days);
	}
}

static void a_time_to_live_may_be_demanded(void **state)
{
	struct fixture *fixture = *state;

	fixture->options.enforce_time_to_live = true;
	assert_int_equal(parse(fixture, PROCESS("", START)), 0);
	assert_int_equal(fixture->resource.problems.count, 1);
	assert_non_null(strstr(fixture->resource.problems.first->message,
			       "ENGINE-12018 History Time To Live (TTL) cannot be null."));
	fixture->options.default_time_to_live = "P9D";
	assert_int_equal(model_of(fixture, PROCESS("", START))->time_to_live, 9);
}

/* One that has something of everything. */
static const char rich[] = HEAD
	"<error id='err' errorCode='E1'/><message id='msg' name='M'/>"
	"<process id='p' name='Rich' isExecutable='true' camunda:historyTimeToLive='5'>"
	"<documentation>All of it</documentation>" START
	"<exclusiveGateway id='g' default='f2'/><userTask id='u' camunda:assignee='${who}' "
	"camunda:candidateGroups='a,b'>" EXTRA(
		"<camunda:executionListener event='start' expression='${a.b(1)}'/>"
		"<camunda:inputOutput><camunda:inputParameter "
		"name='i'><camunda:map><camunda:entry "
		"key='k'>v</camunda:entry></camunda:map></camunda:inputParameter>"
		"</camunda:inputOutput>") "</userTask>"
					  "<serviceTask id='e' camunda:type='external' "
					  "camunda:topic='t'>" EXTRA(
						  "<camunda:"
						  "errorEventDefinition "
						  "errorRef='err' "
						  "expression='${true}'/>") "</"
									    "serviceTask><"
									    "subProcess "
									    "id='sub'><startEvent "
									    "id='s2'/><endEvent "
									    "id='e2'/>" FLOW(
										    "s2",
										    "e2") "</"
											  "subProce"
											  "ss><"
											  "boundary"
											  "Event "
											  "id='b' "
											  "attached"
											  "ToRef='"
											  "e'>"
											  "<errorEv"
											  "entDefin"
											  "ition "
											  "errorRef"
											  "='err'/"
											  "></"
											  "boundary"
											  "Event>"
											  "<interme"
											  "diateThr"
											  "owEvent "
											  "id='out'"
											  "><"
											  "linkEven"
											  "tDefinit"
											  "ion "
											  "name='l'"
											  "/></"
											  "intermed"
											  "iateThro"
											  "wEvent>"
											  "<interme"
											  "diateCat"
											  "chEvent "
											  "id='in'>"
											  "<linkEve"
											  "ntDefini"
											  "tion "
											  "name='l'"
											  "/></"
											  "intermed"
											  "iateCatc"
											  "hEvent"
											  ">" FLOW(
												  "s",
												  "g") "<sequenceFlow id='f1' "
												       "sourceRef='g' "
												       "targetRef='u'><"
												       "conditionExpression>"
												       "${x > "
												       "1}</"
												       "conditionExpression></"
												       "sequenceFlow>"
												       "<sequenceFlow id='f2' "
												       "sourceRef='g' "
												       "targetRef='e'/>" FLOW(
													       "e",
													       "sub") FLOW("sub",
															   "out")
													       FLOW("b",
														    "u") "</"
															 "proces"
															 "s></"
															 "defini"
															 "tions"
															 ">";

/* A small generator of its own, so that a failure can be repeated. */
static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

/* What is broken, doubled, swapped or cut. */
static size_t mutate(char *text, size_t length, size_t room, uint32_t *seed)
{
	static const char bytes[] = "<>/='\"& \n${}#:!\0\xff\xc3"
				    "aZ0-";
	unsigned changes = 1 + next_random(seed) % 6;

	while (changes-- && length > 8) {
		size_t at = next_random(seed) % length, size = 1 + next_random(seed) % 40;
		size_t from = next_random(seed) % length;

		size = size < length - at ? size : length - at;
		switch (next_random(seed) % 5) {
		case 0:
			text[at] = bytes[next_random(seed) % (sizeof(bytes) - 1)];
			break;
		case 1:
			memmove(text + at, text + at + size, length - at - size);
			length -= size;
			break;
		case 2:
			size = size < length - from ? size : length - from;
			if (length + size > room)
				break;
			memmove(text + at + size, text + at, length - at);
			memmove(text + at, text + (from >= at ? from + size : from), size);
			length += size;
			break;
		case 3:
			size = size < length - from ? size : length - from;
			memmove(text + at, text + from, size);
			break;
		default:
			length -= next_random(seed) % (length / 8 + 1);
		}
	}
	return length;
}

static void a_thousand_broken_files_do_no_harm(void **state)
{
	struct fixture *fixture = *state;
	size_t room = sizeof(rich) * 2, i, refused = 0, wrong = 0;
	char *text = malloc(room);
	uint32_t seed = 20240607;

	assert_int_equal(model_of(fixture, rich)->node_count, 10);
	for (i = 0; i < 3000; i++) {
		size_t length = sizeof(rich) - 1;
		int code;

		memcpy(text, rich, length);
		length = mutate(text, length, room, &seed);
		arena_clear(&fixture->arena);
		memset(&fixture->error, 0, sizeof(fixture->error));
		code = bpmn_parse(&fixture->arena, "a.bpmn", text, length, &fixture->options,
				  &fixture->resource, &fixture->error);
		assert_true(!code || code == ERR_ENGINE);
		refused += code || fixture->resource.problems.count;
		if (code)
			assert_non_null(fixture->error.message);
		else if (fixture->resource.problems.count)
			wrong += !*problems_text(&fixture->resource.problems);
	}
	free(text);
	assert_int_equal(wrong, 0);
	assert_true(refused > 1000);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_process_is_read_with_its_head),
		TEST(nodes_know_their_flows_in_order),
		TEST(a_subprocess_is_a_scope_of_its_own),
		TEST(what_java_did_becomes_an_external_task),
		TEST(a_message_that_nothing_throws_is_none),
		TEST(what_was_configured_is_offered_as_properties),
		TEST(a_user_task_takes_what_it_is_given),
		TEST(mappings_and_boundary_events_make_scopes),
		TEST(a_link_leads_to_its_target),
		TEST(only_what_is_executable_is_deployed),
		TEST(missing_ids_are_told_once),
		TEST(an_element_without_an_id_ends_the_problems),
		TEST(problems_have_the_original_words),
		TEST(warnings_refuse_nothing),
		TEST(what_is_not_run_yet_is_refused_by_name),
		TEST(a_broken_expression_ends_the_parse),
		TEST(times_to_live_are_days),
		TEST(a_time_to_live_may_be_demanded),
		TEST(a_thousand_broken_files_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
