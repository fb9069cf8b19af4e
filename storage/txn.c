#include "storage/txn.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "storage/log.h"
#include "storage/reserve.h"
#include "storage/store_internal.h"
#include "storage/txn_internal.h"
#include "storage/uuid.h"

enum { TRIES_MAX = 16, PIECE_SIZE = 64 * 1024, FIRST_ROOM = 256 };

struct commit_hook {
	struct commit_hook *next;
	void (*function)(void *arg);
	void *arg;
};

/* Whose turn this thread has: a transaction within another one's body needs no further one. */
static _Thread_local const struct store *turn_of;

static bool is_conflict(int code)
{
	return code == DB_LOCK_DEADLOCK || code == DB_LOCK_NOTGRANTED;
}

/* Waits up to 2^TRY ms, at random, so that two who collide do not do so again. */
static void back_off(unsigned try)
{
	uint16_t dice;
	struct timespec pause = {0, 0};

	random_bytes(&dice, sizeof(dice));
	pause.tv_nsec = (long)(dice % (1000u << (try < 7 ? try : 7))) * 1000;
	nanosleep(&pause, NULL);
}

static void run_hooks(struct commit_hook *hook)
{
	if (!hook)
		return;
	run_hooks(hook->next); /* in the order in which they were left */
	hook->function(hook->arg);
}

static int try_once(struct store *store, struct arena *arena, txn_body body, void *arg)
{
	struct txn txn = {store, arena, NULL, NULL};
	DB_TXN *handle;
	int code;

	TRY(store->env->txn_begin(store->env, NULL, &handle, 0));
	txn.handle = handle;
	code = body(&txn, arg);
	if (code) {
		handle->abort(handle);
		return code;
	}
	TRY(handle->commit(handle, 0));
	atomic_store(&store->full, false);
	run_hooks(txn.hooks);
	return 0;
}

/* Tries until there is no conflict; a full disk once more, if the reserve makes room. */
static int try_often(struct store *store, struct arena *arena, bool frees, txn_body body, void *arg)
{
	struct arena_mark mark = arena_mark(arena);
	unsigned try;
	int code;

	for (try = 0; try < TRIES_MAX; try++) {
		code = try_once(store, arena, body, arg);
		if (store_is_full(code) && frees && reserve_give_up(store->home))
			frees = false;
		else if (is_conflict(code))
			back_off(try);
		else
			return code;
		arena_rewind(arena, mark);
	}
	log_error("a transaction gave up after %d conflicts", TRIES_MAX);
	return ERR_BUSY;
}

int txn_run(struct store *store, struct arena *arena, unsigned kind, txn_body body, void *arg)
{
	bool frees = kind & TXN_FREES;
	int code, flushed;

	kind &= ~(unsigned)TXN_FREES;
	if (turn_of == store)
		return store_code(store, try_often(store, arena, frees, body, arg));
	turn_take(&store->turn, kind);
	turn_of = store;
	code = try_often(store, arena, frees, body, arg);
	turn_of = NULL;
	flushed = turn_pass(store, kind, !code);
	return store_code(store, code ? code : flushed);
}

struct txn txn_reader(struct store *store, struct arena *arena)
{
	struct txn txn = {store, arena, NULL, NULL};

	return txn;
}

void txn_on_commit(struct txn *txn, void (*function)(void *arg), void *arg)
{
	struct commit_hook *hook = arena_alloc(txn->arena, sizeof(*hook));

	hook->next = txn->hooks;
	hook->function = function;
	hook->arg = arg;
	txn->hooks = hook;
}

static DBT dbt_of(const void *bytes, size_t size)
{
	DBT dbt = {.data = (void *)(uintptr_t)bytes, .size = (u_int32_t)size};

	return dbt;
}

int db_get(struct txn *txn, DB *db, const void *key, size_t key_size, struct bytes *ret)
{
	return db_get_large(txn, db, key, key_size, 1024, ret);
}

int db_get_large(struct txn *txn, DB *db, const void *key, size_t key_size, size_t room,
		 struct bytes *ret)
{
	DBT k = dbt_of(key, key_size);
	unsigned try = 0;

	for (;;) {
		DBT v = {.data = arena_alloc(txn->arena, room),
			 .ulen = (u_int32_t)room,
			 .flags = DB_DBT_USERMEM};
		int code = db->get(db, txn->handle, &k, &v, 0);

		if (code == DB_BUFFER_SMALL) {
			room = v.size;
			continue;
		}
		if (is_conflict(code) && !txn->handle && try < TRIES_MAX) {
			back_off(try++);
			continue;
		}
		ret->data = v.data;
		ret->size = v.size;
		return code ? store_code(txn->store, code) : 0;
	}
}

