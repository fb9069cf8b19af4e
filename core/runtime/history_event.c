#include "core/runtime/history_event.h"

#include <string.h>

#include "core/history/history.h"
#include "core/history/incident_kind.h"
#include "core/history/summary.h"
#include "core/job/job_log.h"
#include "core/json/date.h"
#include "core/process/definition.h"
#include "core/query/query.h"

static int64_t now_of(const struct instance *instance)
{
	return instance->command->now;
}

static union slot *instance_row(const struct instance *instance)
{
	return instance->history[ROW_INSTANCE].count ? instance->history[ROW_INSTANCE].row[0]
						     : NULL;
}

/* When what is written now is to be removed: as the instance's row says. */
static int64_t removal_time(const struct instance *instance)
{
	const union slot *row = instance_row(instance);

	return row ? row[INSTANCE_REMOVAL_TIME].i : TIME_NULL;
}

/* BASE and the definition's time to live, or TIME_NULL when it has none. */
static int64_t expiry(const struct instance *instance, int64_t base)
{
	int64_t days = instance->definition[DEFINITION_TIME_TO_LIVE].i;

	return days == INT_NULL ? TIME_NULL : date_add_days(base, days);
}

static bool strategy_is(const struct instance *instance, int strategy)
{
	return instance->command->engine->config->history_removal_time_strategy == strategy;
}

/* A row of KIND with what all of them have. */
static union slot *new_row(struct instance *instance, enum process_row kind)
{
	const struct running_instance *owner = instance->row;
	const char *const texts[] = {
		[COMMON_DEFINITION_KEY] = owner->definition_key,
		[COMMON_DEFINITION_ID] = owner->definition_id,
		[COMMON_INSTANCE_ID] = owner->id,
		[COMMON_ROOT_ID] = owner->root_id,
		[COMMON_TENANT_ID] = owner->tenant_id,
	};
	union slot *row = instance_add_history(instance, kind);
	size_t i;
	int slot;

	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		slot = common_slot(kind, (enum common_field)i);
		if (slot >= 0)
			row[slot].s = texts[i];
	}
	slot = common_slot(kind, COMMON_REMOVAL_TIME);
	if (slot >= 0)
		row[slot].i = removal_time(instance);
	return row;
}

void history_instance_start(struct instance *instance, const char *start_activity_id,
			    const char *restarted_id)
{
	union slot *row = new_row(instance, ROW_INSTANCE);
	const struct running_instance *owner = instance->row;

	row[INSTANCE_ID].s = owner->id;
	row[INSTANCE_BUSINESS_KEY].s = owner->business_key;
	row[INSTANCE_DEFINITION_NAME].s = instance->definition[DEFINITION_NAME].s;
	row[INSTANCE_DEFINITION_VERSION].i = instance->definition[DEFINITION_VERSION].i;
	row[INSTANCE_START_TIME].i = now_of(instance);
	row[INSTANCE_START_USER_ID].s = instance->command->user;
	row[INSTANCE_START_ACTIVITY_ID].s = start_activity_id;
	row[INSTANCE_CASE_ID].s = owner->case_instance_id;
	row[INSTANCE_STATE].s = state_names[STATE_ACTIVE];
	row[INSTANCE_RESTARTED_ID].s = restarted_id;
	row[INSTANCE_REMOVAL_TIME].i = strategy_is(instance, REMOVAL_TIME_START)
					       ? expiry(instance, now_of(instance))
					       : TIME_NULL;
}

/* Gives every row of the history the removal time that the end brings, if any (semantics.md 4.3).
 */
static void set_removal_time(struct instance *instance, int64_t time)
{
	size_t kind, i;

	if (time == TIME_NULL)
		return;
	for (kind = 0; kind < ROW_MAX; kind++) {
		int field = common_slot((enum process_row)kind, COMMON_REMOVAL_TIME);

		for (i = 0; field >= 0 && i < instance->history[kind].count; i++)
			instance->history[kind].row[i][field].i = time;
	}
}

