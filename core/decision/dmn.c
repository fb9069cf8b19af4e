#include "core/decision/dmn.h"

#include <stdlib.h>
#include <string.h>

#include "core/bpmn/xml.h"
#include "core/config.h"
#include "core/decision/dmn_schema.h"
#include "core/request/api_error.h"

/* Versions 1.1, 1.2 and 1.3. */
static const char *const spaces[] = {
	"http://www.omg.org/spec/DMN/20151101/dmn.xsd",
	"http://www.omg.org/spec/DMN/20180521/MODEL/",
	"https://www.omg.org/spec/DMN/20191111/MODEL/",
	"http://www.omg.org/spec/DMN/20151101/dmn11.xsd",
};

#define CAMUNDA_SPACE "http://camunda.org/schema/1.0/dmn"

static const char *const hit_policies[] = {"UNIQUE", "FIRST", "ANY", "RULE ORDER", "COLLECT", NULL};

struct dmn {
	struct arena *arena;
	struct arena *scratch;
	const struct bpmn_options *options;
	struct dmn_resource *ret;
	const char *reason; /* of the first fault */
	/* the document's decisions, sorted by id */
	size_t count;
	const struct xml_element **sorted;
};

static void fault_at(struct dmn *dmn, int line, int column, const char *why)
{
	if (!dmn->reason)
		dmn->reason = arena_printf(dmn->arena, "line %d, column %d: %s", line, column, why);
}

static void fault(struct dmn *dmn, const struct xml_element *element, const char *why)
{
	fault_at(dmn, element->line, element->column, why);
}

static bool is_dmn(const struct xml_element *element)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(spaces); i++)
		if (!strcmp(element->space, spaces[i]))
			return true;
	return false;
}

static const struct xml_element *child_of(const struct xml_element *element, const char *name)
{
	return xml_child(element, element->space, name);
}

static int compare_ids(const void *left, const void *right)
{
	const struct xml_element *a = *(const struct xml_element *const *)left;
	const struct xml_element *b = *(const struct xml_element *const *)right;

	return strcmp(xml_attribute(a, "id"), xml_attribute(b, "id"));
}

/* What is heard of a document while it is checked. */
struct hearing {
	struct dmn *dmn;
	const struct xml_element **identified; /* those that have an id */
	size_t count;
};

static void take_problem(void *arg, int line, int column, const char *text)
{
	fault_at(((struct hearing *)arg)->dmn, line, column, text);
}

static void take_id(void *arg, const struct xml_element *element)
{
	struct hearing *hearing = arg;

	hearing->identified[hearing->count++] = element;
}

static void check_schema(struct dmn *dmn, const struct xml_document *document)
{
	struct hearing hearing = {.dmn = dmn};
	const struct schema_listener listener = {&hearing, take_problem, take_id, NULL};
	size_t i;

	hearing.identified =
		arena_array(dmn->scratch, document->count, sizeof(*hearing.identified));
	xml_schema_check(&dmn_schema, document->root->space, dmn->scratch, document, &listener);
	if (hearing.count)
		qsort(hearing.identified, hearing.count, sizeof(*hearing.identified), compare_ids);
	for (i = 1; i < hearing.count; i++)
		if (!compare_ids(&hearing.identified[i - 1], &hearing.identified[i]))
			fault(dmn, hearing.identified[i], "an id stands twice");
}

/* The id and name that a decision must have, and no other decision's id. */
static void collect_decisions(struct dmn *dmn, const struct xml_element *root)
{
	const struct xml_element *child;
	size_t i;

	for (child = child_of(root, "decision"); child; child = xml_next(child))
		dmn->count++;
	dmn->sorted = arena_array(dmn->scratch, dmn->count + 1, sizeof(*dmn->sorted));
	dmn->count = 0;
	for (child = child_of(root, "decision"); child; child = xml_next(child)) {
		if (!xml_attribute(child, "id") || !xml_attribute(child, "name"))
			fault(dmn, child, "a decision needs id and name");
		else
			dmn->sorted[dmn->count++] = child;
	}
	if (dmn->count)
		qsort(dmn->sorted, dmn->count, sizeof(*dmn->sorted), compare_ids);
	for (i = 1; i < dmn->count; i++)
		if (!compare_ids(&dmn->sorted[i - 1], &dmn->sorted[i]))
			fault(dmn, dmn->sorted[i], "two decisions have this id");
}

