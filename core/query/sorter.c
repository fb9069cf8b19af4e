#include "core/query/sorter.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/record/pack.h"

enum {
	MEMORY = 4 * 1024 * 1024, /* bytes of rows held, and of buffers when they come back */
	SLACK = 256,              /* rows beyond the limit before the surplus is dropped */
	RUNS_MAX = 512,           /* in the file, before they are merged into one */
};

/* A row put aside: its key sorts bytewise. The same bytes lie in the file. */
struct entry {
	uint32_t key_size, row_size;
	uint8_t bytes[]; /* key, row */
};

/* Entries in order, in the file from OFFSET on. */
struct run {
	off_t offset;
	uint64_t left; /* bytes that are not in the buffer yet */
	struct buffer ahead;
	size_t taken;                /* of AHEAD; the next entry begins there */
	uint32_t key_size, row_size; /* of the next entry */
	const uint8_t *bytes;        /* its key and row, in AHEAD; NULL = no entry is left */
};

struct sorter {
	const struct query *query;
	uint64_t limit;
	const char *directory;
	struct buffer scratch;
	struct entry **entries;
	size_t count, room, bytes;
	struct entry *last; /* behind it nothing is wanted; NULL = everything is */
	int fd;
	off_t end;
	struct run *runs;
	size_t run_count;
	size_t at; /* of entries, when they are handed out */
	uint64_t given;
};

struct sorter *sorter_new(const struct query *query, uint64_t limit, const char *directory)
{
	struct sorter *sorter = memory_alloc(sizeof(*sorter));

	memset(sorter, 0, sizeof(*sorter));
	sorter->query = query;
	sorter->limit = limit;
	sorter->directory = directory ? directory : "/tmp";
	sorter->fd = -1;
	buffer_init(&sorter->scratch);
	return sorter;
}

static void free_runs(struct sorter *sorter)
{
	size_t i;

	for (i = 0; i < sorter->run_count; i++)
		buffer_clear(&sorter->runs[i].ahead);
	sorter->run_count = 0;
}

static size_t entry_size(const struct entry *entry)
{
	return sizeof(*entry) + entry->key_size + entry->row_size;
}

static void drop_entries(struct sorter *sorter, size_t from)
{
	while (sorter->count > from) {
		struct entry *entry = sorter->entries[--sorter->count];

		sorter->bytes -= entry_size(entry);
		free(entry);
	}
}

void sorter_free(struct sorter *sorter)
{
	drop_entries(sorter, 0);
	free_runs(sorter);
	free(sorter->runs);
	free(sorter->entries);
	free(sorter->last);
	buffer_clear(&sorter->scratch);
	if (sorter->fd >= 0)
		close(sorter->fd);
	free(sorter);
}

static void put_number(struct buffer *key, int64_t number)
{
	buffer_put_be64(key, (uint64_t)number ^ (uint64_t)1 << 63);
}

static void put_double(struct buffer *key, double number)
{
	uint64_t bits;

	number += 0.0; /* no negative zero */
	memcpy(&bits, &number, sizeof(bits));
	buffer_put_be64(key, bits >> 63 ? ~bits : bits | (uint64_t)1 << 63);
}

/* One value so that bytes compare as values do, all of them the other way round if DESCENDING. */
static void put_key(struct buffer *key, const struct field *field, union slot slot, bool descending)
{
	bool absent = slot_absent(field, slot);
	size_t at = key->length;

	buffer_put_u8(key, !absent);
	switch (field->type) {
	case FIELD_STRING:
	case FIELD_JSON:
		if (!absent)
			buffer_put(key, slot.s, strlen(slot.s) + 1);
		break;
	case FIELD_DOUBLE:
		if (!absent)
			put_double(key, slot.d);
		break;
	case FIELD_TIME:
	case FIELD_INT:
	case FIELD_LONG:
	case FIELD_BOOL:
		if (!absent)
			put_number(key, slot.i);
		break;
	case FIELD_VALUE:
	case FIELD_ROWS:
		break; /* in no order */
	}
	for (; descending && at < key->length; at++)
		key->data[at] = (uint8_t)~key->data[at];
}

static void put_keys(const struct sorter *sorter, struct buffer *key, const union slot *row)
{
	const struct query *query = sorter->query;
	const struct field *fields = query->resource->kind->fields;
	size_t i;

	for (i = 0; i < query->sort_count; i++) {
		int field = query->sorts[i].key->field;

		put_key(key, &fields[field], row[field], query->sorts[i].descending);
	}
	put_key(key, &fields[0], row[0], false);
}

static int compare_keys(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size)
{
	int order = memcmp(a, b, a_size < b_size ? a_size : b_size);

	return order ? order : (a_size > b_size) - (a_size < b_size);
}

static int compare_entries(const void *left, const void *right)
{
	const struct entry *a = *(struct entry *const *)left, *b = *(struct entry *const *)right;

	return compare_keys(a->bytes, a->key_size, b->bytes, b->key_size);
}

static struct entry *entry_new(const uint8_t *bytes, size_t key_size, size_t row_size)
{
	struct entry *entry = memory_alloc(sizeof(*entry) + key_size + row_size);

