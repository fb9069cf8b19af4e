#include "core/bpmn/xml_schema.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define XSI_SPACE "http://www.w3.org/2001/XMLSchema-instance"

/* How often a particle may stand. */
enum { OPTIONAL = 1, REPEATED = 2 };

/* One place of a content: alternatives, each with the type that it names, or NULL. */
struct particle {
	const char *names; /* as in the table */
	size_t length;
	unsigned times;
};

struct declaration {
	const char *name;
	const char *type;
	bool required;
};

/* A type with all that it has from its bases. */
struct full_type {
	const struct schema_type *type;
	bool mixed, others; /* others: attributes of other namespaces */
	struct declaration *attributes;
	size_t attribute_count;
	struct particle *particles;
	size_t particle_count;
};

/* What is known of an element before it is read. */
struct expectation {
	const char *type;    /* NULL where anything goes */
	const char *instead; /* what should stand in its place, "" = nothing; NULL = it may */
	const char *missing; /* what its content lacks at the end, or NULL */
};

struct check {
	const struct schema *schema;
	const char *space;
	struct arena *scratch;
	const struct schema_listener *listener;
	struct full_type **full;      /* by type, or NULL so far */
	struct expectation *expected; /* by number of element */
};

static int compare_names(const void *name, const void *row)
{
	return strcmp(name, *(const char *const *)row);
}

static const struct schema_element *find_element(const struct check *check, const char *name)
{
	return bsearch(name, check->schema->elements, check->schema->element_count,
		       sizeof(*check->schema->elements), compare_names);
}

static const struct schema_type *find_type(const struct check *check, const char *name)
{
	return bsearch(name, check->schema->types, check->schema->type_count,
		       sizeof(*check->schema->types), compare_names);
}

static const char *values_of(const struct check *check, const char *type)
{
	const struct schema_values *found =
		bsearch(type, check->schema->values, check->schema->value_count,
			sizeof(*check->schema->values), compare_names);

	return found ? found->values : NULL;
}

static void report(const struct check *check, int line, int column, const char *text)
{
	check->listener->problem(check->listener->arg, line, column, text);
}

static void report_at(const struct check *check, const struct xml_element *element,
		      const char *text)
{
	report(check, element->line, element->column, text);
}

/* Words of TEXT, parted by blanks. */
static size_t count_words(const char *text)
{
	size_t count = *text != '\0';

	for (; *text; text++)
		count += *text == ' ';
	return count;
}

static void add_attributes(struct check *check, const char *text, struct full_type *full)
{
	char *copy = arena_strdup(check->scratch, text), *rest = copy, *word;

	while ((word = strsep(&rest, " ")) && *word) {
		struct declaration *declaration = &full->attributes[full->attribute_count];
		char *type = strchr(word, ':');

		if (*word == '#') {
			full->others = true;
			continue;
		}
		declaration->required = word[strlen(word) - 1] == '!';
		if (declaration->required)
			word[strlen(word) - 1] = '\0';
		*type = '\0';
		declaration->name = word;
		declaration->type = type + 1;
		full->attribute_count++;
	}
}

static void add_particles(const char *text, struct full_type *full)
{
	while (*text) {
		struct particle *particle = &full->particles[full->particle_count++];
		size_t length = strcspn(text, " ");
		char last = text[length - 1];

		particle->names = text;
		particle->length = length - (last == '?' || last == '*' || last == '+');
		particle->times = (last == '?' || last == '*' ? OPTIONAL : 0) |
				  (last == '*' || last == '+' ? REPEATED : 0);
		text += length;
		text += *text == ' ';
	}
}

/* The first of the bases first. */
static void add_type(struct check *check, const struct schema_type *type, struct full_type *full)
{
	if (type->base)
		add_type(check, find_type(check, type->base), full);
	full->mixed |= (type->flags & SCHEMA_MIXED) != 0;
	add_attributes(check, type->attributes, full);
	add_particles(type->content, full);
}

static const struct full_type *full_type(struct check *check, const char *name)
{
	const struct schema_type *type = find_type(check, name), *base;
	struct full_type **place, *full;
	size_t attributes = 0, particles = 0;

	if (!type)
		return NULL;
	place = &check->full[type - check->schema->types];
	if (*place)
		return *place;
	for (base = type; base; base = base->base ? find_type(check, base->base) : NULL) {
		attributes += count_words(base->attributes);
		particles += count_words(base->content);
	}
	*place = full = arena_alloc(check->scratch, sizeof(*full));
	full->type = type;
	full->attributes = arena_array(check->scratch, attributes + 1, sizeof(*full->attributes));
	full->particles = arena_array(check->scratch, particles + 1, sizeof(*full->particles));
	add_type(check, type, full);
	return full;
}

