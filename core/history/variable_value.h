/*
 * Values of variables as the API shows them (semantics.md 5.2, 5.9, 10): bytes and files are not in
 * JSON, objects and JSON come as they would be in Java, or as the text that they are stored as.
 */
#ifndef CORE_HISTORY_VARIABLE_VALUE_H
#define CORE_HISTORY_VARIABLE_VALUE_H

#include "core/record/kind.h"

enum value_show {
	SHOW_DESERIALISED = 1, /* objects and JSON as Java objects would be written */
	SHOW_BYTES = 2,        /* bytes as base64 */
};

/*
 * Changes the slots of ROW (of variable_kind, detail_kind, or the inputs or outputs of a decision)
 * to what is shown. What that needs is in ARENA.
 */
void value_show(struct arena *arena, const struct kind *kind, union slot *row, unsigned show);

struct json_writer;

/* Writes ROW of KIND as the API answers it: a form's field has no value of a variable. */
void value_row_answer(struct json_writer *writer, const struct kind *kind, const union slot *row);

/* Bytes of a value that is some, and how they are to be served. */
struct value_bytes {
	const uint8_t *bytes;
	size_t size;
	const char *media_type;
	const char *file; /* its name; NULL = no file */
};

/* Of such a ROW, in ARENA. ERR_INPUT when its value is no bytes. */
int value_bytes_of(struct arena *arena, const struct kind *kind, const union slot *row,
		   struct value_bytes *ret);

#endif
