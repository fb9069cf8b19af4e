#include "core/record/row_json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "storage/error.h"

/* As the original's mapper does: what is no number to JSON is a text. */
static void write_fraction(struct json_writer *writer, double fraction)
{
	if (isfinite(fraction))
		json_double(writer, fraction);
	else
		json_string(writer, isnan(fraction) ? "NaN"
				    : fraction > 0  ? "Infinity"
						    : "-Infinity");
}

void value_write(struct json_writer *writer, const struct value *value)
{
	if (!value) {
		json_null(writer);
		return;
	}
	switch (value->type) {
	case VALUE_STRING:
		json_string(writer, value->as.text);
		break;
	case VALUE_JSON:
		json_raw(writer, value->as.text);
		break;
	case VALUE_LONG:
		json_int(writer, value->as.number);
		break;
	case VALUE_DOUBLE:
		write_fraction(writer, value->as.fraction);
		break;
	case VALUE_BOOL:
		json_bool(writer, value->as.truth);
		break;
	}
}

static void write_rows(struct json_writer *writer, const struct rows *rows,
		       void (*write)(struct json_writer *, const struct kind *, const union slot *))
{
	size_t i;

	json_open_array(writer);
	for (i = 0; i < rows->count; i++)
		write(writer, rows->kind, rows->row[i]);
	json_close_array(writer);
}

static void write_slot(struct json_writer *writer, const struct field *field, union slot slot,
		       bool export)
{
	if (field->type == FIELD_BOOL) {
		json_bool(writer, slot.i == 1);
		return;
	}
	if (slot_absent(field, slot)) {
		json_null(writer);
		return;
	}
	switch (field->type) {
	case FIELD_STRING:
		json_string(writer, slot.s);
		break;
	case FIELD_JSON:
		json_raw(writer, slot.s);
		break;
	case FIELD_TIME:
		json_time(writer, slot.i);
		break;
	case FIELD_DOUBLE:
		json_double(writer, slot.d);
		break;
	case FIELD_VALUE:
		value_write(writer, slot.v);
		break;
	case FIELD_ROWS:
		write_rows(writer, slot.r, export ? row_export : row_answer);
		break;
	case FIELD_INT:
	case FIELD_LONG:
	case FIELD_BOOL:
		json_int(writer, slot.i);
		break;
	}
}

void row_answer_members(struct json_writer *writer, const struct kind *kind, const union slot *row)
{
	size_t i;

	for (i = 0; i < kind->count; i++) {
		const struct field *field = &kind->fields[i];

		if (field->flags & (FIELD_HIDDEN | FIELD_SECRET))
			continue;
		if (field->flags & FIELD_LEAN && slot_absent(field, row[i]))
			continue;
		json_key(writer, field->name);
		write_slot(writer, field, row[i], false);
	}
}

void row_answer(struct json_writer *writer, const struct kind *kind, const union slot *row)
{
	json_open_object(writer);
	row_answer_members(writer, kind, row);
	json_close_object(writer);
}

void row_export(struct json_writer *writer, const struct kind *kind, const union slot *row)
{
	size_t i;

	json_open_object(writer);
	for (i = 0; i < kind->count; i++) {
		const struct field *field = &kind->fields[i];

		if (field->flags & (FIELD_DERIVED | FIELD_SECRET) || slot_absent(field, row[i]))
			continue;
		json_key(writer, field->name);
		write_slot(writer, field, row[i], true);
	}
	json_close_object(writer);
}

void rows_export(struct json_writer *writer, const struct kind *kind, const struct rows *rows)
{
	size_t i;

	if (!rows->count)
		return;
	json_key(writer, kind->name);
	json_open_array(writer);
	for (i = 0; i < rows->count; i++)
		row_export(writer, kind, rows->row[i]);
	json_close_array(writer);
}

static const char *tree_text(struct arena *arena, const struct json *node)
{
	struct json_writer writer;
	const char *text;

	json_writer_init(&writer, 0, NULL, NULL);
	json_tree(&writer, node);
	text = arena_strndup(arena, (const char *)writer.buffer.data, writer.buffer.length);
	json_writer_clear(&writer);
	return text;
}

