#include "core/bpmn/parse.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/bpmn/parser.h"
#include "core/config.h"
#include "core/expression/expression.h"
#include "core/request/api_error.h"

bool is_bpmn(const struct xml_element *element, const char *name)
{
	return !strcmp(element->name, name) && !strcmp(element->space, BPMN_SPACE);
}

const struct xml_element *bpmn_child(const struct xml_element *element, const char *name)
{
	return xml_child(element, BPMN_SPACE, name);
}

const char *keep(struct parser *parser, const char *text)
{
	return arena_strdup(parser->arena, text);
}

void *keep_growing(struct parser *parser, const void *items, size_t count, size_t size)
{
	void *grown;

	if (count & (count - 1))
		return (void *)(uintptr_t)items;
	grown = arena_array(parser->arena, count ? count * 2 : 1, size);
	if (count)
		memcpy(grown, items, count * size);
	return grown;
}

const struct expression *read_expression(struct parser *parser, const char *text)
{
	struct expression *expression = NULL;
	struct error error = {0};
	int code;

	if (!text || parser->code)
		return NULL;
	code = expression_parse(parser->arena, text, &expression, &error);
	if (!parser->nameless)
		parser->told = parser->problems->count;
	if (code)
		parser->code = err_set(parser->error, parser->arena, ERR_ENGINE,
				       "ENGINE-01009 Error while parsing process. %s",
				       error.message ? error.message : err_text(code));
	return expression;
}

const struct expression *literal_expression(struct parser *parser, const char *text)
{
	char *escaped = arena_alloc(parser->scratch, strlen(text) * 2 + 1), *end = escaped;

	for (; *text; text++) {
		if ((*text == '$' || *text == '#') && text[1] == '{')
			*end++ = '\\';
		*end++ = *text;
	}
	return read_expression(parser, escaped);
}

void problem_in(struct parser *parser, const struct xml_element *element,
		const struct xml_element *owner, const char *message)
{
	problem_name(problem_add(parser->problems, element, "%s", message),
		     keep(parser, xml_attribute(owner, "id")));
}

void refuse_element(struct parser *parser, const struct xml_element *element, const char *what)
{
	const char *id = xml_attribute(element, "id");

	problem_add(&parser->refusals, element, "batchd does not run this yet: %s of '%s'", what,
		    id ? id : element->name);
}

#define NO_TIME_TO_LIVE                                                                            \
	"ENGINE-12018 History Time To Live (TTL) cannot be null. TTL is necessary for the "        \
	"History Cleanup to work. The following options are possible:\n* Set historyTimeToLive "   \
	"in the model\n* Set a default historyTimeToLive as a global process engine "              \
	"configuration\n* (Not recommended) Deactivate the enforceTTL config to disable this "     \
	"check"

int bpmn_time_to_live(struct arena *arena, const char *text, int64_t *ret, struct error *error)
{
	size_t length = text ? strlen(text) : 0;
	const char *digits = text;
	char *end;

	*ret = SETTING_NULL;
	if (!length)
		return 0;
	if (length > 2 && *text == 'P' && text[length - 1] == 'D' &&
	    strspn(text + 1, "0123456789") == length - 2)
		digits = arena_strndup(arena, text + 1, length - 2);
	errno = 0;
	*ret = strtoll(digits, &end, 10);
	if (end == digits || *end || errno || *ret > INT32_MAX || *ret < INT32_MIN ||
	    strspn(digits, "+-0123456789") != strlen(digits))
		return err_set(error, arena, ERR_INPUT,
			       "Cannot parse historyTimeToLive: For input string: \"%s\"", text);
	if (*ret < 0)
		return err_set(error, arena, ERR_INPUT,
			       "Cannot parse historyTimeToLive: negative value is not allowed");
	return 0;
}

