#include "storage/archive.h"

#include <db.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "storage/log.h"
#include "storage/reserve.h"
#include "storage/store_internal.h"
#include "storage/txn_internal.h"

enum {
	PAGE = 32 * 1024,
	BLOCK_BYTES = ARCHIVE_BLOCK / 8,
	BLOCKS = ARCHIVE_SEGMENT / ARCHIVE_BLOCK,
	HANDLES_MAX = 48, /* segments open at a time; two databases and one descriptor each */
	PURGE_RECORDS = 500,
	PURGE_BYTES = 4 * 1024 * 1024,
	PURGE_ROOM = 64 * 1024 * 1024,
	STATE_GONE = 1,
};

static const char visible_key[] = "visible";

/* What the directory keeps of a segment. */
struct entry {
	uint32_t count, dead, purged, state;
	uint64_t bytes, purged_bytes;
};

struct segment {
	struct entry entry;
	uint8_t *dead; /* ARCHIVE_DEAD_BYTES */
	DB *record, *summary, *posting;
	unsigned users; /* readers and writers that hold the handles */
	bool closing;
	uint32_t purge_at; /* ordinal from which on purging goes on */
	uint64_t used;     /* turn of the last use */
};

struct archive {
	struct store *store;
	char *name;
	unsigned directory_table, dead_table;
	pthread_rwlock_t lock; /* dead bits, visible, next, segment_count, entries */
	pthread_mutex_t handles;
	struct segment **segments;
	uint32_t segment_count, capacity;
	_Atomic uint64_t visible, next;
	uint64_t use_counter;
	unsigned open_count;
};

static uint8_t all_dead[ARCHIVE_DEAD_BYTES];

static void entry_encode(const struct entry *entry, uint8_t bytes[32])
{
	be32_write(bytes, entry->count);
	be32_write(bytes + 4, entry->dead);
	be32_write(bytes + 8, entry->purged);
	be32_write(bytes + 12, entry->state);
	be64_write(bytes + 16, entry->bytes);
	be64_write(bytes + 24, entry->purged_bytes);
}

static int entry_decode(struct bytes bytes, struct entry *ret)
{
	if (bytes.size != 32)
		return ERR_CORRUPT;
	ret->count = be32_read(bytes.data);
	ret->dead = be32_read(bytes.data + 4);
	ret->purged = be32_read(bytes.data + 8);
	ret->state = be32_read(bytes.data + 12);
	ret->bytes = be64_read(bytes.data + 16);
	ret->purged_bytes = be64_read(bytes.data + 24);
	return 0;
}

static int entry_put(struct txn *txn, struct archive *archive, uint32_t index,
		     const struct entry *entry)
{
	uint8_t key[4], value[32];

	be32_write(key, index);
	entry_encode(entry, value);
	return txn_put(txn, archive->directory_table, key, sizeof(key), value, sizeof(value));
}

/* The entry as the transaction sees it: all zero for a segment that is not there yet. */
static int entry_get(struct txn *txn, struct archive *archive, uint32_t index, struct entry *ret)
{
	struct bytes value;
	uint8_t key[4];
	int code;

	be32_write(key, index);
	code = txn_get(txn, archive->directory_table, key, sizeof(key), &value);
	memset(ret, 0, sizeof(*ret));
	if (code == ERR_NOT_FOUND)
		return 0;
	return code ? code : entry_decode(value, ret);
}

static void file_name(const struct archive *archive, uint32_t index, char *file, size_t size)
{
	snprintf(file, size, "%s-%04u.db", archive->name, index);
}

static struct segment *add_segment(struct archive *archive)
{
	struct segment *segment = memory_alloc(sizeof(*segment));

	memset(segment, 0, sizeof(*segment));
	segment->dead = memory_alloc(ARCHIVE_DEAD_BYTES);
	memset(segment->dead, 0, ARCHIVE_DEAD_BYTES);
	if (archive->segment_count == archive->capacity) {
		archive->capacity = archive->capacity ? archive->capacity * 2 : 8;
		archive->segments =
			memory_resize(archive->segments, archive->capacity * sizeof(segment));
	}
	archive->segments[archive->segment_count++] = segment;
	return segment;
}

