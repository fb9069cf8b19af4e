/*
 * The user operation log, as it is written here (semantics.md 2.15): who did what.
 *
 * An operation leaves one entry for each property that it changed, all with one operation id, or
 * one without a property. Nothing is written without an authenticated user, or below history level
 * full. Entries are rows of user_operation_kind in the archive of operations; while an import that
 * has not ended stands in their way they wait, and become visible at its end.
 */
#ifndef CORE_HISTORY_OPERATION_LOG_H
#define CORE_HISTORY_OPERATION_LOG_H

#include "core/request/request.h"
#include "storage/txn.h"

enum { OPERATION_CHANGES_MAX = 10, OPERATION_PLACES_MAX = 8 };

struct operation_change {
	const char *property;
	const char *old_value, *new_value; /* or NULL */
	const char *entity;                /* NULL: the operation's */
};

/* What an operation belongs to: a field of user_operation_kind. */
struct operation_place {
	const char *field, *text;
};

struct logged_operation {
	const char *type, *entity; /* as the engine calls them */
	size_t place_count;
	struct operation_place places[OPERATION_PLACES_MAX]; /* beside those that follow */
	const char *batch_id, *job_id, *job_definition_id;
	const char *deployment_id, *process_definition_id, *process_definition_key;
	const char *annotation;
	const int64_t *removal_time; /* NULL: none */
	size_t count;
	struct operation_change changes[OPERATION_CHANGES_MAX];
};

/* Says what the operation belongs to: FIELD is as in the API; TEXT may be NULL. */
void operation_place(struct logged_operation *operation, const char *field, const char *text);

/* Adds a changed property; NEW may be NULL. */
void operation_add(struct logged_operation *operation, const char *property, const char *new_value);

/* The same with a number, or a truth. */
void operation_add_number(struct logged_operation *operation, struct arena *arena,
			  const char *property, int64_t number);
void operation_add_flag(struct logged_operation *operation, const char *property, bool flag);

/* Runs BODY, which may write operations of REQUEST, in a synced transaction of KIND. */
int operation_log_run(struct request *request, unsigned kind, txn_body body, void *arg);

/* The id that all operations of REQUEST have, in it; NULL when none is logged. */
const char *operation_log_id(struct request *request);

/* Writes the entries of OPERATION, within operation_log_run(). */
int operation_log_write(struct txn *txn, struct request *request,
			const struct logged_operation *operation);

/* Where entries are in their archive. */
struct operation_numbers {
	uint64_t first;
	size_t count; /* 0: they are not there yet */
};

/* The same, and says where they are. */
int operation_log_write_at(struct txn *txn, struct request *request,
			   const struct logged_operation *operation, struct operation_numbers *ret);

/* Lets what waited for the end of an import become visible. Call it at such an end. */
int operation_log_settle(struct engine *engine, struct arena *arena);

#endif
