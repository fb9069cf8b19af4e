#include "storage/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "storage/buffer.h"
#include "storage/clock.h"
#include "storage/directory.h"
#include "storage/log.h"
#include "storage/log_ahead.h"
#include "storage/log_tail.h"
#include "storage/page_guard.h"
#include "storage/place_holder.h"
#include "storage/reserve.h"
#include "storage/store_begin.h"
#include "storage/store_internal.h"
#include "storage/uuid.h"

enum {
	TABLE_PAGE = 8192,
	LOG_FILE_SIZE = 32 * 1024 * 1024,
	LOG_BUFFER_SIZE = 512 * 1024,
	CHECKPOINT_KB = 128 * 1024,
	HOUSEKEEPING_MS = 100,
	RESERVE_TICKS = 300,
	TRIM_TICKS = 100,
	RECOVERY_ROOM = 64 * 1024 * 1024, /* bytes on the disk that recovery should find */
	LOCK_TIMEOUT_US = 10 * 1000 * 1000,
	LOCKS_MAX = 2000000,
	NFS_MAGIC = 0x6969,
	EXIT_PANIC = 70,
};

static const char meta_format[] = "format";
static const char meta_tag[] = "tag";

bool store_is_full(int code)
{
	return code == ENOSPC || code == EDQUOT || code == ERR_FULL;
}

int store_code(struct store *store, int code)
{
	switch (code) {
	case DB_NOTFOUND:
		return ERR_NOT_FOUND;
	case DB_KEYEXIST:
		return ERR_EXISTS;
	case ENOSPC:
	case EDQUOT:
		atomic_store(&store->full, true);
		return ERR_FULL;
	default:
		return code;
	}
}

void store_give_up(const char *why)
{
	log_error("%s; recovery runs at the next start", why);
	_exit(EXIT_PANIC);
}

static void on_event(DB_ENV *env, u_int32_t event, void *info)
{
	(void)env;
	(void)info;
	if (event == DB_EVENT_PANIC)
		store_give_up("the Berkeley DB environment failed");
}

static void on_message(const DB_ENV *env, const char *prefix, const char *message)
{
	(void)env;
	(void)prefix;
	log_error("Berkeley DB: %s", message);
}

static int prepare_home(struct store *store, struct arena *arena, struct error *error)
{
	char *lock = arena_printf(arena, "%s/batchd.lock", store->home);
	struct statfs fs;

	if (mkdir(store->home, 0770) && errno != EEXIST)
		return err_set(error, arena, errno, "cannot make the directory %s: %s", store->home,
			       strerror(errno));
	if (!statfs(store->home, &fs) && fs.f_type == NFS_MAGIC)
		return err_set(error, arena, EINVAL,
			       "%s lies on NFS, which Berkeley DB does not support", store->home);
	store->lock_fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0660);
	if (store->lock_fd < 0)
		return err_set(error, arena, errno, "cannot open %s: %s", lock, strerror(errno));
	if (flock(store->lock_fd, LOCK_EX | LOCK_NB))
		return err_set(error, arena, ERR_BUSY, "%s is in use by another batchd",
			       store->home);
	return 0;
}

static int open_environment(struct store *store, uint64_t cache_size)
{
	u_int32_t flags = DB_CREATE | DB_INIT_MPOOL | DB_INIT_LOCK | DB_INIT_LOG | DB_INIT_TXN |
			  DB_THREAD | DB_PRIVATE | DB_RECOVER;
	DB_ENV *env;
	int code;

	TRY(db_env_create(&env, 0));
	store->env = env;
	env->app_private = store;
	env->set_errcall(env, on_message);
	TRY(env->set_event_notify(env, on_event));
	TRY(env->set_cachesize(env, (u_int32_t)(cache_size >> 30),
			       (u_int32_t)(cache_size & ((1u << 30) - 1)), 1));
	TRY(env->set_lg_bsize(env, LOG_BUFFER_SIZE));
	TRY(env->set_lg_max(env, LOG_FILE_SIZE));
	TRY(env->set_lk_detect(env, DB_LOCK_MINWRITE));
	/* few at the start, as many as a large transaction needs: a lock for each page it changes
	 */
	TRY(env->set_memory_init(env, DB_MEM_LOCK, 2000));
	TRY(env->set_memory_init(env, DB_MEM_LOCKOBJECT, 2000));
	TRY(env->set_lk_tablesize(env, 4099));
	TRY(env->set_lk_max_locks(env, LOCKS_MAX));
	TRY(env->set_lk_max_objects(env, LOCKS_MAX));
	TRY(env->set_timeout(env, LOCK_TIMEOUT_US, DB_SET_LOCK_TIMEOUT));
	TRY(env->set_flags(env, DB_TXN_WRITE_NOSYNC, 1));
	TRY(env->log_set_config(env, DB_LOG_AUTO_REMOVE, 1));
	if (reserve_room_is_low(store->home, RECOVERY_ROOM))
		reserve_give_up(store->home);
	TRY(page_guard_begin(store->home));
	TRY(log_ahead_begin(store->home, LOG_FILE_SIZE));
	TRY(log_tail_begin(store->home));
	code = env->open(env, store->home, flags, 0660);
	log_tail_end();
	return code ? code : place_holders_remove(store->home);
}

