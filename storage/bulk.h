/*
 * Many puts into, or deletes from, one database in few calls: Berkeley DB takes pairs in key order
 * about twice as fast that way (storage.md 1.3).
 *
 * Pairs wait in a buffer until it is full; bulk_flush() sends the last ones. The buffer lies in the
 * transaction's arena.
 */
#ifndef STORAGE_BULK_H
#define STORAGE_BULK_H

#include "storage/txn.h"
#include "storage/txn_internal.h"

enum { BULK_PAIR = 16 }; /* bytes that a pair takes beside those of key and value */

struct bulk {
	struct txn *txn;
	DB *db;
	bool deletes;
	DBT pairs;
	void *at;
	size_t waiting;
};

/* SIZE: bytes of the buffer; what is larger goes by itself. */
void bulk_init(struct bulk *bulk, struct txn *txn, DB *db, size_t size, bool deletes);

/* Puts KEY with VALUE; a bulk that deletes takes the key alone, which must be there. */
int bulk_add(struct bulk *bulk, struct bytes key, struct bytes value);

int bulk_flush(struct bulk *bulk);

#endif
