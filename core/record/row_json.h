/*
 * Rows as JSON objects, and back, by their kind's table.
 */
#ifndef CORE_RECORD_ROW_JSON_H
#define CORE_RECORD_ROW_JSON_H

#include "core/json/json.h"
#include "core/json/writer.h"
#include "core/record/kind.h"

/* An answer of the API: every field, absent ones as null. */
void row_answer(struct json_writer *writer, const struct kind *kind, const union slot *row);

/* The members alone, for answers with further keys. */
void row_answer_members(struct json_writer *writer, const struct kind *kind, const union slot *row);

/* For NDJSON: what is stored, absent fields left out. */
void row_export(struct json_writer *writer, const struct kind *kind, const union slot *row);

/* "name":[…] of ROWS as a member of the open object, for NDJSON; nothing when there are none. */
void rows_export(struct json_writer *writer, const struct kind *kind, const struct rows *rows);

/*
 * A row from an object of NDJSON; unknown keys are ignored. ERR_INPUT with *RET_FIELD = the name of
 * the member that does not fit, when OBJECT is no object "".
 */
int row_import(struct arena *arena, const struct kind *kind, const struct json *object,
	       union slot **ret, const char **ret_field);

/* A variable's value as JSON; NULL is null. */
void value_write(struct json_writer *writer, const struct value *value);

/* The value that NODE stands for; NULL for null. Objects and arrays keep their text. */
const struct value *value_of_json(struct arena *arena, const struct json *node);

#endif
