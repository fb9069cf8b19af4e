/*
 * Starting process instances: at their start event, or by instructions (runtime.md 1.4, 1.5).
 */
#ifndef CORE_RUNTIME_START_H
#define CORE_RUNTIME_START_H

#include "core/runtime/command.h"
#include "core/runtime/variable.h"

enum instruction_type {
	START_BEFORE_ACTIVITY,
	START_AFTER_ACTIVITY,
	START_TRANSITION,
	CANCEL, /* of modifications alone */
	INSTRUCTION_MAX,
};

extern const char *const instruction_names[INSTRUCTION_MAX];

struct named_value {
	const char *name;
	struct typed_value value;
	bool local;
};

struct instruction {
	enum instruction_type type;
	const char *activity_id;   /* or NULL */
	const char *transition_id; /* START_TRANSITION */
	const char *ancestor_id;   /* activity instance in which to start; NULL = the only one */
	const char *activity_instance_id, *transition_instance_id; /* CANCEL */
	bool current_only; /* CANCEL: not what the instructions before it started */
	bool reasonless;   /* CANCEL: history does not tell of a modification */
	size_t variable_count;
	const struct named_value *variables;
};

struct start {
	const char *business_key, *case_instance_id, *tenant_id;
	const char *restarted_id; /* of the instance that is started again, or NULL */
	size_t variable_count;
	const struct named_value *variables;
	size_t instruction_count; /* 0: at the start event */
	const struct instruction *instructions;
	bool skip_listeners, skip_mappings;
	bool form; /* texts are form fields, too */
};

/* Starts an instance of the definition in ROW; steps_run() included. */
int instance_start(struct command *command, const union slot *definition, const struct start *start,
		   struct instance **ret);

/* The one flow out of the activity after which INSTRUCTION starts; fails with words. */
int instruction_after(struct instance *instance, const struct instruction *instruction, int *ret);

/*
 * Runs instructions in an instance, one after the other, each until all its tokens wait. NUMBER is
 * that of the first one in words of failures ("1. "); 0 = no numbers.
 */
int instructions_run(struct instance *instance, const struct instruction *instructions,
		     size_t count, bool skip_listeners, bool skip_mappings);

/* An instance that has come to its end between instructions ends after the last. */
int instance_settle(struct instance *instance);

#endif
