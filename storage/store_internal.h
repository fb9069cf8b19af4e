/*
 * What only storage/ knows of a store: the Berkeley DB handles, and who may write now.
 */
#ifndef STORAGE_STORE_INTERNAL_H
#define STORAGE_STORE_INTERNAL_H

#include <db.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "storage/store.h"
#include "storage/turn.h"

struct store {
	DB_ENV *env;
	DB *tables[STORE_TABLES_MAX];
	unsigned table_count;
	char *home;
	int lock_fd;
	uint8_t tag[STORE_TAG_SIZE];
	atomic_bool full;
	uint64_t reserve_size;

	struct turn turn;

	pthread_t housekeeper;
	pthread_mutex_t house_mutex;
	pthread_cond_t house_wake;
	bool house_stop;
	atomic_uint backups; /* running now: files must not vanish. Raised in a writer's turn */
};

enum open_mode {
	OPEN_THERE,    /* ENOENT when it is missing */
	OPEN_MAKE,     /* made when it is missing */
	OPEN_UNLOGGED, /* so, and what is written is not logged: lost in a crash unless synced */
};

/* Opens FILE (and the database NAME in it, or NULL) as a btree of PAGE_SIZE. */
int store_open_db(struct store *store, const char *file, const char *name, uint32_t page_size,
		  enum open_mode mode, DB **ret_db);

/* Ends the process at once: what is on disk is not known any more, recovery finds out. */
void store_give_up(const char *why) __attribute__((noreturn));

/* Whether CODE, of Berkeley DB, the system or ours, says that the disk, or a quota of it, is full.
 */
bool store_is_full(int code);

/* Berkeley DB's outcome as ours: DB_NOTFOUND, DB_KEYEXIST and ENOSPC have names of our own. */
int store_code(struct store *store, int code);

#endif
