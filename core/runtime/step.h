/*
 * Steps: how tokens move, until each of them waits (runtime.md 2.2).
 *
 * What is to be done next stands on a stack of operations; the last one pushed is done first, so a
 * first outgoing flow runs to its wait state before the second one is taken. Nothing recurses.
 */
#ifndef CORE_RUNTIME_STEP_H
#define CORE_RUNTIME_STEP_H

#include "core/runtime/command.h"
#include "core/runtime/variable.h"

enum { STEPS_MAX = 100000 }; /* operations in one command */

/* Does operations until none is left. ERR_ENGINE when they do not come to an end. */
int steps_run(struct command *command);

/* Pushes: EXECUTION, whose node is set, enters that activity; RESUMED: from its asyncBefore job. */
void step_enter(struct instance *instance, struct execution *execution, bool resumed);

/* Pushes: FLOW is taken; RESUMED: from the asyncAfter job of its source. */
void step_take(struct instance *instance, struct execution *execution, int flow, bool resumed);

/*
 * The flows of EXECUTION's activity whose conditions hold, or the default one: none if it has none.
 * ERR_ENGINE when it has some and none is to be taken.
 */
int step_choose_flows(struct instance *instance, struct execution *execution, int **ret_flows,
		      size_t *ret_count);

/* That failure. */
int step_no_flow(struct instance *instance, const struct node *node);

/* Leaves the activity by the flows whose conditions hold, or ends when there are none. */
int step_leave(struct instance *instance, struct execution *execution);

/* Leaves the activity by FLOWS; without any, the token ends there. */
void step_leave_by(struct instance *instance, struct execution *execution, const int *flows,
		   size_t count);

/* Pushes: the token, which has left its last activity, ends; RESUMED: from an asyncAfter job. */
void step_end(struct instance *instance, struct execution *execution, bool resumed);

/*
 * Ends the activity instance of EXECUTION: listeners, output parameters, history. The scope of a
 * scope activity is destroyed: *RET is the execution that goes on.
 */
int step_finish_activity(struct instance *instance, struct execution *execution, int how,
			 struct execution **ret);

/* Activities of a suspended instance are neither executed nor left. */
int step_not_suspended(struct instance *instance, const struct execution *execution);

/* Runs the listeners of NODE for EVENT ("start", "end"). */
int listeners_run(struct instance *instance, struct execution *execution, const struct node *node,
		  const char *event);

/* Gives EXECUTION the id of a new instance of its activity. */
void step_new_activity_instance(struct instance *instance, struct execution *execution);

/*
 * EXECUTION's start listeners have run. What contains activities is known to these by the parent's
 * execution, and from now on only.
 */
void step_started(struct instance *instance, struct execution *execution);

/* EXECUTION's end listeners are about to run: it has what its parent kept for it, and may go. */
void step_ending(struct instance *instance, struct execution *execution);

/* Evaluates input or output parameters from SOURCE's scope into TARGET. */
int parameters_map(const struct scope *source, const struct scope *target,
		   const struct parameter *parameters, size_t count, bool local);

/* Lets the operations of FROM be TO's. */
void operations_move(struct command *command, const struct execution *from, struct execution *to);

/* What a node does when a token has come to it: one row for each type of node. */
typedef int (*behavior)(struct instance *instance, struct execution *execution);
extern const behavior behaviors[NODE_TYPE_MAX];

#endif
