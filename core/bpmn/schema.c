#include "core/bpmn/bpmn_schema.h"
#include "core/bpmn/parser.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

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

const struct xml_element *element_in(const struct parser *parser, const char *id,
				     const struct xml_element *parent)
{
	const struct xml_element *const *ids = parser->ids.elements, *const *end =
									     ids +
									     parser->ids.count;
	const struct xml_element *const *found =
		id && parser->ids.count
			? bsearch(id, ids, parser->ids.count, sizeof(*ids), compare_id)
			: NULL;

	if (!found)
		return NULL;
	while (found > ids && !compare_id(id, found - 1))
		found--;
	for (; found < end && !compare_id(id, found); found++)
		if ((*found)->parent == parent)
			return *found;
	return NULL;
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

/* An id that is referred to. */
struct reference {
	const char *id;
	size_t number;   /* in the order in which they stand */
	uint32_t bucket; /* of the original's table of them */
};

struct checking {
	struct parser *parser;
	struct reference *references;
	size_t count, room;
};

static void take_problem(void *arg, int line, int column, const char *text)
{
	const struct checking *checking = arg;

	problem_add_at(checking->parser->problems, line, column, "%s", text);
}

static void check_id(void *arg, const struct xml_element *element)
{
	struct parser *parser = ((struct checking *)arg)->parser;
	const char *id = xml_attribute(element, "id");

	if (!id_is_taken(parser, element))
		return;
	problem_add_at(parser->problems, element->line, element->column,
		       "cvc-id.2: There are multiple occurrences of ID value '%s'.", id);
	problem_add_at(parser->problems, element->line, element->column,
		       "cvc-attribute.3: The value '%s' of attribute 'id' on element '%s' is not "
		       "valid with respect to its type, 'ID'.",
		       id, element->name);
}

static void take_reference(void *arg, const char *id)
{
	struct checking *checking = arg;

	if (checking->count == checking->room) {
		struct reference *grown = arena_array(checking->parser->scratch,
						      checking->room * 2 + 16, sizeof(*grown));

		if (checking->count)
			memcpy(grown, checking->references, checking->count * sizeof(*grown));
		checking->references = grown;
		checking->room = checking->room * 2 + 16;
	}
	checking->references[checking->count] = (struct reference){id, checking->count, 0};
	checking->count++;
}

static int compare_references(const void *left, const void *right)
{
	const struct reference *a = left, *b = right;
	int order = strcmp(a->id, b->id);

	return order ? order : (a->number > b->number) - (a->number < b->number);
}

static int compare_buckets(const void *left, const void *right)
{
	const struct reference *a = left, *b = right;

	if (a->bucket != b->bucket)
		return a->bucket < b->bucket ? -1 : 1;
	return (a->number > b->number) - (a->number < b->number);
}

static uint32_t hash_of(const char *id)
{
	uint32_t hash = 0;

	for (; *id; id++)
		hash = hash * 31 + (unsigned char)*id;
	return hash ^ hash >> 16;
}

/* Each id once, in the order of the hash table in which the original keeps them. */
static void order_references(struct checking *checking)
{
	struct reference *references = checking->references;
	size_t i, count = 0;
	uint32_t size = 16;

	if (!checking->count)
		return;
	qsort(references, checking->count, sizeof(*references), compare_references);
	for (i = 0; i < checking->count; i++)
		if (!count || strcmp(references[count - 1].id, references[i].id) != 0)
			references[count++] = references[i];
	while (count > size / 4 * 3)
		size *= 2;
	for (i = 0; i < count; i++)
		references[i].bucket = hash_of(references[i].id) & (size - 1);
	qsort(references, count, sizeof(*references), compare_buckets);
	checking->count = count;
}

static void check_references(struct checking *checking)
{
	const struct parser *parser = checking->parser;
	size_t i;

	order_references(checking);
	for (i = 0; i < checking->count; i++)
		if (!element_by_id(parser, checking->references[i].id))
			problem_add_at(parser->problems, parser->document->line,
				       parser->document->column,
				       "cvc-id.1: There is no ID/IDREF binding for IDREF '%s'.",
				       checking->references[i].id);
}

void schema_check(struct parser *parser)
{
	struct checking checking = {parser, NULL, 0, 0};
	const struct schema_listener listener = {&checking, take_problem, check_id, take_reference};

	collect_ids(parser);
	xml_schema_check(&bpmn_schema, BPMN_SPACE, parser->scratch, parser->document, &listener);
	check_references(&checking);
}
