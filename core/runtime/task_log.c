#include "core/runtime/task_log.h"

#include <string.h>

void operation_of_task(struct logged_operation *operation, const struct instance *instance,
		       const struct task *task)
{
	operation_of_instance(operation, instance);
	operation_place(operation, "executionId", task->execution_id);
	operation_place(operation, "taskId", task->id);
	operation_place(operation, "caseInstanceId", task->case_instance_id);
	operation_place(operation, "category", "TaskWorker");
}

/* Properties of tasks, as the log calls them. */
static const struct {
	const char *name;
	enum running_task_field field;
} properties[] = {
	{"assignee",       RUNNING_TASK_ASSIGNEE        },
	{"owner",          RUNNING_TASK_OWNER           },
	{"name",           RUNNING_TASK_NAME            },
	{"description",    RUNNING_TASK_DESCRIPTION     },
	{"priority",       RUNNING_TASK_PRIORITY        },
	{"dueDate",        RUNNING_TASK_DUE             },
	{"followUpDate",   RUNNING_TASK_FOLLOW_UP       },
	{"delegation",     RUNNING_TASK_DELEGATION_STATE},
	{"parentTask",     RUNNING_TASK_PARENT_TASK_ID  },
	{"caseInstanceId", RUNNING_TASK_CASE_INSTANCE_ID},
};

/* A slot as text; NULL when it is absent. */
static const char *text_of(struct arena *arena, enum running_task_field field,
			   const union slot *row)
{
	const struct field *known = &running_task_kind.fields[field];

	if (slot_absent(known, row[field]))
		return NULL;
	return known->type == FIELD_STRING ? row[field].s
					   : arena_printf(arena, "%lld", (long long)row[field].i);
}

static bool same(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

int task_log_changes(struct instance *instance, const struct task *task, const struct task *before,
		     const char *type)
{
	struct logged_operation operation = {.type = type, .entity = "Task"};
	size_t i;

	operation_of_task(&operation, instance, task);
	for (i = 0; i < ARRAY_SIZE(properties); i++) {
		const char *old =
			text_of(instance->arena, properties[i].field, (const union slot *)before);
		const char *now =
			text_of(instance->arena, properties[i].field, (const union slot *)task);

		if (same(old, now))
			continue;
		operation_add(&operation, properties[i].name, now);
		operation.changes[operation.count - 1].old_value = old;
	}
	/* that it was made is told in any case */
	return operation.count || !strcmp(type, "Create")
		       ? command_log(instance->command, &operation)
		       : 0;
}

int task_log_property(struct instance *instance, const struct task *task, const char *type,
		      const char *entity, const char *property, const char *old_value,
		      const char *new_value)
{
	struct logged_operation operation = {.type = type, .entity = entity};

	operation_of_task(&operation, instance, task);
	operation_add(&operation, property, new_value);
	operation.changes[0].old_value = old_value;
	return command_log(instance->command, &operation);
}
