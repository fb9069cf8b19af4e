/*
 * A command: one change of running instances, all of it in one transaction or nothing.
 *
 * Its body finds or makes instances, changes them in memory, and lets them run until every token
 * waits (core/runtime/step.h). At its end all that changed is written: what runs, and the history.
 * An error with words leaves everything as it was. A body may run again after a conflict.
 */
#ifndef CORE_RUNTIME_COMMAND_H
#define CORE_RUNTIME_COMMAND_H

#include "core/request/request.h"
#include "core/runtime/instance.h"
#include "core/runtime/running_index.h"

struct operation;

struct command {
	struct engine *engine;
	struct txn *txn;
	struct arena *arena;
	struct error *error; /* words of a failure */
	struct arena *error_arena;
	const char *failed_activity_id; /* where a token stood when it failed, or NULL */
	const char *user;               /* who asks; NULL = nobody in particular */
	const char *operation_id;       /* of the user's operations; NULL = none is logged */
	struct request *request;        /* NULL: a job */
	int64_t now;
	struct external_task *external_task; /* whose errors' conditions are evaluated, or NULL */
	struct list instances;               /* all that were found or made */
	uint64_t last_serial;                /* the highest of theirs */
	/* operations that wait for their turn: core/runtime/step.h */
	struct operation *operations;
	bool moving; /* a token has taken a flow or entered an activity in this run */
	struct running_state state; /* so far as it is wanted: */
	bool has_state;
	uint64_t next_taken; /* serial number from the state's on; 0 = not looked for yet */
	bool has_jobs;       /* the executor has something new to look at */
};

/* Keeps the message and returns CODE. */
#define command_fail(command, code, ...)                                                           \
	err_set((command)->error, (command)->error_arena, code, __VA_ARGS__)

typedef int (*command_body)(struct command *command, void *arg);

/* Runs BODY for REQUEST in a synced transaction; failures have words in request->error. */
int command_run(struct request *request, command_body body, void *arg);

/* The same without a request, in TXN, which is the caller's: call command_write() at the end. */
void command_init(struct command *command, struct engine *engine, struct txn *txn,
		  struct error *error);

/* Writes what changed. Once in a transaction. */
int command_write(struct command *command);

/* Gives back what the command used; always, also after a failure. */
void command_end(struct command *command);

/* The running instance SERIAL. ERR_NOT_FOUND. */
int command_instance(struct command *command, uint64_t serial, struct instance **ret);

/* The instance that ID names or belongs to. ERR_NOT_FOUND. */
int command_find(struct command *command, const char *id, struct instance **ret);

/* The task without a process instance that has this serial number. ERR_NOT_FOUND. */
int command_standalone(struct command *command, uint64_t serial, struct instance **ret);

/*
 * Makes such a task: takes it into hand, and gives it an id if it has none. Its history is the
 * caller's to begin. Fails as command_create() does.
 */
int command_create_standalone(struct command *command, struct task *task, struct instance **ret);

/*
 * Makes an instance of the definition in ROW. ERR_REST_503 while an import stands in the way of new
 * history.
 */
int command_create(struct command *command, const union slot *definition, struct instance **ret);

/* The next id for something of INSTANCE. */
const char *command_id(struct instance *instance);

#endif
