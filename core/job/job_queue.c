#include "core/job/job_queue.h"

#include <string.h>

#include "core/job/job_source.h"
#include "core/schema.h"
#include "storage/clock.h"

enum {
	LIST_NEW = 'n',
	LIST_READY = 'r',
	LIST_WAITING = 'w',
	ENTRY_SIZE = 18,
	DUE_SIZE = 8,
	KEY_MAX = 1 + JOB_RANK_SIZE + ENTRY_SIZE,
	PRIORITY_SIZE = 8,
	ADOPT_AT_ONCE = 1000,
};

static const char order_key[] = "job-queue";

/* Bytes that sort as the numbers do. */
static void sortable(uint8_t at[8], int64_t number)
{
	be64_write(at, (uint64_t)number ^ (uint64_t)1 << 63);
}

static void entry_encode(uint8_t at[ENTRY_SIZE], const struct job_entry *entry)
{
	at[0] = entry->source;
	be64_write(at + 1, entry->owner);
	at[9] = entry->sort;
	be64_write(at + 10, entry->index);
}

static void entry_decode(const uint8_t at[ENTRY_SIZE], struct job_entry *ret)
{
	ret->source = at[0];
	ret->owner = be64_read(at + 1);
	ret->sort = at[9];
	ret->index = be64_read(at + 10);
}

static int put(struct txn *txn, uint8_t list, const uint8_t *before, size_t before_size,
	       const struct job_entry *entry)
{
	uint8_t key[KEY_MAX];

	key[0] = list;
	if (before_size)
		memcpy(key + 1, before, before_size);
	entry_encode(key + 1 + before_size, entry);
	return txn_put(txn, TABLE_JOB_QUEUE, key, 1 + before_size + ENTRY_SIZE, NULL, 0);
}

int job_queue_note(struct txn *txn, const struct job_entry *entry)
{
	return put(txn, LIST_NEW, NULL, 0, entry);
}

int job_queue_defer(struct txn *txn, const struct job_entry *entry, int64_t time)
{
	uint8_t due[DUE_SIZE];

	sortable(due, time);
	return put(txn, LIST_WAITING, due, sizeof(due), entry);
}

int job_queue_put(struct txn *txn, const struct job_place *place)
{
	return put(txn, LIST_READY, place->rank, sizeof(place->rank), &place->entry);
}

static void ready_key(uint8_t key[KEY_MAX], const struct job_place *place)
{
	key[0] = LIST_READY;
	memcpy(key + 1, place->rank, JOB_RANK_SIZE);
	entry_encode(key + 1 + JOB_RANK_SIZE, &place->entry);
}

int job_queue_remove(struct txn *txn, const struct job_place *place)
{
	uint8_t key[KEY_MAX];
	int code;

	ready_key(key, place);
	code = txn_delete(txn, TABLE_JOB_QUEUE, key, sizeof(key));
	return code == ERR_NOT_FOUND ? 0 : code;
}

/* The highest priority has the lowest rank. */
static void rank_of_priority(uint8_t rank[JOB_RANK_SIZE], int64_t priority)
{
	sortable(rank, ~priority);
}

static void make_rank(const struct config *config, uint8_t source,
		      const struct job_standing *standing, uint8_t rank[JOB_RANK_SIZE])
{
	memset(rank, 0, JOB_RANK_SIZE);
	if (config->job_executor_acquire_by_priority)
		rank_of_priority(rank, standing->priority);
	if (config->job_executor_prefer_timer_jobs)
		rank[PRIORITY_SIZE] = !job_source_of(source)->timer;
	if (config->job_executor_acquire_by_due_date && standing->due != TIME_NULL)
		sortable(rank + PRIORITY_SIZE + 1, standing->due);
}

int job_queue_place(struct txn *txn, const struct config *config, const struct job_entry *entry,
		    const struct job_standing *standing, int64_t now, struct job_place *ret,
		    bool *ret_ready)
{
	*ret_ready = standing->due == TIME_NULL || standing->due <= now;
	if (!*ret_ready)
		return job_queue_defer(txn, entry, standing->due);
	ret->entry = *entry;
	make_rank(config, entry->source, standing, ret->rank);
	return job_queue_put(txn, ret);
}

static int first_key(struct txn *txn, struct bytes from, struct bytes to, struct bytes *ret)
{
	struct bytes value;

	return txn_first(txn, TABLE_JOB_QUEUE, from, to, ret, &value);
}

/* What is to be looked at: all that is new, and what waits until NOW at most. */
struct unsorted {
	uint8_t from[2], new_end[2], due_end[1 + DUE_SIZE];
};

static struct unsorted unsorted_until(int64_t now)
{
	struct unsorted ret = {
		{LIST_NEW, LIST_WAITING},
                {LIST_NEW + 1       },
                {LIST_WAITING}
        };

	sortable(ret.due_end + 1, now + 1);
	return ret;
}

static int take_list(struct txn *txn, struct bytes from, struct bytes to, struct job_entry *ret,
		     size_t max, size_t *count)
{
	struct bytes key, value;
	struct scan scan;
	int code = 0;

	scan_start(&scan, txn, TABLE_JOB_QUEUE, from, to);
	while (*count < max && !(code = scan_next(&scan, &key, &value))) {
		if (key.size < 1 + ENTRY_SIZE)
			return ERR_CORRUPT;
		entry_decode(key.data + key.size - ENTRY_SIZE, &ret[(*count)++]);
		TRY(txn_delete(txn, TABLE_JOB_QUEUE, key.data, key.size));
	}
	return code == ERR_NOT_FOUND ? 0 : code;
}

