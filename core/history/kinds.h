/*
 * The kinds of history: process instances and their children, decision instances, user operations.
 *
 * Fields stand in the order of the engine's DTOs; tags are those on disk. An instance's record
 * holds rows of process_kinds[]; what outlives the instance (decision instances, user operations)
 * has records of its own.
 */
#ifndef CORE_HISTORY_KINDS_H
#define CORE_HISTORY_KINDS_H

#include "core/record/kind.h"

/* The rows in a process instance's record, in the order of the lists on its line. */
enum process_row {
	ROW_INSTANCE,
	ROW_ACTIVITY,
	ROW_TASK,
	ROW_IDENTITY_LINK,
	ROW_VARIABLE,
	ROW_DETAIL,
	ROW_INCIDENT,
	ROW_JOB_LOG,
	ROW_EXTERNAL_TASK_LOG,
	ROW_COMMENT,
	ROW_ATTACHMENT,
	ROW_JOB,
	ROW_MAX,
};

extern const struct kind *const process_kinds[ROW_MAX];

extern const struct kind process_instance_kind;
extern const struct kind activity_instance_kind;
extern const struct kind task_kind;
extern const struct kind identity_link_kind;
extern const struct kind variable_kind;
extern const struct kind detail_kind;
extern const struct kind external_task_log_kind;
extern const struct kind comment_kind;
extern const struct kind attachment_kind;
extern const struct kind runtime_job_kind;
extern const struct kind decision_instance_kind;
extern const struct kind decision_input_kind;
extern const struct kind decision_output_kind;
extern const struct kind user_operation_kind;

/* Slots of a process instance, in the order of its table. */
enum process_instance_field {
	INSTANCE_ID,
	INSTANCE_BUSINESS_KEY,
	INSTANCE_DEFINITION_ID,
	INSTANCE_DEFINITION_KEY,
	INSTANCE_DEFINITION_NAME,
	INSTANCE_DEFINITION_VERSION,
	INSTANCE_START_TIME,
	INSTANCE_END_TIME,
	INSTANCE_REMOVAL_TIME,
	INSTANCE_DURATION,
	INSTANCE_START_USER_ID,
	INSTANCE_START_ACTIVITY_ID,
	INSTANCE_DELETE_REASON,
	INSTANCE_ROOT_ID,
	INSTANCE_SUPER_ID,
	INSTANCE_SUPER_CASE_ID,
	INSTANCE_CASE_ID,
	INSTANCE_TENANT_ID,
	INSTANCE_STATE,
	INSTANCE_RESTARTED_ID,
};

enum activity_field {
	ACTIVITY_ID,
	ACTIVITY_PARENT_ID,
	ACTIVITY_ACTIVITY_ID,
	ACTIVITY_NAME,
	ACTIVITY_TYPE,
	ACTIVITY_DEFINITION_KEY,
	ACTIVITY_DEFINITION_ID,
	ACTIVITY_INSTANCE_ID,
	ACTIVITY_EXECUTION_ID,
	ACTIVITY_TASK_ID,
	ACTIVITY_ASSIGNEE,
	ACTIVITY_CALLED_INSTANCE_ID,
	ACTIVITY_CALLED_CASE_ID,
	ACTIVITY_START_TIME,
	ACTIVITY_END_TIME,
	ACTIVITY_OCCURRENCE = 21, /* not stored: its place in the instance's list */
};

enum task_field {
	TASK_ID,
	TASK_DEFINITION_KEY,
	TASK_NAME = 10,
	TASK_ASSIGNEE = 14,
	TASK_END_TIME = 16,
	TASK_DURATION,
	TASK_TENANT_ID = 23,
};

enum identity_link_field {
	LINK_TYPE = 2,
	LINK_USER_ID,
	LINK_GROUP_ID,
	LINK_TASK_ID,
};

enum variable_field {
	VARIABLE_ID,
	VARIABLE_NAME,
	VARIABLE_DEFINITION_KEY,
	VARIABLE_DEFINITION_ID,
	VARIABLE_INSTANCE_ID,
	VARIABLE_EXECUTION_ID,
	VARIABLE_ACTIVITY_INSTANCE_ID,
	VARIABLE_CASE_DEFINITION_KEY,
	VARIABLE_CASE_DEFINITION_ID,
	VARIABLE_CASE_INSTANCE_ID,
	VARIABLE_CASE_EXECUTION_ID,
	VARIABLE_TASK_ID,
	VARIABLE_TENANT_ID,
	VARIABLE_ERROR_MESSAGE,
	VARIABLE_STATE,
	VARIABLE_CREATE_TIME,
	VARIABLE_REMOVAL_TIME,
	VARIABLE_ROOT_ID,
	VARIABLE_VALUE,
	VARIABLE_TYPE,
	VARIABLE_VALUE_INFO,
};

enum runtime_job_field {
	RUNTIME_JOB_ID,
	RUNTIME_JOB_DEFINITION_ID,
	RUNTIME_JOB_DUE_DATE,
	RUNTIME_JOB_INSTANCE_ID,
	RUNTIME_JOB_EXECUTION_ID,
	RUNTIME_JOB_PROCESS_DEFINITION_ID,
	RUNTIME_JOB_PROCESS_DEFINITION_KEY,
	RUNTIME_JOB_RETRIES,
	RUNTIME_JOB_EXCEPTION,
};

enum decision_field {
	DECISION_ID,
	DECISION_DEFINITION_ID,
	DECISION_DEFINITION_KEY,
	DECISION_DEFINITION_NAME,
	DECISION_EVALUATION_TIME,
	DECISION_REMOVAL_TIME,
	DECISION_PROCESS_DEFINITION_ID,
	DECISION_PROCESS_DEFINITION_KEY,
	DECISION_PROCESS_INSTANCE_ID,
	DECISION_CASE_DEFINITION_ID,
	DECISION_CASE_DEFINITION_KEY,
	DECISION_CASE_INSTANCE_ID,
	DECISION_ACTIVITY_ID,
	DECISION_ACTIVITY_INSTANCE_ID,
	DECISION_USER_ID,
	DECISION_INPUTS,
	DECISION_OUTPUTS,
	DECISION_COLLECT_RESULT,
	DECISION_ROOT_ID,
	DECISION_ROOT_INSTANCE_ID,
	DECISION_REQUIREMENTS_ID,
	DECISION_REQUIREMENTS_KEY,
	DECISION_TENANT_ID,
};

enum operation_field {
	OPERATION_ID,
	OPERATION_USER_ID,
	OPERATION_TIMESTAMP,
	OPERATION_OPERATION_ID,
	OPERATION_OPERATION_TYPE,
	OPERATION_ENTITY_TYPE,
	OPERATION_CATEGORY,
	OPERATION_ANNOTATION,
};

/* Index of the slot named NAME in KIND; the name must be there. */
size_t kind_slot(const struct kind *kind, const char *name);

#endif
