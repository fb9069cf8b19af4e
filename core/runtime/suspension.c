#include "core/runtime/suspension.h"

#include "core/runtime/history_event.h"
#include "core/runtime/instance_job.h"

int instance_set_suspended(struct instance *instance, bool suspended)
{
	struct external_task *external_task;
	struct instance_job *job;
	struct task *task;

	LIST_EACH(&instance->tasks, task)
	{
		task->suspended = suspended;
	}
	LIST_EACH(&instance->external_tasks, external_task)
	{
		external_task->suspended = suspended;
	}
	LIST_EACH(&instance->jobs, job)
	{
		job->suspended = suspended;
		TRY(instance_job_note(instance, job));
	}
	instance->row->suspended = suspended;
	instance->changed = true;
	history_instance_update(instance);
	return 0;
}