static void parse_time_to_live(struct parser *parser, const struct xml_element *element)
{
	const char *text = extension_attribute(element, "historyTimeToLive");
	struct error error = {0};
	const char *message = NULL;

	if (!text)
		text = parser->options->default_time_to_live;
	if (bpmn_time_to_live(parser->scratch, text, &parser->model->time_to_live, &error))
		message = error.message;
	else if (parser->model->time_to_live == SETTING_NULL &&
		 parser->options->enforce_time_to_live)
		message = NO_TIME_TO_LIVE;
	if (message)
		problem_add(parser->problems, element, "%s: %s", message, message);
}

static void parse_starters(struct parser *parser, const struct xml_element *element,
			   const char *name, const char ***ret, size_t *ret_count)
{
	const char *text = extension_attribute(element, name), *start = text;

	if (!text)
		return;
	*ret = arena_array(parser->arena, strlen(text) + 1, sizeof(**ret));
	for (;; text++) {
		const char *part;

		if (*text && *text != ',')
			continue;
		part = xml_trim(parser->scratch,
				arena_strndup(parser->scratch, start, (size_t)(text - start)));
		if (*part)
			(*ret)[(*ret_count)++] = keep(parser, part);
		if (!*text)
			return;
		start = text + 1;
	}
}

static void parse_head(struct parser *parser, const struct xml_element *element)
{
	const struct xml_element *documentation = bpmn_child(element, "documentation");
	struct model *model = parser->model;

	model->key = keep(parser, xml_attribute(element, "id"));
	model->name = keep(parser, xml_attribute(element, "name"));
	model->category = keep(parser, xml_attribute(parser->document->root, "targetNamespace"));
	model->version_tag = keep(parser, extension_attribute(element, "versionTag"));
	if (documentation)
		model->description = keep(parser, xml_trim(parser->scratch, documentation->text));
	model->startable_in_tasklist =
		is_true(extension_attribute(element, "isStartableInTasklist"), true);
	model->job_priority = parse_priority(parser, element, "jobPriority");
	parse_priority(parser, element, "taskPriority");
	parse_time_to_live(parser, element);
}

static void count_links(struct parser *parser)
{
	size_t i;

	for (i = 0; i < parser->flow_count; i++) {
		parser->nodes[parser->flows[i].source].outgoing_count++;
		parser->nodes[parser->flows[i].target].incoming_count++;
	}
	for (i = 0; i < parser->node_count; i++)
		if (parser->nodes[i].attached_to != NODE_NONE)
			parser->nodes[parser->nodes[i].attached_to].boundary_count++;
}

/* What belongs to a node: three lists that share an array, and how far each is filled. */
struct node_links {
	int *outgoing, *incoming, *boundaries;
};

static struct node_links *make_room(struct parser *parser)
{
	struct node_links *links = arena_array(parser->scratch, parser->node_count, sizeof(*links));
	int *room = arena_array(parser->arena, parser->flow_count * 2 + parser->node_count,
				sizeof(*room));
	size_t i;

	for (i = 0; i < parser->node_count; i++) {
		struct node *node = &parser->nodes[i];

		node->outgoing = links[i].outgoing = room;
		room += node->outgoing_count;
		node->incoming = links[i].incoming = room;
		room += node->incoming_count;
		node->boundaries = links[i].boundaries = room;
		room += node->boundary_count;
	}
	return links;
}

static void link_nodes(struct parser *parser)
{
	struct node_links *links;
	size_t i;

	count_links(parser);
	links = make_room(parser);
	for (i = 0; i < parser->flow_count; i++) {
		*links[parser->flows[i].source].outgoing++ = (int)i;
		*links[parser->flows[i].target].incoming++ = (int)i;
	}
	for (i = 0; i < parser->node_count; i++)
		if (parser->nodes[i].attached_to != NODE_NONE)
			*links[parser->nodes[i].attached_to].boundaries++ = (int)i;
}

