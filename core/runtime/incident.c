#include "core/runtime/incident.h"

#include <string.h>

#include "core/history/incident_kind.h"
#include "core/runtime/history_event.h"

/* Settings that keep incidents of a type from being made. */
static bool is_enabled(const struct config *config, const char *type)
{
	if (!strcmp(type, INCIDENT_FAILED_JOB))
		return config->create_incident_on_failed_job_enabled;
	return true;
}

union slot *incident_create(struct instance *instance, const struct incident_values *values)
{
	const struct running_instance *owner = instance->row;
	union slot *row;

	if (!is_enabled(instance->command->engine->config, values->type))
		return NULL;
	row = arena_array(instance->arena, INCIDENT_FIELD_MAX, sizeof(*row));
	memcpy(row, row_new(instance->arena, &incident_kind), incident_kind.count * sizeof(*row));
	row[INCIDENT_ID].s = command_id(instance);
	row[INCIDENT_PROCESS_DEFINITION_KEY].s = owner->definition_key;
	row[INCIDENT_PROCESS_DEFINITION_ID].s = owner->definition_id;
	row[INCIDENT_PROCESS_INSTANCE_ID].s = owner->id;
	row[INCIDENT_ROOT_PROCESS_INSTANCE_ID].s = owner->root_id;
	row[INCIDENT_EXECUTION_ID].s = values->execution_id;
	row[INCIDENT_CREATE_TIME].i = instance->command->now;
	if (instance->history[ROW_INSTANCE].count)
		row[INCIDENT_REMOVAL_TIME].i =
			instance->history[ROW_INSTANCE].row[0][INSTANCE_REMOVAL_TIME].i;
	row[INCIDENT_TYPE].s = values->type;
	row[INCIDENT_ACTIVITY_ID].s = values->activity_id;
	row[INCIDENT_FAILED_ACTIVITY_ID].s = values->failed_activity_id;
	row[INCIDENT_CAUSE_ID].s = row[INCIDENT_ROOT_CAUSE_ID].s = row[INCIDENT_ID].s;
	row[INCIDENT_CONFIGURATION].s = values->configuration;
	row[INCIDENT_HISTORY_CONFIGURATION].s = values->history_configuration;
	row[INCIDENT_MESSAGE].s = values->message;
	row[INCIDENT_TENANT_ID].s = owner->tenant_id;
	row[INCIDENT_JOB_DEFINITION_ID].s = values->job_definition_id;
	row[INCIDENT_OPEN].i = 1;
	list_add(instance->arena, &instance->incidents, row);
	history_incident(instance, row);
	return row;
}

union slot *incident_about(const struct instance *instance, const char *type,
			   const char *configuration)
{
	union slot *row;

	LIST_EACH(&instance->incidents, row)
	{
		if (!strcmp(row[INCIDENT_TYPE].s, type) && row[INCIDENT_CONFIGURATION].s &&
		    !strcmp(row[INCIDENT_CONFIGURATION].s, configuration))
			return row;
	}
	return NULL;
}

void incident_end(struct instance *instance, union slot *incident, bool deleted)
{
	if (!incident)
		return;
	incident[INCIDENT_END_TIME].i = instance->command->now;
	incident[INCIDENT_OPEN].i = 0;
	incident[INCIDENT_DELETED].i = deleted;
	incident[INCIDENT_RESOLVED].i = !deleted;
	list_remove(&instance->incidents, incident);
	history_incident(instance, incident);
}

void incidents_drop(struct instance *instance, const char *execution_id)
{
	size_t i = 0;

	while (i < instance->incidents.count) {
		union slot *incident = instance->incidents.items[i];

		if (strcmp(incident[INCIDENT_EXECUTION_ID].s, execution_id))
			i++;
		else
			incident_end(instance, incident, true);
	}
}
