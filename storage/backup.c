#include "storage/backup.h"

#include "storage/txn.h"
#include "storage/store_internal.h"

static int begin_backup(struct txn *txn, void *arg)
{
	struct store *store = arg;

	(void)txn;
	atomic_fetch_add(&store->backups, 1);
	return 0;
}

int store_backup(struct store *store, const char *target)
{
	struct arena arena;
	int code;

	/* no writer is about to remove a file when the backup begins to look for them */
	arena_init(&arena);
	code = txn_run(store, &arena, TXN_LAZY, begin_backup, store);
	arena_clear(&arena);
	TRY(code);
	code = store->env->backup(store->env, target, DB_CREATE | DB_EXCL);
	atomic_fetch_sub(&store->backups, 1);
	return store_code(store, code);
}
