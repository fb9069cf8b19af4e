/* The latest version of a key and tenant, whatever is stored and deleted in which order. */
#include "core/process/latest_definition.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/schema.h"
#include "tests/core/engine_fixture.h"

#define TEST(name)                                                                                 \
	cmocka_unit_test_setup_teardown(name, engine_fixture_set_up, engine_fixture_tear_down)

/* A definition to be stored; version 0: to be deleted. */
struct change {
	const char *id, *key, *tenant;
	int64_t version;
};

static int change_body(struct txn *txn, void *arg)
{
	const struct change *change = arg;
	union slot *row = row_new(txn->arena, &process_definition_kind);

	if (!change->version)
		return definition_delete(txn, &process_definition_kind, change->id);
	row[DEFINITION_ID].s = change->id;
	row[DEFINITION_KEY].s = change->key;
	row[DEFINITION_TENANT_ID].s = change->tenant;
	row[DEFINITION_VERSION].i = change->version;
	return definition_put(txn, &process_definition_kind, row);
}

static void apply(struct engine_fixture *fixture, struct change change)
{
	engine_fixture_run(fixture, change_body, &change, 0);
}

static const char *latest(struct engine_fixture *fixture, const char *key, const char *tenant)
{
	struct txn reader = txn_reader(fixture->engine.store, &fixture->arena);
	union slot *row;
	int code = definition_find_latest(&reader, &process_definition_kind, key, tenant, &row);

	if (code == ERR_NOT_FOUND)
		return "none";
	assert_int_equal(code, 0);
	return row[DEFINITION_ID].s;
}

static void the_highest_version_is_the_latest(void **state)
{
	struct engine_fixture *fixture = *state;

	assert_string_equal(latest(fixture, "k", NULL), "none");
	apply(fixture, (struct change){"b", "k", NULL, 2});
	apply(fixture, (struct change){"a", "k", NULL, 1});
	apply(fixture, (struct change){"c", "k", "north", 9});
	apply(fixture, (struct change){"d", "k", "", 4});
	apply(fixture, (struct change){"e", "other", NULL, 7});
	assert_string_equal(latest(fixture, "k", NULL), "b");
	assert_string_equal(latest(fixture, "k", "north"), "c");
	assert_string_equal(latest(fixture, "k", ""), "d");
	assert_string_equal(latest(fixture, "k", "south"), "none");
	apply(fixture, (struct change){"f", "k", NULL, 10});
	assert_string_equal(latest(fixture, "k", NULL), "f");
}

static void deletions_bring_the_one_before_back(void **state)
{
	struct engine_fixture *fixture = *state;

	apply(fixture, (struct change){"a", "k", NULL, 1});
	apply(fixture, (struct change){"b", "k", NULL, 2});
	apply(fixture, (struct change){"c", "k", NULL, 3});
	apply(fixture, (struct change){"b", NULL, NULL, 0});
	assert_string_equal(latest(fixture, "k", NULL), "c");
	apply(fixture, (struct change){"c", NULL, NULL, 0});
	assert_string_equal(latest(fixture, "k", NULL), "a");
	apply(fixture, (struct change){"a", NULL, NULL, 0});
	assert_string_equal(latest(fixture, "k", NULL), "none");
}

/* As an import does that brings a definition again, otherwise. */
static void a_definition_may_change(void **state)
{
	struct engine_fixture *fixture = *state;

	apply(fixture, (struct change){"a", "k", NULL, 1});
	apply(fixture, (struct change){"b", "k", NULL, 3});
	apply(fixture, (struct change){"c", "k", NULL, 2});
	apply(fixture, (struct change){"b", "k", NULL, 1});
	assert_string_equal(latest(fixture, "k", NULL), "c");
	apply(fixture, (struct change){"c", "moved", NULL, 2});
	assert_string_not_equal(latest(fixture, "k", NULL), "c");
	assert_string_equal(latest(fixture, "moved", NULL), "c");
}

/* What a store of an earlier version lacks. */
static int forget_body(struct txn *txn, void *arg)
{
	static const uint8_t first[] = {26}, behind[] = {27};

	(void)arg;
	TRY(txn_delete(txn, TABLE_STATE, "latest-definitions", 18));
	return txn_delete_range(txn, TABLE_DEFINITION, (struct bytes){first, 1},
				(struct bytes){behind, 1});
}

static void an_older_store_gets_its_records(void **state)
{
	struct engine_fixture *fixture = *state;

	apply(fixture, (struct change){"a", "k", NULL, 1});
	apply(fixture, (struct change){"b", "k", NULL, 2});
	engine_fixture_run(fixture, forget_body, NULL, 0);
	assert_string_equal(latest(fixture, "k", NULL), "none");
	engine_fixture_reopen(fixture);
	assert_string_equal(latest(fixture, "k", NULL), "b");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_highest_version_is_the_latest),
		TEST(deletions_bring_the_one_before_back),
		TEST(a_definition_may_change),
		TEST(an_older_store_gets_its_records),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
