/*
 * A store in a directory of its own, opened afresh for each test and gone after it.
 */
#ifndef TESTS_STORAGE_FIXTURE_H
#define TESTS_STORAGE_FIXTURE_H

#include "storage/store.h"
#include "storage/txn.h"

enum { FIXTURE_ONE, FIXTURE_OTHER, FIXTURE_DIRECTORY, FIXTURE_DEAD, FIXTURE_MARK, FIXTURE_TABLES };

struct fixture {
	struct arena arena;
	struct error error;
	char home[64];
	struct store *store;
};

int fixture_set_up(void **state);
int fixture_tear_down(void **state);

/* Opens the store that was closed; code of store_open(). */
int fixture_open(struct fixture *fixture);

/* Runs BODY in a process of its own that opens the store, here closed before; its status, of
 * waitpid(). The process ends with 100 when the store does not open, with 0 when BODY returns. */
int fixture_in_child(struct fixture *fixture, void (*body)(struct fixture *fixture, void *arg),
		     void *arg);

/* Opens the store again, as after a clean stop; *CODE of store_open(). */
int fixture_reopen(struct fixture *fixture);

/* Runs BODY in a transaction of its own. */
int fixture_run(struct fixture *fixture, txn_body body, void *arg);

#endif
