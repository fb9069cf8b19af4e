/*
 * What an XML schema demands of a document: which elements stand where, which attributes they have,
 * and of what type. Schemas are tables; problems are told in the original's words.
 *
 * Elements of other namespaces are passed over, with all that is in them, where they are allowed.
 */
#ifndef CORE_BPMN_XML_SCHEMA_H
#define CORE_BPMN_XML_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>

#include "core/bpmn/xml.h"

/* An element that may stand wherever its GROUP may (NULL = no group). */
struct schema_element {
	const char *name, *group, *type;
};

enum schema_flag {
	SCHEMA_MIXED = 1, /* text may stand between the elements */
	SCHEMA_ABSTRACT = 2,
};

/*
 * A type has what its BASE has (NULL = none), and then its own. ATTRIBUTES: "name:type" parted by
 * blanks, "!" behind those that must be there, "#other" = any of other namespaces. CONTENT: names
 * of elements in their order, "name:type" where they are no elements of the schema itself; behind
 * them ? + * or nothing, as in a regular expression; "a|b" = one of them; "#a", "#other", "#any" =
 * that element of another namespace, any of other namespaces, any.
 */
struct schema_type {
	const char *name, *base;
	unsigned flags;
	const char *attributes, *content;
};

/* A type of texts that has these VALUES, parted by "|". */
struct schema_values {
	const char *name, *values;
};

/* Rows of the three tables. */
#define SCHEMA_ELEMENT(name, group, type)                                                          \
	{                                                                                          \
		name, group, type                                                                  \
	}
#define SCHEMA_TYPE(name, base, flags, attributes, content)                                        \
	{                                                                                          \
		name, base, flags, attributes, content                                             \
	}
#define SCHEMA_VALUES(name, values)                                                                \
	{                                                                                          \
		name, values                                                                       \
	}

/* All tables are in the order of the names. */
struct schema {
	const struct schema_element *elements;
	size_t element_count;
	const struct schema_type *types;
	size_t type_count;
	const struct schema_values *values;
	size_t value_count;
	const char *diagram_space; /* of the "#a" in it */
};

/* What is told of a document in the order of the places. */
struct schema_listener {
	void *arg;
	void (*problem)(void *arg, int line, int column, const char *text);
	/* an attribute that is an ID: before problems behind it are told; may be NULL */
	void (*id)(void *arg, const struct xml_element *element);
	/* the text of an IDREF; may be NULL */
	void (*reference)(void *arg, const char *id);
};

/* Checks DOCUMENT, whose elements of SPACE are those of SCHEMA. SCRATCH is for the problems, too.
 */
void xml_schema_check(const struct schema *schema, const char *space, struct arena *scratch,
		      const struct xml_document *document, const struct schema_listener *listener);

#endif
