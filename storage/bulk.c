#include "storage/bulk.h"

#include <string.h>

#include "storage/store_internal.h"

enum { BULK_MOST = 256 * 1024 }; /* bytes of a buffer */

void bulk_init(struct bulk *bulk, struct txn *txn, DB *db, size_t size, bool deletes)
{
	memset(bulk, 0, sizeof(*bulk));
	bulk->txn = txn;
	bulk->db = db;
	bulk->deletes = deletes;
	bulk->pairs.ulen = (u_int32_t)(size + 1023) / 1024 * 1024;
	bulk->pairs.data = arena_alloc(txn->arena, bulk->pairs.ulen);
	bulk->pairs.flags = DB_DBT_USERMEM | DB_DBT_BULK;
}

static bool add_waiting(struct bulk *bulk, struct bytes key, struct bytes value)
{
	if (!bulk->waiting)
		DB_MULTIPLE_WRITE_INIT(bulk->at, &bulk->pairs);
	if (bulk->deletes)
		DB_MULTIPLE_WRITE_NEXT(bulk->at, &bulk->pairs, key.data, key.size);
	else
		DB_MULTIPLE_KEY_WRITE_NEXT(bulk->at, &bulk->pairs, key.data, key.size, value.data,
					   value.size);
	bulk->waiting += bulk->at != NULL;
	return bulk->at != NULL;
}

int bulk_add(struct bulk *bulk, struct bytes key, struct bytes value)
{
	if (add_waiting(bulk, key, value))
		return 0;
	TRY(bulk_flush(bulk));
	if (add_waiting(bulk, key, value))
		return 0;
	bulk->waiting = 0;
	if (bulk->deletes)
		return db_delete(bulk->txn, bulk->db, key.data, key.size);
	return db_put(bulk->txn, bulk->db, key.data, key.size, value.data, value.size, 0);
}

int bulk_flush(struct bulk *bulk)
{
	DB *db = bulk->db;
	size_t waiting = bulk->waiting;
	int code;

	bulk->waiting = 0;
	if (!waiting)
		return 0;
	if (bulk->deletes)
		code = db->del(db, bulk->txn->handle, &bulk->pairs, DB_MULTIPLE);
	else
		code = db->put(db, bulk->txn->handle, &bulk->pairs, NULL, DB_MULTIPLE_KEY);
	return code ? store_code(bulk->txn->store, code) : 0;
}

static int send_all(struct txn *txn, unsigned table, const struct txn_pair *pairs, size_t count,
		    bool deletes)
{
	size_t i, bytes = BULK_PAIR;
	struct bulk bulk;

	for (i = 0; i < count && bytes < BULK_MOST; i++)
		bytes += pairs[i].key.size + pairs[i].value.size + BULK_PAIR;
	bulk_init(&bulk, txn, txn->store->tables[table], bytes, deletes);
	for (i = 0; i < count; i++)
		TRY(bulk_add(&bulk, pairs[i].key, pairs[i].value));
	return bulk_flush(&bulk);
}

int txn_put_all(struct txn *txn, unsigned table, const struct txn_pair *pairs, size_t count)
{
	return send_all(txn, table, pairs, count, false);
}

int txn_delete_all(struct txn *txn, unsigned table, const struct txn_pair *pairs, size_t count)
{
	return send_all(txn, table, pairs, count, true);
}
