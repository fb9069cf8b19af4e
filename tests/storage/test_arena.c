/* Memory of one request. */
#include "storage/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static int set_up(void **state)
{
	static struct arena arena;

	arena_init(&arena);
	*state = &arena;
	return 0;
}

static int tear_down(void **state)
{
	arena_clear(*state);
	return 0;
}

static void memory_is_zeroed_and_aligned(void **state)
{
	static const char zeros[100];
	size_t size;

	for (size = 1; size < sizeof(zeros); size++) {
		void *memory = arena_alloc(*state, size);

		assert_int_equal((uintptr_t)memory % 16, 0);
		assert_memory_equal(memory, zeros, size);
		memset(memory, 0xff, size);
	}
}

static void a_rewound_arena_hands_out_zeroed_memory_again(void **state)
{
	struct arena *arena = *state;
	struct arena_mark mark = arena_mark(arena);
	size_t total = arena->total;
	char *text = arena_strdup(arena, "before");

	memset(arena_alloc(arena, 1 << 20), 0xff, 1 << 20);
	assert_true(arena->total >= 1 << 20);
	arena_rewind(arena, mark);
	assert_int_equal(arena->total, total);
	text = arena_alloc(arena, 6);
	assert_memory_equal(text, "\0\0\0\0\0\0", 6);
}

static void what_was_there_before_the_mark_stays(void **state)
{
	struct arena *arena = *state;
	char *kept = arena_strdup(arena, "kept");
	struct arena_mark mark = arena_mark(arena);
	int i;

	for (i = 0; i < 100; i++)
		arena_alloc(arena, 5000);
	arena_rewind(arena, mark);
	arena_printf(arena, "%d over what was given back", 1);
	assert_string_equal(kept, "kept");
}

static void texts_are_copied_up_to_their_length(void **state)
{
	assert_string_equal(arena_strndup(*state, "abcdef", 3), "abc");
	assert_string_equal(arena_strndup(*state, "", 0), "");
	assert_null(arena_strdup(*state, NULL));
	assert_string_equal(arena_printf(*state, "%s-%05d", "x", 42), "x-00042");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(memory_is_zeroed_and_aligned, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_rewound_arena_hands_out_zeroed_memory_again,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_was_there_before_the_mark_stays, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(texts_are_copied_up_to_their_length, set_up,
						tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
