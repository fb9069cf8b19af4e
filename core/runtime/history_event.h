/*
 * What a running instance leaves in history, as the original does at level full.
 *
 * Rows are written into the instance's history in memory; the command stores them. Each function
 * does nothing to rows that were deleted meanwhile.
 */
#ifndef CORE_RUNTIME_HISTORY_EVENT_H
#define CORE_RUNTIME_HISTORY_EVENT_H

#include "core/runtime/command.h"

/* The instance begins; what is known of its origin may be NULL. */
void history_instance_start(struct instance *instance, const char *start_activity_id,
			    const char *restarted_id);

/* It ended in STATE (enum instance_state), for REASON or NULL. */
void history_instance_end(struct instance *instance, const char *state, const char *reason);

/* Its state (suspended or active) or business key changed. */
void history_instance_update(struct instance *instance);

/* The activity instance that EXECUTION just entered. Of links the original writes none. */
void history_activity_start(struct instance *instance, const struct execution *execution,
			    const char *parent_activity_instance_id);

enum activity_end { END_COMPLETED, END_CANCELED, END_SCOPE_COMPLETED };

/* EXECUTION is the one that is in it now: it may have become another one. */
void history_activity_end(struct instance *instance, const struct execution *execution,
			  enum activity_end end);

/* A task's id or assignee belongs to the activity instance. */
void history_activity_task(struct instance *instance, const char *activity_instance_id,
			   const struct task *task);

/* The variable was set by SOURCE (its activity instance); SCOPE's owns it. */
void history_variable_create(struct instance *instance, const struct variable *variable,
			     const char *source_activity_instance_id);
void history_variable_update(struct instance *instance, const struct variable *variable,
			     const char *source_activity_instance_id);
/* Removed by somebody: the row becomes DELETED. Variables that go with their scope just stay. */
void history_variable_delete(struct instance *instance, const struct variable *variable,
			     const char *source_activity_instance_id);

/* The field NAME of a form was submitted with TEXT, for TASK or (NULL) for the start. */
void history_form_field(struct instance *instance, const char *name, const struct value *text,
			const struct task *task);

/* The scope that owns a variable became another execution. */
void history_variable_move(struct instance *instance, const struct variable *variable);

/* A task without a process instance begins: its history is its own. */
void history_standalone_start(struct instance *instance, const struct task *task);

void history_task_create(struct instance *instance, const struct task *task,
			 const char *activity_instance_id);
void history_task_update(struct instance *instance, const struct task *task);
/* STATE: Completed, Deleted. */
void history_task_end(struct instance *instance, const struct task *task, const char *reason,
		      const char *state);

/* OPERATION: add or delete. */
void history_identity_link(struct instance *instance, const struct identity_link *link,
			   const char *operation, const char *assigner);

enum job_event { JOB_CREATED, JOB_FAILED, JOB_SUCCEEDED, JOB_DELETED };

/* Id of the new entry. */
const char *history_job_log(struct instance *instance, struct instance_job *job,
			    enum job_event event);

enum external_task_event {
	EXTERNAL_TASK_CREATED,
	EXTERNAL_TASK_FAILED,
	EXTERNAL_TASK_SUCCEEDED,
	EXTERNAL_TASK_DELETED
};

const char *history_external_task_log(struct instance *instance, const struct external_task *task,
				      enum external_task_event event);

/* The incident's row as it is now: new, resolved or deleted. */
void history_incident(struct instance *instance, const union slot *incident);

/* What it is about has failed again, as entry LOG_ID of the job log says: history only tells. */
void history_incident_again(struct instance *instance, const union slot *incident,
			    const char *log_id);

#endif