static void close_segment(struct archive *archive, struct segment *segment)
{
	if (!segment->record)
		return;
	segment->record->close(segment->record, DB_NOSYNC);
	segment->summary->close(segment->summary, DB_NOSYNC);
	segment->posting->close(segment->posting, DB_NOSYNC);
	segment->record = segment->summary = segment->posting = NULL;
	archive->open_count--;
}

static int open_segment(struct archive *archive, struct segment *segment, uint32_t index)
{
	char file[128];
	int code;

	file_name(archive, index, file, sizeof(file));
	TRY(store_open_db(archive->store, file, "record", PAGE, &segment->record));
	code = store_open_db(archive->store, file, "summary", PAGE, &segment->summary);
	if (code) {
		segment->record->close(segment->record, DB_NOSYNC);
		segment->record = NULL;
		return code;
	}
	code = store_open_db(archive->store, file, "posting", PAGE, &segment->posting);
	if (code) {
		segment->summary->close(segment->summary, DB_NOSYNC);
		segment->record->close(segment->record, DB_NOSYNC);
		segment->record = segment->summary = NULL;
		return code;
	}
	archive->open_count++;
	return 0;
}

/* Opens the segment's handles if need be and keeps them open until release(). */
static int acquire(struct archive *archive, uint32_t index, struct segment **ret)
{
	struct segment *segment;
	int code = 0;

	pthread_mutex_lock(&archive->handles);
	pthread_rwlock_rdlock(&archive->lock);
	segment = index < archive->segment_count ? archive->segments[index] : NULL;
	pthread_rwlock_unlock(&archive->lock);
	if (!segment || segment->closing || segment->entry.state & STATE_GONE)
		code = ERR_NOT_FOUND;
	else if (!segment->record)
		code = open_segment(archive, segment, index);
	if (!code) {
		segment->users++;
		segment->used = ++archive->use_counter;
		*ret = segment;
	}
	pthread_mutex_unlock(&archive->handles);
	return code;
}

static void release(struct archive *archive, struct segment *segment)
{
	pthread_mutex_lock(&archive->handles);
	segment->users--;
	pthread_mutex_unlock(&archive->handles);
}

/* Runs in a transaction of its own, so that none has touched what it closes. */
static int close_idle_body(struct txn *txn, void *arg)
{
	struct archive *archive = arg;
	uint32_t i;

	(void)txn;
	pthread_mutex_lock(&archive->handles);
	while (archive->open_count > HANDLES_MAX / 2) {
		struct segment *oldest = NULL;

		for (i = 0; i < archive->segment_count; i++) {
			struct segment *s = archive->segments[i];

			if (s->record && !s->users && (!oldest || s->used < oldest->used))
				oldest = s;
		}
		if (!oldest)
			break;
		close_segment(archive, oldest);
	}
	pthread_mutex_unlock(&archive->handles);
	return 0;
}

static int load_directory(struct archive *archive, struct txn *txn)
{
	struct bytes none = {NULL, 0}, key, value;
	struct scan scan;
	uint32_t last;
	int code;

	scan_start(&scan, txn, archive->directory_table, none, none);
	while (!(code = scan_next(&scan, &key, &value))) {
		if (key.size == strlen(visible_key) && value.size == 8) {
			archive->visible = be64_read(value.data);
			continue;
		}
		if (key.size != 4 || be32_read(key.data) != archive->segment_count)
			return ERR_CORRUPT;
		TRY(entry_decode(value, &add_segment(archive)->entry));
	}
	/* segments at the end may be empty: what they held was taken back */
	for (last = archive->segment_count; last; last--) {
		uint32_t count = archive->segments[last - 1]->entry.count;

		if (!count)
			continue;
		archive->next = (uint64_t)(last - 1) * ARCHIVE_SEGMENT + count;
		break;
	}
	return code == ERR_NOT_FOUND ? 0 : code;
}

