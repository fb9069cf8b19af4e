#include "core/json/writer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/json/date.h"
#include "core/json/json.h"
#include "storage/clock.h"

void json_writer_init(struct json_writer *writer, size_t full,
		      int (*sink)(void *arg, const void *bytes, size_t size), void *arg)
{
	memset(writer, 0, sizeof(*writer));
	writer->full = full;
	writer->sink = sink;
	writer->arg = arg;
}

int json_writer_flush(struct json_writer *writer)
{
	if (!writer->code && writer->sink && writer->buffer.length)
		writer->code =
			writer->sink(writer->arg, writer->buffer.data, writer->buffer.length);
	if (writer->sink)
		writer->buffer.length = 0;
	return writer->code;
}

void json_writer_clear(struct json_writer *writer)
{
	buffer_clear(&writer->buffer);
}

static void before_value(struct json_writer *writer)
{
	if (writer->comma)
		buffer_put_u8(&writer->buffer, ',');
	writer->comma = true;
}

static void after_value(struct json_writer *writer)
{
	if (writer->full && writer->buffer.length >= writer->full)
		json_writer_flush(writer);
}

static void put_open(struct json_writer *writer, char c)
{
	before_value(writer);
	buffer_put_u8(&writer->buffer, (uint8_t)c);
	writer->comma = false;
}

static void put_close(struct json_writer *writer, char c)
{
	buffer_put_u8(&writer->buffer, (uint8_t)c);
	writer->comma = true;
	after_value(writer);
}

void json_open_object(struct json_writer *writer)
{
	put_open(writer, '{');
}

void json_close_object(struct json_writer *writer)
{
	put_close(writer, '}');
}

void json_open_array(struct json_writer *writer)
{
	put_open(writer, '[');
}

void json_close_array(struct json_writer *writer)
{
	put_close(writer, ']');
}

enum { WORD = sizeof(uint64_t) };

#define EVERY(byte) (UINT64_MAX / 255 * (byte)) /* byte of a word */

/* Whether one of a word's bytes has to be escaped: is below ' ', or is " or \. */
static bool is_special(uint64_t word)
{
	uint64_t quote = word ^ EVERY('"'), slash = word ^ EVERY('\\');

	return (((word - EVERY(' ')) & ~word) | ((quote - EVERY(1)) & ~quote) |
		((slash - EVERY(1)) & ~slash)) &
	       EVERY(0x80);
}

static void put_escape(struct buffer *buffer, unsigned char c)
{
	static const char names[] = "\"\"\\\\\bb\ff\nn\rr\tt";
	char text[8];
	size_t i;

	for (i = 0; i < sizeof(names) - 1; i += 2) {
		if ((unsigned char)names[i] == c) {
			buffer_put_u8(buffer, '\\');
			buffer_put_u8(buffer, (uint8_t)names[i + 1]);
			return;
		}
	}
	snprintf(text, sizeof(text), "\\u%04x", c);
	buffer_put_text(buffer, text);
}

/* How many bytes of TEXT need no escape. */
static size_t plain_length(const char *text, size_t length)
{
	size_t at;
	uint64_t word;

	for (at = 0; at + WORD <= length; at += WORD) {
		memcpy(&word, text + at, WORD);
		if (is_special(word))
			break;
	}
	for (; at < length; at++) {
		unsigned char c = (unsigned char)text[at];

		if (c < 0x20 || c == '"' || c == '\\')
			break;
	}
	return at;
}

static void put_quoted(struct buffer *buffer, const char *text)
{
	size_t length = strlen(text);

	buffer_reserve(buffer, length + 2);
	buffer_put_u8(buffer, '"');
	for (;;) {
		size_t plain = plain_length(text, length);

		buffer_put(buffer, text, plain);
		if (plain == length)
			break;
		put_escape(buffer, (unsigned char)text[plain]);
		text += plain + 1;
		length -= plain + 1;
	}
	buffer_put_u8(buffer, '"');
}

void json_key(struct json_writer *writer, const char *key)
{
	before_value(writer);
	put_quoted(&writer->buffer, key);
	buffer_put_u8(&writer->buffer, ':');
	writer->comma = false;
}

void json_raw(struct json_writer *writer, const char *text)
{
	before_value(writer);
	buffer_put_text(&writer->buffer, text);
	after_value(writer);
}

void json_null(struct json_writer *writer)
{
	json_raw(writer, "null");
}

void json_bool(struct json_writer *writer, bool truth)
{
	json_raw(writer, truth ? "true" : "false");
}

void json_int(struct json_writer *writer, int64_t value)
{
	char text[24], *at = text + sizeof(text) - 1;
	uint64_t left = value < 0 ? -(uint64_t)value : (uint64_t)value;

	*at = '\0';
	do
		*--at = (char)('0' + left % 10);
	while (left /= 10);
	if (value < 0)
		*--at = '-';
	json_raw(writer, at);
}

void json_double(struct json_writer *writer, double value)
{
	char text[40];
	int digits;

	if (!isfinite(value)) {
		json_null(writer);
		return;
	}
	for (digits = 15; digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, value);
		if (strtod(text, NULL) == value)
			break;
	}
	if (!strpbrk(text, ".e"))
		memcpy(text + strlen(text), ".0", sizeof(".0"));
	json_raw(writer, text);
}

void json_string(struct json_writer *writer, const char *text)
{
	if (!text) {
		json_null(writer);
		return;
	}
	before_value(writer);
	put_quoted(&writer->buffer, text);
	after_value(writer);
}

void json_time(struct json_writer *writer, int64_t time)
{
	char text[DATE_SIZE + 2];
	int n;

	if (time == TIME_NULL) {
		json_null(writer);
		return;
	}
	text[0] = '"';
	n = date_format(time, text + 1);
	text[n + 1] = '"';
	before_value(writer);
	buffer_put(&writer->buffer, text, (size_t)n + 2);
	after_value(writer);
}

void json_newline(struct json_writer *writer)
{
	buffer_put_u8(&writer->buffer, '\n');
	writer->comma = false;
	after_value(writer);
}

static void put_members(struct json_writer *writer, const struct json *node)
{
	const struct json *member;

	for (member = node->first; member; member = member->next) {
		if (member->key)
			json_key(writer, member->key);
		json_tree(writer, member);
	}
}

void json_tree(struct json_writer *writer, const struct json *node)
{
	switch (node->type) {
	case JSON_NULL:
		json_null(writer);
		break;
	case JSON_BOOL:
		json_bool(writer, node->truth);
		break;
	case JSON_NUMBER:
		json_raw(writer, node->text);
		break;
	case JSON_STRING:
		json_string(writer, node->text);
		break;
	case JSON_ARRAY:
		json_open_array(writer);
		put_members(writer, node);
		json_close_array(writer);
		break;
	case JSON_OBJECT:
		json_open_object(writer);
		put_members(writer, node);
		json_close_object(writer);
		break;
	}
}

void json_key_string(struct json_writer *writer, const char *key, const char *text)
{
	json_key(writer, key);
	json_string(writer, text);
}

void json_key_int(struct json_writer *writer, const char *key, int64_t value)
{
	json_key(writer, key);
	json_int(writer, value);
}

void json_key_bool(struct json_writer *writer, const char *key, bool truth)
{
	json_key(writer, key);
	json_bool(writer, truth);
}

void json_key_time(struct json_writer *writer, const char *key, int64_t time)
{
	json_key(writer, key);
	json_time(writer, time);
}
