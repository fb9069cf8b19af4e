/*
 * Statistics: what many process instances add up to, told from the columns where they can tell, and
 * from the records, one after the other, where they cannot. All may last: ERR_STOPPED when nobody
 * waits for the answer any more.
 */
#ifndef CORE_HISTORY_STATISTICS_H
#define CORE_HISTORY_STATISTICS_H

#include "core/history/plan.h"
#include "core/history/tally.h"
#include "core/request/request.h"

/*
 * Calls TAKE with the rows (by enum process_row; kinds of WANT) of every running instance whose
 * summary has one of FLAGS (0 = any), and whose definition's place in TABLE is not 0 (NULL = any;
 * by number of history->definitions). Rows are there during the call only.
 */
int statistics_running(struct request *request, const uint8_t *table, uint8_t flags, uint64_t want,
		       void (*take)(void *arg, const struct rows *rows), void *arg);

/* The table of a definition by its id, for the above and for condition_table(); in ARENA. */
const uint8_t *statistics_definition(struct history *history, struct arena *arena, const char *id);

/* Running instances by number of history->definitions, from 1 to *RET_COUNT. */
int statistics_count_running(struct request *request, int64_t **ret, uint32_t *ret_count);

/* What is counted of a definition's activities: a row of activity_statistics_kind. */
struct activity_tally {
	const char *id;
	int64_t instances; /* that run */
	int64_t canceled, finished, complete_scope;
	int64_t open_incidents, resolved_incidents, deleted_incidents;
};

extern const struct kind activity_statistics_kind;

struct activity_asked {
	bool canceled, finished, complete_scope, incidents;
};

/*
 * Counts activities of the definition ID in the instances that PLAN selects, into tallies of struct
 * activity_tally; what is not asked for stays 0, and activities of which nothing asked for was
 * found stay away. PLAN is run and must not have conditions on records. Instances that may have
 * ended are looked at one by one: a record each.
 */
int statistics_activities(struct plan *plan, const char *id, const struct activity_asked *asked,
			  struct tallies *ret);

/* How often a decision was evaluated: a row of decision_statistics_kind. */
struct decision_tally {
	const char *key;
	int64_t evaluations;
};

extern const struct kind decision_statistics_kind;

/*
 * Counts evaluations of the decisions of REQUIREMENTS (a definition's id) by decision key, into
 * tallies of struct decision_tally; with INSTANCE only that evaluation and those that it is the
 * root of.
 */
int statistics_decisions(struct request *request, const char *requirements, const char *instance,
			 struct tallies *ret);

/* Whether an activity of that type is only a scope around others: no execution stands in it. */
bool activity_is_scope(const char *type);

#endif