void history_instance_end(struct instance *instance, const char *state, const char *reason)
{
	union slot *row = instance_row(instance);
	int64_t now = now_of(instance);

	instance->changed = true;
	if (!row)
		return;
	row[INSTANCE_END_TIME].i = now;
	row[INSTANCE_DURATION].i = now - row[INSTANCE_START_TIME].i;
	row[INSTANCE_STATE].s = state;
	row[INSTANCE_DELETE_REASON].s = reason;
	if (strategy_is(instance, REMOVAL_TIME_END))
		set_removal_time(instance, expiry(instance, now));
}

void history_instance_update(struct instance *instance)
{
	union slot *row = instance_row(instance);

	instance->changed = true;
	if (!row)
		return;
	row[INSTANCE_STATE].s =
		state_names[instance->row->suspended ? STATE_SUSPENDED : STATE_ACTIVE];
	row[INSTANCE_BUSINESS_KEY].s = instance->row->business_key;
}

void history_activity_start(struct instance *instance, const struct execution *execution,
			    const char *parent_activity_instance_id)
{
	const struct node *node = &instance->model->nodes[execution->node];
	union slot *row;

	if (node->type == NODE_LINK_CATCH)
		return;
	row = new_row(instance, ROW_ACTIVITY);
	row[ACTIVITY_ID].s = execution->activity_instance_id;
	row[ACTIVITY_PARENT_ID].s = parent_activity_instance_id;
	row[ACTIVITY_ACTIVITY_ID].s = node->id;
	row[ACTIVITY_NAME].s = node->name;
	row[ACTIVITY_TYPE].s = node->activity_type;
	row[ACTIVITY_EXECUTION_ID].s = execution->id;
	row[ACTIVITY_START_TIME].i = now_of(instance);
	row[ACTIVITY_CANCELED].i = row[ACTIVITY_COMPLETE_SCOPE].i = false;
}

void history_activity_end(struct instance *instance, const struct execution *execution,
			  enum activity_end end)
{
	union slot *row =
		instance_find_history(instance, ROW_ACTIVITY, execution->activity_instance_id);

	if (!row)
		return;
	row[ACTIVITY_EXECUTION_ID].s = execution->id;
	row[ACTIVITY_PARENT_ID].s =
		execution->parent ? execution->parent->activity_instance_id : instance->row->id;
	row[ACTIVITY_END_TIME].i = now_of(instance);
	row[ACTIVITY_DURATION].i = now_of(instance) - row[ACTIVITY_START_TIME].i;
	row[ACTIVITY_CANCELED].i = end == END_CANCELED;
	row[ACTIVITY_COMPLETE_SCOPE].i = end == END_SCOPE_COMPLETED;
}

void history_activity_task(struct instance *instance, const char *id, const struct task *task)
{
	union slot *row = instance_find_history(instance, ROW_ACTIVITY, id);

	if (!row)
		return;
	row[ACTIVITY_EXECUTION_ID].s = task->execution_id;
	row[ACTIVITY_TASK_ID].s = task->id;
	row[ACTIVITY_ASSIGNEE].s = task->assignee;
}

static void fill_variable(union slot *row, const struct variable *variable)
{
	row[VARIABLE_VALUE].v = variable->value;
	row[VARIABLE_TYPE].s = variable->type;
	row[VARIABLE_VALUE_INFO].s = variable->value_info;
	row[VARIABLE_EXECUTION_ID].s = variable->execution_id;
	row[VARIABLE_TASK_ID].s = variable->task_id;
}

