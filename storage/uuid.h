/*
 * Ids in the form of a UUID, and a keyed hash for ids and values of any other form.
 *
 * Only the canonical text (36 characters, lower case) counts as a UUID here: any other text is
 * just text, as two spellings must not name one thing.
 */
#ifndef STORAGE_UUID_H
#define STORAGE_UUID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { UUID_SIZE = 16, UUID_TEXT = 36 };

/* Sixteen bytes as the canonical text, with a NUL behind it: TEXT has room for 37. */
void uuid_format(const uint8_t uuid[UUID_SIZE], char *text);

/* False unless the LENGTH bytes at TEXT are a canonical UUID. */
bool uuid_parse(const char *text, size_t length, uint8_t uuid[UUID_SIZE]);

/* A fresh random UUID (version 4). */
void uuid_random(uint8_t uuid[UUID_SIZE]);

/* SIZE bytes from the system's random source. */
void random_bytes(void *bytes, size_t size);

/* SipHash-2-4 with 64 bits of output: nobody without the key can make two texts collide. */
uint64_t hash64(const uint8_t key[16], const void *bytes, size_t size);

#endif
