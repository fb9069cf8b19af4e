#include "core/job/job_range.h"

#include <string.h>

#include "core/job/batch_jobs.h"
#include "core/schema.h"

enum { KEY_SIZE = 18, FLAG_DELETED = 1, FLAG_HIDDEN = 2 };

static void range_key(uint8_t key[KEY_SIZE], uint64_t batch, enum job_kind kind,
		      enum job_range_list list, uint64_t last)
{
	be64_write(key, batch);
	key[8] = (uint8_t)kind;
	key[9] = (uint8_t)list;
	be64_write(key + 10, last);
}

static void put_values(struct buffer *buffer, const struct job_values *values)
{
	buffer_put_zigzag(buffer, values->retries);
	buffer_put_zigzag(buffer, values->due_date);
	buffer_put_zigzag(buffer, values->priority);
	buffer_put_u8(buffer, values->suspended);
}

static void take_values(struct reader *in, struct job_values *values)
{
	values->retries = reader_zigzag(in);
	values->due_date = reader_zigzag(in);
	values->priority = reader_zigzag(in);
	values->suspended = reader_u8(in) != 0;
}

static int decode(const uint8_t *key, struct bytes value, struct job_range *ret)
{
	struct reader in = reader_of(value.data, value.size);
	uint8_t flags;

	ret->count = reader_varint(&in);
	ret->time = reader_zigzag(&in);
	take_values(&in, &ret->values);
	take_values(&in, &ret->now);
	ret->sequence = reader_varint(&in);
	flags = reader_u8(&in);
	ret->deleted = flags & FLAG_DELETED;
	ret->hidden = flags & FLAG_HIDDEN;
	ret->first = be64_read(key + 10) + 1 - ret->count;
	return in.bad || !ret->count ? ERR_CORRUPT : 0;
}

static int put_range(struct txn *txn, uint64_t batch, enum job_kind kind, enum job_range_list list,
		     const struct job_range *range)
{
	uint8_t key[KEY_SIZE];
	struct buffer buffer;
	int code;

	buffer_init(&buffer);
	buffer_put_varint(&buffer, range->count);
	buffer_put_zigzag(&buffer, range->time);
	put_values(&buffer, &range->values);
	put_values(&buffer, &range->now);
	buffer_put_varint(&buffer, range->sequence);
	buffer_put_u8(&buffer, (uint8_t)((range->deleted ? FLAG_DELETED : 0) |
					 (range->hidden ? FLAG_HIDDEN : 0)));
	range_key(key, batch, kind, list, range->first + range->count - 1);
	code = txn_put(txn, TABLE_BATCH_RANGE, key, sizeof(key), buffer.data, buffer.length);
	buffer_clear(&buffer);
	return code;
}

int job_range_put(struct txn *txn, uint64_t batch, enum job_kind kind, enum job_range_list list,
		  const struct job_range *range)
{
	TRY(put_range(txn, batch, kind, list, range));
	return list == RANGE_CREATED ? batch_jobs_note_range(txn, batch, kind, range->first) : 0;
}

bool job_values_equal(const struct job_values *a, const struct job_values *b)
{
	return a->retries == b->retries && a->due_date == b->due_date &&
	       a->priority == b->priority && a->suspended == b->suspended;
}

static bool alike(const struct job_range *a, const struct job_range *b)
{
	return a->time == b->time && job_values_equal(&a->values, &b->values) &&
	       job_values_equal(&a->now, &b->now) && a->sequence == b->sequence &&
	       a->deleted == b->deleted && a->hidden == b->hidden;
}

