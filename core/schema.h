/*
 * The tables of the store, in the order in which store_open() gets them. storage/format.md says
 * what each holds.
 */
#ifndef CORE_SCHEMA_H
#define CORE_SCHEMA_H

/* enum, file name */
#define TABLES(X)                                                                                  \
	X(TABLE_STATE, "state")                     /* counters and marks, by name */              \
	X(TABLE_ID, "id")                           /* foreign id -> what it names */              \
	X(TABLE_DICTIONARY, "dictionary")           /* text -> small number */                     \
	X(TABLE_DEPLOYMENT, "deployment")           /* deployments with their resources */         \
	X(TABLE_DEFINITION, "definition")           /* process, decision, requirements */          \
	X(TABLE_PROCESS_SEGMENT, "process-segment") /* directory of the archive */                 \
	X(TABLE_PROCESS_DEAD, "process-dead")       /* its buried */                               \
	X(TABLE_PROCESS_MARK, "process-mark")       /* removal times over them */                  \
	X(TABLE_DECISION_SEGMENT, "decision-segment")                                              \
	X(TABLE_DECISION_DEAD, "decision-dead")                                                    \
	X(TABLE_DECISION_MARK, "decision-mark")         /* removal times over them */              \
	X(TABLE_OPERATION_SEGMENT, "operation-segment") /* user operation log */                   \
	X(TABLE_OPERATION_DEAD, "operation-dead")                                                  \
	X(TABLE_OPERATION_MARK, "operation-mark")       /* removal times over them */              \
	X(TABLE_BATCH, "batch")                         /* batches that run */                     \
	X(TABLE_HISTORY_BATCH, "history-batch")         /* every batch */                          \
	X(TABLE_BATCH_TARGET, "batch-target")           /* what a batch works on */                \
	X(TABLE_BATCH_RANGE, "batch-range")             /* runs of jobs alike */                   \
	X(TABLE_JOB, "job")                             /* jobs that differ from their range */    \
	X(TABLE_JOB_LOG, "job-log")                     /* entries that no range tells */          \
	X(TABLE_INCIDENT, "incident")                   /* of jobs of batches */                   \
	X(TABLE_IMPORT, "import")                       /* the import under way */                 \
	X(TABLE_JOB_QUEUE, "job-queue")                 /* what the executor may take */           \
	X(TABLE_OPERATION_WAITING, "operation-waiting") /* entries that an import holds up */      \
	X(TABLE_RUNNING, "running")                     /* process instances while they run */     \
	X(TABLE_JOB_DEFINITION, "job-definition")       /* those of processes */                   \
	X(TABLE_METRIC, "metric")                       /* how often things happened, when */      \
	X(TABLE_EXTERNAL_TASK, "external-task")         /* by topic: what may be fetched */        \
	X(TABLE_STANDALONE_TASK, "standalone-task")     /* those without a process instance */     \
	X(TABLE_RUNNING_INDEX, "running-index")         /* instances that have something alike */

#define TABLE_ENUM(name, file) name,
enum table { TABLES(TABLE_ENUM) TABLE_MAX };
#undef TABLE_ENUM

extern const char *const table_names[TABLE_MAX];

#endif
