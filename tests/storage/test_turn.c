/* Who waits for the disk, and for how long: what is said to be durable is synced. */
#include "storage/turn.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "storage/log.h"
#include "storage/store_internal.h"
#include "tests/storage/fixture.h"

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

enum { THREADS = 8, TURNS = 50 };

static int put_body(struct txn *txn, void *arg)
{
	return txn_put(txn, FIXTURE_ONE, arg, strlen(arg), "value", 5);
}

static int put(struct fixture *f, unsigned kind, const char *key)
{
	struct arena arena;
	int code;

	arena_init(&arena);
	code = txn_run(f->store, &arena, kind, put_body, arena_strdup(&arena, key));
	arena_clear(&arena);
	return code;
}

/* Where the log ends, and where what is synced does. */
static void look(struct fixture *f, uint64_t *ret_end, uint64_t *ret_synced)
{
	DB_LOG_STAT *stat;

	assert_int_equal(f->store->env->log_stat(f->store->env, &stat, 0), 0);
	*ret_end = (uint64_t)stat->st_cur_file << 32 | stat->st_cur_offset;
	*ret_synced = (uint64_t)stat->st_disk_file << 32 | stat->st_disk_offset;
	free(stat);
}

static bool is_all_synced(struct fixture *f)
{
	uint64_t end, synced;

	look(f, &end, &synced);
	return synced >= end;
}

static void what_is_durable_is_synced(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(put(f, TXN_LAZY, "lazy"), 0);
	assert_false(is_all_synced(f));
	assert_int_equal(put(f, TXN_DURABLE, "durable"), 0);
	assert_true(is_all_synced(f));
	assert_int_equal(put(f, TXN_DURABLE | TXN_FREES, "more"), 0);
	assert_true(is_all_synced(f));
	assert_int_equal(put(f, TXN_BACKGROUND, "background"), 0);
	assert_false(is_all_synced(f));
}

static int fail_body(struct txn *txn, void *arg)
{
	TRY(put_body(txn, arg));
	return ERR_INPUT;
}

static void what_fails_waits_for_nobody(void **state)
{
	struct fixture *f = *state;
	char key[] = "key";

	assert_int_equal(txn_run(f->store, &f->arena, TXN_DURABLE, fail_body, key), ERR_INPUT);
	assert_int_equal(f->store->turn.committed, f->store->turn.on_disk);
}

static void *defer(void *arg)
{
	struct fixture *f = arg;

	txn_defer();
	assert_int_equal(put(f, TXN_DURABLE, "one"), 0);
	assert_int_equal(put(f, TXN_DURABLE, "two"), 0);
	return NULL;
}

static void what_a_thread_defers_is_synced_when_it_is_settled(void **state)
{
	struct fixture *f = *state;
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, defer, f), 0);
	pthread_join(thread, NULL);
	assert_false(is_all_synced(f));
	assert_int_equal(txn_settle(f->store), 0);
	assert_true(is_all_synced(f));
	assert_int_equal(put(f, TXN_DURABLE, "three"), 0); /* this thread does not defer */
	assert_true(is_all_synced(f));
}

/* Each of its transactions is synced when it returns, whoever did that. */
static void *take_turns(void *arg)
{
	struct fixture *f = arg;
	intptr_t wrong = 0;
	unsigned i;

	for (i = 0; i < TURNS; i++) {
		uint64_t before, end, synced;
		char key[64];

		snprintf(key, sizeof(key), "%lx %u", (unsigned long)pthread_self(), i);
		look(f, &before, &synced);
		wrong += put(f, i % 5 ? TXN_DURABLE : TXN_LAZY, key) != 0;
		look(f, &end, &synced);
		wrong += i % 5 && synced <= before;
	}
	return (void *)wrong;
}

static void many_are_synced_together(void **state)
{
	struct fixture *f = *state;
	pthread_t threads[THREADS];
	void *wrong;
	int i;

	for (i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, take_turns, f), 0);
	for (i = 0; i < THREADS; i++) {
		pthread_join(threads[i], &wrong);
		assert_null(wrong);
	}
	assert_int_equal(f->store->turn.committed, f->store->turn.on_disk);
	assert_int_equal(f->store->turn.committed, THREADS * TURNS * 4 / 5);
}

static void set_waiting(struct turn *turn, unsigned count)
{
	pthread_mutex_lock(&turn->mutex);
	turn->foreground_waiting = count;
	pthread_mutex_unlock(&turn->mutex);
}

