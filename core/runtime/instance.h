/*
 * A process instance while it runs: all of it in memory, for the time of one command.
 *
 * On disk it is one record of table `running` under its serial number, and its history is a record
 * of the archive of process instances like any other, written anew with every change. Ids of the
 * instance and of whatever belongs to it say its serial number (core/id.h), so any of them leads
 * here. The history may be gone (deleted, or cleaned up): then the instance runs on without.
 *
 * A task without a process instance is held the same way, by itself: without definition, model,
 * executions and an id in its row (core/runtime/standalone.h).
 */
#ifndef CORE_RUNTIME_INSTANCE_H
#define CORE_RUNTIME_INSTANCE_H

#include "core/bpmn/model.h"
#include "core/engine.h"
#include "core/history/kinds.h"
#include "core/runtime/kinds.h"
#include "core/runtime/list.h"
#include "storage/txn.h"

struct command;

/* An entry of core/runtime/running_index.h. */
struct running_entry {
	struct bytes key;
	uint32_t count; /* of rows */
};

/* All of an instance, keys in order, each once; and how many rows of each kind it has. */
struct running_entries {
	size_t count;
	struct running_entry *items;
	uint32_t totals[RUNNING_MAX];
};

struct instance {
	struct command *command; /* that has it in hand */
	struct arena *arena;
	struct running_instance *row;
	uint64_t serial;
	uint64_t number; /* of its history, if `stored` */
	bool stored;     /* there was a record of it before this command */
	bool has_history;
	bool changed;
	bool starting; /* variables that are made now are initial (runtime.md 1.2) */
	const struct model *model;
	const union slot *definition; /* row of process_definition_kind */
	struct execution *root;
	struct instance_job *running; /* the job that moves it now, which is in no list */
	const char *standalone_id;    /* the task's, when it has no process instance; else NULL */
	const char *stored_parent;    /* such a task's parent, as it is stored */
	/* of the structs of core/runtime/kinds.h; incidents are rows */
	struct list executions, variables, tasks, identity_links, external_tasks, jobs, incidents;
	struct list transients; /* variables that are not stored */
	struct list dropped;    /* variables that this command removed: they may come back */
	struct list left;       /* variables of the root, when it has gone */
	/* external tasks as they were read: core/runtime/external_task_index.h follows changes */
	const struct external_task *indexed;
	size_t indexed_count;
	struct running_entries entries; /* as they were read: core/runtime/running_index.h */
	struct rows history[ROW_MAX];   /* as decoded; grow with instance_add_history() */
	struct bytes old_postings;      /* of the history as it was stored */
};

/* Serial number of the instance that ID names or belongs to. False when it is no such id. */
bool instance_serial(const struct store *store, const char *id, uint64_t *ret);

/*
 * Reads what runs of the instance SERIAL, in TXN's arena. ERR_NOT_FOUND when it does not run. Its
 * model and history are not read: see below.
 */
int instance_read(struct txn *txn, uint64_t serial, struct instance **ret);

/* The same from its VALUE in table `running`, in ARENA. */
int instance_of_record(struct arena *arena, uint64_t serial, struct bytes value,
		       struct instance **ret);

/* Reads definition and model, if it has one; instance_release() gives the model back. */
int instance_read_model(struct txn *txn, struct engine *engine, struct instance *instance,
			struct error *error);
void instance_release(struct engine *engine, struct instance *instance);

/* Reads the history, if it is there still. */
int instance_read_history(struct txn *txn, struct engine *engine, struct instance *instance);

/* A new one of the definition in ROW, without executions. Its history has the instance's row. */
struct instance *instance_new(struct arena *arena, const struct store *store, uint64_t serial,
			      const union slot *definition, const struct model *model);

/* A new one that consists of nothing yet but TASK, which has no process instance. */
struct instance *instance_new_standalone(struct arena *arena, uint64_t serial, struct task *task);

/* The next id for something that belongs to the instance. */
const char *instance_next_id(struct instance *instance, const struct store *store);

/* The record of what runs, without the history. */
struct bytes instance_encode(const struct instance *instance);

/* Adds an empty row of KIND to the history. */
union slot *instance_add_history(struct instance *instance, enum process_row kind);

/* The row of the history whose first field is ID, or NULL. */
union slot *instance_find_history(const struct instance *instance, enum process_row kind,
				  const char *id);

/* Takes the row out of the history. */
void instance_drop_history(struct instance *instance, enum process_row kind, const union slot *row);

/* What it consists of, by id; NULL when it has none such. */
struct execution *instance_execution(const struct instance *instance, const char *id);
struct task *instance_task(const struct instance *instance, const char *id);
struct external_task *instance_external_task(const struct instance *instance, const char *id);
struct instance_job *instance_job(const struct instance *instance, const char *id);

/* A walk over all running instances in order of their serial numbers, as instance_read() does. */
struct instance_scan {
	struct txn *txn;
	struct scan scan;
};

void instance_scan_start(struct instance_scan *scan, struct txn *txn);

/* The next one in ARENA. ERR_NOT_FOUND behind the last. */
int instance_scan_next(struct instance_scan *scan, struct arena *arena, struct instance **ret);

#endif
