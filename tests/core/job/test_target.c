/* What a batch works on, stored and read back. */
#include "core/job/target.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "tests/core/engine_fixture.h"

#define TEST(name)                                                                                 \
	cmocka_unit_test_setup_teardown(name, engine_fixture_set_up, engine_fixture_tear_down)

enum { NUMBERS = 5000, TEXTS = 5000 };

static const char uuid[] = "0f8fad5b-d9cb-469f-a165-70867728950e";

static int put_body(struct txn *txn, void *arg)
{
	return target_put(txn, 7, arg);
}

static int delete_body(struct txn *txn, void *arg)
{
	(void)arg;
	return target_delete(txn, 7);
}

/* Numbers in two mappings, so that they fall back once; then texts of every sort. */
static void put_items(struct engine_fixture *f)
{
	struct target target = {.number_count = NUMBERS, .name_count = TEXTS};
	uint64_t i;

	target.numbers = arena_array(&f->arena, NUMBERS, sizeof(uint64_t));
	for (i = 0; i < NUMBERS; i++)
		target.numbers[i] = i < 4000 ? i * 3 + 1000000 : i;
	target.names = arena_array(&f->arena, TEXTS, sizeof(*target.names));
	for (i = 0; i < TEXTS; i++)
		target.names[i] =
			target_name_of(i % 3 == 0   ? uuid
				       : i % 3 == 1 ? ""
						    : arena_printf(&f->arena, "text %d", (int)i));
	target.names[TEXTS - 1] = target_name_of(NULL);
	engine_fixture_run(f, put_body, &target, 0);
}

static void items_come_back_from_any_place_and_in_any_number(void **state)
{
	struct engine_fixture *f = *state;
	struct txn reader = txn_reader(f->engine.store, &f->arena);
	struct target_items items;

	put_items(f);
	assert_int_equal(target_get(&reader, 7, 3998, 4, &items), 0);
	assert_int_equal(items.numbers[0], 3998 * 3 + 1000000);
	assert_int_equal(items.numbers[1], 3999 * 3 + 1000000);
	assert_int_equal(items.numbers[2], 4000);
	assert_int_equal(items.numbers[3], 4001);
	assert_null(items.texts);
	assert_int_equal(target_get(&reader, 7, 0, NUMBERS + TEXTS, &items), 0);
	assert_int_equal(items.numbers[0], 1000000);
	assert_int_equal(items.numbers[4097], 4097);
	assert_string_equal(items.texts[NUMBERS], uuid);
	assert_string_equal(items.texts[NUMBERS + 4], "");
	assert_string_equal(items.texts[NUMBERS + 5], "text 5");
}

static void texts_stand_behind_the_numbers(void **state)
{
	struct engine_fixture *f = *state;
	struct txn reader = txn_reader(f->engine.store, &f->arena);
	struct target_items items;

	put_items(f);
	assert_int_equal(target_get(&reader, 7, NUMBERS - 1, 3, &items), 0);
	assert_int_equal(items.numbers[0], NUMBERS - 1);
	assert_null(items.texts[0]);
	assert_true(items.numbers[1] == UINT64_MAX);
	assert_string_equal(items.texts[1], uuid);
	assert_string_equal(items.texts[2], "");
}

static void a_null_among_the_ids_stays_null(void **state)
{
	struct engine_fixture *f = *state;
	struct txn reader = txn_reader(f->engine.store, &f->arena);
	struct target_items items;

	put_items(f);
	assert_int_equal(target_get(&reader, 7, NUMBERS + TEXTS - 1, 1, &items), 0);
	assert_null(items.texts[0]);
	assert_true(items.numbers[0] == UINT64_MAX);
}

static void nothing_is_left_after_deletion(void **state)
{
	struct engine_fixture *f = *state;
	struct txn reader = txn_reader(f->engine.store, &f->arena);
	struct target_items items;

	put_items(f);
	engine_fixture_run(f, delete_body, NULL, 0);
	assert_int_equal(target_get(&reader, 7, 0, 1, &items), ERR_CORRUPT);
}

/* The order was seen at the original, with jobs of unknown ids. */
static void names_stand_as_in_a_set_of_the_original(void **state)
{
	static const char *const wanted[] = {"nope", "gone", "x2-6", "x2-3", "x2-0"};
	union target_name names[5], later[2];
	size_t i;

	(void)state;
	for (i = 0; i < 5; i++)
		names[i] = target_name_of(wanted[4 - i]);
	assert_int_equal(target_names_unique(names, 5), 5);
	later[0] = target_name_of("gone");
	later[1] = target_name_of("nope");
	target_names_order(later, 2);
	assert_string_equal(later[0].other.text, "nope");
	target_names_order(names + 2, 3);
	for (i = 2; i < 5; i++)
		assert_string_equal(names[i].other.text, wanted[i]);
}

static void only_names_of_no_deployment_are_put_in_order(void **state)
{
	union target_name names[] = {target_name_of("gone"), target_name_of("gone"),
				     target_name_of("nope")};
	struct target_mapping mappings[] = {
		{"deployment", 3},
                {NULL,         4}
        };
	struct target target = {
		.mapping_count = 2, .mappings = mappings, .number_count = 4, .name_count = 3};

	(void)state;
	target.names = names;
	mappings[0].count = 5; /* four numbers and a name */
	mappings[1].count = 2;
	target_order(&target);
	assert_string_equal(names[0].other.text, "gone");
	assert_string_equal(names[1].other.text, "nope");
	assert_string_equal(names[2].other.text, "gone");
	target.mapping_count = 1; /* what a batch over one definition has */
	mappings[0].count = 7;
	target_order(&target);
	assert_string_equal(names[0].other.text, "nope");
	assert_string_equal(names[2].other.text, "gone");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(items_come_back_from_any_place_and_in_any_number),
		TEST(texts_stand_behind_the_numbers),
		TEST(a_null_among_the_ids_stays_null),
		TEST(nothing_is_left_after_deletion),
		TEST(names_stand_as_in_a_set_of_the_original),
		TEST(only_names_of_no_deployment_are_put_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
