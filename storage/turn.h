/*
 * Whose turn it is to write, and when what was written is on disk.
 *
 * One writer at a time: more do not help (storage.md 2.2). Foreground goes first, for a while. The
 * log goes to the disk outside of the turn and for many at once: who has committed waits while
 * others are about to commit, up to a bound, and the last of them has the log written for all. A
 * thread that serves many may defer that for them (txn_defer()).
 */
#ifndef STORAGE_TURN_H
#define STORAGE_TURN_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct store;

struct turn {
	pthread_mutex_t mutex;
	pthread_cond_t foreground, background; /* it is their turn, perhaps */
	bool taken, taken_durable;
	unsigned foreground_waiting, durable_waiting;

	pthread_cond_t flushed;
	uint64_t committed, on_disk; /* durable transactions so far */
	bool flushing;
};

void turn_init(struct turn *turn);

/* Waits for the turn; KIND: enum txn_kind. */
void turn_take(struct turn *turn, unsigned kind);

/* Passes it on. With COMMITTED a durable transaction is on disk when this returns 0; else Berkeley
 * DB's code: it may be there or not. */
int turn_pass(struct store *store, unsigned kind, bool committed);

#endif
