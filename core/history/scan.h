/*
 * Vectorised scans: one column of a segment against one condition, a byte a row.
 *
 * Compiled with the compiler's highest optimisation, as the time of every query is spent here.
 */
#ifndef CORE_HISTORY_SCAN_H
#define CORE_HISTORY_SCAN_H

#include <stdbool.h>
#include <stdint.h>

/* out[i] = low <= column[i] <= high */
void scan_range(const int64_t *column, uint32_t count, int64_t low, int64_t high, uint8_t *out);

/* out[i] = low <= column[i] <= high */
void scan_between(const uint64_t *column, uint32_t count, uint64_t low, uint64_t high,
		  uint8_t *out);

/* out[i] = low <= ranks[column[i]] <= high */
void scan_ranks(const uint32_t *column, uint32_t count, const uint32_t *ranks, uint64_t low,
		uint64_t high, uint8_t *out);

/* out[i] = low <= end[i] - start[i] <= high, where an end of INT64_MIN makes for INT64_MIN */
void scan_durations(const int64_t *start, const int64_t *end, uint32_t count, int64_t low,
		    int64_t high, uint8_t *out);

/* out[i] = column[i] == value */
void scan_equal(const uint64_t *column, uint32_t count, uint64_t value, uint8_t *out);

/* out[i] = table[column[i]] */
void scan_table(const uint32_t *column, uint32_t count, const uint8_t *table, uint8_t *out);

/* out[i] = (column[i] & mask) == value */
void scan_bits(const uint8_t *column, uint32_t count, uint8_t mask, uint8_t value, uint8_t *out);

/* out[i] = column[i] has a bit of MASK */
void scan_any_bit(const uint16_t *column, uint32_t count, uint16_t mask, uint8_t *out);

/* out[i] = whether bit column[i] of SET is on */
void scan_set(const uint8_t *column, uint32_t count, uint32_t set, uint8_t *out);

/* out[i] = bit i of BITS is off */
void scan_alive(const uint8_t *bits, uint32_t count, uint8_t *out);

/* The least column[i] with mask[i] on, those of INT64_MIN apart; INT64_MAX = none. */
int64_t scan_least(const int64_t *column, const uint8_t *mask, uint32_t count);

/* mask[i] &= other[i], |= other[i], and &= !other[i] */
void mask_and(uint8_t *mask, const uint8_t *other, uint32_t count);
void mask_or(uint8_t *mask, const uint8_t *other, uint32_t count);
void mask_not(uint8_t *mask, uint32_t count);

/* A bit for each row, lowest first; returns how many are on. BITS has room for whole bytes. */
uint32_t mask_pack(const uint8_t *mask, uint32_t count, uint8_t *bits);

/* How many are on. */
uint64_t mask_count(const uint8_t *mask, uint32_t count);

/* The first that is on from FROM on; COUNT: none. */
uint32_t mask_next(const uint8_t *mask, uint32_t from, uint32_t count);

/* The last that is on below END; UINT32_MAX: none. */
uint32_t mask_previous(const uint8_t *mask, uint32_t end);

/* Whether one is on. */
bool mask_any(const uint8_t *mask, uint32_t count);

#endif
