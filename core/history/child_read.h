/*
 * Reads instance by instance the rows that a query of children looks at.
 */
#ifndef CORE_HISTORY_CHILD_READ_H
#define CORE_HISTORY_CHILD_READ_H

#include "core/history/child_match.h"
#include "storage/archive_reader.h"

struct child_reader {
	struct request *request;
	const struct child_query *query;
	struct arena arena; /* of the rows in hand */
	struct archive_reader records;
	struct rows rows[ROW_MAX];
};

/* QUERY stays the caller's, and lives until child_reader_clear(). */
void child_reader_init(struct child_reader *reader, struct request *request,
		       const struct child_query *query);
void child_reader_clear(struct child_reader *reader);

/*
 * Fills reader->rows for instance NUMBER, until the next call: the kinds that the query wants, with
 * what no record holds. Nothing when it was deleted meanwhile. ERR_STOPPED.
 */
int child_reader_read(struct child_reader *reader, uint64_t number);

#endif