	entry->key_size = (uint32_t)key_size;
	entry->row_size = (uint32_t)row_size;
	memcpy(entry->bytes, bytes, key_size + row_size);
	return entry;
}

static void sort_entries(struct sorter *sorter)
{
	if (sorter->count)
		qsort(sorter->entries, sorter->count, sizeof(struct entry *), compare_entries);
}

/* Sorts, and drops what comes behind the limit. */
static void trim(struct sorter *sorter)
{
	struct entry *last;

	sort_entries(sorter);
	if (sorter->count < sorter->limit)
		return;
	drop_entries(sorter, (size_t)sorter->limit);
	if (!sorter->count)
		return;
	last = sorter->entries[sorter->count - 1];
	free(sorter->last);
	sorter->last = entry_new(last->bytes, last->key_size, 0);
}

static int write_all(struct sorter *sorter, const uint8_t *bytes, size_t size)
{
	while (size) {
		ssize_t done = pwrite(sorter->fd, bytes, size, sorter->end);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return done < 0 && errno != ENOSPC && errno != EDQUOT ? errno : ERR_FULL;
		sorter->end += done;
		bytes += done;
		size -= (size_t)done;
	}
	return 0;
}

static int open_file(struct sorter *sorter)
{
	char name[4096];

	if (sorter->fd >= 0)
		return 0;
	sorter->fd = open(sorter->directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (sorter->fd >= 0)
		return 0;
	snprintf(name, sizeof(name), "%s/sort.XXXXXX", sorter->directory);
	sorter->fd = mkostemp(name, O_CLOEXEC);
	if (sorter->fd < 0)
		return errno;
	unlink(name);
	return 0;
}

/* What was written from START on is a run. */
static void add_run(struct sorter *sorter, off_t start)
{
	struct run *run;

	if (!sorter->runs)
		sorter->runs = memory_alloc(RUNS_MAX * sizeof(*sorter->runs));
	run = &sorter->runs[sorter->run_count++];
	memset(run, 0, sizeof(*run));
	run->offset = start;
	run->left = (uint64_t)(sorter->end - start);
	buffer_init(&run->ahead);
}

/* OUT gathers what is to be written. */
static int write_when_full(struct sorter *sorter, struct buffer *out)
{
	int code = 0;

	if (out->length >= 64 * 1024) {
		code = write_all(sorter, out->data, out->length);
		out->length = 0;
	}
	return code;
}

static int flush(struct sorter *sorter, struct buffer *out, int code)
{
	if (!code)
		code = write_all(sorter, out->data, out->length);
	buffer_clear(out);
	return code;
}

/* What is left of a run's buffer is moved to its front, and more is read behind it. */
static int refill(struct sorter *sorter, struct run *run, size_t want)
{
	struct buffer *ahead = &run->ahead;

	if (run->taken)
		memmove(ahead->data, ahead->data + run->taken, ahead->length - run->taken);
	ahead->length -= run->taken;
	run->taken = 0;
	if (want > run->left)
		want = (size_t)run->left;
	buffer_reserve(ahead, want);
	while (want) {
		ssize_t got = pread(sorter->fd, ahead->data + ahead->length, want, run->offset);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got < 0 ? errno : ERR_CORRUPT;
		ahead->length += (size_t)got;
		run->offset += got;
		run->left -= (uint64_t)got;
		want -= (size_t)got;
	}
	return 0;
}

/* Makes the run's next entry ready. */
static int load_head(struct sorter *sorter, struct run *run)
{
	size_t piece = MEMORY / RUNS_MAX;
	struct entry head;

	run->bytes = NULL;
	if (run->ahead.length - run->taken < sizeof(head))
		TRY(refill(sorter, run, piece));
	if (run->ahead.length - run->taken < sizeof(head))
		return run->ahead.length == run->taken ? 0 : ERR_CORRUPT;
	memcpy(&head, run->ahead.data + run->taken, sizeof(head));
	if (run->ahead.length - run->taken < entry_size(&head))
		TRY(refill(sorter, run, entry_size(&head) + piece));
	run->key_size = head.key_size;
	run->row_size = head.row_size;
	run->bytes = run->ahead.data + run->taken + sizeof(head);
	return 0;
}

static bool run_is_before(const struct run *a, const struct run *b)
{
	if (!a->bytes || !b->bytes)
		return a->bytes != NULL;
	return compare_keys(a->bytes, a->key_size, b->bytes, b->key_size) < 0;
}

/* Runs are a heap: the one whose entry comes first is on top. */
static void sift_down(struct sorter *sorter, size_t i)
{
	for (;;) {
		size_t first = i, child;

		for (child = 2 * i + 1; child <= 2 * i + 2 && child < sorter->run_count; child++)
			if (run_is_before(&sorter->runs[child], &sorter->runs[first]))
				first = child;
		if (first == i)
			return;
		struct run kept = sorter->runs[i];
		sorter->runs[i] = sorter->runs[first];
		sorter->runs[first] = kept;
		i = first;
	}
}

static int begin_merge(struct sorter *sorter)
{
	size_t i;

	for (i = 0; i < sorter->run_count; i++)
		TRY(load_head(sorter, &sorter->runs[i]));
	for (i = sorter->run_count; i; i--)
		sift_down(sorter, i - 1);
	return 0;
}

/* Passes over the entry on top. */
static int advance(struct sorter *sorter)
{
	struct run *run = &sorter->runs[0];

	run->taken += sizeof(struct entry) + run->key_size + run->row_size;
	TRY(load_head(sorter, run));
	sift_down(sorter, 0);
	return 0;
}

/* All runs become one behind them. */
static int merge_runs(struct sorter *sorter)
{
	off_t start = sorter->end;
	struct buffer out;
	int code;

	buffer_init(&out);
	code = begin_merge(sorter);
	while (!code && sorter->runs[0].bytes) {
		const struct run *run = &sorter->runs[0];

		buffer_put(&out, run->ahead.data + run->taken,
			   sizeof(struct entry) + run->key_size + run->row_size);
		code = write_when_full(sorter, &out);
		if (!code)
			code = advance(sorter);
	}
	TRY(flush(sorter, &out, code));
	free_runs(sorter);
	add_run(sorter, start);
	return 0;
}

/* Writes the entries, which are in order, to the file. */
static int spill(struct sorter *sorter)
{
	struct buffer out;
	off_t start;
	int code;
	size_t i;

	TRY(open_file(sorter));
	if (sorter->run_count == RUNS_MAX)
		TRY(merge_runs(sorter));
	start = sorter->end;
	buffer_init(&out);
	for (i = 0, code = 0; i < sorter->count && !code; i++) {
		buffer_put(&out, sorter->entries[i], entry_size(sorter->entries[i]));
		code = write_when_full(sorter, &out);
	}
	TRY(flush(sorter, &out, code));
	drop_entries(sorter, 0);
	add_run(sorter, start);
	return 0;
}

/* Keeps memory within bounds after an entry came. */
static int settle(struct sorter *sorter)
{
	if (sorter->bytes < MEMORY &&
	    (sorter->limit > SIZE_MAX / 4 || sorter->count < 2 * sorter->limit + SLACK))
		return 0;
	trim(sorter);
	return sorter->bytes < MEMORY / 2 ? 0 : spill(sorter);
}

int sorter_add(struct sorter *sorter, const union slot *row)
{
	struct buffer *scratch = &sorter->scratch;
	struct entry *entry;
	size_t key_size;

	scratch->length = 0;
	put_keys(sorter, scratch, row);
	key_size = scratch->length;
	if (!sorter->limit ||
	    (sorter->last && compare_keys(scratch->data, key_size, sorter->last->bytes,
					  sorter->last->key_size) > 0))
		return 0;
	row_pack(scratch, sorter->query->resource->kind, row);
	entry = entry_new(scratch->data, key_size, scratch->length - key_size);
	if (sorter->count == sorter->room) {
		sorter->room = sorter->room ? sorter->room * 2 : 64;
		sorter->entries =
			memory_resize(sorter->entries, sorter->room * sizeof(struct entry *));
	}
	sorter->entries[sorter->count++] = entry;
	sorter->bytes += entry_size(entry);
	return settle(sorter);
}

bool sorter_last_number(const struct sorter *sorter, int64_t *ret)
{
	bool descending = sorter->query->sorts[0].descending;
	const uint8_t *key;
	uint64_t word;

	if (!sorter->last)
		return false;
	key = sorter->last->bytes;
	if (key[0] == (descending ? 0xff : 0)) { /* absent */
		*ret = INT_NULL;
		return true;
	}
	word = be64_read(key + 1);
	*ret = (int64_t)((descending ? ~word : word) ^ (uint64_t)1 << 63);
	return true;
}

const char *sorter_last_text(const struct sorter *sorter)
{
	return sorter->last && sorter->last->bytes[0] ? (const char *)sorter->last->bytes + 1
						      : NULL;
}

int sorter_finish(struct sorter *sorter)
{
	trim(sorter);
	if (!sorter->run_count)
		return 0;
	if (sorter->count)
		TRY(spill(sorter));
	return begin_merge(sorter);
}

/* Of runs: the entry on top, after the one handed out before was passed over. */
static int next_of_runs(struct sorter *sorter, struct arena *arena, union slot **ret)
{
	const struct run *run = &sorter->runs[0];

	if (sorter->given)
		TRY(advance(sorter));
	if (!run->bytes || sorter->given == sorter->limit)
		return ERR_NOT_FOUND;
	*ret = row_unpack(arena, run->bytes + run->key_size, run->row_size,
			  sorter->query->resource->kind);
	sorter->given++;
	return 0;
}

int sorter_next(struct sorter *sorter, struct arena *arena, union slot **ret)
{
	const struct entry *entry;

	if (sorter->run_count)
		return next_of_runs(sorter, arena, ret);
	if (sorter->at == sorter->count)
		return ERR_NOT_FOUND;
	entry = sorter->entries[sorter->at++];
	*ret = row_unpack(arena, entry->bytes + entry->key_size, entry->row_size,
			  sorter->query->resource->kind);
	return 0;
}