int db_put(struct txn *txn, DB *db, const void *key, size_t key_size, const void *value,
	   size_t size, uint32_t flags)
{
	DBT k = dbt_of(key, key_size), v = dbt_of(value, size);
	int code = db->put(db, txn->handle, &k, &v, flags);

	return code ? store_code(txn->store, code) : 0;
}

int db_delete(struct txn *txn, DB *db, const void *key, size_t key_size)
{
	DBT k = dbt_of(key, key_size);
	int code = db->del(db, txn->handle, &k, 0);

	return code ? store_code(txn->store, code) : 0;
}

int txn_get(struct txn *txn, unsigned table, const void *key, size_t key_size, struct bytes *ret)
{
	return db_get(txn, txn->store->tables[table], key, key_size, ret);
}

int txn_put(struct txn *txn, unsigned table, const void *key, size_t key_size, const void *value,
	    size_t size)
{
	return db_put(txn, txn->store->tables[table], key, key_size, value, size, 0);
}

int txn_insert(struct txn *txn, unsigned table, const void *key, size_t key_size, const void *value,
	       size_t size)
{
	return db_put(txn, txn->store->tables[table], key, key_size, value, size, DB_NOOVERWRITE);
}

int txn_delete(struct txn *txn, unsigned table, const void *key, size_t key_size)
{
	return db_delete(txn, txn->store->tables[table], key, key_size);
}

static int compare(const void *a, size_t a_size, struct bytes b)
{
	int order = memcmp(a, b.data, a_size < b.size ? a_size : b.size);

	return order ? order : (a_size > b.size) - (a_size < b.size);
}

static int delete_while(DBC *cursor, struct bytes from, struct bytes to)
{
	uint8_t room[1024];
	DBT key = {.data = room,
		   .size = (u_int32_t)from.size,
		   .ulen = sizeof(room),
		   .flags = DB_DBT_USERMEM};
	DBT value = {.ulen = 0, .flags = DB_DBT_USERMEM | DB_DBT_PARTIAL};
	u_int32_t step = DB_SET_RANGE;
	int code;

	if (from.size > sizeof(room))
		return ERR_CORRUPT; /* keys are shorter */
	memcpy(room, from.data, from.size);
	while (!(code = cursor->get(cursor, &key, &value, step | DB_RMW))) {
		if (compare(key.data, key.size, to) >= 0)
			return 0;
		TRY(cursor->del(cursor, 0));
		step = DB_NEXT;
	}
	return code == DB_NOTFOUND ? 0 : code;
}

static int db_delete_range(struct txn *txn, DB *db, struct bytes from, struct bytes to)
{
	DBC *cursor;
	int code, closed;

	TRY(db->cursor(db, txn->handle, &cursor, DB_CURSOR_BULK));
	code = delete_while(cursor, from, to);
	closed = cursor->close(cursor);
	return store_code(txn->store, code ? code : closed);
}

int txn_delete_range(struct txn *txn, unsigned table, struct bytes from, struct bytes to)
{
	return db_delete_range(txn, txn->store->tables[table], from, to);
}

void scan_start(struct scan *scan, struct txn *txn, unsigned table, struct bytes from,
		struct bytes to)
{
	memset(scan, 0, sizeof(*scan));
	scan->txn = txn;
	scan->table = table;
	scan->from = from;
	scan->to = to;
}

void scan_start_db(struct scan *scan, struct txn *txn, DB *db, struct bytes from, struct bytes to)
{
	scan_start(scan, txn, 0, from, to);
	scan->db = db;
}

void scan_prefix(struct scan *scan, struct txn *txn, unsigned table, const void *prefix,
		 size_t size)
{
	uint8_t *end = arena_copy(txn->arena, prefix, size);
	struct bytes from = {arena_copy(txn->arena, prefix, size), size}, to = {end, size};

	while (to.size && end[to.size - 1] == 0xff)
		to.size--;
	if (to.size)
		end[to.size - 1]++;
	scan_start(scan, txn, table, from, to);
}

static int read_piece(struct scan *scan, DBC *cursor)
{
	DBT key = {.size = (u_int32_t)scan->from.size, .flags = DB_DBT_REALLOC};
	DBT data = {
		.data = scan->piece, .ulen = (u_int32_t)scan->piece_size, .flags = DB_DBT_USERMEM};
	int code;

	key.data = memory_alloc(scan->from.size + 1);
	if (scan->from.size)
		memcpy(key.data, scan->from.data, scan->from.size);
	code = cursor->get(cursor, &key, &data, DB_SET_RANGE | DB_MULTIPLE_KEY);
	if (code == DB_BUFFER_SMALL)
		scan->piece_size = (data.size + 1023) / 1024 * 1024 + PIECE_SIZE;
	free(key.data);
	return code;
}

