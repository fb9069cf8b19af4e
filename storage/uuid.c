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

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool uuid_parse(const char *text, size_t length, uint8_t uuid[UUID_SIZE])
{
	size_t i, at = 0;

	if (length != UUID_TEXT)
		return false;
	for (i = 0; i < UUID_SIZE; i++) {
		int high, low;

		if ((i == 4 || i == 6 || i == 8 || i == 10) && text[at++] != '-')
			return false;
		high = digit_value(text[at]);
		low = digit_value(text[at + 1]);
		if (high < 0 || low < 0)
			return false;
		uuid[i] = (uint8_t)(high << 4 | low);
		at += 2;
	}
	return true;
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
