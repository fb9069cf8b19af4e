/*
 * Berkeley DB with nothing around it, as a yardstick: does to the records of a store what an import
 * or a purge does to them, in bulk and in key order, with batchd's environment and sizes of
 * transactions. But for `purge` it knows beforehand what to write or delete: reading that is not
 * timed.
 *
 *   bare import STORE DIRECTORY     writes the process instances of STORE, with their summaries,
 *                                   postings and an index of their ids, to a new DIRECTORY
 *   bare delete STORE EVERY         deletes every EVERYth of them, with summaries and postings
 *   bare purge STORE EVERY          the same, as a program must do it that also answers requests
 *                                   and is told numbers only: handles are for several threads, and
 *                                   what leads to the records is read first
 *   bare retime STORE               gives each of them another removal time in its summary
 *   bare remove STORE               removes the files of all segments but the last, one by one
 *   bare find STORE TEXT            looks a variable's text up in the postings of each segment
 *   bare keys STORE LETTER TEXT     reads all postings that begin with LETTER, and looks for TEXT
 *   bare first STORE LETTER COUNT   reads COUNT such postings of each segment, and COUNT records
 *   bare get STORE COUNT            reads COUNT records, here and there
 *   bare records STORE              reads all records, one after the other
 *
 * STORE is that of a batchd that has ended (storage/format.md). As in the environment: CACHE_MB, or
 * 32; ARCHIVE, or process. Prints one line: how many records, and seconds; `records`: bytes
 * instead.
 */
#include <db.h>
#include <endian.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	SEGMENT = 32768,
	PAGE = 32 * 1024,
	TABLE_PAGE = 8192,
	LOG_BUFFER = 512 * 1024,
	LOG_FILE = 32 << 20,
	CHECKPOINT_KB = 128 << 10,
	TXN_BYTES = 4 << 20,
	IMPORT_TXN = 256,
	PURGE_TXN = 1000,
	RETIME_TXN = 8192,
	SUMMARY_REMOVAL_TIME = 40, /* places in it */
	SUMMARY_REMOVAL_TIME_SET = 108,
	READ_PIECE = 4 << 20,
	ID_VALUE = 9,
};

/* What is read of a segment: pairs of keys and values, one after the other. */
struct pair {
	uint8_t *key, *value;
	uint32_t key_size, value_size;
};

struct pairs {
	struct pair *pair;
	size_t count, room;
};

struct segment_dbs {
	DB *record, *summary, *posting;
};

static void must(int code, const char *what)
{
	if (!code)
		return;
	fprintf(stderr, "bare: %s: %s\n", what, db_strerror(code));
	exit(1);
}