const struct value *value_of_json(struct arena *arena, const struct json *node)
{
	struct value *value = arena_alloc(arena, sizeof(*value));

	switch (node->type) {
	case JSON_NULL:
		return NULL;
	case JSON_BOOL:
		value->type = VALUE_BOOL;
		value->as.truth = node->truth;
		break;
	case JSON_STRING:
		value->type = VALUE_STRING;
		value->as.text = node->text;
		break;
	case JSON_NUMBER:
		if (!strpbrk(node->text, ".eE") &&
		    !json_to_int(node, 0, false, &value->as.number)) {
			value->type = VALUE_LONG;
			break;
		}
		value->type = VALUE_DOUBLE;
		value->as.fraction = strtod(node->text, NULL);
		break;
	default:
		value->type = VALUE_JSON;
		value->as.text = tree_text(arena, node);
	}
	return value;
}

static int import_rows(struct arena *arena, const struct kind *kind, const struct json *node,
		       const struct rows **ret, const char **ret_field)
{
	struct rows *rows = arena_alloc(arena, sizeof(*rows));
	const struct json *member;

	if (node->type != JSON_ARRAY)
		return ERR_INPUT;
	rows->kind = kind;
	rows->row = arena_array(arena, node->count, sizeof(union slot *));
	for (member = node->first; member; member = member->next)
		TRY(row_import(arena, kind, member, &rows->row[rows->count++], ret_field));
	*ret = rows;
	return 0;
}

static int import_slot(struct arena *arena, const struct field *field, const struct json *node,
		       union slot *slot, const char **ret_field)
{
	bool truth;
	char *end;

	*ret_field = field->name;
	switch (field->type) {
	case FIELD_STRING:
		return node->type == JSON_STRING ? json_to_string(node, &slot->s) : ERR_INPUT;
	case FIELD_JSON:
		slot->s = tree_text(arena, node);
		return 0;
	case FIELD_TIME:
		return json_to_time(node, &slot->i);
	case FIELD_INT:
	case FIELD_LONG:
		return node->type == JSON_NUMBER
			       ? json_to_int(node, INT_NULL, field->type == FIELD_INT, &slot->i)
			       : ERR_INPUT;
	case FIELD_BOOL:
		if (node->type != JSON_BOOL || json_to_bool(node, false, &truth))
			return ERR_INPUT;
		slot->i = truth;
		return 0;
	case FIELD_DOUBLE:
		if (node->type != JSON_NUMBER)
			return ERR_INPUT;
		slot->d = strtod(node->text, &end);
		return *end || !isfinite(slot->d) ? ERR_INPUT : 0;
	case FIELD_VALUE:
		slot->v = value_of_json(arena, node);
		return 0;
	case FIELD_ROWS:
		return import_rows(arena, field->of, node, &slot->r, ret_field);
	}
	return ERR_INPUT;
}

/* The first letter tells most names apart: this is asked for every field of every line. */
static bool is_named(const struct field *field, const char *name)
{
	return field->name[0] == name[0] && !strcmp(field->name, name);
}

int row_import(struct arena *arena, const struct kind *kind, const struct json *object,
	       union slot **ret, const char **ret_field)
{
	union slot *row = row_new(arena, kind);
	const struct json *member;
	size_t next = 0;

	*ret_field = "";
	if (object->type != JSON_OBJECT)
		return ERR_INPUT;
	for (member = object->first; member; member = member->next) {
		size_t tried;

		/* members mostly come in the order of the table */
		for (tried = 0; tried < kind->count; tried++) {
			if (is_named(&kind->fields[next], member->key))
				break;
			next = next + 1 < kind->count ? next + 1 : 0;
		}
		if (tried == kind->count || member->type == JSON_NULL ||
		    kind->fields[next].flags & (FIELD_DERIVED | FIELD_SECRET))
			continue;
		TRY(import_slot(arena, &kind->fields[next], member, &row[next], ret_field));
		next = next + 1 < kind->count ? next + 1 : 0;
	}
	*ret = row;
	return 0;
}
