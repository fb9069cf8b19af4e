/*
 * Berkeley DB with nothing around it, as a yardstick: writes COUNT records of BYTES bytes in key
 * order and deletes them again, both in bulk, with the environment that batchd uses.
 *
 *   bare DIRECTORY COUNT BYTES        prints "load SECONDS" and "delete SECONDS"
 */
#include <db.h>
#include <endian.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { PER_TXN = 1000, PAGE = 32 * 1024, CACHE = 64 << 20, LOG_BUFFER = 4 << 20 };

static void must(int code, const char *what)
{
	if (!code)
		return;
	fprintf(stderr, "bare: %s: %s\n", what, db_strerror(code));
	exit(1);
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static DB_ENV *open_env(const char *home)
{
	DB_ENV *env;

	must(db_env_create(&env, 0), "create");
	env->set_cachesize(env, 0, CACHE, 1);
	env->set_lg_bsize(env, LOG_BUFFER);
	env->set_lg_max(env, 64 << 20);
	env->set_flags(env, DB_TXN_WRITE_NOSYNC, 1);
	env->log_set_config(env, DB_LOG_AUTO_REMOVE, 1);
	must(env->open(env, home,
		       DB_CREATE | DB_INIT_MPOOL | DB_INIT_LOCK | DB_INIT_LOG | DB_INIT_TXN |
			       DB_PRIVATE,
		       0600),
	     home);
	return env;
}

static DB *open_db(DB_ENV *env)
{
	DB *db;

	must(db_create(&db, env, 0), "create");
	db->set_pagesize(db, PAGE);
	must(db->open(db, NULL, "bare", NULL, DB_BTREE, DB_CREATE | DB_AUTO_COMMIT, 0600), "open");
	return db;
}

static void fill(uint8_t *bytes, size_t size, uint64_t seed)
{
	size_t i;

	for (i = 0; i < size; i++) {
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		bytes[i] = (uint8_t)(seed >> 56);
	}
}

static DBT bulk_dbt(size_t size)
{
	DBT dbt = {.flags = DB_DBT_USERMEM | DB_DBT_BULK, .ulen = (u_int32_t)size & ~3u};

	dbt.data = malloc(dbt.ulen);
	if (!dbt.data)
		must(12, "memory");
	return dbt;
}

static void commit(DB_ENV *env, DB_TXN *txn, uint64_t done)
{
	must(txn->commit(txn, 0), "commit");
	if (done % (PER_TXN * 20) == 0)
		must(env->txn_checkpoint(env, 128 << 10, 0, 0), "checkpoint");
}

static void load(DB_ENV *env, DB *db, uint64_t count, size_t size)
{
	DBT bulk = bulk_dbt(PER_TXN * (size + 64));
	uint8_t *value = malloc(size);
	uint64_t n = 0;

	while (n < count) {
		DB_TXN *txn;
		void *at;
		int i;

		DB_MULTIPLE_WRITE_INIT(at, &bulk);
		for (i = 0; i < PER_TXN && n < count; i++, n++) {
			uint64_t key = htobe64(n);

			fill(value, size, n);
			DB_MULTIPLE_KEY_WRITE_NEXT(at, &bulk, &key, sizeof(key), value, size);
		}
		must(env->txn_begin(env, NULL, &txn, 0), "begin");
		must(db->put(db, txn, &bulk, NULL, DB_MULTIPLE_KEY), "put");
		commit(env, txn, n);
	}
	free(value);
	free(bulk.data);
}

static void delete (DB_ENV *env, DB *db, uint64_t count)
{
	DBT bulk = bulk_dbt(PER_TXN * 64);
	uint64_t n = 0;

	while (n < count) {
		DB_TXN *txn;
		void *at;
		int i;

		DB_MULTIPLE_WRITE_INIT(at, &bulk);
		for (i = 0; i < PER_TXN && n < count; i++, n++) {
			uint64_t key = htobe64(n);

			DB_MULTIPLE_WRITE_NEXT(at, &bulk, &key, sizeof(key));
		}
		must(env->txn_begin(env, NULL, &txn, 0), "begin");
		must(db->del(db, txn, &bulk, DB_MULTIPLE), "delete");
		commit(env, txn, n);
	}
	free(bulk.data);
}

int main(int argc, char **argv)
{
	DB_ENV *env;
	DB *db;
	uint64_t count;
	double start;

	if (argc != 4) {
		fputs("usage: bare DIRECTORY COUNT BYTES\n", stderr);
		return 2;
	}
	count = strtoull(argv[2], NULL, 10);
	env = open_env(argv[1]);
	db = open_db(env);
	start = seconds();
	load(env, db, count, strtoull(argv[3], NULL, 10));
	printf("load %.3f\n", seconds() - start);
	must(env->txn_checkpoint(env, 0, 0, DB_FORCE), "checkpoint");
	start = seconds();
	delete (env, db, count);
	printf("delete %.3f\n", seconds() - start);
	must(db->close(db, 0), "close");
	must(env->close(env, 0), "close");
	return 0;
}
