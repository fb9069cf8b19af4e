/*
 * Base64 (RFC 4648), as bytes stand in JSON and credentials in a header.
 */
#ifndef STORAGE_BASE64_H
#define STORAGE_BASE64_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Decodes TEXT into OUT, which has room for 3 bytes for each 4 characters begun. The last group is
 * padded or not. False when anything else is there, or more or less padding than that takes.
 */
bool base64_decode(const char *text, uint8_t *out, size_t *ret_size);

struct arena;

/* SIZE bytes as padded text, in ARENA. */
const char *base64_encode(struct arena *arena, const uint8_t *bytes, size_t size);

#endif
