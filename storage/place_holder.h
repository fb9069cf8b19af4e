/*
 * Names that Berkeley DB holds for files that are gone.
 *
 * A database that is removed leaves a file of 512 bytes under its name until the transaction has
 * ended. A process that is killed behind the commit, and a checkpoint in the same instant, leave it
 * for good: recovery begins behind both. It holds nothing, but is no database, and the name is not
 * free for another one.
 */
#ifndef STORAGE_PLACE_HOLDER_H
#define STORAGE_PLACE_HOLDER_H

/*
 * Removes those in the directory HOME. After a recovery and before anything is removed: then none
 * of them is wanted any more. 0 or errno.
 */
int place_holders_remove(const char *home);

#endif
