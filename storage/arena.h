/*
 * Memory of one request, job or test: allocated piecewise, given back all at once.
 *
 * Running out of memory ends the process, so nothing here fails. An arena belongs to one thread.
 */
#ifndef STORAGE_ARENA_H
#define STORAGE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

/* Elements of an array, not of a pointer. */
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

struct arena_block;

struct arena {
	struct arena_block *block; /* newest; all of its kind hang behind it */
	size_t used;               /* bytes of the newest block in use */
	size_t total;              /* bytes allocated by all blocks */
};

/* A point to rewind to. */
struct arena_mark {
	struct arena_block *block;
	size_t used;
};

void arena_init(struct arena *arena);

/* Gives everything back; the arena may be used again. */
void arena_clear(struct arena *arena);

/* Empties the arena, but keeps a block for what comes next: in loops. arena_clear() at the end. */
void arena_reset(struct arena *arena);

struct arena_mark arena_mark(const struct arena *arena);

/* Gives back what was allocated since MARK. */
void arena_rewind(struct arena *arena, struct arena_mark mark);

/* SIZE zeroed bytes, aligned for any type. */
void *arena_alloc(struct arena *arena, size_t size);

/* Room for COUNT elements of SIZE bytes, zeroed. */
void *arena_array(struct arena *arena, size_t count, size_t size);

/*
 * ITEMS, of which there are COUNT of SIZE bytes, with room for another: it doubles at powers of
 * two, for which they are copied, so that it need not be known. New room is zeroed.
 */
void *arena_room(struct arena *arena, void *items, size_t count, size_t size);

void *arena_copy(struct arena *arena, const void *bytes, size_t size);

/* A copy of the first LENGTH bytes with a NUL behind them. */
char *arena_strndup(struct arena *arena, const char *text, size_t length);

/* A copy of TEXT; NULL stays NULL. */
char *arena_strdup(struct arena *arena, const char *text);

char *arena_printf(struct arena *arena, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

char *arena_vprintf(struct arena *arena, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));

/* malloc, realloc that end the process when there is no memory: for what outlives an arena. */
void *memory_alloc(size_t size);
void *memory_resize(void *old, size_t size);

#endif
