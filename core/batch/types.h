/*
 * What batches of each type do to their items: the executions of the rows of batch_types
 * (core/job/batch_type.h), one file for each or for a few alike (semantics.md 2).
 */
#ifndef CORE_BATCH_TYPES_H
#define CORE_BATCH_TYPES_H

#include "core/job/batch_type.h"

int history_delete_execute(struct batch_run *run); /* historic-instance-deletion */
int history_decision_delete_execute(
	struct batch_run *run);                           /* historic-decision-instance-deletion */
int job_retries_execute(struct batch_run *run);           /* set-job-retries */
int external_task_retries_execute(struct batch_run *run); /* set-external-task-retries */
int modification_execute(struct batch_run *run);          /* instance-modification */
int restart_execute(struct batch_run *run);               /* instance-restart */
int instance_deletion_execute(struct batch_run *run);     /* instance-deletion */
int instance_suspension_execute(struct batch_run *run);   /* instance-update-suspension-state */
int set_variables_execute(struct batch_run *run);         /* set-variables */
int nothing_execute(struct batch_run *run); /* correlate-message: nothing waits for one */
int history_batch_removal_time_execute(struct batch_run *run);    /* batch-set-removal-time */
int history_removal_time_execute(struct batch_run *run);          /* process-set-removal-time */
int history_decision_removal_time_execute(struct batch_run *run); /* decision-set-removal-time */

#endif
