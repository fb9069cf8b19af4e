/*
 * Kinds and rows: everything that the API lists is a row of some kind.
 *
 * A kind is a table of fields, one line each: JSON name, tag on disk, type. From it come the codec
 * (core/record/codec.h), JSON in both directions (core/record/row_json.h), filters and sorting
 * (core/query/). A row is an array of 8-byte slots, one for each field in the order of the table; a
 * struct whose members are all 8 bytes wide and in that order is a row too.
 */
#ifndef CORE_RECORD_KIND_H
#define CORE_RECORD_KIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "storage/arena.h"
#include "storage/clock.h"

enum field_type {
	FIELD_STRING, /* slot.s; NULL = absent */
	FIELD_TIME,   /* slot.i, milliseconds; TIME_NULL = absent */
	FIELD_INT,    /* slot.i, 32 bits; INT_NULL = absent */
	FIELD_LONG,   /* slot.i; INT_NULL = absent */
	FIELD_BOOL,   /* slot.i, 0 or 1; INT_NULL reads as false */
	FIELD_DOUBLE, /* slot.d; NAN = absent */
	FIELD_VALUE,  /* slot.v: a variable's value; NULL = null */
	FIELD_JSON,   /* slot.s: JSON text, kept as it is; NULL = absent */
	FIELD_ROWS,   /* slot.r: rows of another kind; NULL = left out */
};

#define INT_NULL INT64_MIN

enum value_type {
	VALUE_STRING = 1,
	VALUE_LONG,
	VALUE_DOUBLE,
	VALUE_BOOL,
	VALUE_JSON, /* an object or array, as text */
};

struct value {
	enum value_type type;
	union {
		const char *text;
		int64_t number;
		double fraction;
		bool truth;
	} as;
};

struct rows;

union slot {
	const char *s;
	int64_t i;
	double d;
	const struct value *v;
	const struct rows *r;
};

enum {
	FIELD_DERIVED = 1, /* neither stored nor exported: from the row's owner or computed */
	FIELD_HIDDEN = 2,  /* stored and exported, but not part of the API's answers */
	FIELD_LEAN = 4,    /* left out of answers when absent, where others are null */
	FIELD_SECRET = 8,  /* stored, but neither answered nor exported */
};

struct kind;

struct field {
	const char *name;
	uint8_t tag; /* on disk: never renumbered or reused; 0 = not stored */
	enum field_type type;
	unsigned flags;
	const struct kind *of; /* FIELD_ROWS */
};

struct kind {
	const char *name; /* of a line's first key, or of the list on its owner's line */
	uint8_t tag;      /* on disk */
	const struct field *fields;
	size_t count;
};

struct rows {
	const struct kind *kind;
	size_t count;
	union slot **row;
};

/* Whether two texts are equal; NULL is equal to NULL alone. */
static inline bool text_same(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

/* Whether both are there and equal. */
static inline bool texts_match(const char *a, const char *b)
{
	return a && b && !strcmp(a, b);
}

/* A row of KIND with every field absent. */
union slot *row_new(struct arena *arena, const struct kind *kind);

/* Whether the slot of FIELD holds nothing. */
static inline bool slot_absent(const struct field *field, union slot slot)
{
	switch (field->type) {
	case FIELD_TIME:
	case FIELD_INT:
	case FIELD_LONG:
	case FIELD_BOOL:
		return slot.i == INT_NULL;
	case FIELD_DOUBLE:
		return slot.d != slot.d; /* NAN */
	default:
		return !slot.s;
	}
}

/* Index of the field NAME, or -1. */
int kind_field(const struct kind *kind, const char *name);

#define KIND(name, tag, fields)                                                                    \
	{                                                                                          \
		name, tag, fields, ARRAY_SIZE(fields)                                              \
	}

#endif
