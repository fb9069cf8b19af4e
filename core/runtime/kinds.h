/*
 * The kinds of rows that a running instance consists of: what the API shows of it while it runs.
 *
 * They are kept in one record of table `running` (core/runtime/instance.h). Each kind has a struct
 * whose first members are the row, in the order of its table; what follows them is not stored.
 * Incidents are rows of incident_kind, as in history.
 */
#ifndef CORE_RUNTIME_KINDS_H
#define CORE_RUNTIME_KINDS_H

#include "core/record/kind.h"

enum running_row {
	RUNNING_INSTANCE,
	RUNNING_EXECUTION,
	RUNNING_VARIABLE,
	RUNNING_TASK,
	RUNNING_IDENTITY_LINK,
	RUNNING_EXTERNAL_TASK,
	RUNNING_JOB,
	RUNNING_INCIDENT,
	RUNNING_MAX,
};

extern const struct kind *const running_kinds[RUNNING_MAX];

extern const struct kind running_instance_kind;
extern const struct kind execution_kind;
extern const struct kind running_variable_kind;
extern const struct kind running_task_kind;
extern const struct kind running_identity_link_kind;
extern const struct kind external_task_kind;
extern const struct kind instance_job_kind;

/* What belongs to the instance as a whole; its first members are those of GET /process-instance. */
struct running_instance {
	const char *id;
	const char *definition_id;
	const char *definition_key;
	const char *business_key;
	const char *case_instance_id;
	int64_t ended;
	int64_t suspended;
	const char *tenant_id;
	/* kept to ourselves */
	int64_t next_ordinal; /* of the next id of something that belongs to it */
	const char *root_id;  /* of the instance at the top; its own when it is that */
	const char *super_execution_id;
	const char *operations; /* numbers of user operations on it, a comma behind each */
};

enum running_instance_field {
	RUNNING_INSTANCE_ID,
	RUNNING_INSTANCE_DEFINITION_ID,
	RUNNING_INSTANCE_DEFINITION_KEY,
	RUNNING_INSTANCE_BUSINESS_KEY,
	RUNNING_INSTANCE_CASE_ID,
	RUNNING_INSTANCE_ENDED,
	RUNNING_INSTANCE_SUSPENDED,
	RUNNING_INSTANCE_TENANT_ID,
	RUNNING_INSTANCE_NEXT_ORDINAL,
	RUNNING_INSTANCE_ROOT_ID,
	RUNNING_INSTANCE_SUPER_EXECUTION_ID,
	RUNNING_INSTANCE_OPERATIONS,
};

enum execution_flag {
	EXECUTION_ACTIVE = 1,     /* its token may move; else it waits for children or at a join */
	EXECUTION_CONCURRENT = 2, /* one of several tokens in its parent's scope */
	EXECUTION_SCOPE = 4,
	EXECUTION_ENDED = 8,
	EXECUTION_UNBEGUN = 16, /* the process's start listeners wait for the first job */
	/* within one transaction only: never stored */
	EXECUTION_SKIP_LISTENERS = 32,
	EXECUTION_SKIP_MAPPINGS = 64,
	EXECUTION_PRESERVED = 128, /* stays although nothing runs in it: between instructions */
	EXECUTION_STORED_FLAGS = 31,
};

/* A node of the execution tree (runtime.md 2.1). */
struct execution {
	const char *id;
	const char *process_instance_id;
	int64_t ended;
	const char *tenant_id;
	/* kept to ourselves */
	const char *parent_id;     /* NULL: the process instance */
	const char *activity_id;   /* where its token stands; NULL = nowhere */
	const char *scope_id;      /* the activity whose scope it is; NULL: none, or the process */
	const char *transition_id; /* the flow that an async-after job will take */
	const char *activity_instance_id; /* NULL: a transition instance, waits for its job */
	int64_t flags;                    /* enum execution_flag */
	/* not stored */
	struct execution *parent;
	int node;              /* of activity_id, or NODE_NONE */
	int scope;             /* the node whose scope it is, or NODE_NONE */
	const char *waited_as; /* for its job, before the instructions that run: its id then */
	int ended_at;          /* EXECUTION_ENDED: the node that was its last */
	bool removed;
};

struct variable {
	const char *id;
	const char *name;
	const char *process_definition_id;
	const char *process_instance_id;
	const char *execution_id;
	const char *case_instance_id;
	const char *case_execution_id;
	const char *task_id;
	const char *batch_id;
	const char *activity_instance_id;
	const char *tenant_id;
	const char *error_message;
	const struct value *value;
	const char *type;
	const char *value_info; /* JSON */
	/* kept to ourselves */
	int64_t concurrent_local; /* stays with its token when a second one joins it */
	int64_t revision;
	/* not stored */
	bool transient; /* gone when the command ends */
	bool revised;   /* it has the revision of this command already */
	bool early;     /* by variable_set_early() */
};

