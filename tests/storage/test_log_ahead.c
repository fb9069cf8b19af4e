/* The room ahead of a log that is synced: there when it helps, and no harm to who reads the log. */
#include "storage/log_ahead.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "storage/store_internal.h"
#include "tests/storage/fixture.h"

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

/* LITTLE: the block at the end and one at the very end of the file. LARGE: values that together
 * fill more than one log file of 32 MB. */
enum {
	MANY = 60,
	FILES = 140,
	LARGE = 256 * 1024,
	LOG_FILE = 32 * 1024 * 1024,
	LITTLE = 32 * 1024,
	MUCH = 128 * 1024
};

struct put {
	char key[16];
	size_t size;
};

static int put_body(struct txn *txn, void *arg)
{
	static const char value[LARGE];
	struct put *put = arg;

	return txn_put(txn, FIXTURE_ONE, put->key, strlen(put->key), value, put->size);
}

static int put(struct fixture *f, unsigned kind, unsigned number, size_t size)
{
	struct put put = {.size = size};

	snprintf(put.key, sizeof(put.key), "%u", number);
	return txn_run(f->store, &f->arena, kind, put_body, &put);
}

/* How much of the log file there is on the disk behind its records. */
static long ahead(struct fixture *f)
{
	DB_LOG_STAT *stat;
	struct stat about;
	char path[128];
	long end;

	assert_int_equal(f->store->env->log_stat(f->store->env, &stat, 0), 0);
	snprintf(path, sizeof(path), "%s/log.%010u", f->home, stat->st_cur_file);
	end = (long)stat->st_cur_offset;
	free(stat);
	assert_int_equal(lstat(path, &about), 0);
	assert_true(about.st_size <= LOG_FILE);
	return (long)about.st_blocks * 512 - end;
}

static void a_log_that_is_synced_has_room_ahead(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(put(f, TXN_LAZY, 1, 10), 0);
	assert_true(ahead(f) < LITTLE);
	assert_int_equal(put(f, TXN_DURABLE, 2, 10), 0);
	assert_int_equal(put(f, TXN_DURABLE, 3, 10), 0);
	assert_true(ahead(f) > MUCH);
}

static void check(struct fixture *f, unsigned count, size_t size)
{
	struct txn reader = txn_reader(f->store, &f->arena);
	unsigned i;

	for (i = 0; i < count; i++) {
		struct bytes value;
		char key[16];

		snprintf(key, sizeof(key), "%u", i);
		assert_int_equal(txn_get(&reader, FIXTURE_ONE, key, strlen(key), &value), 0);
		assert_int_equal(value.size, size);
	}
}

struct puts {
	unsigned count;
	size_t size;
};

static void write_all_and_die(struct fixture *f, void *arg)
{
	const struct puts *puts = arg;
	unsigned i;

	for (i = 0; i < puts->count; i++)
		if (put(f, i % 3 ? TXN_DURABLE : TXN_LAZY, i, puts->size))
			_exit(2);
	raise(SIGKILL);
}

/* A process of its own writes and is killed. */
static void write_and_die(struct fixture *f, unsigned count, size_t size)
{
	struct puts puts = {count, size};
	int status = fixture_in_child(f, write_all_and_die, &puts);

	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void recovery_takes_the_room_for_the_end(void **state)
{
	struct fixture *f = *state;

	write_and_die(f, MANY, 100);
	assert_int_equal(fixture_open(f), 0);
	check(f, MANY, 100);
	assert_true(ahead(f) < LITTLE); /* recovery cut it off */
	assert_int_equal(put(f, TXN_DURABLE, 0, 100), 0);
	assert_int_equal(put(f, TXN_DURABLE, 0, 100), 0); /* the first one says that it syncs */
	assert_true(ahead(f) > MUCH);
	write_and_die(f, MANY, 100);
	assert_int_equal(fixture_open(f), 0);
	check(f, MANY, 100);
}

static void logs_follow_each_other(void **state)
{
	struct fixture *f = *state;

	write_and_die(f, FILES, LARGE);
	assert_int_equal(fixture_open(f), 0);
	check(f, FILES, LARGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_log_that_is_synced_has_room_ahead),
		TEST(recovery_takes_the_room_for_the_end),
		TEST(logs_follow_each_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
