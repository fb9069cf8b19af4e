/*
 * The history: archives of process instances, decision instances and user operations, what is in
 * memory of them, and the thread that purges what was buried.
 */
#ifndef CORE_HISTORY_HISTORY_H
#define CORE_HISTORY_HISTORY_H

#include <pthread.h>
#include <stdatomic.h>

#include "core/engine.h"
#include "core/history/activity_totals.h"
#include "core/history/column.h"
#include "core/history/deleted_definitions.h"
#include "core/history/dictionary.h"
#include "core/history/kin.h"
#include "core/history/kinds.h"
#include "core/record/codec.h"
#include "storage/archive.h"

struct history {
	struct store *store;
	struct archive *processes, *decisions, *operations;
	struct columns *process_columns, *decision_columns, *operation_columns;
	struct kin *process_kin, *decision_kin;  /* the job executor's */
	struct dictionary *definitions;          /* of process instances */
	struct dictionary *decision_definitions; /* of decision instances */
	struct dictionary *tenants, *users, *variables;
	struct dictionary *shapes; /* of children: core/history/child_shape.h */
	struct deleted_definitions *deleted_definitions;
	struct activity_totals *activity_totals;
	struct child_totals *child_totals;
	struct key_index *key_index;
	pthread_mutex_t import_mutex; /* one import at a time */
	pthread_t purger;
	pthread_mutex_t purge_mutex;
	pthread_cond_t purge_wake;
	bool purge_stop, purge_due;
	void (*purge_done)(void *arg);
	void *purge_arg;
	_Atomic int64_t loose_logs_due; /* core/history/job_log_entry.h; TIME_NULL = not known */
	_Atomic uint64_t requests;      /* since the purge last gave way */
	_Atomic int64_t purge_code;     /* why purging last stopped; 0 = it did not */
	_Atomic uint64_t
		purge_steps; /* done since the start: a sign of life where no figure falls */
};

int history_open(struct history **ret, struct store *store, struct arena *arena);
void history_close(struct history *history);

/* Whether new process instances can be appended: not while an import has not ended. */
bool history_takes_instances(const struct history *history);

/*
 * A task without a process instance has a history of its own in the archive of process instances,
 * of which no query of instances knows: a row of process_instance_kind in the state of
 * STATE_STANDALONE_TASK, whose children name no instance. This is the id of that row: other things
 * may have the id that the task has.
 */
const char *history_standalone_id(struct arena *arena, const char *task_id);

bool history_is_standalone(const union slot *instance);

/* The keyed hash by which columns know ids and business keys; 0 for NULL. */
uint64_t history_hash(const struct history *history, const char *text);

/* Number of the visible process instance ID. ERR_NOT_FOUND. */
int history_find_process(struct txn *txn, struct history *history, const char *id, uint64_t *ret);

/* The same of a task without a process instance. */
int history_find_standalone(struct txn *txn, struct history *history, const char *task_id,
			    uint64_t *ret);

/* The same of a decision instance. */
int history_find_decision(struct txn *txn, struct history *history, const char *id, uint64_t *ret);

/*
 * Decodes the record of a process instance: rows[ROW_INSTANCE] and the kinds of WANT (bits of enum
 * process_row). Children know their instance. ERR_NOT_FOUND when it was purged meanwhile.
 */
int history_read_process(struct txn *txn, struct history *history, uint64_t number, uint64_t want,
			 struct rows rows[ROW_MAX]);

/* The same of its RECORD, which was read already: for those who read many. */
int history_unpack_process(struct arena *arena, struct history *history, uint64_t number,
			   struct bytes record, uint64_t want, struct rows rows[ROW_MAX]);

/* One row of a decision instance or user operation, whose archive COLUMNS mirror. */
int history_read_row(struct txn *txn, const struct columns *columns, uint64_t number,
		     const struct kind *kind, union slot **ret);
int history_unpack_row(struct arena *arena, const struct columns *columns, uint64_t number,
		       struct bytes record, const struct kind *kind, union slot **ret);

/*
 * Lays the removal time that was set since (core/history/summary.h) over the rows of an instance:
 * those who decode its record themselves call it.
 */
void history_lay_over(const struct history *history, uint64_t number, struct rows rows[ROW_MAX]);

/* The removal time alone: for those who store the rows again, with what the definition was. */
void history_lay_removal_time(const struct history *history, uint64_t number,
			      struct rows rows[ROW_MAX]);

/* Parts of a text of `definitions`, behind the id and the key. */
enum { DEFINITION_PART_NAME = 2, DEFINITION_PART_VERSION };

/*
 * Part INDEX of DICTIONARY's text NUMBER as the API knows it: a definition that was deleted has no
 * name and no version any more (semantics.md 5.1). Other dictionaries' parts are what they are.
 */
const char *history_part(const struct history *history, struct dictionary *dictionary,
			 struct arena *arena, uint32_t number, unsigned index);

/* Gives children that were stored without it the id of their instance, if they have one. */
void history_adopt(struct rows rows[ROW_MAX]);

#endif