static int load_dead(struct archive *archive, struct txn *txn)
{
	struct bytes none = {NULL, 0}, key, value;
	struct scan scan;
	int code;

	scan_start(&scan, txn, archive->dead_table, none, none);
	while (!(code = scan_next(&scan, &key, &value))) {
		uint32_t block = key.size == 4 ? be32_read(key.data) : UINT32_MAX;

		if (block / BLOCKS >= archive->segment_count || value.size != BLOCK_BYTES)
			return ERR_CORRUPT;
		memcpy(archive->segments[block / BLOCKS]->dead + block % BLOCKS * BLOCK_BYTES,
		       value.data, BLOCK_BYTES);
	}
	return code == ERR_NOT_FOUND ? 0 : code;
}

int archive_open(struct archive **ret_archive, struct store *store, struct arena *arena,
		 const char *name, unsigned directory, unsigned dead)
{
	struct archive *archive = memory_alloc(sizeof(*archive));
	struct txn reader = txn_reader(store, arena);
	int code;

	memset(archive, 0, sizeof(*archive));
	memset(all_dead, 0xff, sizeof(all_dead));
	archive->store = store;
	archive->name = strdup(name);
	archive->directory_table = directory;
	archive->dead_table = dead;
	pthread_rwlock_init(&archive->lock, NULL);
	pthread_mutex_init(&archive->handles, NULL);
	code = load_directory(archive, &reader);
	if (!code)
		code = load_dead(archive, &reader);
	if (code)
		archive_close(archive);
	else
		*ret_archive = archive;
	return code;
}

void archive_close(struct archive *archive)
{
	uint32_t i;

	for (i = 0; i < archive->segment_count; i++) {
		close_segment(archive, archive->segments[i]);
		free(archive->segments[i]->dead);
		free(archive->segments[i]);
	}
	free(archive->segments);
	free(archive->name);
	free(archive);
}

void archive_lock_shared(struct archive *archive)
{
	pthread_rwlock_rdlock(&archive->lock);
}

void archive_lock_exclusive(struct archive *archive)
{
	pthread_rwlock_wrlock(&archive->lock);
}

void archive_unlock(struct archive *archive)
{
	pthread_rwlock_unlock(&archive->lock);
}

uint64_t archive_next(const struct archive *archive)
{
	return archive->next;
}

uint64_t archive_visible(const struct archive *archive)
{
	return archive->visible;
}

/* Change of a segment's entry (and maybe of next, visible), for after the commit. */
struct change {
	struct archive *archive;
	uint32_t index;
	struct entry entry;
	uint64_t next; /* UINT64_MAX = as it was */
	uint64_t visible;
};

static void apply_change(void *arg)
{
	const struct change *change = arg;
	struct archive *archive = change->archive;

	pthread_rwlock_wrlock(&archive->lock);
	while (archive->segment_count <= change->index)
		add_segment(archive);
	archive->segments[change->index]->entry = change->entry;
	if (change->next != UINT64_MAX)
		archive->next = change->next;
	pthread_rwlock_unlock(&archive->lock);
}

static void leave_change(struct txn *txn, struct archive *archive, uint32_t index,
			 const struct entry *entry, uint64_t next)
{
	struct change change = {archive, index, *entry, next, 0};

	txn_on_commit(txn, apply_change, arena_copy(txn->arena, &change, sizeof(change)));
}

static int change_postings(struct txn *txn, struct segment *segment, struct bytes postings,
			   uint64_t number, bool add)
{
	struct reader reader = reader_of(postings.data, postings.size);
	uint8_t key[1024];

	while (reader_left(&reader)) {
		size_t size = reader_be16(&reader);
		const uint8_t *bytes = reader_take(&reader, size);
		int code;

		if (!bytes || size + 2 > sizeof(key))
			return ERR_CORRUPT;
		memcpy(key, bytes, size);
		key[size] = (uint8_t)((number % ARCHIVE_SEGMENT) >> 8);
		key[size + 1] = (uint8_t)number;
		code = add ? db_put(txn, segment->posting, key, size + 2, NULL, 0, 0)
			   : db_delete(txn, segment->posting, key, size + 2);
		if (code && code != ERR_NOT_FOUND)
			return code;
	}
	return 0;
}

