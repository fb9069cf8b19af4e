#include "core/repository/definition_delete.h"

#include <stdlib.h>
#include <string.h>

#include "core/engine.h"
#include "core/history/plan.h"
#include "core/history/statistics.h"
#include "core/job/process_job_definition.h"
#include "core/process/deployment.h"
#include "core/process/model_cache.h"
#include "core/runtime/cancel.h"

/* Numbers of instances of a definition, malloced. */
struct instances {
	uint64_t *numbers;
	size_t count;
};

static int find_instances(struct history *history, struct arena *arena, const char *definition,
			  bool running, struct instances *ret)
{
	struct plan plan;

	plan_init(&plan, history, history->process_columns, arena);
	condition_table(plan_add(&plan, &plan.all), offsetof(struct column_set, definition),
			statistics_definition(history, arena, definition));
	if (running)
		condition_range(plan_add(&plan, &plan.all), offsetof(struct column_set, end_time),
				TIME_NULL, TIME_NULL);
	return plan_numbers(&plan, &ret->numbers, &ret->count);
}

/* Ends the instance NUMBER, if it runs here: imported ones do not. */
static int end_instance(struct command *command, const struct deletion *deletion, uint64_t number)
{
	int64_t flags = (deletion->skip_listeners ? EXECUTION_SKIP_LISTENERS : 0) |
			(deletion->skip_mappings ? EXECUTION_SKIP_MAPPINGS : 0);
	struct history *history = deletion->request->engine->history;
	struct instance *instance;
	struct rows rows[ROW_MAX];
	int code;

	TRY(history_read_process(command->txn, history, number, 1u << ROW_INSTANCE, rows));
	code = command_find(command, rows[ROW_INSTANCE].row[0][INSTANCE_ID].s, &instance);
	if (code)
		return code == ERR_NOT_FOUND ? 0 : code;
	return instance_delete(instance, "deleted process definition", flags, true);
}

static int end_instances(struct txn *txn, const struct deletion *deletion,
			 const struct instances *running)
{
	struct command command;
	int code = 0;
	size_t i;

	command_init(&command, deletion->request->engine, txn, &deletion->request->error);
	for (i = 0; i < running->count && !code; i++)
		code = end_instance(&command, deletion, running->numbers[i]);
	if (!code)
		code = command_write(&command);
	command_end(&command);
	return code;
}

static int refuse_running(const struct deletion *deletion, const union slot *row, size_t count)
{
	return request_fail(deletion->request, ERR_ENGINE,
			    "The process definition '%s' has %zu running process instances: it can "
			    "only be deleted with cascade=true",
			    row[DEFINITION_ID].s, count);
}

/* Without cascade nothing may run; with it, nothing does any more. */
static int settle_running(struct txn *txn, const struct deletion *deletion, const union slot *row)
{
	struct instances running = {0};
	int code = find_instances(deletion->request->engine->history, txn->arena,
				  row[DEFINITION_ID].s, true, &running);

	if (!code && running.count)
		code = deletion->cascade ? end_instances(txn, deletion, &running)
					 : refuse_running(deletion, row, running.count);
	free(running.numbers);
	return code;
}

static int bury_instances(struct txn *txn, struct history *history, const char *definition)
{
	struct instances all = {0};
	size_t buried;
	int code = find_instances(history, txn->arena, definition, false, &all);

	if (!code && all.count) {
		code = archive_bury(txn, history->processes, all.numbers, all.count, &buried);
		txn_on_commit(txn, history_purge_wake, history);
	}
	free(all.numbers);
	return code;
}

struct forgetting {
	struct engine *engine;
	const char *id;
};

static void forget(void *arg)
{
	const struct forgetting *forgetting = arg;

	model_forget(forgetting->engine, forgetting->id);
}

int process_definition_delete_row(struct txn *txn, const struct deletion *deletion,
				  const union slot *row)
{
	struct forgetting *forgetting = arena_alloc(txn->arena, sizeof(*forgetting));
	const char *id = arena_strdup(txn->arena, row[DEFINITION_ID].s);

	TRY(settle_running(txn, deletion, row));
	if (deletion->cascade)
		TRY(bury_instances(txn, deletion->request->engine->history, id));
	TRY(process_job_definitions_delete(txn, id));
	TRY(deleted_definitions_add(txn, deletion->request->engine->history->deleted_definitions,
				    id));
	*forgetting = (struct forgetting){deletion->request->engine, id};
	txn_on_commit(txn, forget, forgetting);
	return definition_delete(txn, &process_definition_kind, id);
}

static bool is_of(const union slot *row, const char *deployment)
{
	return row[DEFINITION_DEPLOYMENT_ID].s &&
	       !strcmp(row[DEFINITION_DEPLOYMENT_ID].s, deployment);
}

static int delete_processes(struct txn *txn, const struct deletion *deletion,
			    const char *deployment)
{
	struct definitions definitions;
	size_t i;

	TRY(definitions_read(txn, &process_definition_kind, &definitions));
	for (i = 0; i < definitions.count; i++)
		if (is_of(definitions.rows[i], deployment))
			TRY(process_definition_delete_row(txn, deletion, definitions.rows[i]));
	return 0;
}

static int bury_decisions(struct txn *txn, struct history *history, const char *definition)
{
	struct dictionary *dictionary = history->decision_definitions;
	uint32_t number, count = dictionary_count(dictionary);
	uint8_t *table = arena_alloc(txn->arena, count + 65536);
	size_t length = strlen(definition), buried, i;
	struct instances all = {0};
	struct plan plan;
	int code;

	for (number = 1; number <= count; number++) {
		const char *text = dictionary_text(dictionary, number);

		table[number] = !strncmp(text, definition, length) && text[length] == '\x1f';
	}
	plan_init(&plan, history, history->decision_columns, txn->arena);
	condition_table(plan_add(&plan, &plan.all), offsetof(struct column_set, definition), table);
	code = plan_numbers(&plan, &all.numbers, &all.count);
	i = all.count;
	if (!code && i) {
		code = archive_bury(txn, history->decisions, all.numbers, i, &buried);
		txn_on_commit(txn, history_purge_wake, history);
	}
	free(all.numbers);
	return code;
}

static int delete_others(struct txn *txn, const struct deletion *deletion, const struct kind *kind,
			 const char *deployment)
{
	struct definitions definitions;
	size_t i;

	TRY(definitions_read(txn, kind, &definitions));
	for (i = 0; i < definitions.count; i++) {
		const char *id = definitions.rows[i][DEFINITION_ID].s;

		if (!is_of(definitions.rows[i], deployment))
			continue;
		if (deletion->cascade && kind == &decision_definition_kind)
			TRY(bury_decisions(txn, deletion->request->engine->history, id));
		TRY(definition_delete(txn, kind, id));
	}
	return 0;
}

int deployment_delete_whole(struct txn *txn, const struct deletion *deletion, const char *id)
{
	TRY(delete_processes(txn, deletion, id));
	TRY(delete_others(txn, deletion, &decision_definition_kind, id));
	TRY(delete_others(txn, deletion, &requirements_definition_kind, id));
	/* last: instances that end need the model, which is read from its resources */
	return deployment_delete(txn, id);
}
