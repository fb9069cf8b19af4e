/*
 * The least that a FastCGI program can do which keeps what batchd keeps, as a yardstick for the
 * engine: for every request it writes as many records of the same sizes to Berkeley DB, in one
 * transaction, and answers with a few bytes when that is on disk. It parses nothing, decides
 * nothing, and knows all keys beforehand.
 *
 *   keeps HOME pass              HOME: an empty directory; what a start writes that ends at once
 *   keeps HOME start             the same with a user task
 *   keeps HOME complete COUNT    what its completion writes; so many can be
 *   keeps HOME batch COUNT       answers nobody: writes so many starts with a user task, many in a
 *                                transaction, and prints how many, and seconds
 *
 * The records are those of a log of batchd (db5.3_printlog). As in batchd, one transaction is under
 * way at a time, who waits together shares a sync, and the log is filled with zeros beforehand.
 */
#include <db.h>
#include <endian.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/bench/together.h"

enum {
	CACHE = 64 << 20,
	LOG_BUFFER = 512 * 1024,
	LOG_FILE = 256 << 20,
	STARTS_AT_ONCE = 256,
	SHARED = 64,
	KEY_MAX = 128,
	VALUE_MAX = 4096,
	BULK = 512 * 1024,
};

enum table { RECORD, SUMMARY, POSTING, SEGMENT, ID, RUNNING, INDEX, STATE, TABLES };

/* clang-format off */
static const struct {
	const char *name;
	u_int32_t page;
} tables[TABLES] = {
	[RECORD]  = {"record",  32768},
	[SUMMARY] = {"summary", 32768},
	[POSTING] = {"posting", 32768},
	[SEGMENT] = {"segment", 8192},
	[ID]      = {"id",      8192},
	[RUNNING] = {"running", 8192},
	[INDEX]   = {"index",   8192},
	[STATE]   = {"state",   8192},
};
/* clang-format on */

enum what {
	NOTHING, /* ends the list */
	READ,
	PUT,
	DELETE,
	COUNT, /* a record that all requests change */
	SHARE, /* one that 64 instances in a row change: read, and put */
};

/* The key: PREFIX, repeated, and the number of the (first) instance behind it. */
struct step {
	enum what what;
	enum table table;
	char prefix;
	uint8_t key_size;
	uint16_t value_size;
};

/* clang-format off */
static const struct step pass[] = {
	{PUT,    RECORD,  'r',  8, 652},
	{PUT,    SUMMARY, 's',  8, 112},
	{PUT,    POSTING, 'a',  5,   0},
	{PUT,    POSTING, 'b', 17,   0},
	{PUT,    POSTING, 'c', 13,   0},
	{PUT,    POSTING, 'd', 17,   0},
	{PUT,    POSTING, 'e', 17,   0},
	{PUT,    POSTING, 'f', 17,   0},
	{COUNT,  SEGMENT, 'a',  4,  40},
	{COUNT,  SEGMENT, 'b',  4,  16},
	{PUT,    ID,      'i', 16,   8},
	{COUNT,  STATE,   's',  8,  16},
	{0}
};

static const struct step start[] = {
	{PUT,    RECORD,  'r',  8, 616},
	{PUT,    SUMMARY, 's',  8, 112},
	{PUT,    POSTING, 'a',  5,   0},
	{PUT,    POSTING, 'b', 25,   0},
	{PUT,    POSTING, 'c', 17,   0},
	{PUT,    POSTING, 'd', 13,   0},
	{PUT,    POSTING, 'e', 17,   0},
	{PUT,    POSTING, 'f', 17,   0},
	{COUNT,  SEGMENT, 'a',  4,  40},
	{COUNT,  SEGMENT, 'b',  4,  16},
	{PUT,    ID,      'i', 16,   8},
	{PUT,    RUNNING, 'r',  8, 328},
	{SHARE,  INDEX,   'a', 12,   8},
	{SHARE,  INDEX,   'b', 12,   8},
	{SHARE,  INDEX,   'c', 60,   8},
	{SHARE,  INDEX,   'd', 12,   8},
	{SHARE,  INDEX,   'e', 16,   8},
	{COUNT,  STATE,   's',  8,  32},
	{0}
};