static int put_item(struct txn *txn, struct segment *segment, uint64_t number,
		    const struct archive_item *item)
{
	uint8_t key[8];

	be64_write(key, number);
	TRY(db_put(txn, segment->record, key, 8, item->record.data, item->record.size, 0));
	TRY(db_put(txn, segment->summary, key, 8, item->summary.data, item->summary.size, 0));
	return change_postings(txn, segment, item->postings, number, true);
}

/* A segment that the directory does not know yet: its file may be there from an aborted attempt. */
static void expect_segment(struct archive *archive, uint32_t index)
{
	pthread_rwlock_wrlock(&archive->lock);
	while (archive->segment_count <= index)
		add_segment(archive);
	pthread_rwlock_unlock(&archive->lock);
}

/* As many of the items as fit into the segment of NUMBER. */
static int append_part(struct txn *txn, struct archive *archive, uint64_t number,
		       const struct archive_item *items, size_t count, size_t *ret_done)
{
	uint32_t index = (uint32_t)(number / ARCHIVE_SEGMENT);
	struct segment *segment;
	struct entry entry;
	size_t i, room;
	int code = 0;

	expect_segment(archive, index);
	TRY(entry_get(txn, archive, index, &entry));
	TRY(acquire(archive, index, &segment));
	room = ARCHIVE_SEGMENT - entry.count;
	for (i = 0; i < count && i < room && !code; i++) {
		code = put_item(txn, segment, number + i, &items[i]);
		entry.bytes += items[i].record.size;
		entry.count++;
	}
	release(archive, segment);
	*ret_done = i;
	if (!code)
		code = entry_put(txn, archive, index, &entry);
	if (!code)
		leave_change(txn, archive, index, &entry, number + i);
	return code;
}

int archive_append(struct txn *txn, struct archive *archive, const struct archive_item *items,
		   size_t count, uint64_t *ret_first)
{
	uint64_t number = archive->next;
	size_t done;

	*ret_first = number;
	while (count) {
		TRY(append_part(txn, archive, number, items, count, &done));
		items += done;
		count -= done;
		number += done;
	}
	return 0;
}

static void apply_visible(void *arg)
{
	const struct change *change = arg;

	pthread_rwlock_wrlock(&change->archive->lock);
	change->archive->visible = change->visible;
	pthread_rwlock_unlock(&change->archive->lock);
}

int archive_publish(struct txn *txn, struct archive *archive, uint64_t number)
{
	struct change *change = arena_alloc(txn->arena, sizeof(*change));
	uint8_t value[8];

	be64_write(value, number);
	TRY(txn_put(txn, archive->directory_table, visible_key, strlen(visible_key), value, 8));
	change->archive = archive;
	change->visible = number;
	txn_on_commit(txn, apply_visible, change);
	return 0;
}

int archive_read(struct txn *txn, struct archive *archive, uint64_t number, struct bytes *ret)
{
	struct segment *segment;
	uint8_t key[8];
	int code;

	be64_write(key, number);
	TRY(acquire(archive, (uint32_t)(number / ARCHIVE_SEGMENT), &segment));
	code = db_get(txn, segment->record, key, sizeof(key), ret);
	release(archive, segment);
	return code;
}

static int rewrite(struct txn *txn, struct segment *segment, uint64_t number,
		   const struct archive_item *item, struct bytes old)
{
	TRY(change_postings(txn, segment, old, number, false));
	return put_item(txn, segment, number, item);
}

int archive_rewrite(struct txn *txn, struct archive *archive, uint64_t number,
		    const struct archive_item *item, struct bytes old)
{
	uint32_t index = (uint32_t)(number / ARCHIVE_SEGMENT);
	struct segment *segment;
	struct bytes before;
	struct entry entry;
	uint8_t key[8];
	int code;

	TRY(acquire(archive, index, &segment));
	be64_write(key, number);
	code = db_get(txn, segment->record, key, sizeof(key), &before);
	if (!code)
		code = rewrite(txn, segment, number, item, old);
	release(archive, segment);
	TRY(code);
	TRY(entry_get(txn, archive, index, &entry));
	entry.bytes += item->record.size - before.size;
	TRY(entry_put(txn, archive, index, &entry));
	leave_change(txn, archive, index, &entry, UINT64_MAX);
	return 0;
}