static void add_detail(struct instance *instance, const struct variable *variable,
		       const char *source, bool initial)
{
	union slot *row = new_row(instance, ROW_DETAIL);

	row[DETAIL_ID].s = command_id(instance);
	row[DETAIL_TYPE].s = "variableUpdate";
	row[DETAIL_ACTIVITY_INSTANCE_ID].s = source;
	row[DETAIL_EXECUTION_ID].s = variable->execution_id;
	row[DETAIL_TASK_ID].s = variable->task_id;
	row[DETAIL_TIME].i = now_of(instance);
	row[DETAIL_VARIABLE_NAME].s = variable->name;
	row[DETAIL_VARIABLE_ID].s = variable->id;
	row[DETAIL_VARIABLE_TYPE].s = variable->type;
	row[DETAIL_VALUE].v = variable->value;
	row[DETAIL_VALUE_INFO].s = variable->value_info;
	row[DETAIL_REVISION].i = variable->revision;
	row[DETAIL_INITIAL].i = initial;
	row[DETAIL_USER_OPERATION_ID].s = instance->command->operation_id;
}

static union slot *new_variable(struct instance *instance, const struct variable *variable)
{
	union slot *row = new_row(instance, ROW_VARIABLE);

	row[VARIABLE_ID].s = variable->id;
	row[VARIABLE_NAME].s = variable->name;
	row[VARIABLE_STATE].s = "CREATED";
	row[VARIABLE_CREATE_TIME].i = now_of(instance);
	row[VARIABLE_ACTIVITY_INSTANCE_ID].s = variable->activity_instance_id;
	return row;
}

void history_variable_create(struct instance *instance, const struct variable *variable,
			     const char *source)
{
	fill_variable(new_variable(instance, variable), variable);
	add_detail(instance, variable, source, instance->starting);
}

void history_variable_update(struct instance *instance, const struct variable *variable,
			     const char *source)
{
	union slot *row = instance_find_history(instance, ROW_VARIABLE, variable->id);

	if (!row) /* it was deleted */
		row = new_variable(instance, variable);
	fill_variable(row, variable);
	row[VARIABLE_STATE].s = "CREATED"; /* it may have come back */
	add_detail(instance, variable, source, false);
}

/* What is told of a value when it has gone. */
static const char *emptied_info(struct arena *arena, const struct variable *variable)
{
	const struct json *format;
	struct json *info;

	if (!strcmp(variable->type, "File"))
		return "{\"filename\":\"\"}";
	if (strcmp(variable->type, "Object") != 0 ||
	    json_parse(arena, variable->value_info, strlen(variable->value_info), &info))
		return variable->value_info;
	format = json_present(info, "serializationDataFormat");
	return format && format->type == JSON_STRING
		       ? arena_printf(arena, "{\"serializationDataFormat\":\"%s\"}", format->text)
		       : variable->value_info;
}

void history_variable_delete(struct instance *instance, const struct variable *variable,
			     const char *source)
{
	union slot *row = instance_find_history(instance, ROW_VARIABLE, variable->id);
	struct variable emptied = *variable;

	if (row)
		row[VARIABLE_STATE].s = "DELETED"; /* with the value that it had */
	emptied.value = NULL;
	emptied.value_info = emptied_info(instance->arena, variable);
	if (!variable->revised)
		emptied.revision++;
	add_detail(instance, &emptied, source, false);
}

void history_form_field(struct instance *instance, const char *name, const struct value *text,
			const struct task *task)
{
	union slot *row = new_row(instance, ROW_DETAIL);
	const struct execution *execution = instance->root;

	if (task)
		execution = instance_execution(instance, task->execution_id);
	row[DETAIL_ID].s = command_id(instance);
	row[DETAIL_TYPE].s = "formField";
	row[DETAIL_EXECUTION_ID].s = execution->id;
	row[DETAIL_ACTIVITY_INSTANCE_ID].s =
		task ? execution->activity_instance_id : instance->row->id;
	row[DETAIL_TASK_ID].s = task ? task->id : NULL;
	row[DETAIL_TIME].i = now_of(instance);
	row[DETAIL_FIELD_ID].s = name;
	row[DETAIL_USER_OPERATION_ID].s = instance->command->operation_id;
	row[DETAIL_FIELD_VALUE].v = text;
}

void history_variable_move(struct instance *instance, const struct variable *variable)
{
	union slot *row = instance_find_history(instance, ROW_VARIABLE, variable->id);

	if (row)
		fill_variable(row, variable);
}