static const struct step complete[] = {
	{READ,   RUNNING, 'r',  8,   0},
	{READ,   RECORD,  'r',  8,   0},
	{PUT,    RECORD,  'r',  8, 720},
	{PUT,    SUMMARY, 's',  8, 112},
	{PUT,    POSTING, 'g', 17,   0},
	{COUNT,  SEGMENT, 'a',  4,  40},
	{DELETE, RUNNING, 'r',  8,   0},
	{SHARE,  INDEX,   'a', 12,   8},
	{SHARE,  INDEX,   'b', 12,   8},
	{SHARE,  INDEX,   'c', 60,   8},
	{SHARE,  INDEX,   'd', 12,   8},
	{SHARE,  INDEX,   'e', 16,   8},
	{COUNT,  STATE,   's',  8,  32},
	{0}
};
/* clang-format on */

static struct {
	const struct step *steps; /* of a request */
	DB_ENV *env;
	DB *table[TABLES];
	uint32_t number;
	uint8_t fill; /* of the next value */
	char bulk[BULK];
} kept;

static void must(int code, const char *what)
{
	if (!code)
		return;
	fprintf(stderr, "keeps: %s: %s\n", what, db_strerror(code));
	exit(1);
}

/* How many instances in a row have the same record. */
static uint32_t share_of(const struct step *step)
{
	return step->what == SHARE ? SHARED : 1;
}

static void make_key(const struct step *step, uint32_t number, char key[KEY_MAX])
{
	uint32_t last = htobe32(step->what == COUNT ? 0 : number - number % share_of(step));

	memset(key, step->prefix, step->key_size);
	memcpy(key + step->key_size - sizeof(last), &last, sizeof(last));
}

static void read_key(DB_TXN *txn, const struct step *step, DBT *key)
{
	char value[VALUE_MAX];
	DBT v = {.data = value, .ulen = sizeof(value), .flags = DB_DBT_USERMEM};
	DB *db = kept.table[step->table];
	int code = db->get(db, txn, key, &v, 0);

	must(code == DB_NOTFOUND && step->what == SHARE ? 0 : code, "get");
}

static void take_step(DB_TXN *txn, const struct step *step, uint32_t number)
{
	char key[KEY_MAX], value[VALUE_MAX];
	DBT k = {.data = key, .size = step->key_size};
	DBT v = {.data = value, .size = step->value_size};
	DB *db = kept.table[step->table];

	make_key(step, number, key);
	if (step->what == READ || step->what == SHARE)
		read_key(txn, step, &k);
	if (step->what == READ)
		return;
	memset(value, kept.fill++, step->value_size); /* a part that is the same is not logged */
	if (step->what == DELETE)
		must(db->del(db, txn, &k, 0), "delete");
	else
		must(db->put(db, txn, &k, &v, 0), "put");
}

static void take_steps(DB_TXN *txn, const struct step *step, uint32_t number)
{
	for (; step->what; step++)
		take_step(txn, step, number);
}

/* The same step of many instances, in key order. */
static void put_many(DB_TXN *txn, const struct step *step, uint32_t number, uint32_t count)
{
	char key[KEY_MAX], value[VALUE_MAX];
	DBT bulk = {.data = kept.bulk, .ulen = sizeof(kept.bulk)};
	DB *db = kept.table[step->table];
	DBT k = {.data = key, .size = step->key_size};
	uint32_t i, share = share_of(step);
	void *at;

	bulk.flags = DB_DBT_USERMEM | DB_DBT_BULK;
	memset(value, kept.fill++, step->value_size);
	DB_MULTIPLE_WRITE_INIT(at, &bulk);
	for (i = number - number % share; i < number + count; i += share) {
		make_key(step, i, key);
		if (step->what == SHARE)
			read_key(txn, step, &k);
		DB_MULTIPLE_KEY_WRITE_NEXT(at, &bulk, key, step->key_size, value, step->value_size);
	}
	must(db->put(db, txn, &bulk, NULL, DB_MULTIPLE_KEY), "put");
}