static int compare_id(const void *id, const void *row)
{
	return strcmp(id, xml_attribute(*(const struct xml_element *const *)row, "id"));
}

/* Index of the decision that HREF names, or the count. */
static size_t required(const struct dmn *dmn, const char *href)
{
	const struct xml_element **found = NULL;

	if (href && *href == '#' && dmn->count)
		found = bsearch(href + 1, dmn->sorted, dmn->count, sizeof(*found), compare_id);
	return found ? (size_t)(found - dmn->sorted) : dmn->count;
}

/* The next informationRequirement of a decision that names a decision, from CHILD on. */
static const struct xml_element *requirement(const struct xml_element *child,
					     const struct xml_element **ret)
{
	for (; child; child = xml_next(child)) {
		*ret = child_of(child, "requiredDecision");
		if (*ret)
			return child;
	}
	return NULL;
}

/* Counts how many require each; returns false when one that is required is not there. */
static bool count_requirements(struct dmn *dmn, size_t *needed)
{
	const struct xml_element *child, *reference;
	size_t i, at;

	for (i = 0; i < dmn->count; i++) {
		child = child_of(dmn->sorted[i], "informationRequirement");
		while ((child = requirement(child, &reference))) {
			at = required(dmn, xml_attribute(reference, "href"));
			if (at == dmn->count) {
				fault(dmn, reference, "no such decision");
				return false;
			}
			needed[at]++;
			child = xml_next(child);
		}
	}
	return true;
}

/* Takes away, again and again, what nobody requires: what is left is a loop. */
static void check_loops(struct dmn *dmn)
{
	size_t *needed = arena_array(dmn->scratch, dmn->count + 1, sizeof(*needed));
	size_t *ready = arena_array(dmn->scratch, dmn->count + 1, sizeof(*ready));
	const struct xml_element *child, *reference;
	size_t i, count = 0, done = 0, at;

	if (!count_requirements(dmn, needed))
		return;
	for (i = 0; i < dmn->count; i++)
		if (!needed[i])
			ready[count++] = i;
	for (; done < count; done++) {
		child = child_of(dmn->sorted[ready[done]], "informationRequirement");
		while ((child = requirement(child, &reference))) {
			at = required(dmn, xml_attribute(reference, "href"));
			if (!--needed[at])
				ready[count++] = at;
			child = xml_next(child);
		}
	}
	if (count < dmn->count)
		fault(dmn, dmn->sorted[0], "decisions require each other in a loop");
}

static size_t count_children(const struct xml_element *element, const char *name)
{
	const struct xml_element *child;
	size_t count = 0;

	for (child = child_of(element, name); child; child = xml_next(child))
		count++;
	return count;
}

static void check_table(struct dmn *dmn, const struct xml_element *table)
{
	const char *policy = xml_attribute(table, "hitPolicy");
	size_t inputs = count_children(table, "input"), outputs = count_children(table, "output");
	const struct xml_element *child;
	size_t i = 0;

	while (policy && hit_policies[i] && strcmp(policy, hit_policies[i]) != 0)
		i++;
	if (!hit_policies[i])
		fault(dmn, table, "the hit policy is not supported");
	if (!outputs)
		fault(dmn, table, "a decision table needs an output");
	for (child = child_of(table, "input"); child; child = xml_next(child))
		if (!xml_attribute(child, "id"))
			fault(dmn, child, "an input needs an id");
	for (child = child_of(table, "output"); child; child = xml_next(child))
		if (!xml_attribute(child, "id"))
			fault(dmn, child, "an output needs an id");
	for (child = child_of(table, "rule"); child; child = xml_next(child))
		if (!xml_attribute(child, "id") || count_children(child, "inputEntry") != inputs ||
		    count_children(child, "outputEntry") != outputs)
			fault(dmn, child, "a rule needs an id and an entry for each column");
}

