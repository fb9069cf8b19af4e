#include "storage/base64.h"

#include "storage/arena.h"

#include <string.h>

/* The six bits that C stands for, or -1. */
static int digit_of(char c)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

bool base64_decode(const char *text, uint8_t *out, size_t *ret_size)
{
	static const char *const padding[] = {"", "", "==", "="};
	uint32_t bits = 0;
	size_t size = 0, count = 0;
	int digit;

	for (; (digit = digit_of(*text)) >= 0; text++) {
		bits = bits << 6 | (uint32_t)digit;
		/* each digit after a group's first completes a byte */
		if (count++ % 4)
			out[size++] = (uint8_t)(bits >> (6 - 2 * ((count - 1) % 4)));
	}
	*ret_size = size;
	if (count % 4 == 1)
		return false;
	return !*text || !strcmp(text, padding[count % 4]);
}

const char *base64_encode(struct arena *arena, const uint8_t *bytes, size_t size)
{
	static const char alphabet[] = /* and what stands for nothing */
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";
	char *text = arena_alloc(arena, (size + 2) / 3 * 4 + 1), *end = text;
	size_t i;

	for (i = 0; i < size; i += 3) {
		uint32_t group = (uint32_t)bytes[i] << 16;

		group |= i + 1 < size ? (uint32_t)bytes[i + 1] << 8 : 0;
		group |= i + 2 < size ? bytes[i + 2] : 0;
		*end++ = alphabet[group >> 18];
		*end++ = alphabet[group >> 12 & 63];
		*end++ = alphabet[i + 1 < size ? group >> 6 & 63 : 64];
		*end++ = alphabet[i + 2 < size ? group & 63 : 64];
	}
	return text;
}
