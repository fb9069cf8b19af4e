/*
 * What is wrong with a BPMN resource: every problem found, in the original's words, with its place.
 */
#ifndef CORE_BPMN_PROBLEM_H
#define CORE_BPMN_PROBLEM_H

#include <stdbool.h>

#include "core/bpmn/xml.h"
#include "core/json/writer.h"

enum { PROBLEM_IDS_MAX = 3 };

struct problem {
	const char *message;
	int line, column; /* 0, 0 = of no element */
	const char *main_element_id;
	bool named; /* by problem_name() */
	size_t id_count;
	const char *ids[PROBLEM_IDS_MAX];
	struct problem *next;
};

struct problems {
	struct arena *arena;
	const char *resource;
	size_t count;
	struct problem *first, **end;
	struct problem *first_warning, **warning_end; /* shown beside problems only; not counted */
};

/* ARENA is for the problems, which must not outlive RESOURCE, either. */
void problems_init(struct problems *problems, struct arena *arena, const char *resource);

/* Adds one at ELEMENT (NULL: nowhere). Its id, if it has one, is the first that is named. */
struct problem *problem_add(struct problems *problems, const struct xml_element *element,
			    const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Adds a warning at ELEMENT: it refuses nothing. */
void problem_warn(struct problems *problems, const struct xml_element *element, const char *format,
		  ...) __attribute__((format(printf, 3, 4)));

/* Adds one that is mainly about ID. */
void problem_add_for(struct problems *problems, const struct xml_element *element, const char *id,
		     const char *other_id, const char *message);

/* Adds one of the schema, which names no ids. */
void problem_add_at(struct problems *problems, int line, int column, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* Only the first COUNT of them are left. */
void problems_cut(struct problems *problems, size_t count);

/* Names one more id; the first so named is what it is mainly about. NULL and "" are passed over. */
void problem_name(struct problem *problem, const char *id);

/* All of them in a line each, as the message of the answer ends; in their arena. */
const char *problems_text(const struct problems *problems);

/* {"errors":[…],"warnings":[…]} */
void problems_write(const struct problems *problems, struct json_writer *writer);

#endif
