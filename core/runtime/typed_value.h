/*
 * Values of variables as requests bring them and answers show them: {"value", "type", "valueInfo"}.
 *
 * Reading checks what the original checks, with its words (semantics.md 10). Failures that are the
 * request's come with words that a resource puts its own before ("Cannot put task variable v: …");
 * what does not bind at all is ERR_INPUT without words.
 */
#ifndef CORE_RUNTIME_TYPED_VALUE_H
#define CORE_RUNTIME_TYPED_VALUE_H

#include "core/json/json.h"
#include "core/json/writer.h"
#include "core/runtime/start.h"
#include "core/runtime/variable.h"

/* The original keeps texts in columns of this many UTF-16 units. */
enum { VARIABLE_TEXT_MAX = 4000 };

/* Variables in one request. */
enum { VARIABLES_MAX = 5000 };

/* Reads NODE, an object, as the value of variable NAME (for words). What it needs is in ARENA. */
int typed_value_read(struct arena *arena, const struct json *node, const char *name,
		     struct typed_value *ret, struct error *error);

struct named_values {
	size_t count;
	struct named_value *items;
};

/* Reads {"name": {value…}, …}; nothing and null are no values. `local` is taken when it is given.
 */
int typed_values_read(struct arena *arena, const struct json *node, struct named_values *ret,
		      struct error *error);

/*
 * Sets a variable as SCOPE sees it, or in SCOPE itself when LOCAL. ERR_ENGINE when it is transient
 * and what has its name is not, or the other way.
 */
int named_value_set(const struct scope *scope, const struct named_value *item, bool local);

/* The same of several, one after the other. */
int named_values_set(const struct scope *scope, const struct named_values *values, bool local);

/* A file, or bytes without NAME; type and encoding may be NULL. */
void typed_value_file(struct arena *arena, const char *name, const char *media_type,
		      const char *encoding, const void *bytes, size_t size,
		      struct typed_value *ret);
void typed_value_bytes(struct arena *arena, const void *bytes, size_t size,
		       struct typed_value *ret);

/* An object of CLASS, whose TEXT is JSON. */
void typed_value_object(struct arena *arena, const char *class, const char *text,
			struct typed_value *ret);

/*
 * Writes the variable's value as an object. DESERIALISED: as it would be in Java; ERR_ENGINE with
 * words when the original could not make the object, and then nothing was written.
 */
int typed_value_write(struct json_writer *writer, struct arena *arena,
		      const struct variable *variable, bool deserialised, struct error *error);

#endif
