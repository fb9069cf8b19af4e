/*
 * Running instances as they are stored, for lists: rows, without model, history or a command.
 *
 * A list that names its instances reads those alone, one whose filters have lists in the index
 * (core/runtime/running_narrow.h) what is in these; any other walks over all of them. Only the
 * kinds of rows that it looks at are decoded.
 */
#ifndef CORE_RUNTIME_RUNNING_SCAN_H
#define CORE_RUNTIME_RUNNING_SCAN_H

#include "core/runtime/kinds.h"
#include "core/runtime/running_index.h"
#include "core/runtime/serials.h"
#include "storage/txn.h"

struct running_scan {
	struct txn *txn;
	struct scan scan;
	uint64_t want;
	const struct serials *only;
	size_t at;
	struct running_walk *walk; /* over lists, instead */
	uint64_t serial;           /* of the instance handed out last */
	/* where the instances of a list lie close together, the table is read on */
	unsigned near;     /* how many in a row were close behind each other */
	unsigned restarts; /* of reading on */
	bool reads_on;
	uint64_t ahead; /* serial number of the record read last, and its value */
	struct bytes value;
	bool tasks_too; /* behind all instances come the tasks without one */
	bool at_tasks;
};

/*
 * Starts a walk in order of serial numbers, which is that of ids; ONLY (sorted;
 * NULL = all) stays the caller's. WANT: the kinds of rows (1 << enum running_row) beside the
 * instance's own.
 */
void running_scan_start(struct running_scan *scan, struct txn *txn, const struct serials *only,
			uint64_t want);

/*
 * The same, and then the tasks without a process instance (core/runtime/standalone.h), whose row of
 * the instance names none.
 */
void running_scan_start_tasks(struct running_scan *scan, struct txn *txn,
			      const struct serials *only, uint64_t want);

/* The same over the instances of LISTS alone. */
int running_scan_start_lists(struct running_scan *scan, struct txn *txn,
			     const struct running_lists *lists, uint64_t want);

/* The same from serial number FROM on. */
void running_scan_start_at(struct running_scan *scan, struct txn *txn, uint64_t from,
			   uint64_t want);

/* The rows of the next, in ARENA. ERR_NOT_FOUND behind the last. */
int running_scan_next(struct running_scan *scan, struct arena *arena,
		      struct rows rows[RUNNING_MAX]);

/* Serial number of the instance whose own id ID is. False when it is no such id. */
bool running_serial(const struct store *store, const char *id, uint64_t *ret);

/* The rows of the instance whose own id ID is, in TXN's arena. ERR_NOT_FOUND. */
int running_get(struct txn *txn, const char *id, uint64_t want, struct rows rows[RUNNING_MAX]);

#endif
