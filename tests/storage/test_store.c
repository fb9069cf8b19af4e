/* Starts of a store: the first one, one after a crash in the middle of that, and recovery. */
#include "storage/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/storage/fixture.h"

enum { LITTLE = 4 * 1024 * 1024 };

static const char *path_of(struct fixture *f, const char *name)
{
	return arena_printf(&f->arena, "%s/%s", f->home, name);
}

static void write_file(struct fixture *f, const char *name, const char *text)
{
	FILE *file = fopen(path_of(f, name), "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static int put_body(struct txn *txn, void *arg)
{
	return txn_put(txn, FIXTURE_ONE, arg, strlen(arg), "value", 5);
}

static int put(struct fixture *f, const char *key)
{
	return fixture_run(f, put_body, arena_strdup(&f->arena, key));
}

static int find(struct fixture *f, const char *key)
{
	struct txn reader = txn_reader(f->store, &f->arena);
	struct bytes value;

	return txn_get(&reader, FIXTURE_ONE, key, strlen(key), &value);
}

static void a_new_store_is_not_marked_any_more(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(access(path_of(f, "making"), F_OK), -1);
	assert_int_equal(access(path_of(f, "meta.db"), F_OK), 0);
}

static void a_store_that_was_never_ready_is_begun_anew(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(put(f, "key"), 0);
	write_file(f, "making", "");
	write_file(f, "meta.db", "half a page");
	write_file(f, "log.0000000002", "and no log");
	assert_int_equal(fixture_reopen(f), 0);
	assert_int_equal(find(f, "key"), ERR_NOT_FOUND);
	assert_int_equal(access(path_of(f, "making"), F_OK), -1);
	assert_int_equal(put(f, "key"), 0);
	assert_int_equal(fixture_reopen(f), 0);
	assert_int_equal(find(f, "key"), 0);
}

static void recovery_writes_no_log_full_of_zeros(void **state)
{
	struct fixture *f = *state;
	struct stat about;

	assert_int_equal(put(f, "first"), 0);
	assert_int_equal(fixture_reopen(f), 0);
	assert_int_equal(put(f, "second"), 0);
	assert_int_equal(fixture_reopen(f), 0);
	assert_int_equal(find(f, "first"), 0);
	assert_int_equal(find(f, "second"), 0);
	assert_int_equal(stat(path_of(f, "log.0000000001"), &about), 0);
	assert_in_range(about.st_blocks * 512, 1, LITTLE);
}

/* As Berkeley DB leaves it: 512 bytes, a magic number of its own where a database has one. */
static void put_file(const struct fixture *f, const char *name, uint32_t magic)
{
	uint8_t bytes[512] = {0};
	char path[128];
	FILE *file;

	memcpy(bytes + 12, &magic, sizeof(magic));
	snprintf(path, sizeof(path), "%s/%s", f->home, name);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes, sizeof(bytes), 1, file), 1);
	fclose(file);
}

static bool is_there(const struct fixture *f, const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", f->home, name);
	return !access(path, F_OK);
}

static void what_holds_the_name_of_a_file_that_is_gone_goes(void **state)
{
	enum { HELD = 0x030800, OTHER = 0x053162 };
	struct fixture *f = *state;

	put_file(f, "process-0118.db", HELD);
	put_file(f, "process-0119.db", OTHER);
	put_file(f, "held.txt", HELD);
	assert_int_equal(fixture_reopen(f), 0);
	assert_false(is_there(f, "process-0118.db"));
	assert_true(is_there(f, "process-0119.db"));
	assert_true(is_there(f, "held.txt"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_new_store_is_not_marked_any_more),
		TEST(a_store_that_was_never_ready_is_begun_anew),
		TEST(recovery_writes_no_log_full_of_zeros),
		TEST(what_holds_the_name_of_a_file_that_is_gone_goes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
