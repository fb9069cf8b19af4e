#include "core/history/hash_map.h"

#include <stdlib.h>
#include <string.h>

#include "storage/arena.h"

void hash_map_init(struct hash_map *map, size_t most)
{
	size_t size = 64;

	while (size < most * 2)
		size *= 2;
	map->mask = size - 1;
	map->count = 0;
	map->hashes = memory_alloc(size * sizeof(uint64_t));
	map->values = memory_alloc(size * sizeof(int64_t));
	map->found = memory_alloc(size);
	memset(map->hashes, 0, size * sizeof(uint64_t));
	memset(map->found, 0, size);
}

void hash_map_clear(struct hash_map *map)
{
	free(map->hashes);
	free(map->values);
	free(map->found);
	memset(map, 0, sizeof(*map));
}

void hash_map_put(struct hash_map *map, uint64_t hash, int64_t value)
{
	size_t at = hash_map_at(map, hash);

	map->count += !map->hashes[at];
	map->hashes[at] = hash;
	map->values[at] = value;
}