static bool is_ours(const struct check *check, const struct xml_element *element)
{
	return !strcmp(element->space, check->space);
}

/* Whether ELEMENT may stand for the element of that name, of LENGTH characters. */
static bool stands_for(const struct check *check, const char *element, const char *name,
		       size_t length)
{
	while (element) {
		const struct schema_element *row;

		if (!strncmp(element, name, length) && !element[length])
			return true;
		row = find_element(check, element);
		element = row ? row->group : NULL;
	}
	return false;
}

static bool foreign_matches(const char *name, size_t length, const struct xml_element *child,
			    bool ours)
{
	if (!strncmp(name, "#any", length))
		return true;
	if (ours || !*child->space)
		return false;
	return !strncmp(name, "#other", length) ||
	       (!strncmp(name + 1, child->name, length - 1) && !child->name[length - 1]);
}

/* One alternative, of LENGTH characters. */
static bool alternative_matches(struct check *check, const char *name, size_t length,
				const struct xml_element *child, const char **ret_type)
{
	const char *colon = memchr(name, ':', length);
	size_t own = colon ? (size_t)(colon - name) : length;
	bool ours = is_ours(check, child);

	*ret_type = NULL;
	if (*name == '#')
		return foreign_matches(name, length, child, ours);
	if (!ours)
		return false;
	if (colon) {
		*ret_type = arena_strndup(check->scratch, colon + 1, length - own - 1);
		return !strncmp(name, child->name, own) && !child->name[own];
	}
	if (!stands_for(check, child->name, name, length))
		return false;
	*ret_type =
		find_element(check, child->name) ? find_element(check, child->name)->type : NULL;
	return true;
}

static bool particle_matches(struct check *check, const struct particle *particle,
			     const struct xml_element *child, const char **ret_type)
{
	const char *at = particle->names, *end = particle->names + particle->length;

	while (at < end) {
		const char *bar = memchr(at, '|', (size_t)(end - at));
		size_t length = (size_t)((bar ? bar : end) - at);

		if (alternative_matches(check, at, length, child, ret_type))
			return true;
		at += length + 1;
	}
	return false;
}

/* The type of an element that stands where it should not: of its content anywhere, or its own. */
static const char *type_of_stray(struct check *check, const struct full_type *full,
				 const struct xml_element *child)
{
	const struct schema_element *row;
	const char *type;
	size_t i;

	for (i = 0; full && i < full->particle_count; i++)
		if (particle_matches(check, &full->particles[i], child, &type))
			return type;
	row = is_ours(check, child) ? find_element(check, child->name) : NULL;
	return row ? row->type : NULL;
}

/* How far a content has been read: the particle, and whether it stood there already. */
struct position {
	size_t at;
	bool seen;
};

static bool may_be_left(const struct particle *particle, bool seen)
{
	return seen || particle->times & OPTIONAL;
}

/* Whether CHILD may come next; if so POSITION is behind it. */
static bool advance(struct check *check, const struct full_type *full, struct position *position,
		    const struct xml_element *child, const char **ret_type)
{
	struct position next = *position;

	while (next.at < full->particle_count) {
		const struct particle *particle = &full->particles[next.at];

		if (!(next.seen && !(particle->times & REPEATED)) &&
		    particle_matches(check, particle, child, ret_type)) {
			next.seen = true;
			*position = next;
			return true;
		}
		if (!may_be_left(particle, next.seen))
			return false;
		next.at++;
		next.seen = false;
	}
	return false;
}

/* Adds the names of a particle to LIST. */
static const char *add_names(const struct check *check, const char *list,
			     const struct particle *particle)
{
	const char *at = particle->names, *end = at + particle->length;

	while (at < end) {
		size_t length = strcspn(at, "|?*+ "), own = strcspn(at, ":|?*+ ");

		if (!strncmp(at, "#other", own) || !strncmp(at, "#any", own))
			list = arena_printf(check->scratch, "%s%sWC[#%.*s:\"%s\"]", list,
					    *list ? ", " : "", (int)own, at, check->space);
		else
			list = arena_printf(
				check->scratch, "%s%s\"%s\":%.*s", list, *list ? ", " : "",
				*at == '#' ? check->schema->diagram_space : check->space,
				(int)own - (*at == '#'), at + (*at == '#'));
		at += length + 1;
	}
	return list;
}

