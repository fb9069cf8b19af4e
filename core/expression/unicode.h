/*
 * Texts in UTF-8, counted and cut as Java does: in UTF-16 units.
 *
 * Bytes that are no UTF-8 count one unit each and are never run past.
 */
#ifndef CORE_EXPRESSION_UNICODE_H
#define CORE_EXPRESSION_UNICODE_H

#include <stddef.h>
#include <stdint.h>

/* Bytes of the character at TEXT, at least 1; 0 at the end. */
size_t utf8_size(const char *text);

/* The character at TEXT. */
uint32_t utf8_read(const char *text);

/* Writes a character, 1 to 4 bytes, and returns how many. */
size_t utf8_write(char *at, uint32_t character);

/* UTF-16 units of the first SIZE bytes of TEXT; SIZE_MAX: of all of it. */
size_t utf16_length(const char *text, size_t size);

/* The byte at which UTF-16 unit UNIT begins; the text's length when it has fewer. */
size_t utf16_offset(const char *text, size_t unit);

/*
 * The UTF-16 unit of CHARACTER in which it differs from OTHER: its first, or its second when both
 * begin with the same.
 */
int utf16_unit(uint32_t character, uint32_t other);

#endif