int job_range_add(struct txn *txn, uint64_t batch, enum job_kind kind, enum job_range_list list,
		  const struct job_range *range)
{
	struct job_range grown = *range, before;
	uint8_t key[KEY_SIZE];
	struct bytes value;
	int code = ERR_NOT_FOUND;

	if (range->first) {
		range_key(key, batch, kind, list, range->first - 1);
		code = txn_get(txn, TABLE_BATCH_RANGE, key, sizeof(key), &value);
	}
	if (code && code != ERR_NOT_FOUND)
		return code;
	if (!code) {
		TRY(decode(key, value, &before));
		if (alike(&before, range)) {
			TRY(txn_delete(txn, TABLE_BATCH_RANGE, key, sizeof(key)));
			grown.first = before.first;
			grown.count += before.count;
		}
	}
	TRY(put_range(txn, batch, kind, list, &grown));
	return list == RANGE_CREATED ? batch_jobs_note_range(txn, batch, kind, range->first) : 0;
}

static int scan_step(struct job_range_scan *scan)
{
	struct bytes key, value;
	int code = scan_next(&scan->scan, &key, &value);

	scan->ended = code != 0;
	if (code)
		return code == ERR_NOT_FOUND ? 0 : code;
	return key.size == KEY_SIZE ? decode(key.data, value, &scan->range) : ERR_CORRUPT;
}

int job_range_scan_start(struct job_range_scan *scan, struct txn *txn, uint64_t batch,
			 enum job_kind kind, enum job_range_list list, uint64_t from)
{
	uint8_t *start = arena_alloc(txn->arena, KEY_SIZE), *end = arena_alloc(txn->arena, 10);

	memset(scan, 0, sizeof(*scan));
	range_key(start, batch, kind, list, from);
	memcpy(end, start, 10);
	end[9]++;
	scan_start(&scan->scan, txn, TABLE_BATCH_RANGE, (struct bytes){start, KEY_SIZE},
		   (struct bytes){end, 10});
	return scan_step(scan);
}

int job_range_scan_to(struct job_range_scan *scan, uint64_t job)
{
	while (!scan->ended && scan->range.first + scan->range.count <= job)
		TRY(scan_step(scan));
	return 0;
}

int job_range_find(struct txn *txn, uint64_t batch, enum job_kind kind, enum job_range_list list,
		   uint64_t job, struct job_range *ret)
{
	uint8_t from[KEY_SIZE], to[10];
	struct bytes key, value;

	range_key(from, batch, kind, list, job);
	memcpy(to, from, sizeof(to));
	to[9]++;
	TRY(txn_first(txn, TABLE_BATCH_RANGE, (struct bytes){from, sizeof(from)},
		      (struct bytes){to, sizeof(to)}, &key, &value));
	if (key.size != KEY_SIZE)
		return ERR_CORRUPT;
	TRY(decode(key.data, value, ret));
	return ret->first > job ? ERR_NOT_FOUND : 0;
}

int job_range_change(struct txn *txn, uint64_t batch, enum job_kind kind, uint64_t first,
		     uint64_t count, const struct job_values *values)
{
	struct job_range range, part;
	uint8_t key[KEY_SIZE];
	uint64_t end;

	TRY(job_range_find(txn, batch, kind, RANGE_CREATED, first, &range));
	end = range.first + range.count;
	range_key(key, batch, kind, RANGE_CREATED, end - 1);
	TRY(txn_delete(txn, TABLE_BATCH_RANGE, key, sizeof(key)));
	part = range;
	part.count = first - range.first;
	if (part.count)
		TRY(put_range(txn, batch, kind, RANGE_CREATED, &part));
	part.first = first + count;
	part.count = end - part.first;
	if (part.count)
		TRY(job_range_put(txn, batch, kind, RANGE_CREATED, &part));
	part.first = first;
	part.count = count;
	part.now = *values;
	return job_range_add(txn, batch, kind, RANGE_CREATED, &part);
}

int job_range_delete_all(struct txn *txn, uint64_t batch)
{
	uint8_t from[8], to[8];

	be64_write(from, batch);
	be64_write(to, batch + 1);
	return txn_delete_range(txn, TABLE_BATCH_RANGE, (struct bytes){from, sizeof(from)},
				(struct bytes){to, sizeof(to)});
}
