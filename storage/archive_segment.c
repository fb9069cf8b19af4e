#include "storage/archive_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "storage/log.h"

enum {
	PAGE = 32 * 1024,
	FILES_MAX = 48, /* open at a time; three databases and one descriptor each */
};

static void entry_encode(const struct entry *entry, uint8_t bytes[32])
{
	be32_write(bytes, entry->count);
	be32_write(bytes + 4, entry->dead);
	be32_write(bytes + 8, entry->purged);
	be32_write(bytes + 12, entry->state);
	be64_write(bytes + 16, entry->bytes);
	be64_write(bytes + 24, entry->purged_bytes);
}

int entry_decode(struct bytes bytes, struct entry *ret)
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

int entry_get(struct txn *txn, struct archive *archive, uint32_t index, struct entry *ret)
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

/* What memory learns of an entry at the commit. */
struct change {
	struct archive *archive;
	uint32_t index;
	struct entry entry;
	uint64_t next; /* UINT64_MAX = as it was */
};

static void apply_change(void *arg)
{
	const struct change *change = arg;
	struct archive *archive = change->archive;

	pthread_rwlock_wrlock(&archive->lock);
	while (archive->segment_count <= change->index)
		segment_add(archive);
	archive->segments[change->index]->entry = change->entry;
	if (change->next != UINT64_MAX)
		archive->next = change->next;
	pthread_rwlock_unlock(&archive->lock);
}

int entry_put(struct txn *txn, struct archive *archive, uint32_t index, const struct entry *entry,
	      uint64_t next)
{
	struct change change = {archive, index, *entry, next};
	uint8_t key[4], value[32];

	be32_write(key, index);
	entry_encode(entry, value);
	txn_on_commit(txn, apply_change, arena_copy(txn->arena, &change, sizeof(change)));
	return txn_put(txn, archive->directory_table, key, sizeof(key), value, sizeof(value));
}

void segment_file_name(const struct archive *archive, uint32_t index, uint32_t generation,
		       char *name, size_t size)
{
	if (generation)
		snprintf(name, size, "%s-%04u-%u.db", archive->name, index, generation);
	else
		snprintf(name, size, "%s-%04u.db", archive->name, index);
}

static int64_t file_bytes(const struct archive *archive, uint32_t index, uint32_t generation)
{
	char name[128], path[4096];
	struct stat about;

	segment_file_name(archive, index, generation, name, sizeof(name));
	snprintf(path, sizeof(path), "%s/%s", archive->store->home, name);
	return stat(path, &about) ? 0 : (int64_t)about.st_size;
}

/* Room that a commit gives back. */
struct giving {
	struct archive *archive;
	int64_t bytes;
};

static void apply_giving(void *arg)
{
	const struct giving *giving = arg;
	struct archive *archive = giving->archive;

	pthread_rwlock_wrlock(&archive->lock);
	archive->returned += giving->bytes;
	pthread_rwlock_unlock(&archive->lock);
}

/* What takes the place of the file counts against it; what was never in place counts nothing. */
static void note_giving(struct txn *txn, struct archive *archive, uint32_t index,
			uint32_t generation)
{
	uint32_t current = archive->segments[index]->entry.state / STATE_GENERATION;
	struct giving giving = {archive, file_bytes(archive, index, generation)};

	if (generation > current)
		return;
	if (generation < current)
		giving.bytes -= file_bytes(archive, index, current);
	txn_on_commit(txn, apply_giving, arena_copy(txn->arena, &giving, sizeof(giving)));
}

int segment_file_remove(struct txn *txn, struct archive *archive, uint32_t index,
			uint32_t generation)
{
	DB_ENV *env = archive->store->env;
	char name[128];
	int code;

	note_giving(txn, archive, index, generation);
	segment_file_name(archive, index, generation, name, sizeof(name));
	code = env->dbremove(env, txn->handle, name, NULL, 0);
	/* a power cut may leave the removal and lose the commit behind it */
	return code && code != ENOENT ? store_code(archive->store, code) : 0;
}

struct segment *segment_add(struct archive *archive)
{
	struct segment *segment = memory_alloc(sizeof(*segment));

	memset(segment, 0, sizeof(*segment));
	buffer_init(&segment->sweep);
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

void segment_file_close(struct segment_file *file)
{
	DB *databases[] = {file->record, file->summary, file->posting};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(databases); i++)
		if (databases[i])
			databases[i]->close(databases[i], DB_NOSYNC);
	free(file);
}

int segment_file_open(struct store *store, const char *name, enum open_mode mode,
		      struct segment_file **ret)
{
	struct segment_file *file = memory_alloc(sizeof(*file));
	int code;

