/*
 * The records of core/runtime/running_index.h: 64 instances of a list are one, so that a hundred
 * that start together write two records to each of their lists, and not a hundred.
 *
 * An entry's key ends with the serial number of its instance (be64); the record's with that of the
 * first of the 64. Its value is a be64 with a bit for each instance that is in the list (the lowest
 * for the first), and, unless each has one row, the rows of those as be32, in their order.
 */
#ifndef CORE_RUNTIME_RUNNING_BUCKET_H
#define CORE_RUNTIME_RUNNING_BUCKET_H

#include "core/runtime/instance.h"

enum { RUNNING_BUCKET = 64 };

struct running_bucket {
	uint64_t mask;
	uint32_t rows[RUNNING_BUCKET]; /* where there is a bit */
};

/* ERR_CORRUPT. */
int running_bucket_decode(struct bytes value, struct running_bucket *ret);

/* The rows of all. */
int64_t running_bucket_count(const struct running_bucket *bucket);

/*
 * Brings the records of TXN's store in line with COUNT entries, in order of their keys, each once;
 * one with no rows goes. ERR_CORRUPT: it was not there.
 */
int running_bucket_write(struct txn *txn, const struct running_entry *entries, size_t count);

/* Takes up to MOST records of any list away. ERR_NOT_FOUND when there is none. */
int running_bucket_clear(struct txn *txn, size_t most);

#endif
