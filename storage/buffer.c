#include "storage/buffer.h"

#include <stdlib.h>
#include <string.h>

#include "storage/arena.h"

void buffer_init(struct buffer *buffer)
{
	memset(buffer, 0, sizeof(*buffer));
}

void buffer_clear(struct buffer *buffer)
{
	free(buffer->data);
	buffer_init(buffer);
}

void buffer_grow(struct buffer *buffer, size_t more)
{
	size_t capacity = buffer->capacity ? buffer->capacity : 256;

	while (capacity - buffer->length < more)
		capacity *= 2;
	buffer->data = memory_resize(buffer->data, capacity);
	buffer->capacity = capacity;
}

void buffer_put_text(struct buffer *buffer, const char *text)
{
	buffer_put(buffer, text, strlen(text));
}

void buffer_put_be16(struct buffer *buffer, uint16_t value)
{
	uint8_t bytes[2] = {(uint8_t)(value >> 8), (uint8_t)value};

	buffer_put(buffer, bytes, sizeof(bytes));
}

void buffer_put_be32(struct buffer *buffer, uint32_t value)
{
	be32_write(buffer_reserve(buffer, 4), value);
	buffer->length += 4;
}

void buffer_put_be64(struct buffer *buffer, uint64_t value)
{
	be64_write(buffer_reserve(buffer, 8), value);
	buffer->length += 8;
}

void buffer_put_varint(struct buffer *buffer, uint64_t value)
{
	uint8_t *at = buffer_reserve(buffer, 10);
	size_t n = 0;

	while (value >= 0x80) {
		at[n++] = (uint8_t)(value | 0x80);
		value >>= 7;
	}
	at[n++] = (uint8_t)value;
	buffer->length += n;
}

void buffer_put_zigzag(struct buffer *buffer, int64_t value)
{
	uint64_t u = (uint64_t)value << 1;

	buffer_put_varint(buffer, value < 0 ? ~u : u);
}

void buffer_put_string(struct buffer *buffer, const char *text)
{
	size_t length = text ? strlen(text) : 0;

	buffer_put_varint(buffer, text ? length + 1 : 0);
	buffer_put(buffer, text, length);
}

uint16_t reader_be16(struct reader *reader)
{
	const uint8_t *at = reader_take(reader, 2);

	return at ? be16_read(at) : 0;
}

uint32_t reader_be32(struct reader *reader)
{
	const uint8_t *at = reader_take(reader, 4);

	return at ? be32_read(at) : 0;
}

uint64_t reader_be64(struct reader *reader)
{
	const uint8_t *at = reader_take(reader, 8);

	return at ? be64_read(at) : 0;
}

uint64_t reader_long_varint(struct reader *reader)
{
	uint64_t value = 0;
	unsigned shift;

	for (shift = 0; shift < 64; shift += 7) {
		uint8_t byte = reader_u8(reader);

		value |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return value;
	}
	reader->bad = true;
	return 0;
}

char *reader_string(struct reader *reader, struct arena *arena)
{
	uint64_t length = reader_varint(reader);
	const uint8_t *at;

	if (length == 0)
		return NULL;
	at = reader_take(reader, length - 1 > reader_left(reader) ? SIZE_MAX : (size_t)length - 1);
	return at ? arena_strndup(arena, (const char *)at, (size_t)length - 1) : NULL;
}

void be16_write(uint8_t *at, uint16_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

void be32_write(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 24);
	at[1] = (uint8_t)(value >> 16);
	at[2] = (uint8_t)(value >> 8);
	at[3] = (uint8_t)value;
}

void be64_write(uint8_t *at, uint64_t value)
{
	be32_write(at, (uint32_t)(value >> 32));
	be32_write(at + 4, (uint32_t)value);
}

uint16_t be16_read(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

uint32_t be32_read(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

uint64_t be64_read(const uint8_t *at)
{
	return (uint64_t)be32_read(at) << 32 | be32_read(at + 4);
}