	memset(file, 0, sizeof(*file));
	code = store_open_db(store, name, "record", PAGE, mode, &file->record);
	if (!code)
		code = store_open_db(store, name, "summary", PAGE, mode, &file->summary);
	if (!code)
		code = store_open_db(store, name, "posting", PAGE, mode, &file->posting);
	if (code)
		segment_file_close(file);
	else
		*ret = file;
	return code;
}

/* Nobody misses a file that was dropped, or would be: a power cut may lose the word of it. */
static int note_missing(struct segment *segment, const char *name)
{
	if (is_all_dead(&segment->entry))
		return ERR_NOT_FOUND;
	if (!segment->missing)
		log_error("segment file %s is missing", name);
	segment->missing = true;
	return ERR_CORRUPT;
}

static int open_file(struct archive *archive, struct segment *segment, uint32_t index)
{
	enum open_mode mode = segment->entry.count ? OPEN_THERE : OPEN_MAKE;
	char name[128];
	int code;

	segment_file_name(archive, index, segment->entry.state / STATE_GENERATION, name,
			  sizeof(name));
	code = segment_file_open(archive->store, name, mode, &segment->file);
	if (code == ENOENT)
		return note_missing(segment, name);
	TRY(code);
	archive->open_count++;
	return 0;
}

int segment_acquire(struct archive *archive, uint32_t index, struct segment_file **ret)
{
	struct segment *segment;
	int code = 0;

	pthread_mutex_lock(&archive->handles);
	pthread_rwlock_rdlock(&archive->lock);
	segment = index < archive->segment_count ? archive->segments[index] : NULL;
	if (!segment || segment->closing || segment->entry.state & STATE_GONE)
		code = ERR_NOT_FOUND;
	else if (!segment->file)
		code = open_file(archive, segment, index);
	pthread_rwlock_unlock(&archive->lock);
	if (!code) {
		segment->file->users++;
		segment->used = ++archive->use_counter;
		*ret = segment->file;
	}
	pthread_mutex_unlock(&archive->handles);
	return code;
}

void segment_release(struct archive *archive, uint32_t index, struct segment_file *file)
{
	pthread_mutex_lock(&archive->handles);
	file->users--;
	if (file->retired && !file->users) {
		pthread_rwlock_rdlock(&archive->lock);
		archive->segments[index]->retired--;
		pthread_rwlock_unlock(&archive->lock);
		segment_file_close(file);
	}
	pthread_mutex_unlock(&archive->handles);
}

void segment_close(struct archive *archive, struct segment *segment)
{
	if (!segment->file)
		return;
	segment_file_close(segment->file);
	segment->file = NULL;
	archive->open_count--;
}

struct touch {
	struct archive *archive;
	uint32_t index;
};

static void apply_touch(void *arg)
{
	const struct touch *touch = arg;
	struct archive *archive = touch->archive;

	pthread_rwlock_wrlock(&archive->lock);
	archive->segments[touch->index]->changes++;
	pthread_rwlock_unlock(&archive->lock);
}

void segment_changes(struct txn *txn, struct archive *archive, uint32_t index)
{
	struct touch touch = {archive, index};

	txn_on_commit(txn, apply_touch, arena_copy(txn->arena, &touch, sizeof(touch)));
}

void rebuild_free(struct rebuild *rebuild)
{
	if (!rebuild)
		return;
	if (rebuild->file)
		segment_file_close(rebuild->file);
	buffer_clear(&rebuild->at);
	free(rebuild);
}

/* Lock shared. The open segment without users that was used the longest time ago, or NULL. */
static struct segment *find_idle(struct archive *archive)
{
	struct segment *oldest = NULL;
	uint32_t i;

	for (i = 0; i < archive->segment_count; i++) {
		struct segment *s = archive->segments[i];

		if (s->file && !s->file->users && (!oldest || s->used < oldest->used))
			oldest = s;
	}
	return oldest;
}

/* Runs in a transaction of its own, so that none has touched what it closes. */
static int close_idle_body(struct txn *txn, void *arg)
{
	struct archive *archive = arg;
	struct segment *idle;

	(void)txn;
	pthread_mutex_lock(&archive->handles);
	pthread_rwlock_rdlock(&archive->lock);
	while (archive->open_count > FILES_MAX / 2 && (idle = find_idle(archive)))
		segment_close(archive, idle);
	pthread_rwlock_unlock(&archive->lock);
	pthread_mutex_unlock(&archive->handles);
	return 0;
}

int segment_close_idle(struct archive *archive, struct arena *arena)
{
	bool many;

	pthread_mutex_lock(&archive->handles);
	many = archive->open_count > FILES_MAX;
	pthread_mutex_unlock(&archive->handles);
	return many ? txn_run(archive->store, arena, TXN_BACKGROUND, close_idle_body, archive) : 0;
}
