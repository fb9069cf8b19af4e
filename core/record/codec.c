#include "core/record/codec.h"

#include <stdlib.h>
#include <string.h>

#include "storage/error.h"
#include "storage/uuid.h"

enum { TEXT_PLAIN, TEXT_UUID, SLOTS_MIN = 256 };

/* The texts of a record so far, found again by hash: open addressing, 0 = free. */
struct texts {
	uint32_t *slots;
	size_t slot_count;
	uint32_t count;
	struct buffer bytes; /* all texts with their NULs */
	size_t *starts;
	size_t capacity;
};

struct record_writer {
	struct texts texts;
	struct buffer rows;
	size_t row_count;
	int64_t base; /* times are differences to it */
	bool based;
};

struct record_writer *record_writer_new(void)
{
	struct record_writer *writer = memory_alloc(sizeof(*writer));

	memset(writer, 0, sizeof(*writer));
	return writer;
}

void record_writer_free(struct record_writer *writer)
{
	free(writer->texts.slots);
	free(writer->texts.starts);
	buffer_clear(&writer->texts.bytes);
	buffer_clear(&writer->rows);
	free(writer);
}

/* Eight bytes at a time: of the texts of one record, nobody gains by having them collide. */
static uint64_t hash_text(const char *text, size_t length)
{
	uint64_t hash = length, word;

	for (; length >= sizeof(word); length -= sizeof(word), text += sizeof(word)) {
		memcpy(&word, text, sizeof(word));
		hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
		hash ^= hash >> 32;
	}
	word = 0;
	memcpy(&word, text, length);
	hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
	return hash ^ hash >> 32;
}

static void grow_texts(struct texts *texts)
{
	size_t count = texts->slot_count ? texts->slot_count * 2 : SLOTS_MIN, i;
	uint32_t *old = texts->slots;
	size_t old_count = texts->slot_count;

	texts->slots = memory_alloc(count * sizeof(*texts->slots));
	memset(texts->slots, 0, count * sizeof(*texts->slots));
	texts->slot_count = count;
	for (i = 0; i < old_count; i++) {
		const char *text;
		size_t at;

		if (!old[i])
			continue;
		text = (const char *)texts->bytes.data + texts->starts[old[i] - 1];
		at = hash_text(text, strlen(text)) & (count - 1);
		while (texts->slots[at])
			at = (at + 1) & (count - 1);
		texts->slots[at] = old[i];
	}
	free(old);
}

static void keep_text(struct texts *texts, const char *text, size_t length)
{
	if (texts->count == texts->capacity) {
		texts->capacity = texts->capacity ? texts->capacity * 2 : SLOTS_MIN;
		texts->starts =
			memory_resize(texts->starts, texts->capacity * sizeof(*texts->starts));
	}
	texts->starts[texts->count++] = texts->bytes.length;
	buffer_put(&texts->bytes, text, length + 1);
}

static uint32_t text_index(struct texts *texts, const char *text)
{
	size_t length = strlen(text), at;

	if (texts->count * 2 >= texts->slot_count)
		grow_texts(texts);
	at = hash_text(text, length) & (texts->slot_count - 1);
	for (; texts->slots[at]; at = (at + 1) & (texts->slot_count - 1)) {
		uint32_t index = texts->slots[at] - 1;

		if (!strcmp((const char *)texts->bytes.data + texts->starts[index], text))
			return index;
	}
	keep_text(texts, text, length);
	texts->slots[at] = texts->count;
	return texts->count - 1;
}

static void put_row(struct record_writer *writer, const struct kind *kind, const union slot *row);

static void put_value(struct record_writer *writer, const struct value *value)
{
	struct buffer *out = &writer->rows;
	uint64_t bits;

	buffer_put_u8(out, (uint8_t)value->type);
	switch (value->type) {
	case VALUE_STRING:
	case VALUE_JSON:
		buffer_put_varint(out, text_index(&writer->texts, value->as.text));
		break;
	case VALUE_LONG:
		buffer_put_zigzag(out, value->as.number);
		break;
	case VALUE_DOUBLE:
		memcpy(&bits, &value->as.fraction, sizeof(bits));
		buffer_put_be64(out, bits);
		break;
	case VALUE_BOOL:
		buffer_put_u8(out, value->as.truth);
		break;
	}
}

