/*
 * What batches of restarts and of modifications do (semantics.md 2.6, 2.14).
 */
#include "core/batch/types.h"
#include "core/history/history.h"
#include "core/process/definition.h"
#include "core/runtime/instruction_json.h"
#include "core/runtime/modification.h"

static int restart_item(struct command *command, const struct restart *restart,
			const struct target_items *items, uint64_t index)
{
	if (items->numbers[index] == UINT64_MAX)
		return restart_unknown(command);
	return instance_restart(command, restart, items->numbers[index]);
}

static int find_definition(struct command *command, const char *id, struct restart *restart)
{
	union slot *row;
	int code = definition_get(command->txn, &process_definition_kind, id, &row);

	if (code == ERR_NOT_FOUND)
		return command_fail(command, ERR_NULL_VALUE,
				    "no deployed process definition found with id '%s': "
				    "processDefinition is null",
				    id);
	restart->definition = row;
	return code;
}

int restart_execute(struct batch_run *run)
{
	struct command command;
	struct restart restart;
	const char *id;
	uint64_t i = 0;
	int code;

	/* no job is to blame for an import: they wait */
	if (!history_takes_instances(run->engine->history))
		return ERR_BUSY;
	TRY(restart_of_configuration(run->txn->arena, run->configuration, &restart, &id));
	command_init(&command, run->engine, run->txn, &run->error);
	code = find_definition(&command, id, &restart);
	for (; i < run->items.count && !code; i++)
		code = restart_item(&command, &restart, &run->items, i);
	run->failed_item = i ? i - 1 : 0;
	if (!code)
		code = command_write(&command);
	command_end(&command);
	return code;
}

int modification_execute(struct batch_run *run)
{
	struct command command;
	struct restart modification;
	const char *id;
	uint64_t i = 0;
	int code;

	TRY(restart_of_configuration(run->txn->arena, run->configuration, &modification, &id));
	command_init(&command, run->engine, run->txn, &run->error);
	code = find_definition(&command, id, &modification);
	for (; i < run->items.count && !code; i++)
		code = instance_modify(&command, &modification, run->items.texts[i], false);
	run->failed_item = i ? i - 1 : 0;
	if (!code)
		code = command_write(&command);
	command_end(&command);
	return code;
}
