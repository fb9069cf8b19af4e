/* Sub-instances of made-up roots: found ahead, found when they come later, not found when gone. */
#include "core/history/kin.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/core/history_fixture.h"

/* Instance i is a root when i % 4 is 0; the three behind it are its kin. */
enum { ALL = 400, FAMILY = 4 };

static char id_text[32];

static const char *id_of(uint32_t i)
{
	snprintf(id_text, sizeof(id_text), "instance-%u", i);
	return id_text;
}

static void put_one(struct buffer *text, uint32_t i, uint32_t root)
{
	char line[320], super[64] = "";

	if (i != root)
		snprintf(super, sizeof(super), "\"superProcessInstanceId\":\"instance-%u\",", root);
	snprintf(line, sizeof(line),
		 "{\"processInstance\":{\"id\":\"instance-%u\",\"rootProcessInstanceId\":"
		 "\"instance-%u\",%s"
		 "\"startTime\":\"2024-01-01T10:00:00.000+0000\",\"endTime\":"
		 "\"2024-01-01T11:00:00.000+0000\"}}\n",
		 i, root, super);
	buffer_put_text(text, line);
}

static void import(struct engine_fixture *f, struct buffer *text)
{
	buffer_put_u8(text, 0);
	history_fixture_import(f, (const char *)text->data, 1 << 16);
	buffer_clear(text);
}

static int set_up(void **state)
{
	struct buffer text;
	uint32_t i;

	if (engine_fixture_set_up(state))
		return -1;
	buffer_init(&text);
	for (i = 0; i < ALL; i++)
		put_one(&text, i, i - i % FAMILY);
	import(*state, &text);
	return 0;
}

static uint64_t hash_of(struct engine_fixture *f, uint32_t i)
{
	return history_hash(f->engine.history, id_of(i));
}

/* How many ROOT has, all of which have to be its own. */
static int count_kin(struct engine_fixture *f, struct kin *kin, uint32_t root)
{
	struct kin_walk walk = kin_of(kin, hash_of(f, root));
	uint64_t number;
	int count = 0;

	while (kin_next(&walk, &number)) {
		uint32_t i;

		for (i = 0; i < ALL; i++)
			if (i % FAMILY && history_fixture_number(f, id_of(i)) == number)
				break;
		assert_int_equal(i - i % FAMILY, root);
		count++;
	}
	return count;
}

static struct hash_map roots_of(struct engine_fixture *f, uint32_t first, uint32_t count)
{
	struct hash_map roots;
	uint32_t i;

	hash_map_init(&roots, count);
	for (i = 0; i < count; i++)
		hash_map_put(&roots, hash_of(f, (first + i) * FAMILY), 1);
	return roots;
}

static void kin_of_roots_is_known(void **state)
{
	struct engine_fixture *f = *state;
	struct kin *kin = kin_new(f->engine.history->process_columns, ALL);
	struct hash_map roots = roots_of(f, 3, 2);

	assert_true(kin_misses(kin, &roots));
	kin_know(kin, &roots, NULL, 0);
	assert_false(kin_misses(kin, &roots));
	assert_int_equal(count_kin(f, kin, 12), 3);
	assert_int_equal(count_kin(f, kin, 16), 3);
	hash_map_clear(&roots);
	roots = roots_of(f, 4, 2);
	assert_true(kin_misses(kin, &roots));
	hash_map_clear(&roots);
	kin_free(kin);
}

/* The numbers of instances FIRST to ALL - 1, and one that is none. */
static size_t numbers_from(struct engine_fixture *f, uint32_t first, uint64_t *numbers)
{
	size_t count = 0;

	for (; first < ALL; first++)
		numbers[count++] = history_fixture_number(f, id_of(first));
	numbers[count++] = UINT64_MAX;
	return count;
}

static void roots_ahead_are_known_too(void **state)
{
	struct engine_fixture *f = *state;
	struct kin *kin = kin_new(f->engine.history->process_columns, ALL);
	struct hash_map roots = roots_of(f, 0, 1), ahead = roots_of(f, 50, 50);
	uint64_t numbers[ALL + 1];
	size_t count = numbers_from(f, 200, numbers);

	kin_know(kin, &roots, numbers, count);
	assert_false(kin_misses(kin, &ahead));
	assert_int_equal(count_kin(f, kin, 396), 3);
	kin_forget(kin);
	assert_true(kin_misses(kin, &ahead));
	hash_map_clear(&roots);
	hash_map_clear(&ahead);
	kin_free(kin);
}

static void too_many_members_are_not_looked_for_ahead(void **state)
{
	struct engine_fixture *f = *state;
	struct kin *kin = kin_new(f->engine.history->process_columns, 100);
	struct hash_map roots = roots_of(f, 0, 40), ahead = roots_of(f, 50, 50);
	uint64_t numbers[ALL + 1];
	size_t count = numbers_from(f, 200, numbers);

	kin_know(kin, &roots, numbers, count);
	assert_int_equal(count_kin(f, kin, 0), 3);
	assert_int_equal(count_kin(f, kin, 156), 3);
	assert_true(kin_misses(kin, &ahead));
	kin_know(kin, &ahead, numbers, count); /* they are 150: known all the same */
	assert_int_equal(count_kin(f, kin, 396), 3);
	hash_map_clear(&roots);
	hash_map_clear(&ahead);
	kin_free(kin);
}

static void note_kin(struct kin_walk walk, bool *seen)
{
	uint64_t number;

	while (kin_next(&walk, &number))
		seen[number] = true;
}

static void kin_that_comes_later_is_known_and_what_is_gone_is_not(void **state)
{
	struct engine_fixture *f = *state;
	struct kin *kin = kin_new(f->engine.history->process_columns, ALL);
	struct hash_map roots = roots_of(f, 0, 1);
	bool seen[ALL + FAMILY] = {false};
	uint64_t gone = history_fixture_number(f, "instance-2");
	struct buffer text;

	kin_know(kin, &roots, NULL, 0);
	buffer_init(&text);
	put_one(&text, ALL, 0);
	put_one(&text, ALL + 1, 0);
	import(f, &text);
	assert_int_equal(history_fixture_delete(f, "instance-2"), 0);
	kin_know(kin, &roots, NULL, 0);
	note_kin(kin_of(kin, hash_of(f, 0)), seen);
	assert_true(seen[history_fixture_number(f, "instance-1")]);
	assert_true(seen[history_fixture_number(f, "instance-3")]);
	assert_true(seen[history_fixture_number(f, "instance-400")]);
	assert_true(seen[history_fixture_number(f, "instance-401")]);
	assert_false(seen[gone]);
	hash_map_clear(&roots);
	kin_free(kin);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, engine_fixture_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(kin_of_roots_is_known),
		TEST(roots_ahead_are_known_too),
		TEST(too_many_members_are_not_looked_for_ahead),
		TEST(kin_that_comes_later_is_known_and_what_is_gone_is_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
