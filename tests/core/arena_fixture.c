#include "tests/core/arena_fixture.h"

#include <stdlib.h>
#include <time.h>

#include "storage/arena.h"

int arena_fixture_set_up(void **state)
{
	static struct arena arena;

	setenv("TZ", "UTC", 1);
	tzset();
	arena_init(&arena);
	*state = &arena;
	return 0;
}

int arena_fixture_tear_down(void **state)
{
	arena_clear(*state);
	return 0;
}
