/*
 * Transactions: the only way to a table.
 *
 * Work is a body given to txn_run(), which owns begin, commit, abort and retry. A body may run
 * again after a conflict: it has no effect outside the store and its arena (rewound before each
 * try), passes every code up and retries nothing itself. One body writes at a time; those in the
 * foreground go first. Keep them short: at most some thousand instances, well under 100 ms.
 *
 * A body may run another transaction, which commits by itself whatever becomes of the body's: only
 * on tables that the body does not touch before, or the two wait for each other.
 *
 * Memory follows the commit: what mirrors the store in memory is changed by functions left with
 * txn_on_commit(), which run right after the commit, before the next writer starts.
 *
 * The same functions read outside a transaction, with a reader: each call sees what is committed
 * at that moment.
 */
#ifndef STORAGE_TXN_H
#define STORAGE_TXN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "storage/arena.h"
#include "storage/buffer.h"
#include "storage/error.h"
#include "storage/store.h"

struct commit_hook;

struct txn {
	struct store *store;
	struct arena *arena;
	void *handle; /* NULL in a reader */
	struct commit_hook *hooks;
};

struct bytes {
	const uint8_t *data;
	size_t size;
};

enum txn_kind {
	TXN_DURABLE,    /* on disk when txn_run() returns: for whatever is acknowledged */
	TXN_LAZY,       /* survives a killed process; a power cut may lose the last moments */
	TXN_BACKGROUND, /* as TXN_LAZY, and gives way to the other two */
	/* with any of them: frees something, so a full disk makes it take the reserve */
	TXN_FREES = 0x10,
};

typedef int (*txn_body)(struct txn *txn, void *arg);

/* Runs BODY in a transaction of KIND (enum txn_kind). ERR_BUSY after 16 conflicts in a row,
 * ERR_FULL when the disk is. */
int txn_run(struct store *store, struct arena *arena, unsigned kind, txn_body body, void *arg);

/*
 * From now on txn_run() returns in this thread before a durable transaction is on disk. What it
 * said may be told only after txn_settle(), of any thread, which waits for all that was committed
 * before.
 */
void txn_defer(void);
int txn_settle(struct store *store);

/* A reader of STORE; nothing to close. */
struct txn txn_reader(struct store *store, struct arena *arena);

/* Calls FUNCTION(ARG) once the transaction has committed; ARG lives in the body's arena or longer.
 */
void txn_on_commit(struct txn *txn, void (*function)(void *arg), void *arg);

/* *RET is in the arena. ERR_NOT_FOUND. */
int txn_get(struct txn *txn, unsigned table, const void *key, size_t key_size, struct bytes *ret);

int txn_put(struct txn *txn, unsigned table, const void *key, size_t key_size, const void *value,
	    size_t size);

/* As txn_put(), but ERR_EXISTS when the key is there. */
int txn_insert(struct txn *txn, unsigned table, const void *key, size_t key_size, const void *value,
	       size_t size);

/* ERR_NOT_FOUND when it was not there. */
int txn_delete(struct txn *txn, unsigned table, const void *key, size_t key_size);

struct txn_pair {
	struct bytes key, value;
};

/* Puts COUNT pairs, in order of keys: less than half the work of one by one. */
int txn_put_all(struct txn *txn, unsigned table, const struct txn_pair *pairs, size_t count);

/* Deletes the keys of COUNT pairs, in their order, each of which must be there. ERR_NOT_FOUND. */
int txn_delete_all(struct txn *txn, unsigned table, const struct txn_pair *pairs, size_t count);

/* Deletes every key from FROM (inclusive) to TO (exclusive). */
int txn_delete_range(struct txn *txn, unsigned table, struct bytes from, struct bytes to);

/*
 * The first record from FROM (inclusive) to TO (exclusive; size 0 = to the end), into the arena:
 * cheaper than a walk where one is enough. ERR_NOT_FOUND.
 */
int txn_first(struct txn *txn, unsigned table, struct bytes from, struct bytes to,
	      struct bytes *ret_key, struct bytes *ret_value);

enum { SCAN_FEW = 48 };

/*
 * A walk over a table in key order: some dozens of records in three handfuls, as many walks go no
 * further, then in pieces of 64 KB. No lock is held between them. Pass a started scan to
 * scan_next() until it returns ERR_NOT_FOUND; each pair is valid until the next call. In a reader,
 * records that come and go meanwhile may or may not be seen.
 */
struct scan {
	struct txn *txn;
	unsigned table;
	void *db; /* instead of the table, when not NULL */
	struct bytes from, to;
	bool ended;
	struct bytes last; /* key handed out last; lies in the piece */
	unsigned handfuls; /* that have been read, or passed over */
	struct bytes few[SCAN_FEW][2];
	unsigned few_count, few_taken;
	bool few_all; /* there are no others */
	uint8_t *piece;
	size_t piece_size;
	void *at;
};

/* From FROM (inclusive) to TO (exclusive; size 0 = to the end). */
void scan_start(struct scan *scan, struct txn *txn, unsigned table, struct bytes from,
		struct bytes to);
int scan_next(struct scan *scan, struct bytes *ret_key, struct bytes *ret_value);

/* Every key that starts with PREFIX. */
void scan_prefix(struct scan *scan, struct txn *txn, unsigned table, const void *prefix,
		 size_t size);

#endif