static void fill_task(union slot *row, const struct task *task)
{
	row[TASK_EXECUTION_ID].s = task->execution_id;
	row[TASK_NAME].s = task->name;
	row[TASK_DESCRIPTION].s = task->description;
	row[TASK_OWNER].s = task->owner;
	row[TASK_ASSIGNEE].s = task->assignee;
	row[TASK_PRIORITY].i = task->priority;
	row[TASK_DUE].i = task->due;
	row[TASK_FOLLOW_UP].i = task->follow_up;
	row[TASK_PARENT_ID].s = task->parent_task_id;
	row[TASK_CASE_INSTANCE_ID].s = task->case_instance_id;
	row[TASK_TASK_DEFINITION_KEY].s = task->task_definition_key;
	row[TASK_STATE].s = task->task_state;
}

void history_standalone_start(struct instance *instance, const struct task *task)
{
	union slot *row = new_row(instance, ROW_INSTANCE);

	row[INSTANCE_ID].s = history_standalone_id(instance->arena, task->id);
	row[INSTANCE_START_TIME].i = task->created;
	row[INSTANCE_STATE].s = state_names[STATE_STANDALONE_TASK];
	history_task_create(instance, task, NULL);
}

void history_task_create(struct instance *instance, const struct task *task,
			 const char *activity_instance_id)
{
	union slot *row = new_row(instance, ROW_TASK);

	row[TASK_ID].s = task->id;
	row[TASK_START_TIME].i = task->created;
	row[TASK_ACTIVITY_INSTANCE_ID].s = activity_instance_id;
	fill_task(row, task);
}

void history_task_update(struct instance *instance, const struct task *task)
{
	union slot *row = instance_find_history(instance, ROW_TASK, task->id);

	if (row)
		fill_task(row, task);
}

void history_task_end(struct instance *instance, const struct task *task, const char *reason,
		      const char *state)
{
	union slot *row = instance_find_history(instance, ROW_TASK, task->id);

	if (!row)
		return;
	fill_task(row, task);
	row[TASK_END_TIME].i = now_of(instance);
	row[TASK_DURATION].i = now_of(instance) - row[TASK_START_TIME].i;
	row[TASK_DELETE_REASON].s = reason;
	row[TASK_STATE].s = state;
	if (instance->standalone_id && instance_row(instance))
		instance_row(instance)[INSTANCE_END_TIME].i = now_of(instance);
}

void history_identity_link(struct instance *instance, const struct identity_link *link,
			   const char *operation, const char *assigner)
{
	union slot *row = new_row(instance, ROW_IDENTITY_LINK);

	row[LINK_ID].s = command_id(instance);
	row[LINK_TIME].i = now_of(instance);
	row[LINK_TYPE].s = link->type;
	row[LINK_USER_ID].s = link->user_id;
	row[LINK_GROUP_ID].s = link->group_id;
	row[LINK_TASK_ID].s = link->task_id;
	row[LINK_OPERATION_TYPE].s = operation;
	row[LINK_ASSIGNER_ID].s = assigner;
}

static void fill_job_log(union slot *row, const struct instance *instance,
			 const struct instance_job *job)
{
	row[JOB_LOG_TIMESTAMP].i = now_of(instance);
	row[JOB_LOG_JOB_ID].s = job->id;
	row[JOB_LOG_DUE_DATE].i = job->due_date;
	row[JOB_LOG_RETRIES].i = job->retries;
	row[JOB_LOG_PRIORITY].i = job->priority;
	row[JOB_LOG_DEFINITION_ID].s = job->job_definition_id;
	row[JOB_LOG_DEFINITION_TYPE].s = job->handler;
	row[JOB_LOG_DEFINITION_CONFIGURATION].s = job->configuration;
	row[JOB_LOG_ACTIVITY_ID].s = job->activity_id;
	row[JOB_LOG_EXECUTION_ID].s = job->execution_id;
	row[JOB_LOG_DEPLOYMENT_ID].s = instance->definition[DEFINITION_DEPLOYMENT_ID].s;
	row[JOB_LOG_HOSTNAME].s = job_log_hostname();
}