/* Whether nothing has to come any more. */
static bool is_complete(const struct full_type *full, struct position position)
{
	for (; position.at < full->particle_count; position.at++, position.seen = false)
		if (!may_be_left(&full->particles[position.at], position.seen))
			return false;
	return true;
}

/* What may come next. */
static const char *what_may_come(const struct check *check, const struct full_type *full,
				 struct position position)
{
	const char *list = "";

	for (; position.at < full->particle_count; position.at++, position.seen = false) {
		const struct particle *particle = &full->particles[position.at];

		if (!position.seen || particle->times & REPEATED)
			list = add_names(check, list, particle);
		if (!may_be_left(particle, position.seen))
			break;
	}
	return list;
}

/* What the content of ELEMENT means for its children. Only the first that is wrong is told. */
static void expect_children(struct check *check, const struct full_type *full,
			    const struct xml_element *element)
{
	struct position position = {0, false};
	const struct xml_element *child;
	bool failed = false;

	for (child = element->first; child; child = child->next) {
		struct expectation *expectation = &check->expected[child->number];

		if (!failed && advance(check, full, &position, child, &expectation->type))
			continue;
		if (!failed)
			expectation->instead = what_may_come(check, full, position);
		failed = true;
		expectation->type = type_of_stray(check, full, child);
	}
	if (!failed && !is_complete(full, position))
		check->expected[element->number].missing = what_may_come(check, full, position);
}

/* Anything may be in ELEMENT, but what the schema knows is what it is. */
static void expect_anything(struct check *check, const struct xml_element *element)
{
	const struct xml_element *child;

	for (child = element->first; child; child = child->next)
		check->expected[child->number].type = type_of_stray(check, NULL, child);
}

static bool is_name(const char *text)
{
	const char *at;

	for (at = text; *at; at++) {
		unsigned char c = (unsigned char)*at;

		if (c < 0x80 && c != '_' && !isalpha(c) &&
		    (at == text || (c != '-' && c != '.' && !isdigit(c))))
			return false;
	}
	return at > text;
}

static bool is_qualified_name(const char *text)
{
	const char *colon = strchr(text, ':');

	if (!colon)
		return is_name(text);
	return colon > text && is_name(colon + 1) && strcspn(text, "-.0123456789") > 0 &&
	       !strpbrk(colon + 1, ":");
}

static bool is_boolean(const char *text)
{
	return !strcmp(text, "true") || !strcmp(text, "false") || !strcmp(text, "1") ||
	       !strcmp(text, "0");
}

static bool is_integer(const char *text)
{
	text += *text == '-' || *text == '+';
	return *text && !text[strspn(text, "0123456789")];
}

/* Types of texts, and how the original calls what they lack. */
static const struct {
	const char *type, *called;
	bool (*holds)(const char *text);
} simple[] = {
	{"ID",      "NCName",  is_name          },
	{"IDREF",   "NCName",  is_name          },
	{"QName",   "QName",   is_qualified_name},
	{"boolean", "boolean", is_boolean       },
	{"int",     "integer", is_integer       },
	{"integer", "integer", is_integer       },
};

static bool is_one_of(const char *text, const char *values)
{
	size_t length = strlen(text);

	for (; values; values = strchr(values, '|') ? strchr(values, '|') + 1 : NULL)
		if (!strncmp(values, text, length) && (!values[length] || values[length] == '|'))
			return true;
	return false;
}

static const char *listed(const struct check *check, const char *values)
{
	const char *text = "";

	while (*values) {
		int length = (int)strcspn(values, "|");

		text = arena_printf(check->scratch, "%s%s%.*s", text, *text ? ", " : "", length,
				    values);
		values += length;
		values += *values == '|';
	}
	return text;
}

/* Whether TEXT is of TYPE; if not, it was told why. */
static bool check_text(const struct check *check, const char *text, const char *type, int line,
		       int column)
{
	const char *values = values_of(check, type);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(simple); i++) {
		if (strcmp(simple[i].type, type) != 0 || simple[i].holds(text))
			continue;
		report(check, line, column,
		       arena_printf(check->scratch,
				    "cvc-datatype-valid.1.2.1: '%s' is not a valid value for '%s'.",
				    text, simple[i].called));
		return false;
	}
	if (!values || is_one_of(text, values))
		return true;
	report(check, line, column,
	       arena_printf(check->scratch,
			    "cvc-enumeration-valid: Value '%s' is not facet-valid with respect to "
			    "enumeration '[%s]'. It must be a value from the enumeration.",
			    text, listed(check, values)));
	return false;
}

static void tell_text(const struct check *check, const char *text, const char *type)
{
	if (!strcmp(type, "IDREF") && check->listener->reference)
		check->listener->reference(check->listener->arg, text);
}