static void *need(void *memory)
{
	if (!memory)
		must(12, "memory");
	return memory;
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Several threads may use what is opened. */
static bool for_threads;

static DB_ENV *open_env(const char *home, bool writes)
{
	const char *cache = getenv("CACHE_MB");
	u_int32_t flags = DB_CREATE | DB_INIT_MPOOL | DB_PRIVATE;
	DB_ENV *env;

	must(db_env_create(&env, 0), "create");
	env->set_cachesize(env, 0, (u_int32_t)(cache ? atoi(cache) : 32) << 20, 1);
	if (writes) {
		flags |= DB_INIT_LOCK | DB_INIT_LOG | DB_INIT_TXN | DB_RECOVER;
		env->set_lg_bsize(env, LOG_BUFFER);
		env->set_lg_max(env, LOG_FILE);
		env->set_lk_max_locks(env, 2000000);
		env->set_lk_max_objects(env, 2000000);
		env->set_flags(env, DB_TXN_WRITE_NOSYNC, 1);
		env->log_set_config(env, DB_LOG_AUTO_REMOVE, 1);
	}
	must(env->open(env, home, flags | (for_threads ? DB_THREAD : 0), 0600), home);
	return env;
}

static DB *open_db(DB_ENV *env, const char *file, const char *name, u_int32_t page, u_int32_t flags)
{
	DB *db;

	must(db_create(&db, env, 0), "create");
	db->set_pagesize(db, page);
	flags |= for_threads ? DB_THREAD : 0;
	must(db->open(db, NULL, file, name, DB_BTREE, flags, 0600), file);
	return db;
}

static void segment_name(unsigned index, char file[64])
{
	const char *archive = getenv("ARCHIVE");

	snprintf(file, 64, "%s-%04u.db", archive ? archive : "process", index);
}

static struct segment_dbs open_segment(DB_ENV *env, unsigned index, u_int32_t flags)
{
	struct segment_dbs dbs;
	char file[64];

	segment_name(index, file);
	dbs.record = open_db(env, file, "record", PAGE, flags);
	dbs.summary = open_db(env, file, "summary", PAGE, flags);
	dbs.posting = open_db(env, file, "posting", PAGE, flags);
	return dbs;
}

static void close_segment(struct segment_dbs *dbs)
{
	must(dbs->record->close(dbs->record, DB_NOSYNC), "close");
	must(dbs->summary->close(dbs->summary, DB_NOSYNC), "close");
	must(dbs->posting->close(dbs->posting, DB_NOSYNC), "close");
}

static bool segment_exists(const char *home, unsigned index)
{
	char path[4096], file[64];

	segment_name(index, file);
	snprintf(path, sizeof(path), "%s/%s", home, file);
	return !access(path, R_OK);
}

static void add_pair(struct pairs *pairs, const void *key, size_t key_size, const void *value,
		     size_t value_size)
{
	uint8_t *copy = need(malloc(key_size + value_size + 1));

	if (pairs->count == pairs->room) {
		pairs->room = pairs->room * 2 + 1024;
		pairs->pair = need(realloc(pairs->pair, pairs->room * sizeof(*pairs->pair)));
	}
	memcpy(copy, key, key_size);
	memcpy(copy + key_size, value, value_size);
	pairs->pair[pairs->count++] =
		(struct pair){copy, copy + key_size, (uint32_t)key_size, (uint32_t)value_size};
}

static void clear_pairs(struct pairs *pairs)
{
	size_t i;

	for (i = 0; i < pairs->count; i++)
		free(pairs->pair[i].key);
	free(pairs->pair);
	memset(pairs, 0, sizeof(*pairs));
}

/* All of DB, in key order; only keys unless VALUES. */
static struct pairs read_all(DB *db, bool values)
{
	DBT key = {.data = NULL}, data = {.flags = DB_DBT_USERMEM, .ulen = READ_PIECE};
	struct pairs pairs = {NULL, 0, 0};
	DBC *cursor;
	int code;

	data.data = need(malloc(data.ulen));
	must(db->cursor(db, NULL, &cursor, 0), "cursor");
	while (!(code = cursor->get(cursor, &key, &data, DB_NEXT | DB_MULTIPLE_KEY))) {
		void *at, *k, *v;
		size_t k_size, v_size;

		DB_MULTIPLE_INIT(at, &data);
		for (;;) {
			DB_MULTIPLE_KEY_NEXT(at, &data, k, k_size, v, v_size);
			if (!at)
				break;
			add_pair(&pairs, k, k_size, v, values ? v_size : 0);
		}
	}
	must(code == DB_NOTFOUND ? 0 : code, "read");
	must(cursor->close(cursor), "cursor");
	free(data.data);
	return pairs;
}

static unsigned ordinal_of(const struct pair *record)
{
	uint64_t number;

	memcpy(&number, record->key, sizeof(number));
	return (unsigned)(be64toh(number) % SEGMENT);
}

static unsigned ordinal_of_posting(const struct pair *posting)
{
	const uint8_t *end = posting->key + posting->key_size;

	return (unsigned)(end[-2] << 8 | end[-1]);
}

/*
 * One kind of pairs sorted by the transaction they go with, in key order there: those of
 * transaction T are from start[T] to start[T + 1].
 */
struct plan {
	size_t *order, *start;
};

/* TXN_OF[ordinal] says which transaction; SIZE_MAX: none. */
static struct plan plan_pairs(const struct pairs *pairs,
			      unsigned (*ordinal)(const struct pair *pair), const size_t *txn_of,
			      size_t txns)
{
	struct plan plan = {need(malloc((pairs->count + 1) * sizeof(size_t))),
			    need(calloc(txns + 2, sizeof(size_t)))};
	size_t i, txn;

	for (i = 0; i < pairs->count; i++)
		if ((txn = txn_of[ordinal(&pairs->pair[i])]) != SIZE_MAX)
			plan.start[txn + 2]++;
	for (txn = 2; txn < txns + 2; txn++)
		plan.start[txn] += plan.start[txn - 1];
	for (i = 0; i < pairs->count; i++)
		if ((txn = txn_of[ordinal(&pairs->pair[i])]) != SIZE_MAX)
			plan.order[plan.start[txn + 1]++] = i;
	return plan;
}

static void clear_plan(struct plan *plan)
{
	free(plan->order);
	free(plan->start);
}

/* Gives each EVERYth record a transaction, as many as fit; -> how many transactions. */
static size_t plan_txns(const struct pairs *records, size_t every, size_t at_once, size_t *txn_of,
			uint64_t *count)
{
	size_t i, txn = 0, in_txn = 0, bytes = 0;

	memset(txn_of, 0xff, SEGMENT * sizeof(*txn_of));
	for (i = 0; i < records->count; i++) {
		if (ordinal_of(&records->pair[i]) % every)
			continue;
		if (in_txn == at_once || bytes >= TXN_BYTES) {
			txn++;
			in_txn = bytes = 0;
		}
		txn_of[ordinal_of(&records->pair[i])] = txn;
		in_txn++;
		bytes += records->pair[i].value_size;
		++*count;
	}
	return in_txn ? txn + 1 : txn;
}

static DBT bulk_dbt(const struct pairs *pairs, const struct plan *plan, size_t txn, bool values)
{
	DBT dbt = {.flags = DB_DBT_USERMEM | DB_DBT_BULK};
	size_t i, size = 4096;
	void *at;

	for (i = plan->start[txn]; i < plan->start[txn + 1]; i++) {
		const struct pair *pair = &pairs->pair[plan->order[i]];

		size += pair->key_size + pair->value_size + 32;
	}
	dbt.ulen = (u_int32_t)(size + 1023) / 1024 * 1024;
	dbt.data = need(malloc(dbt.ulen));
	DB_MULTIPLE_WRITE_INIT(at, &dbt);
	for (i = plan->start[txn]; i < plan->start[txn + 1]; i++) {
		const struct pair *p = &pairs->pair[plan->order[i]];

		if (values)
			DB_MULTIPLE_KEY_WRITE_NEXT(at, &dbt, p->key, p->key_size, p->value,
						   p->value_size);
		else
			DB_MULTIPLE_WRITE_NEXT(at, &dbt, p->key, p->key_size);
	}
	return dbt;
}

static void put_bulk(DB *db, DB_TXN *txn, DBT *bulk)
{
	must(db->put(db, txn, bulk, NULL, DB_MULTIPLE_KEY), "put");
}

static void delete_bulk(DB *db, DB_TXN *txn, DBT *bulk)
{
	must(db->del(db, txn, bulk, DB_MULTIPLE), "delete");
}

static int compare_pairs(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;

	return memcmp(x->key, y->key, x->key_size);
}

/* Ids as keys, as the summaries have them at their beginning, in their order for a transaction. */
static struct pairs ids_of(const struct pairs *summaries, const struct plan *plan, size_t txn)
{
	struct pairs ids = {NULL, 0, 0};
	uint8_t value[ID_VALUE] = {1};
	size_t i;

	for (i = plan->start[txn]; i < plan->start[txn + 1]; i++) {
		const struct pair *summary = &summaries->pair[plan->order[i]];

		memcpy(value + 1, summary->key, 8);
		add_pair(&ids, summary->value, 16, value, sizeof(value));
	}
	qsort(ids.pair, ids.count, sizeof(*ids.pair), compare_pairs);
	return ids;
}

struct work {
	DB_ENV *env;
	DB *id;     /* NULL = deleting */
	bool reads; /* in the time that counts */
	struct segment_dbs dbs;
	struct pairs record, summary, posting;
	struct plan record_plan, summary_plan, posting_plan;
	uint64_t count;
	double took;
};

static void run_txn(struct work *work, size_t n)
{
	struct pairs ids = {NULL, 0, 0};
	bool adds = work->id != NULL;
	struct plan id_plan;
	DBT bulk[4];
	double start;
	DB_TXN *txn;
	size_t i;

	bulk[0] = bulk_dbt(&work->record, &work->record_plan, n, adds);
	bulk[1] = bulk_dbt(&work->summary, &work->summary_plan, n, adds);
	bulk[2] = bulk_dbt(&work->posting, &work->posting_plan, n, adds);
	if (adds)
		ids = ids_of(&work->summary, &work->summary_plan, n);
	id_plan.order = need(malloc((ids.count + 1) * sizeof(size_t)));
	for (i = 0; i < ids.count; i++)
		id_plan.order[i] = i;
	id_plan.start = (size_t[]){0, ids.count};
	bulk[3] = bulk_dbt(&ids, &id_plan, 0, true);
	start = seconds();
	must(work->env->txn_begin(work->env, NULL, &txn, 0), "begin");
	(adds ? put_bulk : delete_bulk)(work->dbs.record, txn, &bulk[0]);
	(adds ? put_bulk : delete_bulk)(work->dbs.summary, txn, &bulk[1]);
	if (work->posting_plan.start[n] < work->posting_plan.start[n + 1])
		(adds ? put_bulk : delete_bulk)(work->dbs.posting, txn, &bulk[2]);
	if (adds)
		put_bulk(work->id, txn, &bulk[3]);
	must(txn->commit(txn, 0), "commit");
	if (n % 16 == 0)
		must(work->env->txn_checkpoint(work->env, CHECKPOINT_KB, 0, 0), "checkpoint");
	work->took += seconds() - start;
	for (i = 0; i < 4; i++)
		free(bulk[i].data);
	free(id_plan.order);
	clear_pairs(&ids);
}

static void run_segment(struct work *work, struct segment_dbs *from, size_t every, size_t at_once)
{
	size_t *txn_of = need(malloc(SEGMENT * sizeof(size_t))), txns, n;
	double start = seconds();

	work->record = read_all(from->record, true);
	work->summary = read_all(from->summary, true);
	work->posting = read_all(from->posting, false);
	if (work->reads)
		work->took += seconds() - start;
	txns = plan_txns(&work->record, every, at_once, txn_of, &work->count);
	work->record_plan = plan_pairs(&work->record, ordinal_of, txn_of, txns);
	work->summary_plan = plan_pairs(&work->summary, ordinal_of, txn_of, txns);
	work->posting_plan = plan_pairs(&work->posting, ordinal_of_posting, txn_of, txns);
	for (n = 0; n < txns; n++)
		run_txn(work, n);
	clear_plan(&work->record_plan);
	clear_plan(&work->summary_plan);
	clear_plan(&work->posting_plan);
	clear_pairs(&work->record);
	clear_pairs(&work->summary);
	clear_pairs(&work->posting);
	free(txn_of);
}

static void import(const char *home, const char *target)
{
	const u_int32_t flags = DB_CREATE | DB_AUTO_COMMIT;
	DB_ENV *source = open_env(home, false);
	struct work work = {.env = open_env(target, true)};
	unsigned i;

	work.id = open_db(work.env, "id.db", NULL, TABLE_PAGE, flags);
	for (i = 0; segment_exists(home, i); i++) {
		struct segment_dbs from = open_segment(source, i, DB_RDONLY);

		work.dbs = open_segment(work.env, i, flags);
		run_segment(&work, &from, 1, IMPORT_TXN);
		close_segment(&work.dbs);
		close_segment(&from);
	}
	must(work.id->close(work.id, DB_NOSYNC), "close");
	printf("%lu %.6f\n", (unsigned long)work.count, work.took);
	must(work.env->close(work.env, 0), "close");
}

static void delete (const char *home, size_t every, bool reads)
{
	struct work work = {.env = open_env(home, true), .reads = reads};
	unsigned i;

	for (i = 0; segment_exists(home, i); i++) {
		work.dbs = open_segment(work.env, i, DB_AUTO_COMMIT);
		run_segment(&work, &work.dbs, every, PURGE_TXN);
		close_segment(&work.dbs);
	}
	printf("%lu %.6f\n", (unsigned long)work.count, work.took);
	must(work.env->close(work.env, 0), "close");
}

/* Summaries are rewritten as they lie, in bulk. */
static void retime_segment(struct work *work)
{
	size_t *txn_of = need(malloc(SEGMENT * sizeof(size_t))), txns, n, i;
	struct pairs summaries = read_all(work->dbs.summary, true);
	struct plan plan;

	for (i = 0; i < summaries.count; i++) {
		memset(summaries.pair[i].value + SUMMARY_REMOVAL_TIME, 1, 8);
		summaries.pair[i].value[SUMMARY_REMOVAL_TIME_SET] = 1;
	}
	txns = plan_txns(&summaries, 1, RETIME_TXN, txn_of, &work->count);
	plan = plan_pairs(&summaries, ordinal_of, txn_of, txns);
	for (n = 0; n < txns; n++) {
		DBT bulk = bulk_dbt(&summaries, &plan, n, true);
		double start = seconds();
		DB_TXN *txn;

		must(work->env->txn_begin(work->env, NULL, &txn, 0), "begin");
		put_bulk(work->dbs.summary, txn, &bulk);
		must(txn->commit(txn, 0), "commit");
		work->took += seconds() - start;
		free(bulk.data);
	}
	clear_plan(&plan);
	clear_pairs(&summaries);
	free(txn_of);
}

static void retime(const char *home)
{
	struct work work = {.env = open_env(home, true)};
	unsigned i;

	for (i = 0; segment_exists(home, i); i++) {
		work.dbs = open_segment(work.env, i, DB_AUTO_COMMIT);
		retime_segment(&work);
		close_segment(&work.dbs);
	}
	printf("%lu %.6f\n", (unsigned long)work.count, work.took);
	must(work.env->close(work.env, 0), "close");
}

/* Each in a transaction, as what makes it needless must be on disk before. */
static void remove_files(const char *home)
{
	DB_ENV *env = open_env(home, true);
	uint64_t count = 0;
	double start = seconds(), took;
	unsigned i;

	for (i = 0; segment_exists(home, i + 1); i++) {
		char file[64];
		DB_TXN *txn;

		segment_name(i, file);
		must(env->log_flush(env, NULL), "flush");
		must(env->txn_begin(env, NULL, &txn, 0), "begin");
		must(env->dbremove(env, txn, file, NULL, 0), file);
		must(txn->commit(txn, 0), "commit");
		count += SEGMENT;
	}
	took = seconds() - start;
	printf("%lu %.6f\n", (unsigned long)count, took);
	must(env->close(env, 0), "close");
}

/* How many postings begin with the SIZE bytes at PREFIX. */
static uint64_t find_in(DB *posting, const uint8_t *prefix, size_t size)
{
	static uint8_t piece[64 * 1024];
	DBT key = {.flags = DB_DBT_REALLOC, .size = (u_int32_t)size};
	DBT data = {.data = piece, .flags = DB_DBT_USERMEM, .ulen = sizeof(piece)};
	u_int32_t step = DB_SET_RANGE;
	uint64_t found = 0;
	DBC *cursor;
	bool in = true;

	key.data = need(malloc(size + 1));
	memcpy(key.data, prefix, size);
	must(posting->cursor(posting, NULL, &cursor, 0), "cursor");
	while (in && !cursor->get(cursor, &key, &data, step | DB_MULTIPLE_KEY)) {
		void *at, *k, *v;
		size_t k_size, v_size;

		DB_MULTIPLE_INIT(at, &data);
		for (;;) {
			DB_MULTIPLE_KEY_NEXT(at, &data, k, k_size, v, v_size);
			(void)v, (void)v_size;
			in = at && k_size >= size && !memcmp(k, prefix, size);
			if (!in)
				break;
			found++;
		}
		in = !at;
		step = DB_NEXT;
	}
	must(cursor->close(cursor), "cursor");
	free(key.data);
	return found;
}

/* The posting of the first segment that leads from the text: without the ordinal at its end. */
static size_t posting_of(DB *posting, const char *text, uint8_t *prefix, size_t room)
{
	struct pairs keys = read_all(posting, false);
	size_t length = strlen(text) + 1, size = 0, i;

	for (i = 0; i < keys.count && !size; i++) {
		const struct pair *key = &keys.pair[i];

		if (key->key_size < length + 2 || key->key_size - 2 > room ||
		    memcmp(key->key + key->key_size - 2 - length, text, length) != 0)
			continue;
		size = key->key_size - 2;
		memcpy(prefix, key->key, size);
	}
	clear_pairs(&keys);
	if (!size)
		must(DB_NOTFOUND, text);
	return size;
}

static void find(const char *home, const char *text)
{
	DB_ENV *env = open_env(home, false);
	struct segment_dbs dbs[1024];
	double best = 1e9;
	uint8_t prefix[256];
	size_t size;
	uint64_t found = 0;
	unsigned i, count, try;

	for (count = 0; count < 1024 && segment_exists(home, count); count++)
		dbs[count] = open_segment(env, count, DB_RDONLY);
	size = posting_of(dbs[0].posting, text, prefix, sizeof(prefix));
	for (try = 0; try < 11; try++) {
		double start = seconds(), took;

		for (i = 0, found = 0; i < count; i++)
			found += find_in(dbs[i].posting, prefix, size);
		took = seconds() - start;
		best = took < best ? took : best;
	}
	printf("%lu %.6f\n", (unsigned long)found, best);
	for (i = 0; i < count; i++)
		close_segment(&dbs[i]);
	must(env->close(env, 0), "close");
}

/* All segments of a store, open to be read. */
struct store {
	DB_ENV *env;
	struct segment_dbs dbs[1024];
	unsigned count;
};

static void open_store(struct store *store, const char *home)
{
	store->env = open_env(home, false);
	for (store->count = 0; store->count < 1024 && segment_exists(home, store->count);
	     store->count++)
		store->dbs[store->count] = open_segment(store->env, store->count, DB_RDONLY);
}

static void close_store(struct store *store)
{
	while (store->count)
		close_segment(&store->dbs[--store->count]);
	must(store->env->close(store->env, 0), "close");
}

/* Calls TAKE with what a bulk cursor reads from PREFIX (none: from the start) on, until it returns
 * false. */
static void read_range(DB *db, const char *prefix, bool (*take)(void *arg, const struct pair *pair),
		       void *arg)
{
	static uint8_t piece[256 * 1024];
	size_t size = prefix ? strlen(prefix) : 0;
	DBT key = {.flags = DB_DBT_REALLOC, .size = (u_int32_t)size};
	DBT data = {.data = piece, .flags = DB_DBT_USERMEM, .ulen = sizeof(piece)};
	u_int32_t step = DB_SET_RANGE;
	DBC *cursor;
	bool in = true;

	key.data = need(malloc(size + 1));
	memcpy(key.data, prefix ? prefix : "", size);
	must(db->cursor(db, NULL, &cursor, 0), "cursor");
	while (in && !cursor->get(cursor, &key, &data, step | DB_MULTIPLE_KEY)) {
		void *at, *k, *v;
		size_t k_size, v_size;

		DB_MULTIPLE_INIT(at, &data);
		while (in) {
			struct pair pair;

			DB_MULTIPLE_KEY_NEXT(at, &data, k, k_size, v, v_size);
			if (!at)
				break;
			pair = (struct pair){k, v, (uint32_t)k_size, (uint32_t)v_size};
			in = k_size >= size && !memcmp(k, prefix ? prefix : "", size) &&
			     take(arg, &pair);
		}
		step = DB_NEXT;
	}
	must(cursor->close(cursor), "cursor");
	free(key.data);
}

struct reading {
	const char *text;
	uint64_t found, left, bytes;
};

static bool take_key(void *arg, const struct pair *pair)
{
	struct reading *reading = arg;

	reading->found +=
		memmem(pair->key, pair->key_size, reading->text, strlen(reading->text)) != NULL;
	return true;
}

static bool take_some(void *arg, const struct pair *pair)
{
	struct reading *reading = arg;

	(void)pair;
	reading->found++;
	return --reading->left > 0;
}

static bool take_record(void *arg, const struct pair *pair)
{
	struct reading *reading = arg;

	reading->bytes += pair->value_size;
	return true;
}

static void get_records(const struct store *store, uint64_t count)
{
	static uint8_t room[1 << 20];
	uint64_t i;

	for (i = 0; i < count; i++) {
		uint64_t number = htobe64(i * 7919 % ((uint64_t)store->count * SEGMENT));
		DBT key = {.data = &number, .size = sizeof(number)};
		DBT value = {.data = room, .ulen = sizeof(room), .flags = DB_DBT_USERMEM};
		DB *db = store->dbs[be64toh(number) / SEGMENT].record;
		int code = db->get(db, NULL, &key, &value, 0);

		if (code != DB_NOTFOUND) /* the last segment is not full */
			must(code, "get");
	}
}

/* The best of some tries of what WORD says: keys, first, get, records. */
static void read_store(const char *word, const char *home, const char *letter, const char *text)
{
	struct store store;
	double best = 1e9;
	struct reading reading = {0};
	unsigned try, i;

	open_store(&store, home);
	for (try = 0; try < 5; try++) {
		double start = seconds(), took;

		reading = (struct reading){.text = text};
		for (i = 0; i < store.count; i++) {
			reading.left = strtoul(text, NULL, 10);
			if (!strcmp(word, "keys"))
				read_range(store.dbs[i].posting, letter, take_key, &reading);
			else if (!strcmp(word, "first"))
				read_range(store.dbs[i].posting, letter, take_some, &reading);
			else if (!strcmp(word, "records"))
				read_range(store.dbs[i].record, NULL, take_record, &reading);
		}
		if (!strcmp(word, "first") || !strcmp(word, "get"))
			get_records(&store, strtoul(text, NULL, 10));
		took = seconds() - start;
		best = took < best ? took : best;
	}
	printf("%lu %.6f\n", (unsigned long)(reading.bytes ? reading.bytes : reading.found), best);
	close_store(&store);
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "import"))
		import(argv[2], argv[3]);
	else if (argc == 4 && !strcmp(argv[1], "delete") && atoi(argv[3]) > 0)
		delete (argv[2], (size_t)atoi(argv[3]), false);
	else if (argc == 4 && !strcmp(argv[1], "purge") && atoi(argv[3]) > 0)
		delete (argv[2], (size_t)atoi(argv[3]), for_threads = true);
	else if (argc == 3 && !strcmp(argv[1], "retime"))
		retime(argv[2]);
	else if (argc == 3 && !strcmp(argv[1], "remove"))
		remove_files(argv[2]);
	else if (argc == 4 && !strcmp(argv[1], "find"))
		find(argv[2], argv[3]);
	else if (argc == 5 && (!strcmp(argv[1], "keys") || !strcmp(argv[1], "first")))
		read_store(argv[1], argv[2], argv[3], argv[4]);
	else if (argc == 4 && !strcmp(argv[1], "get"))
		read_store(argv[1], argv[2], NULL, argv[3]);
	else if (argc == 3 && !strcmp(argv[1], "records"))
		read_store(argv[1], argv[2], NULL, "0");
	else
		return fputs("usage: bare import STORE DIRECTORY | delete STORE EVERY | purge "
			     "STORE EVERY | retime "
			     "STORE | remove STORE | find STORE TEXT | keys STORE LETTER TEXT | "
			     "first STORE LETTER COUNT | "
			     "get STORE COUNT | records STORE\n",
			     stderr),
		       2;
	return 0;
}