enum variable_row_field {
	RUNNING_VARIABLE_ID,
	RUNNING_VARIABLE_NAME,
	RUNNING_VARIABLE_DEFINITION_ID,
	RUNNING_VARIABLE_INSTANCE_ID,
	RUNNING_VARIABLE_EXECUTION_ID,
	RUNNING_VARIABLE_CASE_INSTANCE_ID,
	RUNNING_VARIABLE_CASE_EXECUTION_ID,
	RUNNING_VARIABLE_TASK_ID,
	RUNNING_VARIABLE_BATCH_ID,
	RUNNING_VARIABLE_ACTIVITY_INSTANCE_ID,
	RUNNING_VARIABLE_TENANT_ID,
	RUNNING_VARIABLE_ERROR_MESSAGE,
	RUNNING_VARIABLE_VALUE,
	RUNNING_VARIABLE_TYPE,
	RUNNING_VARIABLE_VALUE_INFO,
};

struct task {
	const char *id;
	const char *name;
	const char *assignee;
	int64_t created;
	int64_t due;
	int64_t follow_up;
	int64_t last_updated;
	const char *delegation_state;
	const char *description;
	const char *execution_id;
	const char *owner;
	const char *parent_task_id;
	int64_t priority;
	const char *process_definition_id;
	const char *process_instance_id;
	const char *task_definition_key;
	const char *case_execution_id;
	const char *case_instance_id;
	const char *case_definition_id;
	int64_t suspended;
	const char *form_key;
	const char *form_ref; /* JSON */
	const char *tenant_id;
	const char *task_state;
	/* not stored */
	bool touched; /* in this command: history hears of what follows */
};

enum running_task_field {
	RUNNING_TASK_ID,
	RUNNING_TASK_NAME,
	RUNNING_TASK_ASSIGNEE,
	RUNNING_TASK_CREATED,
	RUNNING_TASK_DUE,
	RUNNING_TASK_FOLLOW_UP,
	RUNNING_TASK_LAST_UPDATED,
	RUNNING_TASK_DELEGATION_STATE,
	RUNNING_TASK_DESCRIPTION,
	RUNNING_TASK_EXECUTION_ID,
	RUNNING_TASK_OWNER,
	RUNNING_TASK_PARENT_TASK_ID,
	RUNNING_TASK_PRIORITY,
	RUNNING_TASK_DEFINITION_ID,
	RUNNING_TASK_INSTANCE_ID,
	RUNNING_TASK_DEFINITION_KEY,
	RUNNING_TASK_CASE_EXECUTION_ID,
	RUNNING_TASK_CASE_INSTANCE_ID,
	RUNNING_TASK_CASE_DEFINITION_ID,
	RUNNING_TASK_SUSPENDED,
	RUNNING_TASK_FORM_KEY,
	RUNNING_TASK_FORM_REF,
	RUNNING_TASK_TENANT_ID,
	RUNNING_TASK_STATE,
};

/* Of a task: candidates, owners, assignees and whatever types users invent. */
struct identity_link {
	const char *user_id;
	const char *group_id;
	const char *type;
	/* kept to ourselves */
	const char *id;
	const char *task_id;
};

struct external_task {
	const char *activity_id;
	const char *activity_instance_id;
	const char *error_message;
	const char *execution_id;
	const char *id;
	int64_t lock_expiration_time;
	int64_t create_time;
	const char *process_definition_id;
	const char *process_definition_key;
	const char *process_definition_version_tag;
	const char *process_instance_id;
	int64_t retries;
	int64_t suspended;
	const char *worker_id;
	const char *topic_name;
	const char *tenant_id;
	int64_t priority;
	const char *business_key;
	/* kept to ourselves */
	const char *error_details;
	const char *last_failure_log_id;
};

/* A job of an instance: an async continuation. */
struct instance_job {
	const char *id;
	const char *job_definition_id;
	const char *process_instance_id;
	const char *process_definition_id;
	const char *process_definition_key;
	const char *execution_id;
	const char *exception_message;
	const char *failed_activity_id;
	int64_t retries;
	int64_t due_date;
	int64_t suspended;
	int64_t priority;
	const char *tenant_id;
	int64_t create_time;
	const char *batch_id;
	/* kept to ourselves */
	const char *handler;       /* async-continuation */
	const char *configuration; /* async-before, async-after */
	const char *activity_id;
	const char *stacktrace;
	const char *last_failure_log_id;
	int64_t ordinal;  /* in its id: the entry in the queue names it */
	int64_t sequence; /* of its last entry in the job log */
};

#endif