static int next_piece(struct scan *scan)
{
	struct txn *txn = scan->txn;
	DB *db = scan->db ? scan->db : txn->store->tables[scan->table];
	DBC *cursor;
	unsigned try;
	int code = 0;

	if (!scan->piece_size)
		scan->piece_size = PIECE_SIZE;
	for (try = 0; try < TRIES_MAX; try++) {
		size_t size = scan->piece_size;

		if (!scan->piece)
			scan->piece = arena_alloc(txn->arena, size);
		TRY(db->cursor(db, txn->handle, &cursor, 0));
		code = read_piece(scan, cursor);
		cursor->close(cursor);
		if (code == DB_BUFFER_SMALL)
			scan->piece = NULL;
		else if (!is_conflict(code) || txn->handle)
			break;
		else
			back_off(try);
	}
	if (!code) {
		DBT data = {.data = scan->piece, .ulen = (u_int32_t)scan->piece_size};

		DB_MULTIPLE_INIT(scan->at, &data);
	}
	return code ? store_code(txn->store, code) : 0;
}

/* The record at or behind FROM, or the NEXT one, into the arena; what room it needs is guessed at
 * first. */
static int seek(struct txn *txn, DBC *cursor, struct bytes from, bool next, DBT *key, DBT *value)
{
	size_t key_room = from.size + FIRST_ROOM, room = FIRST_ROOM;

	for (;;) {
		int code;

		*key = (DBT){.data = arena_alloc(txn->arena, key_room),
			     .size = (u_int32_t)from.size,
			     .ulen = (u_int32_t)key_room,
			     .flags = DB_DBT_USERMEM};
		*value = (DBT){.data = arena_alloc(txn->arena, room),
			       .ulen = (u_int32_t)room,
			       .flags = DB_DBT_USERMEM};
		if (from.size)
			memcpy(key->data, from.data, from.size);
		code = cursor->get(cursor, key, value, next ? DB_NEXT : DB_SET_RANGE);
		if (code != DB_BUFFER_SMALL)
			return code;
		key_room = key->size > key_room ? key->size : key_room;
		room = value->size > room ? value->size : room;
	}
}

int txn_first(struct txn *txn, unsigned table, struct bytes from, struct bytes to,
	      struct bytes *ret_key, struct bytes *ret_value)
{
	DB *db = txn->store->tables[table];
	unsigned try;
	int code = 0;
	DBT key, value;
	DBC *cursor;

	for (try = 0; try < TRIES_MAX; try++) {
		TRY(db->cursor(db, txn->handle, &cursor, 0));
		code = seek(txn, cursor, from, false, &key, &value);
		cursor->close(cursor);
		if (!is_conflict(code) || txn->handle)
			break;
		back_off(try);
	}
	if (code)
		return store_code(txn->store, code);
	*ret_key = (struct bytes){key.data, key.size};
	*ret_value = (struct bytes){value.data, value.size};
	return to.size && compare(key.data, key.size, to) >= 0 ? ERR_NOT_FOUND : 0;
}

/* At most COUNT records; not many of those that are as large as a piece. */
static int read_few(struct scan *scan, unsigned count, DBC *cursor)
{
	size_t bytes = 0;
	int code = 0;

	scan->few_taken = scan->few_count = 0;
	scan->few_all = false;
	while (scan->few_count < count && bytes < PIECE_SIZE) {
		struct bytes *pair = scan->few[scan->few_count];
		DBT key, value;

		code = seek(scan->txn, cursor, scan->from, scan->few_count != 0, &key, &value);
		scan->few_all =
			code || (scan->to.size && compare(key.data, key.size, scan->to) >= 0);
		if (scan->few_all)
			break;
		pair[0] = (struct bytes){key.data, key.size};
		pair[1] = (struct bytes){value.data, value.size};
		bytes += key.size + value.size;
		scan->few_count++;
	}
	return code == DB_NOTFOUND ? 0 : code;
}

static int next_handful(struct scan *scan)
{
	static const unsigned counts[SCAN_HANDFULS] = {4, 16, SCAN_FEW};
	unsigned count = counts[scan->handfuls++];
	struct txn *txn = scan->txn;
	DB *db = scan->db ? scan->db : txn->store->tables[scan->table];
	unsigned try;
	int code = 0;
	DBC *cursor;

	for (try = 0; try < TRIES_MAX; try++) {
		TRY(db->cursor(db, txn->handle, &cursor, 0));
		code = read_few(scan, count, cursor);
		cursor->close(cursor);
		if (!is_conflict(code) || txn->handle)
			break;
		back_off(try);
	}
	return code ? store_code(txn->store, code) : 0;
}