int archive_summaries(struct txn *txn, struct archive *archive, uint32_t segment_index,
		      void (*found)(void *arg, uint64_t number, struct bytes summary), void *arg)
{
	struct bytes none = {NULL, 0}, key, value;
	struct segment *segment;
	struct scan scan;
	int code = acquire(archive, segment_index, &segment);

	if (code)
		return code == ERR_NOT_FOUND ? 0 : code;
	scan_start_db(&scan, txn, segment->summary, none, none);
	while (!(code = scan_next(&scan, &key, &value))) {
		if (key.size == 8)
			found(arg, be64_read(key.data), value);
	}
	release(archive, segment);
	return code == ERR_NOT_FOUND ? 0 : code;
}

int archive_find(struct txn *txn, struct archive *archive, uint32_t segment_index,
		 struct bytes from, struct bytes to,
		 bool (*found)(void *arg, struct bytes key, uint64_t number), void *arg)
{
	uint64_t first = (uint64_t)segment_index * ARCHIVE_SEGMENT;
	struct bytes key, value;
	struct segment *segment;
	struct scan scan;
	int code = acquire(archive, segment_index, &segment);

	if (code)
		return code == ERR_NOT_FOUND ? 0 : code;
	scan_start_db(&scan, txn, segment->posting, from, to);
	while (!(code = scan_next(&scan, &key, &value))) {
		const uint8_t *ordinal = key.data + key.size - 2;

		if (key.size < 2)
			continue;
		key.size -= 2;
		if (!found(arg, key, first + (uint64_t)(ordinal[0] << 8 | ordinal[1])))
			break;
	}
	release(archive, segment);
	return code == ERR_NOT_FOUND ? 0 : code;
}

/* New bits of one block, for after the commit. */
struct burial {
	struct archive *archive;
	uint32_t block;
	uint8_t *bits;
};

static void apply_burial(void *arg)
{
	const struct burial *burial = arg;
	struct archive *archive = burial->archive;

	pthread_rwlock_wrlock(&archive->lock);
	memcpy(archive->segments[burial->block / BLOCKS]->dead +
		       burial->block % BLOCKS * BLOCK_BYTES,
	       burial->bits, BLOCK_BYTES);
	pthread_rwlock_unlock(&archive->lock);
}

static int block_get(struct txn *txn, struct archive *archive, uint32_t block, uint8_t **ret)
{
	struct bytes value;
	uint8_t key[4];
	int code;

	be32_write(key, block);
	code = txn_get(txn, archive->dead_table, key, sizeof(key), &value);
	*ret = arena_alloc(txn->arena, BLOCK_BYTES);
	if (!code)
		memcpy(*ret, value.data, BLOCK_BYTES);
	return code == ERR_NOT_FOUND ? 0 : code;
}

/* Sets the bits of the first numbers that lie in one block; says how many those were. */
static int bury_block(struct txn *txn, struct archive *archive, const uint64_t *numbers,
		      size_t count, size_t *ret_done, size_t *ret_fresh)
{
	uint32_t block = (uint32_t)(numbers[0] / ARCHIVE_BLOCK);
	struct burial *burial = arena_alloc(txn->arena, sizeof(*burial));
	uint8_t key[4];
	size_t i;

	burial->archive = archive;
	burial->block = block;
	TRY(block_get(txn, archive, block, &burial->bits));
	*ret_fresh = 0;
	for (i = 0; i < count && numbers[i] / ARCHIVE_BLOCK == block; i++) {
		uint8_t *byte = &burial->bits[numbers[i] % ARCHIVE_BLOCK / 8];
		uint8_t bit = (uint8_t)(1u << numbers[i] % 8);

		*ret_fresh += !(*byte & bit);
		*byte |= bit;
	}
	*ret_done = i;
	if (!*ret_fresh)
		return 0;
	be32_write(key, block);
	txn_on_commit(txn, apply_burial, burial);
	return txn_put(txn, archive->dead_table, key, sizeof(key), burial->bits, BLOCK_BYTES);
}

