/*
 * The store: one Berkeley DB environment, owned by one process, and its tables.
 *
 * store_open() takes an exclusive lock on the home directory, runs recovery and opens every table
 * that the caller lists; a thread of the store keeps house: expired locks, checkpoints, old logs.
 * What a table holds is the caller's business; its keys sort bytewise. Reads and writes go through
 * storage/txn.h. A panic of the environment ends the process at once: its supervisor starts it
 * again and recovery runs (storage/format.md).
 */
#ifndef STORAGE_STORE_H
#define STORAGE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "storage/arena.h"
#include "storage/error.h"

struct store;

enum { STORE_FORMAT = 3, STORE_FORMAT_OLDEST = 2, STORE_TAG_SIZE = 16, STORE_TABLES_MAX = 48 };

struct store_options {
	const char *home;          /* directory; made if missing */
	uint64_t cache_size;       /* bytes */
	uint64_t reserve_size;     /* bytes kept back for deleting on a full disk; 0 = none */
	const char *const *tables; /* names; a table is its index in this list from then on */
	unsigned table_count;
};

/*
 * ERR_FORMAT when the store is newer than STORE_FORMAT or older than STORE_FORMAT_OLDEST, ERR_BUSY
 * when another process owns it; every failure has a message.
 */
int store_open(struct store **ret_store, const struct store_options *options, struct arena *arena,
	       struct error *error);

/* Checkpoints and closes. Nobody may be inside a transaction any more. */
void store_close(struct store *store);

/* Random bytes of this store, made once: the key of its hashes and the mark in its own ids. */
const uint8_t *store_tag(const struct store *store);

/* Checks every database of the store, which must not be open anywhere. Prints what is wrong. */
int store_verify(const char *home);

/* Brings a store that no process has open, a restored one perhaps, to its last commit. */
int store_recover(const char *home);

/* True when the disk has less free room than SIZE bytes: what can wait should. */
bool store_room_is_low(const struct store *store, uint64_t size);

/* True once the disk was found full, until a write succeeds again. */
bool store_full(const struct store *store);

#endif
