#include "core/history/scan.h"

#include <endian.h>
#include <string.h>

/* The same loops for the processors that have wider registers; picked when the program starts. */
#if defined(__x86_64__) && defined(__gnu_linux__) && !defined(__clang__) &&                        \
	!defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define WIDE __attribute__((target_clones("avx2", "default"), optimize("O3")))
#else
#define WIDE
#endif

WIDE void scan_range(const int64_t *column, uint32_t count, int64_t low, int64_t high, uint8_t *out)
{
	uint32_t i;

	for (i = 0; i < count; i++)
		out[i] = (column[i] >= low) & (column[i] <= high);
}

WIDE void scan_between(const uint64_t *column, uint32_t count, uint64_t low, uint64_t high,
		       uint8_t *out)
{
	uint32_t i;

	for (i = 0; i < count; i++)
		out[i] = (column[i] >= low) & (column[i] <= high);
}

WIDE void scan_ranks(const uint32_t *column, uint32_t count, const uint32_t *ranks, uint64_t low,
		     uint64_t high, uint8_t *out)
{
	uint32_t first = (uint32_t)low, last = high > UINT32_MAX ? UINT32_MAX : (uint32_t)high, i;

	for (i = 0; i < count; i++)
		out[i] = (ranks[column[i]] >= first) & (ranks[column[i]] <= last);
}

WIDE void scan_durations(const int64_t *start, const int64_t *end, uint32_t count, int64_t low,
			 int64_t high, uint8_t *out)
{
	uint32_t i;

	for (i = 0; i < count; i++) {
		int64_t none = end[i] == INT64_MIN;
		int64_t value = (int64_t)((uint64_t)end[i] - (uint64_t)start[i]);

		value = none ? INT64_MIN : value;
		out[i] = (value >= low) & (value <= high);
	}
}

WIDE void scan_equal(const uint64_t *column, uint32_t count, uint64_t value, uint8_t *out)
{
	uint32_t i;

	for (i = 0; i < count; i++)
		out[i] = column[i] == value;
}

WIDE void scan_table(const uint32_t *column, uint32_t count, const uint8_t *table, uint8_t *out)
{
	uint32_t i;

	for (i = 0; i < count; i++)
		out[i] = table[column[i]];
}

WIDE void scan_bits(const uint8_t *column, uint32_t count, uint8_t mask, uint8_t value,
		    uint8_t *out)
{
	uint32_t i;

	for (i = 0; i < count; i++)
		out[i] = (column[i] & mask) == value;
}

WIDE void scan_any_bit(const uint16_t *column, uint32_t count, uint16_t mask, uint8_t *out)
{
	uint32_t i;

	for (i = 0; i < count; i++)
		out[i] = (column[i] & mask) != 0;
}

WIDE void scan_set(const uint8_t *column, uint32_t count, uint32_t set, uint8_t *out)
{
	uint32_t i;

	for (i = 0; i < count; i++)
		out[i] = set >> (column[i] & 31) & 1;
}

static void spread_alive(const uint8_t *bits, uint32_t count, uint8_t *out)
{
	uint32_t i;

	for (i = 0; i < count; i++)
		out[i] = (uint8_t)(~(bits[i / 8] >> (i % 8)) & 1);
}

WIDE int64_t scan_least(const int64_t *column, const uint8_t *mask, uint32_t count)
{
	uint64_t least = UINT64_MAX; /* of numbers less one, so that INT64_MIN comes last */
	uint32_t i;

	for (i = 0; i < count; i++) {
		uint64_t value = ((uint64_t)column[i] ^ (uint64_t)1 << 63) - 1;

		value |= (uint64_t)mask[i] - 1;
		least = value < least ? value : least;
	}
	return least == UINT64_MAX ? INT64_MAX : (int64_t)((least + 1) ^ (uint64_t)1 << 63);
}

void scan_alive(const uint8_t *bits, uint32_t count, uint8_t *out)
{
	uint32_t at = 0;
	uint64_t word;

	/* 64 rows at a time, which mostly live all or are dead all */
	for (; at + 64 <= count; at += 64) {
		memcpy(&word, bits + at / 8, sizeof(word));
		if (!word || word == UINT64_MAX)
			memset(out + at, !word, 64);
		else
			spread_alive(bits + at / 8, 64, out + at);
	}
	spread_alive(bits + at / 8, count - at, out + at);
}

WIDE void mask_and(uint8_t *mask, const uint8_t *other, uint32_t count)
{
	uint32_t i;

	for (i = 0; i < count; i++)
		mask[i] &= other[i];
}

WIDE void mask_or(uint8_t *mask, const uint8_t *other, uint32_t count)
{
	uint32_t i;

	for (i = 0; i < count; i++)
		mask[i] |= other[i];
}

WIDE void mask_not(uint8_t *mask, uint32_t count)
{
	uint32_t i;

	for (i = 0; i < count; i++)
		mask[i] ^= 1;
}

WIDE uint64_t mask_count(const uint8_t *mask, uint32_t count)
{
	uint64_t total = 0;
	uint32_t i;

	for (i = 0; i < count; i++)
		total += mask[i];
	return total;
}

uint32_t mask_pack(const uint8_t *mask, uint32_t count, uint8_t *bits)
{
	uint32_t at = 0;

	for (; at + 8 <= count; at += 8) {
		uint64_t word;

		memcpy(&word, mask + at, sizeof(word));
		/* each byte's lowest bit is shifted to its place in the highest byte */
		word = le64toh(word) * 0x0102040810204080u >> 56;
		bits[at / 8] = (uint8_t)word;
	}
	if (at < count)
		bits[at / 8] = 0;
	for (; at < count; at++)
		bits[at / 8] |= (uint8_t)(mask[at] << at % 8);
	return (uint32_t)mask_count(mask, count);
}

bool mask_any(const uint8_t *mask, uint32_t count)
{
	return count && memchr(mask, 1, count);
}

uint32_t mask_next(const uint8_t *mask, uint32_t from, uint32_t count)
{
	uint64_t word;

	for (; from + sizeof(word) <= count; from += sizeof(word)) {
		memcpy(&word, mask + from, sizeof(word));
		if (word)
			break;
	}
	while (from < count && !mask[from])
		from++;
	return from;
}

uint32_t mask_previous(const uint8_t *mask, uint32_t end)
{
	uint64_t word;

	for (; end >= sizeof(word); end -= sizeof(word)) {
		memcpy(&word, mask + end - sizeof(word), sizeof(word));
		if (word)
			break;
	}
	while (end && !mask[end - 1])
		end--;
	return end - 1;
}
