/*
 * Snapshots: bytes beside the store that spare reading them together again. The store never needs
 * them.
 *
 * A snapshot is a file NAME.snapshot in the home directory, written whole, forced to disk and put
 * in its place by a rename, then mapped into memory at the next start. Whoever changes in the store
 * what a snapshot says removes it first: snapshot_drop() returns when it is gone for good, so that
 * neither a kill nor a power cut leaves one that is out of date. Files of another store, format or
 * size are not taken.
 */
#ifndef STORAGE_SNAPSHOT_H
#define STORAGE_SNAPSHOT_H

#include <stddef.h>

#include "storage/store.h"

/*
 * Maps the SIZE bytes of snapshot NAME: *RET may be read and written, which changes no file, until
 * snapshot_unmap(). LAYOUT stands for the meaning of the bytes. ERR_NOT_FOUND when there is none
 * that fits.
 */
int snapshot_map(struct store *store, const char *name, uint32_t layout, size_t size, void **ret);
void snapshot_unmap(void *bytes, size_t size);

/*
 * Writes SIZE bytes where no snapshot is looked for yet. 0 or errno. What has been mapped stays as
 * it is.
 */
int snapshot_prepare(struct store *store, const char *name, uint32_t layout, const void *bytes,
		     size_t size);

/* Maps what was prepared, as snapshot_map() does: for whoever prepared it. */
int snapshot_map_prepared(struct store *store, const char *name, uint32_t layout, size_t size,
			  void **ret);

/*
 * Makes what was prepared the snapshot NAME: in a transaction, while nobody changes the store. What
 * has been committed so far is on disk before: a snapshot must not know more than the store does.
 */
int snapshot_publish(struct store *store, const char *name);

/* Removes every snapshot in the directory HOME: another store is to take its place. 0 or errno. */
int snapshot_drop_all(const char *home);

/* Removes what was prepared before this start and never published. 0 or errno. */
int snapshot_drop_prepared(struct store *store);

/* Removes snapshot NAME, if there is one. 0 or errno. */
int snapshot_drop(struct store *store, const char *name);

#endif