static int add_dead(struct txn *txn, struct archive *archive, uint32_t index, size_t fresh)
{
	struct entry entry;

	TRY(entry_get(txn, archive, index, &entry));
	entry.dead += (uint32_t)fresh;
	TRY(entry_put(txn, archive, index, &entry));
	leave_change(txn, archive, index, &entry, UINT64_MAX);
	return 0;
}

int archive_bury(struct txn *txn, struct archive *archive, const uint64_t *numbers, size_t count,
		 size_t *ret_buried)
{
	size_t done, fresh, in_segment = 0;

	*ret_buried = 0;
	while (count) {
		uint32_t index = (uint32_t)(numbers[0] / ARCHIVE_SEGMENT);

		if (numbers[0] >= archive->next)
			return ERR_NOT_FOUND;
		if (archive->segments[index]->entry.state & STATE_GONE) {
			numbers++; /* nothing of it is left to bury */
			count--;
			continue;
		}
		TRY(bury_block(txn, archive, numbers, count, &done, &fresh));
		numbers += done;
		count -= done;
		in_segment += fresh;
		*ret_buried += fresh;
		if (in_segment && (!count || numbers[0] / ARCHIVE_SEGMENT != index)) {
			TRY(add_dead(txn, archive, index, in_segment));
			in_segment = 0;
		}
	}
	return 0;
}

const uint8_t *archive_dead_bits(const struct archive *archive, uint32_t segment)
{
	const struct segment *s = archive->segments[segment];

	return s->entry.state & STATE_GONE ? all_dead : s->dead;
}

bool archive_hidden(struct archive *archive, uint64_t number)
{
	bool hidden = true;

	pthread_rwlock_rdlock(&archive->lock);
	if (number < archive->visible) {
		const uint8_t *bits =
			archive_dead_bits(archive, (uint32_t)(number / ARCHIVE_SEGMENT));

		hidden = bits[number % ARCHIVE_SEGMENT / 8] >> number % 8 & 1;
	}
	pthread_rwlock_unlock(&archive->lock);
	return hidden;
}

void archive_count(struct archive *archive, struct archive_numbers *ret)
{
	uint32_t i;

	memset(ret, 0, sizeof(*ret));
	pthread_rwlock_rdlock(&archive->lock);
	for (i = 0; i < archive->segment_count; i++) {
		const struct entry *e = &archive->segments[i]->entry;
		uint32_t left = e->count - e->purged;
		uint64_t bytes = e->bytes - e->purged_bytes;

		ret->dead += e->dead;
		if (e->state & STATE_GONE)
			continue;
		ret->segments += e->count != 0;
		ret->records += left;
		ret->bytes += bytes;
		ret->purge_records += e->dead - e->purged;
		/* what the dead ones weigh is known only on average */
		ret->purge_bytes += left ? bytes * (e->dead - e->purged) / left : 0;
	}
	pthread_rwlock_unlock(&archive->lock);
}

struct purge {
	struct archive *archive;
	uint32_t index;
	struct segment *segment;
	archive_postings postings;
	void *arg;
	bool more;
	bool idle; /* a whole pass over the segment found nothing */
};

static int drop_file(struct txn *txn, const struct purge *purge)
{
	struct archive *archive = purge->archive;
	uint8_t from[4], to[4];
	struct bytes first = {from, 4}, last = {to, 4};
	char file[128];
	struct entry entry;
	int code;

	be32_write(from, purge->index * BLOCKS);
	be32_write(to, (purge->index + 1) * BLOCKS);
	TRY(txn_delete_range(txn, archive->dead_table, first, last));
	TRY(entry_get(txn, archive, purge->index, &entry));
	entry.state |= STATE_GONE;
	entry.purged = entry.count;
	entry.purged_bytes = entry.bytes;
	TRY(entry_put(txn, archive, purge->index, &entry));
	file_name(archive, purge->index, file, sizeof(file));
	code = archive->store->env->dbremove(archive->store->env, txn->handle, file, NULL, 0);
	if (code)
		return store_code(archive->store, code);
	leave_change(txn, archive, purge->index, &entry, UINT64_MAX);
	return 0;
}