int job_queue_take_unsorted(struct txn *txn, int64_t now, struct job_entry *ret, size_t max,
			    size_t *ret_count)
{
	struct unsorted *keys = arena_alloc(txn->arena, sizeof(*keys));

	*keys = unsorted_until(now);
	*ret_count = 0;
	TRY(take_list(txn, (struct bytes){keys->from, 1}, (struct bytes){keys->new_end, 1}, ret,
		      max, ret_count));
	return take_list(txn, (struct bytes){keys->from + 1, 1},
			 (struct bytes){keys->due_end, sizeof(keys->due_end)}, ret, max, ret_count);
}

int job_queue_has_unsorted(struct txn *txn, int64_t now, bool *ret)
{
	struct unsorted keys = unsorted_until(now);
	struct bytes key;
	int code =
		first_key(txn, (struct bytes){keys.from, 1}, (struct bytes){keys.new_end, 1}, &key);

	if (code == ERR_NOT_FOUND)
		code = first_key(txn, (struct bytes){keys.from + 1, 1},
				 (struct bytes){keys.due_end, sizeof(keys.due_end)}, &key);
	*ret = !code;
	return code == ERR_NOT_FOUND ? 0 : code;
}

int job_queue_next_due(struct txn *txn, int64_t *ret)
{
	static const uint8_t list[] = {LIST_WAITING, LIST_WAITING + 1};
	struct bytes key;
	int code = first_key(txn, (struct bytes){list, 1}, (struct bytes){list + 1, 1}, &key);

	*ret = INT64_MAX;
	if (code)
		return code == ERR_NOT_FOUND ? 0 : code;
	if (key.size != 1 + DUE_SIZE + ENTRY_SIZE)
		return ERR_CORRUPT;
	*ret = (int64_t)(be64_read(key.data + 1) ^ (uint64_t)1 << 63);
	return 0;
}

static int decode_ready(struct bytes key, struct job_place *ret)
{
	if (key.size != KEY_MAX)
		return ERR_CORRUPT;
	memcpy(ret->rank, key.data + 1, JOB_RANK_SIZE);
	entry_decode(key.data + 1 + JOB_RANK_SIZE, &ret->entry);
	return 0;
}

int job_queue_first(struct txn *txn, const struct config *config, const struct job_place *after,
		    struct job_place *ret)
{
	uint8_t from[KEY_MAX] = {LIST_READY}, to[1 + JOB_RANK_SIZE + 1] = {LIST_READY};
	struct bytes key;

	memset(to + 1, 0xff, JOB_RANK_SIZE + 1);
	if (config->job_executor_acquire_by_priority) {
		rank_of_priority(from + 1, config->job_executor_priority_range_max);
		rank_of_priority(to + 1, config->job_executor_priority_range_min);
	}
	if (after) {
		memcpy(from + 1, after->rank, JOB_RANK_SIZE);
		memset(from + 1 + JOB_RANK_SIZE, 0xff, ENTRY_SIZE);
	}
	TRY(first_key(txn, (struct bytes){from, after ? sizeof(from) : 1 + JOB_RANK_SIZE},
		      (struct bytes){to, sizeof(to)}, &key));
	return decode_ready(key, ret);
}

int job_queue_find(struct txn *txn, const uint8_t rank[JOB_RANK_SIZE], uint8_t source,
		   uint64_t owner, struct job_place *ret)
{
	uint8_t from[1 + JOB_RANK_SIZE + 9] = {LIST_READY}, to[1 + JOB_RANK_SIZE + 1];
	struct bytes key;

	memcpy(from + 1, rank, JOB_RANK_SIZE);
	from[1 + JOB_RANK_SIZE] = source;
	be64_write(from + 2 + JOB_RANK_SIZE, owner);
	memcpy(to, from, sizeof(to));
	to[sizeof(to) - 1]++;
	TRY(first_key(txn, (struct bytes){from, sizeof(from)}, (struct bytes){to, sizeof(to)},
		      &key));
	return decode_ready(key, ret);
}

/* Some sorted entries become new again. */
static int unsort(struct txn *txn, bool *ret_more)
{
	static const uint8_t from[] = {LIST_READY};
	struct job_entry entry;
	struct bytes key, value;
	struct scan scan;
	int code = 0, count;

	scan_start(&scan, txn, TABLE_JOB_QUEUE, (struct bytes){from, 1}, (struct bytes){NULL, 0});
	for (count = 0; count < ADOPT_AT_ONCE; count++) {
		code = scan_next(&scan, &key, &value);
		if (code)
			break;
		entry_decode(key.data + key.size - ENTRY_SIZE, &entry);
		TRY(txn_delete(txn, TABLE_JOB_QUEUE, key.data, key.size));
		TRY(job_queue_note(txn, &entry));
	}
	*ret_more = !code;
	return code == ERR_NOT_FOUND ? 0 : code;
}

/* What the ready are ordered by, as a byte. */
static uint8_t order_of(const struct config *config)
{
	return (uint8_t)(1 | config->job_executor_acquire_by_priority << 1 |
			 config->job_executor_prefer_timer_jobs << 2 |
			 config->job_executor_acquire_by_due_date << 3);
}

int job_queue_begin(struct txn *txn, const struct config *config)
{
	uint8_t order = order_of(config);

	return txn_put(txn, TABLE_STATE, order_key, strlen(order_key), &order, 1);
}

int job_queue_adopt(struct txn *txn, const struct config *config, bool *ret_more, bool *ret_fresh)
{
	struct bytes value;
	int code = txn_get(txn, TABLE_STATE, order_key, strlen(order_key), &value);

	*ret_more = false;
	*ret_fresh = code == ERR_NOT_FOUND;
	if (code || (value.size == 1 && *value.data == order_of(config)))
		return *ret_fresh ? 0 : code;
	TRY(unsort(txn, ret_more));
	return *ret_more ? 0 : job_queue_begin(txn, config);
}
