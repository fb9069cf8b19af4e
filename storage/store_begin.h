/*
 * The first start of a store: its files are made without a sync for each, and synced together.
 *
 * Until that is done a file named "making" lies beside them. Nobody was told that such a store is
 * ready, so whoever finds one at a start, after a crash, throws away what lies there and begins
 * anew.
 */
#ifndef STORAGE_STORE_BEGIN_H
#define STORAGE_STORE_BEGIN_H

#include <stdbool.h>

/*
 * To be called before the environment is opened. *RET_NEW: there was no store; Berkeley DB syncs
 * nothing from now on, in this process, until store_begun(). 0 or errno.
 */
int store_begin(const char *home, bool *ret_new);

/* All files are there: syncs them. 0 or errno. */
int store_begun(const char *home);

/* Making the store failed: Berkeley DB syncs again. */
void store_begin_failed(void);

#endif
