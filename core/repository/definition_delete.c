#include "core/repository/definition_delete.h"

#include <stdlib.h>
#include <string.h>

#include "core/engine.h"
#include "core/history/plan.h"
#include "core/history/purger.h"
#include "core/history/statistics.h"
#include "core/job/process_job_definition.h"
#include "core/process/deployment.h"
#include "core/process/model_cache.h"
#include "core/runtime/cancel.h"
#include "core/runtime/running_index.h"

enum { LOT = 200 }; /* instances that are ended in a transaction */

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

/* Instances that are ended in a transaction. */
struct lot {
	const struct deletion *deletion;
	const union slot *definition;
	bool whole;    /* also what is less than a lot */
	bool more;     /* there are others */
	uint64_t from; /* serial number of the first that has not been looked at */
	uint64_t serials[LOT];
	size_t count;
};

static int collect(struct txn *txn, struct lot *lot)
{
	struct running_lists lists = {0};
	struct running_walk walk;
	int code = 0;

	lot->count = 0;
	TRY(running_lists_add_definition(&lists, txn, lot->definition[DEFINITION_KEY].s,
					 lot->definition[DEFINITION_ID].s));
	TRY(running_walk_start(&walk, txn, &lists, lot->from));
	while (lot->count < LOT &&
	       !(code = running_walk_next(&walk, &lot->serials[lot->count], NULL)))
		lot->count++;
	lot->more = !code;
	return code == ERR_NOT_FOUND ? 0 : code;
}

static int end_instance(struct command *command, const struct lot *lot, uint64_t serial)
{
	const struct deletion *deletion = lot->deletion;
	int64_t flags = (deletion->skip_listeners ? EXECUTION_SKIP_LISTENERS : 0) |
			(deletion->skip_mappings ? EXECUTION_SKIP_MAPPINGS : 0);
	struct instance *instance;

	TRY(command_instance(command, serial, &instance));
	/* long ids share a list */
	if (strcmp(instance->row->definition_id, lot->definition[DEFINITION_ID].s) != 0)
		return 0;
	return instance_delete(instance, "deleted process definition", flags, true);
}

/* The lot's instances are done for: the next one comes behind them. */
static void pass(struct lot *lot)
{
	if (lot->count)
		lot->from = lot->serials[lot->count - 1] + 1;
}

/* Ends the first of them that run; the last ones only if the lot is to be whole. */
static int end_lot(struct txn *txn, void *arg)
{
	struct lot *lot = arg;
	struct command command;
	int code = 0;
	size_t i;

	TRY(collect(txn, lot));
	if (!lot->more && !lot->whole)
		return 0;
	command_init(&command, lot->deletion->request->engine, txn, &lot->deletion->request->error);
	for (i = 0; i < lot->count && !code; i++)
		code = end_instance(&command, lot, lot->serials[i]);
	if (!code)
		code = command_write(&command);
	command_end(&command);
	return code;
}

/* Nothing of this is acknowledged before the deletion itself is. */
static int end_many(const struct deletion *deletion, const union slot *definition)
{
	struct request *request = deletion->request;
	struct lot *lot = arena_alloc(request->arena, sizeof(*lot));

	lot->deletion = deletion;
	lot->definition = definition;
	lot->more = deletion->cascade;
	while (lot->more) {
		struct arena_mark mark = arena_mark(request->arena);

		TRY(request_stopped(request));
		TRY(txn_run(request->engine->store, request->arena, TXN_LAZY | TXN_FREES, end_lot,
			    lot));
		pass(lot);
		arena_rewind(request->arena, mark);
	}
	return 0;
}

int process_definition_end_many(const struct deletion *deletion, const char *id)
{
	struct txn reader = txn_reader(deletion->request->engine->store, deletion->request->arena);
	union slot *row;

	TRY(definition_get(&reader, &process_definition_kind, id, &row));
	return end_many(deletion, row);
}

static int refuse_running(const struct deletion *deletion, const union slot *row, size_t count)
{
	return request_fail(
		deletion->request, ERR_ENGINE,
		"ENGINE-03076 Deletion of process definition without cascading failed. "
		"Process definition with id: %s can't be deleted, because there are %zu "
		"dependent process instances.",
		row[DEFINITION_ID].s, count);
}

/* What was left for the deletion itself, and what has been started since. */
static int end_rest(struct txn *txn, const struct deletion *deletion, const union slot *row)
{
	struct lot lot = {.deletion = deletion, .definition = row, .whole = true};

	do {
		TRY(end_lot(txn, &lot));
		pass(&lot);
	} while (lot.more);
	return 0;
}

/* Instances that run, whether or not history has them still. */
static int count_running(struct txn *txn, const union slot *row, size_t *ret)
{
	struct running_lists lists = {0};
	struct running_walk walk;
	struct instance *instance;
	struct arena arena;
	int64_t rows;
	int code;

	*ret = 0;
	TRY(running_lists_add_definition(&lists, txn, row[DEFINITION_KEY].s, row[DEFINITION_ID].s));
	if (!lists.cut) {
		TRY(running_lists_count(txn, &lists, &rows));
		*ret = (size_t)rows;
		return 0;
	}
	TRY(running_walk_start(&walk, txn, &lists, 0));
	arena_init(&arena);
	/* long ids share a list */
	while (!(code = running_walk_read(&walk, txn, &arena, &instance)))
		*ret += !strcmp(instance->row->definition_id, row[DEFINITION_ID].s);
	arena_clear(&arena);
	return code == ERR_NOT_FOUND ? 0 : code;
}

/* Without cascade nothing may run, nor be known as running; with it, nothing does any more. */
static int settle_running(struct txn *txn, const struct deletion *deletion, const union slot *row)
{
	struct instances known = {0};
	size_t running;
	int code;

	if (deletion->cascade)
		return end_rest(txn, deletion, row);
	TRY(count_running(txn, row, &running));
	code = find_instances(deletion->request->engine->history, txn->arena, row[DEFINITION_ID].s,
			      true, &known);
	if (running < known.count)
		running = known.count;
	if (!code && running)
		code = refuse_running(deletion, row, running);
	free(known.numbers);
	return code;
}

static int bury_instances(struct txn *txn, struct history *history, const char *definition)
{
	struct instances all = {0};
	size_t buried;
	int code = find_instances(history, txn->arena, definition, false, &all);

	if (!code && all.count) {
		code = archive_bury(txn, history->processes, all.numbers, all.count, &buried);
		txn_on_commit(txn, purger_wake, history);
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
	columns_meaning_changed(forgetting->engine->history->process_columns);
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

int deployment_end_many(const struct deletion *deletion, const char *id)
{
	struct txn reader = txn_reader(deletion->request->engine->store, deletion->request->arena);
	struct definitions definitions;
	size_t i;

	TRY(definitions_read(&reader, &process_definition_kind, &definitions));
	for (i = 0; i < definitions.count; i++)
		if (is_of(definitions.rows[i], id))
			TRY(end_many(deletion, definitions.rows[i]));
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
		txn_on_commit(txn, purger_wake, history);
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