static void put_slot(struct record_writer *writer, const struct field *field, union slot slot)
{
	struct buffer *out = &writer->rows;
	uint64_t bits;
	size_t i;

	switch (field->type) {
	case FIELD_STRING:
	case FIELD_JSON:
		buffer_put_varint(out, text_index(&writer->texts, slot.s));
		break;
	case FIELD_TIME:
		if (!writer->based)
			writer->base = slot.i;
		writer->based = true;
		/* unsigned: times may lie further apart than 63 bits */
		buffer_put_zigzag(out, (int64_t)((uint64_t)slot.i - (uint64_t)writer->base));
		break;
	case FIELD_INT:
	case FIELD_LONG:
	case FIELD_BOOL:
		buffer_put_zigzag(out, slot.i);
		break;
	case FIELD_DOUBLE:
		memcpy(&bits, &slot.d, sizeof(bits));
		buffer_put_be64(out, bits);
		break;
	case FIELD_VALUE:
		put_value(writer, slot.v);
		break;
	case FIELD_ROWS:
		buffer_put_varint(out, slot.r->count);
		for (i = 0; i < slot.r->count; i++)
			put_row(writer, field->of, slot.r->row[i]);
		break;
	}
}

static void put_row(struct record_writer *writer, const struct kind *kind, const union slot *row)
{
	size_t i;

	for (i = 0; i < kind->count; i++) {
		const struct field *field = &kind->fields[i];

		if (!field->tag || slot_absent(field, row[i]))
			continue;
		buffer_put_u8(&writer->rows, field->tag);
		put_slot(writer, field, row[i]);
	}
	buffer_put_u8(&writer->rows, 0);
}

/* Puts the length of what was written since START before it, so that readers can skip it. */
static void prefix_length(struct buffer *buffer, size_t start)
{
	size_t length = buffer->length - start, room;
	struct buffer prefix;

	buffer_init(&prefix);
	buffer_put_varint(&prefix, length);
	room = prefix.length;
	buffer_reserve(buffer, room);
	memmove(buffer->data + start + room, buffer->data + start, length);
	memcpy(buffer->data + start, prefix.data, room);
	buffer->length += room;
	buffer_clear(&prefix);
}

void record_writer_add(struct record_writer *writer, const struct kind *kind, const union slot *row)
{
	size_t start;

	buffer_put_u8(&writer->rows, kind->tag);
	start = writer->rows.length;
	put_row(writer, kind, row);
	prefix_length(&writer->rows, start);
	writer->row_count++;
}

static void put_text(struct buffer *buffer, const char *text)
{
	size_t length = strlen(text);
	uint8_t uuid[UUID_SIZE];

	if (uuid_parse(text, length, uuid)) {
		buffer_put_varint(buffer, TEXT_UUID);
		buffer_put(buffer, uuid, sizeof(uuid));
	} else {
		buffer_put_varint(buffer, length * 2 + 2); /* even, so no TEXT_UUID */
		buffer_put(buffer, text, length);
	}
}

void record_writer_finish(struct record_writer *writer, struct buffer *buffer)
{
	struct texts *texts = &writer->texts;
	uint32_t i;

	buffer_put_varint(buffer, texts->count);
	for (i = 0; i < texts->count; i++)
		put_text(buffer, (const char *)texts->bytes.data + texts->starts[i]);
	buffer_put_zigzag(buffer, writer->base);
	buffer_put_varint(buffer, writer->row_count);
	buffer_put(buffer, writer->rows.data, writer->rows.length);
	if (texts->slots)
		memset(texts->slots, 0, texts->slot_count * sizeof(*texts->slots));
	texts->count = 0;
	texts->bytes.length = 0;
	writer->rows.length = 0;
	writer->row_count = 0;
	writer->based = false;
	writer->base = 0;
}

