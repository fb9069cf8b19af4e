/*
 * Backups of a store that runs.
 */
#ifndef STORAGE_BACKUP_H
#define STORAGE_BACKUP_H

#include "storage/store.h"

/* Copies the running store into the directory TARGET, which must be missing or empty. */
int store_backup(struct store *store, const char *target);

#endif
