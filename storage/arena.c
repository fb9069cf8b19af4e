#include "storage/arena.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_SIZE = 16 * 1024, ALIGNMENT = 16 };

struct arena_block {
	struct arena_block *older;
	size_t size;
	_Alignas(ALIGNMENT) unsigned char bytes[];
};

void *memory_resize(void *old, size_t size)
{
	void *fresh = realloc(old, size ? size : 1);

	if (!fresh) {
		fputs("batchd: out of memory\n", stderr);
		abort();
	}
	return fresh;
}

void *memory_alloc(size_t size)
{
	return memory_resize(NULL, size);
}

void arena_init(struct arena *arena)
{
	memset(arena, 0, sizeof(*arena));
}

static void pop_block(struct arena *arena)
{
	struct arena_block *block = arena->block;

	arena->block = block->older;
	arena->total -= block->size;
	free(block);
}

void arena_clear(struct arena *arena)
{
	while (arena->block)
		pop_block(arena);
	arena->used = 0;
}

void arena_reset(struct arena *arena)
{
	while (arena->block && (arena->block->older || arena->block->size > BLOCK_SIZE))
		pop_block(arena);
	arena->used = 0;
}

struct arena_mark arena_mark(const struct arena *arena)
{
	struct arena_mark mark = {arena->block, arena->used};

	return mark;
}

void arena_rewind(struct arena *arena, struct arena_mark mark)
{
	while (arena->block != mark.block)
		pop_block(arena);
	arena->used = mark.used;
}

static void push_block(struct arena *arena, size_t least)
{
	size_t size = least > BLOCK_SIZE ? least : BLOCK_SIZE;
	struct arena_block *block = memory_alloc(sizeof(*block) + size);

	block->older = arena->block;
	block->size = size;
	arena->block = block;
	arena->used = 0;
	arena->total += size;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	size_t need = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	void *result;

	if (!arena->block || arena->block->size - arena->used < need)
		push_block(arena, need);
	result = arena->block->bytes + arena->used;
	arena->used += need;
	return memset(result, 0, size);
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
	if (size && count > SIZE_MAX / 2 / size)
		abort();
	return arena_alloc(arena, count * size);
}

void *arena_room(struct arena *arena, void *items, size_t count, size_t size)
{
	void *larger;

	if (count & (count - 1))
		return items;
	larger = arena_array(arena, count ? 2 * count : 1, size);
	return count ? memcpy(larger, items, count * size) : larger;
}

void *arena_copy(struct arena *arena, const void *bytes, size_t size)
{
	void *copy = arena_alloc(arena, size);

	return size ? memcpy(copy, bytes, size) : copy;
}

char *arena_strndup(struct arena *arena, const char *text, size_t length)
{
	char *copy = arena_alloc(arena, length + 1);

	if (length)
		memcpy(copy, text, length);
	return copy;
}

char *arena_strdup(struct arena *arena, const char *text)
{
	return text ? arena_strndup(arena, text, strlen(text)) : NULL;
}

char *arena_vprintf(struct arena *arena, const char *format, va_list args)
{
	va_list again;
	int length;
	char *text;

	va_copy(again, args);
	length = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (length < 0)
		abort();
	text = arena_alloc(arena, (size_t)length + 1);
	vsnprintf(text, (size_t)length + 1, format, args);
	return text;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	text = arena_vprintf(arena, format, args);
	va_end(args);
	return text;
}
