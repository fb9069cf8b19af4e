/*
 * An arena, for tests of core/ that need no store. Times are those of UTC.
 */
#ifndef TESTS_CORE_ARENA_FIXTURE_H
#define TESTS_CORE_ARENA_FIXTURE_H

/* For cmocka: *STATE becomes the arena. */
int arena_fixture_set_up(void **state);
int arena_fixture_tear_down(void **state);

#endif
