/*
 * The operations of storage/txn.h on any Berkeley DB handle: for storage/archive.c.
 */
#ifndef STORAGE_TXN_INTERNAL_H
#define STORAGE_TXN_INTERNAL_H

#include <db.h>

#include "storage/txn.h"

int db_get(struct txn *txn, DB *db, const void *key, size_t key_size, struct bytes *ret);

/* The same for values that mostly take up to ROOM bytes: those that do are looked up once. */
int db_get_large(struct txn *txn, DB *db, const void *key, size_t key_size, size_t room,
		 struct bytes *ret);
int db_put(struct txn *txn, DB *db, const void *key, size_t key_size, const void *value,
	   size_t size, uint32_t flags);
int db_delete(struct txn *txn, DB *db, const void *key, size_t key_size);
/*
 * Reads at most ROOM keys backwards: those below BEFORE (size 0: from the end) that are not below
 * FROM. They lie in the arena.
 */
int db_keys_back(struct txn *txn, DB *db, struct bytes from, struct bytes before,
		 struct bytes *keys, size_t room, size_t *ret_count);
void scan_start_db(struct scan *scan, struct txn *txn, DB *db, struct bytes from, struct bytes to);

enum { SCAN_HANDFULS = 3 };

/* Passes over what would read the first records one by one. */
static inline void scan_in_pieces(struct scan *scan)
{
	scan->handfuls = SCAN_HANDFULS;
}

#endif