static int drop_body(struct txn *txn, void *arg)
{
	struct purge *purge = arg;
	struct archive *archive = purge->archive;
	bool busy;

	pthread_mutex_lock(&archive->handles);
	busy = purge->segment->users > 0;
	purge->segment->closing = !busy;
	if (!busy)
		close_segment(archive, purge->segment);
	pthread_mutex_unlock(&archive->handles);
	return busy ? ERR_BUSY : drop_file(txn, purge);
}

static int drop_segment(struct purge *purge, struct arena *arena)
{
	struct store *store = purge->archive->store;
	int code;

	if (store->backups)
		return ERR_BUSY; /* files must stay until the backup is done */
	code = txn_run(store, arena, TXN_BACKGROUND | TXN_FREES, drop_body, purge);
	pthread_mutex_lock(&purge->archive->handles);
	purge->segment->closing = false;
	pthread_mutex_unlock(&purge->archive->handles);
	return code;
}

static int purge_item(struct txn *txn, const struct purge *purge, uint64_t number,
		      struct bytes record)
{
	struct bytes postings = {NULL, 0};
	uint8_t key[8];

	be64_write(key, number);
	TRY(purge->postings(purge->arg, txn->arena, record, &postings));
	TRY(change_postings(txn, purge->segment, postings, number, false));
	TRY(db_delete(txn, purge->segment->summary, key, sizeof(key)));
	return db_delete(txn, purge->segment->record, key, sizeof(key));
}

static bool is_dead(const struct segment *segment, uint32_t ordinal)
{
	return segment->dead[ordinal / 8] >> ordinal % 8 & 1;
}

static int purge_body(struct txn *txn, void *arg)
{
	struct purge *purge = arg;
	struct segment *segment = purge->segment;
	uint32_t ordinal, done = 0;
	uint64_t bytes = 0;
	struct entry entry;

	TRY(entry_get(txn, purge->archive, purge->index, &entry));
	for (ordinal = segment->purge_at; ordinal < entry.count; ordinal++) {
		uint64_t number = (uint64_t)purge->index * ARCHIVE_SEGMENT + ordinal;
		struct arena_mark mark = arena_mark(txn->arena);
		struct bytes record;
		uint8_t key[8];
		int code;

		if (done >= PURGE_RECORDS || bytes >= PURGE_BYTES)
			break;
		if (!is_dead(segment, ordinal))
			continue;
		be64_write(key, number);
		code = db_get(txn, segment->record, key, sizeof(key), &record);
		if (code == ERR_NOT_FOUND)
			continue; /* purged before */
		TRY(code);
		TRY(purge_item(txn, purge, number, record));
		done++;
		bytes += record.size;
		arena_rewind(txn->arena, mark);
	}
	purge->more = ordinal < entry.count;
	purge->idle = !purge->more && !done && !segment->purge_at;
	segment->purge_at = purge->more ? ordinal : 0;
	entry.purged += done;
	entry.purged_bytes += bytes;
	TRY(entry_put(txn, purge->archive, purge->index, &entry));
	leave_change(txn, purge->archive, purge->index, &entry, UINT64_MAX);
	return 0;
}

static int purge_records(struct purge *purge, struct arena *arena)
{
	uint32_t resume;
	int code;

	TRY(acquire(purge->archive, purge->index, &purge->segment));
	resume = purge->segment->purge_at;
	code = txn_run(purge->archive->store, arena, TXN_BACKGROUND, purge_body, purge);
	if (code)
		purge->segment->purge_at = resume;
	release(purge->archive, purge->segment);
	return code;
}

/* The first segment in which something waits to be purged; NULL when nothing does. */
static struct segment *find_work(struct archive *archive, uint32_t *ret_index, bool *ret_whole)
{
	struct segment *found = NULL;
	uint32_t i;

	pthread_rwlock_rdlock(&archive->lock);
	for (i = 0; i < archive->segment_count && !found; i++) {
		const struct entry *e = &archive->segments[i]->entry;
		bool whole = e->dead == e->count && e->count == ARCHIVE_SEGMENT;

		if (e->state & STATE_GONE || !e->dead || !(whole || e->purged < e->dead))
			continue;
		found = archive->segments[i];
		*ret_index = i;
		*ret_whole = whole;
	}
	pthread_rwlock_unlock(&archive->lock);
	return found;
}

