#include "core/batch/batch_type.h"

#include <string.h>

static const struct batch_type types[] = {
	{"instance-migration",                  false, false, NULL                              },
	{"instance-modification",               false, false, NULL                              },
	{"instance-restart",                    false, false, NULL                              },
	{"instance-deletion",                   false, false, nothing_execute                   },
	{"instance-update-suspension-state",    false, false, nothing_execute                   },
	{"historic-instance-deletion",          false, false, history_delete_execute            },
	{"historic-decision-instance-deletion", false, false, history_decision_delete_execute   },
	{"set-job-retries",                     false, true,  job_retries_execute               },
	{"set-external-task-retries",           false, false, external_task_retries_execute     },
	{"process-set-removal-time",            false, false, NULL                              },
	{"decision-set-removal-time",           false, false, NULL                              },
	{"batch-set-removal-time",              false, false, history_batch_removal_time_execute},
	{"set-variables",                       true,  false, nothing_execute                   },
	{"correlate-message",                   true,  false, nothing_execute                   },
};

const struct batch_type *batch_type_find(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (!strcmp(types[i].name, name))
			return &types[i];
	return NULL;
}
