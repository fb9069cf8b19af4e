/*
 * A map from hashes of ids, as columns hold them, to a number each. Hashes are as good as random,
 * and 0 stands for no id: it is never put in.
 */
#ifndef CORE_HISTORY_HASH_MAP_H
#define CORE_HISTORY_HASH_MAP_H

#include <stddef.h>
#include <stdint.h>

/* Malloced arrays with a place for each hash; open addressing, 0 = free. */
struct hash_map {
	uint64_t *hashes;
	int64_t *values;
	uint8_t *found; /* the user's own: 0 at first */
	size_t mask, count;
};

/* Room for MOST hashes: more are never put in. */
void hash_map_init(struct hash_map *map, size_t most);
void hash_map_clear(struct hash_map *map);

/* The place of HASH, or the free one where it would be. */
static inline size_t hash_map_at(const struct hash_map *map, uint64_t hash)
{
	size_t at = hash & map->mask;

	while (map->hashes[at] && map->hashes[at] != hash)
		at = (at + 1) & map->mask;
	return at;
}

/* Puts HASH in, or gives it another value. */
void hash_map_put(struct hash_map *map, uint64_t hash, int64_t value);

#endif
