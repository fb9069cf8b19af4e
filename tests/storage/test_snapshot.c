/* Snapshots: found when they fit, gone when they are dropped. */
#include "storage/snapshot.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/storage/fixture.h"

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

enum { LAYOUT = 7 };

static const char said[] = "what takes long to read together";

static void save(struct fixture *f, const char *name)
{
	assert_int_equal(snapshot_prepare(f->store, name, LAYOUT, said, sizeof(said)), 0);
	assert_int_equal(snapshot_publish(f->store, name), 0);
}

static bool is_mapped(struct fixture *f, const char *name, uint32_t layout, size_t size)
{
	void *bytes;
	int code = snapshot_map(f->store, name, layout, size, &bytes);

	if (code) {
		assert_int_equal(code, ERR_NOT_FOUND);
		return false;
	}
	assert_memory_equal(bytes, said, size);
	memset(bytes, 0, size); /* nobody else's business */
	snapshot_unmap(bytes, size);
	return true;
}

static void a_snapshot_is_found_after_a_restart(void **state)
{
	struct fixture *f = *state;

	assert_false(is_mapped(f, "s", LAYOUT, sizeof(said)));
	save(f, "s");
	assert_true(is_mapped(f, "s", LAYOUT, sizeof(said)));
	assert_int_equal(fixture_reopen(f), 0);
	assert_true(is_mapped(f, "s", LAYOUT, sizeof(said)));
}

static void what_was_only_prepared_is_not_looked_at(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(snapshot_prepare(f->store, "s", LAYOUT, said, sizeof(said)), 0);
	assert_false(is_mapped(f, "s", LAYOUT, sizeof(said)));
}

static void what_was_prepared_for_nothing_is_removed(void **state)
{
	struct fixture *f = *state;

	save(f, "kept");
	assert_int_equal(snapshot_prepare(f->store, "s", LAYOUT, said, sizeof(said)), 0);
	assert_int_equal(snapshot_drop_prepared(f->store), 0);
	assert_int_equal(snapshot_publish(f->store, "s"), ENOENT);
	assert_true(is_mapped(f, "kept", LAYOUT, sizeof(said)));
}

static void what_is_mapped_stays_when_another_is_prepared(void **state)
{
	static const char other[sizeof(said)] = "another";
	struct fixture *f = *state;
	void *bytes;

	assert_int_equal(snapshot_prepare(f->store, "s", LAYOUT, said, sizeof(said)), 0);
	assert_int_equal(snapshot_map_prepared(f->store, "s", LAYOUT, sizeof(said), &bytes), 0);
	assert_int_equal(snapshot_prepare(f->store, "s", LAYOUT, other, sizeof(other)), 0);
	assert_memory_equal(bytes, said, sizeof(said));
	snapshot_unmap(bytes, sizeof(said));
}

static void another_layout_or_size_does_not_fit(void **state)
{
	struct fixture *f = *state;

	save(f, "s");
	assert_false(is_mapped(f, "s", LAYOUT + 1, sizeof(said)));
	assert_false(is_mapped(f, "s", LAYOUT, sizeof(said) - 1));
}

static void one_of_another_store_does_not_fit(void **state)
{
	struct fixture *f = *state, *other;
	char from[128], to[128];
	void *fresh;

	save(f, "s");
	assert_int_equal(fixture_set_up(&fresh), 0);
	other = fresh;
	snprintf(from, sizeof(from), "%s/s.snapshot", f->home);
	snprintf(to, sizeof(to), "%s/s.snapshot", other->home);
	assert_int_equal(rename(from, to), 0);
	assert_false(is_mapped(other, "s", LAYOUT, sizeof(said)));
	assert_int_equal(fixture_tear_down(&fresh), 0);
}

static void a_dropped_one_is_gone(void **state)
{
	struct fixture *f = *state;

	save(f, "s");
	save(f, "t");
	save(f, "u");
	assert_int_equal(snapshot_drop(f->store, "s"), 0);
	assert_int_equal(snapshot_drop(f->store, "s"), 0);
	assert_false(is_mapped(f, "s", LAYOUT, sizeof(said)));
	assert_true(is_mapped(f, "t", LAYOUT, sizeof(said)));
	assert_int_equal(snapshot_drop_all(f->home), 0);
	assert_false(is_mapped(f, "t", LAYOUT, sizeof(said)));
	assert_false(is_mapped(f, "u", LAYOUT, sizeof(said)));
	assert_int_equal(fixture_reopen(f), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_snapshot_is_found_after_a_restart),
		TEST(what_was_only_prepared_is_not_looked_at),
		TEST(what_was_prepared_for_nothing_is_removed),
		TEST(what_is_mapped_stays_when_another_is_prepared),
		TEST(another_layout_or_size_does_not_fit),
		TEST(one_of_another_store_does_not_fit),
		TEST(a_dropped_one_is_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
