#include "tests/storage/fixture.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *const tables[FIXTURE_TABLES] = {"one", "other", "directory", "dead", "mark"};

int fixture_open(struct fixture *fixture)
{
	struct store_options options = {
		.home = fixture->home,
		.cache_size = 8 << 20,
		.tables = tables,
		.table_count = FIXTURE_TABLES,
	};

	return store_open(&fixture->store, &options, &fixture->arena, &fixture->error);
}

int fixture_set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	arena_init(&fixture->arena);
	strcpy(fixture->home, "/tmp/batchd-test-XXXXXX");
	*state = fixture;
	return mkdtemp(fixture->home) ? fixture_open(fixture) : -1;
}

static int remove_one(const char *path, const struct stat *stat, int type, struct FTW *ftw)
{
	(void)stat;
	(void)type;
	(void)ftw;
	return remove(path);
}

int fixture_tear_down(void **state)
{
	struct fixture *fixture = *state;
	int code;

	if (fixture->store)
		store_close(fixture->store);
	code = nftw(fixture->home, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	arena_clear(&fixture->arena);
	free(fixture);
	return code;
}

int fixture_in_child(struct fixture *fixture, void (*body)(struct fixture *fixture, void *arg),
		     void *arg)
{
	pid_t child;
	int status;

	store_close(fixture->store);
	fixture->store = NULL;
	child = fork();
	if (!child) {
		if (fixture_open(fixture))
			_exit(100);
		body(fixture, arg);
		_exit(0);
	}
	return waitpid(child, &status, 0) == child ? status : -1;
}

int fixture_reopen(struct fixture *fixture)
{
	if (fixture->store)
		store_close(fixture->store);
	fixture->store = NULL;
	return fixture_open(fixture);
}

int fixture_run(struct fixture *fixture, txn_body body, void *arg)
{
	return txn_run(fixture->store, &fixture->arena, TXN_LAZY, body, arg);
}
