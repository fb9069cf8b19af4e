#include "storage/reserve.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <setjmp.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

enum { SIZE = 2 * 1024 * 1024 };

static int make_home(void **state)
{
	char *home = strdup("/tmp/batchd-reserve-XXXXXX");

	*state = mkdtemp(home);
	return *state ? 0 : -1;
}

static int remove_home(void **state)
{
	reserve_give_up(*state);
	rmdir(*state);
	free(*state);
	return 0;
}

static int64_t size_of_reserve(const char *home)
{
	char path[256];
	struct stat about;

	snprintf(path, sizeof(path), "%s/reserve", home);
	return stat(path, &about) ? -1 : (int64_t)about.st_size;
}

static void a_reserve_takes_up_its_size(void **state)
{
	assert_int_equal(reserve_keep(*state, SIZE), 0);
	assert_int_equal(size_of_reserve(*state), SIZE);
}

static void a_reserve_is_given_up_once(void **state)
{
	assert_int_equal(reserve_keep(*state, SIZE), 0);
	assert_true(reserve_give_up(*state));
	assert_int_equal(size_of_reserve(*state), -1);
	assert_false(reserve_give_up(*state));
}

static void without_a_size_there_is_none(void **state)
{
	assert_int_equal(reserve_keep(*state, 0), 0);
	assert_int_equal(size_of_reserve(*state), -1);
}

static void no_disk_has_room_for_everything(void **state)
{
	assert_true(reserve_room_is_low(*state, UINT64_MAX));
	assert_false(reserve_room_is_low(*state, 1));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_home, remove_home)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_reserve_takes_up_its_size),
		TEST(a_reserve_is_given_up_once),
		TEST(without_a_size_there_is_none),
		TEST(no_disk_has_room_for_everything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
