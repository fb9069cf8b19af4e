#include "storage/archive_reader.h"

#include <string.h>

#include "storage/archive_internal.h"

enum {
	NEAR = 4, /* numbers further apart than this are looked up one by one */
	ROOM = 6 * 1024,
};

void archive_reader_init(struct archive_reader *reader, struct store *store,
			 struct archive *archive)
{
	memset(reader, 0, sizeof(*reader));
	reader->archive = archive;
	arena_init(&reader->arena);
	reader->txn = txn_reader(store, &reader->arena);
	reader->last = UINT64_MAX;
}

void archive_reader_clear(struct archive_reader *reader)
{
	arena_clear(&reader->arena);
}

/* The scan's next record, of which FILE is the file. */
static int step(struct archive_reader *reader, const struct segment_file *file)
{
	struct bytes key;

	reader->scan.db = file->record; /* another one, if the segment was written anew */
	TRY(scan_next(&reader->scan, &key, &reader->record));
	if (key.size != 8)
		return ERR_CORRUPT;
	reader->at = be64_read(key.data);
	return 0;
}

static int begin(struct archive_reader *reader, const struct segment_file *file, uint64_t number)
{
	struct bytes none = {NULL, 0};
	uint8_t *key;

	arena_reset(&reader->arena);
	key = arena_alloc(&reader->arena, 8);
	be64_write(key, number);
	scan_start_db(&reader->scan, &reader->txn, file->record, (struct bytes){key, 8}, none);
	scan_in_pieces(&reader->scan);
	return step(reader, file);
}

static int get_by_scan(struct archive_reader *reader, const struct segment_file *file,
		       uint64_t number, struct bytes *ret)
{
	int code = 0;

	if (!reader->scanning)
		code = begin(reader, file, number);
	while (!code && reader->at < number)
		code = step(reader, file);
	reader->scanning = !code;
	if (!code)
		*ret = reader->record;
	return !code && reader->at != number ? ERR_NOT_FOUND : code;
}

static int get_alone(struct archive_reader *reader, const struct segment_file *file,
		     uint64_t number, struct bytes *ret)
{
	uint8_t key[8];

	reader->scanning = false;
	arena_reset(&reader->arena);
	be64_write(key, number);
	return db_get_large(&reader->txn, file->record, key, sizeof(key), ROOM, ret);
}

int archive_reader_get(struct archive_reader *reader, uint64_t number, struct bytes *ret)
{
	uint32_t index = (uint32_t)(number / ARCHIVE_SEGMENT);
	bool same = reader->last / ARCHIVE_SEGMENT == index;
	bool near = same && number > reader->last && number - reader->last <= NEAR;
	struct segment_file *file;
	int code;

	reader->scanning = reader->scanning && same;
	reader->last = number;
	TRY(segment_acquire(reader->archive, index, &file));
	note_reads(&reader->archive->records_read, 1);
	code = near ? get_by_scan(reader, file, number, ret) : get_alone(reader, file, number, ret);
	segment_release(reader->archive, index, file);
	return code;
}
