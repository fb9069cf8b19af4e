/* Pages whose writer is killed: whole at the next start, whatever the kernel had copied. */
#include "storage/page_guard.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "storage/log.h"
#include "storage/txn.h"
#include "storage/store_internal.h"
#include "tests/storage/fixture.h"

enum { PAGE = 32 * 1024, PAGES = 16, KERNEL_PAGE = 4096, KILLS = 100 };

struct place {
	char home[64], path[128];
	int fd;
};

/* The kernel holds the file in pages of its own, as that of a database read here and there. */
static int set_up(void **state)
{
	struct place *place = calloc(1, sizeof(*place));
	char zeros[KERNEL_PAGE] = {0};
	int i;

	strcpy(place->home, "/tmp/batchd-test-XXXXXX");
	log_setup("test", LOG_LEVEL_ERROR);
	if (!mkdtemp(place->home))
		return -1;
	snprintf(place->path, sizeof(place->path), "%s/some.db", place->home);
	place->fd = open(place->path, O_RDWR | O_CREAT | O_EXCL, 0600);
	for (i = 0; i < PAGES * PAGE / KERNEL_PAGE; i++)
		if (pwrite(place->fd, zeros, sizeof(zeros), (off_t)i * KERNEL_PAGE) != KERNEL_PAGE)
			return -1;
	*state = place;
	return 0;
}

static int tear_down(void **state)
{
	struct place *place = *state;
	char command[128];
	int status;

	close(place->fd);
	snprintf(command, sizeof(command), "rm -rf %s", place->home);
	status = system(command);
	free(place);
	return status;
}

/* Until it is killed, in both ways. Every page is of one byte alone. */
static void write_for_ever(const struct place *place)
{
	static uint8_t page[PAGE];
	unsigned round, i;

	for (round = 1;; round++) {
		memset(page, (int)round, PAGE);
		for (i = 0; i < PAGES && round % 2; i++)
			page_guard_write(place->fd, page, PAGE, (off_t)i * PAGE);
		lseek(place->fd, 0, SEEK_SET);
		for (; i < PAGES; i++)
			page_guard_write_here(place->fd, page, PAGE);
	}
}

/* As a start does. */
static int restore(const char *home)
{
	int code = page_guard_begin(home);

	page_guard_end();
	return code;
}

/* One that has written for NANOSECONDS, and mostly dies with a page in hand. */
static void kill_a_writer(const struct place *place, long nanoseconds)
{
	pid_t child;

	assert_int_equal(page_guard_begin(place->home), 0);
	child = fork();
	if (!child)
		write_for_ever(place);
	nanosleep(&(struct timespec){0, nanoseconds}, NULL);
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, NULL, 0), child);
	page_guard_end();
}

static void expect_whole(const struct place *place)
{
	static uint8_t page[PAGE];
	unsigned i;

	for (i = 0; i < PAGES; i++) {
		assert_int_equal(pread(place->fd, page, PAGE, (off_t)i * PAGE), PAGE);
		assert_memory_equal(page, page + 1, PAGE - 1);
	}
}

static void a_page_whose_writer_is_killed_is_whole(void **state)
{
	struct place *place = *state;
	unsigned kill_number;

	srand(1);
	for (kill_number = 0; kill_number < KILLS; kill_number++) {
		kill_a_writer(place, 500000 + rand() % 1000000);
		assert_int_equal(restore(place->home), 0);
		expect_whole(place);
	}
}

/* Puts the file as it was during another boot. */
static void change_boot(const struct place *place)
{
	char path[160];
	int fd;

	snprintf(path, sizeof(path), "%s/pages.guard", place->home);
	fd = open(path, O_RDWR);
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, "another", 7, 0), 7);
	close(fd);
}

static void what_another_boot_left_counts_for_nothing(void **state)
{
	struct place *place = *state;
	static uint8_t page[PAGE], found[PAGE];

	kill_a_writer(place, 2000000);
	change_boot(place);
	memset(page, 0xee, PAGE);
	assert_int_equal(pwrite(place->fd, page, PAGE, 0), PAGE);
	assert_int_equal(restore(place->home), 0);
	assert_int_equal(pread(place->fd, found, PAGE, 0), PAGE);
	assert_memory_equal(found, page, PAGE);
}

/* A page that was written again must not come back over what is written later. */
static void what_was_written_again_is_not_written_twice(void **state)
{
	struct place *place = *state;
	static uint8_t page[PAGE], found[PAGE];

	kill_a_writer(place, 2000000);
	assert_int_equal(restore(place->home), 0);
	memset(page, 0xee, PAGE);
	assert_int_equal(pwrite(place->fd, page, PAGE, 0), PAGE);
	assert_int_equal(restore(place->home), 0);
	assert_int_equal(pread(place->fd, found, PAGE, 0), PAGE);
	assert_memory_equal(found, page, PAGE);
}

static int put_some(struct txn *txn, void *arg)
{
	(void)arg;
	return txn_put(txn, FIXTURE_ONE, "key", 3, "value", 5);
}

/* What the slots hold, beside the boot. */
static bool has_guarded(const char *home)
{
	char path[128];
	bool some = false;
	FILE *file;
	int c;

	snprintf(path, sizeof(path), "%s/pages.guard", home);
	file = fopen(path, "rb");
	assert_non_null(file);
	fseek(file, 64, SEEK_SET);
	while (!some && (c = getc(file)) != EOF)
		some = c != 0;
	fclose(file);
	return some;
}

/* Recovery has a hook of its own for what is written. */
static void a_store_that_was_opened_again_guards_its_pages(void **state)
{
	struct fixture *f = *state;
	DB_ENV *env;

	assert_int_equal(fixture_reopen(f), 0);
	assert_false(has_guarded(f->home));
	assert_int_equal(fixture_run(f, put_some, NULL), 0);
	env = f->store->env;
	assert_int_equal(env->txn_checkpoint(env, 0, 0, DB_FORCE), 0);
	assert_true(has_guarded(f->home));
}

static void a_directory_without_a_guard_is_left_alone(void **state)
{
	struct place *place = *state;

	assert_int_equal(restore(place->home), 0);
	assert_int_equal(restore("/nowhere"), 0);
	expect_whole(place);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_page_whose_writer_is_killed_is_whole, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(what_another_boot_left_counts_for_nothing, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(what_was_written_again_is_not_written_twice, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(a_store_that_was_opened_again_guards_its_pages,
						fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(a_directory_without_a_guard_is_left_alone, set_up,
						tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
