/*
 * Kin: what belongs to the roots of a hierarchy and is not a root itself (sub-instances, and the
 * decisions that another one required).
 *
 * Roots do not know their kin: it is found by a look at all columns. Who works on many roots in
 * many steps looks once for the roots of many steps to come; a later step only looks at what has
 * been added since. What is known is exact at any time, and bounded in memory.
 *
 * Not for two threads at a time.
 */
#ifndef CORE_HISTORY_KIN_H
#define CORE_HISTORY_KIN_H

#include <stdbool.h>

#include "core/history/column.h"
#include "core/history/hash_map.h"

/* Rows ahead whose roots it is worth while to look for, and their members: 9 MB and 12 MB. */
enum { KIN_AHEAD = 224 * 1024, KIN_MOST = 1024 * 1024 };

struct kin;

/* MOST: so many members may be known beyond what is needed at once. */
struct kin *kin_new(struct columns *columns, size_t most);
void kin_free(struct kin *kin);

/*
 * Makes sure that the kin of ROOTS is known, with all that is visible now. When it has to look for
 * it, it looks for that of the roots of NUMBERS, too, unless they have too many. UINT64_MAX is no
 * number.
 */
void kin_know(struct kin *kin, const struct hash_map *roots, const uint64_t *numbers, size_t count);

/* Whether kin_know() would have to look at all columns. */
bool kin_misses(const struct kin *kin, const struct hash_map *roots);

/* How many NUMBERS kin_know() could make use of. */
size_t kin_ahead(const struct kin *kin, const struct hash_map *roots);

/* Gives the memory back. */
void kin_forget(struct kin *kin);

/* Goes through the kin of a root that is known, as far as it is visible. */
struct kin_walk {
	struct kin *kin;
	uint32_t next; /* 1 + its place; 0: none */
};

struct kin_walk kin_of(struct kin *kin, uint64_t root);

/* False: that was all. */
bool kin_next(struct kin_walk *walk, uint64_t *ret_number);

#endif
