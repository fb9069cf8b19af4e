/*
 * Writes JSON as it comes: nothing is kept but a buffer, handed on whenever it is full.
 *
 * Commas are the writer's business. A failing sink is remembered in `code` and everything after it
 * is dropped: look once at the end, or from time to time in a long list.
 */
#ifndef CORE_JSON_WRITER_H
#define CORE_JSON_WRITER_H

#include <stdbool.h>
#include <stdint.h>

#include "storage/buffer.h"

struct json_writer {
	struct buffer buffer;
	size_t full; /* bytes at which the sink is called; 0 = never */
	int (*sink)(void *arg, const void *bytes, size_t size);
	void *arg;
	bool comma; /* the next value needs one before it */
	int code;
};

void json_writer_init(struct json_writer *writer, size_t full,
		      int (*sink)(void *arg, const void *bytes, size_t size), void *arg);

/* Hands on what is in the buffer. Returns the writer's code. */
int json_writer_flush(struct json_writer *writer);
void json_writer_clear(struct json_writer *writer);

void json_open_object(struct json_writer *writer);
void json_close_object(struct json_writer *writer);
void json_open_array(struct json_writer *writer);
void json_close_array(struct json_writer *writer);
void json_key(struct json_writer *writer, const char *key);
void json_null(struct json_writer *writer);
void json_bool(struct json_writer *writer, bool truth);
void json_int(struct json_writer *writer, int64_t value);

/* As Java prints a double: always with a fraction. Not a number becomes null. */
void json_double(struct json_writer *writer, double value);

/* NULL becomes null. */
void json_string(struct json_writer *writer, const char *text);

/* TIME_NULL becomes null. */
void json_time(struct json_writer *writer, int64_t time);

/* TEXT is JSON already. */
void json_raw(struct json_writer *writer, const char *text);

/* A line's end between values of NDJSON. */
void json_newline(struct json_writer *writer);

struct json;

/* A tree as it was read. */
void json_tree(struct json_writer *writer, const struct json *node);

/* Key and value in one call. */
void json_key_string(struct json_writer *writer, const char *key, const char *text);
void json_key_int(struct json_writer *writer, const char *key, int64_t value);
void json_key_bool(struct json_writer *writer, const char *key, bool truth);
void json_key_time(struct json_writer *writer, const char *key, int64_t time);

#endif
