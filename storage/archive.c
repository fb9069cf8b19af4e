#include "storage/archive.h"

#include <stdlib.h>
#include <string.h>

#include "storage/archive_internal.h"
#include "storage/bulk.h"
#include "storage/log.h"

enum { BULK_BYTES = 256 * 1024, KEYS_BACK = 64, RECORD_ROOM = 6 * 1024 };

static const char visible_key[] = "visible";

static uint8_t all_dead[ARCHIVE_DEAD_BYTES];

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
		TRY(entry_decode(value, &segment_add(archive)->entry));
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

/* Who writes comes next, or many who read would keep all commits out: nobody locks it twice. */
static void lock_init(pthread_rwlock_t *lock)
{
	pthread_rwlockattr_t attributes;

	pthread_rwlockattr_init(&attributes);
	pthread_rwlockattr_setkind_np(&attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	pthread_rwlock_init(lock, &attributes);
	pthread_rwlockattr_destroy(&attributes);
}

int archive_open(struct archive **ret_archive, struct store *store, struct arena *arena,
		 const char *name, struct archive_tables tables)
{
	struct archive *archive = memory_alloc(sizeof(*archive));
	struct txn reader = txn_reader(store, arena);
	int code;

	memset(archive, 0, sizeof(*archive));
	memset(all_dead, 0xff, sizeof(all_dead));
	archive->store = store;
	archive->name = strdup(name);
	archive->directory_table = tables.directory;
	archive->dead_table = tables.dead;
	archive->mark_table = tables.mark;
	lock_init(&archive->lock);
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
		segment_close(archive, archive->segments[i]);
		rebuild_free(archive->segments[i]->rebuild);
		buffer_clear(&archive->segments[i]->sweep);
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

/* Items with consecutive numbers, on their way into one segment. */
struct part {
	struct segment_file *file;
	uint64_t first;
	const struct archive_item *items;
	size_t count;
};

/* The summary or record of one of the items. */
static struct bytes value_of(const struct part *part, size_t index, size_t member)
{
	const uint8_t *item = (const uint8_t *)&part->items[index];

	return *(const struct bytes *)(const void *)(item + member);
}

static int put_values(struct txn *txn, const struct part *part, DB *db, size_t member)
{
	struct bulk bulk;
	uint8_t key[8];
	size_t i;

	if (part->count == 1) { /* not worth the room of a bulk */
		struct bytes value = value_of(part, 0, member);

		be64_write(key, part->first);
		return db_put(txn, db, key, sizeof(key), value.data, value.size, 0);
	}
	bulk_init(&bulk, txn, db, BULK_BYTES, false);
	for (i = 0; i < part->count; i++) {
		be64_write(key, part->first + i);
		TRY(bulk_add(&bulk, (struct bytes){key, sizeof(key)}, value_of(part, i, member)));
	}
	return bulk_flush(&bulk);
}

static int put_postings(struct txn *txn, const struct part *part)
{
	struct bytes none = {(const uint8_t *)"", 0};
	struct sort_key *keys;
	struct bulk bulk;
	size_t i, count, bytes = BULK_PAIR;

	TRY(postings_sort(txn->arena, part->first, part->items, part->count, &keys, &count));
	if (!count)
		return 0;
	for (i = 0; i < count && bytes < BULK_BYTES; i++)
		bytes += keys[i].key.size + BULK_PAIR;
	bulk_init(&bulk, txn, part->file->posting, bytes, false);
	for (i = 0; i < count; i++)
		TRY(bulk_add(&bulk, keys[i].key, none));
	return bulk_flush(&bulk);
}

static int put_part(struct txn *txn, const struct part *part)
{
	TRY(put_values(txn, part, part->file->record, offsetof(struct archive_item, record)));
	TRY(put_values(txn, part, part->file->summary, offsetof(struct archive_item, summary)));
	return put_postings(txn, part);
}

/* A segment that the directory does not know yet: its file may be there from an aborted attempt. */
static void expect_segment(struct archive *archive, uint32_t index)
{
	pthread_rwlock_wrlock(&archive->lock);
	while (archive->segment_count <= index)
		segment_add(archive);
	pthread_rwlock_unlock(&archive->lock);
}

/* As many of the items as fit into the segment of NUMBER. */
static int append_part(struct txn *txn, struct archive *archive, uint64_t number,
		       const struct archive_item *items, size_t count, size_t *ret_done)
{
	uint32_t index = (uint32_t)(number / ARCHIVE_SEGMENT);
	struct part part = {.first = number, .items = items};
	struct entry entry;
	size_t i;
	int code;

	expect_segment(archive, index);
	TRY(entry_get(txn, archive, index, &entry));
	part.count = ARCHIVE_SEGMENT - entry.count;
	part.count = count < part.count ? count : part.count;
	TRY(segment_acquire(archive, index, &part.file));
	code = put_part(txn, &part);
	segment_release(archive, index, part.file);
	TRY(code);
	for (i = 0; i < part.count; i++)
		entry.bytes += items[i].record.size;
	entry.count += (uint32_t)part.count;
	*ret_done = part.count;
	return entry_put(txn, archive, index, &entry, number + part.count);
}

/* Memory follows at the commit; the directory knows before. */
int archive_next_in(struct txn *txn, struct archive *archive, uint64_t *ret)
{
	uint32_t index = (uint32_t)(archive->next / ARCHIVE_SEGMENT);
	struct entry entry;

	TRY(entry_get(txn, archive, index, &entry));
	while (entry.count == ARCHIVE_SEGMENT)
		TRY(entry_get(txn, archive, ++index, &entry));
	*ret = (uint64_t)index * ARCHIVE_SEGMENT + entry.count;
	return 0;
}

int archive_append(struct txn *txn, struct archive *archive, const struct archive_item *items,
		   size_t count, uint64_t *ret_first)
{
	uint64_t number;
	size_t done;

	TRY(archive_next_in(txn, archive, &number));
	*ret_first = number;
	while (count) {
		TRY(append_part(txn, archive, number, items, count, &done));
		items += done;
		count -= done;
		number += done;
	}
	return 0;
}

struct publication {
	struct archive *archive;
	uint64_t visible;
};

static void apply_visible(void *arg)
{
	const struct publication *publication = arg;
	struct archive *archive = publication->archive;

	pthread_rwlock_wrlock(&archive->lock);
	archive->visible = publication->visible;
	pthread_rwlock_unlock(&archive->lock);
}

int archive_publish(struct txn *txn, struct archive *archive, uint64_t number)
{
	struct publication publication = {archive, number};
	uint8_t value[8];

	be64_write(value, number);
	TRY(txn_put(txn, archive->directory_table, visible_key, strlen(visible_key), value, 8));
	txn_on_commit(txn, apply_visible,
		      arena_copy(txn->arena, &publication, sizeof(publication)));
	return 0;
}

int archive_read(struct txn *txn, struct archive *archive, uint64_t number, struct bytes *ret)
{
	uint32_t index = (uint32_t)(number / ARCHIVE_SEGMENT);
	struct segment_file *file;
	uint8_t key[8];
	int code;

	be64_write(key, number);
	TRY(segment_acquire(archive, index, &file));
	code = db_get_large(txn, file->record, key, sizeof(key), RECORD_ROOM, ret);
	segment_release(archive, index, file);
	note_reads(&archive->records_read, 1);
	return code;
}

/* Postings that PART still has stay where they are: most changes of an item touch few of them. */
static int exchange_postings(struct txn *txn, const struct part *part, const struct part *before,
			     bool stored)
{
	DB *db = part->file->posting;
	struct sort_key *keys, *old;
	size_t count, old_count, i = 0, k = 0;

	TRY(postings_sort(txn->arena, part->first, part->items, part->count, &keys, &count));
	TRY(postings_sort(txn->arena, before->first, before->items, before->count, &old,
			  &old_count));
	while (i < count || k < old_count) {
		int order = i == count       ? 1
			    : k == old_count ? -1
					     : sort_key_compare(&keys[i], &old[k]);
		int code = 0;

		if (order < 0 || (!order && !stored))
			code = db_put(txn, db, keys[i].key.data, keys[i].key.size, NULL, 0, 0);
		else if (order > 0)
			code = db_delete(txn, db, old[k].key.data, old[k].key.size);
		if (code && code != ERR_NOT_FOUND)
			return code;
		i += order <= 0;
		k += order >= 0;
	}
	return 0;
}

static int rewrite(struct txn *txn, struct segment_file *file, uint64_t number,
		   const struct archive_item *item, struct bytes old, bool stored)
{
	const struct archive_item old_item = {.postings = old};
	const struct part part = {file, number, item, 1}, before = {file, number, &old_item, 1};

	TRY(put_values(txn, &part, file->record, offsetof(struct archive_item, record)));
	TRY(put_values(txn, &part, file->summary, offsetof(struct archive_item, summary)));
	return exchange_postings(txn, &part, &before, stored);
}

int archive_rewrite(struct txn *txn, struct archive *archive, uint64_t number,
		    const struct archive_item *item, struct bytes old, bool stored)
{
	uint32_t index = (uint32_t)(number / ARCHIVE_SEGMENT);
	struct segment_file *file;
	struct bytes before;
	struct entry entry;
	uint8_t key[8];
	int code;

	TRY(segment_acquire(archive, index, &file));
	be64_write(key, number);
	code = db_get(txn, file->record, key, sizeof(key), &before);
	if (!code)
		code = rewrite(txn, file, number, item, old, stored);
	segment_release(archive, index, file);
	TRY(code);
	TRY(marks_take_off(txn, archive, number));
	TRY(entry_get(txn, archive, index, &entry));
	entry.bytes += item->record.size - before.size;
	segment_changes(txn, archive, index);
	return entry_put(txn, archive, index, &entry, UINT64_MAX);
}

int archive_summaries(struct txn *txn, struct archive *archive, uint32_t index,
		      void (*found)(void *arg, uint64_t number, struct bytes summary), void *arg)
{
	struct bytes none = {NULL, 0}, key, value;
	struct segment_file *file;
	struct scan scan;
	int code = segment_acquire(archive, index, &file);

	if (code)
		return code == ERR_NOT_FOUND ? 0 : code;
	scan_start_db(&scan, txn, file->summary, none, none);
	while (!(code = scan_next(&scan, &key, &value))) {
		if (key.size == 8)
			found(arg, be64_read(key.data), value);
	}
	segment_release(archive, index, file);
	return code == ERR_NOT_FOUND ? 0 : code;
}

int archive_find(struct txn *txn, struct archive *archive, uint32_t index, struct bytes from,
		 struct bytes to, bool (*found)(void *arg, struct bytes key, uint64_t number),
		 void *arg)
{
	uint64_t first = (uint64_t)index * ARCHIVE_SEGMENT;
	struct bytes key, value;
	struct segment_file *file;
	struct scan scan;
	uint64_t read = 0;
	int code = segment_acquire(archive, index, &file);

	if (code)
		return code == ERR_NOT_FOUND ? 0 : code;
	scan_start_db(&scan, txn, file->posting, from, to);
	while (!(code = scan_next(&scan, &key, &value))) {
		uint64_t number;

		read++;
		if (key.size < 2)
			continue;
		number = first + key_ordinal(key);
		key.size -= 2;
		if (!found(arg, key, number))
			break;
	}
	segment_release(archive, index, file);
	note_reads(&archive->postings_read, read);
	return code == ERR_NOT_FOUND ? 0 : code;
}

static int find_back(struct txn *txn, DB *db, uint64_t first, struct bytes from, struct bytes to,
		     bool (*found)(void *arg, struct bytes key, uint64_t number), void *arg,
		     uint64_t *read)
{
	struct bytes keys[KEYS_BACK];
	size_t i, count = KEYS_BACK;

	while (count == KEYS_BACK) {
		TRY(db_keys_back(txn, db, from, to, keys, KEYS_BACK, &count));
		for (i = 0; i < count; i++) {
			struct bytes key = keys[i];

			to = key;
			++*read;
			if (key.size < 2)
				continue;
			key.size -= 2;
			if (!found(arg, key, first + key_ordinal(keys[i])))
				return 0;
		}
	}
	return 0;
}

int archive_find_back(struct txn *txn, struct archive *archive, uint32_t index, struct bytes from,
		      struct bytes to, bool (*found)(void *arg, struct bytes key, uint64_t number),
		      void *arg)
{
	struct segment_file *file;
	uint64_t read = 0;
	int code = segment_acquire(archive, index, &file);

	if (code)
		return code == ERR_NOT_FOUND ? 0 : code;
	code = find_back(txn, file->posting, (uint64_t)index * ARCHIVE_SEGMENT, from, to, found,
			 arg, &read);
	segment_release(archive, index, file);
	note_reads(&archive->postings_read, read);
	return code;
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
	return entry_put(txn, archive, index, &entry, UINT64_MAX);
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

bool archive_gone(const struct archive *archive, uint32_t segment)
{
	return segment < archive->segment_count &&
	       archive->segments[segment]->entry.state & STATE_GONE;
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

void archive_count_reads(struct archive *archive, struct archive_reads *ret)
{
	ret->records = atomic_load(&archive->records_read);
	ret->postings = atomic_load(&archive->postings_read);
}

void archive_count(struct archive *archive, struct archive_numbers *ret)
{
	uint32_t i;

	memset(ret, 0, sizeof(*ret));
	pthread_rwlock_rdlock(&archive->lock);
	ret->returned = archive->returned;
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
		ret->sweeps += !!(e->state & (STATE_SWEEP | STATE_STALE | STATE_BUILDING));
		/* what the dead ones weigh is known only on average */
		ret->purge_bytes += left ? bytes * (e->dead - e->purged) / left : 0;
	}
	pthread_rwlock_unlock(&archive->lock);
}

struct take_back {
	struct txn *txn;
	int (*summary)(struct txn *txn, void *arg, uint64_t number, struct bytes summary);
	void *arg;
};

static int take_back_item(const struct take_back *back, const struct segment_file *file,
			  uint64_t number)
{
	struct bytes summary;
	uint8_t key[8];

	be64_write(key, number);
	TRY(db_get(back->txn, file->summary, key, sizeof(key), &summary));
	TRY(back->summary(back->txn, back->arg, number, summary));
	TRY(db_delete(back->txn, file->summary, key, sizeof(key)));
	return db_delete(back->txn, file->record, key, sizeof(key));
}

/* Postings of the ordinals from FIRST on: the segment is young, its postings are few. */
static int take_back_postings(struct txn *txn, const struct segment_file *file, uint32_t first)
{
	struct bytes none = {NULL, 0}, key, value;
	struct scan scan;
	int code;

	scan_start_db(&scan, txn, file->posting, none, none);
	while (!(code = scan_next(&scan, &key, &value))) {
		if (key.size >= 2 && key_ordinal(key) >= first)
			TRY(db_delete(txn, file->posting, key.data, key.size));
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
	struct segment_file *file;
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
	TRY(segment_acquire(archive, index, &file));
	for (number = first; number < end && !code; number++)
		code = take_back_item(&back, file, number);
	if (!code)
		code = take_back_postings(txn, file, (uint32_t)(first % ARCHIVE_SEGMENT));
	segment_release(archive, index, file);
	TRY(code);
	entry.count -= (uint32_t)(end - first);
	entry.bytes =
		entry.count ? entry.bytes : 0; /* else corrected when the segment is dropped */
	*ret_left = first - archive->visible;
	return entry_put(txn, archive, index, &entry, first);
}
