#include "core/runtime/command_log.h"

#include <stdlib.h>
#include <string.h>

#include "core/history/history.h"
#include "core/history/removal_time.h"
#include "core/process/definition.h"

void operation_of_definition(struct logged_operation *operation, const union slot *definition)
{
	operation->deployment_id = definition[DEFINITION_DEPLOYMENT_ID].s;
	operation->process_definition_id = definition[DEFINITION_ID].s;
	operation->process_definition_key = definition[DEFINITION_KEY].s;
}

void operation_of_instance(struct logged_operation *operation, const struct instance *instance)
{
	if (instance->standalone_id)
		return;
	operation_of_definition(operation, instance->definition);
	operation_place(operation, "processInstanceId", instance->row->id);
	operation_place(operation, "rootProcessInstanceId", instance->row->root_id);
}

/* The instance that OPERATION is about, or NULL. */
static struct instance *find_instance(const struct command *command,
				      const struct logged_operation *operation)
{
	const char *id = NULL;
	struct instance *instance;
	size_t i;

	for (i = 0; i < operation->place_count; i++)
		if (!strcmp(operation->places[i].field, "processInstanceId"))
			id = operation->places[i].text;
	/* a command of many works on the last of them */
	for (i = id ? command->instances.count : 0; i-- > 0;) {
		instance = command->instances.items[i];
		if (!instance->standalone_id && !strcmp(instance->row->id, id))
			return instance;
	}
	return NULL;
}

static bool has_ended(const union slot *row)
{
	return row[INSTANCE_END_TIME].i != TIME_NULL;
}

/* They get their removal time when the instance ends. */
static void remember(struct instance *instance, const struct operation_numbers *numbers)
{
	struct running_instance *row = instance->row;
	size_t i;

	for (i = 0; i < numbers->count; i++) {
		uint64_t number = numbers->first + i;

		row->operations = arena_printf(instance->arena, "%s%llu,",
					       row->operations ? row->operations : "",
					       (unsigned long long)number);
	}
	instance->changed = instance->changed || numbers->count;
}

int command_log(struct command *command, const struct logged_operation *operation)
{
	int strategy = command->engine->config->history_removal_time_strategy;
	struct logged_operation logged = *operation;
	const union slot *row = NULL;
	struct operation_numbers numbers;
	struct instance *instance;

	if (!command->operation_id)
		return 0;
	instance = find_instance(command, operation);
	if (instance && instance->history[ROW_INSTANCE].count)
		row = instance->history[ROW_INSTANCE].row[0];
	if (row && (strategy == REMOVAL_TIME_START || has_ended(row)))
		logged.removal_time = &row[INSTANCE_REMOVAL_TIME].i;
	TRY(operation_log_write_at(command->txn, command->request, &logged, &numbers));
	if (row && strategy == REMOVAL_TIME_END && !has_ended(row))
		remember(instance, &numbers);
	return 0;
}

int command_log_end(struct instance *instance)
{
	struct command *command = instance->command;
	struct history *history = command->engine->history;
	const char *text = instance->row->operations;
	const union slot *row;
	char *next;

	if (!text || !instance->history[ROW_INSTANCE].count)
		return 0;
	row = instance->history[ROW_INSTANCE].row[0];
	if (!has_ended(row) || row[INSTANCE_REMOVAL_TIME].i == TIME_NULL)
		return 0;
	for (; *text; text = next + 1) {
		uint64_t number = strtoull(text, &next, 10);

		if (*next != ',')
			return ERR_CORRUPT;
		if (number < archive_visible(history->operations) &&
		    archive_hidden(history->operations, number))
			continue;
		TRY(removal_times_write(command->txn, history->operation_columns, &number,
					&row[INSTANCE_REMOVAL_TIME].i, 1));
	}
	return 0;
}
