#include "core/record/pack.h"

#include <assert.h>
#include <string.h>

/* Texts carry their NUL, so that they can be used where they lie. */
static void pack_text(struct buffer *buffer, const char *text)
{
	size_t size = strlen(text) + 1;

	buffer_put_varint(buffer, size);
	buffer_put(buffer, text, size);
}

static void pack_value(struct buffer *buffer, const struct value *value)
{
	buffer_put_u8(buffer, (uint8_t)value->type);
	if (value->type == VALUE_STRING || value->type == VALUE_JSON)
		pack_text(buffer, value->as.text);
	else
		buffer_put(buffer, &value->as, sizeof(value->as));
}

static void pack_slot(struct buffer *buffer, const struct field *field, union slot slot)
{
	size_t i;

	switch (field->type) {
	case FIELD_STRING:
	case FIELD_JSON:
		pack_text(buffer, slot.s);
		break;
	case FIELD_VALUE:
		pack_value(buffer, slot.v);
		break;
	case FIELD_ROWS:
		buffer_put_varint(buffer, slot.r->count);
		for (i = 0; i < slot.r->count; i++)
			row_pack(buffer, slot.r->kind, slot.r->row[i]);
		break;
	default:
		buffer_put(buffer, &slot, sizeof(slot));
	}
}

void row_pack(struct buffer *buffer, const struct kind *kind, const union slot *row)
{
	size_t i;

	for (i = 0; i < kind->count; i++) {
		bool absent = slot_absent(&kind->fields[i], row[i]);

		buffer_put_u8(buffer, !absent);
		if (!absent)
			pack_slot(buffer, &kind->fields[i], row[i]);
	}
}

static const char *unpack_text(struct reader *in)
{
	return (const char *)reader_take(in, (size_t)reader_varint(in));
}

static void unpack_bytes(struct reader *in, void *to, size_t size)
{
	const uint8_t *at = reader_take(in, size);

	assert(at);
	memcpy(to, at, size);
}

static const struct value *unpack_value(struct arena *arena, struct reader *in)
{
	struct value *value = arena_alloc(arena, sizeof(*value));

	value->type = reader_u8(in);
	if (value->type == VALUE_STRING || value->type == VALUE_JSON)
		value->as.text = unpack_text(in);
	else
		unpack_bytes(in, &value->as, sizeof(value->as));
	return value;
}

static union slot *unpack_row(struct arena *arena, struct reader *in, const struct kind *kind);

static const struct rows *unpack_rows(struct arena *arena, struct reader *in,
				      const struct kind *kind)
{
	struct rows *rows = arena_alloc(arena, sizeof(*rows));
	size_t i;

	rows->kind = kind;
	rows->count = (size_t)reader_varint(in);
	rows->row = arena_array(arena, rows->count, sizeof(union slot *));
	for (i = 0; i < rows->count; i++)
		rows->row[i] = unpack_row(arena, in, kind);
	return rows;
}

static void unpack_slot(struct arena *arena, struct reader *in, const struct field *field,
			union slot *slot)
{
	switch (field->type) {
	case FIELD_STRING:
	case FIELD_JSON:
		slot->s = unpack_text(in);
		break;
	case FIELD_VALUE:
		slot->v = unpack_value(arena, in);
		break;
	case FIELD_ROWS:
		slot->r = unpack_rows(arena, in, field->of);
		break;
	default:
		unpack_bytes(in, slot, sizeof(*slot));
	}
}

static union slot *unpack_row(struct arena *arena, struct reader *in, const struct kind *kind)
{
	union slot *row = row_new(arena, kind);
	size_t i;

	for (i = 0; i < kind->count; i++)
		if (reader_u8(in))
			unpack_slot(arena, in, &kind->fields[i], &row[i]);
	return row;
}

union slot *row_unpack(struct arena *arena, const void *bytes, size_t size, const struct kind *kind)
{
	struct reader in = reader_of(bytes, size);
	union slot *row = unpack_row(arena, &in, kind);

	assert(!in.bad);
	return row;
}
