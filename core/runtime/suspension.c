#include "core/runtime/suspension.h"

#include <string.h>

#include "core/runtime/history_event.h"
#include "core/runtime/instance_job.h"
#include "core/runtime/running_scan.h"

enum { LOT = 500, LOOK_AT_ONCE = 5000 };

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

/* Whether all of the instance is as it shall be; jobs can be suspended one by one. */
static bool is_done(const struct suspension_lot *lot, const struct running_instance *row,
		    const struct rows *jobs)
{
	size_t i;

	for (i = 0; i < jobs->count; i++)
		if (((const struct instance_job *)jobs->row[i])->suspended != lot->suspended)
			return false;
	return row->suspended == lot->suspended;
}

static bool is_meant(const struct suspension_lot *lot, const struct running_instance *row,
		     const struct rows *jobs)
{
	if (is_done(lot, row, jobs))
		return false;
	return lot->definition_id ? !strcmp(row->definition_id, lot->definition_id)
				  : !strcmp(row->definition_key, lot->definition_key);
}

/* The serial numbers of the next lot. */
static int find_lot(struct command *command, struct suspension_lot *lot, uint64_t serials[LOT],
		    size_t *ret_count)
{
	struct rows rows[RUNNING_MAX];
	struct running_scan scan;
	struct arena arena;
	unsigned looked = 0;
	int code = 0;

	*ret_count = 0;
	arena_init(&arena);
	running_scan_start_at(&scan, command->txn, lot->from, 1u << RUNNING_JOB);
	while (*ret_count < LOT && looked++ < LOOK_AT_ONCE &&
	       !(code = running_scan_next(&scan, &arena, rows))) {
		lot->next = scan.serial + 1;
		if (is_meant(lot, (const struct running_instance *)rows[RUNNING_INSTANCE].row[0],
			     &rows[RUNNING_JOB]))
			serials[(*ret_count)++] = scan.serial;
		arena_clear(&arena);
	}
	arena_clear(&arena);
	lot->more = !code;
	return code == ERR_NOT_FOUND ? 0 : code;
}

int suspension_lot_run(struct command *command, struct suspension_lot *lot)
{
	struct instance *instance;
	uint64_t serials[LOT];
	size_t i, count;

	TRY(find_lot(command, lot, serials, &count));
	for (i = 0; i < count; i++) {
		TRY(command_instance(command, serials[i], &instance));
		TRY(instance_set_suspended(instance, lot->suspended));
	}
	return 0;
}