struct decoder {
	struct arena *arena;
	struct reader in;
	size_t text_count;
	const uint8_t **text_bytes; /* where each stands, with its length word */
	const char **texts;         /* as they were asked for */
	int64_t base;
};

static int index_texts(struct decoder *decoder)
{
	uint64_t count = reader_varint(&decoder->in), i;

	if (count > reader_left(&decoder->in))
		return ERR_CORRUPT;
	decoder->text_count = (size_t)count;
	decoder->text_bytes = arena_array(decoder->arena, (size_t)count, sizeof(uint8_t *));
	decoder->texts = arena_array(decoder->arena, (size_t)count, sizeof(char *));
	for (i = 0; i < count; i++) {
		uint64_t word;

		decoder->text_bytes[i] = decoder->in.at;
		word = reader_varint(&decoder->in);
		if (word > 2 * (uint64_t)reader_left(&decoder->in) + 2)
			return ERR_CORRUPT;
		reader_take(&decoder->in, word == TEXT_UUID ? UUID_SIZE : (size_t)word / 2 - 1);
	}
	return decoder->in.bad ? ERR_CORRUPT : 0;
}

static const char *text_at(struct decoder *decoder, uint64_t index)
{
	struct reader in;
	uint64_t word;

	if (index >= decoder->text_count) {
		decoder->in.bad = true;
		return "";
	}
	if (decoder->texts[index])
		return decoder->texts[index];
	in = reader_of(decoder->text_bytes[index],
		       (size_t)(decoder->in.end - decoder->text_bytes[index]));
	word = reader_varint(&in);
	if (word == TEXT_UUID) {
		char *text = arena_alloc(decoder->arena, UUID_TEXT + 1);

		uuid_format(in.at, text);
		decoder->texts[index] = text;
	} else {
		decoder->texts[index] =
			arena_strndup(decoder->arena, (const char *)in.at, (size_t)word / 2 - 1);
	}
	return decoder->texts[index];
}

static const struct value *take_value(struct decoder *decoder)
{
	struct value *value = arena_alloc(decoder->arena, sizeof(*value));
	uint64_t bits;

	value->type = reader_u8(&decoder->in);
	switch (value->type) {
	case VALUE_STRING:
	case VALUE_JSON:
		value->as.text = text_at(decoder, reader_varint(&decoder->in));
		break;
	case VALUE_LONG:
		value->as.number = reader_zigzag(&decoder->in);
		break;
	case VALUE_DOUBLE:
		bits = reader_be64(&decoder->in);
		memcpy(&value->as.fraction, &bits, sizeof(bits));
		break;
	case VALUE_BOOL:
		value->as.truth = reader_u8(&decoder->in) != 0;
		break;
	default:
		decoder->in.bad = true;
	}
	return value;
}

static int take_row(struct decoder *decoder, const struct kind *kind, union slot **ret);

static int take_rows(struct decoder *decoder, const struct kind *kind, const struct rows **ret)
{
	struct rows *rows = arena_alloc(decoder->arena, sizeof(*rows));
	uint64_t count = reader_varint(&decoder->in), i;

	if (count > reader_left(&decoder->in))
		return ERR_CORRUPT;
	rows->kind = kind;
	rows->count = (size_t)count;
	rows->row = arena_array(decoder->arena, (size_t)count, sizeof(union slot *));
	for (i = 0; i < count; i++)
		TRY(take_row(decoder, kind, &rows->row[i]));
	*ret = rows;
	return 0;
}