int store_open_db(struct store *store, const char *file, const char *name, uint32_t page_size,
		  enum open_mode mode, DB **ret_db)
{
	u_int32_t make = mode == OPEN_THERE ? 0 : DB_CREATE;
	DB *db;
	int code;

	TRY(db_create(&db, store->env, 0));
	code = db->set_pagesize(db, page_size);
	if (!code && mode == OPEN_UNLOGGED)
		code = db->set_flags(db, DB_TXN_NOT_DURABLE);
	if (!code)
		code = db->open(db, NULL, file, name, DB_BTREE, make | DB_AUTO_COMMIT | DB_THREAD,
				0660);
	if (code) {
		db->close(db, DB_NOSYNC);
		return store_code(store, code);
	}
	*ret_db = db;
	return 0;
}

static int open_tables(struct store *store, const struct store_options *options)
{
	char file[128];
	unsigned i;

	for (i = 0; i < options->table_count; i++) {
		snprintf(file, sizeof(file), "%s.db", options->tables[i]);
		TRY(store_open_db(store, file, NULL, TABLE_PAGE, OPEN_MAKE, &store->tables[i]));
		store->table_count = i + 1;
	}
	return 0;
}

static int meta_read(DB *meta, const char *name, void *value, size_t size)
{
	DBT key = {.data = (void *)(uintptr_t)name, .size = (u_int32_t)strlen(name)};
	DBT data = {.data = value, .ulen = (u_int32_t)size, .flags = DB_DBT_USERMEM};

	return meta->get(meta, NULL, &key, &data, 0);
}

static int meta_write(DB *meta, const char *name, const void *value, size_t size)
{
	DBT key = {.data = (void *)(uintptr_t)name, .size = (u_int32_t)strlen(name)};
	DBT data = {.data = (void *)(uintptr_t)value, .size = (u_int32_t)size};

	return meta->put(meta, NULL, &key, &data, 0);
}

static int refuse_format(const struct store *store, uint32_t format, struct arena *arena,
			 struct error *error)
{
	if (format > STORE_FORMAT)
		return err_set(
			error, arena, ERR_FORMAT,
			"%s has format %u; this batchd reads formats up to %d: use a newer one",
			store->home, format, STORE_FORMAT);
	return err_set(error, arena, ERR_FORMAT,
		       "%s has format %u; this batchd reads formats from %d on: export it with the "
		       "batchd that wrote it, and import that into a new store",
		       store->home, format, STORE_FORMAT_OLDEST);
}

static int check_format(struct store *store, struct arena *arena, struct error *error)
{
	uint8_t format[4];
	DB *meta;
	int code;

	TRY(store_open_db(store, "meta.db", NULL, TABLE_PAGE, OPEN_MAKE, &meta));
	code = meta_read(meta, meta_format, format, sizeof(format));
	if (code == DB_NOTFOUND) {
		random_bytes(store->tag, sizeof(store->tag));
		code = meta_write(meta, meta_tag, store->tag, sizeof(store->tag));
		be32_write(format, STORE_FORMAT);
		if (!code)
			code = meta_write(meta, meta_format, format, sizeof(format));
	} else if (!code &&
		   (be32_read(format) > STORE_FORMAT || be32_read(format) < STORE_FORMAT_OLDEST)) {
		code = refuse_format(store, be32_read(format), arena, error);
	} else if (!code) {
		/* an older one is brought up to date by who reads it */
		if (be32_read(format) < STORE_FORMAT) {
			be32_write(format, STORE_FORMAT);
			code = meta_write(meta, meta_format, format, sizeof(format));
		}
		code = code ? code : meta_read(meta, meta_tag, store->tag, sizeof(store->tag));
	}
	meta->close(meta, 0);
	return code;
}

static void keep_house(struct store *store, unsigned tick)
{
	DB_ENV *env = store->env;
	int rejected;

	env->lock_detect(env, 0, DB_LOCK_EXPIRE, &rejected);
	/* on a full disk at once: old logs go, and that makes room */
	if (tick % 10 == 0 && !store->backups)
		env->txn_checkpoint(env, store_full(store) ? 0 : CHECKPOINT_KB,
				    tick % 600 == 0 ? 1 : 0, 0);
	if (tick % TRIM_TICKS == 0)
		malloc_trim(0); /* what long answers took: else each thread's share stays with it */
	if (tick % RESERVE_TICKS == 10 && !store_full(store) &&
	    reserve_keep(store->home, store->reserve_size))
		log_warning("the reserve in %s cannot be made", store->home);
}

