/*
 * How often a job runs that sets removal times in chunks (semantics.md 2.4): a run changes at most
 * a chunk of the rows of each of the original's tables, and while one of them had so many there is
 * another run; the process instances themselves come last.
 */
#ifndef CORE_BATCH_TABLE_COUNTS_H
#define CORE_BATCH_TABLE_COUNTS_H

#include <stdint.h>

#include "core/history/history.h"

/*
 * The original's tables: those of an instance's own rows are numbered as these. What it keeps apart
 * of variables and logs, byte arrays, does not count (seen with 7.24.0).
 */
enum {
	TABLE_OPERATION = ROW_MAX,
	TABLE_DECISION,
	TABLE_DECISION_INPUT,
	TABLE_DECISION_OUTPUT,
	TABLE_COUNT,
};

/* Rows that get another removal time, by table. */
struct table_counts {
	uint32_t rows[TABLE_COUNT];
};

/* Adds those of process instance NUMBER, whose removal time becomes VALUE; none when it is gone. */
int table_counts_add_process(struct txn *txn, struct history *history, uint64_t number,
			     int64_t value, struct table_counts *counts);

/* The same of a decision instance with its inputs and outputs. */
int table_counts_add_decision(struct txn *txn, struct history *history, uint64_t number,
			      int64_t value, struct table_counts *counts);

/* The same of a user operation. */
int table_counts_add_operation(struct txn *txn, struct history *history, uint64_t number,
			       int64_t value, struct table_counts *counts);

/* How often the job runs; at most 60 000 times, as a job's log has room for. */
uint32_t table_counts_runs(const struct table_counts *counts, uint32_t chunk);

#endif
