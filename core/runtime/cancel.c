#include "core/runtime/cancel.h"

#include <string.h>

#include "core/history/incident_kind.h"
#include "core/history/summary.h"
#include "core/runtime/execution.h"
#include "core/runtime/external_task.h"
#include "core/runtime/history_event.h"
#include "core/runtime/incident.h"
#include "core/runtime/instance_job.h"
#include "core/runtime/step.h"
#include "core/runtime/task.h"

/* Calls for what belongs to the execution; each call takes it out of its list. */
static int drop_tasks(struct instance *instance, const struct execution *execution,
		      const char *reason)
{
	size_t i = 0;

	while (i < instance->tasks.count) {
		struct task *task = instance->tasks.items[i];

		if (strcmp(task->execution_id, execution->id)) {
			i++;
			continue;
		}
		TRY(task_delete(instance, task, reason));
	}
	return 0;
}

static void drop_external_tasks(struct instance *instance, const struct execution *execution)
{
	size_t i = 0;

	while (i < instance->external_tasks.count) {
		struct external_task *task = instance->external_tasks.items[i];

		if (strcmp(task->execution_id, execution->id))
			i++;
		else
			external_task_delete(instance, task);
	}
}

static void drop_jobs(struct instance *instance, const struct execution *execution)
{
	size_t i = 0;

	while (i < instance->jobs.count) {
		struct instance_job *job = instance->jobs.items[i];

		if (strcmp(job->execution_id, execution->id))
			i++;
		else
			instance_job_delete(instance, job);
	}
}

int cancel_children(struct instance *instance, struct execution *execution, const char *reason)
{
	struct execution *child;

	while ((child = execution_child(instance, execution, 0))) {
		TRY(cancel_activity(instance, child, reason));
		execution_remove(instance, child);
	}
	return 0;
}

/* Ends the activity instance in which the execution is, if it is in one. */
static int end_activity(struct instance *instance, struct execution *execution)
{
	const struct node *node;
	int at = execution->node;

	if (at == NODE_NONE && execution->parent && execution->scope != NODE_NONE)
		at = execution->scope; /* a subprocess whose children went before it */
	if (at == NODE_NONE || !execution->activity_instance_id)
		return 0;
	node = &instance->model->nodes[at];
	execution_set_node(instance, execution, at);
	step_ending(instance, execution);
	TRY(listeners_run(instance, execution, node, "end"));
	if (execution->parent && at == execution->scope && node->output_count &&
	    !(execution->flags & EXECUTION_SKIP_MAPPINGS)) {
		struct scope source = scope_at(instance, execution);
		struct scope target = scope_at(instance, execution->parent);

		TRY(parameters_map(&source, &target, node->outputs, node->output_count, false));
	}
	history_activity_end(instance, execution, END_CANCELED);
	return 0;
}

/* CHILD_REASON is for the tasks of its children. */
static int cancel_inside(struct instance *instance, struct execution *execution, const char *reason,
			 const char *child_reason)
{
	TRY(cancel_children(instance, execution, child_reason));
	TRY(drop_tasks(instance, execution, reason ? reason : "deleted"));
	drop_external_tasks(instance, execution);
	drop_jobs(instance, execution);
	execution->flags &= ~EXECUTION_UNBEGUN; /* its first job has gone */
	if (execution->node != NODE_NONE &&
	    (!execution->parent || execution->scope != execution->node))
		TRY(end_activity(instance, execution));
	if (execution->scope != execution->node)
		execution_set_node(instance, execution, NODE_NONE);
	execution->transition_id = NULL;
	if (execution->node == NODE_NONE)
		execution->activity_instance_id = execution_parent_activity(instance, execution);
	return 0;
}

int cancel_content(struct instance *instance, struct execution *execution, const char *reason)
{
	return cancel_inside(instance, execution, reason, NULL);
}

int cancel_activity(struct instance *instance, struct execution *execution, const char *reason)
{
	TRY(cancel_inside(instance, execution, reason, reason));
	/* a token in a subprocess has gone, now the subprocess */
	if (execution->parent && execution->scope != NODE_NONE)
		TRY(end_activity(instance, execution));
	execution_set_node(instance, execution, NODE_NONE);
	execution->activity_instance_id = execution_parent_activity(instance, execution);
	return 0;
}

int cancel_execution(struct instance *instance, struct execution *execution, const char *reason)
{
	struct execution *parent = execution->parent;

	TRY(cancel_activity(instance, execution, reason));
	if (!parent)
		return 0;
	execution_remove(instance, execution);
	execution_fold(instance, parent);
	return 0;
}

int instance_delete(struct instance *instance, const char *reason, int64_t skip_flags,
		    bool external)
{
	struct execution *execution;

	LIST_EACH(&instance->executions, execution)
	{
		execution->flags |= skip_flags;
	}
	TRY(cancel_activity(instance, instance->root, reason));
	TRY(listeners_run(instance, instance->root, &instance->model->nodes[0], "end"));
	history_instance_end(
		instance,
		state_names[external ? STATE_EXTERNALLY_TERMINATED : STATE_INTERNALLY_TERMINATED],
		reason);
	execution_remove(instance, instance->root);
	return 0;
}