static const char *keep(struct dmn *dmn, const char *text)
{
	return arena_strdup(dmn->arena, text);
}

static void take_decision(struct dmn *dmn, const struct xml_element *element)
{
	const struct xml_element *table = child_of(element, "decisionTable");
	const char *text = xml_attribute_of(element, CAMUNDA_SPACE, "historyTimeToLive");
	const char *tag = xml_attribute_of(element, CAMUNDA_SPACE, "versionTag");
	struct dmn_decision *decision;
	struct error error = {0};

	if (table)
		check_table(dmn, table);
	else if (!child_of(element, "literalExpression"))
		return; /* nothing to evaluate */
	decision = &dmn->ret->decisions[dmn->ret->count++];
	decision->key = keep(dmn, xml_attribute(element, "id"));
	decision->name = keep(dmn, xml_attribute(element, "name"));
	if (tag && *tag)
		decision->version_tag = keep(dmn, tag);
	if (!text)
		text = dmn->options->default_time_to_live;
	if (bpmn_time_to_live(dmn->arena, text, &decision->time_to_live, &error))
		fault(dmn, element, error.message);
	else if (decision->time_to_live == SETTING_NULL && dmn->options->enforce_time_to_live)
		fault(dmn, element, "History Time To Live (TTL) cannot be null.");
}

static void take_document(struct dmn *dmn, const struct xml_document *document)
{
	const struct xml_element *root = document->root, *child;

	if (!is_dmn(root) || strcmp(root->name, "definitions") != 0) {
		fault(dmn, root, "the root is no definitions of DMN");
		return;
	}
	if (!xml_attribute(root, "id") || !xml_attribute(root, "namespace"))
		fault(dmn, root, "definitions need id and namespace");
	check_schema(dmn, document);
	collect_decisions(dmn, root);
	if (dmn->reason)
		return;
	check_loops(dmn);
	dmn->ret->key = keep(dmn, xml_attribute(root, "id"));
	dmn->ret->name = keep(dmn, xml_attribute(root, "name"));
	dmn->ret->category = keep(dmn, xml_attribute(root, "namespace"));
	dmn->ret->decisions = arena_array(dmn->arena, dmn->count + 1, sizeof(*dmn->ret->decisions));
	for (child = child_of(root, "decision"); child; child = xml_next(child))
		take_decision(dmn, child);
	dmn->ret->has_requirements = dmn->ret->count > 1;
}

int dmn_parse(struct arena *arena, const char *name, const void *bytes, size_t size,
	      const struct bpmn_options *options, struct dmn_resource *ret, const char **ret_reason,
	      struct error *error)
{
	struct xml_document document;
	struct arena scratch;
	struct dmn dmn = {.arena = arena, .scratch = &scratch, .options = options, .ret = ret};
	struct error cause = {0};
	int code;

	memset(ret, 0, sizeof(*ret));
	arena_init(&scratch);
	code = xml_parse(&scratch, bytes, size, &document, &cause);
	if (code == ERR_INPUT)
		dmn.reason = arena_strdup(arena, cause.message);
	else if (!code)
		take_document(&dmn, &document);
	arena_clear(&scratch);
	*ret_reason = dmn.reason;
	if (code && code != ERR_INPUT)
		return code;
	return dmn.reason ? err_set(error, arena, ERR_ENGINE,
				    "ENGINE-22004 Unable to transform DMN resource '%s'.", name)
			  : 0;
}
