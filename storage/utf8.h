/*
 * UTF-8, strict and in pieces: no overlong forms, no surrogates, nothing above U+10FFFF.
 *
 * A character may be cut by the end of a piece; the state remembers what is missing.
 */
#ifndef STORAGE_UTF8_H
#define STORAGE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "storage/arena.h"

struct utf8 {
	uint8_t missing;     /* continuation bytes still to come */
	uint8_t least, most; /* bounds of the next one */
};

/* False as soon as the bytes seen so far cannot be the beginning of UTF-8. Start with zeros. */
bool utf8_feed(struct utf8 *utf8, const void *bytes, size_t size);

/* True when no character is cut. */
bool utf8_complete(const struct utf8 *utf8);

bool utf8_valid(const void *bytes, size_t size);

/*
 * A copy in ARENA, as text: what is no UTF-8 becomes U+FFFD, in the pieces in which Java's decoder
 * takes it: the beginning of a character that does not go on is one, and so is a surrogate.
 */
char *utf8_mend(struct arena *arena, const void *bytes, size_t size);

#endif