static int keys_back(struct txn *txn, DBC *cursor, struct bytes from, struct bytes before,
		     struct bytes *keys, size_t room, size_t *ret_count)
{
	uint8_t bytes[1024];
	DBT key = {.data = bytes,
		   .size = (u_int32_t)before.size,
		   .ulen = sizeof(bytes),
		   .flags = DB_DBT_USERMEM};
	DBT value = {.ulen = 0, .flags = DB_DBT_USERMEM | DB_DBT_PARTIAL};
	int code = DB_NOTFOUND;

	*ret_count = 0;
	if (before.size > sizeof(bytes))
		return ERR_CORRUPT;
	if (before.size) {
		memcpy(bytes, before.data, before.size);
		code = cursor->get(cursor, &key, &value, DB_SET_RANGE);
		if (code && code != DB_NOTFOUND)
			return code;
	}
	/* behind all keys, the last one is before it */
	code = cursor->get(cursor, &key, &value, code == DB_NOTFOUND ? DB_LAST : DB_PREV);
	while (!code && compare(key.data, key.size, from) >= 0) {
		keys[*ret_count].data = arena_copy(txn->arena, key.data, key.size);
		keys[(*ret_count)++].size = key.size;
		if (*ret_count == room)
			break;
		code = cursor->get(cursor, &key, &value, DB_PREV);
	}
	return code == DB_NOTFOUND ? 0 : code;
}

int db_keys_back(struct txn *txn, DB *db, struct bytes from, struct bytes before,
		 struct bytes *keys, size_t room, size_t *ret_count)
{
	unsigned try;
	int code = 0;

	for (try = 0; try < TRIES_MAX; try++) {
		DBC *cursor;

		TRY(db->cursor(db, txn->handle, &cursor, 0));
		code = keys_back(txn, cursor, from, before, keys, room, ret_count);
		cursor->close(cursor);
		if (!is_conflict(code) || txn->handle)
			break;
		back_off(try);
	}
	return code ? store_code(txn->store, code) : 0;
}

static bool take_pair(struct scan *scan, struct bytes *ret_key, struct bytes *ret_value)
{
	DBT data = {.data = scan->piece, .ulen = (u_int32_t)scan->piece_size};
	void *key, *value;
	size_t key_size, value_size;

	/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): the caller has filled the piece */
	DB_MULTIPLE_KEY_NEXT(scan->at, &data, key, key_size, value, value_size);
	if (!scan->at)
		return false;
	ret_key->data = key;
	ret_key->size = key_size;
	ret_value->data = value;
	ret_value->size = value_size;
	return true;
}

/* The smallest key behind the last one: where the next piece starts. */
static void go_on_behind_last(struct scan *scan)
{
	uint8_t *behind = arena_alloc(scan->txn->arena, scan->last.size + 1);

	memcpy(behind, scan->last.data, scan->last.size);
	scan->from.data = behind;
	scan->from.size = scan->last.size + 1;
}

static bool take_few(struct scan *scan, struct bytes *ret_key, struct bytes *ret_value)
{
	if (scan->few_taken == scan->few_count)
		return false;
	*ret_key = scan->few[scan->few_taken][0];
	*ret_value = scan->few[scan->few_taken++][1];
	return true;
}

static int take_from_pieces(struct scan *scan, struct bytes *ret_key, struct bytes *ret_value)
{
	if (take_few(scan, ret_key, ret_value))
		return 0;
	if (scan->few_all)
		return ERR_NOT_FOUND;
	if (scan->at && take_pair(scan, ret_key, ret_value))
		return 0;
	if (scan->last.data)
		go_on_behind_last(scan);
	if (scan->handfuls < SCAN_HANDFULS) {
		TRY(next_handful(scan));
		return take_few(scan, ret_key, ret_value) ? 0 : ERR_NOT_FOUND;
	}
	TRY(next_piece(scan));
	return take_pair(scan, ret_key, ret_value) ? 0 : ERR_NOT_FOUND;
}

int scan_next(struct scan *scan, struct bytes *ret_key, struct bytes *ret_value)
{
	int code = scan->ended ? ERR_NOT_FOUND : take_from_pieces(scan, ret_key, ret_value);

	if (!code && scan->to.size && compare(ret_key->data, ret_key->size, scan->to) >= 0)
		code = ERR_NOT_FOUND;
	scan->ended = code != 0;
	if (!code)
		scan->last = *ret_key;
	return code;
}