static unsigned open_segments(struct archive *archive)
{
	unsigned count;

	pthread_mutex_lock(&archive->handles);
	count = archive->open_count;
	pthread_mutex_unlock(&archive->handles);
	return count;
}

int archive_purge(struct archive *archive, struct arena *arena, archive_postings postings,
		  void *arg, bool *ret_more)
{
	struct purge purge = {.archive = archive, .postings = postings, .arg = arg};
	bool whole = false;
	int code;

	if (open_segments(archive) > HANDLES_MAX)
		TRY(txn_run(archive->store, arena, TXN_BACKGROUND, close_idle_body, archive));
	*ret_more = false;
	purge.segment = find_work(archive, &purge.index, &whole);
	if (!purge.segment)
		return 0;
	/* single records go through the log first: not on a disk that is nearly full */
	if (!whole && reserve_room_is_low(archive->store->home, PURGE_ROOM))
		return ERR_FULL;
	code = whole ? drop_segment(&purge, arena) : purge_records(&purge, arena);
	if (!code)
		*ret_more = !purge.idle && (purge.more || find_work(archive, &purge.index, &whole));
	return code;
}

struct take_back {
	struct txn *txn;
	int (*summary)(struct txn *txn, void *arg, uint64_t number, struct bytes summary);
	void *arg;
};

static int take_back_item(const struct take_back *back, struct segment *segment, uint64_t number)
{
	struct bytes summary;
	uint8_t key[8];

	be64_write(key, number);
	TRY(db_get(back->txn, segment->summary, key, sizeof(key), &summary));
	TRY(back->summary(back->txn, back->arg, number, summary));
	TRY(db_delete(back->txn, segment->summary, key, sizeof(key)));
	return db_delete(back->txn, segment->record, key, sizeof(key));
}

/* Postings of the ordinals from FIRST on: the segment is young, its postings are few. */
static int take_back_postings(struct txn *txn, struct segment *segment, uint32_t first)
{
	struct bytes none = {NULL, 0}, key, value;
	struct scan scan;
	int code;

	scan_start_db(&scan, txn, segment->posting, none, none);
	while (!(code = scan_next(&scan, &key, &value))) {
		const uint8_t *ordinal = key.data + key.size - 2;

		if (key.size >= 2 && (uint32_t)(ordinal[0] << 8 | ordinal[1]) >= first)
			TRY(db_delete(txn, segment->posting, key.data, key.size));
	}
	return code == ERR_NOT_FOUND ? 0 : code;
}

int archive_take_back(struct txn *txn, struct archive *archive, size_t limit,
		      int (*summary)(struct txn *txn, void *arg, uint64_t number,
				     struct bytes summary),
		      void *arg, uint64_t *ret_left)
{
	struct take_back back = {txn, summary, arg};
	uint64_t end = archive->next, number, first;
	uint32_t index;
	struct segment *segment;
	struct entry entry;
	int code = 0;

	*ret_left = 0;
	if (end <= archive->visible)
		return 0;
	index = (uint32_t)((end - 1) / ARCHIVE_SEGMENT);
	first = (uint64_t)index * ARCHIVE_SEGMENT;
	first = first > archive->visible ? first : archive->visible;
	first = end - first > limit ? end - limit : first;
	TRY(entry_get(txn, archive, index, &entry));
	TRY(acquire(archive, index, &segment));
	for (number = first; number < end && !code; number++)
		code = take_back_item(&back, segment, number);
	if (!code)
		code = take_back_postings(txn, segment, (uint32_t)(first % ARCHIVE_SEGMENT));
	release(archive, segment);
	TRY(code);
	entry.count -= (uint32_t)(end - first);
	entry.bytes =
		entry.count ? entry.bytes : 0; /* else corrected when the segment is dropped */
	TRY(entry_put(txn, archive, index, &entry));
	leave_change(txn, archive, index, &entry, first);
	*ret_left = first - archive->visible;
	return 0;
}