const char *history_job_log(struct instance *instance, struct instance_job *job,
			    enum job_event event)
{
	union slot *row = new_row(instance, ROW_JOB_LOG);

	row[JOB_LOG_ID].s = command_id(instance);
	fill_job_log(row, instance, job);
	row[JOB_LOG_CREATION].i = event == JOB_CREATED;
	row[JOB_LOG_FAILURE].i = event == JOB_FAILED;
	row[JOB_LOG_SUCCESS].i = event == JOB_SUCCEEDED;
	row[JOB_LOG_DELETION].i = event == JOB_DELETED;
	row[JOB_LOG_SEQUENCE].i = ++job->sequence;
	row[JOB_LOG_FAILED_ACTIVITY_ID].s = job->failed_activity_id; /* of the last failure */
	if (event == JOB_FAILED) {
		row[JOB_LOG_EXCEPTION_MESSAGE].s = job->exception_message;
		row[JOB_LOG_STACKTRACE].s = job->stacktrace;
	}
	return row[JOB_LOG_ID].s;
}

const char *history_external_task_log(struct instance *instance, const struct external_task *task,
				      enum external_task_event event)
{
	union slot *row = new_row(instance, ROW_EXTERNAL_TASK_LOG);

	row[EXTERNAL_LOG_ID].s = command_id(instance);
	row[EXTERNAL_LOG_TASK_ID].s = task->id;
	row[EXTERNAL_LOG_TIMESTAMP].i = now_of(instance);
	row[EXTERNAL_LOG_TOPIC_NAME].s = task->topic_name;
	row[EXTERNAL_LOG_WORKER_ID].s = task->worker_id;
	row[EXTERNAL_LOG_RETRIES].i = task->retries;
	row[EXTERNAL_LOG_PRIORITY].i = task->priority;
	row[EXTERNAL_LOG_ACTIVITY_ID].s = task->activity_id;
	row[EXTERNAL_LOG_ACTIVITY_INSTANCE_ID].s = task->activity_instance_id;
	row[EXTERNAL_LOG_EXECUTION_ID].s = task->execution_id;
	row[EXTERNAL_LOG_CREATION].i = event == EXTERNAL_TASK_CREATED;
	row[EXTERNAL_LOG_FAILURE].i = event == EXTERNAL_TASK_FAILED;
	row[EXTERNAL_LOG_SUCCESS].i = event == EXTERNAL_TASK_SUCCEEDED;
	row[EXTERNAL_LOG_DELETION].i = event == EXTERNAL_TASK_DELETED;
	if (event == EXTERNAL_TASK_FAILED) {
		row[EXTERNAL_LOG_ERROR_MESSAGE].s = task->error_message;
		row[EXTERNAL_LOG_ERROR_DETAILS].s = task->error_details;
	}
	return row[EXTERNAL_LOG_ID].s;
}

void history_incident(struct instance *instance, const union slot *incident)
{
	union slot *row = instance_find_history(instance, ROW_INCIDENT, incident[INCIDENT_ID].s);
	const char *execution, *configuration;

	if (!row && incident[INCIDENT_OPEN].i)
		row = instance_add_history(instance, ROW_INCIDENT);
	if (!row)
		return;
	execution = row[INCIDENT_EXECUTION_ID].s;
	configuration = row[INCIDENT_HISTORY_CONFIGURATION].s;
	memcpy(row, incident, INCIDENT_FIELD_MAX * sizeof(*row));
	if (execution) /* where it began */
		row[INCIDENT_EXECUTION_ID].s = execution;
	if (configuration) /* the last failure */
		row[INCIDENT_HISTORY_CONFIGURATION].s = configuration;
}

void history_incident_again(struct instance *instance, const union slot *incident,
			    const char *log_id)
{
	union slot *row = instance_find_history(instance, ROW_INCIDENT, incident[INCIDENT_ID].s);

	if (row)
		row[INCIDENT_HISTORY_CONFIGURATION].s = log_id;
}
