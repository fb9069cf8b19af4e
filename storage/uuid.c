#include "storage/uuid.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

static const char digits[] = "0123456789abcdef";

void uuid_format(const uint8_t uuid[UUID_SIZE], char *text)
{
	size_t i;

	for (i = 0; i < UUID_SIZE; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*text++ = '-';
		*text++ = digits[uuid[i] >> 4];
		*text++ = digits[uuid[i] & 15];
	}
	*text = '\0';
}

enum { DIGIT = 16 }; /* marks what is one */

static const uint8_t digit_values[256] = {
	['0'] = DIGIT,      ['1'] = DIGIT + 1,  ['2'] = DIGIT + 2,  ['3'] = DIGIT + 3,
	['4'] = DIGIT + 4,  ['5'] = DIGIT + 5,  ['6'] = DIGIT + 6,  ['7'] = DIGIT + 7,
	['8'] = DIGIT + 8,  ['9'] = DIGIT + 9,  ['a'] = DIGIT + 10, ['b'] = DIGIT + 11,
	['c'] = DIGIT + 12, ['d'] = DIGIT + 13, ['e'] = DIGIT + 14, ['f'] = DIGIT + 15,
};

/* Every text of a record is asked whether it is one: no branch for each digit. */
bool uuid_parse(const char *text, size_t length, uint8_t uuid[UUID_SIZE])
{
	static const uint8_t places[UUID_SIZE] = {0,  2,  4,  6,  9,  11, 14, 16,
						  19, 21, 24, 26, 28, 30, 32, 34};
	unsigned all_digits = DIGIT;
	size_t i;

	if (length != UUID_TEXT || text[8] != '-' || text[13] != '-' || text[18] != '-' ||
	    text[23] != '-')
		return false;
	for (i = 0; i < UUID_SIZE; i++) {
		unsigned high = digit_values[(uint8_t)text[places[i]]];
		unsigned low = digit_values[(uint8_t)text[places[i] + 1]];

		all_digits &= high & low;
		uuid[i] = (uint8_t)(high << 4 | (low & (DIGIT - 1)));
	}
	return all_digits != 0;
}

void random_bytes(void *bytes, size_t size)
{
	uint8_t *at = bytes;

	while (size) {
		ssize_t got = getrandom(at, size, 0);

		if (got < 0 && errno != EINTR)
			abort();
		if (got > 0) {
			at += got;
			size -= (size_t)got;
		}
	}
}

void uuid_random(uint8_t uuid[UUID_SIZE])
{
	random_bytes(uuid, UUID_SIZE);
	uuid[6] = (uint8_t)((uuid[6] & 0x0f) | 0x40);
	uuid[8] = (uint8_t)((uuid[8] & 0x3f) | 0x80);
}

static uint64_t rotate(uint64_t x, unsigned by)
{
	return x << by | x >> (64 - by);
}

static uint64_t little64(const uint8_t *at)
{
	uint64_t value = 0;
	unsigned i;

	for (i = 0; i < 8; i++)
		value |= (uint64_t)at[i] << (8 * i);
	return value;
}

static void sip_rounds(uint64_t v[4], unsigned rounds)
{
	while (rounds--) {
		v[0] += v[1];
		v[2] += v[3];
		v[1] = rotate(v[1], 13) ^ v[0];
		v[3] = rotate(v[3], 16) ^ v[2];
		v[0] = rotate(v[0], 32);
		v[2] += v[1];
		v[0] += v[3];
		v[1] = rotate(v[1], 17) ^ v[2];
		v[3] = rotate(v[3], 21) ^ v[0];
		v[2] = rotate(v[2], 32);
	}
}

/* SipHash-2-4, after Aumasson and Bernstein, "SipHash: a fast short-input PRF" (2012). */
uint64_t hash64(const uint8_t key[16], const void *bytes, size_t size)
{
	uint64_t k0 = little64(key), k1 = little64(key + 8), word;
	uint64_t v[4] = {k0 ^ 0x736f6d6570736575u, k1 ^ 0x646f72616e646f6du,
			 k0 ^ 0x6c7967656e657261u, k1 ^ 0x7465646279746573u};
	const uint8_t *at = bytes;
	uint8_t tail[8] = {0};
	size_t left;

	for (left = size; left >= 8; left -= 8, at += 8) {
		word = little64(at);
		v[3] ^= word;
		sip_rounds(v, 2);
		v[0] ^= word;
	}
	if (left)
		memcpy(tail, at, left);
	tail[7] = (uint8_t)size;
	word = little64(tail);
	v[3] ^= word;
	sip_rounds(v, 2);
	v[0] ^= word;
	v[2] ^= 0xff;
	sip_rounds(v, 4);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}