static void find_default_flows(struct parser *parser)
{
	size_t i, j;

	for (i = 0; i < parser->node_count; i++) {
		struct node *node = &parser->nodes[i];
		const char *id = xml_attribute(parser->elements[i], "default");

		for (j = 0; id && j < node->outgoing_count; j++) {
			const char *other = parser->flows[node->outgoing[j]].id;

			if (other && !strcmp(other, id))
				node->default_flow = node->outgoing[j];
		}
	}
}

static void gateway_problem(struct parser *parser, const struct node *gateway,
			    const struct flow *flow, const char *what)
{
	const char *message = arena_printf(parser->scratch,
					   "Exclusive Gateway '%s' has outgoing sequence flow "
					   "'%s' %s",
					   gateway->id, flow->id ? flow->id : "null", what);

	problem_add_for(parser->problems, NULL, gateway->id, flow->id, message);
}

/* Of a gateway with several ways out: which of them may lack a condition. */
static void check_ways(struct parser *parser, const struct node *gateway)
{
	size_t i, without = 0;

	for (i = 0; i < gateway->outgoing_count; i++) {
		const struct flow *flow = &parser->flows[gateway->outgoing[i]];
		bool is_default = gateway->outgoing[i] == gateway->default_flow;

		without += !flow->condition && !is_default;
		if (flow->condition && is_default)
			gateway_problem(parser, gateway, flow,
					"which is the default flow but has a condition too.");
	}
	if (!without || (gateway->default_flow == FLOW_NONE && without == 1))
		return;
	for (i = 0; i < gateway->outgoing_count; i++) {
		const struct flow *flow = &parser->flows[gateway->outgoing[i]];

		if (!flow->condition && gateway->outgoing[i] != gateway->default_flow)
			gateway_problem(parser, gateway, flow,
					"without condition which is not the default flow.");
	}
}

static void check_gateway(struct parser *parser, const struct node *gateway)
{
	const struct flow *flow;

	if (!gateway->outgoing_count) {
		problem_add_for(parser->problems, NULL, gateway->id, NULL,
				arena_printf(parser->scratch,
					     "Exclusive Gateway '%s' has no outgoing sequence "
					     "flows.",
					     gateway->id));
		return;
	}
	flow = &parser->flows[gateway->outgoing[0]];
	if (gateway->outgoing_count > 1)
		check_ways(parser, gateway);
	else if (flow->condition)
		problem_add_for(parser->problems, NULL, gateway->id, flow->id,
				arena_printf(parser->scratch,
					     "Exclusive Gateway '%s' has only one outgoing "
					     "sequence flow ('%s'). This is not allowed to have a "
					     "condition.",
					     gateway->id, flow->id ? flow->id : "null"));
}

static void parse_process(struct parser *parser, const struct xml_element *element)
{
	struct model *model = arena_alloc(parser->arena, sizeof(*model));
	size_t i;

	parser->model = model;
	parser->nodes = NULL;
	parser->elements = NULL;
	parser->flows = NULL;
	parser->node_count = parser->node_room = parser->flow_count = parser->flow_room = 0;
	parser->link_count = 0;
	add_node(parser, element, NODE_NONE, NODE_PROCESS, "processDefinition");
	parse_head(parser, element);
	parser->nodes[0].flags = NODE_IS_SCOPE;
	parse_scope(parser, 0);
	parse_starters(parser, element, "candidateStarterUsers", &model->candidate_starter_users,
		       &model->candidate_user_count);
	parse_starters(parser, element, "candidateStarterGroups", &model->candidate_starter_groups,
		       &model->candidate_group_count);
	link_nodes(parser);
	find_default_flows(parser);
	for (i = 0; i < parser->node_count; i++)
		if (parser->nodes[i].type == NODE_EXCLUSIVE_GATEWAY)
			check_gateway(parser, &parser->nodes[i]);
	model->node_count = parser->node_count;
	model->nodes = arena_copy(parser->arena, parser->nodes,
				  parser->node_count * sizeof(*parser->nodes));
	model->flow_count = parser->flow_count;
	if (parser->flow_count)
		model->flows = arena_copy(parser->arena, parser->flows,
					  parser->flow_count * sizeof(*parser->flows));
}

