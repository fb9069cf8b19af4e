/*
 * An XML document as a tree: elements with their attributes, texts and places.
 *
 * Documents come from anybody. A DOCTYPE is refused, so there are no entities to expand; size,
 * depth, elements and attributes are bounded. All of it lies in the arena that xml_parse() was
 * given. Names are split into namespace and local name, both never NULL.
 */
#ifndef CORE_BPMN_XML_H
#define CORE_BPMN_XML_H

#include <stddef.h>

#include "storage/arena.h"
#include "storage/error.h"

enum {
	XML_SIZE_MAX = 64 * 1024 * 1024, /* bytes */
	XML_DEPTH_MAX = 100,
	XML_ATTRIBUTES_MAX = 10000, /* of one element */
	XML_ELEMENTS_MAX = 1000000,
};

struct xml_attribute {
	const char *space; /* "" = none */
	const char *name;
	const char *value;
	const struct xml_attribute *next;
};

struct xml_element {
	const char *space;
	const char *name;
	const char *text; /* its own, without that of its children, as it is written; never NULL */
	const struct xml_attribute *attributes;
	struct xml_element *parent, *first, *last, *next;
	struct xml_element *following; /* in the order of the document */
	size_t number;                 /* counts from 0 in that order */
	int line, column;              /* where its start tag has ended, counted from 1 */
	int end_line, end_column;      /* where it has ended */
};

struct xml_document {
	struct xml_element *root;
	size_t count;     /* of elements */
	int line, column; /* where the root has ended */
};

/*
 * Reads SIZE bytes; TEXT may be in any encoding that has a name. ERR_INPUT with the parser's words
 * when it is malformed or out of bounds.
 */
int xml_parse(struct arena *arena, const void *text, size_t size, struct xml_document *ret,
	      struct error *error);

/* The value of an attribute without namespace, or NULL. */
const char *xml_attribute(const struct xml_element *element, const char *name);

/* The value of an attribute of a namespace, or NULL. */
const char *xml_attribute_of(const struct xml_element *element, const char *space,
			     const char *name);

/* The first child NAME of SPACE, and the one after CHILD; or NULL. */
const struct xml_element *xml_child(const struct xml_element *element, const char *space,
				    const char *name);
const struct xml_element *xml_next(const struct xml_element *child);

/* TEXT without white space around it, in ARENA. */
const char *xml_trim(struct arena *arena, const char *text);

#endif