static void check_value(const struct check *check, const struct xml_element *element,
			const struct xml_attribute *attribute, const char *type)
{
	const char *text = xml_trim(check->scratch, attribute->value);

	if (!check_text(check, text, type, element->line, element->column)) {
		report_at(check, element,
			  arena_printf(check->scratch,
				       "cvc-attribute.3: The value '%s' of attribute '%s' on "
				       "element '%s' is not valid with respect to its type, '%s'.",
				       text, attribute->name, element->name, type));
		return;
	}
	tell_text(check, text, type);
	if (!strcmp(type, "ID") && check->listener->id)
		check->listener->id(check->listener->arg, element);
}

/* xsi:type is an attribute as others are. */
static void check_own_type(const struct check *check, const struct xml_element *element,
			   const struct xml_attribute *attribute)
{
	const char *text = xml_trim(check->scratch, attribute->value);

	if (strcmp(attribute->name, "type") != 0 ||
	    check_text(check, text, "QName", element->line, element->column))
		return;
	report_at(check, element,
		  arena_printf(check->scratch,
			       "cvc-attribute.3: The value '%s' of attribute 'xsi:type' on element "
			       "'%s' is not valid with respect to its type, 'QName'.",
			       text, element->name));
}

static const struct declaration *find_attribute(const struct full_type *full, const char *name)
{
	size_t i;

	for (i = 0; i < full->attribute_count; i++)
		if (!strcmp(full->attributes[i].name, name))
			return &full->attributes[i];
	return NULL;
}

static void check_attribute(const struct check *check, const struct full_type *full,
			    const struct xml_element *element,
			    const struct xml_attribute *attribute)
{
	const struct declaration *declaration = NULL;

	if (!strcmp(attribute->space, XSI_SPACE)) {
		check_own_type(check, element, attribute);
		return;
	}
	if (*attribute->space && strcmp(attribute->space, check->space) != 0 && full->others)
		return;
	if (!*attribute->space)
		declaration = find_attribute(full, attribute->name);
	if (declaration)
		check_value(check, element, attribute, declaration->type);
	else
		report_at(check, element,
			  arena_printf(check->scratch,
				       "cvc-complex-type.3.2.2: Attribute '%s' is not allowed to "
				       "appear in element '%s'.",
				       attribute->name, element->name));
}

static void check_attributes(const struct check *check, const struct full_type *full,
			     const struct xml_element *element)
{
	const struct xml_attribute *attribute;
	size_t i;

	for (attribute = element->attributes; attribute; attribute = attribute->next)
		check_attribute(check, full, element, attribute);
	for (i = 0; i < full->attribute_count; i++)
		if (full->attributes[i].required &&
		    !xml_attribute(element, full->attributes[i].name))
			report_at(check, element,
				  arena_printf(check->scratch,
					       "cvc-complex-type.4: Attribute '%s' must appear on "
					       "element '%s'.",
					       full->attributes[i].name, element->name));
}

static void tell_misplaced(const struct check *check, const struct xml_element *element,
			   const char *instead)
{
	const char *full = *element->space ? arena_printf(check->scratch, "{\"%s\":%s}",
							  element->space, element->name)
					   : element->name;

	if (*instead)
		report_at(check, element,
			  arena_printf(check->scratch,
				       "cvc-complex-type.2.4.a: Invalid content was found starting "
				       "with element '%s'. One of '{%s}' is expected.",
				       full, instead));
	else
		report_at(check, element,
			  arena_printf(check->scratch,
				       "cvc-complex-type.2.4.d: Invalid content was found starting "
				       "with element '%s'. No child element is expected at this "
				       "point.",
				       full));
}

/* The type that the element says it has itself, or TYPE. */
static const char *own_type(const struct check *check, const struct xml_element *element,
			    const char *type)
{
	const char *text = xml_attribute_of(element, XSI_SPACE, "type"), *colon;

	if (!text)
		return type;
	text = xml_trim(check->scratch, text);
	if (!check_text(check, text, "QName", element->line, element->column)) {
		report_at(check, element,
			  arena_printf(check->scratch,
				       "cvc-elt.4.1: The value '%s' of attribute '" XSI_SPACE
				       ",type' of element '%s' is not a valid QName.",
				       text, element->name));
		return type;
	}
	colon = strchr(text, ':');
	if (find_type(check, colon ? colon + 1 : text))
		return find_type(check, colon ? colon + 1 : text)->name;
	report_at(check, element,
		  arena_printf(check->scratch,
			       "cvc-elt.4.2: Cannot resolve '%s' to a type definition for element "
			       "'%s'.",
			       text, element->name));
	return type;
}

