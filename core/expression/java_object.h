/*
 * Objects as Java serialises them: what the original keeps of a list or a map that an expression
 * gives (format "application/x-java-serialized-object"), and what exported history has in base64.
 *
 * Lists and maps of Java's own, and texts, numbers, truths and dates in them: as java.io writes
 * them (Java Object Serialization Specification, 6.4). Equal texts within one object are written
 * twice: whether they are the same text to Java nobody here knows.
 */
#ifndef CORE_EXPRESSION_JAVA_OBJECT_H
#define CORE_EXPRESSION_JAVA_OBJECT_H

#include "core/expression/value.h"

extern const char java_object_format[]; /* its name as a data format */

/* VALUE in base64, in ARENA; NULL when it holds something of another class, or far too much. */
const char *java_object_write(struct arena *arena, const struct expression_value *value);

/*
 * What TEXT, in base64, says, in ARENA. *RET_EXACT: java_object_write() gives it again; else it is
 * only good to be shown, as a set is that becomes a list. ERR_INPUT when it is malformed, of
 * another class, or would fill more than a bounded part of the memory: *RET_REASON is the name of
 * that class, or the words that Java has for a broken stream.
 */
int java_object_read(struct arena *arena, const char *text, struct expression_value *ret,
		     bool *ret_exact, const char **ret_reason);

#endif
