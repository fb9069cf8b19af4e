/*
 * User tasks: how they come, change and go, with their listeners and history.
 */
#ifndef CORE_RUNTIME_TASK_H
#define CORE_RUNTIME_TASK_H

#include "core/runtime/command.h"
#include "core/runtime/variable.h"

/* The task ID with its instance, to be changed; also one without a process. ERR_NOT_FOUND. */
int task_find(struct command *command, const char *id, struct instance **ret_instance,
	      struct task **ret);

/*
 * Where TASK looks for variables: in itself, in its execution and around it; a task without an
 * execution where its parent looks, which is taken into hand, too.
 */
int task_scope(struct command *command, struct instance *instance, struct task *task,
	       struct scope *ret);

/* ERR_SUSPENDED with words when the task must not be worked on. */
int task_check_active(struct command *command, const struct task *task);

/*
 * Makes a task without a process instance of what TASK says; its id may be NULL. Its parent must be
 * there. A subtask is of its parent's tenant. Fails with the original's words.
 */
int task_create_standalone(struct command *command, struct task *task,
			   struct instance **ret_instance);

/* EXECUTION has come to a user task. */
int task_create(struct instance *instance, struct execution *execution);

/*
 * At the end of a command: keys of forms are what their expressions give now; NULL when they give
 * nothing, which is no failure before somebody wants the form.
 */
void tasks_settle(struct instance *instance);

/* Completes it: its token, if it has one, goes on. What the caller set before is there already. */
int task_complete(struct instance *instance, struct task *task);

/*
 * Throws the BPMN error CODE from the task: to who catches it, or, as the original does, its token
 * ends there.
 */
int task_bpmn_error(struct instance *instance, struct task *task, const char *code,
		    const char *message);

/* Takes it and its subtasks away because its token goes, or by order; REASON is for history. */
int task_delete(struct instance *instance, struct task *task, const char *reason);

/* Sets who does it, or whose it is; NULL = nobody. History has it as links. Then task_changed(). */
void task_set_assignee(struct instance *instance, struct task *task, const char *user);
void task_set_owner(struct instance *instance, struct task *task, const char *user);

/*
 * What was changed in TASK since BEFORE, a copy, becomes known: listeners (update, assignment),
 * history. LAST_UPDATED is set.
 */
int task_changed(struct instance *instance, struct task *task, const struct task *before);

/* Adds or removes a link; both may be NULL when nothing of the kind is there. */
void task_add_identity_link(struct instance *instance, struct task *task, const char *type,
			    const char *user_id, const char *group_id);
void task_delete_identity_link(struct instance *instance, struct task *task, const char *type,
			       const char *user_id, const char *group_id);

#endif