/* As where so many want to write that there is always somebody who waits. */
static void what_is_in_the_background_has_its_turn_some_time(void **state)
{
	struct fixture *f = *state;

	set_waiting(&f->store->turn, 1);
	assert_int_equal(put(f, TXN_BACKGROUND, "patient"), 0);
	assert_int_equal(f->store->turn.foreground_waiting, 1);
	set_waiting(&f->store->turn, 0);
}

/* Two transactions, one behind the other; the second one stays until the first one has returned. */
struct pair {
	struct fixture *f;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	bool first_has_turn, first_returned;
};

static int first_body(struct txn *txn, void *arg)
{
	struct pair *pair = arg;
	struct turn *turn = &pair->f->store->turn;
	unsigned waiting = 0;

	pthread_mutex_lock(&pair->mutex);
	pair->first_has_turn = true;
	pthread_cond_signal(&pair->changed);
	pthread_mutex_unlock(&pair->mutex);
	while (!waiting) {
		sched_yield();
		pthread_mutex_lock(&turn->mutex);
		waiting = turn->durable_waiting;
		pthread_mutex_unlock(&turn->mutex);
	}
	return put_body(txn, (char *)(uintptr_t) "first");
}

static int second_body(struct txn *txn, void *arg)
{
	struct pair *pair = arg;

	pthread_mutex_lock(&pair->mutex);
	while (!pair->first_returned)
		pthread_cond_wait(&pair->changed, &pair->mutex);
	pthread_mutex_unlock(&pair->mutex);
	return put_body(txn, (char *)(uintptr_t) "second");
}

static void *run_second(void *arg)
{
	struct pair *pair = arg;
	struct arena arena;
	intptr_t code;

	pthread_mutex_lock(&pair->mutex);
	while (!pair->first_has_turn)
		pthread_cond_wait(&pair->changed, &pair->mutex);
	pthread_mutex_unlock(&pair->mutex);
	arena_init(&arena);
	code = txn_run(pair->f->store, &arena, TXN_DURABLE, second_body, pair);
	arena_clear(&arena);
	return (void *)code;
}

static void who_takes_his_time_is_not_waited_for(void **state)
{
	struct pair pair = {.f = *state,
			    .mutex = PTHREAD_MUTEX_INITIALIZER,
			    .changed = PTHREAD_COND_INITIALIZER};
	pthread_t second;
	void *code;

	assert_int_equal(pthread_create(&second, NULL, run_second, &pair), 0);
	assert_int_equal(txn_run(pair.f->store, &pair.f->arena, TXN_DURABLE, first_body, &pair), 0);
	pthread_mutex_lock(&pair.mutex);
	pair.first_returned = true;
	pthread_cond_signal(&pair.changed);
	pthread_mutex_unlock(&pair.mutex);
	pthread_join(second, &code);
	assert_null(code);
}

/* Puts a file that takes all and cannot be synced where the log is open. */
static bool lose_log(void)
{
	int i, other = open("/dev/null", O_RDWR);
	bool lost = false;

	for (i = 3; i < 256; i++) {
		char link[64], path[256] = "";

		snprintf(link, sizeof(link), "/proc/self/fd/%d", i);
		if (readlink(link, path, sizeof(path) - 1) > 0 && strstr(path, "/log.") &&
		    (fcntl(i, F_GETFL) & O_ACCMODE) == O_RDWR)
			lost = dup2(other, i) == i;
	}
	return lost;
}

static void commit_what_cannot_be_synced(struct fixture *f, void *arg)
{
	(void)arg;
	log_setup("test", LOG_LEVEL_ERROR);
	if (put(f, TXN_DURABLE, "here") || !lose_log())
		_exit(1);
	put(f, TXN_DURABLE, "lost");
	_exit(2);
}

static void a_log_that_cannot_be_synced_ends_the_process(void **state)
{
	struct fixture *f = *state;
	int status = fixture_in_child(f, commit_what_cannot_be_synced, NULL);

	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 70);
	assert_int_equal(fixture_open(f), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_durable_is_synced),
		TEST(what_fails_waits_for_nobody),
		TEST(what_a_thread_defers_is_synced_when_it_is_settled),
		TEST(many_are_synced_together),
		TEST(what_is_in_the_background_has_its_turn_some_time),
		TEST(who_takes_his_time_is_not_waited_for),
		TEST(a_log_that_cannot_be_synced_ends_the_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
