/*
 * A stored record: any bytes are rows or ERR_CORRUPT; rows that can be read are written and read
 * again as the same bytes.
 */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "core/history/kinds.h"
#include "core/record/codec.h"
#include "storage/error.h"

static void write_rows(const struct rows *rows, struct buffer *buffer)
{
	struct record_writer *writer = record_writer_new();
	size_t k, i;

	for (k = 0; k < ROW_MAX; k++)
		for (i = 0; i < rows[k].count; i++)
			record_writer_add(writer, process_kinds[k], rows[k].row[i]);
	record_writer_finish(writer, buffer);
	record_writer_free(writer);
}

static void read_record(struct arena *arena, const uint8_t *data, size_t size)
{
	struct rows rows[ROW_MAX] = {{0}}, again[ROW_MAX] = {{0}};
	struct buffer once, twice;
	int code = record_decode(arena, data, size, process_kinds, ROW_MAX, ~0ULL, rows);

	MUST(!code || code == ERR_CORRUPT);
	record_decode(arena, data, size, process_kinds, ROW_MAX, 1, again);
	if (code)
		return;
	buffer_init(&once);
	buffer_init(&twice);
	write_rows(rows, &once);
	MUST(!record_decode(arena, once.data, once.length, process_kinds, ROW_MAX, ~0ULL, again));
	write_rows(again, &twice);
	MUST(once.length == twice.length && !memcmp(once.data, twice.data, once.length));
	buffer_clear(&once);
	buffer_clear(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena;
	union slot *row;
	int code;

	arena_init(&arena);
	read_record(&arena, data, size);
	code = row_decode(&arena, data, size, &process_instance_kind, &row);
	MUST(!code || code == ERR_CORRUPT);
	arena_clear(&arena);
	return 0;
}
