/*
 * JSON as a tree in an arena, read piece by piece, and as the engine's JSON mapper reads it.
 *
 * The parser takes a body in pieces of any size and keeps only the tree. What follows the first
 * value is ignored, a repeated key counts with its last value, keys and texts hold no NUL
 * (semantics.md 6.3). json_to_* convert as the engine does; ERR_INPUT = a binding error, which the
 * API answers with 400 and an empty message.
 */
#ifndef CORE_JSON_JSON_H
#define CORE_JSON_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "storage/arena.h"

enum json_type { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

enum { JSON_DEPTH_MAX = 64 };

struct json {
	enum json_type type;
	bool truth;         /* JSON_BOOL */
	const char *key;    /* within an object */
	const char *text;   /* JSON_STRING: UTF-8; JSON_NUMBER: as it was written */
	struct json *first; /* JSON_ARRAY, JSON_OBJECT: members, in order */
	struct json *next;  /* sibling */
	size_t count;       /* members */
};

struct json_parser;

/* A parser that builds in ARENA and goes away with json_parser_end(). */
struct json_parser *json_parser_begin(struct arena *arena);

/*
 * Sends the strings of the array that is the value of top-level KEY to TAKE instead of into the
 * tree; nulls come as NULL, and anything else makes the body unreadable. The tree then holds an
 * empty array. RESET is called before: a repeated key counts with its last value. For lists of a
 * million ids. KEY must live as long as the parser.
 */
void json_parser_divert(struct json_parser *parser, const char *key,
			void (*take)(void *arg, const char *text, size_t length),
			void (*reset)(void *arg), void *arg);

/* ERR_INPUT when the text so far cannot become JSON. */
int json_parser_feed(struct json_parser *parser, const void *bytes, size_t size);

/* Frees the parser. *RET is the tree. ERR_INPUT when the text was not a complete JSON value. */
int json_parser_end(struct json_parser *parser, struct json **ret);

/* All of it at once. */
int json_parse(struct arena *arena, const void *bytes, size_t size, struct json **ret);

enum { JSON_SLACK = 8 };

/*
 * The same for many texts of some size, at several times the speed: strings and numbers stay in
 * BYTES, which is written to and must live as long as the tree. JSON_SLACK bytes behind the SIZE
 * may be overwritten, too. (core/json/in_place.c)
 */
int json_parse_in_place(struct arena *arena, char *bytes, size_t size, struct json **ret);

/* The same where nothing may stand behind the value. */
int json_parse_all_in_place(struct arena *arena, char *bytes, size_t size, struct json **ret);

/* What a value is, without a tree. ERR_INPUT. */
int json_type_of(const void *bytes, size_t size, enum json_type *ret);

/* The last member of OBJECT with that key, or NULL. A NULL object has none. */
const struct json *json_member(const struct json *object, const char *key);

/* As json_member(), but NULL also for a member that is null. */
const struct json *json_present(const struct json *object, const char *key);

/* A text; NULL for null. Numbers and booleans become text. */
int json_to_string(const struct json *node, const char **ret);

/* An integer; ABSENT for null, "" and "null". Fractions are cut off. ERR_INPUT beyond 64 bits (32:
 * INT32).
 */
int json_to_int(const struct json *node, int64_t absent, bool int32, int64_t *ret);

/* ABSENT for null, "" and "null". Integers other than 0 are true. */
int json_to_bool(const struct json *node, bool absent, bool *ret);

/* TIME_NULL for null, "" and "null". Integers are milliseconds since the epoch. */
int json_to_time(const struct json *node, int64_t *ret);

#endif
