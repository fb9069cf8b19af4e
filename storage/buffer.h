/*
 * Bytes that grow, and a reader that never runs past their end.
 *
 * Fixed-width numbers are big-endian, so that keys sort as their numbers do; varints are LEB128.
 * A buffer owns its memory until buffer_clear(). A reader remembers that it ran out: check `bad`
 * once at the end; until then it hands out zeros.
 */
#ifndef STORAGE_BUFFER_H
#define STORAGE_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct buffer {
	uint8_t *data;
	size_t length;
	size_t capacity;
};

void buffer_init(struct buffer *buffer);
void buffer_clear(struct buffer *buffer);

void buffer_grow(struct buffer *buffer, size_t more);

/* Makes room for MORE bytes and returns where they go; the length is the caller's to raise. */
static inline uint8_t *buffer_reserve(struct buffer *buffer, size_t more)
{
	if (buffer->capacity - buffer->length < more)
		buffer_grow(buffer, more);
	return buffer->data + buffer->length;
}

static inline void buffer_put(struct buffer *buffer, const void *bytes, size_t size)
{
	if (!size)
		return;
	memcpy(buffer_reserve(buffer, size), bytes, size);
	buffer->length += size;
}

static inline void buffer_put_u8(struct buffer *buffer, uint8_t value)
{
	*buffer_reserve(buffer, 1) = value;
	buffer->length++;
}

void buffer_put_text(struct buffer *buffer, const char *text);
void buffer_put_be16(struct buffer *buffer, uint16_t value);
void buffer_put_be32(struct buffer *buffer, uint32_t value);
void buffer_put_be64(struct buffer *buffer, uint64_t value);
void buffer_put_varint(struct buffer *buffer, uint64_t value);

/* Small negative numbers stay short: 0, -1, 1, -2 … become 0, 1, 2, 3 …. */
void buffer_put_zigzag(struct buffer *buffer, int64_t value);

/* Length + 1 as varint, so that NULL (0) differs from "", then the bytes. */
void buffer_put_string(struct buffer *buffer, const char *text);

struct reader {
	const uint8_t *at;
	const uint8_t *end;
	bool bad;
};

/* Those that decoding a record calls for every field are here to be compiled into it. */
static inline struct reader reader_of(const void *bytes, size_t size)
{
	struct reader reader = {bytes, (const uint8_t *)bytes + size, false};

	return reader;
}

static inline size_t reader_left(const struct reader *reader)
{
	return (size_t)(reader->end - reader->at);
}

/* NULL when too short */
static inline const uint8_t *reader_take(struct reader *reader, size_t size)
{
	const uint8_t *at = reader->at;

	if (size > reader_left(reader)) {
		reader->bad = true;
		reader->at = reader->end;
		return NULL;
	}
	reader->at += size;
	return at;
}

static inline uint8_t reader_u8(struct reader *reader)
{
	if (reader->at < reader->end)
		return *reader->at++;
	reader->bad = true;
	return 0;
}

uint64_t reader_long_varint(struct reader *reader);

static inline uint64_t reader_varint(struct reader *reader)
{
	if (reader->at < reader->end && *reader->at < 0x80)
		return *reader->at++;
	return reader_long_varint(reader);
}

static inline int64_t reader_zigzag(struct reader *reader)
{
	uint64_t u = reader_varint(reader);

	return (int64_t)(u >> 1) ^ -(int64_t)(u & 1);
}

uint16_t reader_be16(struct reader *reader);
uint32_t reader_be32(struct reader *reader);
uint64_t reader_be64(struct reader *reader);

struct arena;

/* What buffer_put_string() wrote, copied into ARENA; NULL if it was NULL. */
char *reader_string(struct reader *reader, struct arena *arena);

/* Big-endian numbers at a place in memory. */
void be16_write(uint8_t *at, uint16_t value);
void be32_write(uint8_t *at, uint32_t value);
void be64_write(uint8_t *at, uint64_t value);
uint16_t be16_read(const uint8_t *at);
uint32_t be32_read(const uint8_t *at);
uint64_t be64_read(const uint8_t *at);

#endif