/* What all processes share. */
static void check_globals(struct parser *parser)
{
	const struct xml_element *root = parser->document->root, *child;

	for (child = bpmn_child(root, "signal"); child; child = xml_next(child))
		if (!xml_attribute(child, "name"))
			problem_add(parser->problems, child, "signal with id '%s' has no name",
				    xml_attribute(child, "id") ? xml_attribute(child, "id")
							       : "null");
	for (child = bpmn_child(root, "error"); child; child = xml_next(child))
		if (!xml_attribute(child, "id"))
			problem_add(parser->problems, child,
				    "'id' is mandatory on error definition");
}

static bool is_wanted(const struct parser *parser, const struct xml_element *process)
{
	const char *key = parser->options->key, *id = xml_attribute(process, "id");

	return is_true(xml_attribute(process, "isExecutable"), false) &&
	       (!key || (id && !strcmp(id, key)));
}

static void parse_processes(struct parser *parser, struct bpmn_resource *ret)
{
	const struct xml_element *root = parser->document->root, *child;
	size_t count = 0;

	for (child = bpmn_child(root, "import"); child; child = xml_next(child))
		problem_add(parser->problems, child, "Could not import item of type %s",
			    xml_attribute(child, "importType") ? xml_attribute(child, "importType")
							       : "null");
	for (child = bpmn_child(root, "process"); child; child = xml_next(child))
		count += is_wanted(parser, child);
	ret->models = arena_array(parser->arena, count + 1, sizeof(*ret->models));
	for (child = bpmn_child(root, "process"); child && !parser->code; child = xml_next(child))
		if (is_wanted(parser, child)) {
			parse_process(parser, child);
			ret->models[ret->count++] = parser->model;
		}
}

/* Ours are told when the original would have had none. */
static void take_refusals(struct parser *parser)
{
	struct problems *own = parser->problems;
	struct problem *refusal;

	if (own->count)
		return;
	for (refusal = parser->refusals.first; refusal; refusal = refusal->next)
		own->count++;
	own->first = parser->refusals.first;
	own->end = parser->refusals.end;
}

static int parse_document(struct parser *parser, struct bpmn_resource *ret)
{
	size_t i;

	parser->node_of =
		arena_array(parser->scratch, parser->document->count, sizeof(*parser->node_of));
	for (i = 0; i < parser->document->count; i++)
		parser->node_of[i] = NODE_NONE;
	problems_init(&parser->refusals, parser->arena, parser->problems->resource);
	schema_check(parser);
	check_globals(parser);
	parse_processes(parser, ret);
	if ((parser->code || parser->nameless) && parser->told) {
		problems_cut(parser->problems, parser->told);
		parser->code = 0; /* they are told instead */
	}
	take_refusals(parser);
	return parser->code;
}

int bpmn_parse(struct arena *arena, const char *name, const void *bytes, size_t size,
	       const struct bpmn_options *options, struct bpmn_resource *ret, struct error *error)
{
	struct xml_document document;
	struct arena scratch;
	struct parser parser = {.arena = arena,
				.scratch = &scratch,
				.options = options,
				.document = &document,
				.problems = &ret->problems,
				.error = error};
	struct error cause = {0};
	int code;

	memset(ret, 0, sizeof(*ret));
	problems_init(&ret->problems, arena, name);
	arena_init(&scratch);
	code = xml_parse(&scratch, bytes, size, &document, &cause);
	if (code == ERR_INPUT)
		code = err_set(error, arena, ERR_ENGINE, "ENGINE-09003 Could not parse '%s'. %s",
			       name, cause.message);
	if (!code)
		code = parse_document(&parser, ret);
	arena_clear(&scratch);
	return code;
}
