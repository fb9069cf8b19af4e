#include "core/batch/types.h"

/* Running instances are held in memory until their transaction is written. */
enum { INSTANCES_AT_ONCE = 200 };

/* What belongs to the instances is looked for in the columns. */
enum { SCAN_AT_ONCE = 16 * 1024 };

const struct batch_type batch_types[] = {
	{"instance-migration",                  false, true, 0,                 0,            NULL                              },
	{"instance-modification",               false, true, INSTANCES_AT_ONCE, 0,            modification_execute              },
	{"instance-restart",                    false, true, INSTANCES_AT_ONCE, 0,            restart_execute                   },
	{"instance-deletion",                   false, true, INSTANCES_AT_ONCE, 0,            instance_deletion_execute         },
	{"instance-update-suspension-state",    false, true, INSTANCES_AT_ONCE, 0,
	 instance_suspension_execute											    },
	{"historic-instance-deletion",          false, true, 0,                 0,            history_delete_execute            },
	{"historic-decision-instance-deletion", false, true, 0,                 0,            history_decision_delete_execute   },
	{"set-job-retries",                     false, true, 0,                 0,            job_retries_execute               },
	{"set-external-task-retries",           false, true, 0,                 0,            external_task_retries_execute     },
	{"process-set-removal-time",            false, true, 0,                 SCAN_AT_ONCE, history_removal_time_execute      },
	{"decision-set-removal-time",           false, true, 0,                 SCAN_AT_ONCE,
	 history_decision_removal_time_execute										  },
	{"batch-set-removal-time",              false, true, 0,                 0,            history_batch_removal_time_execute},
	{"set-variables",                       true,  true, INSTANCES_AT_ONCE, 0,            set_variables_execute             },
	{"correlate-message",                   true,  true, 0,                 0,            nothing_execute                   },
};

const size_t batch_type_count = ARRAY_SIZE(batch_types);