static void write_request(void)
{
	DB_TXN *txn;

	must(kept.env->txn_begin(kept.env, NULL, &txn, 0), "begin");
	take_steps(txn, kept.steps, kept.number++);
	must(txn->commit(txn, DB_TXN_NOSYNC), "commit");
}

static void sync_log(void)
{
	must(kept.env->log_flush(kept.env, NULL), "sync");
}

static void open_table(enum table i)
{
	const u_int32_t flags = DB_CREATE | DB_AUTO_COMMIT | DB_THREAD;
	char file[32];
	DB *db;

	snprintf(file, sizeof(file), "%s.db", tables[i].name);
	must(db_create(&db, kept.env, 0), "create");
	db->set_pagesize(db, tables[i].page);
	must(db->open(db, NULL, file, NULL, DB_BTREE, flags, 0600), file);
	kept.table[i] = db;
}

static void open_all(const char *home, bool syncs_often)
{
	const u_int32_t flags = DB_CREATE | DB_INIT_MPOOL | DB_INIT_LOCK | DB_INIT_LOG |
				DB_INIT_TXN | DB_THREAD | DB_PRIVATE | DB_RECOVER;
	DB_ENV *env;
	int i;

	must(db_env_create(&env, 0), "create");
	kept.env = env;
	env->set_cachesize(env, 0, CACHE, 1);
	env->set_lg_bsize(env, LOG_BUFFER);
	env->set_lg_max(env, LOG_FILE);
	env->log_set_config(env, DB_LOG_ZERO, syncs_often);
	must(env->open(env, home, flags, 0600), home);
	for (i = 0; i < TABLES; i++)
		open_table(i);
}

/* As a batch does it: nobody waits for each of them. */
static void start_many(uint32_t count)
{
	const struct step *step;
	uint32_t number, many;
	DB_TXN *txn;

	for (number = 0; number < count; number += many) {
		many = count - number < STARTS_AT_ONCE ? count - number : STARTS_AT_ONCE;
		must(kept.env->txn_begin(kept.env, NULL, &txn, 0), "begin");
		for (step = start; step->what; step++)
			put_many(txn, step, number, step->what == COUNT ? 1 : many);
		must(txn->commit(txn, DB_TXN_WRITE_NOSYNC), "commit");
	}
	sync_log();
}

static const struct step *find_steps(const char *name)
{
	static const struct {
		const char *name;
		const struct step *steps;
	} lists[] = {
		{"pass",     pass    },
                {"start",    start   },
                {"complete", complete}
        };
	size_t i;

	for (i = 0; i < sizeof(lists) / sizeof(*lists); i++)
		if (!strcmp(lists[i].name, name))
			return lists[i].steps;
	must(EINVAL, name);
	return NULL;
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	uint32_t count = argc > 3 ? (uint32_t)atoi(argv[3]) : 0;
	bool is_batch;
	double begin;

	if (argc < 3)
		return 2;
	is_batch = !strcmp(argv[2], "batch");
	if (!is_batch)
		kept.steps = find_steps(argv[2]);
	open_all(argv[1], !is_batch);
	begin = seconds();
	start_many(count);
	if (is_batch) {
		printf("%u %.6f\n", count, seconds() - begin);
		return 0;
	}
	must(kept.env->txn_checkpoint(kept.env, 0, 0, DB_FORCE), "checkpoint");
	sync(); /* of zeros, too: nothing is to be written any more but what is kept */
	serve_together(write_request, sync_log);
	return 0;
}