/* An element that is a text has none. */
static void refuse_attributes(const struct check *check, const struct xml_element *element)
{
	const struct xml_attribute *attribute;

	for (attribute = element->attributes; attribute; attribute = attribute->next)
		if (strcmp(attribute->space, XSI_SPACE) != 0)
			report_at(
				check, element,
				arena_printf(check->scratch,
					     "cvc-type.3.1.1: Element '%s' is a simple type, so it "
					     "cannot have attributes, excepting those whose "
					     "namespace name is identical to '" XSI_SPACE
					     "' and whose [local name] is one of 'type', 'nil', "
					     "'schemaLocation' or 'noNamespaceSchemaLocation'. "
					     "However, the attribute, '%s' was found.",
					     element->name, attribute->name));
}

static void enter(struct check *check, const struct xml_element *element)
{
	struct expectation *expectation = &check->expected[element->number];
	const struct full_type *full;

	if (expectation->instead)
		tell_misplaced(check, element, expectation->instead);
	if (is_ours(check, element))
		expectation->type = own_type(check, element, expectation->type);
	full = expectation->type ? full_type(check, expectation->type) : NULL;
	if (full && full->type->flags & SCHEMA_ABSTRACT)
		report_at(check, element,
			  arena_printf(check->scratch,
				       "cvc-type.2: The type definition cannot be abstract for "
				       "element %s.",
				       element->name));
	if (full) {
		check_attributes(check, full, element);
		expect_children(check, full, element);
	} else if (expectation->type) {
		refuse_attributes(check, element);
	} else {
		expect_anything(check, element);
	}
}

/* An element that is a text. */
static void leave_simple(const struct check *check, const struct xml_element *element,
			 const char *type)
{
	const char *text = xml_trim(check->scratch, element->text);

	if (element->first)
		report(check, element->end_line, element->end_column,
		       arena_printf(check->scratch,
				    "cvc-type.3.1.2: Element '%s' is a simple type, so it must "
				    "have no element information item [children].",
				    element->name));
	if (check_text(check, text, type, element->end_line, element->end_column))
		tell_text(check, text, type);
	else
		report(check, element->end_line, element->end_column,
		       arena_printf(check->scratch,
				    "cvc-type.3.1.3: The value '%s' of element '%s' is not valid.",
				    text, element->name));
}

/* What can be told only where an element ends. */
static void leave(struct check *check, const struct xml_element *element)
{
	const struct expectation *expectation = &check->expected[element->number];
	const struct full_type *full;

	if (!expectation->type)
		return;
	full = full_type(check, expectation->type);
	if (!full) {
		leave_simple(check, element, expectation->type);
		return;
	}
	if (!full->mixed && *xml_trim(check->scratch, element->text))
		report(check, element->end_line, element->end_column,
		       arena_printf(check->scratch,
				    "cvc-complex-type.2.3: Element '%s' cannot have character "
				    "[children], because the type's content type is element-only.",
				    element->name));
	if (expectation->missing)
		report(check, element->end_line, element->end_column,
		       arena_printf(check->scratch,
				    "cvc-complex-type.2.4.b: The content of element '%s' is not "
				    "complete. One of '{%s}' is expected.",
				    element->name, expectation->missing));
}

/* Leaves ELEMENT and those around it that end with it; the element that comes then, or NULL. */
static const struct xml_element *leave_all(struct check *check, const struct xml_element *element)
{
	for (; element; element = element->parent) {
		leave(check, element);
		if (element->next)
			return element->next;
	}
	return NULL;
}

void xml_schema_check(const struct schema *schema, const char *space, struct arena *scratch,
		      const struct xml_document *document, const struct schema_listener *listener)
{
	struct check check = {
		.schema = schema, .space = space, .scratch = scratch, .listener = listener};
	const struct xml_element *element = document->root;
	const struct schema_element *row;

	row = is_ours(&check, element) ? find_element(&check, element->name) : NULL;
	if (!row) {
		report_at(&check, element,
			  arena_printf(scratch,
				       "cvc-elt.1.a: Cannot find the declaration of element '%s'.",
				       element->name));
		return;
	}
	check.full = arena_array(scratch, schema->type_count, sizeof(struct full_type *));
	check.expected = arena_array(scratch, document->count, sizeof(*check.expected));
	check.expected[element->number].type = row->type;
	while (element) {
		enter(&check, element);
		element = element->first ? element->first : leave_all(&check, element);
	}
}
