#include "core/runtime/restart.h"

#include <string.h>

#include "core/history/history.h"
#include "core/history/variable_delete.h"
#include "core/process/definition.h"
#include "core/record/kind.h"
#include "core/runtime/command_log.h"

#define ROWS_WANTED (1u << ROW_VARIABLE | 1u << ROW_DETAIL | 1u << ROW_ACTIVITY)

/* Variables to be, each name once: the last one counts. */
struct variables {
	size_t count;
	struct named_value *items;
};

static void add(struct variables *variables, const char *name, const char *type,
		const struct value *value, const char *info)
{
	struct named_value *item;
	size_t i;

	for (i = 0; i < variables->count; i++)
		if (!strcmp(variables->items[i].name, name))
			break;
	item = &variables->items[i];
	variables->count += i == variables->count;
	item->name = name;
	item->value = (struct typed_value){type, value, info ? info : "{}", false};
}

/* Those of the instance itself, and, as in the original, of tasks that ran in its execution. */
static void take_last(const char *id, const struct rows *rows, struct variables *ret)
{
	size_t i;

	for (i = 0; i < rows->count; i++) {
		const union slot *row = rows->row[i];

		if (texts_match(row[VARIABLE_EXECUTION_ID].s, id) && !variable_is_deleted(row))
			add(ret, row[VARIABLE_NAME].s, row[VARIABLE_TYPE].s, row[VARIABLE_VALUE].v,
			    row[VARIABLE_VALUE_INFO].s);
	}
}

static bool is_update(const union slot *row, const char *id)
{
	return texts_match(row[DETAIL_TYPE].s, "variableUpdate") &&
	       texts_match(row[DETAIL_EXECUTION_ID].s, id) && row[DETAIL_VARIABLE_NAME].s;
}

/* Details that are initial; or, with START (an activity instance), the first ones made by it. */
static void take_details(const char *id, const char *start, const struct rows *rows,
			 struct variables *ret)
{
	size_t i;

	for (i = 0; i < rows->count; i++) {
		const union slot *row = rows->row[i];

		if (!is_update(row, id))
			continue;
		if (start ? !texts_match(row[DETAIL_ACTIVITY_INSTANCE_ID].s, start) ||
				    row[DETAIL_REVISION].i
			  : row[DETAIL_INITIAL].i != 1)
			continue;
		add(ret, row[DETAIL_VARIABLE_NAME].s, row[DETAIL_VARIABLE_TYPE].s,
		    row[DETAIL_VALUE].v, row[DETAIL_VALUE_INFO].s);
	}
}

/* The first instance of the activity with which the old instance began, or NULL. */
static const char *start_activity(const union slot *instance, const struct rows *activities)
{
	size_t i;

	for (i = 0; i < activities->count; i++)
		if (texts_match(activities->row[i][ACTIVITY_ACTIVITY_ID].s,
				instance[INSTANCE_START_ACTIVITY_ID].s))
			return activities->row[i][ACTIVITY_ID].s;
	return NULL;
}

static int take_initial(struct command *command, const union slot *instance,
			const struct rows rows[ROW_MAX], struct variables *ret)
{
	const char *id = instance[INSTANCE_ID].s, *start;

	take_details(id, NULL, &rows[ROW_DETAIL], ret);
	if (ret->count)
		return 0;
	start = start_activity(instance, &rows[ROW_ACTIVITY]);
	if (!start)
		return command_fail(command, ERR_NULL_VALUE, "historicActivityInstances is empty");
	take_details(id, start, &rows[ROW_DETAIL], ret);
	return 0;
}

int restart_unknown(struct command *command)
{
	return command_fail(command, ERR_BAD_USER_REQUEST,
			    "Historic process instance cannot be found: "
			    "historicProcessInstanceId is null");
}

static int check(struct command *command, const struct restart *restart, const union slot *instance)
{
	const char *id = instance[INSTANCE_ID].s;
	const char *definition = restart->definition[DEFINITION_ID].s;

	if (instance[INSTANCE_END_TIME].i == TIME_NULL)
		return command_fail(command, ERR_ENGINE,
				    "ENGINE-13040 Historic process instance '%s' cannot be "
				    "restarted. It is not completed or terminated.",
				    id);
	if (!texts_match(instance[INSTANCE_DEFINITION_ID].s, definition))
		return command_fail(command, ERR_ENGINE,
				    "ENGINE-13039 Historic process instance '%s' cannot be "
				    "restarted. Its process definition '%s' does not match given "
				    "process definition '%s'",
				    id, instance[INSTANCE_DEFINITION_ID].s, definition);
	return 0;
}

int instance_restart(struct command *command, const struct restart *restart, uint64_t number)
{
	struct history *history = command->engine->history;
	struct rows rows[ROW_MAX];
	struct variables variables = {0, NULL};
	struct start start = {.instructions = restart->instructions,
			      .instruction_count = restart->instruction_count,
			      .skip_listeners = restart->skip_listeners,
			      .skip_mappings = restart->skip_mappings};
	const union slot *row;
	struct logged_operation operation = {.type = "Create", .entity = "ProcessInstance"};
	struct instance *instance;
	int code = archive_hidden(history->processes, number)
			   ? ERR_NOT_FOUND
			   : history_read_process(command->txn, history, number, ROWS_WANTED, rows);

	if (code == ERR_NOT_FOUND)
		return restart_unknown(command);
	TRY(code);
	row = rows[ROW_INSTANCE].row[0];
	TRY(check(command, restart, row));
	variables.items =
		arena_array(command->arena, rows[ROW_VARIABLE].count + rows[ROW_DETAIL].count + 1,
			    sizeof(*variables.items));
	if (restart->initial_variables)
		TRY(take_initial(command, row, rows, &variables));
	else
		take_last(row[INSTANCE_ID].s, &rows[ROW_VARIABLE], &variables);
	start.restarted_id = row[INSTANCE_ID].s;
	start.tenant_id = row[INSTANCE_TENANT_ID].s;
	start.business_key = restart->without_business_key ? NULL : row[INSTANCE_BUSINESS_KEY].s;
	start.variable_count = variables.count;
	start.variables = variables.items;
	TRY(instance_start(command, restart->definition, &start, &instance));
	operation_of_instance(&operation, instance);
	return command_log(command, &operation);
}
