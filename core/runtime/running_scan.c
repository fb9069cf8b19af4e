#include "core/runtime/running_scan.h"

#include <string.h>

#include "core/id.h"
#include "core/record/codec.h"
#include "core/runtime/instance.h"
#include "core/runtime/standalone.h"
#include "core/schema.h"

enum {
	RECORD_HEAD = 8, /* the number of its history */
	/* instances of a list that lie so close, so many in a row, are read as they come */
	NEAR = 4,
	NEAR_ENOUGH = 32,
	RESTARTS_MAX = 16,
};

static void start_at(struct running_scan *scan, uint64_t from)
{
	uint8_t *key = arena_alloc(scan->txn->arena, 8);
	struct bytes none = {NULL, 0};

	be64_write(key, from);
	scan_start(&scan->scan, scan->txn, TABLE_RUNNING, (struct bytes){key, 8}, none);
}

void running_scan_start_at(struct running_scan *scan, struct txn *txn, uint64_t from, uint64_t want)
{
	memset(scan, 0, sizeof(*scan));
	scan->txn = txn;
	scan->want = want | 1u << RUNNING_INSTANCE;
	start_at(scan, from);
}

void running_scan_start(struct running_scan *scan, struct txn *txn, const struct serials *only,
			uint64_t want)
{
	running_scan_start_at(scan, txn, 0, want);
	scan->only = only;
}

void running_scan_start_tasks(struct running_scan *scan, struct txn *txn,
			      const struct serials *only, uint64_t want)
{
	running_scan_start(scan, txn, only, want);
	scan->tasks_too = true;
}

int running_scan_start_lists(struct running_scan *scan, struct txn *txn,
			     const struct running_lists *lists, uint64_t want)
{
	running_scan_start_at(scan, txn, 0, want);
	scan->walk = arena_alloc(txn->arena, sizeof(*scan->walk));
	return running_walk_start(scan->walk, txn, lists, 0);
}

static int next_serial(struct running_scan *scan)
{
	if (scan->walk)
		return running_walk_next(scan->walk, &scan->serial, NULL);
	if (scan->at == scan->only->count)
		return ERR_NOT_FOUND;
	scan->serial = scan->only->items[scan->at++];
	return 0;
}

/* Whether it pays to read the table on. Each start of that takes memory, so there are few. */
static bool is_dense(struct running_scan *scan, uint64_t last)
{
	scan->near = scan->serial - last <= NEAR ? scan->near + 1 : 0;
	if (scan->near < NEAR_ENOUGH || scan->reads_on) {
		scan->reads_on = scan->reads_on && scan->near;
		return scan->reads_on;
	}
	if (scan->restarts == RESTARTS_MAX)
		return false;
	scan->restarts++;
	scan->reads_on = true;
	scan->ahead = 0;
	start_at(scan, scan->serial);
	return true;
}

static int read_on(struct running_scan *scan, struct bytes *ret)
{
	struct bytes key;

	while (scan->ahead < scan->serial) {
		int code = scan_next(&scan->scan, &key, &scan->value);

		if (code && code != ERR_NOT_FOUND)
			return code;
		scan->ahead = code ? UINT64_MAX : be64_read(key.data);
	}
	*ret = scan->value;
	return scan->ahead == scan->serial ? 0 : ERR_NOT_FOUND;
}

/* One that has ended meanwhile is passed over. */
static int next_named(struct running_scan *scan, struct arena *arena, struct bytes *ret)
{
	uint64_t last = scan->serial;
	struct txn txn = *scan->txn;
	uint8_t key[8];
	int code;

	txn.arena = arena;
	for (; !(code = next_serial(scan)); last = scan->serial) {
		be64_write(key, scan->serial);
		code = is_dense(scan, last) ? read_on(scan, ret)
					    : txn_get(&txn, TABLE_RUNNING, key, sizeof(key), ret);
		if (code == ERR_NOT_FOUND && scan->tasks_too)
			code = standalone_value(&txn, scan->serial, ret);
		if (code != ERR_NOT_FOUND)
			return code;
	}
	return code;
}

static int next_value(struct running_scan *scan, struct arena *arena, struct bytes *ret)
{
	struct bytes key;
	int code;

	if (scan->only || scan->walk)
		return next_named(scan, arena, ret);
	code = scan_next(&scan->scan, &key, ret);
	if (code == ERR_NOT_FOUND && scan->tasks_too && !scan->at_tasks) {
		scan->at_tasks = true;
		standalone_scan(&scan->scan, scan->txn, 0);
		code = scan_next(&scan->scan, &key, ret);
	}
	TRY(code);
	scan->serial = be64_read(key.data + key.size - 8);
	return 0;
}

int running_scan_next(struct running_scan *scan, struct arena *arena, struct rows rows[RUNNING_MAX])
{
	struct bytes value;

	TRY(next_value(scan, arena, &value));
	if (value.size < RECORD_HEAD)
		return ERR_CORRUPT;
	TRY(record_decode(arena, value.data + RECORD_HEAD, value.size - RECORD_HEAD, running_kinds,
			  RUNNING_MAX, scan->want, rows));
	return rows[RUNNING_INSTANCE].count == 1 ? 0 : ERR_CORRUPT;
}

bool running_serial(const struct store *store, const char *id, uint64_t *ret)
{
	struct id decoded;

	if (!id_decode(store, id, &decoded) || decoded.kind != ID_RUNNING || decoded.ordinal)
		return false;
	*ret = decoded.number;
	return true;
}

int running_get(struct txn *txn, const char *id, uint64_t want, struct rows rows[RUNNING_MAX])
{
	struct serials one = {1, &(uint64_t){0}};
	struct running_scan scan;

	if (!running_serial(txn->store, id, one.items))
		return ERR_NOT_FOUND;
	running_scan_start(&scan, txn, &one, want);
	return running_scan_next(&scan, txn->arena, rows);
}