static int take_slot(struct decoder *decoder, const struct field *field, union slot *slot)
{
	uint64_t bits;

	switch (field->type) {
	case FIELD_STRING:
	case FIELD_JSON:
		slot->s = text_at(decoder, reader_varint(&decoder->in));
		break;
	case FIELD_TIME:
		slot->i =
			(int64_t)((uint64_t)decoder->base + (uint64_t)reader_zigzag(&decoder->in));
		break;
	case FIELD_INT:
	case FIELD_LONG:
	case FIELD_BOOL:
		slot->i = reader_zigzag(&decoder->in);
		break;
	case FIELD_DOUBLE:
		bits = reader_be64(&decoder->in);
		memcpy(&slot->d, &bits, sizeof(bits));
		break;
	case FIELD_VALUE:
		slot->v = take_value(decoder);
		break;
	case FIELD_ROWS:
		return take_rows(decoder, field->of, &slot->r);
	}
	return 0;
}

/* The field with TAG, looked for from *AT on: rows are written in the order of the table. */
static const struct field *field_with_tag(const struct kind *kind, uint8_t tag, size_t *at)
{
	size_t i;

	for (i = *at; i < kind->count; i++) {
		if (kind->fields[i].tag == tag) {
			*at = i + 1;
			return &kind->fields[i];
		}
	}
	return NULL;
}

static int take_row(struct decoder *decoder, const struct kind *kind, union slot **ret)
{
	union slot *row = row_new(decoder->arena, kind);
	size_t at = 0;
	uint8_t tag;

	while ((tag = reader_u8(&decoder->in))) {
		const struct field *field = field_with_tag(kind, tag, &at);

		if (!field)
			return ERR_CORRUPT;
		TRY(take_slot(decoder, field, &row[field - kind->fields]));
	}
	*ret = row;
	return decoder->in.bad ? ERR_CORRUPT : 0;
}

static void add_row(struct arena *arena, struct rows *rows, union slot *row)
{
	if ((rows->count & (rows->count - 1)) == 0) { /* full at every power of two */
		union slot **grown =
			arena_array(arena, rows->count ? rows->count * 2 : 1, sizeof(*grown));

		if (rows->count)
			memcpy(grown, rows->row, rows->count * sizeof(*grown));
		rows->row = grown;
	}
	rows->row[rows->count++] = row;
}

static int take_record_row(struct decoder *decoder, const struct kind *const *kinds,
			   size_t kind_count, uint64_t want, struct rows *rows)
{
	uint8_t tag = reader_u8(&decoder->in);
	uint64_t length = reader_varint(&decoder->in);
	union slot *row;
	size_t i;

	for (i = 0; i < kind_count && kinds[i]->tag != tag; i++)
		;
	if (i == kind_count || length > reader_left(&decoder->in))
		return ERR_CORRUPT;
	if (!(want >> i & 1)) {
		reader_take(&decoder->in, (size_t)length);
		return 0;
	}
	TRY(take_row(decoder, kinds[i], &row));
	add_row(decoder->arena, &rows[i], row);
	return 0;
}

int record_decode(struct arena *arena, const void *bytes, size_t size,
		  const struct kind *const *kinds, size_t kind_count, uint64_t want,
		  struct rows *rows)
{
	struct decoder decoder = {.arena = arena, .in = reader_of(bytes, size)};
	uint64_t count;
	size_t i;

	for (i = 0; i < kind_count; i++)
		rows[i] = (struct rows){kinds[i], 0, NULL};
	TRY(index_texts(&decoder));
	decoder.base = reader_zigzag(&decoder.in);
	for (count = reader_varint(&decoder.in); count && !decoder.in.bad; count--)
		TRY(take_record_row(&decoder, kinds, kind_count, want, rows));
	return decoder.in.bad || reader_left(&decoder.in) ? ERR_CORRUPT : 0;
}

void row_encode(struct buffer *buffer, const struct kind *kind, const union slot *row)
{
	struct record_writer *writer = record_writer_new();

	record_writer_add(writer, kind, row);
	record_writer_finish(writer, buffer);
	record_writer_free(writer);
}

int row_decode(struct arena *arena, const void *bytes, size_t size, const struct kind *kind,
	       union slot **ret)
{
	struct rows rows;

	TRY(record_decode(arena, bytes, size, &kind, 1, 1, &rows));
	if (rows.count != 1)
		return ERR_CORRUPT;
	*ret = rows.row[0];
	return 0;
}
