/*
 * Removal times that a batch sets: how the body says which, and what it comes to (semantics.md 2.3
 * to 2.5).
 */
#ifndef CORE_HISTORY_REMOVAL_TIME_H
#define CORE_HISTORY_REMOVAL_TIME_H

#include "core/request/request.h"
#include "core/config.h"
#include "core/history/column.h"
#include "core/history/operation_log.h"

enum removal_time_mode {
	REMOVAL_TIME_UNSET,
	REMOVAL_TIME_ABSOLUTE,
	REMOVAL_TIME_CLEARED,
	REMOVAL_TIME_CALCULATED,
};

struct removal_time {
	enum removal_time_mode mode;
	int64_t time; /* of ABSOLUTE; TIME_NULL = none */
	bool hierarchical;
};

/* From the body; a second mode is refused. */
int removal_time_bind(struct request *request, struct removal_time *ret);

/* What is kept of it with the batch: JSON text in ARENA; EXTRA are further members, or "". */
const char *removal_time_configuration(struct arena *arena, const struct removal_time *removal_time,
				       const char *extra);

/* Reads it back. */
int removal_time_read(const struct json *configuration, struct removal_time *ret);

/* Adds mode and time to an operation. */
void removal_time_log(struct logged_operation *operation, struct arena *arena,
		      const struct removal_time *removal_time);

/*
 * The new value of something that began at START and ended at END (TIME_NULL = not yet), kept for
 * DAYS (SETTING_NULL = no time to live).
 */
int64_t removal_time_value(const struct removal_time *removal_time, const struct config *config,
			   int64_t start, int64_t end, int64_t days);

/*
 * Gives the rows NUMBERS (ascending) the removal times VALUES: over whatever their records say, of
 * themselves and of all that is in them. Those purged meanwhile are passed over.
 */
int removal_times_write(struct txn *txn, struct columns *columns, const uint64_t *numbers,
			const int64_t *values, size_t count);

#endif
