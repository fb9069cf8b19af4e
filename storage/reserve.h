/*
 * The reserve: a file that does nothing but take up room, so that deletion works on a full disk.
 *
 * It takes a quarter of the free room at most. A transaction that frees something gives it up when
 * it finds the disk full; it is made again when there is room.
 */
#ifndef STORAGE_RESERVE_H
#define STORAGE_RESERVE_H

#include <stdbool.h>
#include <stdint.h>

/* Makes the file in HOME, SIZE bytes at most, if it is missing and there is room. 0 or errno. */
int reserve_keep(const char *home, uint64_t size);

/* True when the disk has less free room than SIZE: what can wait should. */
bool reserve_room_is_low(const char *home, uint64_t size);

/* Gives the room back. False when there was none. */
bool reserve_give_up(const char *home);

#endif