static void *housekeeper(void *arg)
{
	struct store *store = arg;
	struct timespec until;
	unsigned tick;

	pthread_mutex_lock(&store->house_mutex);
	for (tick = 1; !store->house_stop; tick++) {
		clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_nsec += HOUSEKEEPING_MS * 1000000L;
		until.tv_sec += until.tv_nsec / 1000000000L;
		until.tv_nsec %= 1000000000L;
		pthread_cond_timedwait(&store->house_wake, &store->house_mutex, &until);
		if (store->house_stop)
			break;
		pthread_mutex_unlock(&store->house_mutex);
		keep_house(store, tick);
		pthread_mutex_lock(&store->house_mutex);
	}
	pthread_mutex_unlock(&store->house_mutex);
	return NULL;
}

static int open_all(struct store *store, const struct store_options *options, struct arena *arena,
		    struct error *error)
{
	bool is_new;

	TRY(prepare_home(store, arena, error));
	TRY(store_begin(store->home, &is_new));
	TRY(open_environment(store, options->cache_size));
	TRY(check_format(store, arena, error));
	TRY(open_tables(store, options));
	if (is_new) {
		TRY(store->env->log_flush(store->env, NULL));
		TRY(store_begun(store->home));
	}
	return pthread_create(&store->housekeeper, NULL, housekeeper, store);
}

static void close_handles(struct store *store)
{
	unsigned i;

	for (i = 0; i < store->table_count; i++)
		store->tables[i]->close(store->tables[i], DB_NOSYNC);
	if (store->env)
		store->env->close(store->env, 0);
	log_ahead_end();
	page_guard_end();
	if (store->lock_fd >= 0)
		close(store->lock_fd);
	free(store->home);
	free(store);
}

int store_open(struct store **ret_store, const struct store_options *options, struct arena *arena,
	       struct error *error)
{
	struct store *store = memory_alloc(sizeof(*store));
	int code;

	memset(store, 0, sizeof(*store));
	store->lock_fd = -1;
	store->home = strdup(options->home);
	store->reserve_size = options->reserve_size;
	turn_init(&store->turn);
	pthread_mutex_init(&store->house_mutex, NULL);
	clock_condition_init(&store->house_wake);
	umask(007);
	error->message = NULL;
	code = open_all(store, options, arena, error);
	if (!code) {
		*ret_store = store;
		return 0;
	}
	store_begin_failed();
	if (!error->message)
		err_set(error, arena, code, "cannot open the store in %s: %s", options->home,
			code < -30000 ? db_strerror(code) : err_text(code));
	close_handles(store);
	return code;
}

void store_close(struct store *store)
{
	pthread_mutex_lock(&store->house_mutex);
	store->house_stop = true;
	pthread_cond_signal(&store->house_wake);
	pthread_mutex_unlock(&store->house_mutex);
	pthread_join(store->housekeeper, NULL);
	store->env->txn_checkpoint(store->env, 0, 0, DB_FORCE);
	close_handles(store);
}

const uint8_t *store_tag(const struct store *store)
{
	return store->tag;
}

bool store_full(const struct store *store)
{
	return atomic_load(&store->full);
}

int store_recover(const char *home)
{
	u_int32_t flags = DB_CREATE | DB_INIT_MPOOL | DB_INIT_LOCK | DB_INIT_LOG | DB_INIT_TXN |
			  DB_PRIVATE | DB_RECOVER_FATAL;
	DB_ENV *env;
	int code, closed;

	TRY(page_guard_begin(home));
	TRY(db_env_create(&env, 0));
	code = env->open(env, home, flags, 0660);
	closed = env->close(env, 0);
	page_guard_end();
	TRY(code ? code : closed);
	return place_holders_remove(home);
}

static int verify_file(const char *path)
{
	DB *db;

	TRY(db_create(&db, NULL, 0));
	return db->verify(db, path, NULL, stdout, 0); /* closes the handle */
}

int store_verify(const char *home)
{
	struct dirent *entry;
	char path[4096];
	int code = 0;
	DIR *dir = opendir(home);

	if (!dir)
		return errno;
	while (!code && (entry = readdir(dir))) {
		if (!is_database_name(entry->d_name))
			continue;
		snprintf(path, sizeof(path), "%s/%s", home, entry->d_name);
		code = verify_file(path);
		printf("%s: %s\n", entry->d_name, code ? db_strerror(code) : "ok");
	}
	closedir(dir);
	return code;
}

bool store_room_is_low(const struct store *store, uint64_t size)
{
	return reserve_room_is_low(store->home, size);
}
