#include "core/batch/batch_type.h"

#include <string.h>

static const struct batch_type types[] = {
	{"instance-migration",                  false, true, NULL                                 },
	{"instance-modification",               false, true, NULL                                 },
	{"instance-restart",                    false, true, restart_execute                      },
	{"instance-deletion",                   false, true, instance_deletion_execute            },
	{"instance-update-suspension-state",    false, true, instance_suspension_execute          },
	{"historic-instance-deletion",          false, true, history_delete_execute               },
	{"historic-decision-instance-deletion", false, true, history_decision_delete_execute      },
	{"set-job-retries",                     false, true, job_retries_execute                  },
	{"set-external-task-retries",           false, true, external_task_retries_execute        },
	{"process-set-removal-time",            false, true, history_removal_time_execute         },
	{"decision-set-removal-time",           false, true, history_decision_removal_time_execute},
	{"batch-set-removal-time",              false, true, history_batch_removal_time_execute   },
	{"set-variables",                       true,  true, set_variables_execute                },
	{"correlate-message",                   true,  true, nothing_execute                      },
};

bool batch_type_checks_first(const struct batch_type *type)
{
	return !type || !type->execute || type->checks_first;
}

const struct batch_type *batch_type_find(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (!strcmp(types[i].name, name))
			return &types[i];
	return NULL;
}

bool batch_type_names_instance(const char *name)
{
	const struct batch_type *type = batch_type_find(name);

	return type && type->names_instance;
}
